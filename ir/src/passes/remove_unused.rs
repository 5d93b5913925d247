//! Drops operators whose results nothing reads, and tensors that no operator has.

use crate::graph::Graph;

/// Keeps what the outputs need (and the inputs); the remaining tensors keep their order.
pub fn remove_unused(graph: &mut Graph) {
    let mut needed = vec![false; graph.tensors.len()];
    for &id in graph.inputs.iter().chain(&graph.outputs) {
        needed[id] = true;
    }
    let mut kept = vec![false; graph.operators.len()];
    for (op, kept) in graph.operators.iter().zip(&mut kept).rev() {
        *kept = op.outputs.iter().any(|id| needed[*id]);
        if *kept {
            op.inputs
                .iter()
                .flatten()
                .chain(&op.outputs)
                .for_each(|id| needed[*id] = true);
        }
    }
    let mut kept = kept.into_iter();
    graph.operators.retain(|_| kept.next().unwrap_or(true));

    let mut new_ids = Vec::with_capacity(needed.len());
    let mut n_kept = 0;
    for &needed in &needed {
        new_ids.push(n_kept);
        n_kept += usize::from(needed);
    }
    let mut needed = needed.into_iter();
    graph.tensors.retain(|_| needed.next().unwrap_or(true));
    let of_operators = graph
        .operators
        .iter_mut()
        .flat_map(|op| op.inputs.iter_mut().flatten().chain(&mut op.outputs));
    for id in of_operators
        .chain(&mut graph.inputs)
        .chain(&mut graph.outputs)
    {
        *id = new_ids[*id];
    }
}
