//! A network that runs on new rows only gives the bits of the whole window.

use impulse_ir::exec::Int8;
use impulse_ir::graph::{Conv2d, DType, Graph, OperatorKind, Pool2d, TensorData, TensorId};
use impulse_ir::kernel_args::prepare;
use impulse_ir::network::{Activation, Padding};
use impulse_ir::passes::incremental;
use impulse_ir::plan::Arena;

use crate::arena::run_on;
use crate::channels::Layer;
use crate::graphs::Build;

const SLICE_BYTES: usize = 64;

impl Build {
    /// A convolution of `kernel` rows without padding.
    pub fn over_time(
        &mut self,
        input: TensorId,
        kernel: usize,
        stride: usize,
        depthwise: bool,
    ) -> TensorId {
        let [_, h, w, c] = self.shape(input)[..] else {
            panic!("four dimensions")
        };
        let dilation = if kernel == 3 && h > 14 {
            1 + self.below(2)
        } else {
            1
        };
        let options = Conv2d {
            stride: [stride, 1],
            dilation: [dilation, 1],
            padding: Padding::Valid,
            activation: Activation::Relu,
        };
        let h = (h - (kernel - 1) * dilation - 1) / stride + 1;
        let layer = if depthwise {
            Layer {
                kind: OperatorKind::DepthwiseConv2d(options),
                weights: vec![1, kernel, 1, c],
                axis: 3,
                output: vec![1, h, w, c],
            }
        } else {
            let filters = 1 + self.below(6);
            Layer {
                kind: OperatorKind::Conv2d(options),
                weights: vec![filters, kernel, w, c],
                axis: 0,
                output: vec![1, h, 1, filters],
            }
        };
        self.layer(input, layer)
    }

    /// The tensor and its RELU, channel beside channel, with a margin of columns.
    fn beside_itself(&mut self, input: TensorId) -> TensorId {
        let relu = self.relu(input);
        self.graph.tensors[relu].quantization = self.graph.tensors[input].quantization.clone();
        let [_, h, w, c] = self.shape(input)[..] else {
            panic!("four dimensions")
        };
        let kind = OperatorKind::Concatenation { axis: 3 };
        let both = self.operator(kind, &[input, relu], &[1, h, w, 2 * c]);
        let none = [0, 0];
        let margins = vec![none, none, [1, 0], none];
        self.graph.tensors[both].quantization = self.graph.tensors[input].quantization.clone();
        self.keep(OperatorKind::Pad { margins }, both, &[1, h, w + 1, 2 * c])
    }

    /// A constant added to each channel.
    fn shifted(&mut self, input: TensorId) -> TensorId {
        let shape = self.shape(input);
        let c = shape[shape.len() - 1];
        let values = (0..c).map(|i| 3 * i as i8 - 4).collect();
        let values = self.tensor(&[c], DType::I8, &[0.05], Some(TensorData::I8(values)));
        let activation = Activation::None;
        self.operator(OperatorKind::Add { activation }, &[input, values], &shape)
    }

    fn pool_over_time(
        &mut self,
        input: TensorId,
        size: usize,
        stride: usize,
        largest: bool,
    ) -> TensorId {
        let [_, h, w, c] = self.shape(input)[..] else {
            panic!("four dimensions")
        };
        let pool = Pool2d {
            size: [size, 1],
            stride: [stride, 1],
            padding: Padding::Valid,
            activation: Activation::None,
        };
        let kind = if largest {
            OperatorKind::MaxPool2d(pool)
        } else {
            OperatorKind::AvgPool2d(pool)
        };
        self.keep(kind, input, &[1, (h - size) / stride + 1, w, c])
    }
}

/// Layers that slide over time, with strides whose product divides `new`, then a tail.
fn chain(seed: u32, new: usize) -> Graph {
    let mut b = Build::new(&[1, 24 + seed as usize % 9, 1 + seed as usize % 3, 3], seed);
    let mut at = b.graph.inputs[0];
    let mut left = new;
    for _ in 0..2 + b.below(4) {
        let stride = if left.is_multiple_of(2) && b.below(2) == 0 {
            2
        } else {
            1
        };
        let rows = b.shape(at)[1];
        if rows < 8 {
            break;
        }
        let kernel = 1 + b.below(4);
        left /= stride;
        at = match b.below(7) {
            0 => b.over_time(at, kernel, stride, false),
            1 | 2 => b.over_time(at, kernel, stride, true),
            3 => b.pool_over_time(at, kernel + 1, stride, true),
            4 => b.pool_over_time(at, kernel + 1, stride, false),
            5 => {
                left *= stride;
                b.beside_itself(at)
            }
            _ => {
                left *= stride;
                let relu = b.relu(at);
                let sum = b.add(at, relu);
                b.shifted(sum)
            }
        };
    }
    at = b.over_time(at, 2, 1, false);
    match b.below(3) {
        0 => at = b.mean(at),
        1 => {
            // As high as what is left of the window.
            let rows = b.shape(at)[1];
            at = b.over_time(at, rows, 1, true);
        }
        _ => {}
    }
    let output = b.dense(at, 3);
    b.finish(output)
}

/// Pushes rows, `new` at a time; each window that is complete gives what the whole network gives.
fn check(graph: &Graph, new: usize, seed: u32) -> usize {
    graph.validate().unwrap();
    let [_, all, w, c] = graph.tensors[graph.inputs[0]].shape[..] else {
        panic!("four dimensions")
    };
    let streamed = incremental(graph, new).unwrap();
    streamed.validate().unwrap();
    let program = prepare(&streamed).unwrap();
    let arena = Arena::behind(&program, &streamed, SLICE_BYTES);
    let mut bytes = vec![0x5a; arena.bytes];
    let (mut whole, mut new_only) = (Int8::new(graph).unwrap(), Int8::new(&streamed).unwrap());
    let mut draw = Build::new(&[1], seed);
    let mut rows: Vec<i8> = Vec::new();
    let mut n_windows = 0;
    while n_windows < 5 {
        // What is not kept may be overwritten between two runs, and so may what others share.
        bytes[..arena.bytes - arena.kept_bytes].fill(0x33);
        bytes[..SLICE_BYTES].fill(0x77);
        let newest: Vec<i8> = (0..new * w * c).map(|_| draw.below(256) as i8).collect();
        rows.extend(&newest);
        let found = new_only.run(&newest).to_vec();
        let in_arena = run_on(&program, &arena, &mut bytes, &newest);
        if rows.len() >= all * w * c {
            let window = &rows[rows.len() - all * w * c..];
            assert_eq!(whole.run(window), found, "graph {seed}, {new} rows");
            assert_eq!(found, in_arena, "graph {seed} in its arena");
            n_windows += 1;
        }
    }
    let macs = |graph| {
        prepare(graph)
            .unwrap()
            .steps
            .iter()
            .map(|s| s.call.macs())
            .sum::<u64>()
    };
    assert!(macs(&streamed) < macs(graph));
    arena.kept_bytes
}

#[test]
fn new_rows_alone_give_the_bits_of_the_whole_window() {
    for seed in 0..150 {
        for new in [1, 2, 4] {
            check(&chain(seed, new), new, seed);
        }
    }
}

/// Four layers of rising height, as in streaming wake words: every row of every history is stated.
#[test]
fn bytes_that_are_kept() {
    let mut b = Build::new(&[1, 12, 1, 4], 1);
    let mut at = b.graph.inputs[0];
    for kernel in [3, 5, 6] {
        let deep = b.over_time(at, kernel, 1, true);
        at = b.conv(deep, 8);
    }
    assert_eq!(b.shape(at), [1, 1, 1, 8]);
    let output = b.dense(at, 3);
    let graph = b.finish(output);
    assert_eq!(check(&graph, 1, 1), 3 * 4 + 5 * 8 + 6 * 8);
}

#[test]
fn what_keeps_a_network_from_it() {
    let same = {
        let mut b = Build::new(&[1, 25, 1, 3], 1);
        let input = b.graph.inputs[0];
        let pooled = b.max_pool(input);
        let conv = b.conv(pooled, 4);
        let output = b.dense(conv, 2);
        b.finish(output)
    };
    let reason = incremental(&same, 4).unwrap_err();
    assert!(
        reason.starts_with("MAX_POOL_2D `") && reason.ends_with("pads the window in time"),
        "{reason}"
    );

    let strided = {
        let mut b = Build::new(&[1, 24, 1, 3], 1);
        let input = b.graph.inputs[0];
        let conv = b.over_time(input, 3, 2, false);
        let output = b.dense(conv, 2);
        b.finish(output)
    };
    let reason = incremental(&strided, 3).unwrap_err();
    assert!(
        reason.ends_with("goes on by 2 rows in time, where 3 are new"),
        "{reason}"
    );
    assert!(incremental(&strided, 2).is_ok());
    let reason = incremental(&strided, 24).unwrap_err();
    assert!(reason.contains("windows do not overlap"), "{reason}");

    let flat = {
        let mut b = Build::new(&[1, 24], 1);
        let output = b.dense(b.graph.inputs[0], 2);
        b.finish(output)
    };
    let reason = incremental(&flat, 1).unwrap_err();
    assert_eq!(
        reason,
        "its input has no rows that follow each other in time"
    );
}
