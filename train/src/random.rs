//! Random streams: one per use, so that what one use draws never moves another.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What random numbers are for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// First weights.
    Weights,
    /// Order of the clips in an epoch.
    Order,
    /// Share of one clip where clips are mixed.
    Mixup {
        /// Counted from 0.
        epoch: usize,
        /// Index in the training set.
        clip: usize,
    },
    /// Dropout of one clip in one epoch.
    Dropout {
        /// Counted from 0.
        epoch: usize,
        /// Index in the training set.
        clip: usize,
    },
    /// Order of the clips of a replayed stream, pauses and noise between them.
    Replay,
}

/// The stream number `index` of `purpose`.
pub(crate) fn stream(seed: u64, purpose: Purpose, index: usize) -> ChaCha8Rng {
    let (kind, a, b) = match purpose {
        Purpose::Weights => (1u64, 0, 0),
        Purpose::Order => (2, 0, 0),
        Purpose::Mixup { epoch, clip } => (4, epoch as u64, clip as u64),
        Purpose::Replay => (5, 0, 0),
        Purpose::Dropout { epoch, clip } => (3, epoch as u64, clip as u64),
    };
    let mut key = [0; 32];
    let words = [seed, kind, a, b];
    key.chunks_exact_mut(8)
        .zip(words)
        .for_each(|(k, w)| k.copy_from_slice(&w.to_le_bytes()));
    let mut random = ChaCha8Rng::from_seed(key);
    random.set_stream(index as u64);
    random
}

/// A number in `0.0..1.0` with 24 bits.
pub(crate) fn unit(random: &mut impl rand::Rng) -> f32 {
    (random.next_u32() >> 8) as f32 / 16_777_216.0
}

/// A number in `0..n`, each equally likely (Lemire, 2019).
pub(crate) fn below(random: &mut impl rand::Rng, n: usize) -> usize {
    let n = n as u64;
    let rejected = n.wrapping_neg() % n.max(1);
    loop {
        let wide = u128::from(random.next_u64()) * u128::from(n);
        if wide as u64 >= rejected {
            return (wide >> 64) as usize;
        }
    }
}

/// A number of the beta distribution with both parameters `alpha`, at most 1 (Jöhnk, 1964).
pub(crate) fn beta(random: &mut impl rand::Rng, alpha: f32) -> f32 {
    let power = 1.0 / f64::from(alpha);
    let mut draw = || libm::pow(f64::from(unit(random)), power);
    loop {
        let (x, y) = (draw(), draw());
        // Both are zero where the power leaves nothing of them.
        if x + y <= 1.0 && x + y > 0.0 {
            return (x / (x + y)) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta_has_its_mean_and_variance() {
        for alpha in [0.05, 0.2, 1.0] {
            let mut random = stream(1, Purpose::Order, 0);
            let n = 20_000;
            let draws: Vec<f64> = (0..n)
                .map(|_| f64::from(beta(&mut random, alpha)))
                .collect();
            let mean = draws.iter().sum::<f64>() / f64::from(n);
            let variance =
                draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n);
            assert!((mean - 0.5).abs() < 0.02, "{alpha}: {mean}");
            let expected = 0.25 / (2.0 * f64::from(alpha) + 1.0);
            assert!((variance - expected).abs() < 0.01, "{alpha}: {variance}");
            assert!(draws.iter().all(|x| (0.0..=1.0).contains(x)));
        }
    }
}
