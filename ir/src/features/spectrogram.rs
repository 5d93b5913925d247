//! Spectrogram of sound, or of axes of motion: parameters, shape, checks and tables. The arithmetic is
//! `impulse_runtime::features::spectrogram`.

use impulse_runtime::features as device;
use impulse_runtime::features::Finish;
use impulse_runtime::stream::Frames;

use super::stft::SpectrumTables;
use super::whole::{WholeTables, frames};
use super::{Block, DeviceBlock, Normalize, OfSpectrum, Problem, Samples, Stft, Tables, axes};
use crate::board::Cpu;
use crate::cost::{self, code};
use crate::diagnostic::codes;
use crate::spec::Window;

/// Parameters of the `spectrogram` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrogram {
    /// Frames and their spectra.
    pub stft: Stft,
    /// The axes that are analysed, ascending; of sound there is one.
    pub axes: Vec<u8>,
    /// What a step of the samples is worth.
    pub scale: f32,
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

/// The block over some axes of samples of several, see [`device::AxesSpectrogram`].
#[derive(Clone, Debug, PartialEq)]
pub struct AxesSpectrogramTables {
    /// The block over each of them.
    pub axis: SpectrogramTables,
    /// Values of a sample.
    pub n_axes: usize,
    /// The axes that are analysed.
    pub axes: Vec<u8>,
}

impl Block for Spectrogram {
    fn keyword(&self) -> &'static str {
        "spectrogram"
    }

    fn frames(&self, window: &Window) -> Frames {
        self.stft.frames(window)
    }

    fn n_columns(&self, window: &Window) -> usize {
        self.stft.n_columns(window, self.n_levels())
    }

    fn shape(&self, window: &Window) -> Vec<usize> {
        self.stft.shape(window, self.n_levels())
    }

    fn normalize(&self) -> Normalize {
        self.normalize
    }

    fn problems(&self, window: &Window) -> Vec<Problem> {
        let mut problems = axes::problems(&self.axes, self.scale, window);
        problems.extend(self.stft.problems(window));
        if self.stft.edge_impulse && self.axes.len() > 1 {
            let message = format!(
                "expected one axis with `compat`, found {}: on a device, Edge Impulse's block has no more",
                self.axes.len()
            );
            let problem = Problem::new(codes::COMPAT, "axes", message);
            problems.push(problem.hint("give each axis a block of its own"));
        }
        if self.stft.edge_impulse && self.stft.pre_emphasis != 0.0 {
            let message = "expected no pre-emphasis with `compat`: Edge Impulse's block has none";
            problems.push(Problem::new(codes::COMPAT, "pre_emphasis", message));
        }
        problems
    }

    fn tables(&self, window: &Window) -> Tables {
        let axis = SpectrogramTables::new(self, window);
        if window.n_axes == 1 {
            return Tables::Spectrogram(axis);
        }
        Tables::AxesSpectrogram(AxesSpectrogramTables {
            axis,
            n_axes: window.n_axes,
            axes: self.axes.clone(),
        })
    }
}

impl Spectrogram {
    /// The block over sound.
    pub fn of_sound(stft: Stft, log_floor: f32, normalize: Normalize) -> Self {
        Self {
            axes: vec![0],
            scale: stft.sound_step() as f32,
            stft,
            log_floor,
            normalize,
        }
    }

    /// Levels of a frame: the bins of each axis.
    fn n_levels(&self) -> usize {
        self.axes.len() * (self.stft.fft_samples / 2 + 1)
    }
}

impl SpectrogramTables {
    /// Tables for each axis of windows like `window`, on which `block` is without problems.
    fn new(block: &Spectrogram, window: &Window) -> Self {
        let stft = &block.stft;
        let loudest = block.scale * 32_768.0;
        Self {
            spectrum: stft.tables(f64::from(block.scale)),
            level: stft.level(block.log_floor),
            whole: WholeTables::new(stft, window, block.n_levels(), Finish::Rise),
            bound: stft.level_bound(block.log_floor, loudest * loudest),
        }
    }
}

impl OfSpectrum for SpectrogramTables {
    type Block<'t> = device::Spectrogram<'t>;

    fn block(&self) -> device::Spectrogram<'_> {
        device::Spectrogram {
            spectrum: self.spectrum.device(),
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

    fn record_bytes(&self) -> usize {
        40
    }

    fn row_macs(&self) -> usize {
        self.block().n_bins()
    }

    fn row_instructions(&self, cpu: Cpu) -> u64 {
        cost::level_instructions(self.block().n_bins(), cpu)
    }

    fn row_code(&self) -> &'static [code::Code] {
        &[code::SPECTROGRAM]
    }
}

impl AxesSpectrogramTables {
    /// The device's block over these tables.
    pub fn block(&self) -> device::AxesSpectrogram<'_> {
        device::AxesSpectrogram {
            axis: self.axis.block(),
            n_axes: self.n_axes,
            axes: &self.axes,
        }
    }
}

impl DeviceBlock for AxesSpectrogramTables {
    fn scratch_len(&self) -> usize {
        match &self.axis.whole {
            Some(whole) => whole.block(self.block()).scratch_len(),
            None => self.block().scratch_len(),
        }
    }

    fn row(&self, frame: Samples<'_>, scratch: &mut [f32], out: &mut [f32]) {
        let (block, frame) = (self.block(), frame.i16());
        match &self.axis.whole {
            Some(whole) => out.copy_from_slice(whole.block(block).frame(frame, scratch)),
            None => out.copy_from_slice(block.frame(frame, scratch)),
        }
    }

    fn bound(&self) -> f32 {
        self.axis.bound
    }

    fn flash_bytes(&self) -> usize {
        self.axis.flash_bytes() + self.axes.len().next_multiple_of(4)
    }

    fn parameter_bytes(&self) -> usize {
        self.axis.parameter_bytes() + 12
    }

    fn macs(&self) -> usize {
        self.axes.len() * self.axis.macs()
    }

    fn instructions(&self, cpu: Cpu) -> u64 {
        let load = cost::axis_load_instructions(&self.axis.spectrum)
            * frames(self.axis.whole.as_ref()) as u64;
        self.axes.len() as u64 * (self.axis.instructions(cpu) + load)
    }

    fn code(&self, cpu: Cpu) -> Vec<(&'static str, u64)> {
        let mut all = vec![code::AXIS_SPECTRUM, code::AXES_SPECTROGRAM];
        all.extend(self.axis.spectrum.code(self.axis.whole.is_some()));
        code::all(cpu, &all)
    }
}
