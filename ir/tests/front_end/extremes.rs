//! Inputs at the ends of what int16 can be.

use impulse_ir::exec::FrontEnd;
use impulse_ir::features::{Block, FeatureBlock, Mfcc, Normalize};

use crate::{example, noise, second, tone, with};

fn features(block: Mfcc, samples: &[i16]) -> Vec<f32> {
    let front_end = FrontEnd::new(&second(), &[FeatureBlock::Mfcc(block)]);
    assert_eq!(front_end.shape(), [49, 13]);
    let mut out = vec![1.0; 3];
    front_end.features(samples, &mut out);
    assert_eq!(out.len(), front_end.len());
    out
}

#[test]
fn nothing_is_ever_infinite() {
    let mut square = vec![i16::MAX; 16_000];
    square.iter_mut().step_by(2).for_each(|x| *x = i16::MIN);
    let mut impulse = vec![0; 16_000];
    impulse[8000] = i16::MIN;
    let inputs = [
        vec![0; 16_000],
        vec![i16::MIN; 16_000],
        square,
        impulse,
        noise(16_000, 1, 0),
        tone(16_000, 3000.0, 40_000.0),
    ];
    for normalize in [Normalize::None, Normalize::Mean, Normalize::MeanVariance] {
        for samples in &inputs {
            let out = features(
                with(|b| {
                    b.normalize = normalize;
                }),
                samples,
            );
            assert!(out.iter().all(|x| x.is_finite() && x.abs() < 200.0));
        }
    }
}

#[test]
fn silence_and_steady_tones_stay_silent() {
    // 1 kHz repeats every 16 samples, so every frame of the tone is the same.
    for samples in [
        vec![0; 16_000],
        vec![i16::MAX; 16_000],
        tone(16_000, 1000.0, 20_000.0),
    ] {
        for x in features(example(), &samples) {
            assert!(x.abs() < 1e-3, "{x}");
        }
    }
}

#[test]
fn noise_is_normalized_over_the_window() {
    let out = features(example(), &noise(16_000, 3, 1));
    for coefficient in 0..13 {
        let column: Vec<f64> = out
            .iter()
            .skip(coefficient)
            .step_by(13)
            .map(|&x| x.into())
            .collect();
        let mean = column.iter().sum::<f64>() / 49.0;
        let variance = column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 49.0;
        assert!(
            mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-4,
            "{mean} {variance}"
        );
    }
}

#[test]
fn a_short_window_is_filled_with_silence() {
    let samples = noise(16_000, 4, 1);
    let mut padded = samples.clone();
    padded[12_000..].fill(0);
    assert_eq!(
        features(example(), &samples[..12_000]),
        features(example(), &padded)
    );
    let mut long = samples.clone();
    long.extend(noise(500, 5, 1));
    assert_eq!(features(example(), &long), features(example(), &samples));
}

/// Which keys of the block the check complains about.
fn keys(change: impl Fn(&mut Mfcc)) -> Vec<&'static str> {
    let mut block = example();
    change(&mut block);
    block.problems(&second()).iter().map(|p| p.key).collect()
}

#[test]
fn what_cannot_work_is_said() {
    assert!(keys(|_| ()).is_empty());
    assert_eq!(keys(|b| b.stft.frame_samples = 1), ["frame"]);
    assert_eq!(keys(|b| b.stft.hop_samples = 0), ["every"]);
    assert_eq!(keys(|b| b.stft.hop_samples = 5000), ["stride"]);
    assert_eq!(keys(|b| b.stft.frame_samples = 16_001), ["frame", "fft"]);
    assert_eq!(keys(|b| b.stft.fft_samples = 500), ["fft"]);
    assert_eq!(keys(|b| b.stft.fft_samples = 256), ["fft"]);
    assert_eq!(keys(|b| b.n_coefficients = 33), ["coefficients"]);
    assert_eq!(keys(|b| b.stft.pre_emphasis = f32::NAN), ["pre_emphasis"]);
    assert_eq!(keys(|b| b.mel.high_hz = 8001.0), ["high"]);
    assert_eq!(
        keys(|b| (b.mel.low_hz, b.mel.high_hz) = (500.0, 400.0)),
        ["low"]
    );
    assert_eq!(keys(|b| b.mel.n_filters = 140), ["filters"]);
    assert_eq!(keys(|b| b.mel.n_filters = 1_000_000), ["filters"]);
}

#[test]
fn the_hint_on_filters_is_true() {
    let block = with(|b| {
        b.mel.n_filters = 140;
    });
    let hint = block.problems(&second())[0]
        .hint
        .clone()
        .unwrap_or_default();
    let number = hint
        .split_whitespace()
        .find_map(|word| word.parse::<usize>().ok());
    let Some(n_filters) = number else {
        panic!("no number in {hint:?}")
    };
    let is_sound = |n_filters| {
        with(|b| b.mel.n_filters = n_filters)
            .problems(&second())
            .is_empty()
    };
    assert!(is_sound(n_filters) && !is_sound(n_filters + 1));
}
