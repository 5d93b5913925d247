//! What the blocks in integers cost. Fits like those of [`super`], measured on mps2-an385 with
//! `-mcpu=cortex-m3` and `-mcpu=cortex-m0`.

use impulse_runtime::features::{Deltas, Normalize};

use super::sum;
use crate::board::Cpu;
use crate::features::fixed::{FixedMelTables, FixedSpectrumTables};

/// Whether products of 64 bits take many instructions.
fn is_short(cpu: Cpu) -> bool {
    cpu == Cpu::CortexM0
}

/// Instructions of the spectrum of one frame.
pub fn spectrum_instructions(spectrum: &FixedSpectrumTables, cpu: Cpu) -> u64 {
    let n = spectrum.fft_samples;
    // Of radix 4, each over all numbers; the first pass has none.
    let twiddle_passes = (n.max(4).ilog2() as usize - 2) / 2;
    let counts = [spectrum.frame_samples, n, n * twiddle_passes];
    let factors = if is_short(cpu) {
        [31.3, 48.3, 22.0]
    } else {
        [10.3, 13.6, 13.3]
    };
    sum(&[0, 1, 2].map(|i| (factors[i], counts[i]))) as u64
}

/// Instructions of the mel filters of one frame and of their levels.
pub fn mel_instructions(mel: &FixedMelTables, cpu: Cpu) -> u64 {
    let (bin, filter) = if is_short(cpu) {
        (35.0, 233.0)
    } else {
        (17.0, 137.0)
    };
    sum(&[(bin, mel.n_bins()), (filter, mel.n_filters())]) as u64
}

/// Instructions of a DCT with a table of `n_factors`.
pub fn dct_instructions(n_factors: usize, cpu: Cpu) -> u64 {
    let each = if is_short(cpu) { 8.5 } else { 6.2 };
    sum(&[(each, n_factors)]) as u64
}

/// Instructions that bring a window of `n_features` values to the network's input.
pub fn normalize_instructions(normalize: Option<Normalize>, n_features: usize, cpu: Cpu) -> u64 {
    let each = match (normalize, is_short(cpu)) {
        (None, _) => 3.0,
        (Some(Normalize::Plain), _) => 23.0,
        (Some(Normalize::Mean), _) => 26.0,
        (Some(Normalize::MeanVariance), false) => 61.0,
        (Some(Normalize::MeanVariance), true) => 127.0,
    };
    (each * n_features as f64) as u64
}

/// Instructions of the differences of a window of `n_features` values.
pub fn deltas_instructions(deltas: Deltas, n_features: usize, cpu: Cpu) -> u64 {
    // Of a second difference every first one is computed anew, as in float.
    let firsts = (1 + (deltas.order - 1) * 2 * deltas.width) as f64;
    let (each, term) = if is_short(cpu) {
        (180.0, 35.0)
    } else {
        (80.0, 27.0)
    };
    let value = deltas.order as f64 * each + firsts * deltas.width as f64 * term;
    (value * n_features as f64) as u64
}

/// Instructions that store a row of `n_columns` values in its ring.
pub fn store_instructions(normalize: Option<Normalize>, n_columns: usize) -> u64 {
    let each = match normalize {
        Some(_) => 6.0,
        None => 18.0,
    };
    (each * n_columns as f64) as u64
}

/// Functions of the blocks in integers: a name, bytes with products of 64 bits and without, see
/// [`super::code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(&'static str, [u64; 2]);

impl Code {
    /// Name and bytes on a CPU.
    pub fn on(self, cpu: Cpu) -> (&'static str, u64) {
        (self.0, self.1[usize::from(is_short(cpu))])
    }
}

/// The spectrum of a frame.
pub const SPECTRUM: Code = Code("fixed spectrum", [1566, 2078]);
/// The mel filters and their levels.
pub const MEL: Code = Code("fixed mel filters", [432, 564]);
/// The `mfcc` block alone.
pub const MFCC: Code = Code("fixed mfcc", [336, 360]);
/// The `mfe` block alone.
pub const MFE: Code = Code("fixed mfe", [30, 34]);
/// The normalization over a window.
pub const NORMALIZE: Code = Code("fixed normalization", [690, 822]);
/// Differences over a window.
pub const DELTAS: Code = Code("fixed deltas", [1010, 1124]);
/// Rows that wait as int8, to the network's input.
pub const ROWS: Code = Code("fixed rows", [162, 180]);
/// The table of the logarithm, and the structures with the parameters.
pub const PARAMETER_BYTES: usize = 200;
