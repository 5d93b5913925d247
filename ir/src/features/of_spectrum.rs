//! What the blocks over the spectrum of frames have in common on the device.

use impulse_runtime::features as device;
use impulse_runtime::stream::Frames;

use super::stft::SpectrumTables;
use super::whole::{WholeTables, frames};
use super::{DeviceBlock, Samples, lanes};
use crate::board::Cpu;
use crate::cost::{self, code};

/// Tables of a block that makes a row of the spectrum of a frame.
pub trait OfSpectrum {
    /// The device's block.
    type Block<'t>: device::OfSpectrum
    where
        Self: 't;

    /// The device's block over these tables.
    fn block(&self) -> Self::Block<'_>;

    /// The tables of the spectrum.
    fn spectrum(&self) -> &SpectrumTables;

    /// What is done to the rows of a whole window, where the block does not stream.
    fn whole(&self) -> Option<&WholeTables>;

    /// See [`DeviceBlock::bound`].
    fn row_bound(&self) -> f32;

    /// Bytes of flash that the tables behind the spectrum take.
    fn row_flash_bytes(&self) -> usize {
        0
    }

    /// See [`DeviceBlock::parameter_bytes`].
    fn record_bytes(&self) -> usize;

    /// Multiplications of one frame, behind the spectrum.
    fn row_macs(&self) -> usize;

    /// Instructions of one frame, behind the spectrum.
    fn row_instructions(&self, cpu: Cpu) -> u64;

    /// The functions of the block, behind the spectrum.
    fn row_code(&self) -> &'static [code::Code];
}

impl<T: OfSpectrum> DeviceBlock for T {
    fn scratch_len(&self) -> usize {
        let block = self.block();
        match self.whole() {
            Some(whole) => whole.block(block).scratch_len(),
            None => device::OfSpectrum::scratch_len(&block),
        }
    }

    fn row(&self, frame: Samples<'_>, scratch: &mut [f32], out: &mut [f32]) {
        let block = self.block();
        match self.whole() {
            Some(whole) => out.copy_from_slice(whole.block(block).frame(frame.i16(), scratch)),
            None => {
                let row = device::OfSpectrum::frame(&block, frame.i16(), scratch);
                out.copy_from_slice(row);
            }
        }
    }

    fn rows(&self, window: Samples<'_>, frames: Frames, scratch: &mut [f32], out: &mut [f32]) {
        match self.whole() {
            Some(_) => self.row(window, scratch, out),
            None => lanes::rows(&self.block(), frames, window.i16(), out),
        }
    }

    fn bound(&self) -> f32 {
        self.row_bound()
    }

    fn flash_bytes(&self) -> usize {
        self.spectrum().flash_bytes() + self.row_flash_bytes()
    }

    fn parameter_bytes(&self) -> usize {
        self.record_bytes()
    }

    fn macs(&self) -> usize {
        frames(self.whole()) * (self.spectrum().macs() + self.row_macs())
    }

    fn instructions(&self, cpu: Cpu) -> u64 {
        let spectrum = cost::spectrum_instructions(self.spectrum(), cpu);
        (spectrum + self.row_instructions(cpu)) * frames(self.whole()) as u64
    }

    fn code(&self, cpu: Cpu) -> Vec<(&'static str, u64)> {
        let mut all = vec![code::SPECTRUM];
        all.extend(self.spectrum().code(self.whole().is_some()));
        all.extend(self.row_code());
        code::all(cpu, &all)
    }
}
