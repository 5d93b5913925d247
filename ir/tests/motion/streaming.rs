//! Streaming equals batch, to the bit, however the samples of several axes are sliced: slices end
//! between the axes of a sample, too.

use impulse_ir::exec::FrontEnd;
use impulse_ir::features::{
    FeatureBlock, Flatten, LOG_FLOOR, Layout, Normalize, Raw, Samples, Spectrogram, Stft, Taper,
};
use impulse_ir::spec::Window;
use impulse_runtime::stream::FramesState;
use proptest::prelude::*;

use crate::{extremes, window};

const N_AXES: usize = 3;
const SCALE: f32 = 2.0 / 32_768.0;

fn blocks() -> Vec<FeatureBlock> {
    let spectral = extremes::blocks(SCALE)
        .into_iter()
        .map(FeatureBlock::Spectral);
    let flatten = FeatureBlock::Flatten(Flatten {
        axes: vec![0, 2],
        scale: SCALE,
        statistics: [true; 7],
    });
    let raw = FeatureBlock::Raw(Raw {
        axes: vec![0, 1, 2],
        scale: SCALE,
    });
    let spectrogram = |axes: &[u8], edge_impulse| {
        FeatureBlock::Spectrogram(Spectrogram {
            stft: Stft {
                frame_samples: 31,
                hop_samples: 13,
                fft_samples: 32,
                pre_emphasis: if edge_impulse { 0.0 } else { 0.5 },
                taper: match edge_impulse {
                    true => Taper::Rectangular,
                    false => Taper::Hann,
                },
                edge_impulse,
                levels: Default::default(),
            },
            axes: axes.to_vec(),
            scale: SCALE,
            log_floor: LOG_FLOOR,
            normalize: Normalize::None,
        })
    };
    let spectrograms = [spectrogram(&[0, 2], false), spectrogram(&[1], true)];
    spectral.chain([flatten, raw]).chain(spectrograms).collect()
}

/// The bits of a window's features.
fn bits(features: &[f32]) -> Vec<u32> {
    features.iter().map(|x| x.to_bits()).collect()
}

/// Features of each window of a stream.
fn streamed(
    block: &FeatureBlock,
    window: &Window,
    samples: &[i16],
    sizes: &[usize],
) -> Vec<Vec<u32>> {
    let layout = Layout::new(window, std::slice::from_ref(block));
    let (part, frames) = (&layout.parts[0], layout.streams[0].frames);
    let mut state = FramesState::new(frames.n_frames);
    let mut buffer = vec![77i16; frames.frame_samples];
    let mut ring = vec![f32::NAN; part.len()];
    let mut windows = Vec::new();
    let mut sizes = sizes.iter().cycle();
    let mut pushed = 0;
    while pushed < samples.len() {
        let size = sizes.next().copied().unwrap_or(1);
        let end = samples.len().min(pushed + size);
        let slice = &samples[pushed..end];
        let result = frames.push(&mut state, &mut buffer, slice, |frame, row| {
            // Poisoned: nothing may depend on what was there.
            let mut scratch = vec![f32::NAN; layout.scratch_len()];
            let out = &mut ring[row * part.n_columns..][..part.n_columns];
            part.tables
                .device()
                .row(Samples::I16(frame), &mut scratch, out);
        });
        pushed += result.consumed;
        if result.complete {
            let mut features = ring.clone();
            features.rotate_left(state.first_frame() * part.n_columns);
            windows.push(bits(&features));
        }
    }
    windows
}

/// The same, from the definition.
fn batch(block: &FeatureBlock, window: &Window, samples: &[i16]) -> Vec<Vec<u32>> {
    let front_end = FrontEnd::new(window, std::slice::from_ref(block));
    let frames = front_end.layout().streams[0].frames;
    let span = (frames.n_frames - 1) * frames.hop_samples + frames.frame_samples;
    let starts = (0..).map(|k| (k * frames.stride_samples).next_multiple_of(frames.hop_samples));
    let windows = starts.map_while(|at| samples.get(at..at + span));
    windows
        .map(|samples| {
            let mut features = Vec::new();
            front_end.features(samples, &mut features);
            bits(&features)
        })
        .collect()
}

#[test]
fn an_axis_of_several_is_as_one_by_itself() {
    let noise: Vec<i16> = (0..900u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as i16)
        .collect();
    let FeatureBlock::Spectrogram(block) = blocks().remove(blocks().len() - 2) else {
        panic!("expected a spectrogram");
    };
    let features = |block: &Spectrogram, window: &Window, samples: &[i16]| {
        let front_end = FrontEnd::new(window, &[FeatureBlock::Spectrogram(block.clone())]);
        let mut out = Vec::new();
        front_end.features(samples, &mut out);
        bits(&out)
    };
    let both = features(&block, &window(300, N_AXES, 104), &noise);
    let each = [0, 2].map(|axis| {
        let samples: Vec<i16> = noise.iter().copied().skip(axis).step_by(N_AXES).collect();
        let axes = vec![0];
        features(
            &Spectrogram {
                axes,
                ..block.clone()
            },
            &window(300, 1, 104),
            &samples,
        )
    });
    let n_bins = 17;
    let rows = each[0].chunks(n_bins).zip(each[1].chunks(n_bins));
    let expected: Vec<u32> = rows.flat_map(|(a, b)| [a, b].concat()).collect();
    assert_eq!(both, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_slices_give_the_windows(
        samples in prop::collection::vec(any::<i16>(), 2_900),
        sizes in prop::collection::vec(1usize..700, 1..6),
        stride_samples in prop::sample::select(vec![20usize, 37, 104, 300, 410]),
    ) {
        for block in blocks() {
            let window = Window { stride_samples, ..window(300, N_AXES, 104) };
            prop_assert_eq!(block.problems(&window), []);
            let found = streamed(&block, &window, &samples, &sizes);
            prop_assert!(found.len() >= 2);
            prop_assert_eq!(found, batch(&block, &window, &samples), "{:?}", block);
        }
    }
}
