//! Rows of the audio blocks in bulk on the host: the device's operations on several frames side by
//! side, which the compiler turns into vector instructions. Every lane computes what the device
//! computes of its frame, in the same order and with the same roundings, so the bits are the
//! device's, whatever the machine; no other FFT (`rustfft` among them) gives these.

use core::ops::{Add, Mul, Sub};

use impulse_runtime::dsp::Number;
use impulse_runtime::features::OfSpectrum;
use impulse_runtime::stream::Frames;

/// Frames side by side: two vectors of every x86-64 and AArch64.
const LANES: usize = 8;

/// A number of each frame.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
pub struct Lanes([f32; LANES]);

impl Lanes {
    #[inline(always)]
    fn of(f: impl Fn(usize) -> f32) -> Self {
        Self(core::array::from_fn(f))
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::of(|lane| self.0[lane] + other.0[lane])
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self::of(|lane| self.0[lane] - other.0[lane])
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::of(|lane| self.0[lane] * other.0[lane])
    }
}

impl Mul<f32> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: f32) -> Self {
        Self::of(|lane| self.0[lane] * factor)
    }
}

impl Number for Lanes {
    #[inline(always)]
    fn map(self, f: impl Fn(f32) -> f32) -> Self {
        Self(self.0.map(f))
    }
}

/// Rows of all frames of a window by `block`, `[n_frames, columns]`, into `out`. `samples` is the
/// window.
pub fn rows<B: OfSpectrum>(block: &B, frames: Frames, samples: &[i16], out: &mut [f32]) {
    let n_columns = out.len() / frames.n_frames.max(1);
    let mut scratch = vec![Lanes::default(); block.scratch_len()];
    for first in (0..frames.n_frames).step_by(LANES) {
        // The last frame stands in for those that a group is short of.
        let cuts: [&[i16]; LANES] = core::array::from_fn(|lane| {
            let frame = (first + lane).min(frames.n_frames - 1);
            &samples[frame * frames.hop_samples..][..frames.frame_samples]
        });
        let at = |i: usize| Lanes::of(|lane| f32::from(cuts[lane][i]));
        block.spectrum().power_of(at, &mut scratch);
        let values = block.of_powers(&mut scratch);
        let group = out[first * n_columns..].chunks_exact_mut(n_columns);
        for (lane, out) in group.take(LANES).enumerate() {
            for (out, value) in out.iter_mut().zip(values) {
                *out = value.0[lane];
            }
        }
    }
}
