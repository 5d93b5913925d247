//! Augmentation: training clips changed at random, drawn afresh for every epoch.
//!
//! What is drawn depends on the seed, the epoch and the clip alone, so a run can be repeated
//! exactly with any number of threads. Changes of the sound ([`sound`]) come before the features,
//! masks ([`mask`]) after them.

pub mod mask;
pub mod picture;
pub mod sound;

use impulse_ir::exec::FrontEnd;
use impulse_ir::spec::{Augment, Sensor, Spec, Window};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::TrainingSet;
use crate::data::{Clip, Dataset, Split};

/// Numbers for one clip in one epoch.
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// The numbers of clip `i` in epoch `epoch` of the run with this `seed`.
    pub fn new(seed: u64, epoch: usize, i: usize) -> Self {
        let mut hash = blake3::Hasher::new();
        for part in [seed, epoch as u64, i as u64] {
            hash.update(&part.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(*hash.finalize().as_bytes()))
    }

    /// Uniform in `0..1`, 24 bits.
    pub fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / 16_777_216.0
    }

    /// Uniform between `low` and `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Uniform in `0..n`; 0 where `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }
}

/// The training clips of a data set, augmented.
pub struct Augmented<'a> {
    set: &'a Dataset,
    /// Indices of the training clips.
    clips: Vec<usize>,
    augment: &'a Augment,
    /// Whether a clip is the same in every epoch.
    is_plain: bool,
    window: &'a Window,
    front_end: &'a FrontEnd,
    seed: u64,
}

impl<'a> Augmented<'a> {
    /// The training clips of `set` as `spec` wants them changed.
    pub fn new(set: &'a Dataset, spec: &'a Spec, front_end: &'a FrontEnd) -> Self {
        Self {
            set,
            clips: set.indices(Split::Train),
            augment: &spec.augment,
            is_plain: spec.augment == Augment::default(),
            window: &spec.window,
            front_end,
            seed: spec.train.seed,
        }
    }

    /// The samples of clip `i` in epoch `epoch`, counted from 0.
    pub fn samples(&self, epoch: usize, i: usize) -> Vec<i16> {
        self.changed(i, &mut Draw::new(self.seed, epoch, i))
    }

    fn clip(&self, i: usize) -> &Clip {
        &self.set.clips[self.clips[i]]
    }

    fn changed(&self, i: usize, draw: &mut Draw) -> Vec<i16> {
        let samples = &self.clip(i).samples;
        match &self.window.sensor {
            Sensor::Image(image) => {
                let shape = [image.size[0], image.size[1], self.window.n_axes];
                picture::change(samples, shape, &self.augment.picture, draw)
            }
            _ => {
                let n_axes = self.window.n_axes;
                sound::change(samples, n_axes, self.augment, &self.set.noise, draw)
            }
        }
    }
}

impl TrainingSet for Augmented<'_> {
    fn len(&self) -> usize {
        self.clips.len()
    }

    fn label(&self, i: usize) -> usize {
        self.clip(i).label
    }

    fn features(&self, epoch: usize, i: usize, out: &mut [f32]) {
        if self.is_plain {
            return self.clean(i, out);
        }
        let mut draw = Draw::new(self.seed, epoch, i);
        let samples = self.changed(i, &mut draw);
        let mut features = Vec::with_capacity(out.len());
        self.front_end.features(&samples, &mut features);
        if let [frames, values] = *self.front_end.shape() {
            mask::apply(&mut features, frames, values, self.augment, &mut draw);
        }
        let n = out.len().min(features.len());
        out[..n].copy_from_slice(&features[..n]);
    }

    fn clean(&self, i: usize, out: &mut [f32]) {
        let mut features = Vec::with_capacity(out.len());
        self.set
            .features(self.clips[i], self.front_end, &mut features);
        let n = out.len().min(features.len());
        out[..n].copy_from_slice(&features[..n]);
    }

    fn fold(&self, i: usize, folds: usize) -> usize {
        let hash = blake3::hash(self.clip(i).group.as_bytes());
        let [a, b, c, d, ..] = *hash.as_bytes();
        u32::from_le_bytes([a, b, c, d]) as usize % folds.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_epoch_and_clip() {
        let first = |seed, epoch, i| Draw::new(seed, epoch, i).unit();
        assert_eq!(first(1, 2, 3), first(1, 2, 3));
        for other in [first(2, 2, 3), first(1, 3, 3), first(1, 2, 4)] {
            assert_ne!(first(1, 2, 3), other);
        }
    }

    #[test]
    fn draws_are_uniform_and_in_range() {
        let mut draw = Draw::new(7, 0, 0);
        let mut counts = [0; 5];
        for _ in 0..5000 {
            counts[draw.below(5)] += 1;
            let x = draw.between(-6.0, 6.0);
            assert!((-6.0..6.0).contains(&x));
        }
        assert!(counts.iter().all(|c| (900..1100).contains(c)), "{counts:?}");
        assert_eq!(draw.below(0), 0);
    }
}
