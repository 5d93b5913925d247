//! Labels that can be told by how they were recorded.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::super::{Inspection, Recording, Work};
use super::about_all;

/// A property of the recording and not of the sound: its name, its unit, and its value.
type Property = (&'static str, &'static str, fn(&Recording) -> f64);

const PROPERTIES: [Property; 5] = [
    ("length", "s", |r| r.sound.seconds()),
    ("sampling rate", "Hz", |r| f64::from(r.sound.rate_hz)),
    ("DC offset", "% of full scale", |r| r.sound.mean * 100.0),
    ("share of zeros", "%", |r| r.sound.zero_share() * 100.0),
    ("noise floor", "dBFS", |r| r.sound.noise_dbfs),
];
/// Share of the pairs of a recording of the label and one of the others that the property puts in
/// order: 0.5 is chance, 1 tells the label without fail.
const ORDERED_MIN: f64 = 0.95;
/// Fewer recordings say nothing.
const RECORDINGS_MIN: usize = 10;

/// A warning for each label and property that tells it. With two labels one warning, not two that
/// say the same. A label of steady sounds (its noise floor is its sound) is not held against the
/// noise floor.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let labels = inspection.labels();
    let snr = super::medians(inspection, |r| r.sound.snr_db());
    let n_judged = if labels.len() == 2 { 1 } else { labels.len() };
    let mut found = Vec::new();
    for (name, unit, value) in PROPERTIES {
        for (l, label) in labels.iter().enumerate().take(n_judged) {
            if name == "noise floor"
                && snr
                    .iter()
                    .flatten()
                    .any(|snr| *snr < super::cut_off::SNR_MIN_DB)
            {
                continue;
            }
            let (own, others): (Vec<_>, Vec<_>) =
                inspection.labelled().partition(|(label, _)| *label == l);
            let values = |all: Vec<(usize, &Recording)>| {
                let mut all: Vec<f64> = all.into_iter().map(|(_, r)| value(r)).collect();
                all.sort_by(f64::total_cmp);
                all
            };
            let (own, others) = (values(own), values(others));
            if own.len() < RECORDINGS_MIN || others.len() < RECORDINGS_MIN {
                continue;
            }
            let share = ordered(&own, &others);
            if share.max(1.0 - share) < ORDERED_MIN {
                continue;
            }
            let middle = |all: &[f64]| all[all.len() / 2];
            let message = format!(
                "`{label}` can be told by its {name} alone: {:.2} {unit} in the middle, {:.2} {unit} of the others",
                middle(&own),
                middle(&others)
            );
            found.push(about_all(inspection, codes::CONFOUND, message).hint(
                "record all labels with the same equipment and settings, and cut them alike",
            ));
        }
    }
    Ok(found)
}

/// Share of the pairs whose first value is the larger, equal ones counting half (the statistic of
/// Mann and Whitney, 1947). Both are sorted.
fn ordered(own: &[f64], others: &[f64]) -> f64 {
    let below: usize = own
        .iter()
        .map(|v| others.partition_point(|o| o < v) + others.partition_point(|o| o <= v))
        .sum();
    below as f64 / (2 * own.len() * others.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::ordered;

    #[test]
    fn order_of_pairs() {
        assert_eq!(ordered(&[3.0, 4.0], &[1.0, 2.0]), 1.0);
        assert_eq!(ordered(&[1.0, 1.0], &[1.0]), 0.5);
        assert_eq!(ordered(&[1.0, 3.0], &[2.0, 4.0]), 0.25);
    }
}
