//! The activation that is fused into a layer.

use impulse_ir::network::Activation;

/// `values` through the activation, in place.
pub(crate) fn apply(activation: Activation, values: &mut [f32]) {
    match activation {
        Activation::None => {}
        Activation::Relu => values
            .iter_mut()
            .for_each(|v| *v = if *v > 0.0 { *v } else { relu_edge(*v) }),
        Activation::Relu6 => values.iter_mut().for_each(|v| {
            let low = if *v > 0.0 { *v } else { relu_edge(*v) };
            *v = if low > 6.0 { 6.0 } else { low };
        }),
    }
}

/// What stands below zero: zero, except that a NaN stays one, so that it is found.
#[inline(always)]
fn relu_edge(v: f32) -> f32 {
    if v <= 0.0 { 0.0 } else { v }
}

/// Zeroes the gradient where `output`, the activation's result, does not follow its input.
pub(crate) fn mask(activation: Activation, output: &[f32], gradient: &mut [f32]) {
    let pairs = gradient.iter_mut().zip(output);
    match activation {
        Activation::None => {}
        Activation::Relu => pairs.for_each(|(g, y)| *g = if *y > 0.0 { *g } else { 0.0 }),
        Activation::Relu6 => {
            pairs.for_each(|(g, y)| *g = if *y > 0.0 && *y < 6.0 { *g } else { 0.0 });
        }
    }
}
