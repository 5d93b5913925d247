//! The small network: inverted bottlenecks over time, which learn most from few recordings.

use impulse_ir::network::{Activation, Builder, Conv, Dense, LayerKind, Network, Padding};
use impulse_ir::{Diagnostic, Span};

/// Channels between the blocks, and within one.
const WIDTH: usize = 16;
const EXPANDED: usize = 48;
const BLOCKS: usize = 3;
/// Frames that a block looks at.
const KERNEL: usize = 9;

/// The network from features `[frames, values]` to a probability per label.
pub fn small(frames: usize, values: usize, n_labels: usize) -> Result<Network, Diagnostic> {
    let span = Span::default();
    let mut builder = Builder::new(vec![frames, values]);
    builder.push(LayerKind::Conv1d(bare(WIDTH, 3, 2)), span)?;
    builder.push(LayerKind::BatchNorm, span)?;
    let mut value = builder.push(LayerKind::Relu, span)?;
    for _ in 0..BLOCKS {
        let expand = LayerKind::Conv1d(bare(EXPANDED, 1, 1));
        let depthwise = LayerKind::DepthwiseConv1d(bare(EXPANDED, KERNEL, 1));
        for layer in [expand, depthwise] {
            builder.push(layer, span)?;
            builder.push(LayerKind::BatchNorm, span)?;
            builder.push(LayerKind::Relu, span)?;
        }
        builder.push(LayerKind::Conv1d(bare(WIDTH, 1, 1)), span)?;
        builder.push(LayerKind::BatchNorm, span)?;
        value = builder.add(value, Activation::None, span)?;
    }
    builder.push(LayerKind::GlobalAvgPool, span)?;
    let dense = Dense {
        units: n_labels,
        activation: Activation::None,
        bias: true,
        max_norm: None,
    };
    builder.push(LayerKind::Dense(dense), span)?;
    builder.push(LayerKind::Softmax, span)?;
    builder.finish(span)
}

/// A convolution over time without bias and activation: a batch normalization follows.
fn bare(filters: usize, kernel: usize, stride: usize) -> Conv {
    Conv {
        filters,
        kernel: [kernel, 1],
        stride: [stride, 1],
        padding: Padding::Same,
        activation: Activation::None,
        bias: false,
        max_norm: None,
    }
}
