//! Sum of two values, then an activation.

use impulse_ir::network::Activation;

use super::activation;
use crate::tape::{Tape, Value, fill_chunks, give};

/// `activation(left + right)`, value by value.
pub(crate) fn forward(
    tape: &mut Tape,
    left: &Value,
    right: &Value,
    activation: Activation,
) -> Value {
    let mut out = tape.pool().buffer(left.data.len());
    fill_chunks(tape.chunk(), left.clips, &mut out, |clips, out| {
        let (left, right) = (left.clips(clips.clone()), right.clips(clips));
        let pairs = left.iter().zip(right.iter());
        out.iter_mut().zip(pairs).for_each(|(o, (l, r))| *o = l + r);
        activation::apply(activation, out);
    });
    let output = tape.value(left.clips, out);
    let (keys, y, chunk, pool) = (
        [left.key.clone(), right.key.clone()],
        output.clone(),
        tape.chunk(),
        tape.pool().clone(),
    );
    tape.record(&output, move |grads, mut dy| {
        if activation != Activation::None {
            fill_chunks(chunk, y.clips, &mut dy, |clips, dy| {
                activation::mask(activation, &y.clips(clips), dy);
            });
        }
        match keys {
            [Some(left), Some(right)] => {
                give(grads, &left, pool.copy(&dy))?;
                give(grads, &right, dy)
            }
            [Some(one), None] | [None, Some(one)] => give(grads, &one, dy),
            [None, None] => Ok(()),
        }
    });
    output
}
