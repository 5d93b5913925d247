//! Where the errors are: by what clips were kept together with (a speaker), by loudness, and
//! between float and int8.

use std::collections::BTreeMap;

use super::Evaluation;
use crate::data::Dataset;

/// Loudness of digital silence, in dBFS: one step of 16 bits is at −90.3.
pub const SILENCE_DBFS: f64 = -96.0;

/// Shares of the clips that [`by_loudness`] tells apart.
const LOUDNESS_PARTS: usize = 4;

/// The clips of a group and how many of them are classified wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupErrors {
    /// The group.
    pub group: String,
    /// Its clips.
    pub n: usize,
    /// Those that are classified wrongly.
    pub n_wrong: usize,
}

/// The clips of a range of loudness and how many of them are classified wrongly.
#[derive(Clone, Debug, PartialEq)]
pub struct LoudnessErrors {
    /// The quietest of them in dBFS.
    pub from_dbfs: f64,
    /// The loudest.
    pub to_dbfs: f64,
    /// Clips.
    pub n: usize,
    /// Those that are classified wrongly.
    pub n_wrong: usize,
}

/// How two networks compare on the same clips.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Clips that both classify alike.
    pub same: usize,
    /// Clips that the first alone has right.
    pub first_right: usize,
    /// Clips that the second alone has right.
    pub second_right: usize,
    /// Clips that both have wrong, each in its own way.
    pub both_wrong: usize,
    /// Where they differ: indices into the predictions.
    pub different: Vec<usize>,
}

/// Compares predictions of the same clips in the same order.
pub fn agreement(first: &Evaluation, second: &Evaluation) -> Agreement {
    let mut found = Agreement::default();
    let pairs = first.predictions.iter().zip(&second.predictions);
    for (i, (a, b)) in pairs.enumerate() {
        let (x, y) = (a.predicted(), b.predicted());
        if x == y {
            found.same += 1;
            continue;
        }
        found.different.push(i);
        match (x == a.label, y == b.label) {
            (true, _) => found.first_right += 1,
            (_, true) => found.second_right += 1,
            _ => found.both_wrong += 1,
        }
    }
    found
}

/// The errors by group, those with the most errors first, then those with the fewest clips, then
/// by name. Groups without an error are among them.
pub fn by_group(of: &Evaluation, set: &Dataset) -> Vec<GroupErrors> {
    let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for p in &of.predictions {
        let Some(clip) = set.clips.get(p.clip) else {
            continue;
        };
        let (n, n_wrong) = groups.entry(&clip.group).or_default();
        *n += 1;
        *n_wrong += usize::from(p.predicted() != p.label);
    }
    let mut errors: Vec<GroupErrors> = groups
        .into_iter()
        .map(|(group, (n, n_wrong))| GroupErrors {
            group: group.to_owned(),
            n,
            n_wrong,
        })
        .collect();
    // Stable: what is equal stays in the order of the names.
    errors.sort_by_key(|g| (std::cmp::Reverse(g.n_wrong), g.n));
    errors
}

/// The errors by loudness: the clips in four parts of equal number, from quiet to loud. Fewer
/// where there are fewer clips; clips of equal loudness stay in the order of the data set.
pub fn by_loudness(of: &Evaluation, set: &Dataset) -> Vec<LoudnessErrors> {
    let mut clips: Vec<(f64, bool)> = of
        .predictions
        .iter()
        .filter_map(|p| {
            let clip = set.clips.get(p.clip)?;
            Some((loudness_dbfs(&clip.samples), p.predicted() != p.label))
        })
        .collect();
    clips.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n = clips.len();
    let parts = (0..LOUDNESS_PARTS).map(|i| {
        let part = &clips[i * n / LOUDNESS_PARTS..(i + 1) * n / LOUDNESS_PARTS];
        let (first, last) = (part.first()?, part.last()?);
        Some(LoudnessErrors {
            from_dbfs: first.0,
            to_dbfs: last.0,
            n: part.len(),
            n_wrong: part.iter().filter(|(_, wrong)| *wrong).count(),
        })
    });
    parts.flatten().collect()
}

/// Root mean square in dB of full scale, at least [`SILENCE_DBFS`].
pub fn loudness_dbfs(samples: &[i16]) -> f64 {
    if samples.is_empty() {
        return SILENCE_DBFS;
    }
    let energy: u64 = samples
        .iter()
        .map(|&s| u64::from(s.unsigned_abs()).pow(2))
        .sum();
    let mean_square = energy as f64 / samples.len() as f64 / (32_768.0 * 32_768.0);
    (10.0 * libm::log10(mean_square)).max(SILENCE_DBFS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Clip, Split};
    use crate::metrics::Prediction;

    fn set(clips: &[(&str, i16)]) -> Dataset {
        let clip = |(i, &(group, level)): (usize, &(&str, i16))| Clip {
            name: format!("{i}.wav"),
            label: 0,
            split: Split::Test,
            group: group.to_owned(),
            samples: vec![level; 4],
        };
        Dataset {
            labels: vec!["a".into(), "b".into()],
            clips: clips.iter().enumerate().map(clip).collect(),
            noise: Vec::new(),
            warnings: Vec::new(),
            kept: Default::default(),
        }
    }

    /// Clips of label 0, those of `wrong` classified as label 1.
    fn evaluation(n: usize, wrong: &[usize]) -> Evaluation {
        let predict = |clip| Prediction {
            clip,
            label: 0,
            probabilities: match wrong.contains(&clip) {
                true => vec![0.2, 0.8],
                false => vec![0.8, 0.2],
            },
        };
        Evaluation::new((0..n).map(predict).collect(), 2)
    }

    #[test]
    fn the_group_with_the_most_errors_comes_first() {
        let set = set(&[("ann", 1), ("bob", 1), ("ann", 1), ("cid", 1), ("bob", 1)]);
        let found = by_group(&evaluation(5, &[1, 3, 4]), &set);
        let found: Vec<_> = found
            .iter()
            .map(|g| (g.group.as_str(), g.n, g.n_wrong))
            .collect();
        assert_eq!(found, [("bob", 2, 2), ("cid", 1, 1), ("ann", 2, 0)]);
    }

    #[test]
    fn quiet_clips_are_told_from_loud_ones() {
        let levels = [i16::MIN, 0, 16_384, 3, 8192, 100, 12_000, 50];
        let clips: Vec<_> = levels.iter().map(|&l| ("", l)).collect();
        // The silent one and the one of level 3 are wrong.
        let found = by_loudness(&evaluation(8, &[1, 3]), &set(&clips));
        let wrong: Vec<_> = found.iter().map(|l| (l.n, l.n_wrong)).collect();
        assert_eq!(wrong, [(2, 2), (2, 0), (2, 0), (2, 0)]);
        assert_eq!(found[0].from_dbfs, SILENCE_DBFS);
        assert_eq!(found[3].to_dbfs, 0.0);
        assert!((found[3].from_dbfs + 6.0206).abs() < 1e-3);
        assert_eq!(by_loudness(&evaluation(1, &[]), &set(&[("", 9)])).len(), 1);
        assert!(by_loudness(&evaluation(0, &[]), &set(&[])).is_empty());
    }

    #[test]
    fn every_way_to_differ_is_counted() {
        let of = |predicted: &[usize]| {
            let predict = |(clip, &p): (usize, &usize)| {
                let mut probabilities = vec![0.0; 3];
                probabilities[p] = 1.0;
                Prediction {
                    clip,
                    label: 0,
                    probabilities,
                }
            };
            Evaluation::new(predicted.iter().enumerate().map(predict).collect(), 3)
        };
        let found = agreement(&of(&[0, 1, 0, 1, 2]), &of(&[0, 1, 1, 0, 1]));
        assert_eq!(
            (
                found.same,
                found.first_right,
                found.second_right,
                found.both_wrong
            ),
            (2, 1, 1, 1)
        );
        assert_eq!(found.different, [2, 3, 4]);
    }
}
