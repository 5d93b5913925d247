//! `features`: parameters in samples and hertz, and whether they can work.

use impulse_ir::diagnostic::codes;
use impulse_ir::features::whole::{self, NOISE_FLOOR_DB, SLIDING_FRAMES};
use impulse_ir::features::{
    Arithmetic, Deltas, FeatureBlock, LOG_FLOOR, Layout, Levels, Log, MelBank, MelScale, Mfcc, Mfe,
    Normalize, Problem, Spectrogram, Stft, Taper,
};
use impulse_ir::spec::{Sensor, Window};
use impulse_ir::{Diagnostic, Span, Spanned};

use super::Checker;
use super::sensor::step;
use crate::model::{AudioFeatures, Block, Features, Impulse};
use crate::units::Quantity;

impl Checker {
    /// The feature blocks; `None` when one of them cannot work.
    pub(super) fn features(
        &mut self,
        impulse: &Impulse,
        window: &Window,
    ) -> Option<Vec<FeatureBlock>> {
        let n_before = self.diagnostics.len();
        let mut blocks = Vec::new();
        for features in &impulse.features {
            let Some(block) = self.feature_block(features, window) else {
                continue;
            };
            for problem in block.problems(window) {
                self.problem(impulse, features, problem);
            }
            blocks.push(block);
        }
        if let Some(extra) = impulse.features.get(Layout::BLOCKS_MAX) {
            let (most, found) = (Layout::BLOCKS_MAX, impulse.features.len());
            let message = format!("expected at most {most} feature blocks, found {found}");
            self.error(codes::FEATURE_BLOCKS, extra.name_span(), message);
        }
        if self.diagnostics.len() == n_before
            && let Some(first) = impulse.features.first()
        {
            for problem in Layout::problems(window, &blocks) {
                self.problem(impulse, first, problem);
            }
        }
        (self.diagnostics.len() == n_before && !blocks.is_empty()).then_some(blocks)
    }

    fn problem(&mut self, impulse: &Impulse, features: &Features, problem: Problem) {
        let span = place(impulse, features, problem.key);
        let diagnostic = Diagnostic::error(problem.code, span, problem.message);
        self.report(match problem.hint {
            Some(hint) => diagnostic.hint(hint),
            None => diagnostic,
        });
    }

    fn feature_block(&mut self, features: &Features, window: &Window) -> Option<FeatureBlock> {
        Some(match features {
            Features::Mfcc(block) => {
                let stft = self.stft(block, "features mfcc", window, 0.97)?;
                FeatureBlock::Mfcc(Mfcc {
                    stft,
                    mel: bank(block, window, 32),
                    log_floor: log_floor(block),
                    n_coefficients: count(block.coefficients, 13),
                    lifter: number(&block.lifter, 0.0),
                    normalize: normalize(block, Normalize::MeanVariance),
                    sliding_frames: match block.compat {
                        Some(_) => count(block.sliding, SLIDING_FRAMES),
                        None => 0,
                    },
                    deltas: self.deltas(block),
                    arithmetic: arithmetic(block),
                })
            }
            Features::Mfe(block) => {
                let stft = self.stft(block, "features mfe", window, 0.97)?;
                FeatureBlock::Mfe(Mfe {
                    stft,
                    mel: bank(block, window, 40),
                    log_floor: log_floor(block),
                    normalize: normalize(block, Normalize::Mean),
                    deltas: self.deltas(block),
                    arithmetic: arithmetic(block),
                })
            }
            Features::Spectrogram(block) => {
                let stft = self.stft(block, "features spectrogram", window, 0.0)?;
                let usual = match window.sensor {
                    Sensor::Audio => Normalize::Mean,
                    // What moves in the same way for a whole window would be gone.
                    Sensor::Motion(_) | Sensor::Image(_) => Normalize::None,
                };
                FeatureBlock::Spectrogram(Spectrogram {
                    axes: self.axes(&block.axes, window)?,
                    scale: match window.sensor {
                        Sensor::Audio => number(&block.factor, 1.0) * stft.sound_step() as f32,
                        _ => step(&block.factor, window),
                    },
                    stft,
                    log_floor: log_floor(block),
                    normalize: normalize(block, usual),
                })
            }
            Features::Spectral(_)
            | Features::Wavelet(_)
            | Features::Flatten(_)
            | Features::Raw(_)
            | Features::Image(_) => self.sensor_block(features, window)?,
        })
    }

    fn stft(
        &mut self,
        block: &Block<AudioFeatures>,
        name: &str,
        window: &Window,
        pre_emphasis: f32,
    ) -> Option<Stft> {
        self.missing(block, name);
        let (message, place) = match (&block.compat, &block.sliding, &block.normalize) {
            (None, Some(n), _) => ("`sliding` needs `compat edge_impulse`", n.span),
            (Some(_), _, Some(n)) => ("expected no `normalize` with `compat`", n.span),
            _ => ("", Span::default()),
        };
        if !message.is_empty() {
            let diagnostic = Diagnostic::error(codes::COMPAT, place, message);
            self.report(diagnostic.hint(match block.compat {
                None => "`normalize mean_variance` works on the whole window",
                Some(_) => {
                    "leave it out: their blocks scale as they do, and only `mfcc` has `sliding`"
                }
            }));
        }
        let frame = block.frame.as_ref()?;
        self.missing(frame, "frame");
        let length = frame.length.as_ref()?;
        let edge_impulse = block.compat.is_some();
        let round = match edge_impulse {
            true => whole::rounded,
            false => f64::round,
        };
        let mut samples = |name, time| self.rounded_samples(name, time, window.rate_hz, round);
        let frame_samples = samples("frame", length)?;
        let hop_samples = match &frame.every {
            None => frame_samples,
            Some(every) => samples("every", every)?,
        };
        let shortest_fft = frame_samples
            .checked_next_power_of_two()
            .unwrap_or(0)
            .max(16);
        let (fft, pre_emphasis) = match edge_impulse {
            true => (256, if pre_emphasis > 0.0 { 0.98 } else { 0.0 }),
            false => (shortest_fft, pre_emphasis),
        };
        Some(Stft {
            frame_samples,
            hop_samples,
            fft_samples: count(block.fft, fft),
            pre_emphasis: number(&block.pre_emphasis, pre_emphasis),
            taper: match block.taper.as_ref().map(|t| t.as_str()) {
                Some("hamming") => Taper::Hamming,
                Some("hann") => Taper::Hann,
                None if !edge_impulse => Taper::Hann,
                _ => Taper::Rectangular,
            },
            edge_impulse,
            levels: Levels {
                magnitude: is(&block.spectrum, "magnitude"),
                log: match block.log.as_ref().map(|l| l.as_str()) {
                    Some("decibel") => Log::Decibel,
                    Some("none") => Log::None,
                    _ => Log::Natural,
                },
            },
        })
    }

    fn deltas(&mut self, block: &AudioFeatures) -> Option<Deltas> {
        let deltas = block.deltas.as_ref()?;
        self.missing(deltas, "deltas");
        Some(Deltas {
            width: count(deltas.width, Deltas::WIDTH),
            second: is(&deltas.order, "second"),
        })
    }
}

fn bank(block: &AudioFeatures, window: &Window, n_filters: usize) -> MelBank {
    MelBank {
        n_filters: count(block.filters, n_filters),
        low_hz: number(&block.low, if block.compat.is_some() { 0.0 } else { 20.0 }),
        high_hz: number(&block.high, window.rate_hz as f32 / 2.0),
        scale: match is(&block.scale, "slaney") {
            true => MelScale::Slaney,
            false => MelScale::Htk,
        },
        area_normalized: is(&block.equal_area, "yes"),
    }
}

fn is(text: &Option<Spanned<String>>, word: &str) -> bool {
    text.as_ref().is_some_and(|t| t.value == word)
}

fn log_floor(block: &AudioFeatures) -> f32 {
    let default = block.compat.as_ref().map(|_| f64::from(NOISE_FLOOR_DB));
    let level = block.floor.as_ref().map(|q| q.value.value).or(default);
    level.map_or(LOG_FLOOR, |db| 10f64.powf(db / 10.0) as f32)
}

fn normalize(block: &AudioFeatures, default: Normalize) -> Normalize {
    if block.compat.is_some() {
        return Normalize::None;
    }
    match block.normalize.as_ref().map(|n| n.as_str()) {
        Some("none") => Normalize::None,
        Some("mean") => Normalize::Mean,
        Some("mean_variance") => Normalize::MeanVariance,
        _ => default,
    }
}

fn arithmetic(block: &AudioFeatures) -> Arithmetic {
    match block.arithmetic.as_ref().map(|a| a.as_str()) {
        Some("fixed") => Arithmetic::Fixed,
        _ => Arithmetic::Float,
    }
}

fn number(quantity: &Option<Spanned<Quantity>>, default: f32) -> f32 {
    quantity.as_ref().map_or(default, |q| q.value.value as f32)
}

fn count(n: Option<Spanned<u64>>, default: usize) -> usize {
    n.map_or(default, |n| n.value as usize)
}

/// Where a key of a block (or of the window) stands; the block's name where it is not given.
fn place(impulse: &Impulse, features: &Features, key: &str) -> Span {
    let window = impulse.window.as_ref();
    if let Some(block) = features.sensor() {
        let length = || window.and_then(|w| w.length.as_ref()).map(|q| q.span);
        let given = super::sensor::place(block, key);
        let given = given.or(length().filter(|_| key == "length"));
        return given.unwrap_or(features.name_span());
    }
    let Some(block) = features.audio() else {
        return features.name_span();
    };
    let frame = block.frame.as_ref();
    let given = match key {
        "frame" => frame.and_then(|f| f.length.as_ref()).map(|q| q.span),
        "every" => frame
            .and_then(|f| f.every.as_ref().or(f.length.as_ref()))
            .map(|q| q.span),
        "length" => window.and_then(|w| w.length.as_ref()).map(|q| q.span),
        "stride" => window.map(|w| w.stride.as_ref().map_or(w.name_span, |q| q.span)),
        "filters" => block.filters.as_ref().map(|n| n.span),
        "coefficients" => block.coefficients.as_ref().map(|n| n.span),
        // Without a length of its own, the FFT is as long as the frame asks for.
        "fft" => block
            .fft
            .as_ref()
            .map(|n| n.span)
            .or(frame.and_then(|f| f.length.as_ref()).map(|q| q.span)),
        "low" => block.low.as_ref().map(|q| q.span),
        "high" => block.high.as_ref().map(|q| q.span),
        "axes" => block.axes.first().map(|axis| axis.span),
        "scale" => block.factor.as_ref().map(|q| q.span),
        "spectrum" => block.spectrum.as_ref().map(|t| t.span),
        "log" => block.log.as_ref().map(|t| t.span),
        "deltas" => block.deltas.as_ref().map(|d| d.name_span),
        // Without a width of its own, the differences are what is too wide.
        "width" => block
            .deltas
            .as_ref()
            .map(|d| d.width.as_ref().map_or(d.name_span, |n| n.span)),
        "taper" => block.taper.as_ref().map(|t| t.span),
        "arithmetic" => block.arithmetic.as_ref().map(|a| a.span),
        "sliding" => block.sliding.as_ref().map(|n| n.span),
        "pre_emphasis" => block.pre_emphasis.as_ref().map(|q| q.span),
        _ => None,
    };
    given.unwrap_or(features.name_span())
}
