//! The front end against independent computations: a naive f64 MFCC, `rustfft`, feature vectors
//! of another implementation, and streaming against whole windows.

#![allow(
    clippy::disallowed_methods,
    reason = "a test program, which reads golden files"
)]

mod bulk;
mod deltas;
mod edge_impulse;
mod extremes;
mod fixed;
mod golden;
mod oracle;
mod session;
mod streaming;

use impulse_ir::features::{
    Arithmetic, LOG_FLOOR, MelBank, MelScale, Mfcc, Normalize, Stft, Taper,
};
use impulse_ir::spec::{Sensor, Window};

/// 32 ms every 20 ms at 16 kHz.
fn example() -> Mfcc {
    Mfcc {
        stft: Stft {
            frame_samples: 512,
            hop_samples: 320,
            fft_samples: 512,
            pre_emphasis: 0.97,
            taper: Taper::Hann,
            edge_impulse: false,
            levels: Default::default(),
        },
        mel: MelBank {
            n_filters: 32,
            low_hz: 0.0,
            high_hz: 8000.0,
            scale: MelScale::Htk,
            area_normalized: false,
        },
        log_floor: LOG_FLOOR,
        n_coefficients: 13,
        lifter: 0.0,
        normalize: Normalize::MeanVariance,
        sliding_frames: 0,
        deltas: None,
        arithmetic: Arithmetic::Float,
    }
}

/// The example with a change.
fn with(change: impl FnOnce(&mut Mfcc)) -> Mfcc {
    let mut block = example();
    change(&mut block);
    block
}

/// One second at 16 kHz, four results a second.
fn second() -> Window {
    Window {
        rate_hz: 16_000,
        length_samples: 16_000,
        stride_samples: 4000,
        n_axes: 1,
        sensor: Sensor::Audio,
    }
}

/// White noise with samples up to ±32768 >> `shift`, by a linear congruential generator.
fn noise(n_samples: usize, seed: u32, shift: u32) -> Vec<i16> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) as u16 as i16) >> shift
    };
    (0..n_samples).map(|_| next()).collect()
}

/// A tone.
fn tone(n_samples: usize, hz: f64, amplitude: f64) -> Vec<i16> {
    let sample =
        |n: usize| amplitude * (2.0 * std::f64::consts::PI * hz * n as f64 / 16_000.0).sin();
    (0..n_samples)
        .map(|n| sample(n).round().clamp(-32768.0, 32767.0) as i16)
        .collect()
}
