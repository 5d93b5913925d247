//! Masks over the features (SpecAugment: Park et al., 2019): bands of frames or of coefficients
//! are replaced by what says nothing, the mean of each coefficient over the window.

use impulse_ir::spec::Augment;

use super::Draw;

/// Masks `features`, `[frames, values]`. A band's width is drawn from 0 to its largest, its place
/// from all where it fits.
pub fn apply(
    features: &mut [f32],
    frames: usize,
    values: usize,
    augment: &Augment,
    draw: &mut Draw,
) {
    let (n_time, widest_time) = augment.mask_time;
    let (n_frequency, widest_frequency) = augment.mask_frequency;
    if (n_time == 0 && n_frequency == 0) || frames == 0 || values == 0 {
        return;
    }
    let means: Vec<f32> = (0..values)
        .map(|v| features.iter().skip(v).step_by(values).sum::<f32>() / frames as f32)
        .collect();
    for _ in 0..n_time {
        let (start, width) = band(frames, widest_time, draw);
        for frame in features.chunks_exact_mut(values).skip(start).take(width) {
            frame.copy_from_slice(&means);
        }
    }
    for _ in 0..n_frequency {
        let (start, width) = band(values, widest_frequency, draw);
        for frame in features.chunks_exact_mut(values) {
            frame[start..start + width].copy_from_slice(&means[start..start + width]);
        }
    }
}

fn band(length: usize, widest: usize, draw: &mut Draw) -> (usize, usize) {
    let width = draw.below(widest.min(length) + 1);
    (draw.below(length - width + 1), width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(
        mask_time: (usize, usize),
        mask_frequency: (usize, usize),
        seed: u64,
    ) -> (Vec<f32>, Vec<f32>) {
        let augment = Augment {
            noise: None,
            shift_samples: 0,
            gain_db: (0.0, 0.0),
            picture: Default::default(),
            mask_time,
            mask_frequency,
        };
        // [5 frames, 4 values]; the mean of column v is 20 + v.
        let features: Vec<f32> = (0..20).map(|i| ((i / 4) * 10 + i % 4) as f32).collect();
        let mut out = features.clone();
        apply(&mut out, 5, 4, &augment, &mut Draw::new(seed, 0, 0));
        (features, out)
    }

    #[test]
    fn a_time_mask_replaces_whole_neighbouring_frames_by_the_mean() {
        for seed in 0..50 {
            let (before, after) = masked((1, 2), (0, 0), seed);
            let changed: Vec<usize> = (0..5)
                .filter(|f| before[f * 4..f * 4 + 4] != after[f * 4..f * 4 + 4])
                .collect();
            assert!(changed.len() <= 2);
            assert!(
                changed
                    .iter()
                    .all(|f| after[f * 4..f * 4 + 4] == [20.0, 21.0, 22.0, 23.0])
            );
        }
    }

    #[test]
    fn a_frequency_mask_replaces_whole_columns_by_their_mean() {
        let mut widths = [0; 6];
        for seed in 0..200 {
            let (before, after) = masked((0, 0), (1, 3), seed);
            let changed: Vec<usize> = (0..4)
                .filter(|&v| (0..5).any(|f| before[f * 4 + v] != after[f * 4 + v]))
                .collect();
            widths[changed.len()] += 1;
            for v in changed {
                assert!((0..5).all(|f| after[f * 4 + v] == 20.0 + v as f32));
            }
        }
        assert!(
            widths[..4].iter().all(|w| *w > 20) && widths[4..] == [0, 0],
            "{widths:?}"
        );
    }

    #[test]
    fn a_mask_wider_than_the_window_fits() {
        let (_, after) = masked((3, 100), (3, 100), 1);
        assert_eq!(after.len(), 20);
    }
}
