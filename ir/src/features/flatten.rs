//! Statistics of each axis: parameters and tables. The arithmetic is
//! `impulse_runtime::features::flatten`.

use impulse_runtime::features as device;
use impulse_runtime::stream::Frames;

use super::samples::whole_window;
use super::{Block, DeviceBlock, Problem, Samples, Tables, axes};
use crate::board::Cpu;
use crate::cost::{self, code};
use crate::diagnostic::codes;
use crate::spec::Window;

/// Names of the statistics, in the order in which they are given.
pub const STATISTICS: [&str; device::flatten::N_STATISTICS] = [
    "mean",
    "min",
    "max",
    "rms",
    "deviation",
    "skewness",
    "kurtosis",
];

/// Parameters of the block.
#[derive(Clone, Debug, PartialEq)]
pub struct Flatten {
    /// The axes that are analysed, ascending.
    pub axes: Vec<u8>,
    /// What a step of the samples is worth.
    pub scale: f32,
    /// Which of [`STATISTICS`] are given.
    pub statistics: [bool; device::flatten::N_STATISTICS],
}

/// The block as the device has it, see [`device::Flatten`].
#[derive(Clone, Debug, PartialEq)]
pub struct FlattenTables {
    /// Samples of a window.
    pub n_samples: usize,
    /// Values of a sample.
    pub n_axes: usize,
    /// The axes that are analysed.
    pub axes: Vec<u8>,
    /// What a step of the samples is worth.
    pub scale: f32,
    /// A bit for each statistic.
    pub statistics: u8,
}

impl Block for Flatten {
    fn keyword(&self) -> &'static str {
        "flatten"
    }

    fn frames(&self, window: &Window) -> Frames {
        whole_window(window)
    }

    fn n_columns(&self, _window: &Window) -> usize {
        self.axes.len() * self.statistics.iter().filter(|on| **on).count()
    }

    fn shape(&self, window: &Window) -> Vec<usize> {
        vec![self.n_columns(window)]
    }

    fn scales_columns(&self) -> bool {
        true
    }

    fn tables(&self, window: &Window) -> Tables {
        Tables::Flatten(FlattenTables::new(self, window))
    }

    fn problems(&self, window: &Window) -> Vec<Problem> {
        let mut problems = axes::problems(&self.axes, self.scale, window);
        if !self.statistics.contains(&true) {
            let message = "expected at least one statistic, found none";
            problems.push(Problem::new(codes::AXES, "statistics", message));
        }
        problems
    }
}

impl FlattenTables {
    /// The tables of a block without problems on `window`.
    pub fn new(block: &Flatten, window: &Window) -> Self {
        let bits = block.statistics.iter().enumerate();
        Self {
            n_samples: window.length_samples,
            n_axes: window.n_axes,
            axes: block.axes.clone(),
            scale: block.scale,
            statistics: bits.fold(0, |bits, (i, &on)| bits | u8::from(on) << i),
        }
    }

    /// The device's block over these tables.
    pub fn block(&self) -> device::Flatten<'_> {
        device::Flatten {
            n_samples: self.n_samples,
            n_axes: self.n_axes,
            axes: &self.axes,
            scale: self.scale,
            statistics: self.statistics,
        }
    }
}

impl DeviceBlock for FlattenTables {
    fn scratch_len(&self) -> usize {
        self.block().scratch_len()
    }

    fn row(&self, frame: Samples<'_>, scratch: &mut [f32], out: &mut [f32]) {
        out.copy_from_slice(self.block().frame(frame.i16(), scratch));
    }

    fn flash_bytes(&self) -> usize {
        self.axes.len().next_multiple_of(4)
    }

    fn macs(&self) -> usize {
        8 * self.n_samples * self.axes.len()
    }

    fn instructions(&self, cpu: Cpu) -> u64 {
        let axis = cost::load_instructions(self.n_samples, cpu)
            + cost::statistics_instructions(self.n_samples, cpu);
        self.axes.len() as u64 * axis
    }

    fn code(&self, cpu: Cpu) -> Vec<(&'static str, u64)> {
        let roots = [code::SQRT, code::INVERSE_SQRT];
        let mut all = vec![code::AXIS, code::STATISTICS, code::FLATTEN];
        all.extend(roots);
        code::all(cpu, &all)
    }

    fn stack_bytes(&self) -> u64 {
        cost::MOTION_STACK_BYTES
    }
}
