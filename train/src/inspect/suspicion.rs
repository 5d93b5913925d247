//! Labels that a network does not believe.
//!
//! A small network learns from three quarters of the recordings and judges the fourth, four times,
//! so that each is judged by one that never saw it or another of its group. What it thinks of a
//! recording's label, on average over two rounds, orders them: mislabelled ones come first, hard ones among them. (Ranking by
//! self-confidence out of fold: Northcutt, Jiang and Chuang, "Confident learning", 2021.)

mod network;
mod sounds;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use impulse_ir::Diagnostic;
use impulse_ir::network::Network;
use impulse_ir::spec::{ClassWeights, Keep, Optimizer, Schedule, Train};
use rayon::prelude::*;

use super::{Inspection, Step, Work};
use crate::augment::Draw;
use crate::{EpochReport, Examples, TrainingSet, fit, predict};
use sounds::Sounds;

/// Parts that the recordings are divided into.
const FOLDS: usize = 4;
/// Times that each recording is judged, by networks that began differently.
const ROUNDS: usize = 2;
/// Fewer recordings teach nothing.
const RECORDINGS_MIN: usize = 40;
/// Epochs of a usual data set, and the windows that a run learns from at most, so that a large
/// data set takes its time but not all day.
const EPOCHS: usize = 50;
const EPOCHS_MIN: usize = 3;
const WINDOWS_LEARNED: usize = 600_000;
/// Frames by which what is learned from is shifted at most.
const SHIFT_FRAMES: usize = 5;

/// What the network thinks of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspicion {
    /// Index into the inspection's recordings.
    pub recording: usize,
    /// Its label.
    pub label: usize,
    /// The label that the network gives it.
    pub heard: usize,
    /// Probability of its own label.
    pub confidence: f32,
    /// Probability of the label that the network gives.
    pub heard_confidence: f32,
}

/// How many recordings of a group the network takes for another label.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupErrors {
    /// The group.
    pub group: String,
    /// Recordings that get another label.
    pub n_wrong: usize,
    /// All recordings.
    pub n_recordings: usize,
}

/// All recordings, the most suspicious first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// By rising confidence in the recording's own label.
    pub suspicions: Vec<Suspicion>,
    /// Groups with an error, the largest share of errors first; empty without groups.
    pub groups: Vec<GroupErrors>,
}

impl Ranking {
    /// Share of the recordings whose label the network gives too, 0..1.
    pub fn agreement(&self) -> f64 {
        let agree = self
            .suspicions
            .iter()
            .filter(|s| s.heard == s.label)
            .count();
        agree as f64 / self.suspicions.len().max(1) as f64
    }
}

/// Judges the labels; `None` where there is too little to learn from (fewer than forty recordings,
/// one label) or the recordings are of another kind than sound.
///
/// # Errors
/// Where `work` was stopped, or the training failed.
pub fn rank(inspection: &Inspection, work: Work<'_>) -> Result<Option<Ranking>, Diagnostic> {
    let n_labels = inspection.labels().len();
    let Some(sounds) = Sounds::of(inspection, work)? else {
        return Ok(None);
    };
    if sounds.recordings.len() < RECORDINGS_MIN || n_labels < 2 {
        return Ok(None);
    }
    let network = network::small(sounds.frames, sounds.values, n_labels)?;
    let folds = folds(inspection, &sounds);
    let epochs =
        (WINDOWS_LEARNED / (sounds.n_windows() * (FOLDS - 1)).max(1)).clamp(EPOCHS_MIN, EPOCHS);
    let done = AtomicUsize::new(0);
    let all = FOLDS * ROUNDS * epochs;
    let tick = || {
        (work.progress)(
            Step::Learning,
            done.fetch_add(1, Ordering::Relaxed) + 1,
            all,
        )
    };
    // Side by side: a run by itself leaves threads idle at the end of every step.
    let runs: Vec<Vec<(usize, Vec<f32>)>> = (0..FOLDS * ROUNDS)
        .into_par_iter()
        .map(|run| {
            let of_fold = |i: &usize| folds[*i] == run % FOLDS;
            let (judged, learned) = (0..folds.len()).partition(of_fold);
            let settings = settings(epochs, run as u64);
            judge(&network, &settings, &sounds, (learned, judged), work, &tick)
        })
        .collect::<Result<_, Diagnostic>>()?;
    let mut scores = vec![vec![0.0f32; n_labels]; sounds.recordings.len()];
    for (i, said) in runs.into_iter().flatten() {
        let shares = said.into_iter().map(|p| p / ROUNDS as f32);
        scores[i]
            .iter_mut()
            .zip(shares)
            .for_each(|(score, p)| *score += p);
    }
    Ok(Some(ranking(inspection, &sounds, &scores)))
}

/// Trains on the recordings `learned`, and tells what it thinks of each of those `judged`.
fn judge(
    network: &Network,
    settings: &Train,
    sounds: &Sounds,
    (learned, judged): (Vec<usize>, Vec<usize>),
    work: Work<'_>,
    tick: &(dyn Fn() + Sync),
) -> Result<Vec<(usize, Vec<f32>)>, Diagnostic> {
    if judged.is_empty() || learned.is_empty() {
        return Ok(Vec::new());
    }
    let scale = sounds.scale(&learned);
    let training = Shifted::new(sounds, &learned, &scale, settings.seed);
    let nothing = Examples::default();
    let n_labels = sounds.n_labels;
    let mut progress = |_: &EpochReport| tick();
    let fitted = fit(
        network,
        settings,
        n_labels,
        &training,
        &nothing,
        work.stop,
        &mut progress,
    )?;
    work.go_on()?;
    let mut all = Vec::with_capacity(judged.len());
    for i in judged {
        let mut features = sounds.recordings[i].features.clone();
        let frames = features.chunks_exact_mut(sounds.values);
        frames.for_each(|frame| scale.apply(frame));
        let said = predict(network, &fitted.weights, &features)?;
        let n_windows = said.len() / n_labels;
        let mut mean = vec![0.0; n_labels];
        for window in said.chunks_exact(n_labels) {
            mean.iter_mut()
                .zip(window)
                .for_each(|(m, p)| *m += p / n_windows as f32);
        }
        all.push((i, mean));
    }
    Ok(all)
}

fn settings(epochs: usize, seed: u64) -> Train {
    Train {
        epochs,
        batch: 32,
        optimizer: Optimizer::AdamW {
            learning_rate: 0.01,
            decay: 0.01,
        },
        schedule: Schedule::Cosine,
        warmup_epochs: 0,
        mixup: 0.2,
        patience_epochs: None,
        class_weights: ClassWeights::Balanced,
        keep: Keep::Last,
        seed,
        seeds: 1,
        folds: 4,
        start: None,
        freeze: Vec::new(),
    }
}

/// The fold of each recording: whole groups, those with most recordings first, each to the fold
/// that has fewest; groups of one size by their hash.
fn folds(inspection: &Inspection, sounds: &Sounds) -> Vec<usize> {
    let mut groups: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
    for (i, sound) in sounds.recordings.iter().enumerate() {
        let recording = &inspection.recordings[sound.recording];
        let name = match &recording.entry.group {
            Some(group) => group.as_bytes(),
            None => &recording.sound.content[..],
        };
        groups
            .entry(blake3::hash(name).as_bytes().to_vec())
            .or_default()
            .push(i);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut folds = vec![0; sounds.recordings.len()];
    let mut sizes = [0; FOLDS];
    for group in groups {
        let fold = (0..FOLDS).min_by_key(|&f| sizes[f]).unwrap_or(0);
        sizes[fold] += group.len();
        group.into_iter().for_each(|i| folds[i] = fold);
    }
    folds
}

fn ranking(inspection: &Inspection, sounds: &Sounds, scores: &[Vec<f32>]) -> Ranking {
    let mut suspicions = Vec::with_capacity(scores.len());
    let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (sound, scores) in sounds.recordings.iter().zip(scores) {
        let heard = (0..scores.len())
            .max_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(b.cmp(&a)))
            .unwrap_or(0);
        suspicions.push(Suspicion {
            recording: sound.recording,
            label: sound.label,
            heard,
            confidence: scores[sound.label],
            heard_confidence: scores[heard],
        });
        if let Some(group) = &inspection.recordings[sound.recording].entry.group {
            let (n_wrong, n) = groups.entry(group).or_default();
            *n_wrong += usize::from(heard != sound.label);
            *n += 1;
        }
    }
    suspicions.sort_by(|a, b| {
        a.confidence
            .total_cmp(&b.confidence)
            .then(a.recording.cmp(&b.recording))
    });
    let wrong = groups.into_iter().filter(|(_, (n_wrong, _))| *n_wrong > 0);
    let mut groups: Vec<GroupErrors> = wrong
        .map(|(group, (n_wrong, n_recordings))| GroupErrors {
            group: group.to_owned(),
            n_wrong,
            n_recordings,
        })
        .collect();
    let order = |a: &GroupErrors, b: &GroupErrors| {
        (b.n_wrong * a.n_recordings)
            .cmp(&(a.n_wrong * b.n_recordings))
            .then(b.n_wrong.cmp(&a.n_wrong))
    };
    groups.sort_by(order);
    Ranking { suspicions, groups }
}

/// Windows to learn from, shifted in time afresh for each epoch.
struct Shifted<'a> {
    windows: Vec<(&'a [f32], usize)>,
    values: usize,
    scale: &'a sounds::Scale,
    seed: u64,
}

impl<'a> Shifted<'a> {
    fn new(sounds: &'a Sounds, learned: &[usize], scale: &'a sounds::Scale, seed: u64) -> Self {
        let len = sounds.frames * sounds.values;
        let of = |&i: &usize| {
            let sound = &sounds.recordings[i];
            sound
                .features
                .chunks_exact(len)
                .map(|window| (window, sound.label))
        };
        Self {
            windows: learned.iter().flat_map(of).collect(),
            values: sounds.values,
            scale,
            seed,
        }
    }
}

impl TrainingSet for Shifted<'_> {
    fn len(&self) -> usize {
        self.windows.len()
    }

    fn label(&self, i: usize) -> usize {
        self.windows[i].1
    }

    fn features(&self, epoch: usize, i: usize, out: &mut [f32]) {
        let (window, _) = self.windows[i];
        let n_frames = window.len() / self.values.max(1);
        let draw = Draw::new(self.seed, epoch, i).below(2 * SHIFT_FRAMES + 1);
        for (t, frame) in out.chunks_exact_mut(self.values).enumerate() {
            // The frames at the ends stand for what is beyond them.
            let from = (t + draw).saturating_sub(SHIFT_FRAMES).min(n_frames - 1);
            frame.copy_from_slice(&window[from * self.values..(from + 1) * self.values]);
            self.scale.apply(frame);
        }
    }
}
