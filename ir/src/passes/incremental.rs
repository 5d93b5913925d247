//! A network over a window of rows becomes one over the rows that are new since the last window.
//!
//! Rows are dimension 1 of the input: frames of features, steps of time. Where a layer slides over
//! rows without padding them, a row of its output depends on rows beside it alone, and windows that
//! overlap share it. Such a layer then computes its new rows only, from a [`OperatorKind::History`]
//! of its input; the first layer that needs the whole window (a flattening, a mean over time, a
//! layer as high as its input) reads a history of all rows, and from there on nothing changes. Every
//! value is computed by the same kernel from the same values as before, so the bits are the same as
//! soon as every row of the window has been pushed. (Rybakov et al., "Streaming keyword spotting on
//! mobile devices", 2020, convert models layer by layer in this way.)

use std::collections::BTreeMap;

use crate::graph::{Graph, Operator, OperatorKind, Tensor, TensorId};
use crate::network::{Padding, window_output};

/// The rows of a tensor that changes with time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rows {
    /// In the whole window.
    all: usize,
    /// New ones in each run, fewer than all.
    new: usize,
}

/// The int8 graph `graph`, whose input is a window of rows, as one whose input is the `new_rows` that
/// are new. It gives the output of the window that ends with the newest row; the first windows are
/// complete after as many runs as it takes to push all rows, and what was pushed before counts for
/// nothing.
///
/// # Errors
/// A sentence that says what keeps it from saving work.
pub fn incremental(graph: &Graph, new_rows: usize) -> Result<Graph, String> {
    let input = graph.inputs.first().copied().unwrap_or_default();
    let all = match graph.tensors.get(input).map(|t| t.shape.as_slice()) {
        Some([1, all, _, ..]) if graph.validate().is_ok() => *all,
        _ => return Err("its input has no rows that follow each other in time".to_owned()),
    };
    if new_rows == 0 || new_rows >= all {
        return Err(format!(
            "{new_rows} new rows are a whole window of {all}: windows do not overlap"
        ));
    }
    let mut pass = Pass {
        graph: Graph {
            operators: Vec::new(),
            ..graph.clone()
        },
        whole: graph,
        rows: BTreeMap::from([(input, Rows { all, new: new_rows })]),
        histories: BTreeMap::new(),
        saves: false,
        obstacle: None,
    };
    pass.set_rows(input, new_rows);
    for operator in &graph.operators {
        pass.operator(operator);
    }
    for at in 0..graph.outputs.len() {
        pass.graph.outputs[at] = pass.all_rows(graph.outputs[at]);
    }
    if !pass.saves {
        let obstacle = pass
            .obstacle
            .unwrap_or_else(|| "it has no layer".to_owned());
        return Err(obstacle);
    }
    Ok(pass.graph)
}

struct Pass<'g> {
    whole: &'g Graph,
    graph: Graph,
    /// The tensors of which each run computes the new rows only.
    rows: BTreeMap<TensorId, Rows>,
    /// The last rows of such a tensor, by their number.
    histories: BTreeMap<(TensorId, usize), TensorId>,
    /// Whether a layer with weights computes less than before.
    saves: bool,
    /// Why the first layer that reads the whole window does.
    obstacle: Option<String>,
}

impl Pass<'_> {
    fn operator(&mut self, operator: &Operator) {
        let streamed = operator
            .inputs
            .iter()
            .flatten()
            .find_map(|id| self.rows.get(id));
        let mut operator = operator.clone();
        let output = operator.outputs[0];
        if let Some(&rows) = streamed {
            match self.streams(&operator, rows) {
                Ok((result, needed)) => {
                    self.rows.insert(output, result);
                    self.set_rows(output, result.new);
                    for input in operator.inputs.iter_mut().flatten() {
                        if self.rows.contains_key(input) {
                            *input = self.last_rows(*input, needed);
                        }
                    }
                    self.saves |= matches!(
                        operator.kind,
                        OperatorKind::Conv2d(_)
                            | OperatorKind::DepthwiseConv2d(_)
                            | OperatorKind::FullyConnected { .. }
                            | OperatorKind::MaxPool2d(_)
                            | OperatorKind::AvgPool2d(_)
                    );
                }
                Err(reason) => {
                    let name = &self.whole.tensors[output].name;
                    let reason = format!("{} `{name}` {reason}", operator.kind.name());
                    self.obstacle.get_or_insert(reason);
                    for input in operator.inputs.iter_mut().flatten() {
                        *input = self.all_rows(*input);
                    }
                }
            }
        }
        self.graph.operators.push(operator);
    }

    /// The rows of an operator's result, and how many last rows of its operands the new ones need;
    /// or why it needs all of them.
    fn streams(&self, operator: &Operator, rows: Rows) -> Result<(Rows, usize), String> {
        let shape = |id: TensorId| self.whole.tensors[id].shape.as_slice();
        let output = shape(operator.outputs[0]);
        let input = operator.inputs[0].unwrap_or_default();
        let keeps_rows = output.len() > 2 && output[1] == rows.all;
        match &operator.kind {
            OperatorKind::Conv2d(c) | OperatorKind::DepthwiseConv2d(c) => {
                let weights = operator.inputs[1].unwrap_or_default();
                let reach = (shape(weights)[1] - 1) * c.dilation[0] + 1;
                slid(rows, reach, c.stride[0], c.padding)
            }
            OperatorKind::MaxPool2d(p) | OperatorKind::AvgPool2d(p) => {
                slid(rows, p.size[0], p.stride[0], p.padding)
            }
            OperatorKind::Relu
            | OperatorKind::Relu6
            | OperatorKind::ReluN1To1
            | OperatorKind::Logistic
            | OperatorKind::Quantize
                if keeps_rows =>
            {
                Ok((rows, rows.new))
            }
            OperatorKind::Add { .. } | OperatorKind::Mul { .. } if keeps_rows => {
                let rank = output.len();
                self.in_step(operator, rows, |id| self.is_for_all_rows(id, rank))
            }
            OperatorKind::Concatenation { axis } if keeps_rows && *axis != 1 => {
                self.in_step(operator, rows, |_| false)
            }
            OperatorKind::Pad { margins } if keeps_rows && margins[1] == [0, 0] => {
                Ok((rows, rows.new))
            }
            // Values of a row stay in their row.
            OperatorKind::Reshape if keeps_rows => Ok((rows, rows.new)),
            OperatorKind::FullyConnected { .. } | OperatorKind::Softmax { .. }
                if keeps_rows && shape(input).last() == Some(&rows_of(self.whole, operator)) =>
            {
                Ok((rows, rows.new))
            }
            OperatorKind::Mean { axes, .. } if keeps_rows && !axes.contains(&1) => {
                Ok((rows, rows.new))
            }
            _ => Err("reads the whole window".to_owned()),
        }
    }

    /// Rows of an operator that takes the same rows of all its operands, apart from those that
    /// `or_else` allows.
    fn in_step(
        &self,
        operator: &Operator,
        rows: Rows,
        or_else: impl Fn(TensorId) -> bool,
    ) -> Result<(Rows, usize), String> {
        let mut operands = operator.inputs.iter().flatten();
        if operands.all(|id| self.rows.get(id) == Some(&rows) || or_else(*id)) {
            Ok((rows, rows.new))
        } else {
            Err("joins rows and a whole window".to_owned())
        }
    }

    /// Whether a tensor is a constant that has the same values for every row of a tensor of `rank`
    /// dimensions.
    fn is_for_all_rows(&self, tensor: TensorId, rank: usize) -> bool {
        let Tensor { shape, data, .. } = &self.whole.tensors[tensor];
        // Dimensions that are missing at the front are repeated.
        let along_rows = (shape.len() + 1).checked_sub(rank);
        let along_rows = along_rows.and_then(|at| shape.get(at));
        data.is_some() && along_rows.is_none_or(|n| *n == 1)
    }

    /// The whole window of a tensor.
    fn all_rows(&mut self, tensor: TensorId) -> TensorId {
        match self.rows.get(&tensor) {
            Some(rows) => self.last_rows(tensor, rows.all),
            None => tensor,
        }
    }

    /// The last `n` rows of a tensor of which a run computes the new ones.
    fn last_rows(&mut self, tensor: TensorId, n: usize) -> TensorId {
        if self.rows.get(&tensor).is_none_or(|rows| rows.new == n) {
            return tensor;
        }
        if let Some(&history) = self.histories.get(&(tensor, n)) {
            return history;
        }
        let mut kept = self.graph.tensors[tensor].clone();
        kept.name = format!("{}.history", kept.name);
        kept.shape[1] = n;
        let history = self.graph.tensors.len();
        self.graph.tensors.push(kept);
        self.graph.operators.push(Operator {
            kind: OperatorKind::History,
            inputs: vec![Some(tensor)],
            outputs: vec![history],
        });
        self.histories.insert((tensor, n), history);
        history
    }

    fn set_rows(&mut self, tensor: TensorId, n: usize) {
        self.graph.tensors[tensor].shape[1] = n;
    }
}

/// Values that a fully connected layer or a softmax takes at once.
fn rows_of(graph: &Graph, operator: &Operator) -> usize {
    let of = |at: usize| operator.inputs.get(at).copied().flatten();
    let tensor = match operator.kind {
        OperatorKind::FullyConnected { .. } => of(1),
        _ => of(0),
    };
    tensor
        .and_then(|id| graph.tensors[id].shape.last().copied())
        .unwrap_or(0)
}

/// A window of `reach` rows that slides by `stride`: the rows that it gives, and how many last rows
/// the new ones of them need.
fn slid(
    rows: Rows,
    reach: usize,
    stride: usize,
    padding: Padding,
) -> Result<(Rows, usize), String> {
    let Some((all, _)) = window_output(rows.all, reach, stride, padding) else {
        return Err("is larger than its input".to_owned());
    };
    let padded = |n: usize, output: usize| (output.max(1) - 1) * stride + reach > n;
    if padded(rows.all, all) {
        return Err("pads the window in time".to_owned());
    }
    if !rows.new.is_multiple_of(stride) {
        return Err(format!(
            "goes on by {stride} rows in time, where {} are new",
            rows.new
        ));
    }
    let new = rows.new / stride;
    if new >= all {
        return Err("reads the whole window".to_owned());
    }
    // From the first row of the first new result to the end of the window, also what the last
    // stride leaves over.
    let needed = rows.all - (all - new) * stride;
    match window_output(needed, reach, stride, padding) {
        Some((output, 0)) if output == new && !padded(needed, output) => {
            Ok((Rows { all, new }, needed))
        }
        _ => Err("would be padded differently on fewer rows".to_owned()),
    }
}
