//! From the power of a bin or filter to a level: parameters. The arithmetic is
//! `impulse_runtime::features::spectrum`.

use impulse_runtime::features as device;

/// What is made of the powers of bins before filters and cepstra see them, and of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Whether bins are given as magnitudes, the square roots of their powers.
    pub magnitude: bool,
    /// The logarithm.
    pub log: Log,
}

/// The logarithm of a level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Log {
    /// `ln x`.
    #[default]
    Natural,
    /// `10·log10 x` of powers, `20·log10 x` of magnitudes.
    Decibel,
    /// `x` itself.
    None,
}

impl Levels {
    /// Levels of what is at least `floor`, a power.
    pub fn device(self, floor: f32) -> device::Level {
        let decibel = core::f32::consts::LOG10_E * if self.magnitude { 20.0 } else { 10.0 };
        device::Level {
            log: self.log != Log::None,
            floor: if self.magnitude {
                libm::sqrtf(floor)
            } else {
                floor
            },
            factor: if self.log == Log::Decibel {
                decibel
            } else {
                1.0
            },
            offset: 0.0,
        }
    }

    /// Bound of the absolute values of levels from `floor` on, where no sum over `n_bins` bins has
    /// more power than `power_max`.
    pub fn bound(self, floor: f32, power_max: f32, n_bins: usize) -> f32 {
        let level = self.device(floor);
        let largest = match self.magnitude {
            // Cauchy and Schwarz.
            true => libm::sqrtf(power_max * n_bins as f32),
            false => power_max,
        };
        if !level.log {
            return largest.max(level.floor);
        }
        level.factor * libm::logf(largest.max(1.0 / level.floor)).max(1.0)
    }
}
