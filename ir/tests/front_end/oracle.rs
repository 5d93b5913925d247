//! The block against the same mathematics done in the plainest way in f64.

use std::f64::consts::PI;

use impulse_ir::features::mfcc::MfccTables;
use impulse_ir::features::{LOG_FLOOR, Mfcc, OfSpectrum, Taper};
use impulse_runtime::features::OfSpectrum as _;
use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

use crate::{example, noise, tone, with};

/// MFCC of one frame, every formula as in a textbook.
fn naive(block: &Mfcc, rate_hz: u32, frame: &[i16]) -> Vec<f64> {
    let n = block.stft.frame_samples;
    let x = |i: usize| f64::from(frame[i]) / 32768.0;
    let taper = |i: usize| {
        let angle = 2.0 * PI * i as f64 / n as f64;
        match block.stft.taper {
            Taper::Rectangular => 1.0,
            Taper::Hann => 0.5 - 0.5 * angle.cos(),
            Taper::Hamming => 0.54 - 0.46 * angle.cos(),
        }
    };
    let c = f64::from(block.stft.pre_emphasis);
    let y: Vec<f64> = (0..n)
        .map(|i| (x(i) - c * x(i.saturating_sub(1))) * taper(i))
        .collect();
    let power: Vec<f64> = (0..=block.stft.fft_samples / 2)
        .map(|k| {
            let angle = |i: usize| {
                2.0 * PI * (k * i % block.stft.fft_samples) as f64 / block.stft.fft_samples as f64
            };
            let re: f64 = y.iter().enumerate().map(|(i, y)| y * angle(i).cos()).sum();
            let im: f64 = y.iter().enumerate().map(|(i, y)| y * angle(i).sin()).sum();
            re * re + im * im
        })
        .collect();
    let mel = |hz: f64| 2595.0 * (1.0 + hz / 700.0).log10();
    let hertz = |mel: f64| 700.0 * (10f64.powf(mel / 2595.0) - 1.0);
    let (low, high) = (
        mel(f64::from(block.mel.low_hz)),
        mel(f64::from(block.mel.high_hz)),
    );
    let point = |i: usize| hertz(low + (high - low) * i as f64 / (block.mel.n_filters + 1) as f64);
    let levels: Vec<f64> = (0..block.mel.n_filters)
        .map(|m| {
            let (left, peak, right) = (point(m), point(m + 1), point(m + 2));
            let weight = |k: usize| {
                let hz = k as f64 * f64::from(rate_hz) / block.stft.fft_samples as f64;
                ((hz - left) / (peak - left))
                    .min((right - hz) / (right - peak))
                    .max(0.0)
            };
            let energy: f64 = power.iter().enumerate().map(|(k, p)| p * weight(k)).sum();
            energy.max(f64::from(LOG_FLOOR)).ln()
        })
        .collect();
    let count = block.mel.n_filters as f64;
    (0..block.n_coefficients)
        .map(|j| {
            let norm = if j == 0 {
                (1.0 / count).sqrt()
            } else {
                (2.0 / count).sqrt()
            };
            let factor = |m: usize| (PI * j as f64 * (2 * m + 1) as f64 / (2.0 * count)).cos();
            norm * levels
                .iter()
                .enumerate()
                .map(|(m, l)| l * factor(m))
                .sum::<f64>()
        })
        .collect()
}

fn check(block: &Mfcc, rate_hz: u32, frame: &[i16], tolerance: f64) {
    let tables = MfccTables::new(block, rate_hz);
    let device = tables.block();
    // Poisoned: nothing may depend on what was there.
    let mut scratch = vec![f32::NAN; device.scratch_len()];
    let out = device.frame(frame, &mut scratch);
    for (j, (&got, expected)) in out.iter().zip(naive(block, rate_hz, frame)).enumerate() {
        let error = (f64::from(got) - expected).abs();
        assert!(
            error <= tolerance,
            "coefficient {j}: {got}, expected {expected} ({block:?})"
        );
    }
}

#[test]
fn a_frame_of_the_example_is_right() {
    let block = example();
    check(&block, 16_000, &noise(512, 1, 0), 2e-5);
    check(&block, 16_000, &noise(512, 2, 9), 2e-5);
    check(&block, 16_000, &vec![0; 512], 2e-5);
    // Between the lines of a pure tone lies only rounding noise, 120 dB down.
    check(&block, 16_000, &tone(512, 1000.0, 20_000.0), 2e-3);
}

#[test]
fn every_parameter_counts() {
    let odd = with(|b| {
        b.stft.frame_samples = 401;
        b.stft.fft_samples = 512;
        b.stft.taper = Taper::Hamming;
    });
    check(&odd, 16_000, &noise(401, 3, 2), 2e-5);
    let narrow = with(|b| {
        b.mel.low_hz = 300.0;
        b.mel.high_hz = 4000.0;
        b.mel.n_filters = 20;
        b.n_coefficients = 20;
    });
    check(&narrow, 16_000, &noise(512, 4, 2), 2e-5);
    let plain = with(|b| {
        b.stft.pre_emphasis = 0.0;
        b.stft.taper = Taper::Rectangular;
    });
    check(&plain, 16_000, &noise(512, 5, 2), 2e-5);
    let short = with(|b| {
        b.stft.frame_samples = 160;
        b.stft.fft_samples = 256;
        b.mel.n_filters = 10;
        b.n_coefficients = 10;
        b.mel.high_hz = 4000.0;
    });
    check(&short, 8000, &noise(160, 6, 2), 2e-5);
    let long = with(|b| {
        b.stft.frame_samples = 1103;
        b.stft.fft_samples = 2048;
        b.mel.high_hz = 20_000.0;
    });
    check(&long, 44_100, &noise(1103, 7, 2), 4e-5);
}

#[test]
fn the_fft_agrees_with_rustfft_at_every_length() {
    for log_len in 4..=12 {
        let len = 1usize << log_len;
        let block = with(|b| {
            b.stft.frame_samples = len;
            b.stft.fft_samples = len;
        });
        let tables = MfccTables::new(&block, 16_000);
        let fft = tables.block().spectrum.fft;
        let samples = noise(len, log_len, 0);
        let mut data = vec![f32::NAN; len];
        for (i, pair) in samples.chunks_exact(2).enumerate() {
            let position = 2 * fft.position(i);
            data[position] = f32::from(pair[0]) * 0.5;
            data[position + 1] = f32::from(pair[1]) * 0.5;
        }
        fft.power(&mut data);
        let mut expected: Vec<Complex<f64>> = samples
            .iter()
            .map(|&x| Complex::new(f64::from(x), 0.0))
            .collect();
        FftPlanner::new()
            .plan_fft_forward(len)
            .process(&mut expected);
        let peak = expected.iter().map(|x| x.norm_sqr()).fold(0.0, f64::max);
        for k in 0..=len / 2 {
            let got = f64::from(if k == len / 2 { data[1] } else { data[2 * k] });
            let error = (got - expected[k].norm_sqr()).abs() / peak;
            assert!(error < 1e-6, "{len} points, bin {k}: {error}");
        }
    }
}
