//! Peaks cut flat.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::super::{Inspection, Work};
use super::about;

/// Samples in flat peaks, at least so many and at least so large a share.
const SAMPLES_MIN: usize = 8;
const SHARE_MIN: f64 = 0.0003;

/// A warning for each clipped recording.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let mut found = Vec::new();
    for (_, recording) in inspection.labelled() {
        let (n, sound) = (recording.sound.n_clipped, &recording.sound);
        let share = n as f64 / sound.n_samples.max(1) as f64;
        if n >= SAMPLES_MIN && share >= SHARE_MIN {
            let message = format!(
                "{n} samples ({:.2} %) stand in peaks cut flat at {:.0} % of full scale",
                share * 100.0,
                sound.peak * 100.0
            );
            found.push(
                about(recording, codes::CLIPPING, message).hint("record it again with less gain"),
            );
        }
    }
    Ok(found)
}
