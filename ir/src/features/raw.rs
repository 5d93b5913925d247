//! The samples themselves: parameters and tables. The arithmetic is
//! `impulse_runtime::features::raw`.

use impulse_runtime::features as device;
use impulse_runtime::stream::Frames;

use super::{Block, DeviceBlock, Problem, Samples, Tables, axes};
use crate::board::Cpu;
use crate::cost::{self, code};
use crate::spec::Window;

/// Parameters of the block.
#[derive(Clone, Debug, PartialEq)]
pub struct Raw {
    /// The axes that are given, ascending.
    pub axes: Vec<u8>,
    /// What a step of the samples is worth.
    pub scale: f32,
}

/// The block as the device has it, see [`device::Raw`].
#[derive(Clone, Debug, PartialEq)]
pub struct RawTables {
    /// The axes that are given.
    pub axes: Vec<u8>,
    /// What a step of the samples is worth.
    pub scale: f32,
}

impl Block for Raw {
    fn keyword(&self) -> &'static str {
        "raw"
    }

    /// Every sample is a frame: nothing waits but what the network reads.
    fn frames(&self, window: &Window) -> Frames {
        Frames {
            frame_samples: window.n_axes,
            hop_samples: window.n_axes,
            n_frames: window.length_samples,
            stride_samples: window.stride_samples * window.n_axes,
        }
    }

    fn n_columns(&self, _window: &Window) -> usize {
        self.axes.len()
    }

    fn tables(&self, _window: &Window) -> Tables {
        Tables::Raw(RawTables::new(self))
    }

    fn problems(&self, window: &Window) -> Vec<Problem> {
        axes::problems(&self.axes, self.scale, window)
    }
}

impl RawTables {
    /// The tables of a block.
    pub fn new(block: &Raw) -> Self {
        Self {
            axes: block.axes.clone(),
            scale: block.scale,
        }
    }

    /// The device's block over these tables.
    pub fn block(&self) -> device::Raw<'_> {
        device::Raw {
            axes: &self.axes,
            scale: self.scale,
        }
    }
}

impl DeviceBlock for RawTables {
    fn scratch_len(&self) -> usize {
        self.axes.len()
    }

    fn row(&self, frame: Samples<'_>, scratch: &mut [f32], out: &mut [f32]) {
        out.copy_from_slice(self.block().frame(frame.i16(), scratch));
    }

    fn flash_bytes(&self) -> usize {
        self.axes.len().next_multiple_of(4)
    }

    fn macs(&self) -> usize {
        self.axes.len()
    }

    fn instructions(&self, cpu: Cpu) -> u64 {
        cost::load_instructions(self.axes.len(), cpu)
    }

    fn code(&self, cpu: Cpu) -> Vec<(&'static str, u64)> {
        code::all(cpu, &[code::RAW])
    }
}
