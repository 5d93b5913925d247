//! The tables of the block, computed once in f64 and rounded to f32: the host computes with them
//! and they are emitted, so every machine has the same.

use core::f64::consts::PI;

use impulse_runtime::dsp::RealFft;
use impulse_runtime::features as device;
use libm::{cos, exp, log, sin, sqrt};

use super::{Mfcc, Taper};

/// Mel energies below it count as it before the logarithm is taken, with samples from −1 to 1:
/// what noise of one step of int16 leaves in a narrow filter. Digital silence then is as quiet as
/// a quiet room, not a hundred times quieter.
pub const LOG_FLOOR: f32 = 1e-6;

/// int16 to ±½: the FFT doubles, so that powers are those of samples from −1 to 1.
const SAMPLE_SCALE: f64 = 1.0 / 65536.0;

/// The block as the device has it.
#[derive(Clone, Debug, PartialEq)]
pub struct MfccTables {
    /// Samples in a frame.
    pub frame_samples: usize,
    /// Samples between the starts of two frames.
    pub hop_samples: usize,
    /// Real points of the FFT.
    pub fft_samples: usize,
    /// Mel filters.
    pub n_filters: usize,
    /// Coefficients per frame.
    pub n_coefficients: usize,
    /// `y[n] = x[n] − c·x[n−1]` within a frame.
    pub pre_emphasis: f32,
    /// Energies below it are raised to it: [`LOG_FLOOR`].
    pub log_floor: f32,
    /// `[frame_samples]`, see [`device::Mfcc::taper`].
    pub taper: Vec<f32>,
    /// See [`RealFft::twiddles`].
    pub twiddles: Vec<f32>,
    /// `[fft_samples/4 − 1, 2]`, see [`RealFft::split`].
    pub split: Vec<f32>,
    /// The filterbank.
    pub mel: MelBins,
    /// `[n_filters, n_coefficients]`, orthonormal DCT-II.
    pub dct: Vec<f32>,
}

/// The mel filterbank over the bins of the FFT, see [`device::mfcc::MelFilters`].
#[derive(Clone, Debug, PartialEq)]
pub struct MelBins {
    /// The first bin above the lower edge of the lowest filter.
    pub first_bin: usize,
    /// `[n_filters + 1]`: bins between two neighbouring points.
    pub segment_bins: Vec<u16>,
    /// Of each bin from `first_bin` on, the share of the upper filter.
    pub weights: Vec<f32>,
}

impl MfccTables {
    /// Tables for samples at `rate_hz`; `block` must be without problems on such samples, see
    /// [`Mfcc::problems`].
    pub fn new(block: &Mfcc, rate_hz: u32) -> Self {
        Self {
            frame_samples: block.frame_samples,
            hop_samples: block.hop_samples,
            fft_samples: block.fft_samples,
            n_filters: block.n_filters,
            n_coefficients: block.n_coefficients,
            pre_emphasis: block.pre_emphasis,
            log_floor: LOG_FLOOR,
            taper: taper(block),
            twiddles: twiddles(block.fft_samples),
            split: split(block.fft_samples),
            mel: MelBins::new(block, rate_hz),
            dct: dct(block.n_filters, block.n_coefficients),
        }
    }

    /// The device's block over these tables.
    pub fn block(&self) -> device::Mfcc<'_> {
        device::Mfcc {
            frame_samples: self.frame_samples,
            hop_samples: self.hop_samples,
            n_coefficients: self.n_coefficients,
            pre_emphasis: self.pre_emphasis,
            log_floor: self.log_floor,
            taper: &self.taper,
            fft: RealFft {
                len: self.fft_samples,
                twiddles: &self.twiddles,
                split: &self.split,
            },
            mel: device::mfcc::MelFilters {
                first_bin: self.mel.first_bin,
                segment_bins: &self.mel.segment_bins,
                weights: &self.mel.weights,
            },
            dct: &self.dct,
        }
    }

    /// Bytes of flash that the tables take.
    pub fn flash_bytes(&self) -> usize {
        let tables = [
            &self.taper,
            &self.twiddles,
            &self.split,
            &self.mel.weights,
            &self.dct,
        ];
        let n_floats: usize = tables.iter().map(|t| t.len()).sum();
        n_floats * size_of::<f32>() + self.mel.segment_bins.len() * size_of::<u16>()
    }

    /// Multiplications of one frame.
    pub fn macs(&self) -> usize {
        let butterflies = self.fft_samples / 8 * 12 * (self.fft_samples.ilog2() as usize / 2);
        2 * self.frame_samples
            + butterflies
            + 2 * self.fft_samples
            + self.mel.weights.len()
            + self.dct.len()
    }
}

fn taper(block: &Mfcc) -> Vec<f32> {
    let n = block.frame_samples;
    let value = |i: usize| {
        let angle = 2.0 * PI * i as f64 / n as f64;
        match block.taper {
            Taper::Rectangular => 1.0,
            Taper::Hann => 0.5 - 0.5 * cos(angle),
            Taper::Hamming => 0.54 - 0.46 * cos(angle),
        }
    };
    (0..n).map(|i| (value(i) * SAMPLE_SCALE) as f32).collect()
}

/// `cos` and `sin` of `2π·numerator/denominator`.
fn turn(numerator: usize, denominator: usize) -> [f32; 2] {
    let angle = 2.0 * PI * numerator as f64 / denominator as f64;
    [cos(angle) as f32, sin(angle) as f32]
}

fn twiddles(fft_samples: usize) -> Vec<f32> {
    let n_numbers = fft_samples / 2;
    let mut table = Vec::with_capacity(RealFft::twiddles_len(fft_samples));
    let mut quarter = RealFft::first_quarter(fft_samples);
    while quarter * 4 <= n_numbers {
        for k in 0..quarter {
            for multiple in 1..=3 {
                table.extend(turn(multiple * k, 4 * quarter));
            }
        }
        quarter *= 4;
    }
    table
}

fn split(fft_samples: usize) -> Vec<f32> {
    (1..fft_samples / 4)
        .flat_map(|k| turn(k, fft_samples))
        .collect()
}

fn dct(n_filters: usize, n_coefficients: usize) -> Vec<f32> {
    let count = n_filters as f64;
    let value = |filter: usize, coefficient: usize| {
        let norm = if coefficient == 0 {
            sqrt(1.0 / count)
        } else {
            sqrt(2.0 / count)
        };
        let angle = PI * (coefficient * (2 * filter + 1)) as f64 / (2.0 * count);
        (norm * cos(angle)) as f32
    };
    (0..n_filters)
        .flat_map(|m| (0..n_coefficients).map(move |j| value(m, j)))
        .collect()
}

impl MelBins {
    /// Filters equally spaced on the mel scale `2595·log10(1 + f/700)` (O'Shaughnessy, 1987),
    /// triangles with peak 1, evaluated at the bins' frequencies.
    pub fn new(block: &Mfcc, rate_hz: u32) -> Self {
        let points_hz = mel_points_hz(block);
        let bin_hz = f64::from(rate_hz) / block.fft_samples as f64;
        let mut bins = Self {
            first_bin: 0,
            segment_bins: vec![0; block.n_filters + 1],
            weights: Vec::new(),
        };
        let mut segment = 0;
        for bin in 0..=block.fft_samples / 2 {
            let hz = bin as f64 * bin_hz;
            if hz <= points_hz[0] {
                bins.first_bin = bin + 1;
                continue;
            }
            while segment <= block.n_filters && hz >= points_hz[segment + 1] {
                segment += 1;
            }
            if segment > block.n_filters {
                break;
            }
            let (low_hz, high_hz) = (points_hz[segment], points_hz[segment + 1]);
            bins.segment_bins[segment] += 1;
            bins.weights
                .push(((hz - low_hz) / (high_hz - low_hz)) as f32);
        }
        bins
    }

    /// The lowest filter that no bin contributes to.
    pub fn first_empty_filter(&self) -> Option<usize> {
        self.segment_bins.windows(2).position(|pair| pair == [0, 0])
    }
}

/// `n_filters + 2` points: lower edge, peaks, upper edge. The factor of the mel scale cancels.
fn mel_points_hz(block: &Mfcc) -> Vec<f64> {
    let (low_hz, high_hz) = (f64::from(block.low_hz), f64::from(block.high_hz));
    let mel = |hz: f64| log(1.0 + hz / 700.0);
    let (low, high) = (mel(low_hz), mel(high_hz));
    let last = block.n_filters + 1;
    (0..=last)
        .map(|i| match i {
            0 => low_hz,
            i if i == last => high_hz,
            i => 700.0 * (exp(low + (high - low) * i as f64 / last as f64) - 1.0),
        })
        .collect()
}
