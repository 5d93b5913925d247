//! Digital silence at the ends.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::super::{Inspection, Work};
use super::{about, milliseconds};

/// So large a share of zeros is told.
const SHARE_MIN: f64 = 0.1;

/// A warning for each recording with zeros at an end.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let mut found = Vec::new();
    for (_, recording) in inspection.labelled() {
        let sound = &recording.sound;
        if sound.zero_share() < SHARE_MIN || sound.is_constant() {
            continue;
        }
        let [before, after] = sound.zeros.map(|n| milliseconds(n, sound.rate_hz));
        let message = format!(
            "{:.0} % of the recording is digital silence: {before:.0} ms at its start, {after:.0} ms at its end",
            sound.zero_share() * 100.0
        );
        found.push(
            about(recording, codes::ZERO_PADDING, message)
                .hint("cut the zeros off; a short recording is centred in the window anyway"),
        );
    }
    Ok(found)
}
