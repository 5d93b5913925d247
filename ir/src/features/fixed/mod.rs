//! The blocks `mfcc` and `mfe` in integers: their tables. The arithmetic, and where the binary points
//! are, is in [`impulse_runtime::features::fixed`].

mod mfcc;
mod mfe;

use core::f64::consts::LOG10_E;

use impulse_runtime::features::fixed::{self as device, NORMALIZED_BITS, RealFft};
use impulse_runtime::features::normalize::VARIANCE_FLOOR;
use impulse_runtime::features::{Grid, Normalize};
use libm::{exp2, floor, log, log2, rint};

pub use mfcc::FixedMfccTables;
pub use mfe::FixedMfeTables;

use super::layout::grid;
use super::mel::MelTables;
use super::stft::{split_factors, twiddle_factors};
use super::{Arithmetic, InputQuantization, Log, Problem, Stft};
use crate::diagnostic::codes;

/// [`Stft`] as the device has it, see [`device::Spectrum`].
#[derive(Clone, Debug, PartialEq)]
pub struct FixedSpectrumTables {
    /// Samples of a frame.
    pub frame_samples: usize,
    /// With 15 fractional bits.
    pub pre_emphasis: i32,
    /// `[(frame_samples + 1)/2 + 1]`, or empty.
    pub taper: Vec<u16>,
    /// Real points of the FFT.
    pub fft_samples: usize,
    /// See [`RealFft::twiddles`].
    pub twiddles: Vec<i16>,
    /// See [`RealFft::split`].
    pub split: Vec<i16>,
}

/// A mel filterbank as the device has it, see [`device::MelFilters`].
#[derive(Clone, Debug, PartialEq)]
pub struct FixedMelTables {
    /// The first bin above the lower edge of the lowest filter.
    pub first_bin: usize,
    /// `[n_filters + 1]`: bins between two neighbouring points.
    pub segment_bins: Vec<u16>,
    /// `[n_filters + 1]`: share of a segment's first bin, and its growth.
    pub slopes: Vec<[u32; 2]>,
    /// `[n_filters]`, or empty.
    pub gains: Vec<i32>,
}

/// `x` with so many fractional bits, rounded and limited to what the type below has.
fn with_bits(x: f64, bits: u32, min: f64, max: f64) -> f64 {
    rint(x * exp2(f64::from(bits))).clamp(min, max)
}

/// A factor from −1 to 1 with 15 fractional bits.
fn factor(x: f64) -> i16 {
    with_bits(x, 15, -32_767.0, 32_767.0) as i16
}

impl FixedSpectrumTables {
    /// The tables of `stft`.
    pub(super) fn new(stft: &Stft) -> Self {
        let pre_emphasis = f64::from(stft.pre_emphasis);
        let taper = stft.half_taper();
        Self {
            frame_samples: stft.frame_samples,
            pre_emphasis: with_bits(pre_emphasis, 15, 0.0, 32_768.0) as i32,
            taper: taper
                .map(|w| with_bits(w, 15, 0.0, 32_768.0) as u16)
                .collect(),
            fft_samples: stft.fft_samples,
            twiddles: twiddle_factors(stft.fft_samples).map(factor).collect(),
            split: split_factors(stft.fft_samples).map(factor).collect(),
        }
    }

    /// The device's part over these tables.
    pub fn device(&self) -> device::Spectrum<'_> {
        device::Spectrum {
            frame_samples: self.frame_samples,
            pre_emphasis: self.pre_emphasis,
            taper: &self.taper,
            fft: RealFft {
                len: self.fft_samples,
                twiddles: &self.twiddles,
                split: &self.split,
            },
        }
    }

    /// Bytes of flash that the tables take.
    pub fn flash_bytes(&self) -> usize {
        let lens = [self.taper.len(), self.twiddles.len(), self.split.len()];
        lens.map(|n| (2 * n).next_multiple_of(4)).iter().sum()
    }

    /// Multiplications of one frame.
    pub fn macs(&self) -> usize {
        let log2 = self.fft_samples.max(1).ilog2() as usize;
        2 * self.frame_samples + self.fft_samples / 8 * 12 * (log2 / 2) + 2 * self.fft_samples
    }
}

impl FixedMelTables {
    /// The same filters in integers.
    fn new(mel: &MelTables) -> Self {
        let slope = |x: f32| with_bits(f64::from(x), 31, 0.0, 2_147_483_648.0) as u32;
        Self {
            first_bin: mel.first_bin,
            segment_bins: mel.segment_bins.clone(),
            slopes: mel.slopes.iter().map(|pair| pair.map(slope)).collect(),
            gains: {
                let gains = mel.gains.iter();
                gains.map(|&g| log2_bits(f64::from(g))).collect()
            },
        }
    }

    /// Filters.
    pub fn n_filters(&self) -> usize {
        self.segment_bins.len() - 1
    }

    /// The device's part over these tables.
    pub fn device(&self) -> device::MelFilters<'_> {
        device::MelFilters {
            first_bin: self.first_bin,
            segment_bins: &self.segment_bins,
            slopes: &self.slopes,
            gains: &self.gains,
        }
    }

    /// Bytes of flash that the tables take.
    pub fn flash_bytes(&self) -> usize {
        let segment_bins = (2 * self.segment_bins.len()).next_multiple_of(4);
        segment_bins + 8 * self.slopes.len() + 4 * self.gains.len()
    }

    /// Bins that filters look at.
    pub fn n_bins(&self) -> usize {
        self.segment_bins.iter().map(|&n| usize::from(n)).sum()
    }
}

/// The binary logarithm with 16 fractional bits.
fn log2_bits(x: f64) -> i32 {
    with_bits(log2(x), 16, -4_194_304.0, 4_194_304.0) as i32
}

/// What levels are measured in.
#[derive(Clone, Copy)]
struct Unit {
    /// How many of it a neper of power is.
    per_neper: f64,
    /// Fractional bits of a level before it is shifted, see [`device::Level::factor`].
    bits: u32,
}

impl Unit {
    fn of(stft: &Stft) -> Self {
        match stft.levels.log {
            Log::Decibel => Self {
                per_neper: 10.0 * LOG10_E,
                bits: 14,
            },
            // Plain powers are refused, see `problems`.
            Log::Natural | Log::None => Self {
                per_neper: 1.0,
                bits: 16,
            },
        }
    }

    /// The level of a power.
    fn level(self, power: f64) -> f64 {
        log(power) * self.per_neper
    }

    /// Most fractional bits of a level after its shift.
    fn bits_max(self) -> u32 {
        self.bits - 1
    }
}

/// The largest absolute value of a level: what a frame at full scale can give, and the floor.
fn level_max(stft: &Stft, gain_max: f32, log_floor: f32) -> f64 {
    let unit = Unit::of(stft);
    let highest = unit.level(f64::from(stft.power_max()) * f64::from(gain_max));
    let lowest = unit.level(f64::from(log_floor));
    highest.max(lowest.abs()).max(1.0)
}

/// The level of a frame of `stft`, with so many fractional bits, at most those of its unit.
fn level(stft: &Stft, log_floor: f32, bits: u32, max: i32) -> device::Level {
    let fft_bits = stft.fft_samples.max(1).ilog2() as i32;
    let unit = Unit::of(stft);
    let floor = unit.level(f64::from(log_floor));
    // A logarithm has 16 fractional bits before.
    let factor_bits = 15 + unit.bits - 16;
    device::Level {
        floor: with_bits(floor, unit.bits, -4_194_304.0, 4_194_304.0) as i32,
        factor: with_bits(unit.level(2.0), factor_bits, 0.0, 32_767.0) as i32,
        // The shares of the filters have 15 bits, the parts of a spectrum these.
        places: 15 + 2 * (29 - fft_bits),
        shift: unit.bits - bits,
        max,
    }
}

/// A row in integers as the floats that it stands for on the grid of values up to `bound`.
fn to_floats(row: &[i32], bound: f32, out: &mut [f32]) {
    let per_unit = grid(bound).per_unit;
    for (out, &value) in out.iter_mut().zip(row) {
        *out = value as f32 / per_unit;
    }
}

/// Fractional bits of a grid; below 0 where a step is more than 1.
fn grid_bits(grid: Grid) -> i32 {
    rint(log2(f64::from(grid.per_unit))) as i32
}

/// What the features of a block are divided by, after what is done over its rows.
pub(super) fn per_unit(grid: Grid, normalize: Option<Normalize>) -> f32 {
    match normalize {
        Some(Normalize::MeanVariance) => (1 << NORMALIZED_BITS) as f32,
        Some(Normalize::Plain | Normalize::Mean) | None => grid.per_unit,
    }
}

/// How rows become int8, see [`device::Scaling`].
#[derive(Clone, Debug, PartialEq)]
pub struct FixedScaling {
    /// Spreads below it count as it.
    pub spread_min: u64,
    /// One for all columns, or one for each.
    pub factors: Vec<device::Factor>,
    /// The integer that stands for 0.
    pub zero_point: i32,
}

impl FixedScaling {
    /// The same in the runtime.
    pub fn device(&self) -> device::Scaling<'_> {
        device::Scaling {
            spread_min: self.spread_min,
            factors: &self.factors,
            zero_point: self.zero_point,
        }
    }

    /// Bytes of flash of the columns' own factors; the only one of all columns is a parameter.
    pub fn table_bytes(&self) -> usize {
        match self.factors.len() {
            1 => 0,
            n => n * size_of::<device::Factor>(),
        }
    }
}

/// How the rows of `n_frames` frames on `grid` become int8.
pub(super) fn scaling(
    grid: Grid,
    normalize: Option<Normalize>,
    n_frames: usize,
    quantize: &InputQuantization,
) -> FixedScaling {
    let units = f64::from(grid.per_unit) * n_frames as f64;
    let spread_min = with_bits(f64::from(VARIANCE_FLOOR) * units * units, 0, 1.0, 1e18) as u64;
    let per_unit = f64::from(per_unit(grid, normalize));
    let factor = |&inverse_scale: &f32| {
        let real = f64::from(inverse_scale) / per_unit;
        // Beyond the limits every value is 0 or clamped.
        let shift = (13.0 - floor(log2(real))).clamp(1.0, 31.0) as u32;
        device::Factor {
            multiplier: with_bits(real, shift, 0.0, 16_383.0) as i32,
            shift,
        }
    };
    FixedScaling {
        spread_min,
        factors: quantize.inverse_scales.iter().map(factor).collect(),
        zero_point: quantize.zero_point,
    }
}

/// The settings of a block that are not computed in integers.
pub(super) fn problems(stft: &Stft, arithmetic: Arithmetic) -> impl Iterator<Item = Problem> {
    let unsupported = [
        (
            stft.edge_impulse,
            "arithmetic",
            "`compat edge_impulse`",
            "`compat` gives the numbers of a block in float: leave one of the two out",
        ),
        (
            stft.levels.magnitude,
            "spectrum",
            "`spectrum magnitude`",
            "magnitudes take a square root of each bin; logarithms of powers tell as much, so leave `spectrum` out",
        ),
        (
            stft.levels.log == Log::None,
            "log",
            "`log none`",
            "powers of quiet and loud words differ by more than rows of 16 bits hold: take `log natural` or `log decibel`",
        ),
    ];
    let found = unsupported.into_iter();
    let found = found.filter(move |(given, ..)| *given && arithmetic == Arithmetic::Fixed);
    found.map(|(_, key, setting, hint)| {
        let message = format!("{setting} is not computed with `arithmetic fixed`");
        Problem::new(codes::ARITHMETIC, key, message).hint(hint)
    })
}
