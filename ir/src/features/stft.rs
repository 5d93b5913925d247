//! The short-time Fourier transform that blocks over frames begin with: parameters, checks, tables.

use core::f64::consts::PI;

use impulse_runtime::dsp::RealFft;
use impulse_runtime::features as device;
use impulse_runtime::stream::Frames;
use libm::{cos, exp2, sin};

use super::samples::whole_window;
use super::{Levels, Log, Problem};
use crate::cost::code;
use crate::diagnostic::codes;
use crate::spec::{Sensor, Window};

/// Shortest FFT.
pub const FFT_SAMPLES_MIN: usize = 16;
/// Longest FFT.
pub const FFT_SAMPLES_MAX: usize = 4096;
/// Most frames of a window, so that sums over them are exact.
pub const FRAMES_MAX: usize = 4096;

/// What a step of sound is worth where samples are from −1 to 1.
pub(super) const SOUND_STEP: f64 = 1.0 / 32768.0;

/// Frames and their spectra.
#[derive(Clone, Debug, PartialEq)]
pub struct Stft {
    /// Samples in a frame.
    pub frame_samples: usize,
    /// Samples between the starts of two frames.
    pub hop_samples: usize,
    /// Length of the FFT: a power of two, at least `frame_samples`; the frame is padded with zeros.
    pub fft_samples: usize,
    /// `y[n] = x[n] − c·x[n−1]` within a frame (`y[0] = x[0] − c·x[0]`); 0 for none.
    pub pre_emphasis: f32,
    /// Multiplied onto each frame.
    pub taper: Taper,
    /// Whether the block works as Edge Impulse's: on whole windows, without a window function, and
    /// without the samples of a frame that the FFT has no room for.
    pub edge_impulse: bool,
    /// What is made of the powers.
    pub levels: Levels,
}

/// Window function of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taper {
    /// All ones.
    Rectangular,
    /// `0.5 − 0.5·cos(2πn/N)`, periodic.
    Hann,
    /// `0.54 − 0.46·cos(2πn/N)`, periodic.
    Hamming,
}

/// [`Stft`] as the device has it, see [`device::Spectrum`].
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrumTables {
    /// Samples of a frame that are looked at.
    pub frame_samples: usize,
    /// `y[n] = x[n] − c·x[n−1]`.
    pub pre_emphasis: f32,
    /// Whether bins are given as magnitudes.
    pub magnitude: bool,
    /// Multiplied onto every sample without a window function.
    pub scale: f32,
    /// `[(frame_samples + 1)/2 + 1]`, or empty.
    pub taper: Vec<f32>,
    /// Real points of the FFT.
    pub fft_samples: usize,
    /// See [`RealFft::twiddles`].
    pub twiddles: Vec<f32>,
    /// See [`RealFft::split`].
    pub split: Vec<f32>,
}

impl Stft {
    /// Whole frames in `n_samples`.
    pub fn n_frames(&self, n_samples: usize) -> usize {
        if n_samples < self.frame_samples {
            0
        } else {
            (n_samples - self.frame_samples) / self.hop_samples.max(1) + 1
        }
    }

    /// How windows are cut.
    pub fn frames(&self, window: &Window) -> Frames {
        if self.edge_impulse {
            return whole_window(window);
        }
        Frames {
            frame_samples: self.frame_samples * window.n_axes,
            hop_samples: self.hop_samples * window.n_axes,
            n_frames: self.n_frames(window.length_samples),
            stride_samples: window.stride_samples * window.n_axes,
        }
    }

    /// What a step of sound is worth to most blocks: samples are from −1 to 1, in Edge Impulse's way
    /// integers.
    pub fn sound_step(&self) -> f64 {
        match self.edge_impulse {
            true => 1.0,
            false => SOUND_STEP,
        }
    }

    /// The tables, of parameters without problems, for samples of which a step is worth `step`.
    pub fn tables(&self, step: f64) -> SpectrumTables {
        // The FFT doubles. In Edge Impulse's way the power is that of a bin divided by the number of
        // points, or by half of it: a power of two leaves the samples as exact as they are.
        let scale = match self.edge_impulse {
            true => 0.5 * step * exp2(-f64::from(self.fft_samples.max(1).ilog2() / 2)),
            false => 0.5 * step,
        };
        SpectrumTables {
            frame_samples: self.used_samples(),
            pre_emphasis: self.pre_emphasis,
            magnitude: self.levels.magnitude,
            scale: scale as f32,
            taper: self.half_taper().map(|w| (w * scale) as f32).collect(),
            fft_samples: self.fft_samples,
            twiddles: twiddles(self.fft_samples),
            split: split(self.fft_samples),
        }
    }

    /// Samples of a frame that are looked at.
    pub fn used_samples(&self) -> usize {
        if self.edge_impulse {
            self.frame_samples.min(self.fft_samples)
        } else {
            self.frame_samples
        }
    }

    /// Values of a row of a block with `n_columns` a frame: in Edge Impulse's way, of all frames.
    pub fn n_columns(&self, window: &Window, n_columns: usize) -> usize {
        match self.edge_impulse {
            true => self.n_frames(window.length_samples) * n_columns,
            false => n_columns,
        }
    }

    /// Shape of a block with `n_columns` a frame.
    pub fn shape(&self, window: &Window, n_columns: usize) -> Vec<usize> {
        vec![self.n_frames(window.length_samples), n_columns]
    }

    /// The level for powers that [`Stft::tables`] has divided by the number of points, or by half of
    /// it.
    pub fn level_in_points(&self, level: device::Level) -> device::Level {
        if !self.edge_impulse || self.fft_samples.max(1).ilog2().is_multiple_of(2) {
            return level;
        }
        device::Level {
            floor: level.floor * 2.0,
            offset: level.offset - level.factor * core::f32::consts::LN_2,
            ..level
        }
    }

    /// From a power to a level: that of what is at least `floor`, or Edge Impulse's levels from a
    /// noise floor of this power.
    pub fn level(&self, floor: f32) -> device::Level {
        if self.edge_impulse {
            return self.level_in_points(super::whole::level(10.0 * libm::log10f(floor)));
        }
        self.levels.device(floor)
    }

    /// Bound of the absolute values of levels, see [`Levels::bound`].
    pub fn level_bound(&self, floor: f32, gain_max: f32) -> f32 {
        let power_max = self.power_max() * gain_max;
        self.levels.bound(floor, power_max, self.fft_samples / 2)
    }

    /// The highest power of a bin: what a frame at full scale can give, pre-emphasis included.
    pub fn power_max(&self) -> f32 {
        let peak = 2.0 * self.frame_samples as f32;
        peak * peak
    }

    /// The lower half of the window function, its middle included; none without one.
    pub(super) fn half_taper(&self) -> impl Iterator<Item = f64> {
        let (n, kind) = (self.frame_samples, self.taper);
        let value = move |i: usize| {
            let angle = 2.0 * PI * i as f64 / n as f64;
            match kind {
                Taper::Rectangular => 1.0,
                Taper::Hann => 0.5 - 0.5 * cos(angle),
                Taper::Hamming => 0.54 - 0.46 * cos(angle),
            }
        };
        let len = match kind {
            Taper::Rectangular => 0,
            Taper::Hann | Taper::Hamming => n.div_ceil(2) + 1,
        };
        (0..len).map(value)
    }

    /// What cannot work of a block over sound, whatever is made of the spectra.
    pub fn sound_problems(&self, window: &Window) -> Vec<Problem> {
        let mut problems = Vec::new();
        if window.sensor != Sensor::Audio {
            let message = "expected sound, found a window of another sensor";
            let problem = Problem::new(codes::SENSOR, "block", message);
            problems.push(match window.sensor {
                Sensor::Motion(_) => problem.hint("`spectrogram` looks at frames of motion"),
                _ => problem,
            });
        }
        problems.extend(self.problems(window));
        problems
    }

    /// What cannot work, whatever is made of the spectra, on any sensor.
    pub fn problems(&self, window: &Window) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.check_frames(window, &mut problems);
        if !(0.0..=1.0).contains(&self.pre_emphasis) {
            let message = format!(
                "expected a pre-emphasis between 0 and 1, found {}",
                self.pre_emphasis
            );
            problems.push(Problem::new(codes::PRE_EMPHASIS, "pre_emphasis", message));
        }
        self.check_fft(&mut problems);
        if self.edge_impulse && self.taper != Taper::Rectangular {
            let message = "expected no window function: Edge Impulse's blocks have none";
            problems.push(Problem::new(codes::COMPAT, "taper", message));
        }
        if self.edge_impulse && self.levels.magnitude {
            let message = "expected powers: Edge Impulse's blocks have no magnitudes";
            problems.push(Problem::new(codes::COMPAT, "spectrum", message));
        }
        if self.edge_impulse && self.levels.log != Log::Natural {
            let message =
                "expected no `log` with `compat`: Edge Impulse's blocks have one of their own";
            problems.push(Problem::new(codes::COMPAT, "log", message));
        }
        problems
    }

    /// Whether the FFT's length is sound.
    pub fn has_sound_fft(&self) -> bool {
        let in_range = (FFT_SAMPLES_MIN..=FFT_SAMPLES_MAX).contains(&self.fft_samples);
        self.fft_samples.is_power_of_two() && in_range && self.fft_samples >= self.used_samples()
    }

    fn check_frames(&self, window: &Window, problems: &mut Vec<Problem>) {
        let rate_hz = window.rate_hz;
        if self.frame_samples < 2 {
            let message = format!(
                "expected a frame of at least 2 samples, found {}",
                self.frame_samples
            );
            problems.push(Problem::new(codes::FRAME, "frame", message));
        }
        if self.hop_samples == 0 {
            let message = "expected at least one sample between two frames, found 0";
            problems.push(Problem::new(codes::FRAME, "every", message));
        }
        let n_frames = self.n_frames(window.length_samples);
        let most = match self.edge_impulse {
            true => super::whole::FRAMES_MAX,
            false => FRAMES_MAX,
        };
        if self.frame_samples > window.length_samples {
            let message = format!(
                "a frame of {} does not fit into a window of {}",
                milliseconds(self.frame_samples, rate_hz),
                milliseconds(window.length_samples, rate_hz),
            );
            problems.push(Problem::new(codes::FRAME, "frame", message));
        } else if self.hop_samples > 0 && n_frames > most {
            let hop = (window.length_samples - self.frame_samples) / most + 1;
            let message = format!("expected at most {most} frames, found {n_frames}");
            let hint = format!("a frame every {} is enough", milliseconds(hop, rate_hz));
            problems.push(Problem::new(codes::FRAME, "every", message).hint(hint));
        }
        if window.stride_samples < self.hop_samples && !self.edge_impulse {
            let hop = milliseconds(self.hop_samples, rate_hz);
            let message = format!(
                "expected a stride of at least the {hop} between two frames, found {}",
                milliseconds(window.stride_samples, rate_hz),
            );
            let hint =
                format!("there is a new frame every {hop}: a shorter stride repeats results");
            problems.push(Problem::new(codes::STRIDE, "stride", message).hint(hint));
        }
    }

    fn check_fft(&self, problems: &mut Vec<Problem>) {
        if self.has_sound_fft() {
            return;
        }
        let smallest = self.frame_samples.max(FFT_SAMPLES_MIN).next_power_of_two();
        let message = format!(
            "expected an FFT of {FFT_SAMPLES_MIN} to {FFT_SAMPLES_MAX} points, a power of two and at \
             least the {} samples of a frame, found {}",
            self.frame_samples, self.fft_samples
        );
        let problem = Problem::new(codes::FFT, "fft", message);
        problems.push(if smallest <= FFT_SAMPLES_MAX {
            problem.hint(format!(
                "the shortest FFT for this frame has {smallest} points"
            ))
        } else {
            problem.hint(format!("the longest frame has {FFT_SAMPLES_MAX} samples"))
        });
    }
}

impl SpectrumTables {
    /// The device's part over these tables.
    pub fn device(&self) -> device::Spectrum<'_> {
        device::Spectrum {
            frame_samples: self.frame_samples,
            pre_emphasis: self.pre_emphasis,
            magnitude: self.magnitude,
            scale: self.scale,
            taper: &self.taper,
            fft: RealFft {
                len: self.fft_samples,
                twiddles: &self.twiddles,
                split: &self.split,
            },
        }
    }

    /// The functions that a block over it links for it, but for those that load a frame.
    pub(super) fn code(&self, whole: bool) -> Vec<code::Code> {
        let mut all = vec![code::FFT, code::LN];
        if self.magnitude {
            all.extend([code::MAGNITUDES, code::SQRT, code::INVERSE_SQRT]);
        }
        if whole {
            all.extend([code::WHOLE, code::SQRT, code::INVERSE_SQRT]);
        }
        all
    }

    /// Bytes of flash that the tables take.
    pub fn flash_bytes(&self) -> usize {
        size_of::<f32>() * (self.taper.len() + self.twiddles.len() + self.split.len())
    }

    /// Multiplications of one frame.
    pub fn macs(&self) -> usize {
        let log2 = self.fft_samples.max(1).ilog2() as usize;
        2 * self.frame_samples + self.fft_samples / 8 * 12 * (log2 / 2) + 2 * self.fft_samples
    }
}

/// `cos` and `sin` of `2π·numerator/denominator`.
fn turn(numerator: usize, denominator: usize) -> [f64; 2] {
    let angle = 2.0 * PI * numerator as f64 / denominator as f64;
    [cos(angle), sin(angle)]
}

/// Numbers of [`RealFft::twiddles`].
pub(super) fn twiddle_factors(fft_samples: usize) -> impl Iterator<Item = f64> {
    (0..RealFft::twiddles_len(fft_samples) / 6)
        .flat_map(move |k| (1..=3).flat_map(move |multiple| turn(multiple * k, fft_samples / 2)))
}

/// Numbers of [`RealFft::split`].
pub(super) fn split_factors(fft_samples: usize) -> impl Iterator<Item = f64> {
    (1..=RealFft::split_len(fft_samples)).map(move |k| turn(k, fft_samples)[1])
}

pub(super) fn twiddles(fft_samples: usize) -> Vec<f32> {
    twiddle_factors(fft_samples).map(|x| x as f32).collect()
}

pub(super) fn split(fft_samples: usize) -> Vec<f32> {
    split_factors(fft_samples).map(|x| x as f32).collect()
}

pub(crate) fn milliseconds(samples: usize, rate_hz: u32) -> String {
    let ms = samples as f64 * 1000.0 / f64::from(rate_hz.max(1));
    format!("{} ms", (ms * 1000.0).round() / 1000.0)
}
