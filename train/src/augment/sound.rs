//! Changes of the sound: gain, shift in time, background noise.

use impulse_ir::spec::{Augment, Noise, NoiseLevel};

use super::Draw;
use crate::audio::to_i16;

/// `samples` with the changes of `augment`: first the gain, then the shift (zeros come in at the
/// side it leaves; of several axes the samples that left come in again), then noise. Without changes
/// the samples come out as they are. `samples` is `[samples, n_axes]`.
pub fn change(
    samples: &[i16],
    n_axes: usize,
    augment: &Augment,
    noise: &[Vec<i16>],
    draw: &mut Draw,
) -> Vec<i16> {
    let (low, high) = augment.gain_db;
    let gain = if (low, high) == (0.0, 0.0) {
        1.0
    } else {
        ratio(draw.between(low, high))
    };
    let shift = draw.below(2 * augment.shift_samples + 1) as isize - augment.shift_samples as isize;
    let shift = shift * n_axes as isize;
    let n_values = samples.len() as isize;
    let mut sound: Vec<f64> = (0..n_values)
        .map(|i| {
            // Silence is a value that sound has; resting at 0 is none that gravity allows.
            let from = match n_axes {
                1 => i - shift,
                _ => (i - shift).rem_euclid(n_values),
            };
            let from = usize::try_from(from).ok().and_then(|i| samples.get(i));
            from.map_or(0.0, |&s| f64::from(s) * gain)
        })
        .collect();
    if let Some(settings) = &augment.noise
        && draw.unit() < settings.probability
    {
        add_noise(&mut sound, settings, noise, draw);
    }
    sound.into_iter().map(to_i16).collect()
}

/// Adds a random cut of a random recording.
fn add_noise(sound: &mut [f64], settings: &Noise, noise: &[Vec<i16>], draw: &mut Draw) {
    let usable = noise.iter().filter(|n| !n.is_empty()).count();
    let chosen = draw.below(usable);
    let Some(recording) = noise.iter().filter(|n| !n.is_empty()).nth(chosen) else {
        return;
    };
    // A recording shorter than the window is repeated; else the cut lies within it.
    let n_starts = if recording.len() > sound.len() {
        recording.len() - sound.len() + 1
    } else {
        recording.len()
    };
    let start = draw.below(n_starts);
    let cut = || (0..sound.len()).map(|i| f64::from(recording[(start + i) % recording.len()]));
    let scale = match settings.level {
        NoiseLevel::Scale(low, high) => f64::from(draw.between(low, high)),
        NoiseLevel::SnrDb(low, high) => {
            let wanted = ratio(-draw.between(low, high));
            let of_noise = rms(cut());
            if of_noise == 0.0 {
                0.0
            } else {
                wanted * rms(sound.iter().copied()) / of_noise
            }
        }
    };
    let added: Vec<f64> = cut().map(|n| n * scale).collect();
    for (s, n) in sound.iter_mut().zip(added) {
        *s += n;
    }
}

fn ratio(db: f32) -> f64 {
    libm::exp10(f64::from(db) / 20.0)
}

fn rms(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), v| (sum + v * v, n + 1));
    if n == 0 { 0.0 } else { (sum / n as f64).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none() -> Augment {
        Augment {
            noise: None,
            shift_samples: 0,
            gain_db: (0.0, 0.0),
            picture: Default::default(),
            mask_time: (0, 0),
            mask_frequency: (0, 0),
        }
    }

    fn with_noise(level: NoiseLevel) -> Augment {
        Augment {
            noise: Some(Noise {
                source: String::new(),
                level,
                probability: 1.0,
            }),
            ..none()
        }
    }

    fn tone(n: usize) -> Vec<i16> {
        (0..n)
            .map(|i| if i % 8 < 4 { 1000 } else { -1000 })
            .collect()
    }

    #[test]
    fn without_changes_the_samples_stay() {
        let samples = [1, -2, i16::MAX, i16::MIN];
        assert_eq!(
            change(&samples, 1, &none(), &[], &mut Draw::new(1, 0, 0)),
            samples
        );
    }

    #[test]
    fn every_shift_up_to_the_largest_occurs_and_none_beyond() {
        let mut clip = vec![0; 21];
        clip[10] = 5;
        let augment = Augment {
            shift_samples: 3,
            ..none()
        };
        let mut seen = [false; 21];
        for i in 0..200 {
            let out = change(&clip, 1, &augment, &[], &mut Draw::new(1, 0, i));
            let at = out.iter().position(|&s| s == 5).expect("still there");
            seen[at] = true;
        }
        let expected: Vec<bool> = (0..21).map(|i| (7..=13).contains(&i)).collect();
        assert_eq!(seen.to_vec(), expected);
    }

    #[test]
    fn gain_stays_within_its_range_and_clamps() {
        let augment = Augment {
            gain_db: (-6.0, 6.0),
            ..none()
        };
        for i in 0..100 {
            let out = change(&[1000, i16::MAX], 1, &augment, &[], &mut Draw::new(1, 0, i));
            assert!((501..=1996).contains(&out[0]), "{}", out[0]);
            assert_eq!(out[1] == i16::MAX, out[0] >= 1000);
        }
    }

    #[test]
    fn noise_has_the_ratio_that_was_asked_for() {
        let clip = tone(1600);
        let noise = vec![
            vec![],
            (0..4000).map(|i| ((i * 7919) % 601) as i16 - 300).collect(),
        ];
        let out = change(
            &clip,
            1,
            &with_noise(NoiseLevel::SnrDb(20.0, 20.0)),
            &noise,
            &mut Draw::new(1, 0, 0),
        );
        let added = rms(out
            .iter()
            .zip(&clip)
            .map(|(a, b)| f64::from(*a) - f64::from(*b)));
        assert!((added - 100.0).abs() < 2.0, "{added}");
    }

    #[test]
    fn short_noise_is_repeated_and_silence_stays_silent() {
        let noise = vec![vec![100; 3]];
        let scaled = change(
            &[0; 8],
            1,
            &with_noise(NoiseLevel::Scale(0.5, 0.5)),
            &noise,
            &mut Draw::new(1, 0, 0),
        );
        assert_eq!(scaled, [50; 8]);
        let ratio = change(
            &[0; 8],
            1,
            &with_noise(NoiseLevel::SnrDb(0.0, 0.0)),
            &noise,
            &mut Draw::new(1, 0, 0),
        );
        assert_eq!(ratio, [0; 8]);
        assert_eq!(
            change(
                &[7; 8],
                1,
                &with_noise(NoiseLevel::Scale(1.0, 1.0)),
                &[],
                &mut Draw::new(1, 0, 0)
            ),
            [7; 8]
        );
    }
}
