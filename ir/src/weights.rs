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

/// Weights by name, `"{node}.{role}"`: node is [`crate::network::Node::name`]; the roles of each
/// layer kind are listed at [`crate::network::LayerKind::parameters`].
pub type Weights = BTreeMap<String, FloatTensor>;
