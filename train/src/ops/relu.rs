//! `max(x, 0)` as a layer of its own.

use impulse_ir::network::Activation;

use super::activation;
use crate::tape::{Tape, Value, fill_chunks, give};

/// `max(x, 0)`, value by value.
pub(crate) fn forward(tape: &mut Tape, input: &Value) -> Value {
    let mut out = tape.pool().copy(&input.all());
    fill_chunks(tape.chunk(), input.clips, &mut out, |_, out| {
        activation::apply(Activation::Relu, out)
    });
    let output = tape.value(input.clips, out);
    let (x, y, chunk) = (input.clone(), output.clone(), tape.chunk());
    tape.record(&output, move |grads, mut dy| {
        fill_chunks(chunk, y.clips, &mut dy, |clips, dy| {
            activation::mask(Activation::Relu, &y.clips(clips), dy);
        });
        match &x.key {
            Some(key) => give(grads, key, dy),
            None => Ok(()),
        }
    });
    output
}
