//! The tables of the block, computed once: the host computes with them and they are emitted.

use impulse_runtime::dsp::{Conditioning, Decimation, RealFft, Section, Wavelet as DeviceWavelet};
use impulse_runtime::features as device;

use super::filters::{self, Pass};
use super::{Analysis, Fft, Filter, Spectral, Wavelet};
use crate::board::Cpu;
use crate::cost::{self, code};
use crate::features::stft::{split, twiddles};
use crate::features::{DeviceBlock, Samples};
use crate::spec::Window;

/// Stages of a decimation, see [`Decimation`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecimationTables {
    /// `[stages]`.
    pub ratios: Vec<u8>,
    /// `[stages, 4]`.
    pub sections: Vec<Section>,
}

/// What comes before either analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalTables {
    /// Samples of a window.
    pub n_samples: usize,
    /// Values of a sample.
    pub n_axes: usize,
    /// The axes that are analysed.
    pub axes: Vec<u8>,
    /// What a step of the samples is worth.
    pub scale: f32,
    /// The decimation.
    pub decimation: DecimationTables,
    /// The filter.
    pub sections: Vec<Section>,
}

/// The FFT branch as the device has it, see [`device::Spectral`].
#[derive(Clone, Debug, PartialEq)]
pub struct SpectralTables {
    /// What comes before.
    pub signal: SignalTables,
    /// Points of the transform.
    pub fft_samples: usize,
    /// See [`RealFft::twiddles`].
    pub twiddles: Vec<f32>,
    /// See [`RealFft::split`].
    pub split: Vec<f32>,
    /// Samples from one piece to the next.
    pub hop_samples: usize,
    /// Whether powers are logarithms.
    pub log: bool,
    /// Bins that are given.
    pub bins: [usize; 2],
    /// The decimation before the low frequencies.
    pub low: DecimationTables,
    /// Bins of the low frequencies that are given.
    pub low_bins: [usize; 2],
}

/// The wavelet branch as the device has it, see [`device::WaveletBands`].
#[derive(Clone, Debug, PartialEq)]
pub struct WaveletTables {
    /// What comes before.
    pub signal: SignalTables,
    /// The low-pass filter.
    pub low: Vec<f32>,
    /// The high-pass filter.
    pub high: Vec<f32>,
    /// Levels of the transform.
    pub n_levels: usize,
}

impl DecimationTables {
    /// What a decimation of `ratio` is made of.
    pub fn new(ratio: usize) -> Self {
        let ratios: &[u8] = match ratio {
            3 => &[3],
            10 => &[10],
            30 => &[3, 10],
            100 => &[10, 10],
            1000 => &[10, 10, 10],
            _ => &[],
        };
        let stages = ratios.iter();
        Self {
            ratios: ratios.to_vec(),
            sections: stages
                .flat_map(|r| filters::decimation(usize::from(*r)))
                .collect(),
        }
    }

    fn device(&self) -> Decimation<'_> {
        Decimation {
            ratios: &self.ratios,
            sections: &self.sections,
        }
    }

    fn flash_bytes(&self) -> usize {
        self.ratios.len().next_multiple_of(4) + size_of_val(&self.sections[..])
    }
}

impl SignalTables {
    fn new(block: &Spectral, window: &Window) -> Self {
        let nyquist_hz = block.rate_hz(window) / 2.0;
        let sections = match block.filter {
            Filter::Low(c) if c.order > 0 => {
                filters::butterworth(Pass::Low, c.order, f64::from(c.hz) / nyquist_hz)
            }
            Filter::High(c) if c.order > 0 => {
                filters::butterworth(Pass::High, c.order, f64::from(c.hz) / nyquist_hz)
            }
            _ => Vec::new(),
        };
        Self {
            n_samples: window.length_samples,
            n_axes: window.n_axes,
            axes: block.axes.clone(),
            scale: block.scale,
            decimation: DecimationTables::new(block.decimation),
            sections,
        }
    }

    fn conditioning(&self) -> Conditioning<'_> {
        Conditioning {
            decimation: self.decimation.device(),
            sections: &self.sections,
        }
    }

    fn flash_bytes(&self) -> usize {
        let axes = self.axes.len().next_multiple_of(4);
        axes + self.decimation.flash_bytes() + size_of_val(&self.sections[..])
    }

    /// Samples that the decimation leaves.
    fn n_left(&self) -> usize {
        let ratios = self.decimation.ratios.iter();
        ratios.fold(self.n_samples, |n, r| n.div_ceil(usize::from(*r)))
    }

    /// Instructions of loading and conditioning the signals of all axes.
    fn instructions(&self, cpu: Cpu) -> u64 {
        let (mut n, mut filtered) = (self.n_samples, 0);
        for ratio in &self.decimation.ratios {
            filtered += 4 * n;
            n = n.div_ceil(usize::from(*ratio));
        }
        filtered += self.sections.len() * n;
        let axis = cost::section_instructions(filtered, cpu)
            + cost::load_instructions(self.n_samples, cpu);
        self.axes.len() as u64 * axis
    }

    /// Multiplications of the filters over the signals of all axes.
    fn macs(&self) -> usize {
        let (mut n, mut total) = (self.n_samples, 0);
        for ratio in &self.decimation.ratios {
            total += 20 * n;
            n = n.div_ceil(usize::from(*ratio));
        }
        self.axes.len() * (self.n_samples + total + 5 * self.sections.len() * n)
    }
}

impl SpectralTables {
    /// The tables of a block without problems on `window`.
    pub fn new(block: &Spectral, fft: &Fft, window: &Window) -> Self {
        let rate_hz = block.rate_hz(window);
        let low = DecimationTables::new(if fft.low_frequencies { 10 } else { 1 });
        Self {
            signal: SignalTables::new(block, window),
            fft_samples: fft.samples,
            twiddles: twiddles(fft.samples),
            split: split(fft.samples),
            hop_samples: if fft.overlap {
                fft.samples / 2
            } else {
                fft.samples
            },
            log: fft.log,
            bins: fft.bins(&block.filter, rate_hz),
            low_bins: match fft.low_frequencies {
                true => fft.bins(&block.filter, rate_hz / 10.0),
                false => [0, 0],
            },
            low,
        }
    }

    /// The device's block over these tables.
    pub fn block(&self) -> device::Spectral<'_> {
        device::Spectral {
            n_samples: self.signal.n_samples,
            n_axes: self.signal.n_axes,
            axes: &self.signal.axes,
            scale: self.signal.scale,
            conditioning: self.signal.conditioning(),
            fft: RealFft {
                len: self.fft_samples,
                twiddles: &self.twiddles,
                split: &self.split,
            },
            hop_samples: self.hop_samples,
            log: self.log,
            bins: self.bins,
            low: self.low.device(),
            low_bins: self.low_bins,
        }
    }
}

impl DeviceBlock for SpectralTables {
    fn scratch_len(&self) -> usize {
        self.block().scratch_len()
    }

    fn row(&self, frame: Samples<'_>, scratch: &mut [f32], out: &mut [f32]) {
        out.copy_from_slice(self.block().frame(frame.i16(), scratch));
    }

    fn flash_bytes(&self) -> usize {
        let fft = size_of::<f32>() * (self.twiddles.len() + self.split.len());
        self.signal.flash_bytes() + fft + self.low.flash_bytes()
    }

    fn parameter_bytes(&self) -> usize {
        64
    }

    fn macs(&self) -> usize {
        let n = self.signal.n_left();
        let fft = self.fft_samples / 8 * 12 * (self.fft_samples.ilog2() as usize / 2)
            + 3 * self.fft_samples;
        let of = |n: usize| 8 * n + n.div_ceil(self.hop_samples) * fft;
        let low = if self.low.ratios.is_empty() {
            0
        } else {
            20 * n + of(n.div_ceil(10))
        };
        self.signal.macs() + self.signal.axes.len() * (of(n) + low)
    }

    fn instructions(&self, cpu: Cpu) -> u64 {
        let n = self.signal.n_left();
        let of = |n: usize, bins: [usize; 2]| {
            let pieces = n.div_ceil(self.hop_samples);
            cost::statistics_instructions(n + self.fft_samples / 2, cpu)
                + pieces as u64 * cost::piece_instructions(self.fft_samples, cpu)
                + cost::level_instructions(bins[1] - bins[0], cpu)
        };
        let mut axis = of(n, self.bins);
        if !self.low.ratios.is_empty() {
            axis += cost::section_instructions(4 * n, cpu) + of(n.div_ceil(10), self.low_bins);
        }
        self.signal.instructions(cpu) + self.signal.axes.len() as u64 * axis
    }

    fn code(&self, cpu: Cpu) -> Vec<(&'static str, u64)> {
        let mut all = signal_code();
        all.extend([code::FFT, code::LN, code::SPECTRAL]);
        code::all(cpu, &all)
    }

    fn stack_bytes(&self) -> u64 {
        cost::MOTION_STACK_BYTES
    }
}

impl WaveletTables {
    /// The tables of a block without problems on `window`.
    pub fn new(block: &Spectral, wavelet: Wavelet, levels: usize, window: &Window) -> Self {
        Self {
            signal: SignalTables::new(block, window),
            low: wavelet.low(),
            high: wavelet.high(),
            n_levels: levels,
        }
    }

    /// The device's block over these tables.
    pub fn block(&self) -> device::WaveletBands<'_> {
        device::WaveletBands {
            n_samples: self.signal.n_samples,
            n_axes: self.signal.n_axes,
            axes: &self.signal.axes,
            scale: self.signal.scale,
            conditioning: self.signal.conditioning(),
            wavelet: DeviceWavelet {
                low: &self.low,
                high: &self.high,
            },
            n_levels: self.n_levels,
        }
    }
}

impl DeviceBlock for WaveletTables {
    fn scratch_len(&self) -> usize {
        self.block().scratch_len()
    }

    fn row(&self, frame: Samples<'_>, scratch: &mut [f32], out: &mut [f32]) {
        out.copy_from_slice(self.block().frame(frame.i16(), scratch));
    }

    fn flash_bytes(&self) -> usize {
        self.signal.flash_bytes() + size_of::<f32>() * (self.low.len() + self.high.len())
    }

    fn parameter_bytes(&self) -> usize {
        40
    }

    fn macs(&self) -> usize {
        // The levels halve the signal: in all twice the filters over the first one.
        let transform = 2 * self.low.len() * self.signal.n_samples;
        self.signal.macs() + self.signal.axes.len() * (transform + 16 * self.signal.n_samples)
    }

    fn instructions(&self, cpu: Cpu) -> u64 {
        let n = self.signal.n_left();
        let transform = cost::wavelet_instructions(n, self.low.len(), self.n_levels, cpu);
        // The bands have about as many values as the signal.
        let bands = cost::band_instructions(n, cpu);
        self.signal.instructions(cpu) + self.signal.axes.len() as u64 * (transform + bands)
    }

    fn code(&self, cpu: Cpu) -> Vec<(&'static str, u64)> {
        let mut all = signal_code();
        all.extend([code::LN, code::WAVELET]);
        code::all(cpu, &all)
    }

    fn stack_bytes(&self) -> u64 {
        cost::MOTION_STACK_BYTES
    }
}

impl Spectral {
    /// The rate of the signal after the decimation.
    pub fn rate_hz(&self, window: &Window) -> f64 {
        f64::from(window.rate_hz) / self.decimation.max(1) as f64
    }

    /// The analysis by the FFT, where that is the analysis.
    pub fn fft(&self) -> Option<&Fft> {
        match &self.analysis {
            Analysis::Fft(fft) => Some(fft),
            Analysis::Wavelet { .. } => None,
        }
    }
}

/// Code of what comes before an analysis, and of the statistics after it.
fn signal_code() -> Vec<code::Code> {
    vec![
        code::AXIS,
        code::FILTERS,
        code::STATISTICS,
        code::SQRT,
        code::INVERSE_SQRT,
    ]
}
