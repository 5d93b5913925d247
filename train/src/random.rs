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
    /// Dropout of one clip in one epoch.
    Dropout {
        /// Counted from 0.
        epoch: usize,
        /// Index in the training set.
        clip: usize,
    },
}

/// The stream number `index` of `purpose`.
pub(crate) fn stream(seed: u64, purpose: Purpose, index: usize) -> ChaCha8Rng {
    let (kind, a, b) = match purpose {
        Purpose::Weights => (1u64, 0, 0),
        Purpose::Order => (2, 0, 0),
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
