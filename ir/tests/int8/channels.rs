//! Channels that are constant for every input are removed, and nothing that stays changes a bit.

use impulse_ir::exec::Int8;
use impulse_ir::graph::{Conv2d, DType, Graph, OperatorKind, Pool2d, TensorData, TensorId};
use impulse_ir::network::{Activation, Padding};
use impulse_ir::passes::{Removed, remove_constant_channels};

use crate::graphs::Build;

/// A layer with weights; filters are zero everywhere by the draw.
pub struct Layer {
    pub kind: OperatorKind,
    pub weights: Vec<usize>,
    /// The dimension of the weights that counts filters.
    pub axis: usize,
    pub output: Vec<usize>,
}

fn conv2d(padding: Padding, activation: Activation, stride: usize) -> Conv2d {
    Conv2d {
        stride: [stride, 1],
        dilation: [1, 1],
        padding,
        activation,
    }
}

/// Height or width behind a window of three.
fn slid(input: usize, kernel: usize, stride: usize, padding: Padding) -> usize {
    match padding {
        Padding::Same => input.div_ceil(stride),
        Padding::Valid => (input - kernel) / stride + 1,
    }
}

impl Build {
    /// Adds a layer; about half of its filters are zero, and as many of its weights.
    pub fn layer(&mut self, input: TensorId, layer: Layer) -> TensorId {
        let filters = layer.weights[layer.axis];
        let n: usize = layer.weights.iter().product();
        let inner: usize = layer.weights[layer.axis + 1..].iter().product();
        let zero: Vec<bool> = (0..filters).map(|_| self.below(2) == 0).collect();
        let weights = (0..n).map(|i| {
            let weight = self.below(60) as i8 - 30;
            if zero[i / inner % filters] || self.below(2) == 0 {
                0
            } else {
                weight
            }
        });
        let weights = TensorData::I8(weights.collect());
        // Some biases beyond what the output can express, on both sides.
        let bias = (0..filters).map(|_| self.below(40_000) as i32 - 20_000);
        let bias = TensorData::I32(bias.collect());
        let scales: Vec<f32> = (0..filters)
            .map(|i| 0.01 + 0.003 * (i % 3) as f32)
            .collect();
        let weights = self.tensor(&layer.weights, DType::I8, &scales, Some(weights));
        if let Some(q) = &mut self.graph.tensors[weights].quantization {
            q.axis = layer.axis;
        }
        let mut inputs = vec![input, weights];
        if self.below(4) > 0 {
            inputs.push(self.tensor(&[filters], DType::I32, &scales, Some(bias)));
        }
        let output = self.operator(layer.kind, &inputs, &layer.output);
        let zero_point = [-128, -128, 0, 5][self.below(4)];
        if let Some(q) = &mut self.graph.tensors[output].quantization {
            q.zero_points = vec![zero_point];
        }
        output
    }

    /// A convolution, full or depthwise, of three rows and one or three columns.
    fn sparse_conv(&mut self, input: TensorId, depthwise: bool) -> TensorId {
        let [_, h, w, c] = self.shape(input)[..] else {
            panic!("four dimensions")
        };
        let same = h < 3 || w < 3 || self.below(3) > 0;
        let padding = if same { Padding::Same } else { Padding::Valid };
        let (kernel, stride) = ([3, 1 + 2 * self.below(2)], 1 + self.below(2));
        let activation = [Activation::None, Activation::Relu, Activation::Relu6][self.below(3)];
        let options = conv2d(padding, activation, stride);
        let (h, w) = (slid(h, 3, stride, padding), slid(w, kernel[1], 1, padding));
        let layer = if depthwise {
            let filters = c * (1 + self.below(2));
            Layer {
                kind: OperatorKind::DepthwiseConv2d(options),
                weights: vec![1, kernel[0], kernel[1], filters],
                axis: 3,
                output: vec![1, h, w, filters],
            }
        } else {
            let filters = 1 + self.below(6);
            Layer {
                kind: OperatorKind::Conv2d(options),
                weights: vec![filters, kernel[0], kernel[1], c],
                axis: 0,
                output: vec![1, h, w, filters],
            }
        };
        self.layer(input, layer)
    }

    fn pointwise(&mut self, input: TensorId) -> TensorId {
        let [_, h, w, c] = self.shape(input)[..] else {
            panic!("four dimensions")
        };
        let filters = 2 + self.below(6);
        let options = conv2d(Padding::Valid, Activation::Relu, 1);
        let layer = Layer {
            kind: OperatorKind::Conv2d(options),
            weights: vec![filters, 1, 1, c],
            axis: 0,
            output: vec![1, h, w, filters],
        };
        self.layer(input, layer)
    }

    /// A fully connected layer behind a reshape to one row.
    pub fn dense(&mut self, input: TensorId, units: usize) -> TensorId {
        let inputs = self.shape(input).iter().product();
        let flat = self.keep(OperatorKind::Reshape, input, &[1, inputs]);
        let layer = Layer {
            kind: OperatorKind::FullyConnected {
                activation: Activation::None,
            },
            weights: vec![units, inputs],
            axis: 0,
            output: vec![1, units],
        };
        self.layer(flat, layer)
    }

    /// An operator that keeps its input's quantization.
    pub fn keep(&mut self, kind: OperatorKind, input: TensorId, shape: &[usize]) -> TensorId {
        let output = self.operator(kind, &[input], shape);
        self.graph.tensors[output].quantization = self.graph.tensors[input].quantization.clone();
        output
    }

    fn average(&mut self, input: TensorId) -> TensorId {
        let [_, h, w, c] = self.shape(input)[..] else {
            panic!("four dimensions")
        };
        let pool = Pool2d {
            size: [2, 2],
            stride: [1, 1],
            padding: Padding::Same,
            activation: Activation::None,
        };
        self.keep(OperatorKind::AvgPool2d(pool), input, &[1, h, w, c])
    }

    pub fn mean(&mut self, input: TensorId) -> TensorId {
        let c = self.shape(input)[3];
        let (axes, keep_dims) = (vec![1, 2], false);
        self.operator(OperatorKind::Mean { axes, keep_dims }, &[input], &[1, c])
    }
}

/// Layers with many zeros, sums and pools between them, a mean or a flattening, two dense layers.
fn random(seed: u32) -> Graph {
    let mut b = Build::new(&[1, 5, 4, 3], seed);
    let mut at = b.graph.inputs[0];
    for _ in 0..3 + b.below(4) {
        at = match b.below(8) {
            0 | 1 => b.sparse_conv(at, false),
            2 | 3 => b.sparse_conv(at, true),
            4 => b.pointwise(at),
            5 => b.average(at),
            6 => {
                let other = b.sparse_conv(at, true);
                if b.shape(other) == b.shape(at) {
                    b.add(at, other)
                } else {
                    other
                }
            }
            _ => {
                let wide = b.pointwise(at);
                let deep = b.sparse_conv(wide, true);
                b.pointwise(deep)
            }
        };
    }
    if b.below(2) == 0 {
        at = b.mean(at);
    }
    let hidden = b.dense(at, 6);
    let output = b.dense(hidden, 3);
    b.finish(output)
}

/// Runs both on the same inputs; holds every value that stayed against what it was.
fn assert_same(before: &Graph, after: &Graph, removed: &[Removed], seed: u32) {
    let (mut old, mut new) = (Int8::new(before).unwrap(), Int8::new(after).unwrap());
    let mut draw = Build::new(&[1], seed);
    for run in 0..6 {
        let input: Vec<i8> = (0..old.input_len())
            .map(|_| match run {
                0 => i8::MIN,
                1 => i8::MAX,
                _ => draw.below(256) as i8,
            })
            .collect();
        assert_eq!(old.run(&input), new.run(&input), "output of graph {seed}");
        for (id, tensor) in after
            .tensors
            .iter()
            .enumerate()
            .filter(|(_, t)| !t.is_constant())
        {
            let was = before
                .tensors
                .iter()
                .position(|t| t.name == tensor.name)
                .unwrap();
            let n_channels = *before.tensors[was].shape.last().unwrap();
            let gone = removed.iter().find(|r| r.tensor == tensor.name);
            let values = old.tensor(was).iter().enumerate();
            let stays = values
                .filter(|(i, _)| gone.is_none_or(|r| !r.channels.contains(&(i % n_channels))));
            let stays: Vec<i8> = stays.map(|(_, value)| *value).collect();
            assert_eq!(stays, new.tensor(id), "{} of graph {seed}", tensor.name);
        }
    }
}

#[test]
fn what_stays_keeps_its_bits() {
    let mut n_removed = 0;
    for seed in 0..400 {
        let before = random(seed);
        let mut after = before.clone();
        let removed = remove_constant_channels(&mut after);
        after.validate().unwrap();
        assert_same(&before, &after, &removed, seed);
        assert_eq!(
            remove_constant_channels(&mut after),
            [],
            "graph {seed} again"
        );
        n_removed += removed.iter().map(|r| r.channels.len()).sum::<usize>();
    }
    assert!(n_removed > 4000, "{n_removed} channels of 400 graphs");
}

/// Pointwise to two channels, the second constant, a depthwise layer of three rows on them, and a
/// pointwise one to two outputs.
fn chain(padding: Padding, constant: i32) -> Graph {
    let mut b = Build::new(&[1, 5, 1, 3], 1);
    let input = b.graph.inputs[0];
    let first = b.conv(input, 2);
    let layer = Layer {
        kind: OperatorKind::DepthwiseConv2d(conv2d(padding, Activation::None, 1)),
        weights: vec![1, 3, 1, 2],
        axis: 3,
        output: vec![1, slid(5, 3, 1, padding), 1, 2],
    };
    let deep = b.layer(first, layer);
    let last = b.conv(deep, 2);
    let mut graph = b.finish(last);
    let set = |graph: &mut Graph, op: usize, at: usize, data| {
        let id = graph.operators[op].inputs[at].unwrap();
        graph.tensors[id].data = Some(data);
    };
    set(&mut graph, 0, 1, TensorData::I8(vec![9, -7, 5, 0, 0, 0]));
    set(&mut graph, 0, 2, TensorData::I32(vec![0, 100 * constant]));
    set(&mut graph, 1, 1, TensorData::I8(vec![4, 20, 5, 30, 6, 40]));
    graph.operators[1].inputs.truncate(2);
    graph
}

/// Without padding the constant goes; beside padding it adds less at the borders, so it stays,
/// unless it is the zero point.
#[test]
fn a_constant_beside_padding() {
    for (padding, constant, goes) in [
        (Padding::Valid, 40, true),
        (Padding::Same, 40, false),
        (Padding::Same, 0, true),
    ] {
        let before = chain(padding, constant);
        let mut after = before.clone();
        let removed = remove_constant_channels(&mut after);
        assert_same(&before, &after, &removed, 7);
        let channels: Vec<_> = removed
            .iter()
            .map(|r| (r.n_channels, &r.channels[..]))
            .collect();
        let expected: &[(usize, &[usize])] = if goes { &[(2, &[1]), (2, &[1])] } else { &[] };
        assert_eq!(channels, expected, "{padding:?}, {constant}");
    }
}
