//! What the network hears: log-mel energies without their mean over the window.

use std::sync::atomic::{AtomicUsize, Ordering};

use impulse_ir::Diagnostic;
use impulse_ir::exec::FrontEnd;
use impulse_ir::features::{
    Arithmetic, FeatureBlock, LOG_FLOOR, MelBank, MelScale, Mfe, Normalize, Stft, Taper,
};
use impulse_ir::spec::{Sensor, Window};
use rayon::prelude::*;

use super::super::{Inspection, Step, Work};
use crate::audio;
use crate::data::cut;

/// Rates above it are brought to it: speech has little beyond.
const RATE_HZ_MAX: u32 = 16_000;
/// Without a spec a window is as long as most recordings, within these bounds in seconds.
const LENGTH_S: [f64; 2] = [0.25, 2.0];
/// Windows of a long recording that are heard.
const WINDOWS_MAX: usize = 4;
/// Mel bands.
const BANDS: usize = 20;

/// A recording as features.
pub struct Heard {
    /// Index into the inspection's recordings.
    pub recording: usize,
    /// Its label.
    pub label: usize,
    /// `[windows, frames, values]`.
    pub features: Vec<f32>,
}

/// All recordings with a label as features.
pub struct Sounds {
    /// In the order of the inspection.
    pub recordings: Vec<Heard>,
    /// Labels of the data set.
    pub n_labels: usize,
    /// Frames of a window.
    pub frames: usize,
    /// Values of a frame.
    pub values: usize,
}

impl Sounds {
    /// Reads the recordings; `None` where they cannot be made features of.
    pub fn of(inspection: &Inspection, work: Work<'_>) -> Result<Option<Self>, Diagnostic> {
        let Some(window) = window(inspection) else {
            return Ok(None);
        };
        let block = FeatureBlock::Mfe(log_mel(&window));
        if !block.problems(&window).is_empty() {
            return Ok(None);
        }
        let front_end = FrontEnd::new(&window, std::slice::from_ref(&block));
        let &[frames, values] = front_end.shape() else {
            return Ok(None);
        };
        if frames < 2 {
            return Ok(None);
        }
        let labelled: Vec<usize> = (0..inspection.recordings.len())
            .filter(|&i| inspection.recordings[i].label().is_some())
            .collect();
        let done = AtomicUsize::new(0);
        let heard: Vec<Option<Heard>> = labelled
            .par_iter()
            .map(|&recording| {
                if work.stopped() {
                    return None;
                }
                let entry = &inspection.recordings[recording].entry;
                // It could be read a moment ago; if no longer, it is left out.
                let audio = audio::decode(std::fs::read(&entry.path).ok()?).ok()?;
                let samples = audio.at_rate(window.rate_hz).ok()?;
                let n = done.fetch_add(1, Ordering::Relaxed) + 1;
                (work.progress)(Step::Measuring, n, labelled.len());
                Some(Heard {
                    recording,
                    label: entry.label?,
                    features: features(&samples, &window, &front_end),
                })
            })
            .collect();
        work.go_on()?;
        Ok(Some(Self {
            recordings: heard.into_iter().flatten().collect(),
            n_labels: inspection.labels().len(),
            frames,
            values,
        }))
    }

    /// Windows of all recordings.
    pub fn n_windows(&self) -> usize {
        let len = self.frames * self.values;
        self.recordings
            .iter()
            .map(|r| r.features.len() / len.max(1))
            .sum()
    }

    /// The scale of the values over the recordings `learned`.
    pub fn scale(&self, learned: &[usize]) -> Scale {
        let mut sums = vec![(0.0f64, 0.0f64); self.values];
        let mut n = 0usize;
        for frame in learned
            .iter()
            .flat_map(|&i| self.recordings[i].features.chunks_exact(self.values))
        {
            n += 1;
            for (sum, v) in sums.iter_mut().zip(frame) {
                let v = f64::from(*v);
                *sum = (sum.0 + v, sum.1 + v * v);
            }
        }
        let n = n.max(1) as f64;
        Scale(
            sums.into_iter()
                .map(|(sum, squares)| {
                    let mean = sum / n;
                    let deviation = (squares / n - mean * mean).max(0.0).sqrt();
                    (mean as f32, (1.0 / deviation.max(1e-3)) as f32)
                })
                .collect(),
        )
    }
}

/// Mean and inverse deviation of each value.
pub struct Scale(Vec<(f32, f32)>);

impl Scale {
    /// Brings a frame to mean 0 and deviation 1.
    pub fn apply(&self, frame: &mut [f32]) {
        for (v, (mean, scale)) in frame.iter_mut().zip(&self.0) {
            *v = (*v - mean) * scale;
        }
    }
}

fn features(samples: &[i16], window: &Window, front_end: &FrontEnd) -> Vec<f32> {
    let windows = cut::windows(samples, window.length_samples);
    let n = windows.len().min(WINDOWS_MAX);
    let mut all = Vec::with_capacity(n * front_end.len());
    let mut one = Vec::new();
    // Spread over the recording.
    for i in 0..n {
        let window = &windows[i * windows.len() / n];
        front_end.features(window.as_slice(), &mut one);
        all.extend_from_slice(&one);
    }
    all
}

/// The window of the spec at a rate that is enough, or one that suits most recordings.
fn window(inspection: &Inspection) -> Option<Window> {
    let (rate_hz, seconds) = match &inspection.subject.window {
        Some(window) if window.n_axes != 1 => return None,
        Some(window) => (
            window.rate_hz,
            window.length_samples as f64 / f64::from(window.rate_hz.max(1)),
        ),
        None => {
            let mut rates: Vec<u32> = inspection
                .labelled()
                .map(|(_, r)| r.sound.rate_hz)
                .collect();
            let mut lengths: Vec<f64> = inspection
                .labelled()
                .map(|(_, r)| r.sound.seconds())
                .collect();
            rates.sort_unstable();
            lengths.sort_by(f64::total_cmp);
            let middle = lengths.get(lengths.len() / 2)?;
            (
                *rates.get(rates.len() / 2)?,
                middle.clamp(LENGTH_S[0], LENGTH_S[1]),
            )
        }
    };
    let rate_hz = rate_hz.min(RATE_HZ_MAX);
    let length_samples = (seconds * f64::from(rate_hz)).round() as usize;
    Some(Window {
        rate_hz,
        length_samples,
        stride_samples: length_samples,
        n_axes: 1,
        sensor: Sensor::Audio,
    })
}

/// Frames of 32 ms every 20 ms, as keyword networks have them; of short windows shorter frames, so that there
/// are some.
fn log_mel(window: &Window) -> Mfe {
    let rate = f64::from(window.rate_hz);
    let seconds = window.length_samples as f64 / rate;
    let hop_s = (seconds / 40.0).clamp(0.002, 0.020);
    let frame_samples = ((hop_s * 1.6 * rate) as usize).max(32);
    Mfe {
        stft: Stft {
            frame_samples,
            hop_samples: ((hop_s * rate) as usize).max(1),
            fft_samples: frame_samples.next_power_of_two().max(128),
            pre_emphasis: 0.0,
            taper: Taper::Hann,
            edge_impulse: false,
            levels: Default::default(),
        },
        mel: MelBank {
            n_filters: BANDS,
            low_hz: 20.0,
            high_hz: window.rate_hz as f32 / 2.0,
            scale: MelScale::Htk,
            area_normalized: false,
        },
        log_floor: LOG_FLOOR,
        normalize: Normalize::Mean,
        deltas: None,
        arithmetic: Arithmetic::Float,
    }
}
