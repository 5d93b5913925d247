//! What a device needs, and nothing else: the input of the plan, of emission, and of the host
//! executor.

use crate::diagnostic::{Diagnostic, codes};
use crate::features::FeatureBlock;
use crate::graph::Graph;
use crate::network::Network;
use crate::quantize::{Ranges, quantize};
use crate::spec::{Decide, NetworkSource, Spec, Window};
use crate::weights::{FloatTensor, Weights};
use crate::{lower, passes};

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

impl Pipeline {
    /// The pipeline of `spec` with the int8 network `graph`, which goes through the passes on int8
    /// graphs. Where the spec has no labels, the outputs are called `output_0`, `output_1`, ….
    pub fn new(spec: &Spec, graph: Graph) -> Self {
        Self::of(spec, passes::run_int8(graph))
    }

    /// The same with `graph` as it is.
    fn of(spec: &Spec, graph: Graph) -> Self {
        let labels = match &spec.data {
            Some(data) => data.labels.clone(),
            None => {
                let n_outputs = graph
                    .outputs
                    .first()
                    .map_or(0, |id| graph.tensors[*id].len());
                (0..n_outputs).map(|idx| format!("output_{idx}")).collect()
            }
        };
        Self {
            name: spec.name.clone(),
            labels,
            window: spec.window.clone(),
            features: spec.features.clone(),
            graph,
            decide: spec.decide.clone(),
        }
    }
}

/// The pipeline of `spec` before it is trained: every weight 0, every range −1..1. It has the
/// operators, shapes and types of the trained one, so its plan is the trained one's plan; where
/// training leaves channels that are constant for every input, or scores so far apart that the
/// softmax's table of exponentials ends early, the trained one needs less flash.
///
/// # Errors
/// A network that comes from a file: its bytes have to be read first.
pub fn placeholder(spec: &Spec) -> Result<Pipeline, Vec<Diagnostic>> {
    let network = match &spec.network {
        NetworkSource::Layers(network) => network,
        NetworkSource::File(path) => {
            let message = "expected the network's bytes, found only its path";
            return Err(vec![Diagnostic::file(codes::TFLITE_DAMAGED, path, message)]);
        }
    };
    let mut graph = placeholder_graph(network).map_err(|problem| vec![problem])?;
    // Different ones, which need a table.
    let scaled = spec.scaled_columns().into_iter().enumerate();
    let scales = scaled.map(|(i, scaled)| if scaled && i % 2 == 1 { 0.5 } else { 1.0 });
    graph.input_scales = scales.collect();
    Ok(Pipeline::of(spec, graph))
}

fn placeholder_graph(network: &Network) -> Result<Graph, Diagnostic> {
    placeholder_int8(passes::run(lower::lower(network, &zero_weights(network))?)?)
}

/// The int8 form of a float graph, which went through the passes, before it is calibrated: every
/// range −1..1.
///
/// # Errors
/// Those of [`quantize()`].
pub fn placeholder_int8(graph: Graph) -> Result<Graph, Diagnostic> {
    let mut ranges = Ranges::new(&graph);
    for (id, tensor) in graph.tensors.iter().enumerate() {
        if !tensor.is_constant() {
            ranges.see(id, &[-1.0, 1.0]);
        }
    }
    quantize(&graph, &ranges)
}

/// All weights of `network`, each 0.
fn zero_weights(network: &Network) -> Weights {
    let mut weights = Weights::new();
    for node in &network.nodes {
        for parameter in node.kind.parameters(network.shape(node.inputs[0])) {
            let data = vec![0.0; parameter.shape.iter().product()];
            let tensor = FloatTensor {
                shape: parameter.shape,
                data,
            };
            weights.insert(format!("{}.{}", node.name, parameter.role), tensor);
        }
    }
    weights
}
