//! Very short and very long recordings.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::super::{Inspection, Work};
use super::{about, median, milliseconds};
use crate::data::cut;

/// Shares of the window, or of the middle length where there is no window.
const SHORT: f64 = 0.2;
const LONG: f64 = 1.5;
/// Without a window only much longer ones are told: they may be meant.
const LONG_WITHOUT: f64 = 4.0;

/// A warning for each.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let window = inspection.subject.window.as_ref();
    let window_s = window.map(|w| milliseconds(w.length_samples, w.rate_hz) / 1e3);
    let middle = median(
        inspection
            .labelled()
            .map(|(_, r)| r.sound.seconds())
            .collect(),
    );
    let Some(typical) = window_s.or(middle) else {
        return Ok(Vec::new());
    };
    let of = if window_s.is_some() {
        "the window"
    } else {
        "most"
    };
    let mut found = Vec::new();
    for (_, recording) in inspection.labelled() {
        let seconds = recording.sound.seconds();
        let (message, hint) = if seconds < SHORT * typical {
            (
                format!("{seconds:.2} s are short for {typical:.2} s of {of}"),
                "record longer, or shorten the window",
            )
        } else if window_s.is_some()
            && seconds > LONG * typical
            && seconds < cut::CUT_FROM_WINDOWS as f64 * typical
        {
            (
                format!(
                    "{seconds:.2} s hold more than the window of {typical:.2} s: only its loudest part is used"
                ),
                "cut it to about one window, or into several recordings",
            )
        } else if window_s.is_none() && seconds > LONG_WITHOUT * typical {
            (
                format!("{seconds:.2} s are long for {typical:.2} s of most"),
                "cut it into recordings of one event each",
            )
        } else {
            continue;
        };
        found.push(about(recording, codes::LENGTH, message).hint(hint));
    }
    Ok(found)
}
