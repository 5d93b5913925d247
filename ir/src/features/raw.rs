//! The samples themselves: parameters and tables. The arithmetic is
//! `impulse_runtime::features::raw`.

use impulse_runtime::features as device;

use super::{Problem, axes};
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

impl Raw {
    /// Everything about these parameters that cannot work on windows like `window`.
    pub fn problems(&self, window: &Window) -> Vec<Problem> {
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
