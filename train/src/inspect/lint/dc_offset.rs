//! A mean that is not zero.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::super::{Inspection, Recording, Work};
use super::about;

/// One per cent of full scale: −40 dB, far above what converters leave.
const MEAN_MIN: f64 = 0.01;

/// A warning for each recording with a DC offset.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let offset = inspection.labelled().filter(|(_, r)| {
        // A recording of one value is nothing at all, and is told as that.
        r.sound.mean.abs() >= MEAN_MIN && !r.sound.is_constant()
    });
    let tell = |recording: &Recording| {
        let sound = &recording.sound;
        let message = format!(
            "the mean is {:+.1} % of full scale, expected 0 (the sound itself has {:.0} dBFS)",
            sound.mean * 100.0,
            sound.loudness_dbfs
        );
        about(recording, codes::DC_OFFSET, message)
            .hint("subtract the mean, and look at the microphone or sound card")
    };
    Ok(offset.map(|(_, r)| tell(r)).collect())
}
