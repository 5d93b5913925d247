//! The same sound found again: in another file, cut elsewhere, louder or quieter.
//!
//! [`anchors`] are places that depend on the sound alone: the highest peaks of their
//! neighbourhood. The distances between successive ones are the same wherever a cut begins and
//! however loud it is, so that equal runs of distances name pairs that may be the same sound
//! ([`candidates`]) without comparing all with all. The correlation of the samples is the judge
//! ([`compare`]). (Peaks and their distances: Wang, "An industrial-strength audio search
//! algorithm", ISMIR 2003, here in the time domain, where a cut does not blur them.)

use std::collections::{BTreeMap, HashMap};

/// An anchor has the highest peak within so far to either side.
const REACH_S: f64 = 0.008;
/// Successive distances that make a key: with fewer, the pitch of a voice gives equal ones by
/// chance.
const DISTANCES: usize = 4;
/// Keys that more sounds have say nothing: a tone has the same everywhere.
const HOLDERS_MAX: usize = 24;
/// Keys in agreement that make a pair worth a comparison.
const VOTES_MIN: usize = 3;
/// Samples by which two keys of a pair may disagree about the shift.
const SHIFT_TOLERANCE: i64 = 2;

/// Place of an anchor in samples.
pub type Anchor = u32;

/// The anchors of a sound in order; `offset` is added to each place.
pub fn anchors(samples: &[f64], mean: f64, rate_hz: u32, offset: usize) -> Vec<Anchor> {
    let reach = ((REACH_S * f64::from(rate_hz)) as usize).max(1);
    let height = |i: usize| (samples[i] - mean).abs();
    let mut found = Vec::new();
    let mut at = 0;
    while at < samples.len() {
        // The highest of a block is the only one of it that can be the highest of its reach.
        let end = (at + reach).min(samples.len());
        let Some(top) = (at..end).max_by(|&a, &b| height(a).total_cmp(&height(b)).then(b.cmp(&a)))
        else {
            break;
        };
        // Peaks near an end would be others with what was cut off.
        let inside = top >= reach && top + reach < samples.len();
        let highest = || {
            (top - reach..top).all(|i| height(i) < height(top))
                && (top + 1..=top + reach).all(|i| height(i) <= height(top))
        };
        if inside && height(top) > 0.0 && highest() {
            found.push(u32::try_from(top + offset).unwrap_or(u32::MAX));
        }
        at = end;
    }
    found
}

/// Rate and successive distances.
type Key = (u32, [u32; DISTANCES]);

/// A pair that may hold the same sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Index of the first sound.
    pub a: usize,
    /// Index of the second sound, larger.
    pub b: usize,
    /// Sample of `a` that sample 0 of `b` falls on.
    pub shift: i64,
}

/// Pairs of sounds that share keys at one shift, ordered. Each sound is its rate in Hz and its
/// anchors; sounds of different rates make no pair.
pub fn candidates(sounds: &[(u32, &[Anchor])]) -> Vec<Candidate> {
    let mut holders: HashMap<Key, Vec<(u32, Anchor)>> = HashMap::new();
    for (i, &(rate_hz, anchors)) in sounds.iter().enumerate() {
        for run in anchors.windows(DISTANCES + 1) {
            let mut key = [0; DISTANCES];
            for (distance, pair) in key.iter_mut().zip(run.windows(2)) {
                *distance = pair[1] - pair[0];
            }
            let held = holders.entry((rate_hz, key)).or_default();
            if held.len() <= HOLDERS_MAX {
                held.push((i as u32, run[0]));
            }
        }
    }
    let mut shifts: BTreeMap<(usize, usize), Vec<i64>> = BTreeMap::new();
    for held in holders.values().filter(|h| h.len() <= HOLDERS_MAX) {
        for (n, &(a, at_a)) in held.iter().enumerate() {
            for &(b, at_b) in held[n + 1..].iter().filter(|(b, _)| *b != a) {
                let pair = (a as usize, b as usize);
                shifts
                    .entry(pair)
                    .or_default()
                    .push(i64::from(at_a) - i64::from(at_b));
            }
        }
    }
    let agreed = |mut all: Vec<i64>| {
        all.sort_unstable();
        let (mut best, mut votes) = (0, 0);
        for (n, first) in all.iter().enumerate() {
            let agreeing = all[n..]
                .iter()
                .take_while(|s| **s - first <= SHIFT_TOLERANCE)
                .count();
            if agreeing > votes {
                (best, votes) = (all[n + agreeing / 2], agreeing);
            }
        }
        (votes >= VOTES_MIN).then_some(best)
    };
    shifts
        .into_iter()
        .filter_map(|((a, b), all)| agreed(all).map(|shift| Candidate { a, b, shift }))
        .collect()
}

/// How alike two sounds are where they overlap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// Sample of the first that sample 0 of the second falls on.
    pub shift: i64,
    /// Samples that both have.
    pub overlap: usize,
    /// Correlation over them without their means, −1..1.
    pub correlation: f64,
    /// Level of the second relative to the first over them, in dB.
    pub gain_db: f64,
}

/// Compares `b` with `a` at shifts around `shift`, and tells the best.
pub fn compare(a: &[f64], b: &[f64], shift: i64) -> Option<Likeness> {
    (shift - SHIFT_TOLERANCE..=shift + SHIFT_TOLERANCE)
        .filter_map(|shift| likeness(a, b, shift))
        .max_by(|x, y| x.correlation.total_cmp(&y.correlation))
}

fn likeness(a: &[f64], b: &[f64], shift: i64) -> Option<Likeness> {
    let skip = |n: i64| usize::try_from(n.max(0)).unwrap_or(usize::MAX);
    let (a, b) = (a.get(skip(shift)..)?, b.get(skip(-shift)..)?);
    let overlap = a.len().min(b.len());
    let (a, b) = (&a[..overlap], &b[..overlap]);
    let mean = |x: &[f64]| x.iter().sum::<f64>() / overlap.max(1) as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        (aa, bb, ab) = (aa + x * x, bb + y * y, ab + x * y);
    }
    (aa > 0.0 && bb > 0.0).then(|| Likeness {
        shift,
        overlap,
        correlation: ab / (aa * bb).sqrt(),
        gain_db: 10.0 * libm::log10(bb / aa),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize, seed: u32) -> Vec<f64> {
        let mut state = seed;
        (0..n)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                f64::from(state >> 16) / 32768.0 - 1.0
            })
            .collect()
    }

    fn of(samples: &[f64]) -> Vec<Anchor> {
        anchors(samples, 0.0, 16_000, 0)
    }

    #[test]
    fn a_shifted_quieter_cut_is_found_among_others_and_measured() {
        let long = noise(30_000, 1);
        let first = &long[..16_000];
        let second: Vec<f64> = long[5_011..21_011]
            .iter()
            .map(|s| (s * 0.25 * 32768.0).round() / 32768.0)
            .collect();
        let mut sounds: Vec<Vec<f64>> = (10..60).map(|seed| noise(16_000, seed)).collect();
        sounds.insert(7, first.to_vec());
        sounds.push(second.clone());
        let all: Vec<Vec<Anchor>> = sounds.iter().map(|s| of(s)).collect();
        let all: Vec<(u32, &[Anchor])> = all.iter().map(|a| (16_000, a.as_slice())).collect();
        let found = candidates(&all);
        assert_eq!(
            found,
            [Candidate {
                a: 7,
                b: 51,
                shift: 5_011
            }]
        );
        let likeness = compare(first, &second, 5_010).expect("overlap");
        assert_eq!((likeness.shift, likeness.overlap), (5_011, 10_989));
        assert!(likeness.correlation > 0.999 && (likeness.gain_db + 12.04).abs() < 0.01);
    }

    #[test]
    fn tones_and_silence_make_no_pairs() {
        let tone: Vec<f64> = (0..16_000).map(|i| libm::sin(f64::from(i) * 0.3)).collect();
        let all: Vec<Vec<Anchor>> = (0..40).map(|_| of(&tone)).collect();
        let all: Vec<(u32, &[Anchor])> = all.iter().map(|a| (16_000, a.as_slice())).collect();
        assert!(candidates(&all).is_empty());
        assert!(of(&[0.0; 16_000]).is_empty() && of(&[]).is_empty());
        assert_eq!(compare(&[0.0; 100], &[0.0; 100], 0), None);
        assert_eq!(compare(&[0.1; 10], &[0.1; 10], 500), None);
    }
}
