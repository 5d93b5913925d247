//! The checks behind [`Graph::validate`].

use super::{Graph, Operator, Tensor, TensorData, TensorId};
use crate::diagnostic::{Diagnostic, codes};

/// Largest number of elements of a tensor: no index or size computed from a valid graph overflows
/// 32 bits.
pub(super) const MAX_ELEMENTS: usize = 1 << 28;

/// Largest number of elements of all computed tensors together, and of multiplications and
/// comparisons: far beyond what a microcontroller has memory and time for, and little enough for
/// the host to compute a network that someone made to wear it out.
const ACTIVATIONS_MAX: usize = 1 << 26;
const WORK_MAX: u64 = 1 << 34;

pub(super) fn validate(graph: &Graph) -> Result<(), Vec<Diagnostic>> {
    let mut found = Vec::new();
    tensors(graph, &mut found);
    references(graph, &mut found);
    // Order and shapes are looked at only where every index means something.
    if found.is_empty() {
        order(graph, &mut found);
        extent(graph, &mut found);
        for (i, operator) in graph.operators.iter().enumerate() {
            if let Err(message) = super::shapes::check(graph, operator) {
                found.push(problem(format!(
                    "operator {i} ({}): {message}",
                    operator.kind.name()
                )));
            }
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn problem(message: String) -> Diagnostic {
    Diagnostic::general(codes::GRAPH_INVALID, message)
}

/// Shapes are positive and small enough, constants hold what they should, quantization is sound.
fn tensors(graph: &Graph, found: &mut Vec<Diagnostic>) {
    for tensor in &graph.tensors {
        let name = &tensor.name;
        let len = tensor
            .shape
            .iter()
            .try_fold(1usize, |n, &d| n.checked_mul(d));
        match len {
            Some(n) if (1..=MAX_ELEMENTS).contains(&n) => {}
            _ => {
                let message = format!(
                    "tensor `{name}` has shape {:?}, expected between 1 and {MAX_ELEMENTS} elements",
                    tensor.shape
                );
                found.push(problem(message));
                continue;
            }
        }
        if let Some(data) = &tensor.data
            && (data.dtype() != tensor.dtype || data.len() != tensor.len())
        {
            let message = format!(
                "constant `{name}` holds {} values of type {}, expected {} of type {}",
                data.len(),
                data.dtype().name(),
                tensor.len(),
                tensor.dtype.name()
            );
            found.push(problem(message));
        }
        if let Some(q) = &tensor.quantization {
            let channels = tensor.shape.get(q.axis).copied();
            let fits = q.scales.len() == q.zero_points.len()
                && (q.scales.len() == 1 || Some(q.scales.len()) == channels);
            if !fits {
                let message = format!(
                    "tensor `{name}` has {} scales and {} zero points, expected one of each or as many as its channels",
                    q.scales.len(),
                    q.zero_points.len()
                );
                found.push(problem(message));
            } else if !q.scales.iter().all(|s| s.is_finite() && *s > 0.0) {
                found.push(problem(format!(
                    "tensor `{name}` has a scale that is not above zero"
                )));
            }
        }
    }
}

/// Every index names a tensor, and operators have the operands that their kind needs.
fn references(graph: &Graph, found: &mut Vec<Diagnostic>) {
    let missing = |id: &TensorId| *id >= graph.tensors.len();
    if graph.inputs.iter().chain(&graph.outputs).any(missing) {
        found.push(problem(
            "an input or output of the network names no tensor".into(),
        ));
    }
    if graph.inputs.is_empty() || graph.outputs.is_empty() {
        found.push(problem("the network has no input or no output".into()));
    }
    for (i, operator) in graph.operators.iter().enumerate() {
        let Operator {
            kind,
            inputs,
            outputs,
        } = operator;
        if inputs.iter().flatten().chain(outputs).any(missing) {
            found.push(problem(format!(
                "operator {i} ({}) names no tensor",
                kind.name()
            )));
        }
        let (needed, most) = kind.operands();
        let given = inputs.iter().take_while(|input| input.is_some()).count();
        if given < needed || inputs.len() > most || outputs.len() != 1 {
            let message = format!(
                "operator {i} ({}) has {given} inputs and {} outputs, expected {needed} to {most} inputs and one output",
                kind.name(),
                outputs.len()
            );
            found.push(problem(message));
        }
    }
}

/// The network as a whole is not too large.
fn extent(graph: &Graph, found: &mut Vec<Diagnostic>) {
    let computed = graph.tensors.iter().filter(|t| !t.is_constant());
    let elements = computed.fold(0usize, |n, t| n.saturating_add(t.len()));
    if elements > ACTIVATIONS_MAX {
        found.push(problem(format!(
            "the computed tensors have {elements} elements, expected at most {ACTIVATIONS_MAX}"
        )));
    }
    let all = graph
        .operators
        .iter()
        .map(|op| super::shapes::macs(graph, op));
    let work = all.fold(0u64, u64::saturating_add);
    if work > WORK_MAX {
        found.push(problem(format!(
            "the network needs {work} multiplications, expected at most {WORK_MAX}"
        )));
    }
}

/// Values are made once, before they are used; computed tensors have batch 1.
fn order(graph: &Graph, found: &mut Vec<Diagnostic>) {
    let mut made: Vec<bool> = graph.tensors.iter().map(|t| t.is_constant()).collect();
    for &input in &graph.inputs {
        if made[input] {
            let name = &graph.tensors[input].name;
            found.push(problem(format!(
                "network input `{name}` is a constant or named twice"
            )));
        }
        made[input] = true;
    }
    for (i, operator) in graph.operators.iter().enumerate() {
        let kind = operator.kind.name();
        for &input in operator.inputs.iter().flatten() {
            if !made[input] {
                let name = &graph.tensors[input].name;
                found.push(problem(format!(
                    "operator {i} ({kind}) uses `{name}` before it is computed"
                )));
            }
        }
        for &output in &operator.outputs {
            let name = &graph.tensors[output].name;
            if made[output] {
                found.push(problem(format!(
                    "operator {i} ({kind}) writes `{name}`, which has a value already"
                )));
            }
            made[output] = true;
        }
    }
    for tensor in graph
        .tensors
        .iter()
        .zip(&made)
        .filter(|(t, made)| **made && !t.is_constant())
    {
        if tensor.0.shape.first().is_some_and(|&batch| batch != 1) {
            let Tensor { name, shape, .. } = tensor.0;
            found.push(problem(format!(
                "tensor `{name}` has batch {}, expected 1",
                shape[0]
            )));
        }
    }
    for &output in &graph.outputs {
        if !made[output] || graph.tensors[output].is_constant() {
            let name = &graph.tensors[output].name;
            found.push(problem(format!(
                "network output `{name}` is never computed"
            )));
        }
    }
}

impl TensorData {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            TensorData::I8(v) => v.len(),
            TensorData::I32(v) => v.len(),
            TensorData::F32(v) => v.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Type of the values.
    pub fn dtype(&self) -> super::DType {
        match self {
            TensorData::I8(_) => super::DType::I8,
            TensorData::I32(_) => super::DType::I32,
            TensorData::F32(_) => super::DType::F32,
        }
    }
}
