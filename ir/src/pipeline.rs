//! What a device needs, and nothing else: the input of the plan, of emission, and of the host
//! executor.

use crate::features::FeatureBlock;
use crate::graph::Graph;
use crate::spec::{Decide, Window};

/// A trained impulse, ready to be emitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// Name: `[a-z][a-z0-9_]*`.
    pub name: String,
    /// Labels in the order of the outputs.
    pub labels: Vec<String>,
    /// The window of sensor data.
    pub window: Window,
    /// Feature blocks, side by side.
    pub features: Vec<FeatureBlock>,
    /// The int8 network: one input (the features), one output (a score per label).
    pub graph: Graph,
    /// The decision logic.
    pub decide: Decide,
}
