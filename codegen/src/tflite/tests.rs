//! Round trips, refusals, and bytes that are no model.

use impulse_ir::diagnostic::codes;
use impulse_ir::graph::{
    Conv2d, DType, Graph, Operator, OperatorKind, Pool2d, Quantization, Tensor, TensorData,
    TensorId,
};
use impulse_ir::network::{Activation, Padding, window_output};
use proptest::prelude::*;

use super::{read, schema, write};

/// Numbers that look random (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn scale(&mut self) -> f32 {
        (self.below(1000) + 1) as f32 / 777.0
    }
}

/// Builds a chain of random operators on a random image.
struct Chain {
    random: Random,
    graph: Graph,
    current: TensorId,
    /// Of its computed tensors and weights: int8 or float.
    dtype: DType,
}

impl Chain {
    fn new(seed: u64) -> Chain {
        Chain {
            random: Random(seed),
            graph: Graph::default(),
            current: 0,
            dtype: DType::I8,
        }
    }

    fn graph(seed: u64, n_operators: usize) -> Graph {
        let mut chain = Chain::new(seed);
        chain.dtype = [DType::I8, DType::I8, DType::F32][chain.random.below(3)];
        let r = &mut chain.random;
        let shape = vec![1, 3 + r.below(8), 1 + r.below(6), 1 + r.below(5)];
        chain.graph.name = format!("network {seed}");
        chain.current = chain.computed(shape);
        chain.graph.inputs.push(chain.current);
        for _ in 0..n_operators {
            chain.operator();
        }
        chain.graph.outputs.push(chain.current);
        let r = &mut chain.random;
        chain.graph.input_scales = (0..r.below(4))
            .map(|_| 0.25 * (1 << r.below(6)) as f32)
            .collect();
        chain.graph
    }

    fn shape(&self) -> Vec<usize> {
        self.graph.tensors[self.current].shape.clone()
    }

    fn computed(&mut self, shape: Vec<usize>) -> TensorId {
        let dtype = self.dtype;
        self.computed_as(shape, dtype)
    }

    fn computed_as(&mut self, shape: Vec<usize>, dtype: DType) -> TensorId {
        let quantization = Quantization {
            scales: vec![self.random.scale()],
            zero_points: vec![self.random.below(256) as i32 - 128],
            axis: 0,
        };
        self.graph.tensors.push(Tensor {
            name: format!("t{}", self.graph.tensors.len()),
            shape,
            dtype,
            quantization: (dtype == DType::I8).then_some(quantization),
            data: None,
        });
        self.graph.tensors.len() - 1
    }

    fn constant(&mut self, shape: Vec<usize>, axis: usize, dtype: DType) -> Option<TensorId> {
        let n: usize = shape.iter().product();
        let n_scales = shape[axis];
        let dtype = if self.dtype == DType::F32 {
            DType::F32
        } else {
            dtype
        };
        let data = match dtype {
            DType::I8 => TensorData::I8((0..n).map(|_| self.random.next() as i8).collect()),
            DType::I32 => TensorData::I32((0..n).map(|_| self.random.next() as i32).collect()),
            DType::F32 => TensorData::F32((0..n).map(|_| self.random.scale()).collect()),
        };
        let quantization = Quantization {
            scales: (0..n_scales).map(|_| self.random.scale()).collect(),
            zero_points: vec![0; n_scales],
            axis: if n_scales == 1 { 0 } else { axis },
        };
        self.graph.tensors.push(Tensor {
            name: "constant ü".into(),
            shape,
            dtype,
            quantization: (dtype != DType::F32).then_some(quantization),
            data: Some(data),
        });
        Some(self.graph.tensors.len() - 1)
    }

    fn push(&mut self, kind: OperatorKind, more: Vec<Option<TensorId>>, shape: Vec<usize>) {
        let mut inputs = vec![Some(self.current)];
        inputs.extend(more);
        self.current = self.computed(shape);
        self.graph.operators.push(Operator {
            kind,
            inputs,
            outputs: vec![self.current],
        });
    }

    fn activation(&mut self) -> Activation {
        use Activation::{None, Relu, Relu6, ReluN1To1};
        [None, Relu, Relu6, ReluN1To1][self.random.below(4)]
    }

    /// A random operator that fits the current shape.
    fn operator(&mut self) {
        let shape = self.shape();
        let activation = self.activation();
        let n: usize = shape.iter().product();
        match (self.random.below(17), shape.as_slice()) {
            (0 | 1, &[1, h, w, c]) => self.convolution([h, w], c, activation),
            (2 | 3, &[1, h, w, c]) => self.pool([h, w], c, activation),
            (4, &[1, _, _, c]) => {
                let keep_dims = self.random.below(2) == 0;
                let output = if keep_dims {
                    vec![1, 1, 1, c]
                } else {
                    vec![1, c]
                };
                self.push(
                    OperatorKind::Mean {
                        axes: vec![1, 2],
                        keep_dims,
                    },
                    vec![],
                    output,
                );
            }
            (5, _) => {
                let other = self.current;
                self.push(OperatorKind::Add { activation }, vec![Some(other)], shape);
            }
            (6, _) => {
                use OperatorKind::{Logistic, Relu, Relu6, ReluN1To1};
                let kinds = [Logistic, Relu, Relu6, ReluN1To1];
                let kind = kinds[self.random.below(4)].clone();
                self.push(kind, vec![], shape);
            }
            (9 | 10, _) => {
                let channels = vec![*shape.last().unwrap()];
                let other = [channels, vec![1]][self.random.below(2)].clone();
                let other = self.constant(other, 0, DType::I8);
                let add = self.random.below(2) == 0;
                let kind = match add {
                    true => OperatorKind::Add { activation },
                    false => OperatorKind::Mul { activation },
                };
                self.push(kind, vec![other], shape);
            }
            (11 | 12, _) => self.pad(&shape),
            (13 | 14, _) => {
                let axis = 1 + self.random.below(shape.len() - 1);
                let n = 1 + self.random.below(3);
                let mut joined = shape;
                joined[axis] *= 1 + n;
                let more = vec![Some(self.current); n];
                self.push(OperatorKind::Concatenation { axis }, more, joined);
            }
            (15 | 16, _) => {
                // To the other type and back.
                let (kind, other) = match self.dtype {
                    DType::F32 => (OperatorKind::Quantize, DType::I8),
                    _ => (OperatorKind::Dequantize, DType::F32),
                };
                let back = match kind {
                    OperatorKind::Quantize => OperatorKind::Dequantize,
                    _ => OperatorKind::Quantize,
                };
                let between = self.computed_as(shape.clone(), other);
                self.graph.operators.push(Operator {
                    kind,
                    inputs: vec![Some(self.current)],
                    outputs: vec![between],
                });
                self.current = between;
                self.push(back, vec![], shape);
            }
            (7, _) => {
                let beta = self.random.scale();
                self.push(OperatorKind::Softmax { beta }, vec![], shape);
            }
            (_, &[1, _]) => {
                let units = 1 + self.random.below(6);
                let weights = self.constant(vec![units, n], 0, DType::I8);
                let bias = if n.is_multiple_of(2) {
                    self.constant(vec![units], 0, DType::I32)
                } else {
                    None
                };
                let kind = OperatorKind::FullyConnected { activation };
                self.push(kind, vec![weights, bias], vec![1, units]);
            }
            _ => self.push(OperatorKind::Reshape, vec![], vec![1, n]),
        }
    }

    fn pad(&mut self, shape: &[usize]) {
        let r = &mut self.random;
        let margins = (0..shape.len()).map(|i| match i {
            0 => [0, 0],
            _ => [r.below(3), r.below(2)],
        });
        let margins: Vec<[usize; 2]> = margins.collect();
        let padded = shape
            .iter()
            .zip(&margins)
            .map(|(n, [a, b])| n + a + b)
            .collect();
        let value = match r.below(2) {
            0 => vec![],
            _ => vec![self.constant(vec![1], 0, DType::I8)],
        };
        self.push(OperatorKind::Pad { margins }, value, padded);
    }

    fn convolution(&mut self, size: [usize; 2], channels: usize, activation: Activation) {
        let r = &mut self.random;
        let kernel = size.map(|n| 1 + r.below(n.min(3)));
        let stride = [1 + r.below(2), 1 + r.below(3)];
        let padding = [Padding::Same, Padding::Valid][r.below(2)];
        let (depthwise, biased) = (r.below(2) == 0, r.below(3) > 0);
        let filters = if depthwise {
            channels * (1 + r.below(2))
        } else {
            1 + r.below(5)
        };
        let conv = Conv2d {
            stride,
            dilation: [1, 1],
            padding,
            activation,
        };
        let length = |i: usize| {
            window_output(size[i], kernel[i], stride[i], padding)
                .unwrap()
                .0
        };
        let output = vec![1, length(0), length(1), filters];
        let weights = if depthwise {
            self.constant(vec![1, kernel[0], kernel[1], filters], 3, DType::I8)
        } else {
            self.constant(vec![filters, kernel[0], kernel[1], channels], 0, DType::I8)
        };
        let bias = if biased {
            self.constant(vec![filters], 0, DType::I32)
        } else {
            None
        };
        let kind = match depthwise {
            true => OperatorKind::DepthwiseConv2d(conv),
            false => OperatorKind::Conv2d(conv),
        };
        self.push(kind, vec![weights, bias], output);
    }

    fn pool(&mut self, shape: [usize; 2], channels: usize, activation: Activation) {
        let r = &mut self.random;
        let size = shape.map(|n| 1 + r.below(n.min(3)));
        let stride = [1 + r.below(3), 1 + r.below(2)];
        let padding = [Padding::Same, Padding::Valid][r.below(2)];
        let length = |i: usize| {
            window_output(shape[i], size[i], stride[i], padding)
                .unwrap()
                .0
        };
        let output = vec![1, length(0), length(1), channels];
        let pool = Pool2d {
            size,
            stride,
            padding,
            activation,
        };
        let kind = match r.below(2) {
            0 => OperatorKind::MaxPool2d(pool),
            _ => OperatorKind::AvgPool2d(pool),
        };
        self.push(kind, vec![], output);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn reads_what_it_wrote(seed in any::<u64>(), n in 0_usize..12) {
        let graph = Chain::graph(seed, n);
        let bytes = write(&graph).unwrap();
        prop_assert_eq!(read(&bytes).unwrap(), graph);
        prop_assert_eq!(&write(&read(&bytes).unwrap()).unwrap(), &bytes);
    }

    #[test]
    fn changed_bytes_give_a_graph_or_diagnostics(
        seed in 0_u64..8,
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..9),
        keep in any::<proptest::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = write(&Chain::graph(seed, 10)).unwrap();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        match read(&bytes) {
            Ok(graph) => prop_assert_eq!(graph.validate(), Ok(())),
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }

    #[test]
    fn any_bytes_behind_the_mark_are_survived(mut bytes in proptest::collection::vec(0_u8..64, 8..400)) {
        bytes[4..8].copy_from_slice(schema::IDENTIFIER.as_bytes());
        prop_assert!(read(&bytes).is_err());
    }
}

/// The networks of the property above have every operator, in int8 and in float.
#[test]
fn every_operator_is_written_and_read() {
    let mut seen = std::collections::BTreeSet::new();
    for graph in (0..200).map(|seed| Chain::graph(seed, 11)) {
        let dtype = graph.tensors[graph.inputs[0]].dtype.name();
        seen.extend(graph.operators.iter().map(|op| (dtype, op.kind.name())));
    }
    // Of each type all but BATCH_NORM and HISTORY, which are in no file.
    assert_eq!(seen.len(), 2 * 18, "{seen:?}");
}

/// What `read` refuses, as `code: message`.
fn refusals(bytes: &[u8]) -> Vec<String> {
    let problems = read(bytes).err().unwrap_or_default();
    problems
        .iter()
        .map(|p| format!("{}: {}", p.code, p.message))
        .collect()
}

#[test]
fn every_unsupported_operator_is_named() {
    // A RELU and a RESHAPE become operators that nothing here computes: only the code's number
    // changes, so the rest of the file stays a valid one.
    let mut chain = Chain::new(5);
    chain.current = chain.computed(vec![1, 4]);
    chain.graph.inputs.push(chain.current);
    chain.push(OperatorKind::Relu, vec![], vec![1, 4]);
    chain.push(OperatorKind::Softmax { beta: 1.0 }, vec![], vec![1, 4]);
    chain.push(OperatorKind::Reshape, vec![], vec![1, 2, 2]);
    chain.graph.outputs.push(chain.current);
    let mut bytes = write(&chain.graph).unwrap();
    replace_code(&mut bytes, schema::builtin::RELU, 28);
    replace_code(&mut bytes, schema::builtin::RESHAPE, 39);
    let expected = [
        "E0702: operator 0 (TANH) is not supported: no kernel",
        "E0702: operator 2 (TRANSPOSE) is not supported: no kernel",
    ];
    assert_eq!(refusals(&bytes), expected);
}

/// Changes both fields, the old and the new one, of the operator code `from`.
fn replace_code(bytes: &mut [u8], from: i32, to: i32) {
    let model = super::view::Table::root(bytes).unwrap();
    let codes = model.vector(schema::model::OPERATOR_CODES, 4, "").unwrap();
    let places: Vec<usize> = codes
        .tables()
        .map(|table| table.unwrap())
        .filter(|table| table.i32(schema::operator_code::BUILTIN, 0, "") == Ok(from))
        .flat_map(|table| {
            use schema::operator_code::{BUILTIN, DEPRECATED_BUILTIN};
            [table.place(BUILTIN), table.place(DEPRECATED_BUILTIN)]
        })
        .flatten()
        .collect();
    assert_eq!(places.len(), 2);
    for at in places {
        bytes[at] = to as u8;
    }
}

#[test]
fn bytes_that_are_no_model_are_refused() {
    let graph = Chain::graph(3, 6);
    let bytes = write(&graph).unwrap();
    for n in [0, 3, 8, 40, bytes.len() / 2, bytes.len() - 1] {
        assert!(
            refusals(&bytes[..n])
                .iter()
                .all(|line| line.starts_with("E07")),
            "{n} bytes"
        );
        assert!(read(&bytes[..n]).is_err(), "{n} bytes");
    }
    assert_eq!(
        refusals(b"RIFF....WAVEfmt "),
        [
            "E0701: expected a TensorFlow Lite model, found the mark of such a file broken or cut off"
        ],
    );
}

/// Its shape would be a constant of no numbers, which a file has no bytes for.
#[test]
fn a_single_value_may_have_no_dimensions() {
    let mut chain = Chain::new(1);
    chain.current = chain.computed(vec![1, 1]);
    chain.graph.inputs.push(chain.current);
    chain.push(OperatorKind::Reshape, vec![], vec![]);
    chain.graph.outputs.push(chain.current);
    let bytes = write(&chain.graph).unwrap();
    let again = read(&bytes).unwrap();
    assert!(again.tensors.last().unwrap().shape.is_empty());
    assert_eq!(write(&again).unwrap(), bytes);
}

#[test]
fn constants_are_aligned_in_the_file() {
    let mut chain = Chain::new(1);
    chain.current = chain.computed(vec![1, 7, 1, 3]);
    chain.graph.inputs.push(chain.current);
    // Odd numbers of bytes, so that nothing is aligned by chance.
    for units in [5, 3, 7] {
        let n = chain.graph.tensors[chain.current].len();
        chain.push(OperatorKind::Reshape, vec![], vec![1, n]);
        let weights = chain.constant(vec![units, n], 0, DType::I8);
        let kind = OperatorKind::FullyConnected {
            activation: Activation::None,
        };
        chain.push(kind, vec![weights, None], vec![1, units]);
    }
    chain.graph.outputs.push(chain.current);
    let bytes = write(&chain.graph).unwrap();
    for tensor in &chain.graph.tensors {
        let Some(TensorData::I8(data)) = &tensor.data else {
            continue;
        };
        let data: Vec<u8> = data.iter().map(|v| v.cast_unsigned()).collect();
        let at = bytes
            .windows(data.len())
            .position(|window| window == data)
            .unwrap();
        assert_eq!(at % 16, 0, "constant of shape {:?}", tensor.shape);
    }
}

#[test]
fn batch_norm_is_not_written() {
    let mut chain = Chain::new(1);
    chain.current = chain.computed(vec![1, 4]);
    chain.graph.inputs.push(chain.current);
    let statistics = (0..4)
        .map(|_| chain.constant(vec![4], 0, DType::F32))
        .collect();
    chain.push(
        OperatorKind::BatchNorm { epsilon: 0.001 },
        statistics,
        vec![1, 4],
    );
    chain.graph.outputs.push(chain.current);
    assert_eq!(
        write(&chain.graph).map_err(|p| p.code),
        Err(codes::TFLITE_OPERATOR)
    );
}
