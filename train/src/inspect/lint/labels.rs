//! Labels that a network does not believe.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::super::Inspection;
use super::super::suspicion::Ranking;
use super::about;

/// Findings are the worst of the list, at most so large a share of it …
const SHARE_MAX: f64 = 0.05;
/// … with a lower confidence in their own label, and a higher one in another.
const CONFIDENCE_MAX: f32 = 0.15;
const HEARD_MIN: f32 = 0.5;

/// A warning for each, the most suspicious first.
pub fn findings(inspection: &Inspection, ranking: &Ranking) -> Vec<Diagnostic> {
    let n = (ranking.suspicions.len() as f64 * SHARE_MAX).ceil() as usize;
    let labels = inspection.labels();
    let worst = ranking.suspicions.iter().take(n).enumerate();
    worst
        .filter(|(_, s)| s.confidence < CONFIDENCE_MAX && s.heard_confidence >= HEARD_MIN)
        .map(|(rank, s)| {
            let recording = &inspection.recordings[s.recording];
            let (label, heard) = (&labels[s.label], &labels[s.heard]);
            let message = format!(
                "labelled `{label}`, heard as `{heard}` with {:.0} % ({:.1} % for `{label}`); rank {} of {}",
                s.heard_confidence * 100.0,
                s.confidence * 100.0,
                rank + 1,
                ranking.suspicions.len()
            );
            let remedy = match recording.entry.line {
                Some(line) => format!("listen to it; if `{label}` is wrong, mend line {line} of the manifest"),
                None => format!("listen to it; if `{label}` is wrong, move it to the folder of its label"),
            };
            about(recording, codes::LABEL_SUSPICIOUS, message).hint(remedy)
        })
        .collect()
}
