//! Quantization: a float graph with the ranges of its tensors becomes an int8 graph, by the rules
//! of TFLite's 8-bit specification.
//!
//! | tensor | type | scale | zero point |
//! |---|---|---|---|
//! | computed | int8 | (max − min) / 255 of the calibrated range, which includes 0 | so that 0 is exact |
//! | result of a pool, PAD or RESHAPE | int8 | its input's | its input's |
//! | result of SOFTMAX or LOGISTIC | int8 | 1/256 | −128 |
//! | operand of CONCATENATION | int8 | the result's, by a QUANTIZE where it has another | the same |
//! | constant operand of ADD or MUL | int8 | (max − min) / 255 of its values and 0 | so that 0 is exact |
//! | convolution weights | int8 −127..=127 | largest magnitude / 127, per filter | 0 |
//! | fully connected weights | int8 −127..=127 | the same, per tensor | 0 |
//! | bias | int32 | input's × weights' | 0 |

mod ranges;
mod scheme;

pub use ranges::Ranges;
pub use scheme::{activation, per_tensor};

use crate::diagnostic::{Diagnostic, codes};
use crate::graph::{
    DType, Graph, Operator, OperatorKind, Quantization, Tensor, TensorData, TensorId,
};

/// The int8 form of `graph`, a float graph without BATCH_NORM. Tensors keep their indices.
///
/// # Errors
/// A tensor without a calibrated range, a weight that is not finite, an operator without an int8
/// form.
pub fn quantize(graph: &Graph, ranges: &Ranges) -> Result<Graph, Diagnostic> {
    let mut quantizer = Quantizer {
        graph,
        ranges,
        result: graph.clone(),
        inserted: Vec::new(),
    };
    for &id in &graph.inputs {
        quantizer.calibrated(id)?;
    }
    for idx in 0..graph.operators.len() {
        quantizer.operator(idx)?;
    }
    for (idx, operator) in quantizer.inserted.into_iter().rev() {
        quantizer.result.operators.insert(idx, operator);
    }
    Ok(quantizer.result)
}

/// The numbers that the int8 form of `values` stands for, weights of a tensor of `shape` that are
/// quantized per channel of `axis`, or all alike.
pub fn rounded_weights(values: &[f32], shape: &[usize], axis: Option<usize>) -> Vec<f32> {
    let channels = scheme::Channels::new(shape, axis);
    let scales = scheme::weight_scales(values, channels, 1.0, None);
    let levels = scheme::weights(values, channels, &scales);
    let levels = levels.into_iter().enumerate();
    levels
        .map(|(element, level)| f32::from(level) * scales[channels.of(element)])
        .collect()
}

struct Quantizer<'a> {
    graph: &'a Graph,
    ranges: &'a Ranges,
    result: Graph,
    /// Operators that have to stand before those of these indices, in ascending order.
    inserted: Vec<(usize, Operator)>,
}

impl Quantizer<'_> {
    fn operator(&mut self, idx: usize) -> Result<(), Diagnostic> {
        let graph = self.graph;
        let op = &graph.operators[idx];
        let (Some(Some(input)), [output]) = (op.inputs.first().copied(), op.outputs.as_slice())
        else {
            let message = format!(
                "expected an input and one output of operator {idx} ({}), found others",
                op.kind.name()
            );
            return Err(Diagnostic::general(codes::NOT_QUANTIZABLE, message));
        };
        match &op.kind {
            OperatorKind::Conv2d(_) => self.weighted(idx, Some(0))?,
            OperatorKind::DepthwiseConv2d(_) => self.weighted(idx, Some(3))?,
            OperatorKind::FullyConnected { .. } => self.weighted(idx, None)?,
            OperatorKind::BatchNorm { .. } => {
                let message = format!(
                    "'{}' has no int8 form: batch normalization has to be folded first",
                    graph.tensors[*output].name
                );
                return Err(Diagnostic::general(codes::NOT_QUANTIZABLE, message));
            }
            OperatorKind::Quantize | OperatorKind::Dequantize => {
                let message = format!(
                    "operator {idx} ({}) belongs to a network that is quantized already, at least in part",
                    op.kind.name()
                );
                return Err(Diagnostic::general(codes::NOT_QUANTIZABLE, message)
                    .hint("convert the network without any quantization, or in full int8"));
            }
            OperatorKind::Add { .. } | OperatorKind::Mul { .. } => self.operands(idx)?,
            OperatorKind::Pad { .. } => self.pad_value(idx, input)?,
            _ => {}
        }
        match &op.kind {
            OperatorKind::MaxPool2d(_)
            | OperatorKind::AvgPool2d(_)
            | OperatorKind::Pad { .. }
            | OperatorKind::Reshape => {
                let quantization = self.result.tensors[input].quantization.clone();
                self.computed(*output, quantization);
                Ok(())
            }
            OperatorKind::Concatenation { .. } => {
                self.calibrated(*output)?;
                self.alike(idx, *output);
                Ok(())
            }
            OperatorKind::Softmax { .. } | OperatorKind::Logistic => {
                self.computed(*output, Some(per_tensor(1.0 / 256.0, -128)));
                Ok(())
            }
            _ => self.calibrated(*output),
        }
    }

    /// Quantizes the constant operands of a sum or a product, by their own ranges.
    fn operands(&mut self, idx: usize) -> Result<(), Diagnostic> {
        for (slot, id) in self.graph.operators[idx].inputs.iter().enumerate() {
            let Some(id) = id.filter(|id| self.graph.tensors[*id].is_constant()) else {
                continue;
            };
            let values = self.floats(id)?;
            let (low, high) = values.iter().fold((0.0_f32, 0.0_f32), |(low, high), v| {
                (low.min(*v), high.max(*v))
            });
            self.values(idx, slot, id, activation(low, high))?;
        }
        Ok(())
    }

    /// Quantizes what a PAD pads with, where that is not 0, as its input.
    fn pad_value(&mut self, idx: usize, input: TensorId) -> Result<(), Diagnostic> {
        let value = self.graph.operators[idx].inputs.get(1).copied().flatten();
        let quantization = self.result.tensors[input].quantization.clone();
        match (value, quantization) {
            (Some(id), Some(quantization)) => self.values(idx, 1, id, quantization),
            _ => Ok(()),
        }
    }

    /// Rounds the values of a constant that stands where a computed tensor may stand.
    fn values(
        &mut self,
        idx: usize,
        slot: usize,
        id: TensorId,
        quantization: Quantization,
    ) -> Result<(), Diagnostic> {
        let data = scheme::values(self.floats(id)?, &quantization);
        self.constant(idx, slot, id, DType::I8, quantization, TensorData::I8(data));
        Ok(())
    }

    /// Brings the operands of a concatenation to the scale and zero point of its result.
    fn alike(&mut self, idx: usize, output: TensorId) {
        let wanted = self.result.tensors[output].quantization.clone();
        for slot in 0..self.graph.operators[idx].inputs.len() {
            let Some(id) = self.result.operators[idx].inputs[slot] else {
                continue;
            };
            if self.result.tensors[id].quantization == wanted {
                continue;
            }
            let new = self.result.tensors.len();
            let tensor = Tensor {
                name: format!("{}.rescaled", self.result.tensors[id].name),
                quantization: wanted.clone(),
                ..self.result.tensors[id].clone()
            };
            self.result.tensors.push(tensor);
            self.result.operators[idx].inputs[slot] = Some(new);
            let operator = Operator {
                kind: OperatorKind::Quantize,
                inputs: vec![Some(id)],
                outputs: vec![new],
            };
            self.inserted.push((idx, operator));
        }
    }

    /// Quantizes a computed tensor by its range.
    fn calibrated(&mut self, id: TensorId) -> Result<(), Diagnostic> {
        let name = &self.graph.tensors[id].name;
        let Some((low, high)) = self.ranges.get(id) else {
            let message = format!("expected finite values of '{name}' in calibration, found none");
            return Err(Diagnostic::general(codes::NOT_QUANTIZABLE, message)
                .hint("calibrate with at least one window, and train with a lower learning rate if values overflow"));
        };
        self.computed(id, Some(activation(low, high)));
        Ok(())
    }

    fn computed(&mut self, id: TensorId, quantization: Option<Quantization>) {
        let tensor = &mut self.result.tensors[id];
        tensor.dtype = DType::I8;
        tensor.quantization = quantization;
    }

    /// Quantizes the weights of operator `idx`, per channel of `axis` or per tensor, and its bias.
    fn weighted(&mut self, idx: usize, axis: Option<usize>) -> Result<(), Diagnostic> {
        let op = &self.graph.operators[idx];
        let slot = |n: usize| op.inputs.get(n).copied().flatten();
        let (Some(input), Some(weights)) = (slot(0), slot(1)) else {
            let message = format!("expected weights of operator {idx} ({})", op.kind.name());
            return Err(Diagnostic::general(codes::NOT_QUANTIZABLE, message));
        };
        let bias = slot(2);
        let input_scale = match &self.result.tensors[input].quantization {
            Some(q) => q.scales[0],
            None => return Err(self.not_constant(input)),
        };
        let bias_values = match bias {
            Some(id) => Some(self.floats(id)?),
            None => None,
        };
        let values = self.floats(weights)?;
        let shape = &self.graph.tensors[weights].shape;
        let channel_of = scheme::Channels::new(shape, axis);
        let scales = scheme::weight_scales(values, channel_of, input_scale, bias_values);
        let data = scheme::weights(values, channel_of, &scales);
        let zero_points = vec![0; scales.len()];
        let axis = if scales.len() > 1 {
            axis.unwrap_or(0)
        } else {
            0
        };
        if let (Some(id), Some(values)) = (bias, bias_values) {
            let bias_scales: Vec<f32> = scales.iter().map(|s| input_scale * s).collect();
            let data = scheme::bias(values, &bias_scales);
            let zero_points = vec![0; bias_scales.len()];
            let quantization = Quantization {
                scales: bias_scales,
                zero_points,
                axis: 0,
            };
            self.constant(idx, 2, id, DType::I32, quantization, TensorData::I32(data));
        }
        let quantization = Quantization {
            scales,
            zero_points,
            axis,
        };
        self.constant(
            idx,
            1,
            weights,
            DType::I8,
            quantization,
            TensorData::I8(data),
        );
        Ok(())
    }

    /// Puts a quantized constant where the float one was; if another operator has already
    /// quantized it for itself, a copy beside it.
    fn constant(
        &mut self,
        idx: usize,
        slot: usize,
        id: TensorId,
        dtype: DType,
        quantization: Quantization,
        data: TensorData,
    ) {
        let original = &self.graph.tensors[id];
        let tensor = Tensor {
            name: original.name.clone(),
            shape: original.shape.clone(),
            dtype,
            quantization: Some(quantization),
            data: Some(data),
        };
        if self.result.tensors[id].quantization.is_none() {
            self.result.tensors[id] = tensor;
        } else {
            self.result.tensors.push(tensor);
            self.result.operators[idx].inputs[slot] = Some(self.result.tensors.len() - 1);
        }
    }

    /// The values of a float constant, all finite.
    fn floats(&self, id: TensorId) -> Result<&[f32], Diagnostic> {
        let tensor = &self.graph.tensors[id];
        let Some(TensorData::F32(values)) = &tensor.data else {
            return Err(self.not_constant(id));
        };
        match values.iter().find(|v| !v.is_finite()) {
            None => Ok(values),
            Some(bad) => {
                let message = format!("expected finite weights in '{}', found {bad}", tensor.name);
                Err(Diagnostic::general(codes::NOT_QUANTIZABLE, message)
                    .hint("train with a lower learning rate"))
            }
        }
    }

    fn not_constant(&self, id: TensorId) -> Diagnostic {
        let message = format!("'{}' cannot be quantized here", self.graph.tensors[id].name);
        Diagnostic::general(codes::NOT_QUANTIZABLE, message)
    }
}

#[cfg(test)]
mod tests;
