//! MFCC: parameters, shape, checks and tables (Davis and Mermelstein, 1980). The arithmetic is
//! `impulse_runtime::features::mfcc`.

use core::f64::consts::PI;

use impulse_runtime::features as device;
use impulse_runtime::features::Finish;
use impulse_runtime::stream::Frames;
use libm::{cos, sin, sqrt};

use super::fixed::FixedMfccTables;
use super::mel::MelTables;
use super::stft::SpectrumTables;
use super::whole::WholeTables;
use super::{Arithmetic, Block, Deltas, MelBank, Normalize, OfSpectrum, Problem, Stft, Tables};
use crate::board::Cpu;
use crate::cost::{self, code};
use crate::diagnostic::codes;
use crate::spec::Window;

/// Parameters of the `mfcc` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Mfcc {
    /// Frames and their spectra.
    pub stft: Stft,
    /// The mel filters.
    pub mel: MelBank,
    /// Energies below it are raised to it, see [`super::LOG_FLOOR`].
    pub log_floor: f32,
    /// Coefficients kept, at most as many as filters.
    pub n_coefficients: usize,
    /// Coefficient `j` is multiplied by `1 + Q/2·sin(π·(j + 1)/Q)`; 0 for none.
    pub lifter: f32,
    /// What is done to each coefficient over the window; in Edge Impulse's way nothing.
    pub normalize: Normalize,
    /// Frames of the sliding normalization of Edge Impulse's block, an odd number; 0 for none.
    pub sliding_frames: usize,
    /// Differences over frames.
    pub deltas: Option<Deltas>,
    /// In what numbers the block computes.
    pub arithmetic: Arithmetic,
}

/// The block as the device has it, see [`device::Mfcc`].
#[derive(Clone, Debug, PartialEq)]
pub struct MfccTables {
    /// The spectrum.
    pub spectrum: SpectrumTables,
    /// The filterbank.
    pub mel: MelTables,
    /// From an energy to a level.
    pub level: device::Level,
    /// Coefficients per frame.
    pub n_coefficients: usize,
    /// `[(n_filters + 1)/2, n_coefficients]`.
    pub dct: Vec<f32>,
    /// Whether coefficient 0 is the level of the whole frame's energy.
    pub log_energy: bool,
    /// What is done to the rows of a whole window, where the block does not stream.
    pub whole: Option<WholeTables>,
    /// Bound of the coefficients.
    pub bound: f32,
}

impl Block for Mfcc {
    fn keyword(&self) -> &'static str {
        "mfcc"
    }

    fn frames(&self, window: &Window) -> Frames {
        self.stft.frames(window)
    }

    fn n_columns(&self, window: &Window) -> usize {
        self.stft.n_columns(window, self.n_coefficients)
    }

    fn shape(&self, window: &Window) -> Vec<usize> {
        let orders = self.deltas.map_or(0, |deltas| deltas.device().order);
        self.stft.shape(window, self.n_coefficients * (1 + orders))
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
        let n_filters = self.mel.n_filters;
        if self.n_coefficients == 0 || self.n_coefficients > n_filters {
            let message = format!(
                "expected 1 to {n_filters} coefficients, as many as filters at most, found {}",
                self.n_coefficients
            );
            let problem = Problem::new(codes::COEFFICIENTS, "coefficients", message);
            let nearest = self.n_coefficients.clamp(1, n_filters.max(1));
            problems.push(problem.hint(format!("the nearest is {nearest}")));
        }
        let sliding = self.sliding_frames;
        if self.stft.edge_impulse && sliding > 0 && sliding.is_multiple_of(2) {
            let message = format!("expected an odd number of frames, found {sliding}");
            let problem = Problem::new(codes::COMPAT, "sliding", message);
            problems.push(problem.hint(format!("the nearest is {}", sliding + 1)));
        }
        problems.extend(super::fixed::problems(&self.stft, self.arithmetic));
        problems
    }

    fn tables(&self, window: &Window) -> Tables {
        match self.arithmetic {
            Arithmetic::Float => Tables::Mfcc(MfccTables::on(self, window)),
            Arithmetic::Fixed => Tables::FixedMfcc(FixedMfccTables::new(self, window.rate_hz)),
        }
    }
}

impl MfccTables {
    /// Tables for windows like `window`, on which `block` is without problems.
    pub fn on(block: &Mfcc, window: &Window) -> Self {
        let finish = match block.sliding_frames {
            0 => Finish::None,
            n => Finish::Slide(n),
        };
        Self {
            whole: WholeTables::new(&block.stft, window, block.n_coefficients, finish),
            ..Self::new(block, window.rate_hz)
        }
    }

    /// Tables for samples at `rate_hz`; `block` must be without problems on such samples, see
    /// [`Block::problems`].
    pub fn new(block: &Mfcc, rate_hz: u32) -> Self {
        let level = match block.stft.edge_impulse {
            // Edge Impulse's value of an energy of 0.
            true => block.stft.level_in_points(block.stft.levels.device(1e-10)),
            false => block.stft.level(block.log_floor),
        };
        let (n_filters, n_coefficients) = (block.mel.n_filters, block.n_coefficients);
        let mel = block.mel.tables(&block.stft, rate_hz);
        let level_max = block.stft.level_bound(block.log_floor, mel.gain_max());
        let column = |j| {
            (0..n_filters)
                .map(|m| dct_factor(block, m, j).abs())
                .sum::<f64>()
        };
        let gain = (0..n_coefficients).map(column).fold(0.0, f64::max);
        Self {
            spectrum: block.stft.tables(block.stft.sound_step()),
            mel,
            level,
            n_coefficients,
            log_energy: block.stft.edge_impulse,
            whole: None,
            dct: (0..n_filters.div_ceil(2))
                .flat_map(|m| (0..n_coefficients).map(move |j| dct_factor(block, m, j) as f32))
                .collect(),
            bound: gain as f32 * level_max,
        }
    }
}

/// The factor of filter `m` in coefficient `j`: orthonormal DCT-II, liftered.
pub(super) fn dct_factor(block: &Mfcc, m: usize, j: usize) -> f64 {
    let count = block.mel.n_filters as f64;
    let norm = if j == 0 {
        sqrt(1.0 / count)
    } else {
        sqrt(2.0 / count)
    };
    let q = f64::from(block.lifter);
    let lift = if q > 0.0 {
        1.0 + q / 2.0 * sin(PI * (j + 1) as f64 / q)
    } else {
        1.0
    };
    let angle = PI * (j * (2 * m + 1)) as f64 / (2.0 * count);
    norm * lift * cos(angle)
}

impl OfSpectrum for MfccTables {
    type Block<'t> = device::Mfcc<'t>;

    fn block(&self) -> device::Mfcc<'_> {
        device::Mfcc {
            spectrum: self.spectrum.device(),
            mel: self.mel.device(),
            level: self.level,
            log_energy: self.log_energy,
            n_coefficients: self.n_coefficients,
            dct: &self.dct,
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
        self.mel.flash_bytes() + size_of::<f32>() * self.dct.len()
    }

    fn record_bytes(&self) -> usize {
        64
    }

    fn row_macs(&self) -> usize {
        self.mel.macs() + self.dct.len()
    }

    fn row_instructions(&self, cpu: Cpu) -> u64 {
        cost::mel_instructions(&self.mel, cpu) + cost::dct_instructions(self.dct.len(), cpu)
    }

    fn row_code(&self) -> &'static [code::Code] {
        &[code::MEL, code::MFCC]
    }
}
