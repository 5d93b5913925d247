//! From operators to calls.

use impulse_runtime::kernels;

use super::elementwise::{self, Pair};
use super::{Call, Constants, Program, Step, factor};
use crate::diagnostic::{Diagnostic, codes};
use crate::graph::{
    Conv2d, DType, Graph, Operator, OperatorKind, Pool2d, Quantization, Tensor, TensorData,
    TensorId,
};
use crate::network::{Activation, window_output};

pub(super) fn prepare(graph: &Graph) -> Result<Program, Vec<Diagnostic>> {
    graph.validate()?;
    let mut found = Vec::new();
    let mut one = |ids: &[usize], what: &str| {
        if ids.len() != 1 {
            found.push(Diagnostic::general(
                codes::NOT_INT8,
                format!("the network has {} {what}s, expected one", ids.len()),
            ));
        }
        ids.first().copied().unwrap_or(0)
    };
    let (input, output) = (one(&graph.inputs, "input"), one(&graph.outputs, "output"));
    let mut steps = Vec::new();
    for (i, operator) in graph.operators.iter().enumerate() {
        match step(graph, i, operator) {
            Ok(step) => steps.push(step),
            Err(message) => found.push(Diagnostic::general(
                codes::NOT_INT8,
                format!("operator {i} ({}): {message}", operator.kind.name()),
            )),
        }
    }
    if found.is_empty() {
        Ok(Program {
            steps,
            input,
            output,
        })
    } else {
        Err(found)
    }
}

pub(super) type Result<T, E = String> = core::result::Result<T, E>;

fn step(graph: &Graph, index: usize, operator: &Operator) -> Result<Step> {
    let operands = Operands { graph, operator };
    let (call, inputs) = match &operator.kind {
        OperatorKind::Add { activation } => {
            Pair::new(&operands)?.add(*activation, operands.output()?)?
        }
        OperatorKind::Mul { activation } => {
            Pair::new(&operands)?.mul(*activation, operands.output()?)?
        }
        OperatorKind::Concatenation { axis } => concatenation(&operands, *axis)?,
        _ => (call(&operands)?, vec![operands.input_id(0)?]),
    };
    if let Some(&id) = inputs.iter().find(|&&id| graph.tensors[id].is_constant()) {
        return Err(format!(
            "its operand `{}` is a constant",
            graph.tensors[id].name
        ));
    }
    let name = format!("{}_{index}", call.kernel());
    Ok(Step {
        name,
        inputs,
        output: operator.outputs[0],
        call,
    })
}

fn call(o: &Operands) -> Result<Call> {
    let (input, output) = (o.activations(0)?, o.output()?);
    match &o.operator.kind {
        OperatorKind::Conv2d(c) => {
            let weights = o.tensor(1)?;
            let params = convolution(o, c, [weights.shape[1], weights.shape[2]])?;
            let range = Range {
                input,
                limit: reach(input),
            };
            Ok(Call::Conv2d(
                params,
                o.constants(weights.shape[0], 0, range, output)?,
            ))
        }
        OperatorKind::DepthwiseConv2d(c) => {
            let weights = o.tensor(1)?;
            let params = convolution(o, c, [weights.shape[1], weights.shape[2]])?;
            let range = Range {
                input,
                limit: reach(input),
            };
            Ok(Call::DepthwiseConv2d(
                params,
                o.constants(weights.shape[3], 3, range, output)?,
            ))
        }
        OperatorKind::FullyConnected { activation } => {
            fully_connected(o, *activation, input, output)
        }
        OperatorKind::MaxPool2d(p) => {
            o.keeps_quantization(input, output)?;
            Ok(Call::MaxPool2d(pool(o, p, output)?))
        }
        OperatorKind::AvgPool2d(p) => {
            o.keeps_quantization(input, output)?;
            Ok(Call::AvgPool2d(pool(o, p, output)?))
        }
        OperatorKind::Mean { axes, .. } => mean(o, axes, input, output),
        OperatorKind::Pad { margins } => pad(o, margins, input, output),
        OperatorKind::Logistic => elementwise::logistic(o.tensor(0)?, input, output),
        OperatorKind::Reshape => {
            o.keeps_quantization(input, output)?;
            Ok(Call::Alias)
        }
        OperatorKind::Softmax { beta } => softmax(o, *beta, input, output),
        OperatorKind::History => {
            o.keeps_quantization(input, output)?;
            Ok(Call::History(kernels::History {
                new_len: o.tensor(0)?.len(),
                len: o.output_tensor().len(),
            }))
        }
        OperatorKind::Relu | OperatorKind::Relu6 | OperatorKind::ReluN1To1 => {
            // TFLite divides the scales as floats before it widens the result.
            let real = f64::from(input.scale / output.scale);
            let activation = o.operator.kind.stand_alone_activation();
            let activation = activation.unwrap_or(Activation::None);
            elementwise::requantize(o.tensor(0)?, input, output, real, activation)
        }
        OperatorKind::Quantize => {
            let real = f64::from(input.scale) / f64::from(output.scale);
            elementwise::requantize(o.tensor(0)?, input, output, real, Activation::None)
        }
        // Has a result that is not int8, which `Operands::output` has refused.
        OperatorKind::Dequantize => Err("a float result".into()),
        OperatorKind::BatchNorm { .. } => Err("a batch normalization that was not folded".into()),
        // Have operands of their own, see `step`.
        OperatorKind::Add { .. }
        | OperatorKind::Mul { .. }
        | OperatorKind::Concatenation { .. } => Err("more than one operand".into()),
    }
}

fn fully_connected(
    o: &Operands,
    activation: Activation,
    input: Affine,
    output: Affine,
) -> Result<Call> {
    let weights = o.tensor(1)?;
    let (units, inputs) = (weights.shape[0], weights.shape[1]);
    let quantization = quantization(weights)?;
    let weight_zero = quantization.zero_points[0];
    if !(-128..=127).contains(&weight_zero) {
        return Err(format!(
            "the weights' zero point is {weight_zero}, expected -128 to 127"
        ));
    }
    // An offset on the weights adds to the sum at most as much again as the values themselves.
    let extra = reach(input) * i64::from(weight_zero).abs() * inputs as i64;
    let range = Range {
        input,
        limit: reach(input),
    };
    let per_unit = quantization.scales.len() > 1;
    if per_unit && quantization.zero_points.iter().any(|&z| z != 0) {
        return Err("weights with a scale per unit have a zero point other than 0".into());
    }
    let constants = o.constants_with(units, 0, range, output, extra)?;
    let params = kernels::FullyConnected {
        rows: o.tensor(0)?.len() / inputs,
        inputs,
        units,
        input_offset: -input.zero_point,
        weight_offset: -weight_zero,
        output_offset: output.zero_point,
        clamp: output.clamp(activation),
        per_unit,
    };
    Ok(Call::FullyConnected(params, constants))
}

fn mean(o: &Operands, axes: &[usize], input: Affine, output: Affine) -> Result<Call> {
    let shape = &o.tensor(0)?.shape;
    // Dimensions of 1 may count as reduced or not.
    let reduced: Vec<usize> = (0..shape.len())
        .filter(|d| axes.contains(d) && shape[*d] > 1)
        .collect();
    let span = match (reduced.first(), reduced.last()) {
        (Some(&first), Some(&last)) => first..last + 1,
        _ => 0..0,
    };
    if span.clone().any(|d| shape[d] > 1 && !axes.contains(&d)) {
        return Err(format!(
            "mean over dimensions {axes:?}, which are not neighbours"
        ));
    }
    let sizes = [
        shape[..span.start].iter().product::<usize>(),
        shape[span.clone()].iter().product(),
        shape[span.end..].iter().product(),
    ];
    let count = sizes[1];
    let real = f64::from(input.scale) / f64::from(output.scale);
    if count >= 1 << 23 || real * 255.0 * count as f64 >= LIMIT {
        return Err(format!("mean over {count} values, or scales too far apart"));
    }
    let (multiplier, shift) = factor::mean(real, count);
    Ok(Call::Mean(kernels::Mean {
        shape: sizes,
        input_offset: -input.zero_point,
        output_offset: output.zero_point,
        multiplier,
        shift,
    }))
}

fn pad(o: &Operands, margins: &[[usize; 2]], input: Affine, output: Affine) -> Result<Call> {
    o.keeps_quantization(input, output)?;
    let value = match o.tensor(1) {
        Err(_) => output.zero_point as i8,
        Ok(tensor) => {
            o.keeps_quantization(affine(tensor)?, output)?;
            match &tensor.data {
                Some(TensorData::I8(values)) if values.len() == 1 => values[0],
                _ => return Err(format!("`{}` is not an int8 constant", tensor.name)),
            }
        }
    };
    // Height, width and channels are the last dimensions; those before them have margins of 0.
    let last = |all: &[usize], missing: usize| -> Result<[usize; 3]> {
        let (head, tail) = all.split_at(all.len().saturating_sub(3));
        if head.iter().any(|n| *n != missing) {
            return Err(format!(
                "margins or values in more than three dimensions, {all:?}"
            ));
        }
        let mut three = [missing; 3];
        three[3 - tail.len()..].copy_from_slice(tail);
        Ok(three)
    };
    let before: Vec<usize> = margins.iter().map(|[before, _]| *before).collect();
    Ok(Call::Pad(kernels::Pad {
        input: last(&o.tensor(0)?.shape, 1)?,
        output: last(&o.output_tensor().shape, 1)?,
        before: last(&before, 0)?,
        value,
    }))
}

fn concatenation(o: &Operands, axis: usize) -> Result<(Call, Vec<TensorId>)> {
    let output = o.output()?;
    let shape = &o.output_tensor().shape;
    let inner: usize = shape[axis + 1..].iter().product();
    let (mut parts, mut inputs, mut offset) = (Vec::new(), Vec::new(), 0);
    for index in 0..o.operator.inputs.len() {
        let id = o.input_id(index)?;
        o.keeps_quantization(o.affine_of(id)?, output)?;
        let input_len = o.graph.tensors[id].shape[axis] * inner;
        parts.push(kernels::Concatenation {
            rows: shape[..axis].iter().product(),
            input_len,
            output_len: shape[axis] * inner,
            offset,
        });
        offset += input_len;
        inputs.push(id);
    }
    Ok((Call::Concatenation(parts), inputs))
}

fn softmax(o: &Operands, beta: f32, input: Affine, output: Affine) -> Result<Call> {
    if output.scale != 1.0 / 256.0 || output.zero_point != -128 {
        return Err(format!(
            "output scale {} and zero point {}, expected 1/256 and -128",
            output.scale, output.zero_point
        ));
    }
    let shape = &o.tensor(0)?.shape;
    let columns = shape.last().copied().unwrap_or(1);
    let rows = shape.iter().product::<usize>() / columns;
    let step = f64::from(input.scale) * f64::from(beta);
    // A term below half of the last bit of the sum, which is at least 1, is left out: added by
    // itself it would not change it, and its own probability is 0.
    let table = (0..kernels::EXPONENTIALS_MAX)
        .map(|d| libm::exp(-(d as f64) * step) as f32)
        .take_while(|&term| term >= f32::EPSILON / 2.0);
    let table: Vec<f32> = table.collect();
    let params = kernels::Softmax {
        rows,
        columns,
        n_exponentials: table.len(),
    };
    Ok(Call::Softmax(params, table))
}

fn convolution(o: &Operands, c: &Conv2d, kernel: [usize; 2]) -> Result<kernels::Conv2d> {
    let (input, output) = (o.tensor(0)?, o.output_tensor());
    let (zero, out) = (o.activations(0)?.zero_point, o.output()?);
    let pad = |i: usize| {
        let reach = (kernel[i] - 1) * c.dilation[i] + 1;
        window_output(input.shape[1 + i], reach, c.stride[i], c.padding).map_or(0, |(_, pad)| pad)
    };
    Ok(kernels::Conv2d {
        input: volume(input),
        output: volume(output),
        kernel,
        stride: c.stride,
        dilation: c.dilation,
        pad: [pad(0), pad(1)],
        input_offset: -zero,
        output_offset: out.zero_point,
        clamp: out.clamp(c.activation),
    })
}

fn pool(o: &Operands, p: &Pool2d, output: Affine) -> Result<kernels::Pool2d> {
    let (input, result) = (o.tensor(0)?, o.output_tensor());
    let pad = |i: usize| {
        window_output(input.shape[1 + i], p.size[i], p.stride[i], p.padding)
            .map_or(0, |(_, pad)| pad)
    };
    Ok(kernels::Pool2d {
        input: volume(input),
        output: volume(result),
        size: p.size,
        stride: p.stride,
        pad: [pad(0), pad(1)],
        clamp: output.clamp(p.activation),
    })
}

fn volume(tensor: &Tensor) -> [usize; 3] {
    [tensor.shape[1], tensor.shape[2], tensor.shape[3]]
}

/// Rescaled values stay below this, so that adding the zero point cannot overflow, and a positive
/// shift cannot lose bits.
pub(super) const LIMIT: f64 = (1u32 << 30) as f64;

/// Per-tensor quantization of an activation.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Affine {
    pub(super) scale: f32,
    pub(super) zero_point: i32,
}

impl Affine {
    /// The output range under an activation (TFLite's `CalculateActivationRangeQuantized`).
    pub(super) fn clamp(self, activation: Activation) -> [i8; 2] {
        let level = |real: f32| {
            let steps = libm::roundf(real / self.scale);
            (self.zero_point as f32 + steps).clamp(-128.0, 127.0) as i8
        };
        match activation {
            Activation::None => [i8::MIN, i8::MAX],
            Activation::Relu => [level(0.0), i8::MAX],
            Activation::Relu6 => [level(0.0), level(6.0)],
            Activation::ReluN1To1 => [level(-1.0), level(1.0)],
        }
    }
}

/// An input and the largest magnitude of value + offset.
#[derive(Clone, Copy)]
struct Range {
    input: Affine,
    limit: i64,
}

fn reach(input: Affine) -> i64 {
    let zero = i64::from(input.zero_point);
    (-128 - zero).abs().max((127 - zero).abs())
}

fn quantization(tensor: &Tensor) -> Result<&Quantization> {
    let missing = || format!("`{}` has no scale", tensor.name);
    tensor
        .quantization
        .as_ref()
        .filter(|q| !q.scales.is_empty())
        .ok_or_else(missing)
}

/// The tensors of one operator.
pub(super) struct Operands<'a> {
    pub(super) graph: &'a Graph,
    pub(super) operator: &'a Operator,
}

impl<'a> Operands<'a> {
    pub(super) fn input_id(&self, index: usize) -> Result<TensorId> {
        let id = self.operator.inputs.get(index).copied().flatten();
        id.ok_or_else(|| format!("input {index} is missing"))
    }

    pub(super) fn affine_of(&self, id: TensorId) -> Result<Affine> {
        affine(&self.graph.tensors[id])
    }

    fn tensor(&self, index: usize) -> Result<&'a Tensor> {
        Ok(&self.graph.tensors[self.input_id(index)?])
    }

    pub(super) fn output_tensor(&self) -> &'a Tensor {
        &self.graph.tensors[self.operator.outputs[0]]
    }

    fn activations(&self, index: usize) -> Result<Affine> {
        affine(self.tensor(index)?)
    }

    fn output(&self) -> Result<Affine> {
        affine(self.output_tensor())
    }

    /// Pools, reshapes, paddings and concatenations move values without rescaling them.
    fn keeps_quantization(&self, input: Affine, output: Affine) -> Result<()> {
        if input == output {
            Ok(())
        } else {
            Err("input and output differ in scale or zero point".into())
        }
    }

    fn constants(
        &self,
        channels: usize,
        axis: usize,
        range: Range,
        output: Affine,
    ) -> Result<Constants> {
        let weights = self.tensor(1)?;
        if quantization(weights)?.zero_points.iter().any(|&z| z != 0) {
            return Err("the weights have a zero point other than 0".into());
        }
        let mut constants = self.constants_with(channels, axis, range, output, 0)?;
        // Convolutions always have one entry per channel.
        if constants.multipliers.len() == 1 {
            constants.multipliers = vec![constants.multipliers[0]; channels];
            constants.shifts = vec![constants.shifts[0]; channels];
        }
        Ok(constants)
    }

    /// Weights, bias and rescaling of a layer whose channels are dimension `axis` of the weights.
    /// `extra` is what the sum may additionally reach.
    fn constants_with(
        &self,
        channels: usize,
        axis: usize,
        range: Range,
        output: Affine,
        extra: i64,
    ) -> Result<Constants> {
        let tensor = self.tensor(1)?;
        let Some(TensorData::I8(weights)) = &tensor.data else {
            return Err(format!("weights `{}` are not int8 constants", tensor.name));
        };
        let q = quantization(tensor)?;
        if q.scales.len() > 1 && q.axis != axis {
            return Err(format!(
                "weights have a scale per dimension {}, expected {axis}",
                q.axis
            ));
        }
        let bias = match self.tensor(2).ok().map(|t| (&t.name, &t.data)) {
            None => vec![0; channels],
            Some((_, Some(TensorData::I32(bias)))) => bias.clone(),
            Some((name, _)) => return Err(format!("bias `{name}` is not an int32 constant")),
        };
        let real =
            |scale: f32| f64::from(range.input.scale) * f64::from(scale) / f64::from(output.scale);
        let sums = magnitudes(weights, channels, axis);
        for (c, &sum) in sums.iter().enumerate() {
            let largest = sum * range.limit + extra + i64::from(bias[c]).abs();
            let scale = q.scales[if q.scales.len() > 1 { c } else { 0 }];
            if largest >= i64::from(i32::MAX) || largest as f64 * real(scale) >= LIMIT {
                return Err(format!("sums of channel {c} may leave 32 bits"));
            }
        }
        let factors: Vec<_> = q
            .scales
            .iter()
            .map(|&scale| factor::quantize(real(scale)))
            .collect();
        Ok(Constants {
            weights: weights.clone(),
            bias,
            multipliers: factors.iter().map(|f| f.0).collect(),
            shifts: factors.iter().map(|f| f.1 as i8).collect(),
        })
    }
}

/// Sum of the weights' magnitudes per channel: channels outermost (`axis` 0) or innermost.
fn magnitudes(weights: &[i8], channels: usize, axis: usize) -> Vec<i64> {
    let mut sums = vec![0i64; channels];
    let per_channel = weights.len() / channels;
    for (i, &w) in weights.iter().enumerate() {
        let channel = if axis == 0 {
            i / per_channel
        } else {
            i % channels
        };
        sums[channel] += i64::from(w).abs();
    }
    sums
}

fn affine(tensor: &Tensor) -> Result<Affine> {
    let Tensor { name, dtype, .. } = tensor;
    if *dtype != DType::I8 {
        return Err(format!("`{name}` is {}, expected int8", dtype.name()));
    }
    let q = quantization(tensor)?;
    if q.scales.len() != 1 {
        return Err(format!(
            "`{name}` has {} scales, expected one",
            q.scales.len()
        ));
    }
    let zero_point = q.zero_points[0];
    if !(-128..=127).contains(&zero_point) {
        return Err(format!(
            "`{name}` has zero point {zero_point}, expected -128 to 127"
        ));
    }
    Ok(Affine {
        scale: q.scales[0],
        zero_point,
    })
}
