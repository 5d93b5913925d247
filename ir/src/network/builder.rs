//! Puts a network together layer by layer: infers each output's shape, names the nodes, and
//! refuses a layer that does not fit with the shape that would.

use super::{
    Activation, LayerKind, Network, Node, Shape, ValueId, conv, dense, merge, normalize, pool,
    reshape,
};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// Most elements in one value or one weight tensor, and most weights of a network.
pub const ELEMENTS_MAX: usize = 1 << 24;

/// A network under construction. Layers are appended to the latest value.
///
/// ```
/// use impulse_ir::Span;
/// use impulse_ir::network::{Activation, Builder, Conv, LayerKind, Padding};
///
/// let mut builder = Builder::new(vec![49, 13]);
/// let conv = Conv {
///     filters: 8,
///     kernel: [3, 1],
///     stride: [1, 1],
///     padding: Padding::Same,
///     activation: Activation::Relu,
///     bias: true,
///     max_norm: None,
/// };
/// builder.push(LayerKind::Conv1d(conv), Span::default())?;
/// builder.push(LayerKind::GlobalAvgPool, Span::default())?;
/// assert_eq!(builder.shape(), [8]);
/// # Ok::<(), impulse_ir::Diagnostic>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    network: Network,
    current: ValueId,
    n_weights: usize,
}

impl Builder {
    /// A network without layers whose input has the shape `input` (no batch dimension).
    pub fn new(input: Shape) -> Self {
        Self {
            network: Network {
                input,
                nodes: Vec::new(),
            },
            current: 0,
            n_weights: 0,
        }
    }

    /// The value that the next layer reads.
    pub fn current(&self) -> ValueId {
        self.current
    }

    /// The shape of the value that the next layer reads.
    pub fn shape(&self) -> &[usize] {
        self.network.shape(self.current)
    }

    /// The nodes so far.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Appends a layer with one input. Two-dimensional layers on a `[height, width]` value get a
    /// reshape to `[height, width, 1]` in front. Use [`Builder::reshape`] and [`Builder::add`]
    /// for those two.
    ///
    /// # Errors
    /// `E04xx` at `span` when the layer does not take the shape, or a size is zero or too large.
    pub fn push(&mut self, kind: LayerKind, span: Span) -> Result<ValueId, Diagnostic> {
        if matches!(kind, LayerKind::Conv2d(_) | LayerKind::DepthwiseConv2d(_))
            && let [height, width] = *self.shape()
        {
            self.reshape(&[height, width, 1], span)?;
        }
        let input = self.shape();
        let shape = match &kind {
            LayerKind::Conv1d(c) => conv::conv1d(c, input, span)?,
            LayerKind::Conv2d(c) => conv::conv2d(c, input, span)?,
            LayerKind::DepthwiseConv1d(c) => conv::depthwise_conv1d(c, input, span)?,
            LayerKind::DepthwiseConv2d(c) => conv::depthwise_conv2d(c, input, span)?,
            LayerKind::MaxPool(p) => pool::pool("max_pool", p, input, span)?,
            LayerKind::AvgPool(p) => pool::pool("avg_pool", p, input, span)?,
            LayerKind::GlobalAvgPool => pool::global(input, span)?,
            LayerKind::Dense(d) => dense::dense(d, input, span)?,
            LayerKind::BatchNorm => normalize::batch_norm(input, span)?,
            LayerKind::Dropout(share) => normalize::dropout(*share, input, span)?,
            LayerKind::Flatten => reshape::flatten(input),
            LayerKind::Relu | LayerKind::Softmax => input.to_vec(),
            // Without a second input or a shape these two change nothing.
            LayerKind::Reshape => input.to_vec(),
            LayerKind::Add(activation) => return self.add(self.current, *activation, span),
        };
        let inputs = vec![self.current];
        self.node(kind, inputs, shape, span)
    }

    /// Gives the current value another shape with the same number of elements.
    ///
    /// # Errors
    /// [`codes::RESHAPE`] when the number of elements differs.
    pub fn reshape(&mut self, shape: &[usize], span: Span) -> Result<ValueId, Diagnostic> {
        reshape::check(self.shape(), shape, span)?;
        let inputs = vec![self.current];
        self.node(LayerKind::Reshape, inputs, shape.to_vec(), span)
    }

    /// Adds the value `other` to the current one.
    ///
    /// # Errors
    /// [`codes::ADD_SHAPES`] when the shapes differ.
    pub fn add(
        &mut self,
        other: ValueId,
        activation: Activation,
        span: Span,
    ) -> Result<ValueId, Diagnostic> {
        let shape = merge::add(self.network.shape(other), self.shape(), span)?;
        let inputs = vec![other, self.current];
        self.node(LayerKind::Add(activation), inputs, shape, span)
    }

    /// The network. Its output is the latest value.
    ///
    /// # Errors
    /// [`codes::EMPTY_NETWORK`] at `span` when no layer was pushed.
    pub fn finish(self, span: Span) -> Result<Network, Diagnostic> {
        if self.network.nodes.is_empty() {
            return Err(
                Diagnostic::error(codes::EMPTY_NETWORK, span, "the network has no layer")
                    .hint("the smallest one is `flatten`, `dense labels, softmax`"),
            );
        }
        Ok(self.network)
    }

    fn node(
        &mut self,
        kind: LayerKind,
        inputs: Vec<ValueId>,
        shape: Shape,
        span: Span,
    ) -> Result<ValueId, Diagnostic> {
        let keyword = kind.keyword();
        let parameters = kind.parameters(self.network.shape(inputs[0]));
        let tensors = parameters.iter().map(|p| &p.shape).chain([&shape]);
        for dims in tensors {
            if elements(dims).is_none_or(|n| n > ELEMENTS_MAX) {
                let message = format!(
                    "`{keyword}` makes a tensor of shape {}, expected at most {ELEMENTS_MAX} elements",
                    show(dims)
                );
                return Err(Diagnostic::error(codes::LAYER_TOO_LARGE, span, message)
                    .hint("use fewer filters or units, or pool before this layer"));
            }
        }
        let weights = parameters
            .iter()
            .filter_map(|p| elements(&p.shape))
            .sum::<usize>();
        if self.n_weights + weights > ELEMENTS_MAX {
            let message = format!(
                "`{keyword}` makes {} weights of the network, expected at most {ELEMENTS_MAX}",
                self.n_weights + weights
            );
            return Err(Diagnostic::error(codes::LAYER_TOO_LARGE, span, message)
                .hint("use fewer filters or units in this layer or in those before it"));
        }
        self.n_weights += weights;
        let same_kind = |n: &&Node| n.kind.keyword() == keyword;
        let number = self.network.nodes.iter().filter(same_kind).count() + 1;
        let name = format!("{keyword}_{number}");
        self.network.nodes.push(Node {
            kind,
            name,
            inputs,
            shape,
            span,
        });
        self.current = self.network.nodes.len();
        Ok(self.current)
    }
}

/// Number of elements, unless it overflows.
pub(super) fn elements(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d))
}

/// A shape as the language writes it: `49x13`.
pub fn show(shape: &[usize]) -> String {
    let dims: Vec<String> = shape.iter().map(usize::to_string).collect();
    dims.join("x")
}

/// Refuses a zero where `keyword` needs a positive number.
pub(super) fn positive(
    keyword: &str,
    what: &str,
    values: &[usize],
    span: Span,
) -> Result<(), Diagnostic> {
    if values.contains(&0) {
        let message = format!("`{keyword}` expects {what} of at least 1, found 0");
        return Err(Diagnostic::error(codes::LAYER_VALUE, span, message));
    }
    Ok(())
}
