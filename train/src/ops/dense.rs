//! Fully connected layer.

use std::sync::Arc;

use super::activation;
use super::linear::Linear;
use super::matmul::{Rows, padded};
use crate::tape::{Tape, Value, fill_chunks, give};

/// `[clips, units]` of `input`, each clip's values being a row for `layer`.
pub(crate) fn forward(tape: &mut Tape, input: &Value, layer: &Arc<Linear>) -> Value {
    let mut out = tape.pool().buffer(input.clips * layer.units);
    fill_chunks(tape.chunk(), input.clips, &mut out, |clips, out| {
        layer.forward(Rows::new(&input.clips(clips), layer.taps), out);
    });
    let output = tape.value(input.clips, out);
    let (x, y, layer) = (input.clone(), output.clone(), layer.clone());
    let (chunk, pool) = (tape.chunk(), tape.pool().clone());
    tape.record(&output, move |grads, mut dy| {
        let parts = fill_chunks(chunk, x.clips, &mut dy, |clips, dy| {
            activation::mask(layer.activation, &y.clips(clips.clone()), dy);
            let mut gradient = layer.no_gradient();
            let (rows, stride) = (x.clips(clips), padded(layer.taps));
            if stride == layer.taps {
                layer.backward_weights(Rows::new(&rows, stride), dy, &mut gradient);
            } else {
                let mut wide = vec![0.0; dy.len() / layer.units * stride];
                let pairs = wide
                    .chunks_exact_mut(stride)
                    .zip(rows.chunks_exact(layer.taps));
                pairs.for_each(|(wide, row)| wide[..layer.taps].copy_from_slice(row));
                layer.backward_weights(Rows::new(&wide, stride), dy, &mut gradient);
            }
            gradient
        });
        if let Some(key) = &x.key {
            let mut dx = pool.buffer(x.data.len());
            fill_chunks(chunk, x.clips, &mut dx, |clips, dx| {
                let dy = &dy[clips.start * layer.units..clips.end * layer.units];
                layer.backward_rows(dy, dx, layer.taps, layer.taps);
            });
            give(grads, key, dx)?;
        }
        layer.give(grads, parts)
    });
    output
}
