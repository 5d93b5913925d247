//! The same sound twice: as a copy, or as another cut of the same take.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Severity};
use rayon::prelude::*;

use super::super::fingerprint::{self, Anchor, Candidate, Likeness};
use super::super::{Inspection, Recording, Step, Work};
use super::{about, mention, milliseconds};
use crate::audio;
use crate::data::Split;

/// Overlaps of a smaller share of the shorter recording are let pass.
const OVERLAP_MIN: f64 = 0.25;
/// Sounds that correlate less are others.
const CORRELATION_MIN: f64 = 0.9;
/// Names that a message lists at most.
const NAMES_SHOWN: usize = 4;

/// Sets of equal recordings, then pairs that overlap.
pub fn check(inspection: &Inspection, work: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let mut sets: BTreeMap<&[u8; 32], Vec<&Recording>> = BTreeMap::new();
    for recording in &inspection.recordings {
        sets.entry(&recording.sound.content)
            .or_default()
            .push(recording);
    }
    let mut sets: Vec<Vec<&Recording>> = sets.into_values().collect();
    sets.sort_by(|a, b| a[0].entry.name.cmp(&b[0].entry.name));
    let mut found: Vec<Diagnostic> = sets.iter().filter_map(|set| copies(set)).collect();
    let first: Vec<&Recording> = sets.iter().map(|set| set[0]).collect();
    let sounds: Vec<(u32, &[Anchor])> = first
        .iter()
        .map(|r| (r.sound.rate_hz, r.sound.anchors.as_slice()))
        .collect();
    let pairs = fingerprint::candidates(&sounds);
    let done = AtomicUsize::new(0);
    let compared: Vec<Option<Diagnostic>> = pairs
        .par_iter()
        .map(|pair| {
            if work.stopped() {
                return None;
            }
            let n = done.fetch_add(1, Ordering::Relaxed) + 1;
            (work.progress)(Step::Comparing, n, pairs.len());
            let (a, b) = (first[pair.a], first[pair.b]);
            overlapping(a, b, &compare(a, b, pair)?)
        })
        .collect();
    work.go_on()?;
    found.extend(compared.into_iter().flatten());
    Ok(found)
}

fn compare(a: &Recording, b: &Recording, pair: &Candidate) -> Option<Likeness> {
    let read = |r: &Recording| audio::decode(std::fs::read(&r.entry.path).ok()?).ok();
    fingerprint::compare(&read(a)?.samples, &read(b)?.samples, pair.shift)
}

/// What makes a sound that stands twice worse than a waste.
fn gravity(all: &[&Recording]) -> Option<impulse_ir::diagnostic::Code> {
    if all
        .iter()
        .any(|r| r.entry.label_name != all[0].entry.label_name)
    {
        return Some(codes::LABEL_CONFLICT);
    }
    let tested = |r: &&Recording| r.split == Split::Test;
    let leaks = all.iter().any(tested) && !all.iter().all(tested);
    leaks.then_some(codes::LEAK_DUPLICATE)
}

/// A diagnostic about `all`, which hold the same sound: an error where that spoils the figures.
fn report(all: &[&Recording], otherwise: impulse_ir::diagnostic::Code, what: &str) -> Diagnostic {
    let grave = gravity(all);
    let code = grave.unwrap_or(otherwise);
    let (message, hint) = match code {
        codes::LABEL_CONFLICT => {
            let mut labels: Vec<String> = all
                .iter()
                .map(|r| format!("`{}`", r.entry.label_name))
                .collect();
            labels.dedup();
            (
                format!("{what}, but the labels differ: {}", labels.join(", ")),
                "keep the one whose label is right",
            )
        }
        codes::LEAK_DUPLICATE => {
            let sides: Vec<&str> = all.iter().map(|r| side(r.split)).collect();
            let message = format!(
                "{what}, but they are on different sides of the split: {}",
                sides.join(", ")
            );
            (
                message,
                "take one out, or give both one side, best by a group for each take",
            )
        }
        _ => (what.to_owned(), "keep one of them"),
    };
    let mut diagnostic = about(all[0], code, message).hint(hint);
    if grave.is_some() {
        diagnostic.severity = Severity::Error;
    }
    diagnostic
}

fn side(split: Split) -> &'static str {
    match split {
        Split::Train => "training",
        Split::Validation => "validation",
        Split::Test => "test",
    }
}

fn copies(set: &[&Recording]) -> Option<Diagnostic> {
    let (first, others) = set.split_first()?;
    if others.is_empty() || (first.sound.is_constant() && gravity(set).is_none()) {
        // Recordings of nothing are told as that.
        return None;
    }
    let names: Vec<String> = others
        .iter()
        .take(NAMES_SHOWN)
        .map(|r| mention(r))
        .collect();
    let more = match others.len().saturating_sub(NAMES_SHOWN) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let what = format!("holds the same samples as {}{more}", names.join(", "));
    Some(report(set, codes::DUPLICATE, &what))
}

fn overlapping(a: &Recording, b: &Recording, like: &Likeness) -> Option<Diagnostic> {
    let shorter = a.sound.n_samples.min(b.sound.n_samples);
    let share = like.overlap as f64 / shorter.max(1) as f64;
    if share < OVERLAP_MIN || like.correlation < CORRELATION_MIN {
        return None;
    }
    let rate_hz = a.sound.rate_hz;
    let apart = like.shift.unsigned_abs() as usize;
    let gain = if like.gain_db.abs() < 0.1 {
        String::new()
    } else {
        format!(
            ", {:.1} dB {}",
            like.gain_db.abs(),
            if like.gain_db > 0.0 {
                "louder"
            } else {
                "quieter"
            }
        )
    };
    let what = format!(
        "is the same sound as {}: {apart} samples ({:.1} ms) apart{gain}, {:.0} % in common, correlation {:.3}",
        mention(b),
        milliseconds(apart, rate_hz),
        share * 100.0,
        like.correlation
    );
    Some(report(&[a, b], codes::NEAR_DUPLICATE, &what))
}
