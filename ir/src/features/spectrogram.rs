//! Spectrogram: parameters, shape, checks and tables. The arithmetic is
//! `impulse_runtime::features::spectrogram`.

use impulse_runtime::features as device;
use impulse_runtime::features::Finish;
use impulse_runtime::stream::Frames;

use super::stft::SpectrumTables;
use super::whole::{WholeTables, frames};
use super::{Block, DeviceBlock, Normalize, Problem, Samples, Stft, Tables, lanes};
use crate::board::Cpu;
use crate::cost::{self, code};
use crate::spec::Window;

/// Parameters of the `spectrogram` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrogram {
    /// Frames and their spectra.
    pub stft: Stft,
    /// Powers below it are raised to it, see [`super::LOG_FLOOR`].
    pub log_floor: f32,
    /// What is done to each bin's levels over the window.
    pub normalize: Normalize,
}

/// The block as the device has it, see [`device::Spectrogram`].
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrogramTables {
    /// The spectrum.
    pub spectrum: SpectrumTables,
    /// From a power to a level.
    pub level: device::Level,
    /// What is done to the rows of a whole window, where the block does not stream.
    pub whole: Option<WholeTables>,
    /// Bound of the levels.
    pub bound: f32,
}

impl Block for Spectrogram {
    fn keyword(&self) -> &'static str {
        "spectrogram"
    }

    fn frames(&self, window: &Window) -> Frames {
        self.stft.frames(window)
    }

    fn n_columns(&self, window: &Window) -> usize {
        self.stft.n_columns(window, self.n_bins())
    }

    fn shape(&self, window: &Window) -> Vec<usize> {
        self.stft.shape(window, self.n_bins())
    }

    fn normalize(&self) -> Normalize {
        self.normalize
    }

    fn problems(&self, window: &Window) -> Vec<Problem> {
        self.stft.problems(window)
    }

    fn tables(&self, window: &Window) -> Tables {
        Tables::Spectrogram(SpectrogramTables::on(self, window))
    }
}

impl Spectrogram {
    /// Bins of a frame.
    fn n_bins(&self) -> usize {
        self.stft.fft_samples / 2 + 1
    }
}

impl SpectrogramTables {
    /// Tables for windows like `window`, on which `block` is without problems.
    pub fn on(block: &Spectrogram, window: &Window) -> Self {
        Self {
            whole: WholeTables::new(&block.stft, window, block.n_bins(), Finish::Rise),
            ..Self::new(block)
        }
    }

    /// Tables; `block` must be without problems, see [`Block::problems`].
    pub fn new(block: &Spectrogram) -> Self {
        Self {
            spectrum: block.stft.tables(),
            level: block.stft.level(block.log_floor),
            whole: None,
            bound: block.stft.level_bound(block.log_floor, 1.0),
        }
    }

    /// The device's block over these tables.
    pub fn block(&self) -> device::Spectrogram<'_> {
        device::Spectrogram {
            spectrum: self.spectrum.device(),
            level: self.level,
        }
    }
}

impl DeviceBlock for SpectrogramTables {
    fn scratch_len(&self) -> usize {
        match &self.whole {
            Some(whole) => whole.block(self.block()).scratch_len(),
            None => self.block().scratch_len(),
        }
    }

    fn row(&self, frame: Samples<'_>, scratch: &mut [f32], out: &mut [f32]) {
        let block = self.block();
        match &self.whole {
            Some(whole) => out.copy_from_slice(whole.block(block).frame(frame.i16(), scratch)),
            None => out.copy_from_slice(block.frame(frame.i16(), scratch)),
        }
    }

    fn rows(&self, window: Samples<'_>, frames: Frames, scratch: &mut [f32], out: &mut [f32]) {
        let block = self.block();
        match &self.whole {
            Some(_) => self.row(window, scratch, out),
            None => {
                let (spectrum, samples) = (&block.spectrum, window.i16());
                lanes::rows(spectrum, frames, samples, |p| block.of_powers(p), out);
            }
        }
    }

    fn bound(&self) -> f32 {
        self.bound
    }

    fn flash_bytes(&self) -> usize {
        self.spectrum.flash_bytes()
    }

    fn parameter_bytes(&self) -> usize {
        40
    }

    fn macs(&self) -> usize {
        frames(&self.whole) * (self.spectrum.macs() + self.block().n_bins())
    }

    fn instructions(&self, cpu: Cpu) -> u64 {
        let levels = cost::level_instructions(self.block().n_bins(), cpu);
        (cost::spectrum_instructions(&self.spectrum, cpu) + levels) * frames(&self.whole) as u64
    }

    fn code(&self, cpu: Cpu) -> Vec<(&'static str, u64)> {
        let mut all = self.spectrum.code(self.whole.is_some());
        all.extend([code::SPECTROGRAM]);
        code::all(cpu, &all)
    }
}
