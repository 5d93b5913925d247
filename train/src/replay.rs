//! Long recordings through the device's decision logic, to choose its threshold, its average and
//! its silence after a report.
//!
//! [`replay`] runs the network over a recording once and keeps the scores of every result;
//! [`sweep()`] puts those through [`impulse_runtime::decide`], the state machine of the chip, once
//! per setting, and counts which words were reported, which were missed, and what was reported
//! though nobody said it. [`choose`] bounds the false accepts first and then takes the setting that
//! misses the fewest words.

pub mod events;
pub mod poisson;
pub mod stitch;
mod sweep;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};

use impulse_ir::Diagnostic;
use impulse_ir::exec::Session;
use impulse_ir::pipeline::Pipeline;

pub use sweep::{Device, Outcome, Setting, choose, fewest_errors, judge, settings, sweep};

/// A word in a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The word, by index of its label.
    pub label: usize,
    /// The sample that it begins with.
    pub from: u64,
    /// The sample after its last one.
    pub to: u64,
}

/// A recording, and the words that are said in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// What it is called.
    pub name: String,
    /// Its samples.
    pub samples: Vec<i16>,
    /// Its words, in the order of their beginnings.
    pub events: Vec<Event>,
}

/// What the network made of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// What the recording is called.
    pub name: String,
    /// Samples of the recording.
    pub n_samples: u64,
    /// Its words, in the order of their beginnings.
    pub events: Vec<Event>,
    /// The sample after the last one of each result's window.
    pub ends: Vec<u64>,
    /// Scores, `[results, labels]`.
    pub scores: Vec<i8>,
}

/// Runs the network over `recording` as the device does, once: every setting of the decision logic
/// sees the same scores. Ends early, with what there is, when `stop` is set.
///
/// # Errors
/// Those of [`Session::new`].
pub fn replay(
    pipeline: &Pipeline,
    recording: &Recording,
    stop: &AtomicBool,
) -> Result<Replayed, Diagnostic> {
    let mut session = Session::new(pipeline)?;
    let mut replayed = Replayed {
        name: recording.name.clone(),
        n_samples: recording.samples.len() as u64,
        events: recording.events.clone(),
        ends: Vec::new(),
        scores: Vec::new(),
    };
    let mut rest = recording.samples.as_slice();
    while !rest.is_empty() && !stop.load(Ordering::Relaxed) {
        let (consumed, result) = session.push(rest);
        rest = &rest[consumed..];
        if let Some(result) = result {
            replayed
                .ends
                .push((recording.samples.len() - rest.len()) as u64);
            replayed.scores.extend(result.scores);
        }
    }
    Ok(replayed)
}
