//! Convolution over `[height, width, channels]`; in one dimension with width 1.

use std::sync::Arc;

use impulse_ir::network::Activation;

use super::activation;
use super::linear::Linear;
use super::matmul::{LANES, Rows, padded};
use super::window::Window;
use crate::tape::{Buffer, Buffers, Tape, Value, fill_chunks, give};

/// Convolves each clip of `input` (`[clips, height, width, channels]`) with `layer`, whose rows
/// are the values under the window; the result is `[clips, out height, out width, filters]`.
///
/// Each clip becomes a matrix of patches, one row per output position; a pointwise convolution of
/// a multiple of eight channels already is one.
pub(crate) fn forward(
    tape: &mut Tape,
    input: &Value,
    window: Window,
    layer: &Arc<Linear>,
) -> Value {
    let (chunk, pool) = (tape.chunk(), tape.pool().clone());
    let mut out = pool.buffer(input.clips * window.positions() * layer.units);
    fill_chunks(chunk, input.clips, &mut out, |clips, out| {
        let mut patches = patch_buffer(&pool, &window, layer);
        let outputs = out.chunks_exact_mut(window.positions() * layer.units);
        let inputs = input.clips(clips);
        for (x, y) in inputs.chunks_exact(window.input_len()).zip(outputs) {
            layer.forward(patch_rows(&window, layer, x, &mut patches), y);
        }
    });
    let output = tape.value(input.clips, out);
    let (x, y, layer) = (input.clone(), output.clone(), layer.clone());
    tape.record(&output, move |grads, mut dy| {
        let want_dx = x.key.is_some();
        let mut dx = pool.buffer(if want_dx { x.data.len() } else { x.clips });
        let y_size = y.size();
        if layer.activation != Activation::None {
            fill_chunks(chunk, y.clips, &mut dy, |clips, dy| {
                activation::mask(layer.activation, &y.clips(clips), dy);
            });
        }
        let parts = fill_chunks(chunk, x.clips, &mut dx, |clips, dx| {
            let mut gradient = layer.no_gradient();
            let mut patches = patch_buffer(&pool, &window, &layer);
            let dys = &dy[clips.start * y_size..clips.end * y_size];
            let dx_size = dx.len() / clips.len();
            let inputs = x.clips(clips);
            let clips = inputs
                .chunks_exact(window.input_len())
                .zip(dys.chunks_exact(y_size));
            for ((x, dy), dx) in clips.zip(dx.chunks_exact_mut(dx_size)) {
                let rows = patch_rows(&window, &layer, x, &mut patches);
                layer.backward_weights(rows, dy, &mut gradient);
                if want_dx {
                    backward_clip(&window, &layer, dy, &mut patches, dx);
                }
            }
            gradient
        });
        layer.give(grads, parts)?;
        match &x.key {
            Some(key) => give(grads, key, dx),
            None => Ok(()),
        }
    });
    output
}

/// Whether the clip itself is its matrix of patches.
fn is_direct(window: &Window) -> bool {
    window.is_pointwise() && window.input[2].is_multiple_of(LANES)
}

fn patch_buffer(pool: &Buffers, window: &Window, layer: &Linear) -> Buffer {
    pool.zeros(if is_direct(window) {
        0
    } else {
        window.positions() * padded(layer.taps)
    })
}

fn patch_rows<'a>(
    window: &Window,
    layer: &Linear,
    x: &'a [f32],
    patches: &'a mut [f32],
) -> Rows<'a> {
    let stride = padded(layer.taps);
    if is_direct(window) {
        return Rows::new(x, stride);
    }
    window.gather(x, patches, stride);
    Rows::new(patches, stride)
}

/// Writes the gradient of one clip's input to `dx`.
fn backward_clip(window: &Window, layer: &Linear, dy: &[f32], patches: &mut [f32], dx: &mut [f32]) {
    let channels = window.input[2];
    if window.is_pointwise() {
        layer.backward_rows(dy, dx, channels, channels);
        return;
    }
    let stride = padded(layer.taps);
    layer.backward_rows(dy, patches, stride, stride);
    dx.fill(0.0);
    window.scatter(patches, stride, dx);
}
