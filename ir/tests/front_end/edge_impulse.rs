//! Feature vectors of Edge Impulse's audio blocks, by `compat edge_impulse`. They are read from a
//! folder beside the repository and skipped where that does not exist.

use impulse_ir::exec::FrontEnd;
use impulse_ir::features::{
    Arithmetic, Block, FeatureBlock, LOG_FLOOR, MelBank, MelScale, Mfcc, Mfe, Normalize,
    Spectrogram, Stft, Taper, whole,
};
use impulse_ir::spec::{Motion, Sensor, Window};
use serde_yaml::Value;

use crate::golden::{MOTION_STEP, check, n_cases};
use crate::noise;

/// Seconds as samples.
fn samples_of(seconds: f64, rate_hz: f64) -> usize {
    whole::rounded(seconds * rate_hz) as usize
}

/// Frames and their spectra of a case.
fn stft(case: &Value) -> Option<Stft> {
    let (params, rate_hz) = (&case["params"], case["rate_hz"].as_f64()?);
    Some(Stft {
        frame_samples: samples_of(params["frame_length_s"].as_f64()?, rate_hz),
        hop_samples: samples_of(params["frame_stride_s"].as_f64()?, rate_hz),
        fft_samples: params["fft_length_samples"].as_u64()? as usize,
        pre_emphasis: params["pre_emphasis"].as_f64().unwrap_or(0.0) as f32,
        taper: Taper::Rectangular,
        edge_impulse: true,
        levels: Default::default(),
    })
}

fn bank(case: &Value) -> Option<MelBank> {
    let params = &case["params"];
    Some(MelBank {
        n_filters: params["num_filters"].as_u64()? as usize,
        low_hz: params["low_frequency_hz"].as_f64()? as f32,
        high_hz: params["high_frequency_hz"].as_f64()? as f32,
        scale: MelScale::Htk,
        area_normalized: false,
    })
}

fn mfcc(case: &Value) -> Option<FeatureBlock> {
    let params = &case["params"];
    Some(FeatureBlock::Mfcc(Mfcc {
        stft: stft(case)?,
        mel: bank(case)?,
        log_floor: LOG_FLOOR,
        n_coefficients: params["num_cepstral"].as_u64()? as usize,
        lifter: 0.0,
        normalize: Normalize::None,
        sliding_frames: params["cmvn_window_frames"].as_u64()? as usize,
        deltas: None,
        arithmetic: Arithmetic::Float,
    }))
}

fn floor(case: &Value) -> Option<f32> {
    Some(10f64.powf(case["params"]["noise_floor_db"].as_f64()? / 10.0) as f32)
}

fn mfe(case: &Value) -> Option<FeatureBlock> {
    Some(FeatureBlock::Mfe(Mfe {
        stft: stft(case)?,
        mel: bank(case)?,
        log_floor: floor(case)?,
        normalize: Normalize::None,
        deltas: None,
        arithmetic: Arithmetic::Float,
    }))
}

fn window(n_samples: usize, rate_hz: u32) -> Window {
    Window {
        rate_hz,
        length_samples: n_samples,
        stride_samples: n_samples,
        n_axes: 1,
        sensor: Sensor::Audio,
    }
}

/// A window of the axes of a recording of motion, which all samples have.
fn motion_window(n_values: usize, rate_hz: u32) -> Window {
    let axes = ["x", "y", "z"].map(str::to_owned).to_vec();
    let n_axes = axes.len();
    Window {
        n_axes,
        sensor: Sensor::Motion(Motion {
            axes,
            range: MOTION_STEP * 32_768.0,
        }),
        ..window(n_values / n_axes, rate_hz)
    }
}

/// The features of a case by the front end.
fn features(block: FeatureBlock, case: &Value, samples: &[i16]) -> Option<Vec<f32>> {
    let rate_hz = case["rate_hz"].as_u64()? as u32;
    let window = match case["input"]["columns"].is_null() {
        true => window(samples.len(), rate_hz),
        false => motion_window(samples.len(), rate_hz),
    };
    assert_eq!(block.problems(&window), []);
    let shape: Vec<usize> = [0, 1]
        .map(|i| case["shape"][i].as_u64().unwrap() as usize)
        .into();
    let front_end = FrontEnd::new(&window, &[block]);
    assert_eq!(front_end.shape(), shape);
    let mut out = Vec::new();
    front_end.features(samples, &mut out);
    assert!(out.iter().all(|x| x.is_finite()));
    Some(out)
}

fn note(case: &Value) -> &str {
    case["note"].as_str().unwrap_or_default()
}

#[test]
fn mfcc_agrees() {
    let of = |case: &Value| case["case"].as_str().unwrap_or_default().to_owned();
    let loose = |case: &Value| of(case).ends_with("nopre_nocmvn_sine1k");
    let run = |wanted: bool, tolerance: f64| {
        check(
            "mfcc",
            |_| tolerance,
            |case, samples, _| {
                (loose(case) == wanted && !note(case).starts_with("degenerate"))
                    .then(|| features(mfcc(case)?, case, samples))?
            },
        )
    };
    let (tight, loose) = (run(false, 1e-3), run(true, 0.05));
    // What the peer makes of nothing is rounding noise; the true value is 0.
    let mut n_degenerate = 0;
    check(
        "mfcc",
        |_| 2e-3,
        |case, samples, _| {
            if note(case).starts_with("degenerate") {
                let out = features(mfcc(case)?, case, samples)?;
                assert!(out.iter().all(|x| x.abs() < 1e-3), "{}", of(case));
                n_degenerate += 1;
            }
            None
        },
    );
    if let (Some(tight), Some(loose)) = (tight, loose) {
        assert_eq!(loose.len(), 1, "{loose:?}");
        assert_eq!(tight.len() + 1 + n_degenerate, n_cases("mfcc"), "{tight:?}");
    }
}

#[test]
fn mfe_agrees_to_a_step() {
    let checked = check(
        "mfe",
        |_| 1.0,
        |case, samples, _| {
            let out = features(mfe(case)?, case, samples)?;
            let expected = case["features"].as_sequence()?;
            let mut off = 0;
            for (i, (&got, expected)) in out.iter().zip(expected).enumerate() {
                let error = (f64::from(got) - expected.as_f64()?).abs() * 256.0;
                // A step at the edge of the byte is a whole turn.
                let steps = error.min(256.0 - error);
                assert!(
                    steps <= 1.0,
                    "{case:?}, value {i}: {got}, expected {expected:?}"
                );
                off += usize::from(steps > 0.0);
            }
            assert!(off * 1000 <= 3 * out.len(), "{off} values off");
            Some(out)
        },
    );
    if let Some(checked) = checked {
        assert_eq!(checked.len(), n_cases("mfe"), "{checked:?}");
    }
}

#[test]
fn spectrogram_agrees() {
    let checked = check(
        "spectrogram",
        |_| 1e-3,
        |case, samples, _| {
            let block = Spectrogram::of_sound(stft(case)?, floor(case)?, Normalize::None);
            let block = match case["input"]["columns"].as_sequence() {
                Some(columns) => Spectrogram {
                    axes: columns
                        .iter()
                        .map(|c| Some(c.as_u64()? as u8))
                        .collect::<Option<_>>()?,
                    scale: MOTION_STEP,
                    ..block
                },
                None => block,
            };
            features(FeatureBlock::Spectrogram(block), case, samples)
        },
    );
    if let Some(checked) = checked {
        assert_eq!(checked.len(), n_cases("spectrogram"), "{checked:?}");
    }
}

#[test]
fn what_their_blocks_refuse_is_said() {
    let block = |change: &dyn Fn(&mut Mfcc)| {
        let mut block = Mfcc {
            stft: Stft {
                frame_samples: 320,
                hop_samples: 320,
                fft_samples: 256,
                pre_emphasis: 0.98,
                taper: Taper::Rectangular,
                edge_impulse: true,
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
            normalize: Normalize::None,
            sliding_frames: 101,
            deltas: None,
            arithmetic: Arithmetic::Float,
        };
        change(&mut block);
        let problems = block.problems(&window(16_000, 16_000));
        problems.into_iter().map(|p| p.key).collect::<Vec<_>>()
    };
    assert!(block(&|_| ()).is_empty());
    assert_eq!(block(&|b| b.sliding_frames = 100), ["sliding"]);
    assert_eq!(block(&|b| b.mel.n_filters = 60), ["filters"]);
    assert_eq!(block(&|b| b.stft.fft_samples = 250), ["fft"]);
    assert_eq!(block(&|b| b.stft.hop_samples = 16), ["every"]);
    assert_eq!(block(&|b| b.stft.taper = Taper::Hann), ["taper"]);
}

#[test]
fn noise_and_silence_stay_finite() {
    for samples in [vec![0; 8000], noise(8000, 1, 0), vec![i16::MIN; 8000]] {
        for sliding_frames in [0, 1, 3, 1001] {
            let block = FeatureBlock::Mfcc(Mfcc {
                stft: Stft {
                    frame_samples: 400,
                    hop_samples: 500,
                    fft_samples: 512,
                    pre_emphasis: 0.98,
                    taper: Taper::Rectangular,
                    edge_impulse: true,
                    levels: Default::default(),
                },
                mel: MelBank {
                    n_filters: 20,
                    low_hz: 0.0,
                    high_hz: 8000.0,
                    scale: MelScale::Htk,
                    area_normalized: false,
                },
                log_floor: LOG_FLOOR,
                n_coefficients: 20,
                lifter: 0.0,
                normalize: Normalize::None,
                sliding_frames,
                deltas: None,
                arithmetic: Arithmetic::Float,
            });
            let window = window(8000, 16_000);
            let mut out = Vec::new();
            FrontEnd::new(&window, &[block]).features(&samples, &mut out);
            assert!(out.iter().all(|x| x.is_finite()));
        }
    }
}
