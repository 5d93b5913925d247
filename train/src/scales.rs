//! Scales of the features' columns: what brings a band or a statistic to the size of the others, so
//! that the network's int8 input, which has one scale, keeps the steps of all of them.

use impulse_ir::exec::FrontEnd;
use impulse_ir::spec::Spec;
use impulse_ir::weights::FloatTensor;
use rayon::prelude::*;

use crate::data::{Dataset, Split};

/// A scale is 2 to the power of at most so much, up or down.
const EXPONENT_MAX: f64 = 24.0;

/// A power of two for each column of the features that the spec wants scaled, 1 for the others:
/// the one that brings its root mean square over the training windows, as they are, nearest to 1.
/// `None` where the spec wants none. The result does not depend on the number of threads.
pub fn column_scales(set: &Dataset, spec: &Spec, front_end: &FrontEnd) -> Option<FloatTensor> {
    let scaled = spec.scaled_columns();
    if scaled.is_empty() {
        return None;
    }
    let columns = front_end.layout().columns();
    let sums = |clip: &usize| {
        let mut features = Vec::with_capacity(front_end.len());
        set.features(*clip, front_end, &mut features);
        let mut sums = vec![0.0_f64; scaled.len()];
        for (value, column) in features.iter().zip(&columns) {
            sums[*column] += f64::from(*value) * f64::from(*value);
        }
        sums
    };
    let clips = set.indices(Split::Train);
    let each: Vec<Vec<f64>> = clips.par_iter().map(sums).collect();
    let mut squares = vec![0.0; scaled.len()];
    for of_clip in &each {
        squares
            .iter_mut()
            .zip(of_clip)
            .for_each(|(sum, s)| *sum += s);
    }
    let mut counts = vec![0usize; scaled.len()];
    columns.iter().for_each(|column| counts[*column] += 1);
    let scale = |i: usize| {
        let mean = squares[i] / (counts[i] * clips.len()).max(1) as f64;
        match scaled[i] && mean.is_normal() {
            true => libm::exp2(
                (-0.5 * libm::log2(mean))
                    .round()
                    .clamp(-EXPONENT_MAX, EXPONENT_MAX),
            ) as f32,
            false => 1.0,
        }
    };
    Some(FloatTensor {
        shape: vec![scaled.len()],
        data: (0..scaled.len()).map(scale).collect(),
    })
}

#[cfg(test)]
mod tests {
    use impulse_ir::features::{FeatureBlock, Flatten};
    use impulse_ir::spec::{Motion, Sensor, Window};

    use super::*;
    use crate::data::Clip;
    use crate::data::tests::spec;

    fn clip(split: Split, level: i16) -> Clip {
        Clip {
            name: String::new(),
            label: 0,
            split,
            group: String::new(),
            samples: [1, -1, 1, 0].map(|sign| sign * level).to_vec(),
        }
    }

    #[test]
    fn columns_come_to_the_same_size_by_powers_of_two() {
        let mut spec = spec("clips", &["a", "b"]);
        spec.window = Window {
            rate_hz: 4,
            length_samples: 4,
            stride_samples: 4,
            n_axes: 1,
            sensor: Sensor::Motion(Motion {
                axes: vec!["x".into()],
                range: 2.0,
            }),
        };
        spec.features = vec![FeatureBlock::Flatten(Flatten {
            axes: vec![0],
            scale: 1.0,
            statistics: [true, true, true, true, false, false, false],
        })];
        let set = Dataset {
            labels: spec
                .data
                .as_ref()
                .map_or_else(Vec::new, |d| d.labels.clone()),
            clips: vec![
                clip(Split::Train, 1000),
                clip(Split::Train, 1000),
                clip(Split::Test, 30_000),
            ],
            noise: Vec::new(),
            warnings: Vec::new(),
            kept: Default::default(),
        };
        let front_end = FrontEnd::new(&spec.window, &spec.features);
        let scales = column_scales(&set, &spec, &front_end).unwrap().data;
        let mut features = Vec::new();
        front_end.features(&set.clips[0].samples, &mut features);
        assert_eq!(scales.len(), 4);
        for (scale, feature) in scales.iter().zip(&features) {
            assert_eq!(scale.to_bits() << 9, 0, "{scale} is no power of two");
            assert!(
                (0.7..1.42).contains(&(scale * feature).abs()),
                "{scale} × {feature}"
            );
        }
        // Trained on what is scaled; turned off, nothing is.
        let scaled = FrontEnd::new(&spec.window, &spec.features).scaled(&scales);
        let mut made = Vec::new();
        scaled.features(&set.clips[0].samples, &mut made);
        let expected: Vec<f32> = features.iter().zip(&scales).map(|(x, s)| x * s).collect();
        assert_eq!(made, expected);
        spec.quantize.column_scales = Some(false);
        assert_eq!(column_scales(&set, &spec, &front_end), None);
    }
}
