//! Features in bulk: how many clips a second one thread turns into MFCC.
//!
//! `features WAV...` reads mono PCM16 files, computes the features of each some times over and prints
//! `features CLIPS_PER_SECOND`, of the quickest round; `frames` the same frame by frame, as the
//! device does.

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement, which reads files and the clock"
)]

use std::time::Instant;

use impulse_ir::exec::FrontEnd;
use impulse_ir::features::mfcc::MfccTables;
use impulse_ir::features::{
    Arithmetic, FeatureBlock, LOG_FLOOR, MelBank, MelScale, Mfcc, Normalize, OfSpectrum, Stft,
    Taper,
};
use impulse_ir::spec::{Sensor, Window};
use impulse_runtime::features::OfSpectrum as _;

const ROUNDS: usize = 7;

fn main() -> std::io::Result<()> {
    let mut clips = Vec::new();
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(path)?;
        // The canonical header has 44 bytes.
        let samples = bytes.get(44..).unwrap_or_default().chunks_exact(2);
        let samples = samples.map(|b| i16::from_le_bytes([b[0], b[1]]));
        clips.push(samples.collect::<Vec<i16>>());
    }
    let block = block();
    let window = Window {
        rate_hz: 16_000,
        length_samples: 16_000,
        stride_samples: 16_000,
        n_axes: 1,
        sensor: Sensor::Audio,
    };
    let front_end = FrontEnd::new(&window, &[FeatureBlock::Mfcc(block.clone())]);
    let tables = MfccTables::new(&block, window.rate_hz);
    let (device, mut out, mut sum) = (tables.block(), Vec::new(), 0.0);
    let mut scratch = vec![0.0; device.scratch_len()];
    let [mut bulk, mut single] = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for clip in &clips {
            front_end.features(clip, &mut out);
            sum += out.iter().sum::<f32>();
        }
        bulk = bulk.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        for clip in &clips {
            for frame in clip.windows(512).step_by(320) {
                sum += device.frame(frame, &mut scratch)[0];
            }
        }
        single = single.min(start.elapsed().as_secs_f64());
    }
    let rate = |seconds: f64| clips.len() as f64 / seconds;
    println!(
        "features {:.1}\nframes {:.1}\nsum {sum}",
        rate(bulk),
        rate(single)
    );
    Ok(())
}

/// 32 ms every 20 ms at 16 kHz, 32 filters, 13 coefficients, normalized over the window.
fn block() -> Mfcc {
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
            low_hz: 20.0,
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
