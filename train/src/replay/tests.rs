//! The decision logic over made-up scores, and the streams that are made of clips.

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use super::stitch::{CLIPS_PER_STREAM, Stitched};
use super::*;
use crate::data::{Clip, Dataset, Split};

/// Three labels, the last of them never reported; windows of 1000 samples every 250.
fn device() -> Device {
    Device {
        length_samples: 1000,
        stride_samples: 250,
        score_scale: 1.0 / 256.0,
        score_zero_point: -128,
        ignore: vec![false, false, true],
    }
}

fn setting(threshold: f32, average_results: usize, suppress_results: usize) -> Setting {
    Setting {
        threshold,
        average_results,
        suppress_results,
    }
}

/// Results every 250 samples from 1000 on; each gives the label of its probability.
fn replayed(results: &[(usize, f32)], events: &[(usize, u64, u64)]) -> Replayed {
    let score = |p: f32| (p * 256.0 - 128.0) as i8;
    let row = |&(label, p): &(usize, f32)| {
        let mut row = [score(0.0); 3];
        row[label] = score(p);
        row
    };
    Replayed {
        name: "r".into(),
        n_samples: 1000 + 250 * results.len() as u64,
        events: events
            .iter()
            .map(|&(label, from, to)| Event { label, from, to })
            .collect(),
        ends: (0..results.len() as u64).map(|i| 1000 + 250 * i).collect(),
        scores: results.iter().flat_map(row).collect(),
    }
}

#[test]
fn words_are_heard_missed_and_made_up() {
    // `a` is said at 500..900 and heard twice: the second report is one too many. `b` is said once
    // and not heard. The last `a` comes when no window holds the word any more.
    let results = [
        (0, 0.9),
        (0, 0.9),
        (1, 0.4),
        (2, 0.9),
        (2, 0.9),
        (2, 0.9),
        (0, 0.9),
    ];
    let recording = replayed(&results, &[(0, 500, 900), (1, 600, 1200), (2, 700, 1400)]);
    let outcome = judge(&[recording], &device(), setting(0.8, 1, 0));
    assert_eq!(
        outcome.words,
        [1, 1, 0],
        "what is never reported is no word"
    );
    assert_eq!(outcome.heard, [1, 0, 0]);
    assert_eq!(outcome.false_accepts, [2, 0, 0]);
    assert_eq!(outcome.missed(), 0.5);
}

#[test]
fn a_word_is_heard_as_long_as_an_averaged_window_holds_it() {
    let results = [(2, 0.9), (2, 0.9), (2, 0.9), (0, 1.0), (0, 1.0), (0, 1.0)];
    let said = [(0, 0, 700)];
    // The fourth window begins at 750, after the word; the fifth, with three averaged, hears from 500 on.
    let late = judge(&[replayed(&results, &said)], &device(), setting(0.3, 1, 9));
    assert_eq!((late.n_heard(), late.n_false()), (0, 1));
    let averaged = judge(&[replayed(&results, &said)], &device(), setting(0.3, 3, 9));
    assert_eq!((averaged.n_heard(), averaged.n_false()), (1, 0));
}

#[test]
fn the_bound_on_false_accepts_comes_first_then_the_recall() {
    let results = [(0, 0.9), (2, 0.9), (2, 0.9), (2, 0.9), (2, 0.9), (0, 0.6)];
    let recordings = [replayed(&results, &[(0, 100, 900)])];
    let own = setting(0.5, 1, 4);
    let all = settings(1000, 250, own);
    let stop = AtomicBool::new(false);
    let outcomes = sweep(&recordings, &device(), &all, &stop, &|| ());
    assert_eq!(outcomes.len(), all.len());
    let best = choose(&outcomes, 0.0, own).unwrap();
    assert_eq!((best.n_heard(), best.n_false()), (1, 0));
    // From 0.61 to 0.90 the thresholds do the same: the middle of them is the safest.
    assert_eq!(best.setting.average_results, 1);
    assert!((best.setting.threshold - 0.76).abs() < 0.02, "{best:?}");
    assert_eq!(choose(&outcomes, -1.0, own), None);
    // Ctrl-C: nothing is judged.
    stop.store(true, Ordering::Relaxed);
    assert!(sweep(&recordings, &device(), &all, &stop, &|| ()).is_empty());
}

#[test]
fn settings_stay_few_and_hold_the_specs_own() {
    let own = setting(0.123, 7, 5);
    for (length, stride) in [(16_000, 4000), (16_000, 320), (1, 1), (100, 10_000)] {
        let all = settings(length, stride, own);
        assert!(all.contains(&own), "{length}, {stride}");
        assert!(all.len() <= 70 * 8 * 7 + 1, "{}", all.len());
        assert!(all.iter().all(|s| (1..=1024).contains(&s.average_results)));
    }
}

fn set(n_clips: usize, noise: Vec<Vec<i16>>) -> Dataset {
    let clip = |i: usize| Clip {
        name: format!("{i}.wav"),
        label: i % 2,
        split: if i.is_multiple_of(5) {
            Split::Train
        } else {
            Split::Test
        },
        group: String::new(),
        samples: vec![1000 + i as i16; 400],
    };
    Dataset {
        labels: vec!["a".into(), "b".into()],
        clips: (0..n_clips).map(clip).collect(),
        noise,
        warnings: Vec::new(),
        kept: Default::default(),
    }
}

#[test]
fn a_stream_has_each_clip_of_its_side_once_where_its_event_says() {
    let set = set(200, Vec::new());
    let stitched = Stitched::new(&set, Split::Test, 1);
    assert_eq!((stitched.n_clips(), stitched.has_noise()), (160, false));
    assert_eq!(stitched.len(), 160usize.div_ceil(CLIPS_PER_STREAM));
    let mut seen = Vec::new();
    for index in 0..stitched.len() {
        let stream = stitched.stream(index);
        for event in &stream.events {
            let middle = stream.samples[(event.from + event.to) as usize / 2];
            let clip = (middle as f64 - 1000.0).round() as usize;
            // The hiss moves the value of a clip by at most 20, its label tells them apart.
            assert!(event.to - event.from == 400 && clip < 230);
            seen.push(event.label);
            let before = stream.samples[event.from as usize - 1];
            assert!(
                before.unsigned_abs() <= 20,
                "a pause stands before each clip"
            );
        }
    }
    assert_eq!(seen.len(), 160);
    assert_eq!(seen.iter().filter(|l| **l == 0).count(), 80);
    // The seed decides, and nothing else does.
    let again = Stitched::new(&set, Split::Test, 1);
    assert_eq!(again.stream(1), stitched.stream(1));
    assert_ne!(
        Stitched::new(&set, Split::Test, 2).stream(1),
        stitched.stream(1)
    );
    assert!(Stitched::new(&set, Split::Validation, 1).is_empty());
}

#[test]
fn noise_lies_as_far_below_the_clips_as_it_should() {
    let noise: Vec<i16> = (0..5000)
        .map(|i| if i % 2 == 0 { 3000 } else { -3000 })
        .collect();
    let set = set(20, vec![Vec::new(), noise]);
    let stitched = Stitched::new(&set, Split::Test, 1);
    let stream = stitched.stream(0);
    let pause = f64::from(stream.samples[0].unsigned_abs());
    let ratio = 20.0 * (1010.0 / pause).log10();
    assert!((ratio - stitch::SNR_DB).abs() < 0.3, "{ratio}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// More is never reported, and never earlier, with a higher threshold and no silences.
    #[test]
    fn a_higher_threshold_reports_no_more(
        scores in prop::collection::vec((0usize..3, 0.0f32..0.99), 1..40),
        average in 1usize..5,
    ) {
        let recording = [replayed(&scores, &[(0, 0, 4000), (1, 2000, 6000)])];
        let mut last = usize::MAX;
        for percent in (30..100).step_by(10) {
            let outcome = judge(&recording, &device(), setting(percent as f32 / 100.0, average, 0));
            let reports = outcome.n_heard() + outcome.n_false();
            prop_assert!(reports <= last);
            last = reports;
        }
    }
}
