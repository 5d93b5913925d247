//! `impulse run --stream`: what a device would report of a recording with several words.

use crate::support::{Small, samples, sorted, write_wav};

/// Words in each recording.
const WORDS: usize = 12;

/// Every fourth clip of a label, with pauses between.
fn recording(small: &Small, label: &str) -> Vec<i16> {
    let clips = sorted(&small.path().join("clips").join(label));
    let spoken = clips
        .iter()
        .filter(|c| !c.to_string_lossy().contains("noise-"));
    let mut all = vec![0; 10_000];
    for clip in spoken.step_by(4).take(WORDS) {
        all.extend(samples(clip));
        all.extend([0; 17_600]);
    }
    all
}

#[test]
fn words_in_a_stream_are_decided_once_each_and_other_words_are_not() {
    let small = Small::whole();
    small.build().ok();
    for label in ["yes", "no", "unknown"] {
        let name = format!("{label}.wav");
        write_wav(&small.path().join(&name), &recording(&small, label));
        let run = small.impulse(&["run", "--stream", &name]).ok();
        let decided: Vec<&str> = run
            .stdout
            .lines()
            .filter_map(|l| l.split("→ ").nth(1))
            .collect();
        let right = decided.iter().filter(|d| **d == label).count();
        if label == "unknown" {
            assert!(decided.len() <= WORDS / 4, "{}", run.stdout);
        } else {
            assert!((WORDS * 2 / 3..=WORDS).contains(&right), "{}", run.stdout);
            assert!(decided.len() - right <= WORDS / 4, "{}", run.stdout);
        }
    }
}
