//! `network`: layers into nodes with shapes.

use impulse_ir::diagnostic::codes;
use impulse_ir::network::{
    Activation, Builder, Conv, Dense, LayerKind, Network, Padding, Pool, Shape, show,
};
use impulse_ir::spec::NetworkSource;
use impulse_ir::{Diagnostic, Span, Spanned};

use super::{Checker, bottleneck, file};
use crate::model::{self, Block, Layer};
use crate::presets;

type Fallible<T> = Result<T, Vec<Diagnostic>>;

impl Checker {
    /// The network for features of shape `input`, where that is known.
    pub(super) fn network(
        &mut self,
        block: &Block<model::Network>,
        input: Option<Shape>,
        labels: &[String],
        has_data: bool,
    ) -> Option<NetworkSource> {
        if self.conflict(block) {
            return None;
        }
        if let Some(path) = &block.from {
            return Some(file(path));
        }
        let n_before = self.diagnostics.len();
        self.missing_of_layers(&block.layers);
        // Without shapes or labels the layers cannot be checked; their absence is reported.
        let (Some(input), true) = (input, has_data) else {
            return None;
        };
        if self.diagnostics.len() != n_before {
            return None;
        }
        match build(block, input, labels.len()) {
            Ok((network, _)) => Some(NetworkSource::Layers(network)),
            Err(diagnostics) => {
                self.diagnostics.extend(diagnostics);
                None
            }
        }
    }

    /// Reports a network that is given in more than one way.
    fn conflict(&mut self, block: &Block<model::Network>) -> bool {
        let from = block.from.as_ref().map(|from| ("`from`", from.span));
        let preset = block.preset.as_ref();
        let ways = [
            from,
            preset.map(|preset| ("a preset", preset.span)),
            block.layers.first().map(|l| ("layers", l.keyword.span)),
        ];
        let given: Vec<_> = ways.into_iter().flatten().collect();
        let [(first, _), (second, span), ..] = given[..] else {
            return false;
        };
        let message =
            format!("`network` expects layers, a preset or `from`, found {first} and {second}");
        let diagnostic = Diagnostic::error(codes::CONFLICT, span, message);
        self.report(diagnostic.hint(format!("leave {first} or {second} out")));
        true
    }

    fn missing_of_layers(&mut self, layers: &[Layer]) {
        for layer in layers {
            self.missing_keys(&layer.missing.keys, &layer.keyword, layer.keyword.span);
            self.missing_of_layers(&layer.layers);
        }
    }
}

/// The layers of `block` with presets and bottlenecks written out, one list for each of its own
/// layers, or one in all for a preset; `None` where they do not fit together.
pub(crate) fn written_out(
    block: &Block<model::Network>,
    input: Shape,
    n_labels: usize,
) -> Option<Vec<Vec<Layer>>> {
    build(block, input, n_labels).ok().map(|(_, layers)| layers)
}

fn build(
    block: &Block<model::Network>,
    input: Shape,
    n_labels: usize,
) -> Fallible<(Network, Vec<Vec<Layer>>)> {
    let mut builder = Builder::new(input);
    let mut written = Vec::new();
    let preset = block.preset.as_ref();
    if let Some(layers) = preset.and_then(|p| presets::layers(p, p.span)) {
        written.push(push_all(&mut builder, &layers, None, n_labels)?.concat());
    } else {
        written = push_all(&mut builder, &block.layers, block.fault, n_labels)?;
    }
    let network = builder.finish(block.name_span).map_err(|d| vec![d])?;
    let place = preset.map_or(block.name_span, |p| p.span);
    let last = block.layers.last().map_or(place, |l| l.span.0);
    match end_problem(&network, last, n_labels) {
        None => Ok((network, written)),
        Some(problem) => Err(vec![problem]),
    }
}

/// What is wrong with the end of the network, whose last layer stands at `last`.
fn end_problem(network: &Network, last: Span, n_labels: usize) -> Option<Diagnostic> {
    if network.output() != &[n_labels] {
        let message = format!(
            "the network ends with the shape {}, expected {n_labels}, one score per label",
            show(network.output())
        );
        let hint = match network.output().len() {
            1 => "end it with `dense labels, softmax`",
            _ => "end it with `flatten` and `dense labels, softmax`",
        };
        return Some(Diagnostic::error(codes::OUTPUT, last, message).hint(hint));
    }
    let ends = network.nodes.last().map(|n| &n.kind);
    let message = "the network ends without a softmax, expected scores that add up to 1";
    (ends != Some(&LayerKind::Softmax)).then(|| {
        Diagnostic::error(codes::OUTPUT, last, message).hint("add `softmax` as the last layer")
    })
}

/// Appends the layers of a block in which a problem was reported at byte `fault`: behind it no
/// shape is known. What comes back are the layers written out, one list each.
fn push_all(
    builder: &mut Builder,
    layers: &[Layer],
    fault: Option<usize>,
    n_labels: usize,
) -> Fallible<Vec<Vec<Layer>>> {
    let mut written = Vec::new();
    for layer in layers {
        if fault.is_some_and(|at| layer.span.0.start > at) {
            break;
        }
        written.push(push(builder, layer, n_labels)?);
    }
    match fault {
        None => Ok(written),
        Some(_) => Err(Vec::new()),
    }
}

fn push(builder: &mut Builder, layer: &Layer, n_labels: usize) -> Fallible<Vec<Layer>> {
    let span = layer.span.0;
    let one = |d: Diagnostic| vec![d];
    if layer.missing.fault.is_some() && layer.keyword.value != "residual" {
        return Err(Vec::new());
    }
    let kind = match layer.keyword.as_str() {
        "residual" => return residual(builder, layer, n_labels).map(|written| vec![written]),
        "bottleneck" => {
            let layers = bottleneck::expand(layer, builder.shape()).map_err(one)?;
            return Ok(push_all(builder, &layers, None, n_labels)?.concat());
        }
        "reshape" => {
            let shape = reshape(builder.shape(), layer).map_err(one)?;
            builder.reshape(&shape, span).map_err(one)?;
            return Ok(vec![layer.clone()]);
        }
        "conv1d" => LayerKind::Conv1d(conv(layer, Rank::One, layer.filters.map(|f| f.value))),
        "conv2d" => LayerKind::Conv2d(conv(layer, Rank::Two, layer.filters.map(|f| f.value))),
        "depthwise_conv1d" => {
            LayerKind::DepthwiseConv1d(conv(layer, Rank::One, depthwise(builder.shape(), layer, 2)))
        }
        "depthwise_conv2d" => {
            LayerKind::DepthwiseConv2d(conv(layer, Rank::Two, depthwise(builder.shape(), layer, 3)))
        }
        "max_pool" => LayerKind::MaxPool(pool(builder.shape(), layer).map_err(one)?),
        "avg_pool" => LayerKind::AvgPool(pool(builder.shape(), layer).map_err(one)?),
        "global_avg_pool" => LayerKind::GlobalAvgPool,
        "batch_norm" => LayerKind::BatchNorm,
        "relu" => LayerKind::Relu,
        "dropout" => LayerKind::Dropout(layer.share.map_or(0.0, |s| s.value as f32)),
        "flatten" => LayerKind::Flatten,
        "softmax" => LayerKind::Softmax,
        "dense" => LayerKind::Dense(dense(layer, n_labels)),
        other => {
            let message = format!("unknown layer `{other}`");
            return Err(vec![Diagnostic::error(
                codes::UNKNOWN_KEY,
                layer.keyword.span,
                message,
            )]);
        }
    };
    builder.push(kind, span).map_err(one)?;
    if layer
        .activation
        .as_ref()
        .is_some_and(|a| a.as_str() == "softmax")
    {
        builder.push(LayerKind::Softmax, span).map_err(one)?;
    }
    Ok(vec![layer.clone()])
}

/// Appends the layers of a residual branch and the sum; comes back with the layers written out.
fn residual(builder: &mut Builder, layer: &Layer, n_labels: usize) -> Fallible<Layer> {
    let start = builder.current();
    let written = push_all(builder, &layer.layers, layer.missing.fault, n_labels)?;
    if builder.current() == start {
        let message = "`residual` expects at least one layer between its braces";
        let diagnostic = Diagnostic::error(codes::EMPTY_NETWORK, layer.keyword.span, message);
        return Err(vec![diagnostic]);
    }
    let sum = builder.add(start, Activation::None, layer.keyword.span);
    sum.map_err(|d| vec![d])?;
    Ok(Layer {
        layers: written.concat(),
        ..layer.clone()
    })
}

#[derive(Clone, Copy)]
enum Rank {
    One,
    Two,
}

/// `[height, width]` of one number or two; in one dimension the width is 1.
fn sides(sizes: Option<&Spanned<Vec<u64>>>, rank: Rank) -> Option<[usize; 2]> {
    let sizes = &sizes?.value;
    let first = *sizes.first()? as usize;
    Some(match rank {
        Rank::One => [first, 1],
        Rank::Two => [first, sizes.get(1).map_or(first, |s| *s as usize)],
    })
}

fn conv(layer: &Layer, rank: Rank, filters: Option<u64>) -> Conv {
    Conv {
        filters: filters.map_or(0, |f| f as usize),
        kernel: sides(layer.kernel.as_ref(), rank).unwrap_or([0, 0]),
        stride: sides(layer.stride.as_ref(), rank).unwrap_or([1, 1]),
        padding: padding(layer),
        activation: activation(layer),
        bias: bias(layer),
        max_norm: layer.max_norm.map(|n| n.value as f32),
    }
}

/// Output channels of a depthwise convolution on `shape` with `rank` dimensions; a picture
/// without channels has one.
fn depthwise(shape: &[usize], layer: &Layer, rank: usize) -> Option<u64> {
    let channels = if shape.len() < rank {
        1
    } else {
        *shape.last()?
    };
    Some((channels as u64).saturating_mul(layer.multiplier.map_or(1, |m| m.value)))
}

fn padding(layer: &Layer) -> Padding {
    match layer.padding.as_ref().map(|p| p.as_str()) {
        Some("valid") => Padding::Valid,
        _ => Padding::Same,
    }
}

fn activation(layer: &Layer) -> Activation {
    match layer.activation.as_ref().map(|a| a.as_str()) {
        Some("relu") => Activation::Relu,
        Some("relu6") => Activation::Relu6,
        _ => Activation::None,
    }
}

fn bias(layer: &Layer) -> bool {
    layer.bias.as_ref().is_none_or(|b| b.as_str() != "no")
}

/// A pool on a value of `shape`: along time, or along height and width.
fn pool(shape: &[usize], layer: &Layer) -> Result<Pool, Diagnostic> {
    let rank = if shape.len() == 3 {
        Rank::Two
    } else {
        Rank::One
    };
    for sizes in [&layer.kernel, &layer.stride].into_iter().flatten() {
        if matches!(rank, Rank::One) && sizes.value.len() > 1 {
            let dims: Vec<usize> = sizes.value.iter().map(|s| *s as usize).collect();
            let message = format!(
                "`{}` expects one number on {}, found {}",
                layer.keyword.value,
                show(shape),
                show(&dims)
            );
            let diagnostic = Diagnostic::error(codes::SIZE_RANK, sizes.span, message);
            return Err(diagnostic.fix(sizes.span, dims[0].to_string(), "pool along time only"));
        }
    }
    let size = sides(layer.kernel.as_ref(), rank).unwrap_or([0, 0]);
    let stride = sides(layer.stride.as_ref(), rank).unwrap_or(size);
    Ok(Pool {
        size,
        stride,
        padding: padding(layer),
    })
}

fn dense(layer: &Layer, n_labels: usize) -> Dense {
    let units = layer.filters.map_or(0, |f| f.value as usize);
    Dense {
        units: if layer.units_are_labels {
            n_labels
        } else {
            units
        },
        activation: activation(layer),
        bias: bias(layer),
        max_norm: layer.max_norm.map(|n| n.value as f32),
    }
}

/// The shape of a `reshape` of a value of shape `input`.
fn reshape(input: &[usize], layer: &Layer) -> Result<Shape, Diagnostic> {
    if let Some(columns) = layer.columns {
        let n: usize = input.iter().product();
        let columns_n = (columns.value as usize).max(1);
        if !n.is_multiple_of(columns_n) {
            let message = format!(
                "`reshape {columns_n} columns` expects a multiple of {columns_n} values, found {n}"
            );
            let diagnostic = Diagnostic::error(codes::RESHAPE, columns.span, message);
            return Err(match nearest_divisor(n, columns_n) {
                Some(fit) => diagnostic.hint(format!("{fit} columns would match")),
                None => diagnostic,
            });
        }
        return Ok(vec![n / columns_n, columns_n]);
    }
    Ok(layer.shape.as_ref().map_or(Vec::new(), |s| {
        s.value.iter().map(|d| *d as usize).collect()
    }))
}

/// The divisor of `n` nearest to `wanted`, 1 and `n` aside.
fn nearest_divisor(n: usize, wanted: usize) -> Option<usize> {
    (2..n.min(wanted * 2))
        .filter(|d| n.is_multiple_of(*d))
        .min_by_key(|d| d.abs_diff(wanted))
}
