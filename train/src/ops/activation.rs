//! The activation that is fused into a layer.

use impulse_ir::network::Activation;
use multiversion::multiversion;

/// `value` through the activation. A NaN stays one, so that it is found.
#[inline(always)]
pub(crate) fn of(activation: Activation, value: f32) -> f32 {
    let low = if value <= 0.0 { 0.0 } else { value };
    match activation {
        Activation::None => value,
        Activation::Relu => low,
        Activation::Relu6 => {
            if low > 6.0 {
                6.0
            } else {
                low
            }
        }
        Activation::ReluN1To1 => value.clamp(-1.0, 1.0),
    }
}

/// The open range of inputs (or, as well, of results) that the activation follows, all finite
/// numbers where there is none.
pub(crate) fn range(activation: Activation) -> [f32; 2] {
    match activation {
        Activation::None => [f32::NEG_INFINITY, f32::INFINITY],
        Activation::Relu => [0.0, f32::INFINITY],
        Activation::Relu6 => [0.0, 6.0],
        Activation::ReluN1To1 => [-1.0, 1.0],
    }
}

/// `gradient` where `input` lies in the range, else zero; without a branch, so that a loop over it
/// becomes vectors.
#[inline(always)]
pub(crate) fn gated([low, high]: [f32; 2], input: f32, gradient: f32) -> f32 {
    if (input > low) & (input < high) {
        gradient
    } else {
        0.0
    }
}

/// `values` through the activation, in place.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(crate) fn apply(activation: Activation, values: &mut [f32]) {
    match activation {
        Activation::None => {}
        Activation::Relu => values
            .iter_mut()
            .for_each(|v| *v = of(Activation::Relu, *v)),
        Activation::Relu6 => values
            .iter_mut()
            .for_each(|v| *v = of(Activation::Relu6, *v)),
        Activation::ReluN1To1 => values
            .iter_mut()
            .for_each(|v| *v = of(Activation::ReluN1To1, *v)),
    }
}

/// Zeroes the gradient where `output`, the activation's result, does not follow its input.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(crate) fn mask(activation: Activation, output: &[f32], gradient: &mut [f32]) {
    if activation == Activation::None {
        return;
    }
    let range = range(activation);
    let pairs = gradient.iter_mut().zip(output);
    pairs.for_each(|(g, y)| *g = gated(range, *y, *g));
}
