//! Whatever the samples, every feature is a finite number; constants have documented values.

use impulse_ir::features::flatten::FlattenTables;
use impulse_ir::features::spectral::{
    Analysis, Cutoff, Fft, Filter, SpectralTables, Wavelet, WaveletTables,
};
use impulse_ir::features::{Block, Flatten, Spectral};
use proptest::prelude::*;

use crate::window;

/// Signals of 3 axes that provoke overflow, cancellation and division by nothing.
fn signals(rows: usize) -> Vec<Vec<i16>> {
    let n = rows * 3;
    vec![
        vec![0; n],
        vec![i16::MIN; n],
        vec![i16::MAX; n],
        vec![1; n],
        (0..n)
            .map(|i| if i == n / 2 { i16::MIN } else { 0 })
            .collect(),
        (0..n)
            .map(|i| if i == n / 2 { 12_346 } else { 12_345 })
            .collect(),
        (0..n)
            .map(|i| if i / 3 % 2 == 0 { i16::MAX } else { i16::MIN })
            .collect(),
        (0..n)
            .map(|i| (i as i32 * 7919 % 65_536 - 32_768) as i16)
            .collect(),
    ]
}

pub fn blocks(scale: f32) -> Vec<Spectral> {
    let fft = Fft {
        samples: 64,
        overlap: true,
        log: true,
        low_frequencies: false,
    };
    let fft_block = Spectral {
        axes: vec![0, 1, 2],
        scale,
        decimation: 1,
        filter: Filter::None,
        analysis: Analysis::Fft(fft),
    };
    let low = Cutoff { hz: 0.5, order: 8 };
    let wavelet = |wavelet, levels| Analysis::Wavelet { wavelet, levels };
    vec![
        fft_block.clone(),
        Spectral {
            filter: Filter::Low(Cutoff { hz: 3.0, order: 8 }),
            ..fft_block.clone()
        },
        Spectral {
            filter: Filter::High(Cutoff { hz: 40.0, order: 6 }),
            analysis: Analysis::Fft(Fft {
                samples: 16,
                overlap: false,
                log: false,
                low_frequencies: true,
            }),
            ..fft_block.clone()
        },
        Spectral {
            decimation: 3,
            analysis: Analysis::Fft(Fft { samples: 32, ..fft }),
            ..fft_block.clone()
        },
        Spectral {
            analysis: wavelet(Wavelet::Db4, 2),
            ..fft_block.clone()
        },
        Spectral {
            analysis: wavelet(Wavelet::Haar, 3),
            filter: Filter::Low(low),
            ..fft_block.clone()
        },
        Spectral {
            analysis: wavelet(Wavelet::Bior22, 1),
            ..fft_block
        },
    ]
}

/// Every feature of `samples`.
fn features(block: &Spectral, samples: &[i16]) -> Vec<f32> {
    let window = window(samples.len() / 3, 3, 104);
    assert_eq!(block.problems(&window), []);
    match block.analysis {
        Analysis::Fft(fft) => {
            let tables = SpectralTables::new(block, &fft, &window);
            let device = tables.block();
            let mut scratch = vec![f32::NAN; device.scratch_len()];
            device.frame(samples, &mut scratch).to_vec()
        }
        Analysis::Wavelet { wavelet, levels } => {
            let tables = WaveletTables::new(block, wavelet, levels, &window);
            let device = tables.block();
            let mut scratch = vec![f32::NAN; device.scratch_len()];
            device.frame(samples, &mut scratch).to_vec()
        }
    }
}

#[test]
fn every_feature_of_hostile_signals_is_finite() {
    // A range of ±2, and the smallest and largest that the check lets through.
    for scale in [2.0 / 32_768.0, 1e-30, 30.0, -1.0] {
        for block in blocks(scale) {
            for signal in signals(300) {
                let found = features(&block, &signal);
                assert!(found.iter().all(|x| x.is_finite()), "{block:?} {found:?}");
            }
        }
    }
}

#[test]
fn a_constant_axis_has_the_documented_values() {
    let block = &blocks(2.0 / 32_768.0)[0];
    for signal in [vec![0; 900], vec![12_345; 900], vec![i16::MIN; 900]] {
        let found = features(block, &signal);
        for axis in found.chunks_exact(found.len() / 3) {
            assert!(axis[0] < 1e-6, "RMS without the mean: {}", axis[0]);
            assert_eq!(axis[1..3], [0.0, -3.0]);
            assert!(axis[5..].iter().all(|power| *power == -10.0), "{axis:?}");
        }
    }
    let window = window(100, 3, 104);
    let block = Flatten {
        axes: vec![1],
        scale: 0.001,
        statistics: [true; 7],
    };
    let tables = FlattenTables::new(&block, &window);
    let mut scratch = [f32::NAN; 107];
    let out = tables.block().frame(&[500; 300], &mut scratch);
    assert_eq!(out, [0.5, 0.5, 0.5, 0.5, 0.0, 0.0, -3.0]);
}

#[test]
fn the_choice_of_axes_picks_their_features() {
    let all = blocks(1e-3);
    let signal = &signals(300)[7];
    for block in all {
        let whole = features(&block, signal);
        let part = Spectral {
            axes: vec![2],
            ..block.clone()
        };
        // Low frequencies stand behind those of all axes.
        let fft = block.fft().copied();
        let n_parts = if fft.is_some_and(|f| f.low_frequencies) {
            2
        } else {
            1
        };
        let found = features(&part, signal);
        if n_parts == 1 {
            assert_eq!(found, whole[whole.len() / 3 * 2..]);
        } else {
            let window = window(300, 3, 104);
            let tables = SpectralTables::new(&block, &fft.expect("an FFT"), &window);
            let main = 5 + tables.bins[1] - tables.bins[0];
            assert_eq!(found[..main], whole[2 * main..3 * main]);
            assert_eq!(found[main..], whole[whole.len() - (found.len() - main)..]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn random_signals_have_finite_features(
        samples in prop::collection::vec(any::<i16>(), 900),
        shift in 0u32..16,
    ) {
        let samples: Vec<i16> = samples.iter().map(|x| x >> shift).collect();
        for block in blocks(2.0 / 32_768.0) {
            prop_assert!(features(&block, &samples).iter().all(|x| x.is_finite()));
        }
    }
}
