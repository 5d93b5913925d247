//! Sampling rates other than that of the window or of the other recordings.

use std::collections::BTreeMap;

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::super::{Inspection, Recording, Work};
use super::{about, about_all};

/// A warning for each recording below the rate of the window; without a window for each whose rate
/// is not the most frequent one. One more where rates above the window's are mixed.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let mut rates: BTreeMap<u32, usize> = BTreeMap::new();
    for (_, recording) in inspection.labelled() {
        *rates.entry(recording.sound.rate_hz).or_default() += 1;
    }
    // Of equally frequent ones the highest.
    let Some((&usual, _)) = rates.iter().max_by_key(|(rate, n)| (**n, **rate)) else {
        return Ok(Vec::new());
    };
    let window = inspection.subject.window.as_ref().map(|w| w.rate_hz);
    let wrong = |r: &&Recording| match window {
        Some(window) => r.sound.rate_hz < window,
        None => r.sound.rate_hz != usual,
    };
    let labelled = inspection.labelled().map(|(_, r)| r);
    let mut found: Vec<Diagnostic> = labelled
        .filter(wrong)
        .map(|r| tell(r, window, usual))
        .collect();
    let above: Vec<String> = rates
        .iter()
        .filter(|(rate, _)| window.is_some_and(|w| **rate >= w))
        .map(|(rate, n)| format!("{n} at {rate} Hz"))
        .collect();
    if above.len() > 1 {
        let message = format!("expected one sampling rate, found {}", above.join(", "));
        found.push(about_all(inspection, codes::RATE, message).hint("all are brought to the rate of the window; that is harmless only where each label has the same mixture"));
    }
    Ok(found)
}

fn tell(recording: &Recording, window: Option<u32>, usual: u32) -> Diagnostic {
    let rate = recording.sound.rate_hz;
    let message = match window {
        Some(window) => format!(
            "expected at least {window} Hz, the rate of the window, found {rate} Hz: nothing stands above {} Hz",
            rate / 2
        ),
        None => format!("expected {usual} Hz, the rate of most recordings, found {rate} Hz"),
    };
    about(recording, codes::RATE, message)
        .hint("record it again at that rate; a conversion does not bring back what is missing")
}
