//! What there is: recordings, speakers, seconds, levels, by label and side of the split.

use std::collections::{BTreeMap, BTreeSet};

use super::{Inspection, Recording};
use crate::data::Split;

/// A data set in figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// Of each label, in order.
    pub labels: Vec<Figures>,
    /// Of all recordings with a label.
    pub all: Figures,
    /// Whether the data set says what belongs together (else `n_groups` is 0).
    pub has_groups: bool,
    /// Recordings that cannot be read.
    pub n_unreadable: usize,
}

/// The figures of some recordings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// The label; empty for all together.
    pub name: String,
    /// Recordings.
    pub n_recordings: usize,
    /// Speakers, or whatever the groups are.
    pub n_groups: usize,
    /// Seconds of all.
    pub seconds: f64,
    /// Lengths in seconds.
    pub length_s: Spread,
    /// Loudness in dBFS.
    pub loudness_dbfs: Spread,
    /// Estimated signal-to-noise ratio in dB.
    pub snr_db: Spread,
    /// Recordings by sampling rate in Hz.
    pub rates: BTreeMap<u32, usize>,
    /// Recordings for training, validation and test.
    pub split: [usize; 3],
    /// Groups on each of these sides.
    pub split_groups: [usize; 3],
}

/// How a value is spread over recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Below it stand 5 % of the values.
    pub low: f64,
    /// The middle value.
    pub median: f64,
    /// Above it stand 5 % of the values.
    pub high: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let n = values.len();
        let at = |share: f64| values.get((n.saturating_sub(1) as f64 * share).round() as usize);
        let at = |share| at(share).copied().unwrap_or_default();
        Self {
            low: at(0.05),
            median: at(0.5),
            high: at(0.95),
        }
    }
}

/// Sums an inspection up.
pub fn stats(inspection: &Inspection) -> Stats {
    let of_label = |(l, name): (usize, &String)| {
        let own = inspection.labelled().filter(|(label, _)| *label == l);
        figures(name.clone(), own.map(|(_, r)| r))
    };
    Stats {
        labels: inspection
            .labels()
            .iter()
            .enumerate()
            .map(of_label)
            .collect(),
        all: figures(String::new(), inspection.labelled().map(|(_, r)| r)),
        has_groups: inspection.has_groups(),
        n_unreadable: inspection
            .problems
            .iter()
            .filter(|p| p.code == impulse_ir::diagnostic::codes::CLIP_UNREADABLE)
            .count(),
    }
}

fn figures<'a>(name: String, recordings: impl Iterator<Item = &'a Recording>) -> Figures {
    let all: Vec<&Recording> = recordings.collect();
    let spread = |value: fn(&Recording) -> f64| Spread::of(all.iter().map(|r| value(r)).collect());
    let groups = |side: Option<Split>| {
        let of_side = all
            .iter()
            .filter(|r| side.is_none_or(|side| r.split == side));
        of_side
            .filter_map(|r| r.entry.group.as_deref())
            .collect::<BTreeSet<_>>()
            .len()
    };
    let sides = [Split::Train, Split::Validation, Split::Test];
    let mut rates = BTreeMap::new();
    for recording in &all {
        *rates.entry(recording.sound.rate_hz).or_default() += 1;
    }
    Figures {
        name,
        n_recordings: all.len(),
        n_groups: groups(None),
        seconds: all.iter().map(|r| r.sound.seconds()).sum(),
        length_s: spread(|r| r.sound.seconds()),
        loudness_dbfs: spread(|r| r.sound.loudness_dbfs),
        snr_db: spread(|r| r.sound.snr_db()),
        rates,
        split: sides.map(|side| all.iter().filter(|r| r.split == side).count()),
        split_groups: sides.map(|side| groups(Some(side))),
    }
}
