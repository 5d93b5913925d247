//! Networks with weights that look trained, quantized over made-up windows: every operator that
//! lowering and quantization can bring forth is in one of them.

use crate::cases::Lcg;
use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::exec::Float;
use impulse_ir::graph::Graph;
use impulse_ir::network::{Activation, Builder, Conv, Dense, LayerKind, Network, Padding, Pool};
use impulse_ir::quantize::{Ranges, quantize};
use impulse_ir::weights::{FloatTensor, Weights};
use impulse_ir::{Span, lower, passes};

/// The network called `name` as float graph after all passes.
pub fn float(name: &str) -> Result<Graph, Diagnostic> {
    let network = network(name)?;
    let mut graph = passes::run(lower::lower(&network, &weights(&network))?)?;
    graph.name = name.to_owned();
    Ok(graph)
}

/// The network called `name` in int8.
pub fn int8(name: &str) -> Result<Graph, Diagnostic> {
    let graph = float(name)?;
    let executor = Float::new(&graph)?;
    let mut ranges = Ranges::new(&graph);
    let n_inputs = graph.tensors[graph.inputs[0]].len();
    let mut lcg = Lcg(99);
    for window in 0..8 {
        let scale = 0.5 + 0.5 * window as f32;
        let input: Vec<f32> = (0..n_inputs).map(|_| scale * lcg.signed()).collect();
        executor.observe(&input, &mut ranges);
    }
    quantize(&graph, &ranges)
}

/// Weights of the magnitude that Glorot's rule gives, and plausible statistics.
fn weights(network: &Network) -> Weights {
    let mut lcg = Lcg(7);
    let mut weights = Weights::new();
    for node in &network.nodes {
        for parameter in node.kind.parameters(network.shape(node.inputs[0])) {
            let n: usize = parameter.shape.iter().product();
            let per_filter = n as f32 / node.shape[node.shape.len() - 1] as f32;
            let data = (0..n).map(|_| match parameter.role {
                "weight" => lcg.signed() * (3.0 / per_filter).sqrt(),
                "variance" | "gamma" => 1.0 + 0.8 * lcg.signed(),
                _ => 0.3 * lcg.signed(),
            });
            let data = data.collect();
            let name = format!("{}.{}", node.name, parameter.role);
            weights.insert(
                name,
                FloatTensor {
                    shape: parameter.shape,
                    data,
                },
            );
        }
    }
    weights
}

fn network(name: &str) -> Result<Network, Diagnostic> {
    let span = Span::default();
    match name {
        "conv1d" => {
            let mut b = Builder::new(vec![49, 13]);
            for kind in [
                LayerKind::Conv1d(conv(8, [3, 1], [1, 1], Activation::Relu)),
                LayerKind::MaxPool(pool([2, 1], [2, 1])),
                LayerKind::Dropout(0.25),
                LayerKind::Conv1d(conv(16, [3, 1], [1, 1], Activation::Relu)),
                LayerKind::MaxPool(pool([2, 1], [2, 1])),
                LayerKind::Dropout(0.25),
                LayerKind::Flatten,
                LayerKind::Dense(dense(3)),
                LayerKind::Softmax,
            ] {
                b.push(kind, span)?;
            }
            b.finish(span)
        }
        // Two-dimensional layers, strides, a residual sum, every pool, normalization that folds
        // and that does not, a RELU that stands alone because its input is read twice.
        "residual" => {
            let mut b = Builder::new(vec![20, 10]);
            b.push(LayerKind::BatchNorm, span)?;
            b.reshape(&[20, 10, 1], span)?;
            b.push(
                LayerKind::Conv2d(conv(6, [5, 4], [2, 1], Activation::None)),
                span,
            )?;
            b.push(LayerKind::BatchNorm, span)?;
            let start = b.current();
            b.push(LayerKind::Relu, span)?;
            let same = Conv {
                bias: false,
                ..conv(6, [3, 3], [1, 1], Activation::None)
            };
            b.push(LayerKind::DepthwiseConv2d(same), span)?;
            b.push(LayerKind::BatchNorm, span)?;
            b.push(LayerKind::Relu, span)?;
            b.push(
                LayerKind::Conv2d(conv(6, [1, 1], [1, 1], Activation::None)),
                span,
            )?;
            b.add(start, Activation::Relu, span)?;
            b.push(LayerKind::AvgPool(pool([3, 2], [1, 2])), span)?;
            b.push(
                LayerKind::DepthwiseConv2d(conv(12, [3, 3], [2, 2], Activation::Relu)),
                span,
            )?;
            b.push(LayerKind::MaxPool(pool([2, 2], [1, 1])), span)?;
            b.push(LayerKind::GlobalAvgPool, span)?;
            b.push(
                LayerKind::Dense(Dense {
                    activation: Activation::Relu,
                    ..dense(9)
                }),
                span,
            )?;
            b.push(LayerKind::Dense(dense(5)), span)?;
            b.push(LayerKind::Softmax, span)?;
            b.finish(span)
        }
        // The inverted bottleneck over time: bands are channels, the residual is linear.
        _ => {
            let mut b = Builder::new(vec![25, 8]);
            b.push(
                LayerKind::Conv1d(conv(8, [3, 1], [2, 1], Activation::None)),
                span,
            )?;
            let start = b.current();
            for kind in [
                LayerKind::Conv1d(conv(16, [1, 1], [1, 1], Activation::None)),
                LayerKind::BatchNorm,
                LayerKind::Relu,
                LayerKind::DepthwiseConv1d(conv(16, [9, 1], [1, 1], Activation::None)),
                LayerKind::BatchNorm,
                LayerKind::Relu,
                LayerKind::Conv1d(conv(8, [1, 1], [1, 1], Activation::None)),
                LayerKind::BatchNorm,
            ] {
                b.push(kind, span)?;
            }
            b.add(start, Activation::None, span)?;
            b.push(LayerKind::GlobalAvgPool, span)?;
            b.push(LayerKind::Dense(dense(4)), span)?;
            b.push(LayerKind::Softmax, span)?;
            b.finish(span)
        }
    }
}

fn conv(filters: usize, kernel: [usize; 2], stride: [usize; 2], activation: Activation) -> Conv {
    let padding = Padding::Same;
    Conv {
        filters,
        kernel,
        stride,
        padding,
        activation,
        bias: true,
        max_norm: None,
    }
}

fn pool(size: [usize; 2], stride: [usize; 2]) -> Pool {
    Pool {
        size,
        stride,
        padding: Padding::Same,
    }
}

fn dense(units: usize) -> Dense {
    Dense {
        units,
        activation: Activation::None,
        bias: true,
        max_norm: None,
    }
}
