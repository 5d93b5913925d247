//! The blocks in integers: how far they are from float, and that nothing overflows or depends on the
//! slices of the stream.

use impulse_ir::exec::FrontEnd;
use impulse_ir::features::{
    Arithmetic, Block, Deltas, FeatureBlock, LOG_FLOOR, Levels, Log, MelBank, MelScale, Mfcc, Mfe,
    Normalize, Stft, Taper,
};

use impulse_ir::spec::Window;

use crate::golden::speech;
use crate::{example, noise, second, tone, with};

fn float_and_fixed(block: &FeatureBlock, samples: &[i16]) -> [Vec<f32>; 2] {
    [Arithmetic::Float, Arithmetic::Fixed].map(|arithmetic| {
        let mut block = block.clone();
        match &mut block {
            FeatureBlock::Mfcc(b) => b.arithmetic = arithmetic,
            FeatureBlock::Mfe(b) => b.arithmetic = arithmetic,
            _ => unreachable!("the other blocks have no arithmetic"),
        }
        let mut out = Vec::new();
        FrontEnd::new(&second(), &[block]).features(samples, &mut out);
        out
    })
}

/// The largest and the root mean square difference.
fn distance(block: &FeatureBlock, samples: &[i16]) -> [f64; 2] {
    let [float, fixed] = float_and_fixed(block, samples);
    assert_eq!(float.len(), fixed.len());
    let errors = || float.iter().zip(&fixed).map(|(a, b)| f64::from(a - b));
    let squares: f64 = errors().map(|e| e * e).sum();
    [
        errors().map(f64::abs).fold(0.0, f64::max),
        (squares / float.len() as f64).sqrt(),
    ]
}

fn mfe(normalize: Normalize) -> FeatureBlock {
    let Mfcc { stft, mel, .. } = example();
    FeatureBlock::Mfe(Mfe {
        stft,
        mel: MelBank {
            n_filters: 40,
            low_hz: 20.0,
            ..mel
        },
        log_floor: LOG_FLOOR,
        normalize,
        deltas: None,
        arithmetic: Arithmetic::Float,
    })
}

/// The block and the largest and the root mean square difference that it may have.
fn hold(block: &FeatureBlock, samples: &[i16], limits: [f64; 2], about: &str) -> [f64; 2] {
    let found = distance(block, samples);
    assert!(
        found[0] <= limits[0] && found[1] <= limits[1],
        "{about}: {found:?}, expected at most {limits:?}"
    );
    found
}

/// Low tones are far above the rest then.
fn without_pre_emphasis() -> FeatureBlock {
    let mut block = mfe(Normalize::Mean);
    if let FeatureBlock::Mfe(block) = &mut block {
        block.stft.pre_emphasis = 0.0;
    }
    block
}

fn mfcc(normalize: Normalize) -> FeatureBlock {
    FeatureBlock::Mfcc(with(|b| b.normalize = normalize))
}

/// With differences of both orders.
fn with_deltas(mut block: FeatureBlock, width: usize) -> FeatureBlock {
    let found = match &mut block {
        FeatureBlock::Mfcc(b) => &mut b.deltas,
        FeatureBlock::Mfe(b) => &mut b.deltas,
        _ => unreachable!("the other blocks have no differences"),
    };
    *found = Some(Deltas {
        width,
        second: true,
    });
    block
}

/// In decibel, of which a neper of power has 4.3.
fn in_decibel(mut block: FeatureBlock) -> FeatureBlock {
    match &mut block {
        FeatureBlock::Mfcc(b) => b.stft.levels.log = Log::Decibel,
        FeatureBlock::Mfe(b) => b.stft.levels.log = Log::Decibel,
        _ => unreachable!("the other blocks have no levels"),
    }
    block
}

#[test]
fn noise_of_every_loudness_is_near_to_float() {
    for shift in [0, 3, 6, 9, 12, 14] {
        let samples = noise(16_000, 3, shift);
        let about = format!("noise, {shift} bits down");
        hold(&mfe(Normalize::None), &samples, [0.02, 0.001], &about);
        hold(&mfe(Normalize::Mean), &samples, [0.02, 0.001], &about);
        hold(&mfcc(Normalize::None), &samples, [0.02, 0.004], &about);
        hold(
            &mfcc(Normalize::MeanVariance),
            &samples,
            [0.04, 0.01],
            &about,
        );
    }
}

#[test]
fn tones_are_near_to_float_but_for_what_is_90_db_below() {
    for (hz, amplitude, limits) in [
        (200.0, 30.0, [0.01, 0.002]),
        (440.0, 3_000.0, [0.04, 0.005]),
        (3_000.0, 300.0, [0.01, 0.002]),
        (1_000.0, 32_767.0, [0.6, 0.1]),
        (3_000.0, 30_000.0, [2.0, 0.3]),
    ] {
        let samples = tone(16_000, hz, amplitude);
        hold(
            &mfe(Normalize::None),
            &samples,
            limits,
            &format!("{hz} Hz at {amplitude}"),
        );
    }
}

#[test]
fn speech_is_near_to_float() {
    for (block, limits) in [
        (mfe(Normalize::None), [0.12, 0.005]),
        (without_pre_emphasis(), [0.5, 0.03]),
        (mfcc(Normalize::None), [0.04, 0.006]),
        (mfcc(Normalize::MeanVariance), [0.04, 0.005]),
        (with_deltas(mfe(Normalize::Mean), 1), [0.12, 0.005]),
        (with_deltas(mfcc(Normalize::None), 2), [0.04, 0.006]),
        (with_deltas(mfcc(Normalize::MeanVariance), 9), [0.04, 0.005]),
        (in_decibel(mfe(Normalize::None)), [0.52, 0.02]),
        (in_decibel(mfcc(Normalize::Mean)), [0.2, 0.03]),
        (
            in_decibel(with_deltas(mfcc(Normalize::MeanVariance), 2)),
            [0.04, 0.005],
        ),
    ] {
        for (i, clip) in speech().iter().enumerate() {
            hold(&block, clip, limits, &format!("recording {i}"));
        }
    }
}

/// Blocks at the ends of their parameters, on windows of 5000 samples.
fn extremes() -> Vec<(Stft, MelBank, f32, f32)> {
    let mut blocks = Vec::new();
    for log_len in 4..=12 {
        for taper in [Taper::Rectangular, Taper::Hann, Taper::Hamming] {
            for (pre_emphasis, lifter, log_floor) in
                [(0.0, 0.0, 1e-6), (1.0, 22.0, 1e-15), (0.97, 1000.0, 1e6)]
            {
                let fft_samples = 1 << log_len;
                let stft = Stft {
                    frame_samples: fft_samples - usize::from(lifter > 0.0),
                    hop_samples: fft_samples / 2 + 1,
                    fft_samples,
                    pre_emphasis,
                    taper,
                    edge_impulse: false,
                    levels: Levels::default(),
                };
                let mel = MelBank {
                    n_filters: if log_len < 9 { 2 } else { 33 },
                    low_hz: 0.0,
                    high_hz: 8000.0,
                    scale: MelScale::Htk,
                    area_normalized: lifter > 22.0,
                };
                blocks.push((stft, mel, lifter, log_floor));
            }
        }
    }
    blocks
}

/// What drives sums to their ends: full-scale squares of every period, steps, clicks, noise.
fn loud() -> Vec<Vec<i16>> {
    let square = |period: usize| {
        let at = move |n: usize| {
            if (n / period).is_multiple_of(2) {
                i16::MIN
            } else {
                i16::MAX
            }
        };
        (0..5000).map(at).collect()
    };
    let mut all: Vec<Vec<i16>> = [1, 2, 3, 4, 7, 8, 64, 500, 5000].map(square).to_vec();
    let mut click = vec![0; 5000];
    click[2500] = i16::MIN;
    let clipped = noise(5000, 9, 0);
    let clipped = clipped
        .iter()
        .map(|&x| if x < 0 { i16::MIN } else { i16::MAX });
    all.extend([vec![0; 5000], click, clipped.collect()]);
    all
}

#[test]
fn nothing_overflows() {
    // Sums that do not fit end a test, which is compiled with checks.
    let window = Window {
        length_samples: 5000,
        stride_samples: 5000,
        ..second()
    };
    let mut out = Vec::new();
    for (stft, mel, lifter, log_floor) in extremes() {
        let mfcc = FeatureBlock::Mfcc(Mfcc {
            stft: stft.clone(),
            log_floor,
            n_coefficients: mel.n_filters,
            lifter,
            normalize: Normalize::MeanVariance,
            sliding_frames: 0,
            deltas: None,
            arithmetic: Arithmetic::Fixed,
            mel: mel.clone(),
        });
        let mfe = FeatureBlock::Mfe(Mfe {
            stft,
            mel,
            log_floor,
            normalize: Normalize::Mean,
            deltas: None,
            arithmetic: Arithmetic::Fixed,
        });
        let n_frames = mfcc.frames(&window).n_frames;
        let wide = |block: &FeatureBlock| with_deltas(block.clone(), 9.min(n_frames - 1));
        let more = [&mfcc, &mfe].map(|block| in_decibel(wide(block)));
        for block in [wide(&mfcc), wide(&mfe), mfcc, mfe].into_iter().chain(more) {
            // A window of one frame has no differences.
            if n_frames == 1 && block.deltas().is_some() {
                continue;
            }
            assert_eq!(block.problems(&window), []);
            let front_end = FrontEnd::new(&window, std::slice::from_ref(&block));
            for samples in loud() {
                front_end.features(&samples, &mut out);
                assert!(out.iter().all(|x| x.abs() <= 65_536.0));
            }
        }
    }
}

#[test]
fn silence_and_steady_tones_stay_silent() {
    for samples in [vec![0; 16_000], tone(16_000, 1000.0, 20_000.0)] {
        for block in [mfcc(Normalize::MeanVariance), mfe(Normalize::Mean)] {
            let [_, fixed] = float_and_fixed(&block, &samples);
            assert!(fixed.iter().all(|&x| x == 0.0));
        }
    }
}

#[test]
fn differences_are_those_of_the_features() {
    // Of a slope of the level of tones: a line through the frames around each.
    let width = 2;
    let block = with_deltas(mfe(Normalize::None), width);
    let samples: Vec<i16> = noise(16_000, 5, 2)
        .iter()
        .enumerate()
        .map(|(n, &x)| (f64::from(x) * n as f64 / 16_000.0) as i16)
        .collect();
    let [_, found] = float_and_fixed(&block, &samples);
    let (n_frames, n_columns) = (49, 40);
    let at = |row: usize, column: usize| f64::from(found[row * 3 * n_columns + column]);
    for row in 2 * width..n_frames - 2 * width {
        for column in 0..n_columns {
            for order in 0..2 {
                let column = order * n_columns + column;
                let line = (1..=width).map(|theta| {
                    theta as f64 * (at(row + theta, column) - at(row - theta, column))
                });
                let expected = line.sum::<f64>() / 10.0;
                let value = at(row, column + n_columns);
                // Steps of 2⁻⁹, and of the rounded first differences for second ones.
                assert!((value - expected).abs() <= 2.5 / 512.0, "{row} {column}");
            }
        }
    }
}

#[test]
fn what_integers_lack_is_refused() {
    let problems = |change: &dyn Fn(&mut Mfcc)| -> Vec<(&'static str, String)> {
        let block = with(|b| {
            b.arithmetic = Arithmetic::Fixed;
            change(b);
        });
        let problems = block.problems(&second()).into_iter();
        problems
            .map(|p| (p.key, p.hint.unwrap_or_default()))
            .collect()
    };
    let found = problems(&|b| {
        b.stft.levels = Levels {
            magnitude: true,
            log: Log::None,
        }
    });
    let keys: Vec<&str> = found.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, ["spectrum", "log"]);
    assert!(
        found[0].1.contains("a square root of each bin"),
        "{found:?}"
    );
    assert!(found[1].1.contains("`log decibel`"), "{found:?}");
    let compat = problems(&|b| {
        b.stft.edge_impulse = true;
        b.stft.taper = Taper::Rectangular;
        b.normalize = Normalize::None;
    });
    assert_eq!(compat[0].0, "arithmetic");
    assert_eq!(compat.len(), 1);
}
