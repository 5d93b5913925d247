//! Streaming equals batch, to the bit, however the samples of several axes are sliced: slices end
//! between the axes of a sample, too.

use impulse_ir::exec::FrontEnd;
use impulse_ir::features::{FeatureBlock, Flatten, Layout, Raw, Samples};
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
    spectral.chain([flatten, raw]).collect()
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
    let starts = (0..samples.len()).step_by(window.stride_samples * N_AXES);
    let windows = starts.filter_map(|at| samples.get(at..at + window.length_samples * N_AXES));
    windows
        .map(|samples| {
            let mut features = Vec::new();
            front_end.features(samples, &mut features);
            bits(&features)
        })
        .collect()
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
            let found = streamed(&block, &window, &samples, &sizes);
            prop_assert!(found.len() >= 2);
            prop_assert_eq!(found, batch(&block, &window, &samples), "{:?}", block);
        }
    }
}
