//! Streams of other sensors than a microphone: blocks over the axes of motion, and pixels.

use impulse_ir::features::spectral::{Analysis, Cutoff, Fft, Filter, Wavelet};
use impulse_ir::features::{
    FeatureBlock, Flatten, Image, LOG_FLOOR, Normalize, Raw, Spectral, Spectrogram, Stft, Taper,
};
use impulse_ir::spec::{Channels, Fit, Interpolation, Motion, Picture, Sensor, Window};

use crate::Case;

const N_AXES: usize = 3;
const RANGE: f32 = 2.0;

fn case(block: FeatureBlock, window: Window) -> Case {
    Case {
        block,
        window,
        average_results: 2,
        suppress_results: 1,
        sum_min: -30,
    }
}

/// Two seconds of three axes at 104 Hz.
fn motion(block: FeatureBlock, stride_samples: usize) -> Case {
    let window = Window {
        rate_hz: 104,
        length_samples: 208,
        stride_samples,
        n_axes: N_AXES,
        sensor: Sensor::Motion(Motion {
            axes: ["x", "y", "z"].map(str::to_owned).to_vec(),
            range: RANGE,
        }),
    };
    case(block, window)
}

fn picture(size: [usize; 2], n_axes: usize, channels: Channels) -> Case {
    let window = Window {
        rate_hz: 1000,
        length_samples: size[0] * size[1],
        stride_samples: size[0] * size[1],
        n_axes,
        sensor: Sensor::Image(Picture {
            size,
            fit: Fit::Squash,
            interpolation: Interpolation::Bilinear,
        }),
    };
    case(FeatureBlock::Image(Image { channels }), window)
}

/// Every block over axes with every filter, decimation and wavelet path, and pixels of both kinds.
pub fn cases() -> Vec<Case> {
    let scale = RANGE / 32_768.0;
    let fft = Fft {
        samples: 64,
        overlap: true,
        log: true,
        low_frequencies: false,
    };
    let usual = Spectral {
        axes: vec![0, 1, 2],
        scale,
        decimation: 1,
        filter: Filter::None,
        analysis: Analysis::Fft(fft),
    };
    let low_pass = Spectral {
        filter: Filter::Low(Cutoff { hz: 8.0, order: 8 }),
        axes: vec![0, 2],
        ..usual.clone()
    };
    let both_rates = Spectral {
        filter: Filter::High(Cutoff { hz: 2.0, order: 6 }),
        analysis: Analysis::Fft(Fft {
            samples: 32,
            overlap: false,
            log: false,
            low_frequencies: true,
        }),
        ..usual.clone()
    };
    let decimated = Spectral {
        decimation: 3,
        ..usual.clone()
    };
    let wavelet = |wavelet, levels| Spectral {
        analysis: Analysis::Wavelet { wavelet, levels },
        ..usual.clone()
    };
    let spectral = FeatureBlock::Spectral;
    let some = [true, false, true, true, false, true, true];
    let flatten = |axes, statistics| {
        FeatureBlock::Flatten(Flatten {
            axes,
            scale,
            statistics,
        })
    };
    let spectrogram = |axes, frame_samples: usize, taper, normalize| {
        FeatureBlock::Spectrogram(Spectrogram {
            stft: Stft {
                frame_samples,
                hop_samples: 10,
                fft_samples: frame_samples.next_power_of_two(),
                pre_emphasis: 0.25,
                taper,
                edge_impulse: false,
                levels: Default::default(),
            },
            axes,
            scale,
            log_floor: LOG_FLOOR,
            normalize,
        })
    };
    let (two, one) = (vec![0, 2], vec![1]);
    let spectrograms = [
        spectrogram(two.clone(), 31, Taper::Hann, Normalize::None),
        spectrogram(vec![0, 1, 2], 64, Taper::Rectangular, Normalize::Mean),
        spectrogram(one.clone(), 16, Taper::Hamming, Normalize::MeanVariance),
    ];
    let spectrograms = spectrograms.map(|block| motion(block, 52));
    let others = vec![
        motion(spectral(usual.clone()), 52),
        motion(spectral(low_pass), 208),
        motion(spectral(both_rates), 300),
        motion(spectral(decimated), 31),
        motion(spectral(wavelet(Wavelet::Db4, 2)), 52),
        motion(spectral(wavelet(Wavelet::Haar, 1)), 1000),
        motion(flatten(vec![0, 1, 2], [true; 7]), 52),
        motion(flatten(one, some), 7 * N_AXES),
        motion(FeatureBlock::Raw(Raw { axes: two, scale }), 100),
        picture([32, 24], 1, Channels::Same),
        picture([16, 16], 3, Channels::Same),
        picture([17, 9], 3, Channels::Grey),
    ];
    spectrograms.into_iter().chain(others).collect()
}
