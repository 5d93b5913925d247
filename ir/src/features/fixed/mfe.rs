//! The tables of [`Mfe`] in integers.

use impulse_runtime::bytes::as_i32_mut;
use impulse_runtime::features::fixed as device;

use super::super::layout::grid;
use super::super::{DeviceBlock, Mfe, Samples};
use super::{FixedMelTables, FixedSpectrumTables, Unit, grid_bits, level, level_max, to_floats};
use crate::board::Cpu;
use crate::cost;

/// The block as the device has it, see [`device::Mfe`].
#[derive(Clone, Debug, PartialEq)]
pub struct FixedMfeTables {
    /// The spectrum.
    pub spectrum: FixedSpectrumTables,
    /// The filterbank.
    pub mel: FixedMelTables,
    /// From an energy to a level.
    pub level: device::Level,
    /// Bound of the levels.
    pub bound: f32,
}

impl FixedMfeTables {
    /// Tables for samples at `rate_hz`; `block` must be without problems on such samples, see
    /// [`super::super::Block::problems`].
    pub fn new(block: &Mfe, rate_hz: u32) -> Self {
        let mel = block.mel.tables(&block.stft, rate_hz);
        let bound = level_max(&block.stft, mel.gain_max(), block.log_floor) as f32;
        // Levels are below 64, in decibel below 300, so the grid has fractional bits.
        let bits_max = Unit::of(&block.stft).bits_max() as i32;
        let bits = grid_bits(grid(bound)).clamp(0, bits_max) as u32;
        Self {
            spectrum: FixedSpectrumTables::new(&block.stft),
            level: level(&block.stft, block.log_floor, bits, i32::from(i16::MAX)),
            mel: FixedMelTables::new(&mel),
            bound,
        }
    }

    /// The device's block over these tables.
    pub fn block(&self) -> device::Mfe<'_> {
        device::Mfe {
            spectrum: self.spectrum.device(),
            mel: self.mel.device(),
            level: self.level,
        }
    }
}

impl DeviceBlock for FixedMfeTables {
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
        self.spectrum.flash_bytes() + self.mel.flash_bytes()
    }

    fn macs(&self) -> usize {
        self.spectrum.macs() + 3 * self.mel.n_bins()
    }

    fn instructions(&self, cpu: Cpu) -> u64 {
        cost::fixed::spectrum_instructions(&self.spectrum, cpu)
            + cost::fixed::mel_instructions(&self.mel, cpu)
    }

    fn parameter_bytes(&self) -> usize {
        cost::fixed::PARAMETER_BYTES
    }

    fn code(&self, cpu: Cpu) -> Vec<(&'static str, u64)> {
        use cost::fixed::{MEL, MFE, SPECTRUM};
        [SPECTRUM, MEL, MFE].map(|code| code.on(cpu)).to_vec()
    }
}
