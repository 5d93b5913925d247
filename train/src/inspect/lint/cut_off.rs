//! Words that go on beyond the recording.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::super::{Inspection, Work};
use super::{about, medians};

/// An edge this near to the level of the loud parts is within the word.
const EDGE_MIN_DB: f64 = -10.0;
/// Recordings and labels with less between loud and quiet are steady sounds, which are cut anywhere.
pub(super) const SNR_MIN_DB: f64 = 15.0;

/// A warning for each recording that is loud at an edge.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let snr = medians(inspection, |r| r.sound.snr_db());
    let mut found = Vec::new();
    for (label, recording) in inspection.labelled() {
        let sound = &recording.sound;
        let steady = sound.snr_db() < SNR_MIN_DB || snr[label].is_none_or(|snr| snr < SNR_MIN_DB);
        let [start, end] = sound.edges_db.map(|edge| edge >= EDGE_MIN_DB);
        if steady || !(start || end) {
            continue;
        }
        let what = match (start, end) {
            (true, true) => "begins and ends",
            (true, false) => "begins",
            _ => "ends",
        };
        let message = format!(
            "{what} within the sound: {:.0} and {:.0} dB at its edges relative to its loud parts, expected below {EDGE_MIN_DB:.0} dB",
            sound.edges_db[0], sound.edges_db[1]
        );
        found.push(
            about(recording, codes::CUT_OFF, message)
                .hint("cut it again with some time to either side"),
        );
    }
    Ok(found)
}
