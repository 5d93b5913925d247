//! Streaming equals batch, to the bit, however the samples are sliced.

use impulse_ir::features::mfcc::{Mfcc, MfccTables, Normalize};
use impulse_runtime::features::Quantize;
use impulse_runtime::stream::{Stream, StreamState};
use proptest::prelude::*;

use crate::{example, noise};

/// Windows of a stream: samples pushed until each was complete, normalized features.
fn streamed(
    stream: &Stream,
    normalize: Normalize,
    samples: &[i16],
    slices: &[usize],
) -> Vec<(usize, Vec<f32>)> {
    let mut state = StreamState::new(stream.n_frames);
    let mut buffer = vec![77; stream.samples_len()];
    let mut ring = vec![f32::NAN; stream.features_len()];
    let mut windows = Vec::new();
    let mut pushed = 0;
    let mut sizes = slices.iter().cycle();
    while pushed < samples.len() {
        let size = sizes
            .next()
            .copied()
            .unwrap_or(1)
            .min(samples.len() - pushed);
        let mut scratch = vec![f32::NAN; stream.mfcc.scratch_len()];
        let slice = &samples[pushed..pushed + size];
        let result = stream.push(&mut state, &mut buffer, &mut ring, &mut scratch, slice);
        assert!(result.consumed <= size && (result.consumed == size || result.complete));
        pushed += result.consumed;
        if result.complete {
            let mut out = vec![f32::NAN; ring.len()];
            let n_coefficients = stream.mfcc.n_coefficients;
            normalize
                .device()
                .apply(&ring, n_coefficients, state.first_frame(), &mut out);
            windows.push((pushed, out));
        }
    }
    windows
}

/// The same, from the definition.
fn batch(stream: &Stream, normalize: Normalize, samples: &[i16]) -> Vec<(usize, Vec<f32>)> {
    let mfcc = &stream.mfcc;
    let span = (stream.n_frames - 1) * mfcc.hop_samples + mfcc.frame_samples;
    let starts = (0..).map(|k| (k * stream.stride_samples).next_multiple_of(mfcc.hop_samples));
    starts
        .map(|start| (start, start + span))
        .take_while(|&(_, end)| end <= samples.len())
        .map(|(start, end)| {
            let mut raw = vec![f32::NAN; stream.features_len()];
            let mut scratch = vec![f32::NAN; mfcc.scratch_len()];
            mfcc.window(&samples[start..end], &mut scratch, &mut raw);
            let mut out = vec![f32::NAN; raw.len()];
            normalize
                .device()
                .apply(&raw, mfcc.n_coefficients, 0, &mut out);
            (end, out)
        })
        .collect()
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
        mean in any::<bool>(),
    ) {
        let block = Mfcc {
            frame_samples,
            hop_samples,
            fft_samples: 64,
            n_filters: 6,
            n_coefficients: 5,
            normalize: if mean { Normalize::Mean } else { Normalize::MeanVariance },
            ..example()
        };
        let tables = MfccTables::new(&block, 16_000);
        let stride_samples = (hop_samples as f64 * stride_hops) as usize;
        let stream = Stream { mfcc: tables.block(), n_frames, stride_samples };
        let samples = noise(6000, seed, 2);
        let expected = batch(&stream, block.normalize, &samples);
        prop_assert!(!expected.is_empty());
        prop_assert_eq!(streamed(&stream, block.normalize, &samples, &slices), expected);
    }

    #[test]
    fn quantizing_in_one_pass_is_normalizing_and_then_quantizing(
        seed in any::<u32>(),
        first_frame in 0usize..7,
        inverse_scale in 0.1f32..60.0,
        zero_point in -128i32..128,
    ) {
        let ring: Vec<f32> = noise(7 * 4, seed, 0).iter().map(|&x| f32::from(x) / 1000.0).collect();
        let quantize = Quantize { inverse_scale, zero_point };
        for normalize in [Normalize::None, Normalize::Mean, Normalize::MeanVariance].map(Normalize::device) {
            let mut floats = vec![f32::NAN; ring.len()];
            normalize.apply(&ring, 4, first_frame, &mut floats);
            let expected: Vec<i8> = floats.iter().map(|&x| quantize.apply(x)).collect();
            let mut got = vec![99; ring.len()];
            normalize.quantize(&ring, 4, first_frame, &quantize, &mut got);
            prop_assert_eq!(got, expected);
        }
    }
}

#[test]
fn a_second_at_the_usual_stride() {
    let tables = MfccTables::new(&example(), 16_000);
    let stream = Stream {
        mfcc: tables.block(),
        n_frames: 49,
        stride_samples: 4000,
    };
    let samples = noise(16_000 * 3, 9, 3);
    let windows = streamed(&stream, Normalize::MeanVariance, &samples, &[256]);
    assert_eq!(windows, batch(&stream, Normalize::MeanVariance, &samples));
    // 49 frames span 15,872 samples; the second window starts at frame 13, sample 4160.
    assert_eq!(
        windows.iter().map(|w| w.0).take(3).collect::<Vec<_>>(),
        [15_872, 20_032, 23_872]
    );
}
