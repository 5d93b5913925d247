//! Float weights by name: what training makes and `.safetensors` stores.

use std::collections::BTreeMap;

/// A float tensor in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatTensor {
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// `shape.iter().product()` values.
    pub data: Vec<f32>,
}

/// The name of what the columns of the features are multiplied by before they are the network's
/// input ([`crate::graph::Graph::input_scales`]), among the weights of a network that wants it.
pub const INPUT_SCALES: &str = "input.scales";

/// Weights by name, `"{node}.{role}"`: node is [`crate::network::Node::name`]; the roles of each
/// layer kind are listed at [`crate::network::LayerKind::parameters`].
pub type Weights = BTreeMap<String, FloatTensor>;
