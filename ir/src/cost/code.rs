//! Bytes of machine code around the network, function by function, so that an image is charged with
//! what it links (gcc 12.2, `-O2`; the Cortex-M4F, and the Cortex-M3 for cores without an FPU).

use super::has_fpu;
use crate::board::Cpu;

/// A function, or some that are always linked together: its name, bytes with and without an FPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(&'static str, [u64; 2]);

impl Code {
    /// Name and bytes on a CPU.
    pub fn on(self, cpu: Cpu) -> (&'static str, u64) {
        let bytes = self.1[usize::from(!has_fpu(cpu))];
        // Eight registers and no instruction of 32 bits take a fifth more.
        let more = if cpu == Cpu::CortexM0 { bytes / 5 } else { 0 };
        (self.0, bytes + more)
    }
}

/// Names and bytes of several on a CPU.
pub fn all(cpu: Cpu, codes: &[Code]) -> Vec<(&'static str, u64)> {
    codes.iter().map(|code| code.on(cpu)).collect()
}

/// A feature to int8.
pub const QUANTIZE: Code = Code("quantization", [136, 124]);
/// Rows that wait as int8.
pub const ROWS: Code = Code("rows of features", [128, 124]);
/// Rows that wait as int16, and their normalization over a window.
pub const NORMALIZE: Code = Code("normalization", [566, 592]);
/// Differences over a window.
pub const DELTAS: Code = Code("deltas", [472, 464]);
/// `1/√x`.
pub const INVERSE_SQRT: Code = Code("inverse square root", [56, 68]);
/// `√x`.
pub const SQRT: Code = Code("square root", [88, 100]);
/// `ln x`.
pub const LN: Code = Code("logarithm", [180, 220]);
/// The FFT.
pub const FFT: Code = Code("fft", [930, 1590]);
/// The rest of the spectrum of a frame.
pub const SPECTRUM: Code = Code("spectrum", [554, 744]);
/// The same of the spectrum of an axis of several.
pub const AXIS_SPECTRUM: Code = Code("spectrum", [204, 246]);
/// Magnitudes of its bins.
pub const MAGNITUDES: Code = Code("magnitudes", [54, 54]);
/// The mel filters.
pub const MEL: Code = Code("mel filters", [272, 318]);
/// The `mfcc` block alone.
pub const MFCC: Code = Code("mfcc", [462, 480]);
/// The `mfe` block alone.
pub const MFE: Code = Code("mfe", [62, 62]);
/// The `spectrogram` block alone.
pub const SPECTROGRAM: Code = Code("spectrogram", [208, 200]);
/// The `spectrogram` block over axes of several alone.
pub const AXES_SPECTROGRAM: Code = Code("spectrogram", [250, 242]);
/// A block over the frames of a whole window.
pub const WHOLE: Code = Code("whole windows", [828, 936]);
/// An axis out of a window.
pub const AXIS: Code = Code("axes", [56, 54]);
/// Moments of a signal.
pub const STATISTICS: Code = Code("statistics", [594, 714]);
/// Filters and decimation.
pub const FILTERS: Code = Code("filters", [438, 648]);
/// The `spectral` block alone.
pub const SPECTRAL: Code = Code("spectral", [748, 726]);
/// The `wavelet` block alone.
pub const WAVELET: Code = Code("wavelet", [1184, 1200]);
/// The `flatten` block alone.
pub const FLATTEN: Code = Code("flatten", [240, 240]);
/// The `raw` block alone.
pub const RAW: Code = Code("raw", [54, 54]);
/// The `image` block alone.
pub const IMAGE: Code = Code("image", [184, 196]);
/// The stream of frames, and the decision logic.
pub const STREAM: Code = Code("stream and decision", [610, 576]);
/// What the image takes of the C library, and without an FPU of the compiler's: every float
/// operation is a call there.
pub const LIBRARY: Code = Code("library: memory and arithmetic", [724, 648 + 1520]);
/// The same where no feature is computed in floats: a score still becomes a probability.
pub const INTEGER_LIBRARY: Code = Code("library: memory and arithmetic", [724, 648 + 1206]);
/// What a Cortex-M0 takes of the compiler's library besides: divisions, products of 64 bits, and larger
/// functions for floats.
pub const WITHOUT_DIVISION: Code = Code("library: division", [0, 1400]);
/// The same where no feature is computed in floats.
pub const INTEGER_DIVISION: Code = Code("library: division", [0, 986]);
