//! Recordings with nothing to hear.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::super::measure::{POWER_FLOOR, decibels};
use super::super::{Inspection, Work};
use super::{about, medians};

/// So far below the middle of its label a recording is suspicious.
const BELOW_DB: f64 = 35.0;
/// Nothing stands out of the noise below this ratio.
const SNR_MIN_DB: f64 = 3.0;
/// Labels whose middle ratio is lower are steady sounds, of which nothing need stand out.
const SNR_TYPICAL_DB: f64 = 12.0;

/// Labels of everything else, in which a recording of noise is as good as a word.
const CATCH_ALL: &[&str] = &[
    "unknown",
    "other",
    "others",
    "noise",
    "background",
    "silence",
];

/// Whether the label stands for what is none of the others.
fn is_catch_all(label: &str) -> bool {
    let plain = label.trim_matches('_').to_lowercase();
    CATCH_ALL.contains(&plain.as_str())
}

/// A warning for each recording that is silent beside the others of its label.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let loudness = medians(inspection, |r| r.sound.loudness_dbfs);
    let snr = medians(inspection, |r| r.sound.snr_db());
    let mut found = Vec::new();
    for (label, recording) in inspection.labelled() {
        let (Some(typical), Some(typical_snr)) = (loudness[label], snr[label]) else {
            continue;
        };
        let sound = &recording.sound;
        let quiet_label = typical <= decibels(POWER_FLOOR) + 1.0;
        let message = if sound.is_constant() && !quiet_label {
            format!("all {} samples are equal", sound.n_samples)
        } else if sound.loudness_dbfs < typical - BELOW_DB {
            format!(
                "{:.0} dBFS, expected about {typical:.0} dBFS as the others of `{}`",
                sound.loudness_dbfs, recording.entry.label_name
            )
        } else if sound.snr_db() < SNR_MIN_DB
            && typical_snr >= SNR_TYPICAL_DB
            && !is_catch_all(&recording.entry.label_name)
        {
            format!(
                "nothing stands out of the noise: {:.0} dB, expected about {typical_snr:.0} dB as the others of `{}`",
                sound.snr_db(),
                recording.entry.label_name
            )
        } else {
            continue;
        };
        found.push(
            about(recording, codes::SILENT, message)
                .hint("listen to it; take it out if the word is missing"),
        );
    }
    Ok(found)
}
