//! Log mel energies: parameters, shape, checks and tables. The arithmetic is
//! `impulse_runtime::features::mfe`.

use impulse_runtime::features as device;
use impulse_runtime::features::Finish;
use impulse_runtime::stream::Frames;

use super::fixed::FixedMfeTables;
use super::mel::MelTables;
use super::stft::{SOUND_STEP, SpectrumTables};
use super::whole::WholeTables;
use super::{Arithmetic, Block, Deltas, MelBank, Normalize, OfSpectrum, Problem, Stft, Tables};
use crate::board::Cpu;
use crate::cost::{self, code};
use crate::spec::Window;

/// Parameters of the `mfe` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Mfe {
    /// Frames and their spectra.
    pub stft: Stft,
    /// The mel filters.
    pub mel: MelBank,
    /// Energies below it are raised to it, see [`super::LOG_FLOOR`].
    pub log_floor: f32,
    /// What is done to each filter's levels over the window.
    pub normalize: Normalize,
    /// Differences over frames.
    pub deltas: Option<Deltas>,
    /// In what numbers the block computes.
    pub arithmetic: Arithmetic,
}

/// The block as the device has it, see [`device::Mfe`].
#[derive(Clone, Debug, PartialEq)]
pub struct MfeTables {
    /// The spectrum.
    pub spectrum: SpectrumTables,
    /// The filterbank.
    pub mel: MelTables,
    /// From an energy to a level.
    pub level: device::Level,
    /// What is done to the rows of a whole window, where the block does not stream.
    pub whole: Option<WholeTables>,
    /// Bound of the levels.
    pub bound: f32,
}

impl Block for Mfe {
    fn keyword(&self) -> &'static str {
        "mfe"
    }

    fn frames(&self, window: &Window) -> Frames {
        self.stft.frames(window)
    }

    fn n_columns(&self, window: &Window) -> usize {
        self.stft.n_columns(window, self.mel.n_filters)
    }

    fn shape(&self, window: &Window) -> Vec<usize> {
        let orders = self.deltas.map_or(0, |deltas| deltas.device().order);
        self.stft.shape(window, self.mel.n_filters * (1 + orders))
    }

    fn deltas(&self) -> Option<Deltas> {
        self.deltas
    }

    fn normalize(&self) -> Normalize {
        self.normalize
    }

    fn problems(&self, window: &Window) -> Vec<Problem> {
        let mut problems = self.stft.sound_problems(window);
        problems.extend(self.mel.problems(&self.stft, window));
        problems.extend(self.deltas.and_then(|d| d.problems(&self.stft, window)));
        problems.extend(super::fixed::problems(&self.stft, self.arithmetic));
        problems
    }

    fn tables(&self, window: &Window) -> Tables {
        match self.arithmetic {
            Arithmetic::Float => Tables::Mfe(MfeTables::on(self, window)),
            Arithmetic::Fixed => Tables::FixedMfe(FixedMfeTables::new(self, window.rate_hz)),
        }
    }
}

impl MfeTables {
    /// Tables for windows like `window`, on which `block` is without problems.
    pub fn on(block: &Mfe, window: &Window) -> Self {
        Self {
            whole: WholeTables::new(&block.stft, window, block.mel.n_filters, Finish::Byte),
            ..Self::new(block, window.rate_hz)
        }
    }

    /// Tables for samples at `rate_hz`; `block` must be without problems on such samples, see
    /// [`Block::problems`].
    pub fn new(block: &Mfe, rate_hz: u32) -> Self {
        let mel = block.mel.tables(&block.stft, rate_hz);
        let gain_max = mel.gain_max();
        Self {
            spectrum: block.stft.tables(SOUND_STEP),
            mel,
            level: block.stft.level(block.log_floor),
            whole: None,
            bound: block.stft.level_bound(block.log_floor, gain_max),
        }
    }
}

impl OfSpectrum for MfeTables {
    type Block<'t> = device::Mfe<'t>;

    fn block(&self) -> device::Mfe<'_> {
        device::Mfe {
            spectrum: self.spectrum.device(),
            mel: self.mel.device(),
            level: self.level,
        }
    }

    fn spectrum(&self) -> &SpectrumTables {
        &self.spectrum
    }

    fn whole(&self) -> Option<&WholeTables> {
        self.whole.as_ref()
    }

    fn row_bound(&self) -> f32 {
        self.bound
    }

    fn row_flash_bytes(&self) -> usize {
        self.mel.flash_bytes()
    }

    fn record_bytes(&self) -> usize {
        56
    }

    fn row_macs(&self) -> usize {
        self.mel.macs()
    }

    fn row_instructions(&self, cpu: Cpu) -> u64 {
        cost::mel_instructions(&self.mel, cpu)
    }

    fn row_code(&self) -> &'static [code::Code] {
        &[code::MEL, code::MFE]
    }
}
