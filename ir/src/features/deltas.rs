//! Differences over frames: parameters and checks. The arithmetic is
//! `impulse_runtime::features::deltas`.

use impulse_runtime::features as device;

use super::{Problem, Stft};
use crate::diagnostic::codes;
use crate::spec::Window;

/// Differences of a block's columns, which stand behind the columns themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deltas {
    /// Frames to each side that are looked at.
    pub width: usize,
    /// Whether second differences are given too.
    pub second: bool,
}

impl Deltas {
    /// The width of HTK.
    pub const WIDTH: usize = 2;

    /// The same in the runtime.
    pub fn device(self) -> device::Deltas {
        device::Deltas {
            width: self.width,
            order: if self.second { 2 } else { 1 },
        }
    }

    /// What cannot work on the frames of `stft`.
    pub(super) fn problems(self, stft: &Stft, window: &Window) -> Option<Problem> {
        if stft.edge_impulse {
            let message = "expected no `deltas` with `compat`: Edge Impulse's blocks have none";
            return Some(Problem::new(codes::COMPAT, "deltas", message));
        }
        let most = device::Deltas::WIDTH_MAX;
        if self.width == 0 || self.width > most {
            let message = format!(
                "expected a width of 1 to {most} frames, found {}",
                self.width
            );
            let nearest = self.width.clamp(1, most);
            let problem = Problem::new(codes::FRAME, "width", message);
            return Some(problem.hint(format!("the nearest is {nearest}")));
        }
        let n_frames = stft.n_frames(window.length_samples);
        if n_frames > 0 && n_frames <= self.width {
            let message = format!(
                "differences over {} frames to each side need a window of more than so many, found {n_frames}",
                self.width
            );
            let problem = Problem::new(codes::FRAME, "width", message);
            return Some(match n_frames {
                1 => problem.hint("make the window longer, or leave `deltas` out"),
                n => problem.hint(format!("the widest on this window is {}", n - 1)),
            });
        }
        None
    }
}
