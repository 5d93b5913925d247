//! Samples lost in the middle of a sound.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::super::{Inspection, Work};
use super::{about, milliseconds};

/// A warning for each recording with a gap.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let gaps = inspection
        .labelled()
        .filter_map(|(_, r)| Some((r, r.sound.gap?)));
    let tell = |(recording, (start, length)): (&super::Recording, (usize, usize))| {
        let rate_hz = recording.sound.rate_hz;
        let message = format!(
            "the samples stand still for {:.1} ms at {:.3} s, with sound on both sides",
            milliseconds(length, rate_hz),
            milliseconds(start, rate_hz) / 1e3
        );
        about(recording, codes::GAP, message).hint("record it again; samples were lost on the way")
    };
    Ok(gaps.map(tell).collect())
}
