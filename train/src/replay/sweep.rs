//! Every setting of the decision logic over stored scores.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use impulse_ir::features::{DeviceArgs, sum_min};
use impulse_runtime::decide::{Decide, DecideState};
use rayon::prelude::*;

use super::{Event, Replayed};

/// What is chosen of the decision logic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Averaged score that reports a label, 0..1.
    pub threshold: f32,
    /// Results that are averaged.
    pub average_results: usize,
    /// Results after a report during which nothing is reported.
    pub suppress_results: usize,
}

/// What of a device the settings do not change.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Samples of a window.
    pub length_samples: usize,
    /// Samples between the starts of two windows.
    pub stride_samples: usize,
    /// What a step of a score is worth.
    pub score_scale: f32,
    /// The score that stands for 0.
    pub score_zero_point: i32,
    /// `[labels]`: those that are never reported.
    pub ignore: Vec<bool>,
}

impl From<&DeviceArgs> for Device {
    fn from(args: &DeviceArgs) -> Self {
        Self {
            length_samples: args.length_samples,
            stride_samples: args.stride_samples,
            score_scale: args.score_scale,
            score_zero_point: args.score_zero_point,
            ignore: args.ignore.clone(),
        }
    }
}

/// What a setting makes of all recordings.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The setting.
    pub setting: Setting,
    /// Words of each label, by index.
    pub words: Vec<usize>,
    /// Those of them that were reported.
    pub heard: Vec<usize>,
    /// Reports of each label that no word of it explains: nobody said it, or it was reported
    /// before.
    pub false_accepts: Vec<usize>,
}

impl Outcome {
    /// All words.
    pub fn n_words(&self) -> usize {
        self.words.iter().sum()
    }

    /// All that were reported.
    pub fn n_heard(&self) -> usize {
        self.heard.iter().sum()
    }

    /// All false accepts.
    pub fn n_false(&self) -> usize {
        self.false_accepts.iter().sum()
    }

    /// Share of the words that were not reported, 0..1; 0 without words.
    pub fn missed(&self) -> f64 {
        let n = self.n_words();
        if n == 0 {
            0.0
        } else {
            (n - self.n_heard()) as f64 / n as f64
        }
    }
}

/// The settings to try for a window of `length_samples` every `stride_samples`: thresholds from
/// 0.30 to 0.99; averages over up to twice the results that hear one word; silences of up to twice
/// the window; and `own`, what the spec has.
pub fn settings(length_samples: usize, stride_samples: usize, own: Setting) -> Vec<Setting> {
    let per_window = length_samples.div_ceil(stride_samples.max(1)).max(1);
    // Of very short strides not every number of results makes a difference.
    let fractions = |of: [usize; 6], least: usize| -> BTreeSet<usize> {
        let parts = of.into_iter().map(|n| (n * per_window).div_ceil(4));
        parts.map(|n| n.clamp(least, 1024)).collect()
    };
    let mut averages = fractions([1, 2, 3, 4, 6, 8], 1);
    averages.extend([1, own.average_results]);
    let mut silences = fractions([2, 3, 4, 5, 6, 8], 0);
    silences.insert(own.suppress_results);
    let mut all = Vec::new();
    for &average_results in &averages {
        for &suppress_results in &silences {
            all.extend((30..=99).map(|percent| Setting {
                threshold: percent as f32 / 100.0,
                average_results,
                suppress_results,
            }));
        }
    }
    if !all.contains(&own) {
        all.push(own);
    }
    all
}

/// What each setting makes of `replayed`, in the order of `settings`; the settings that were
/// reached before `stop` was set. `step` is called after each.
pub fn sweep(
    replayed: &[Replayed],
    device: &Device,
    settings: &[Setting],
    stop: &AtomicBool,
    step: &(dyn Fn() + Sync),
) -> Vec<Outcome> {
    let judged: Vec<Option<Outcome>> = settings
        .par_iter()
        .map(|&setting| {
            let asked = stop.load(Ordering::Relaxed);
            let outcome = (!asked).then(|| judge(replayed, device, setting));
            step();
            outcome
        })
        .collect();
    judged.into_iter().flatten().collect()
}

/// What one setting makes of `replayed`: the device's state machine over the stored scores.
///
/// A report counts for the earliest word of its label that is not yet reported and that one of the
/// averaged windows holds a part of. Every other report is a false accept.
pub fn judge(replayed: &[Replayed], device: &Device, setting: Setting) -> Outcome {
    let n_labels = device.ignore.len();
    let decide = Decide {
        n_labels,
        average_results: setting.average_results,
        suppress_results: setting.suppress_results,
        sum_min: sum_min(
            setting.threshold,
            device.score_scale,
            device.score_zero_point,
            setting.average_results,
        ),
        ignore: &device.ignore,
    };
    let mut outcome = Outcome {
        setting,
        words: vec![0; n_labels],
        heard: vec![0; n_labels],
        false_accepts: vec![0; n_labels],
    };
    let averaged = (setting.average_results - 1) * device.stride_samples;
    let heard_for = (device.length_samples + averaged) as u64;
    let mut history = vec![0; decide.history_len()];
    let mut average = vec![0; n_labels];
    for recording in replayed {
        let mut words = Words::new(&recording.events, &device.ignore, heard_for);
        for event in &words.events {
            outcome.words[event.label] += 1;
        }
        let mut state = DecideState::new();
        let results = recording.scores.chunks_exact(n_labels);
        for (&end, scores) in recording.ends.iter().zip(results) {
            let Some(label) = decide.push(&mut state, &mut history, scores, &mut average) else {
                continue;
            };
            if words.hear(label, end) {
                outcome.heard[label] += 1;
            } else {
                outcome.false_accepts[label] += 1;
            }
        }
    }
    outcome
}

/// The words of a recording while its reports come.
struct Words {
    /// Those that the device may report, in the order of their beginnings.
    events: Vec<Event>,
    heard: Vec<bool>,
    /// Words before this one end too early for all reports to come.
    first: usize,
    /// Samples that a report looks back.
    heard_for: u64,
}

impl Words {
    fn new(events: &[Event], ignore: &[bool], heard_for: u64) -> Self {
        let ignored = |label: usize| ignore.get(label).copied().unwrap_or(true);
        let mut events: Vec<Event> = events.to_vec();
        events.retain(|e| !ignored(e.label));
        events.sort_by_key(|e| e.from);
        Self {
            heard: vec![false; events.len()],
            events,
            first: 0,
            heard_for,
        }
    }

    /// Whether a report of `label` at the sample `end` is that of a word.
    fn hear(&mut self, label: usize, end: u64) -> bool {
        let start = end.saturating_sub(self.heard_for);
        while self.events.get(self.first).is_some_and(|e| e.to <= start) {
            self.first += 1;
        }
        for (i, event) in self.events.iter().enumerate().skip(self.first) {
            if event.from >= end {
                break;
            }
            if event.label == label && event.to > start && !self.heard[i] {
                self.heard[i] = true;
                return true;
            }
        }
        false
    }
}

/// The best setting with at most `false_accepts_max` of them: first the bound, then the fewest
/// missed words; of equals that with the fewest false accepts, the shortest average, the silence
/// nearest to `own`'s, and the threshold in the middle of those that do the same, which is the
/// least likely to fall off an edge on other recordings. `None` where every setting has more.
pub fn choose(outcomes: &[Outcome], false_accepts_max: f64, own: Setting) -> Option<&Outcome> {
    let within = |o: &&Outcome| o.n_false() as f64 <= false_accepts_max;
    let missed = |o: &Outcome| o.n_words() - o.n_heard();
    best(outcomes.iter().filter(within).collect(), missed, own)
}

/// The setting with the fewest missed words and false accepts together, for recordings too short to
/// tell a rate of false accepts; of equals as [`choose`] has it. `None` without any.
pub fn fewest_errors(outcomes: &[Outcome], own: Setting) -> Option<&Outcome> {
    let errors = |o: &Outcome| o.n_words() - o.n_heard() + o.n_false();
    best(outcomes.iter().collect(), errors, own)
}

/// The outcome with the least `cost`, and of equals what [`choose`] says.
fn best(
    mut outcomes: Vec<&Outcome>,
    cost: impl Fn(&Outcome) -> usize,
    own: Setting,
) -> Option<&Outcome> {
    let rank = |o: &Outcome| {
        let silence = o.setting.suppress_results.abs_diff(own.suppress_results);
        (
            cost(o),
            o.n_false(),
            o.setting.average_results,
            silence,
            o.setting.suppress_results,
        )
    };
    let least = outcomes.iter().map(|o| rank(o)).min()?;
    outcomes.retain(|o| rank(o) == least);
    outcomes.sort_by(|a, b| a.setting.threshold.total_cmp(&b.setting.threshold));
    outcomes.get(outcomes.len() / 2).copied()
}
