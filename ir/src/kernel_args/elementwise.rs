//! Operators that compute each output from one value of an operand, or one of each of two.

use impulse_runtime::kernels;

use super::resolve::{Affine, LIMIT, Operands, Result};
use super::{Call, factor, logistic};
use crate::graph::{Tensor, TensorData, TensorId};
use crate::network::Activation;

/// Which operand goes through the kernel value by value, and what repeats beside it.
pub(super) struct Pair {
    /// The computed operands, the repeated one last, where it is computed.
    pub inputs: Vec<TensorId>,
    /// The repeated operand, where it is a constant.
    constant: Option<Vec<i8>>,
    /// Quantization of the first and of the repeated operand.
    affine: [Affine; 2],
    /// Values of each.
    lens: [usize; 2],
}

impl Pair {
    /// The operands of a sum or a product, whose order makes no difference.
    pub(super) fn new(o: &Operands) -> Result<Pair> {
        let ids = [o.input_id(0)?, o.input_id(1)?];
        let tensor = |id: TensorId| &o.graph.tensors[id];
        let output = o.output_tensor();
        // The one that goes through whole has the output's size and is computed.
        let whole = |id: &TensorId| tensor(*id).len() == output.len() && !tensor(*id).is_constant();
        let [first, second] = match ids.iter().position(whole) {
            Some(0) => ids,
            Some(_) => [ids[1], ids[0]],
            None => return Err("both operands are repeated or constants".into()),
        };
        let small = tensor(second);
        let repeated: Vec<usize> = small
            .shape
            .iter()
            .copied()
            .skip_while(|n| *n == 1)
            .collect();
        if !output.shape.ends_with(&repeated) {
            return Err(format!(
                "an operand of shape {:?} repeated to {:?}, expected one number, or one for each channel",
                small.shape, output.shape
            ));
        }
        let constant = match &small.data {
            None => None,
            Some(TensorData::I8(values)) => Some(values.clone()),
            Some(_) => return Err(format!("its operand `{}` is not int8", small.name)),
        };
        let mut inputs = vec![first];
        inputs.extend(constant.is_none().then_some(second));
        Ok(Pair {
            inputs,
            constant,
            affine: [o.affine_of(first)?, o.affine_of(second)?],
            lens: [tensor(first).len(), small.len()],
        })
    }

    pub(super) fn add(
        self,
        activation: Activation,
        output: Affine,
    ) -> Result<(Call, Vec<TensorId>)> {
        let [first, second] = self.affine;
        let (a, b) = (f64::from(first.scale), f64::from(second.scale));
        let twice = 2.0 * a.max(b);
        let operand = |scale: f64, zero_point: i32| {
            let (multiplier, shift) = factor::quantize(scale / twice);
            kernels::AddOperand {
                offset: -zero_point,
                multiplier,
                shift,
            }
        };
        let real = twice / (f64::from(1 << 20) * f64::from(output.scale));
        if real >= 1.0 {
            return Err("the output's scale is too small for the operands'".into());
        }
        let (multiplier, shift) = factor::quantize(real);
        let params = kernels::Add {
            len: self.lens[0],
            second_len: self.lens[1],
            operands: [operand(a, first.zero_point), operand(b, second.zero_point)],
            output_offset: output.zero_point,
            multiplier,
            shift,
            clamp: output.clamp(activation),
        };
        Ok((Call::Add(params, self.constant), self.inputs))
    }

    pub(super) fn mul(
        self,
        activation: Activation,
        output: Affine,
    ) -> Result<(Call, Vec<TensorId>)> {
        let [first, second] = self.affine;
        // TFLite multiplies and divides the scales as floats before it widens the result.
        let real = f64::from(first.scale * second.scale / output.scale);
        if !real.is_finite() || real * 255.0 * 255.0 >= LIMIT {
            return Err("the output's scale is too small for the operands'".into());
        }
        let (multiplier, shift) = factor::quantize(real);
        let params = kernels::Mul {
            len: self.lens[0],
            second_len: self.lens[1],
            offsets: [-first.zero_point, -second.zero_point],
            output_offset: output.zero_point,
            multiplier,
            shift,
            clamp: output.clamp(activation),
        };
        Ok((Call::Mul(params, self.constant), self.inputs))
    }
}

/// A stand-alone activation, or a change of scale and zero point.
pub(super) fn requantize(
    input: &Tensor,
    from: Affine,
    to: Affine,
    real: f64,
    activation: Activation,
) -> Result<Call> {
    if !real.is_finite() || real * 255.0 >= LIMIT {
        return Err("the input's scale is too much larger than the output's".into());
    }
    let (multiplier, shift) = factor::quantize(real);
    Ok(Call::Relu(kernels::Relu {
        len: input.len(),
        input_offset: -from.zero_point,
        output_offset: to.zero_point,
        multiplier,
        shift,
        clamp: to.clamp(activation),
    }))
}

pub(super) fn logistic(input: &Tensor, from: Affine, to: Affine) -> Result<Call> {
    if to.scale != 1.0 / 256.0 || to.zero_point != -128 {
        return Err(format!(
            "output scale {} and zero point {}, expected 1/256 and -128",
            to.scale, to.zero_point
        ));
    }
    // Beyond that the function is a step, and its argument would leave 32 bits.
    if from.scale >= 8.0 {
        return Err(format!("input scale {}, expected less than 8", from.scale));
    }
    let table = logistic::table(from.scale, from.zero_point);
    Ok(Call::Lookup(kernels::Lookup { len: input.len() }, table))
}
