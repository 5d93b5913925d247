//! What is measured of one sound. Figures are of the sound as recorded, at its own rate, before it
//! is cut to a window.

use super::fingerprint::{Anchor, anchors};

/// Frames of the level are this long, and start at every half of it.
const FRAME_S: f64 = 0.020;
/// Power that counts as nothing: the rounding noise of 16 bits, (1/32768)²/12.
pub const POWER_FLOOR: f64 = 7.76e-11;
/// So many equal samples at the highest or lowest value are a flattened peak.
const FLAT_RUN: usize = 3;
/// Lower peaks are no clipping: few quantization steps make flat tops by themselves.
const CLIP_PEAK_MIN: f64 = 0.1;
/// Equal samples that are a gap where sound stands on both sides.
const GAP_S: f64 = 0.010;

/// The figures of one sound. Levels are in dB relative to full scale (a square wave has 0).
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Samples per second.
    pub rate_hz: u32,
    /// Number of samples.
    pub n_samples: usize,
    /// Hash of samples and rate: equal for equal sounds, whatever file holds them.
    pub content: [u8; 32],
    /// Largest absolute sample, 0..1.
    pub peak: f64,
    /// Mean of the samples outside of the zeros at both ends: the DC offset, −1..1.
    pub mean: f64,
    /// Level of the whole without its mean and without the zeros at both ends.
    pub loudness_dbfs: f64,
    /// Level of the loud parts: the 95th percentile of the frames.
    pub signal_dbfs: f64,
    /// Level of the quiet parts: the 10th percentile of the frames.
    pub noise_dbfs: f64,
    /// Samples within flattened peaks.
    pub n_clipped: usize,
    /// Samples of exactly 0 at the start and at the end; all of them at the start where nothing
    /// else is there.
    pub zeros: [usize; 2],
    /// Start and length of the longest gap: equal samples with sound on both sides.
    pub gap: Option<(usize, usize)>,
    /// Level of the first and of the last frame beside the zeros, relative to the loud parts.
    pub edges_db: [f64; 2],
    /// Places that depend on the sound alone, to find it again elsewhere.
    pub anchors: Vec<Anchor>,
}

impl Sound {
    /// Seconds.
    pub fn seconds(&self) -> f64 {
        self.n_samples as f64 / f64::from(self.rate_hz.max(1))
    }

    /// Estimate of the signal-to-noise ratio in dB: loud frames without the noise over quiet
    /// frames (the difference of two percentiles of the frames' levels, as NIST's `stnr` does).
    /// It needs pauses: of a steady sound it says little over 0.
    pub fn snr_db(&self) -> f64 {
        let (signal, noise) = (power(self.signal_dbfs), power(self.noise_dbfs));
        decibels(((signal - noise) / noise).max(0.1))
    }

    /// Whether all samples are equal, or as good as.
    pub fn is_constant(&self) -> bool {
        self.loudness_dbfs <= decibels(POWER_FLOOR)
    }

    /// Share of the samples that are zeros at either end, 0..1.
    pub fn zero_share(&self) -> f64 {
        (self.zeros[0] + self.zeros[1]) as f64 / self.n_samples.max(1) as f64
    }
}

/// `10·log₁₀` of a power, at least that of [`POWER_FLOOR`].
pub fn decibels(power: f64) -> f64 {
    10.0 * libm::log10(power.max(POWER_FLOOR))
}

/// The power of a level in dB.
pub fn power(db: f64) -> f64 {
    libm::exp10(db / 10.0)
}

/// Measures a sound; full scale is −1..1.
pub fn measure(samples: &[f64], rate_hz: u32) -> Sound {
    let zeros = zeros_at_the_ends(samples);
    let active = &samples[zeros[0]..samples.len() - zeros[1]];
    let mean = active.iter().sum::<f64>() / active.len().max(1) as f64;
    let square = |s: &f64| (s - mean) * (s - mean);
    let energy: f64 = active.iter().map(square).sum();
    let levels = Levels::new(active, mean, rate_hz);
    Sound {
        rate_hz,
        n_samples: samples.len(),
        content: content(samples, rate_hz),
        peak: samples.iter().fold(0.0, |peak, s| f64::max(peak, s.abs())),
        mean,
        loudness_dbfs: decibels(energy / active.len().max(1) as f64),
        signal_dbfs: levels.signal_dbfs,
        noise_dbfs: levels.noise_dbfs,
        n_clipped: clipped(active),
        zeros,
        gap: gap(active, mean, rate_hz, levels.signal_dbfs)
            .map(|(start, length)| (start + zeros[0], length)),
        edges_db: levels.edges_db,
        anchors: anchors(active, mean, rate_hz, zeros[0]),
    }
}

fn content(samples: &[f64], rate_hz: u32) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    hash.update(&rate_hz.to_le_bytes());
    let mut bytes = Vec::with_capacity(4 * 4096);
    for part in samples.chunks(4096) {
        bytes.clear();
        // Single precision holds 24 bits, and the sum of channels differs by less.
        bytes.extend(part.iter().flat_map(|s| (*s as f32).to_le_bytes()));
        hash.update(&bytes);
    }
    *hash.finalize().as_bytes()
}

fn zeros_at_the_ends(samples: &[f64]) -> [usize; 2] {
    let leading = samples.iter().take_while(|s| **s == 0.0).count();
    let trailing = samples[leading..]
        .iter()
        .rev()
        .take_while(|s| **s == 0.0)
        .count();
    [leading, trailing]
}

/// Levels over time.
struct Levels {
    signal_dbfs: f64,
    noise_dbfs: f64,
    edges_db: [f64; 2],
}

impl Levels {
    fn new(samples: &[f64], mean: f64, rate_hz: u32) -> Self {
        let half = ((FRAME_S / 2.0 * f64::from(rate_hz)) as usize).max(1);
        let energies: Vec<f64> = samples
            .chunks_exact(half)
            .map(|block| block.iter().map(|s| (s - mean) * (s - mean)).sum())
            .collect();
        let mut powers: Vec<f64> = energies
            .windows(2)
            .map(|pair| (pair[0] + pair[1]) / (2 * half) as f64)
            .collect();
        let (Some(&first), Some(&last)) = (powers.first(), powers.last()) else {
            let nothing = decibels(0.0);
            return Self {
                signal_dbfs: nothing,
                noise_dbfs: nothing,
                edges_db: [nothing; 2],
            };
        };
        powers.sort_by(f64::total_cmp);
        let percentile =
            |share: f64| decibels(powers[((powers.len() - 1) as f64 * share) as usize]);
        let signal_dbfs = percentile(0.95);
        Self {
            signal_dbfs,
            noise_dbfs: percentile(0.10),
            edges_db: [first, last].map(|edge| decibels(edge) - signal_dbfs),
        }
    }
}

/// Samples in runs at the highest or the lowest value.
fn clipped(samples: &[f64]) -> usize {
    let (low, high) = samples.iter().fold((0.0, 0.0), |(low, high), s| {
        (f64::min(low, *s), f64::max(high, *s))
    });
    let at_the_edge = |s: f64| (s == high || s == low) && s.abs() >= CLIP_PEAK_MIN;
    runs(samples)
        .filter(|&(start, length)| length >= FLAT_RUN && at_the_edge(samples[start]))
        .map(|(_, length)| length)
        .sum()
}

/// The longest run of equal samples that interrupts a sound.
fn gap(samples: &[f64], mean: f64, rate_hz: u32, signal_dbfs: f64) -> Option<(usize, usize)> {
    let shortest = (GAP_S * f64::from(rate_hz)) as usize;
    let beside = (shortest / 2).max(1);
    let loud = |part: Option<&[f64]>| {
        part.is_some_and(|part| {
            let energy: f64 = part.iter().map(|s| (s - mean) * (s - mean)).sum();
            decibels(energy / part.len() as f64) >= signal_dbfs - 20.0
        })
    };
    runs(samples)
        .filter(|&(_, length)| length >= shortest.max(2))
        .filter(|&(start, length)| {
            let end = start + length;
            loud(start.checked_sub(beside).map(|from| &samples[from..start]))
                && loud(samples.get(end..end + beside))
        })
        .max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))
}

/// Start and length of each run of equal samples.
fn runs(samples: &[f64]) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    samples.chunk_by(|a, b| a == b).map(move |run| {
        let at = start;
        start += run.len();
        (at, run.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone of amplitude 0.5 from `from` to `to`, faint noise elsewhere.
    fn word(n: usize, from: usize, to: usize) -> Vec<f64> {
        let mut state = 1u32;
        (0..n)
            .map(|i| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (f64::from(state >> 16) / 65536.0 - 0.5) * 0.002 + 1e-5;
                let tone = libm::sin(i as f64 * 0.37) * 0.5;
                if (from..to).contains(&i) {
                    tone + noise
                } else {
                    noise
                }
            })
            .collect()
    }

    #[test]
    fn levels_of_a_word_in_faint_noise() {
        let sound = measure(&word(16_000, 5_000, 11_000), 16_000);
        // A sine of amplitude 0.5 has −9 dB, noise uniform within ±0.001 −64.8 dB.
        assert!(
            (sound.signal_dbfs + 9.0).abs() < 0.2,
            "{}",
            sound.signal_dbfs
        );
        assert!(
            (sound.noise_dbfs + 64.8).abs() < 1.0,
            "{}",
            sound.noise_dbfs
        );
        assert!((sound.snr_db() - 55.8).abs() < 1.0, "{}", sound.snr_db());
        assert!(
            sound.edges_db.iter().all(|e| *e < -50.0),
            "{:?}",
            sound.edges_db
        );
        assert_eq!((sound.n_clipped, sound.zeros, sound.gap), (0, [0, 0], None));
    }

    #[test]
    fn a_mean_is_found_beside_zeros_and_takes_no_part_in_the_level() {
        let mut samples = vec![0.0; 2_000];
        samples.extend(word(8_000, 2_000, 6_000).iter().map(|s| s + 0.1));
        samples.extend([0.0; 500]);
        let sound = measure(&samples, 16_000);
        assert_eq!(sound.zeros, [2_000, 500]);
        assert!((sound.mean - 0.1).abs() < 0.001, "{}", sound.mean);
        assert!((sound.signal_dbfs + 9.0).abs() < 0.2);
    }

    #[test]
    fn flattened_peaks_are_counted() {
        let mut samples = word(8_000, 2_000, 6_000);
        samples.iter_mut().for_each(|s| *s = s.clamp(-0.3, 0.3));
        let n_flat = samples.iter().filter(|s| s.abs() == 0.3).count();
        let found = measure(&samples, 16_000).n_clipped;
        assert!(found > n_flat / 2 && found <= n_flat, "{found} of {n_flat}");
        // A quiet recording of few steps has flat tops that nothing cut.
        let coarse: Vec<f64> = (0..8_000)
            .map(|i| f64::from((i / 9) % 3) / 32768.0)
            .collect();
        assert_eq!(measure(&coarse, 16_000).n_clipped, 0);
    }

    #[test]
    fn a_gap_within_a_sound_is_found_and_a_pause_is_none() {
        let mut samples = word(8_000, 1_000, 7_000);
        samples[3_000..3_400].fill(0.0);
        assert_eq!(measure(&samples, 16_000).gap, Some((3_000, 400)));
        let mut pause = word(8_000, 1_000, 3_000);
        pause[4_000..6_000].fill(0.0);
        assert_eq!(measure(&pause, 16_000).gap, None);
    }

    #[test]
    fn nothing_and_next_to_nothing_are_measured() {
        for samples in [vec![], vec![0.0; 10], vec![0.0; 16_000], vec![0.25; 16_000]] {
            let sound = measure(&samples, 16_000);
            assert!(sound.is_constant(), "{sound:?}");
            assert!(sound.snr_db().is_finite());
        }
    }
}
