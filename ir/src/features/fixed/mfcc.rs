//! The tables of [`Mfcc`] in integers.

use impulse_runtime::bytes::as_i32_mut;
use impulse_runtime::features::fixed as device;
use libm::{ceil, exp2, floor, log2};

use super::super::layout::grid;
use super::super::mfcc::dct_factor;
use super::super::{DeviceBlock, Mfcc, Samples};
use super::{
    FixedMelTables, FixedSpectrumTables, Unit, grid_bits, level, level_max, to_floats, with_bits,
};
use crate::board::Cpu;
use crate::cost;

/// Fewest fractional bits of a level on its way into the DCT.
const LEVEL_BITS_MIN: u32 = 9;

/// The block as the device has it, see [`device::Mfcc`].
#[derive(Clone, Debug, PartialEq)]
pub struct FixedMfccTables {
    /// The spectrum.
    pub spectrum: FixedSpectrumTables,
    /// The filterbank.
    pub mel: FixedMelTables,
    /// From an energy to a level.
    pub level: device::Level,
    /// Coefficients per frame.
    pub n_coefficients: usize,
    /// `[(n_filters + 1)/2, n_coefficients]`.
    pub dct: Vec<i16>,
    /// Fractional bits that sums have beyond those of the grid.
    pub shift: u32,
    /// Bound of the coefficients.
    pub bound: f32,
}

/// A DCT whose sums fit in 32 bits.
struct Dct {
    factors: Vec<i16>,
    factor_bits: u32,
    level_bits: u32,
    level_max: i32,
}

impl Dct {
    fn sum_bits(&self) -> i32 {
        (self.factor_bits + self.level_bits) as i32
    }

    /// With so many fractional bits of the sums, divided among factors and levels; `None` where a sum
    /// could overflow.
    fn new(block: &Mfcc, level_max: f64, sum_bits: u32) -> Option<Self> {
        let n_filters = block.mel.n_filters;
        let rows = 0..n_filters.div_ceil(2);
        let exact: Vec<f64> = rows
            .flat_map(|m| (0..block.n_coefficients).map(move |j| dct_factor(block, m, j)))
            .collect();
        let largest = exact.iter().fold(1e-9, |max: f64, x| max.max(x.abs()));
        let room = floor(log2(32_767.0 / largest)).max(0.0) as u32;
        let factor_bits = room.min(sum_bits.checked_sub(LEVEL_BITS_MIN)?);
        let level_bits = sum_bits - factor_bits;
        if level_bits > Unit::of(&block.stft).bits_max() {
            return None;
        }
        let factor = |&x: &f64| with_bits(x, factor_bits, -32_767.0, 32_767.0) as i16;
        let dct = Self {
            factors: exact.iter().map(factor).collect(),
            factor_bits,
            level_bits,
            level_max: ceil(level_max * exp2(f64::from(level_bits))) as i32,
        };
        let column = |j: usize| {
            let rows = dct.factors.chunks_exact(block.n_coefficients);
            // Each factor counts twice but the middle one of an odd number, which may.
            2 * rows.map(|row| i64::from(row[j]).abs()).sum::<i64>()
        };
        let most = (0..block.n_coefficients).map(column).max().unwrap_or(0);
        // A quarter is left for what the sums are rounded by.
        (most * i64::from(dct.level_max) < 3 << 29).then_some(dct)
    }
}

impl FixedMfccTables {
    /// Tables for samples at `rate_hz`; `block` must be without problems on such samples, see
    /// [`super::super::Block::problems`].
    pub fn new(block: &Mfcc, rate_hz: u32) -> Self {
        let mel = block.mel.tables(&block.stft, rate_hz);
        let level_max = level_max(&block.stft, mel.gain_max(), block.log_floor);
        let mut sum_bits = 30;
        let dct = loop {
            match Dct::new(block, level_max, sum_bits) {
                Some(dct) => break dct,
                None => sum_bits -= 1,
            }
        };
        let column = |j| {
            let factors = (0..block.mel.n_filters).map(|m| dct_factor(block, m, j).abs());
            factors.sum::<f64>()
        };
        let gain = (0..block.n_coefficients).map(column).fold(0.0, f64::max);
        let bound = (gain * level_max) as f32;
        Self {
            spectrum: FixedSpectrumTables::new(&block.stft),
            mel: FixedMelTables::new(&mel),
            level: level(&block.stft, block.log_floor, dct.level_bits, dct.level_max),
            n_coefficients: block.n_coefficients,
            shift: (dct.sum_bits() - grid_bits(grid(bound))) as u32,
            dct: dct.factors,
            bound,
        }
    }

    /// The device's block over these tables.
    pub fn block(&self) -> device::Mfcc<'_> {
        device::Mfcc {
            spectrum: self.spectrum.device(),
            mel: self.mel.device(),
            level: self.level,
            n_coefficients: self.n_coefficients,
            dct: &self.dct,
            shift: self.shift,
        }
    }
}

impl DeviceBlock for FixedMfccTables {
    fn scratch_len(&self) -> usize {
        self.block().scratch_len()
    }

    fn row(&self, frame: Samples<'_>, scratch: &mut [f32], out: &mut [f32]) {
        let block = self.block();
        let row = block.frame(frame.i16(), as_i32_mut(scratch));
        to_floats(row, self.bound, out);
    }

    fn bound(&self) -> f32 {
        self.bound
    }

    fn flash_bytes(&self) -> usize {
        let dct = (2 * self.dct.len()).next_multiple_of(4);
        self.spectrum.flash_bytes() + self.mel.flash_bytes() + dct
    }

    fn macs(&self) -> usize {
        self.spectrum.macs() + 3 * self.mel.n_bins() + self.dct.len()
    }

    fn instructions(&self, cpu: Cpu) -> u64 {
        cost::fixed::spectrum_instructions(&self.spectrum, cpu)
            + cost::fixed::mel_instructions(&self.mel, cpu)
            + cost::fixed::dct_instructions(self.dct.len(), cpu)
    }

    fn parameter_bytes(&self) -> usize {
        cost::fixed::PARAMETER_BYTES
    }

    fn code(&self, cpu: Cpu) -> Vec<(&'static str, u64)> {
        use cost::fixed::{MEL, MFCC, SPECTRUM};
        [SPECTRUM, MEL, MFCC].map(|code| code.on(cpu)).to_vec()
    }
}
