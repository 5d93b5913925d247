//! The float reference: computes a float graph on the host, and takes the ranges that
//! quantization needs. Plain loops in a fixed order of summation, `f32` throughout.

mod ops;

use crate::diagnostic::{Diagnostic, codes};
use crate::graph::{DType, Graph, Operator, OperatorKind, TensorData, TensorId};
use crate::quantize::Ranges;

/// A float graph prepared for execution. It holds no state between runs and may be shared by
/// threads.
#[derive(Clone, Debug)]
pub struct Float {
    steps: Vec<Step>,
    /// Shape of every tensor.
    shapes: Vec<Vec<usize>>,
    /// Constants that stand where a computed tensor may stand, as in a sum.
    constants: Vec<(TensorId, Vec<f32>)>,
    input: TensorId,
    output: TensorId,
}

#[derive(Clone, Debug)]
struct Step {
    kind: OperatorKind,
    inputs: Vec<TensorId>,
    output: TensorId,
    /// Convolution `[kernel_h, kernel_w, in, filters]`, depthwise `[kernel_h, kernel_w, filters]`,
    /// fully connected `[inputs, units]`: the inner loop runs over outputs. Batch normalization:
    /// the scale per channel.
    weights: Vec<f32>,
    /// `[kernel_h, kernel_w]` of a convolution.
    kernel: [usize; 2],
    /// One value per output channel; what PAD pads with.
    bias: Vec<f32>,
}

/// Shape and values of an operator's constant, if it has that one.
type Constant<'g> = Option<(&'g [usize], &'g [f32])>;

impl Float {
    /// Prepares `graph`, which has one input and one output, both float.
    ///
    /// # Errors
    /// A graph that is not valid, a tensor that is not float, a constant where a computed tensor belongs or the reverse, and
    /// shapes that do not fit an operator.
    pub fn new(graph: &Graph) -> Result<Self, Diagnostic> {
        graph.validate().map_err(|mut all| all.swap_remove(0))?;
        let ([input], [output]) = (graph.inputs.as_slice(), graph.outputs.as_slice()) else {
            return Err(refuse(format!(
                "expected one input and one output, found {} and {}",
                graph.inputs.len(),
                graph.outputs.len()
            )));
        };
        let mut known = vec![false; graph.tensors.len()];
        mark(&mut known, *input)?;
        let mut constants = Vec::new();
        let mut steps = Vec::with_capacity(graph.operators.len());
        for (idx, op) in graph.operators.iter().enumerate() {
            let step = Step::new(graph, op)
                .map_err(|why| refuse(format!("operator {idx} ({}): {why}", op.kind.name())))?;
            for input in &step.inputs {
                if let Some(TensorData::F32(data)) = &graph.tensors[*input].data {
                    constants.push((*input, data.clone()));
                } else if !known[*input] {
                    return Err(refuse(format!(
                        "operator {idx} ({}) reads tensor {input} before it is computed",
                        op.kind.name()
                    )));
                }
            }
            mark(&mut known, step.output)?;
            steps.push(step);
        }
        if known.get(*output) != Some(&true) {
            return Err(refuse(format!(
                "the output, tensor {output}, is never computed"
            )));
        }
        let shapes = graph.tensors.iter().map(|t| t.shape.clone()).collect();
        Ok(Self {
            steps,
            shapes,
            constants,
            input: *input,
            output: *output,
        })
    }

    /// The network's outputs for one input, both row-major in their tensors' shapes. An input
    /// that is too short is filled up with zeros.
    pub fn run(&self, input: &[f32]) -> Vec<f32> {
        self.execute(input, |_, _| {})
    }

    /// Runs like [`Float::run`] and widens `ranges` by the values of every computed tensor.
    pub fn observe(&self, input: &[f32], ranges: &mut Ranges) -> Vec<f32> {
        self.execute(input, |tensor, values| ranges.see(tensor, values))
    }

    fn execute(&self, input: &[f32], mut seen: impl FnMut(TensorId, &[f32])) -> Vec<f32> {
        let mut values: Vec<Vec<f32>> = vec![Vec::new(); self.shapes.len()];
        let mut first = input.to_vec();
        first.resize(self.shapes[self.input].iter().product(), 0.0);
        seen(self.input, &first);
        values[self.input] = first;
        for (id, data) in &self.constants {
            values[*id].clone_from(data);
        }
        for step in &self.steps {
            let result = step.run(&self.shapes, &values);
            seen(step.output, &result);
            values[step.output] = result;
        }
        std::mem::take(&mut values[self.output])
    }
}

fn mark(known: &mut [bool], tensor: TensorId) -> Result<(), Diagnostic> {
    match known.get_mut(tensor) {
        Some(slot) => {
            *slot = true;
            Ok(())
        }
        None => Err(refuse(format!("tensor {tensor} does not exist"))),
    }
}

fn refuse(message: String) -> Diagnostic {
    Diagnostic::general(codes::NOT_QUANTIZABLE, message)
}

impl Step {
    fn new(graph: &Graph, op: &Operator) -> Result<Self, String> {
        let tensor = |id: TensorId| graph.tensors.get(id).ok_or(format!("no tensor {id}"));
        let [output] = op.outputs.as_slice() else {
            return Err("expected one output".into());
        };
        let (n_computed, may_be_constant) = match op.kind {
            OperatorKind::Add { .. } | OperatorKind::Mul { .. } => (2, true),
            OperatorKind::Concatenation { .. } => (op.inputs.len(), true),
            _ => (1, false),
        };
        let mut inputs = Vec::new();
        for slot in 0..n_computed {
            let id = op
                .inputs
                .get(slot)
                .copied()
                .flatten()
                .ok_or("an input is absent")?;
            inputs.push(id);
        }
        for id in inputs.iter().chain([output]) {
            let found = tensor(*id)?;
            let constant = found.data.is_some() && !(may_be_constant && id != output);
            if found.dtype != DType::F32 || constant || found.is_empty() {
                return Err(format!(
                    "expected a computed float tensor, found '{}'",
                    found.name
                ));
            }
        }
        let constant = |slot: usize| -> Result<Constant<'_>, String> {
            let Some(id) = op.inputs.get(slot).copied().flatten() else {
                return Ok(None);
            };
            let found = tensor(id)?;
            match &found.data {
                Some(TensorData::F32(data)) if data.len() == found.len() => {
                    Ok(Some((&found.shape, data)))
                }
                _ => Err(format!("expected a float constant, found '{}'", found.name)),
            }
        };
        let mut step = Step {
            kind: op.kind.clone(),
            inputs,
            output: *output,
            weights: Vec::new(),
            kernel: [1, 1],
            bias: Vec::new(),
        };
        step.prepare(
            &tensor(step.inputs[0])?.shape,
            &tensor(*output)?.shape,
            constant,
        )?;
        ops::check(
            &step,
            &tensor(step.inputs[0])?.shape,
            &tensor(*output)?.shape,
        )?;
        Ok(step)
    }

    /// Brings the constants into the order in which the loops read them.
    fn prepare<'g>(
        &mut self,
        input: &[usize],
        output: &[usize],
        constant: impl Fn(usize) -> Result<Constant<'g>, String>,
    ) -> Result<(), String> {
        let channels = output.last().copied().unwrap_or(1);
        let in_channels = input.last().copied().unwrap_or(1);
        let wrong = |shape: &[usize]| format!("weights of shape {shape:?} do not fit");
        match self.kind {
            OperatorKind::Conv2d(_) => {
                let (shape, data) = constant(1)?.ok_or("the weights are absent")?;
                let [filters, h, w, c] = *shape else {
                    return Err(wrong(shape));
                };
                if filters != channels || c != in_channels {
                    return Err(wrong(shape));
                }
                (self.kernel, self.weights) = ([h, w], ops::transpose(data, filters));
            }
            OperatorKind::DepthwiseConv2d(_) => {
                let (shape, data) = constant(1)?.ok_or("the weights are absent")?;
                let [1, h, w, filters] = *shape else {
                    return Err(wrong(shape));
                };
                if filters != channels || filters % in_channels != 0 {
                    return Err(wrong(shape));
                }
                (self.kernel, self.weights) = ([h, w], data.to_vec());
            }
            OperatorKind::FullyConnected { .. } => {
                let (shape, data) = constant(1)?.ok_or("the weights are absent")?;
                let [units, inputs] = *shape else {
                    return Err(wrong(shape));
                };
                let fits = inputs > 0 && input.iter().product::<usize>() % inputs == 0;
                if units != channels || !fits {
                    return Err(wrong(shape));
                }
                self.weights = ops::transpose(data, units);
            }
            OperatorKind::BatchNorm { epsilon } => {
                let mut per_channel = [&[][..]; 4];
                for (slot, values) in per_channel.iter_mut().enumerate() {
                    let (shape, data) = constant(slot + 1)?.ok_or("statistics are absent")?;
                    if data.len() != channels {
                        return Err(wrong(shape));
                    }
                    *values = data;
                }
                let [gamma, beta, mean, variance] = per_channel;
                self.weights = gamma
                    .iter()
                    .zip(variance)
                    .map(|(g, v)| g / (v + epsilon).sqrt())
                    .collect();
                let shifted = mean.iter().zip(&self.weights).map(|(m, s)| m * s);
                self.bias = beta.iter().zip(shifted).map(|(b, m)| b - m).collect();
                return Ok(());
            }
            OperatorKind::Pad { .. } => {
                self.bias = match constant(1)? {
                    Some((_, &[value])) => vec![value],
                    Some((shape, _)) => return Err(wrong(shape)),
                    None => vec![0.0],
                };
                return Ok(());
            }
            _ => return Ok(()),
        }
        self.bias = match constant(2)? {
            Some((_, data)) if data.len() == channels => data.to_vec(),
            Some((shape, _)) => return Err(format!("a bias of shape {shape:?} does not fit")),
            None => vec![0.0; channels],
        };
        Ok(())
    }
}
