//! The range of values that each computed tensor took while the calibration inputs ran.

use crate::graph::{Graph, TensorId};

/// Smallest and largest value seen, per tensor of one graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranges {
    per_tensor: Vec<Option<(f32, f32)>>,
}

impl Ranges {
    /// No value seen yet, for the tensors of `graph`.
    pub fn new(graph: &Graph) -> Self {
        Self {
            per_tensor: vec![None; graph.tensors.len()],
        }
    }

    /// Widens the range of `tensor` to hold `values`; those that are not finite are skipped.
    pub fn see(&mut self, tensor: TensorId, values: &[f32]) {
        let Some(slot) = self.per_tensor.get_mut(tensor) else {
            return;
        };
        for &value in values.iter().filter(|v| v.is_finite()) {
            let (low, high) = slot.unwrap_or((value, value));
            *slot = Some((low.min(value), high.max(value)));
        }
    }

    /// Widens every range to hold those of `other`: ranges taken over parts of the inputs join
    /// to the range over all of them, in any order.
    pub fn merge(&mut self, other: &Ranges) {
        for (tensor, range) in other.per_tensor.iter().enumerate() {
            if let Some((low, high)) = *range {
                self.see(tensor, &[low, high]);
            }
        }
    }

    /// The range of `tensor`, if any finite value was seen.
    pub fn get(&self, tensor: TensorId) -> Option<(f32, f32)> {
        self.per_tensor.get(tensor).copied().flatten()
    }
}
