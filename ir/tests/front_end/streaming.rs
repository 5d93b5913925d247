//! Streaming equals batch, to the bit, however the samples are sliced.

use impulse_ir::features::OfSpectrum;
use impulse_ir::features::mfcc::MfccTables;
use impulse_runtime::features::{Deltas, Grid, Normalize, OfSpectrum as _, Place, Quantize};
use impulse_runtime::stream::{Frames, FramesState};
use proptest::prelude::*;

use crate::{example, noise, with};

const GRID: Grid = Grid { per_unit: 256.0 };

/// A block in a stream.
struct Setting<'t> {
    tables: &'t MfccTables,
    frames: Frames,
    normalize: Normalize,
    deltas: Option<Deltas>,
}

impl Setting<'_> {
    fn row(&self, frame: &[i16], out: &mut [i16]) {
        // Poisoned: nothing may depend on what was there.
        let mut scratch = vec![f32::NAN; self.tables.block().scratch_len()];
        GRID.store(self.tables.block().frame(frame, &mut scratch), out);
    }

    fn normalized(&self, ring: &[i16], first_frame: usize) -> Vec<f32> {
        let n_columns = self.tables.n_coefficients;
        let width = n_columns * (1 + self.deltas.map_or(0, |deltas| deltas.order));
        let mut out = vec![f32::NAN; ring.len() / n_columns * width];
        let store = |row, column, value| out[row * width + column] = value;
        self.normalize
            .each(GRID, ring, n_columns, first_frame, store);
        if let Some(deltas) = self.deltas {
            let store = |row, column, value| out[row * width + column] = value;
            deltas.each(self.normalize, GRID, ring, n_columns, first_frame, store);
        }
        assert!(out.iter().all(|x| x.is_finite()));
        out
    }

    /// Windows of a stream: samples pushed until each was complete, normalized features.
    fn streamed(&self, samples: &[i16], slices: &[usize]) -> Vec<(usize, Vec<f32>)> {
        let n_columns = self.tables.n_coefficients;
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
                    self.row(frame, &mut ring[row * n_columns..][..n_columns]);
                });
            assert_eq!(result.consumed, size.min(remaining));
            assert_eq!(result.complete, size >= remaining);
            pushed += result.consumed;
            if result.complete {
                windows.push((pushed, self.normalized(&ring, state.first_frame())));
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
                let n_columns = self.tables.n_coefficients;
                let mut rows = vec![-77; frames.n_frames * n_columns];
                frames.window(&samples[start..end], |frame, row| {
                    self.row(frame, &mut rows[row * n_columns..][..n_columns]);
                });
                (end, self.normalized(&rows, 0))
            })
            .collect()
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
        let tables = MfccTables::new(&block, 16_000);
        let stride_samples = (hop_samples as f64 * stride_hops) as usize;
        let setting = Setting {
            tables: &tables,
            frames: Frames { frame_samples, hop_samples, n_frames, stride_samples },
            normalize: [Normalize::Plain, Normalize::Mean, Normalize::MeanVariance][normalize],
            deltas: deltas.map(|(width, order)| Deltas { width, order }),
        };
        let samples = noise(6000, seed, 2);
        let expected = setting.batch(&samples);
        prop_assert!(!expected.is_empty());
        prop_assert_eq!(setting.streamed(&samples, &slices), expected);
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
    let setting = Setting {
        tables: &tables,
        frames: Frames {
            frame_samples: 512,
            hop_samples: 320,
            n_frames: 49,
            stride_samples: 4000,
        },
        normalize: Normalize::MeanVariance,
        deltas: None,
    };
    let samples = noise(16_000 * 3, 9, 3);
    let windows = setting.streamed(&samples, &[256]);
    assert_eq!(windows, setting.batch(&samples));
    // 49 frames span 15,872 samples; the second window starts at frame 13, sample 4160.
    let ends: Vec<usize> = windows.iter().map(|w| w.0).take(3).collect();
    assert_eq!(ends, [15_872, 20_032, 23_872]);
}
