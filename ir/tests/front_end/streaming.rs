//! Streaming equals batch, to the bit, however the samples are sliced.

use impulse_ir::features::OfSpectrum;
use impulse_ir::features::fixed::FixedMfccTables;
use impulse_ir::features::mfcc::MfccTables;
use impulse_runtime::features::{Deltas, Grid, Normalize, OfSpectrum as _, Place, Quantize, fixed};
use impulse_runtime::stream::{Frames, FramesState};
use proptest::prelude::*;

use crate::{example, noise, with};

const GRID: Grid = Grid { per_unit: 256.0 };

/// A block in a stream: what makes a row of a frame, and what makes a window of a ring and its oldest
/// row.
struct Setting<'t> {
    n_columns: usize,
    frames: Frames,
    row: &'t dyn Fn(&[i16], &mut [i16]),
    window: &'t dyn Fn(&[i16], usize) -> Vec<f32>,
}

/// What a window is made of.
#[derive(Clone, Copy, Debug)]
struct Over {
    normalize: Normalize,
    deltas: Option<Deltas>,
}

impl Over {
    /// Values of `n_rows` rows of `n_columns` and of their differences, stored by `fill`.
    fn values(
        self,
        n_rows: usize,
        n_columns: usize,
        fill: impl FnOnce(&mut dyn FnMut(usize, usize, f32)),
    ) -> Vec<f32> {
        let width = n_columns * (1 + self.deltas.map_or(0, |deltas| deltas.order));
        let mut out = vec![f32::NAN; n_rows * width];
        fill(&mut |row, column, value| out[row * width + column] = value);
        assert!(out.iter().all(|x| x.is_finite()));
        out
    }

    fn float(self, ring: &[i16], n_columns: usize, first_frame: usize) -> Vec<f32> {
        let Self { normalize, deltas } = self;
        self.values(ring.len() / n_columns, n_columns, |mut store| {
            normalize.each(GRID, ring, n_columns, first_frame, &mut store);
            if let Some(deltas) = deltas {
                deltas.each(normalize, GRID, ring, n_columns, first_frame, store);
            }
        })
    }

    fn fixed(self, ring: &[i16], n_columns: usize, first_frame: usize) -> Vec<f32> {
        let Self { normalize, deltas } = self;
        self.values(ring.len() / n_columns, n_columns, |store| {
            let mut store = |row, column, value| store(row, column, value as f32);
            SCALING.each(normalize, ring, n_columns, first_frame, &mut store);
            if let Some(deltas) = deltas {
                let over = (deltas, normalize);
                fixed::deltas::each(over, &SCALING, ring, n_columns, first_frame, store);
            }
        })
    }
}

const SCALING: fixed::Scaling<'static> = fixed::Scaling {
    spread_min: 700,
    factors: &[fixed::Factor {
        multiplier: 9_000,
        shift: 15,
    }],
    zero_point: 5,
};

impl Setting<'_> {
    /// Windows of a stream: samples pushed until each was complete, normalized features.
    fn streamed(&self, samples: &[i16], slices: &[usize]) -> Vec<(usize, Vec<f32>)> {
        let n_columns = self.n_columns;
        let mut state = FramesState::new(self.frames.n_frames);
        let mut buffer = vec![77; self.frames.frame_samples];
        let mut ring = vec![-77; self.frames.n_frames * n_columns];
        let mut windows = Vec::new();
        let mut pushed = 0;
        let mut sizes = slices.iter().cycle();
        while pushed < samples.len() {
            let size = sizes.next().copied().unwrap_or(1);
            let size = size.min(samples.len() - pushed);
            let slice = &samples[pushed..pushed + size];
            let remaining = self.frames.remaining(&state);
            let result = self
                .frames
                .push(&mut state, &mut buffer, slice, |frame, row| {
                    (self.row)(frame, &mut ring[row * n_columns..][..n_columns]);
                });
            assert_eq!(result.consumed, size.min(remaining));
            assert_eq!(result.complete, size >= remaining);
            pushed += result.consumed;
            if result.complete {
                windows.push((pushed, (self.window)(&ring, state.first_frame())));
            }
        }
        windows
    }

    /// The same, from the definition.
    fn batch(&self, samples: &[i16]) -> Vec<(usize, Vec<f32>)> {
        let frames = &self.frames;
        let span = (frames.n_frames - 1) * frames.hop_samples + frames.frame_samples;
        let starts =
            (0..).map(|k| (k * frames.stride_samples).next_multiple_of(frames.hop_samples));
        starts
            .map(|start| (start, start + span))
            .take_while(|&(_, end)| end <= samples.len())
            .map(|(start, end)| {
                let n_columns = self.n_columns;
                let mut rows = vec![-77; frames.n_frames * n_columns];
                frames.window(&samples[start..end], |frame, row| {
                    (self.row)(frame, &mut rows[row * n_columns..][..n_columns]);
                });
                (end, (self.window)(&rows, 0))
            })
            .collect()
    }
}

/// Rows on the grid; scratch is poisoned, since nothing may depend on what was there.
fn row_of(tables: &MfccTables) -> impl Fn(&[i16], &mut [i16]) {
    |frame, out| {
        let mut scratch = vec![f32::NAN; tables.block().scratch_len()];
        GRID.store(tables.block().frame(frame, &mut scratch), out);
    }
}

/// The same in integers.
fn fixed_row_of(tables: &FixedMfccTables) -> impl Fn(&[i16], &mut [i16]) {
    |frame, out| {
        let mut scratch = vec![i32::MIN; tables.block().scratch_len()];
        SCALING.store(tables.block().frame(frame, &mut scratch), out);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn streaming_equals_batch(
        frame_samples in 16usize..64,
        hop_samples in 5usize..100,
        n_frames in 1usize..8,
        stride_hops in 1.0f64..12.0,
        slices in prop::collection::vec(1usize..400, 1..6),
        seed in any::<u32>(),
        normalize in 0usize..3,
        deltas in prop::option::of((1usize..10, 1usize..3)),
    ) {
        let block = with(|b| {
            (b.stft.frame_samples, b.stft.hop_samples) = (frame_samples, hop_samples);
            b.stft.fft_samples = 64;
            b.mel.n_filters = 6;
            b.n_coefficients = 5;
        });
        let stride_samples = (hop_samples as f64 * stride_hops) as usize;
        let frames = Frames { frame_samples, hop_samples, n_frames, stride_samples };
        let over = Over {
            normalize: [Normalize::Plain, Normalize::Mean, Normalize::MeanVariance][normalize],
            deltas: deltas.map(|(width, order)| Deltas { width, order }),
        };
        let samples = noise(6000, seed, 2);
        let (float, fixed) = (MfccTables::new(&block, 16_000), FixedMfccTables::new(&block, 16_000));
        let in_floats = |ring: &[i16], first_frame: usize| over.float(ring, 5, first_frame);
        let in_integers = |ring: &[i16], first_frame: usize| over.fixed(ring, 5, first_frame);
        let settings = [
            Setting { n_columns: 5, frames, row: &row_of(&float), window: &in_floats },
            Setting { n_columns: 5, frames, row: &fixed_row_of(&fixed), window: &in_integers },
        ];
        for setting in settings {
            let expected = setting.batch(&samples);
            prop_assert!(!expected.is_empty());
            prop_assert_eq!(setting.streamed(&samples, &slices), expected);
        }
    }

    #[test]
    fn quantizing_in_one_pass_is_normalizing_and_then_quantizing(
        seed in any::<u32>(),
        first_frame in 0usize..7,
        inverse_scale in 0.1f32..60.0,
        zero_point in -128i32..128,
    ) {
        let ring = noise(7 * 4, seed, 0);
        let inverse_scales = [1.0, 2.0, 0.5, 4.0].map(|scale| scale * inverse_scale);
        let inverse_scales = &inverse_scales[..if seed % 2 == 0 { 4 } else { 1 }];
        let quantize = Quantize { inverse_scales, zero_point };
        let place = Place { offset: 3, row_stride: 6 };
        for normalize in [Normalize::Mean, Normalize::MeanVariance] {
            let mut expected = vec![99; 8 * 6];
            normalize.each(GRID, &ring, 4, first_frame, |row, column, value| {
                expected[3 + 6 * row + column] = quantize.apply(column, value);
            });
            let mut got = vec![99; 8 * 6];
            normalize.quantize(GRID, &ring, 4, first_frame, (&quantize, place), &mut got);
            prop_assert_eq!(got, expected);
        }
    }

    #[test]
    fn integers_are_quantized_in_one_pass_as_in_two(
        seed in any::<u32>(),
        first_frame in 0usize..7,
        width in 1usize..10,
        order in 1usize..3,
    ) {
        let ring = noise(7 * 4, seed, 3);
        let place = Place { offset: 3, row_stride: 15 };
        for normalize in [Normalize::Plain, Normalize::Mean, Normalize::MeanVariance] {
            let mut expected = vec![99; 8 * 15];
            let mut store = |row: usize, column: usize, value: i32| {
                expected[3 + 15 * row + column] = SCALING.apply(column, value);
            };
            let over = (Deltas { width, order }, normalize);
            SCALING.each(normalize, &ring, 4, first_frame, &mut store);
            fixed::deltas::each(over, &SCALING, &ring, 4, first_frame, store);
            let mut got = vec![99; 8 * 15];
            SCALING.quantize(normalize, &ring, 4, first_frame, place, &mut got);
            fixed::deltas::quantize(over, &SCALING, &ring, 4, first_frame, place, &mut got);
            prop_assert_eq!(got, expected);
        }
    }

    #[test]
    fn moments_are_those_of_the_column(
        seed in any::<u32>(),
        shift in 0u32..15,
        n_frames in 1usize..400,
    ) {
        let ring = noise(n_frames, seed, shift);
        let real: Vec<f64> = ring.iter().map(|&q| f64::from(q) / 256.0).collect();
        let n = n_frames as f64;
        let mean = real.iter().sum::<f64>() / n;
        let variance = real.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        Normalize::Mean.each(GRID, &ring, 1, 0, |row, _, value| {
            assert!((f64::from(value) - (real[row] - mean)).abs() <= 3e-5);
        });
        Normalize::MeanVariance.each(GRID, &ring, 1, 0, |row, _, value| {
            let expected = (real[row] - mean) / variance.max(0.01).sqrt();
            assert!((f64::from(value) - expected).abs() <= 1e-6 * (1.0 + expected.abs()));
        });
    }
}

#[test]
fn a_second_at_the_usual_stride() {
    let tables = MfccTables::new(&example(), 16_000);
    let over = Over {
        normalize: Normalize::MeanVariance,
        deltas: None,
    };
    let setting = Setting {
        n_columns: tables.n_coefficients,
        frames: Frames {
            frame_samples: 512,
            hop_samples: 320,
            n_frames: 49,
            stride_samples: 4000,
        },
        row: &row_of(&tables),
        window: &|ring, first_frame| over.float(ring, tables.n_coefficients, first_frame),
    };
    let samples = noise(16_000 * 3, 9, 3);
    let windows = setting.streamed(&samples, &[256]);
    assert_eq!(windows, setting.batch(&samples));
    // 49 frames span 15,872 samples; the second window starts at frame 13, sample 4160.
    let ends: Vec<usize> = windows.iter().map(|w| w.0).take(3).collect();
    assert_eq!(ends, [15_872, 20_032, 23_872]);
}
