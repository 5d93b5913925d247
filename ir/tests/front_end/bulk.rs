//! Features of whole windows, several frames at once, against frame after frame by the device's code.

use impulse_ir::features::{
    Arithmetic, FeatureBlock, Layout, Levels, Log, Mfe, Normalize, Samples, Spectrogram, Stft,
    Taper,
};
use impulse_ir::spec::Window;
use proptest::prelude::*;

use crate::{noise, second, with};

/// Rows of a window in both ways.
fn both(block: &FeatureBlock, window: &Window, samples: &[i16]) -> [Vec<u32>; 2] {
    let layout = Layout::new(window, std::slice::from_ref(block));
    let (part, frames) = (&layout.parts[0], layout.streams[0].frames);
    let device = part.tables.device();
    // Poisoned: nothing may depend on what was there.
    let mut scratch = vec![f32::NAN; layout.scratch_len()];
    let mut bulk = vec![f32::NAN; part.len()];
    device.rows(Samples::from(samples), frames, &mut scratch, &mut bulk);
    let mut single = vec![f32::NAN; part.len()];
    for (i, row) in single.chunks_exact_mut(part.n_columns).enumerate() {
        let frame = &samples[i * frames.hop_samples..][..frames.frame_samples];
        device.row(Samples::from(frame), &mut scratch, row);
    }
    [bulk, single].map(|rows| rows.into_iter().map(f32::to_bits).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn bulk_features_have_the_bits_of_the_device(
        frame_samples in 20usize..700,
        hop_samples in 100usize..900,
        n_samples in 700usize..12_000,
        taper in 0usize..3,
        magnitude in any::<bool>(),
        log in 0usize..3,
        kind in 0usize..3,
        seed in any::<u32>(),
        shift in 0u32..15,
    ) {
        let stft = Stft {
            frame_samples,
            hop_samples,
            fft_samples: frame_samples.next_power_of_two(),
            pre_emphasis: 0.97,
            taper: [Taper::Rectangular, Taper::Hann, Taper::Hamming][taper],
            edge_impulse: false,
            levels: Levels { magnitude, log: [Log::Natural, Log::Decibel, Log::None][log] },
        };
        let mfcc = with(|b| {
            b.stft = stft.clone();
            (b.mel.n_filters, b.n_coefficients) = (7, 6);
        });
        let block = match kind {
            0 => FeatureBlock::Mfe(Mfe {
                stft,
                mel: mfcc.mel,
                log_floor: 1e-6,
                normalize: Normalize::None,
                deltas: None,
                arithmetic: Arithmetic::Float,
            }),
            1 => FeatureBlock::Spectrogram(Spectrogram::of_sound(stft, 1e-6, Normalize::Mean)),
            _ => FeatureBlock::Mfcc(mfcc),
        };
        let window = Window { length_samples: n_samples, ..second() };
        let [bulk, single] = both(&block, &window, &noise(n_samples, seed, shift));
        prop_assert_eq!(bulk, single);
    }
}
