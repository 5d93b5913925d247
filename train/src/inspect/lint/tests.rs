//! Each lint on generated recordings: a clean folder, one thing wrong with it, what is found.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use impulse_ir::diagnostic::Code;
use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Place};
use tempfile::TempDir;

use super::super::{Subject, Work, inspect, stats, suspicion};
use super::*;

const RATE: u32 = 8_000;

/// Pseudo-random numbers in −1..1.
struct Numbers(u32);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.0 >> 8) / f64::from(1 << 23) - 1.0
    }
}

/// One second: a word of breath noise at `hz` in the middle, faint noise around.
fn word(hz: f64, seed: u32) -> Vec<f64> {
    let mut numbers = Numbers(seed.wrapping_mul(2_654_435_761) | 1);
    let start = 2_400.0 + 400.0 * numbers.next();
    let (mut phase, mut smooth) = (0.0, 0.0);
    (0..RATE)
        .map(|i| {
            let t = (f64::from(i) - start) / 3_200.0;
            smooth = 0.7 * smooth + 0.3 * numbers.next();
            phase += 2.0 * std::f64::consts::PI * hz * (1.0 + 0.1 * smooth) / f64::from(RATE);
            let envelope = if (0.0..1.0).contains(&t) {
                libm::sin(std::f64::consts::PI * t)
            } else {
                0.0
            };
            0.001 * numbers.next() + envelope * 0.3 * (libm::sin(phase) + smooth)
        })
        .collect()
}

fn write_at(path: &Path, samples: &[f64], rate_hz: u32) {
    fs::create_dir_all(path.parent().expect("parent")).expect("folder");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("file");
    for s in samples {
        writer
            .write_sample((s * 32768.0).round().clamp(-32768.0, 32767.0) as i16)
            .expect("sample");
    }
    writer.finalize().expect("finalize");
}

fn write(path: &Path, samples: &[f64]) {
    write_at(path, samples, RATE);
}

/// Twelve recordings each of `low` and `high`, which differ in nothing but their pitch.
fn clean() -> TempDir {
    let folder = tempfile::tempdir().expect("temporary folder");
    for (l, (label, hz)) in [("low", 300.0), ("high", 1_500.0)].into_iter().enumerate() {
        for i in 0..12 {
            write(
                &folder.path().join(format!("{label}/{i:02}.wav")),
                &word(hz, (l * 100 + i) as u32),
            );
        }
    }
    folder
}

fn look(path: &Path) -> Inspection {
    let stop = AtomicBool::new(false);
    let work = Work {
        progress: &|_, _, _| {},
        stop: &stop,
    };
    inspect(Subject::of_path(path).expect("subject"), work).expect("inspection")
}

fn judged(inspection: &Inspection, skip: &[&str]) -> Findings {
    let stop = AtomicBool::new(false);
    let work = Work {
        progress: &|_, _, _| {},
        stop: &stop,
    };
    lint(inspection, skip, work).expect("findings")
}

/// Findings without those of the network.
fn findings(path: &Path) -> Vec<Diagnostic> {
    judged(&look(path), &[LABELS]).diagnostics
}

fn name(diagnostic: &Diagnostic) -> String {
    match &diagnostic.place {
        Place::File { path, .. } => path
            .file_name()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
        _ => String::new(),
    }
}

/// Expects exactly these findings: code, file, part of the message.
#[track_caller]
fn expect(path: &Path, wanted: &[(Code, &str, &str)]) -> Vec<Diagnostic> {
    let found = findings(path);
    let shown: Vec<String> = found
        .iter()
        .map(|d| format!("{} {} {}", d.code, name(d), d.message))
        .collect();
    assert_eq!(found.len(), wanted.len(), "{shown:#?}");
    for (d, (code, file, part)) in found.iter().zip(wanted) {
        assert!(
            d.code == *code && name(d) == *file && d.message.contains(part),
            "{part} in {shown:#?}"
        );
        assert!(!d.hints.is_empty(), "no hint: {}", d.message);
    }
    found
}

#[test]
fn a_clean_folder_has_no_findings() {
    expect(clean().path(), &[]);
}

#[test]
fn damaged_recordings_are_told_and_the_rest_is_judged() {
    let folder = clean();
    fs::write(folder.path().join("low/03.wav"), b"no audio").expect("write");
    let found = findings(folder.path());
    assert_eq!((found.len(), found[0].code), (1, codes::CLIP_UNREADABLE));
    assert_eq!(look(folder.path()).recordings.len(), 23);
}

#[test]
fn copies_and_other_cuts_of_a_take_are_found() {
    let folder = clean();
    let long: Vec<f64> = [word(300.0, 900), word(300.0, 901)].concat();
    write(&folder.path().join("low/a.wav"), &long[..8_000]);
    let quieter: Vec<f64> = long[11..8_011].iter().map(|s| s * 0.5).collect();
    write(&folder.path().join("low/b.wav"), &quieter);
    fs::copy(
        folder.path().join("high/04.wav"),
        folder.path().join("high/copy.wav"),
    )
    .expect("copy");
    // A split is drawn: wherever the two cuts came to lie, the sound is told.
    let found = findings(folder.path());
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(
        (found[0].code, name(&found[0])),
        (codes::DUPLICATE, "04.wav".into())
    );
    assert!(found[0].message.contains("`high/copy.wav`"));
    assert!([codes::NEAR_DUPLICATE, codes::LEAK_DUPLICATE].contains(&found[1].code));
    for part in [
        "`low/b.wav`",
        "11 samples (1.4 ms) apart",
        "6.0 dB quieter",
        "100 % in common",
    ] {
        assert!(found[1].message.contains(part), "{}", found[1].message);
    }
}

#[test]
fn a_sound_with_two_labels_is_an_error() {
    let folder = clean();
    fs::copy(
        folder.path().join("high/04.wav"),
        folder.path().join("low/04 copy.wav"),
    )
    .expect("copy");
    let found = expect(
        folder.path(),
        &[(
            codes::LABEL_CONFLICT,
            "04.wav",
            "but the labels differ: `high`, `low`",
        )],
    );
    assert!(found[0].is_error());
}

/// A manifest over the clean folder: every fourth recording tested, a speaker for every four.
fn manifest(folder: &Path, change: impl Fn(usize, &mut [String; 4])) {
    let mut text = String::from("path,label,split,speaker\n");
    for (l, label) in ["high", "low"].into_iter().enumerate() {
        for i in 0..12 {
            let side = if i % 4 == 0 { "test" } else { "train" };
            let mut row = [
                format!("{label}/{i:02}.wav"),
                label.into(),
                side.into(),
                format!("sp{}", i % 4),
            ];
            change(l * 12 + i, &mut row);
            text += &(row.join(",") + "\n");
        }
    }
    fs::write(folder.join("manifest.csv"), text).expect("write");
}

#[test]
fn a_speaker_on_both_sides_is_an_error_with_the_line_to_mend() {
    let folder = clean();
    manifest(folder.path(), |_, _| {});
    expect(folder.path(), &[]);
    manifest(folder.path(), |i, row| {
        if i == 5 {
            row[2] = "test".into();
        }
    });
    let found = expect(
        folder.path(),
        &[(
            codes::LEAK_GROUP,
            "05.wav",
            "`sp1` on one side of the split, found 5 in training, 1 in test",
        )],
    );
    assert!(found[0].is_error() && found[0].hints[0].message.contains("line 7"));
}

#[test]
fn a_sound_on_both_sides_is_an_error() {
    let folder = clean();
    manifest(folder.path(), |_, _| {});
    fs::copy(
        folder.path().join("low/04.wav"),
        folder.path().join("low/05.wav"),
    )
    .expect("copy");
    let found = expect(
        folder.path(),
        &[(
            codes::LEAK_DUPLICATE,
            "04.wav",
            "`low/05.wav` (line 19), but they are on different sides of the split: test, training",
        )],
    );
    assert!(found[0].is_error());
}

#[test]
fn names_that_tell_speakers_ask_for_groups() {
    let folder = tempfile::tempdir().expect("temporary folder");
    for (l, (label, hz)) in [("low", 300.0), ("high", 1_500.0)].into_iter().enumerate() {
        for i in 0..12 {
            let path = folder
                .path()
                .join(format!("{label}/0{}ab_nohash_{i}.wav", i % 4));
            write(&path, &word(hz, (l * 100 + i) as u32));
        }
    }
    let found = findings(folder.path());
    assert_eq!((found.len(), found[0].code), (1, codes::UNGROUPED));
    assert!(
        found[0].hints[0]
            .message
            .contains("group filename /^([0-9a-f]+)_nohash/")
    );
}

#[test]
fn each_fault_of_a_recording_has_a_finding() {
    let folder = clean();
    let path = |name: &str| folder.path().join(name);
    let tone = |f: &dyn Fn(usize, f64) -> f64, seed| -> Vec<f64> {
        word(300.0, seed)
            .into_iter()
            .enumerate()
            .map(|(i, s)| f(i, s))
            .collect()
    };
    write(
        &path("low/clip.wav"),
        &tone(&|_, s| (s * 8.0).clamp(-0.9, 0.9), 500),
    );
    write(&path("low/cut.wav"), &word(300.0, 501)[3_600..]);
    write(&path("low/dc.wav"), &tone(&|_, s| s + 0.05, 502));
    write(
        &path("low/gap.wav"),
        &tone(
            &|i, s| if (3_900..4_200).contains(&i) { 0.0 } else { s },
            503,
        ),
    );
    write(&path("low/nothing.wav"), &vec![0.0; 8_000]);
    write(
        &path("low/padded.wav"),
        &tone(&|i, s| if i < 1_200 { 0.0 } else { s }, 504),
    );
    write(&path("low/quiet.wav"), &tone(&|_, s| s * 0.005, 505));
    write_at(&path("low/rate.wav"), &word(300.0, 506), 16_000);
    write(&path("low/short.wav"), &word(300.0, 507)[3_000..4_400]);
    let found = findings(folder.path());
    let shown: Vec<(Code, String)> = found.iter().map(|d| (d.code, name(d))).collect();
    for wanted in [
        (codes::CLIPPING, "clip.wav"),
        (codes::CUT_OFF, "cut.wav"),
        (codes::DC_OFFSET, "dc.wav"),
        (codes::GAP, "gap.wav"),
        (codes::SILENT, "nothing.wav"),
        (codes::ZERO_PADDING, "padded.wav"),
        (codes::SILENT, "quiet.wav"),
        (codes::RATE, "rate.wav"),
        (codes::LENGTH, "short.wav"),
    ] {
        let n = shown
            .iter()
            .filter(|(code, name)| (*code, name.as_str()) == wanted)
            .count();
        assert_eq!(n, 1, "{wanted:?} in {shown:#?}");
    }
    assert!(found.iter().all(|d| !d.is_error() && !d.hints.is_empty()));
}

#[test]
fn noise_is_missing_a_word_only_where_words_are_expected() {
    let folder = clean();
    let hiss: Vec<f64> = {
        let mut numbers = Numbers(9);
        (0..RATE).map(|_| 0.03 * numbers.next()).collect()
    };
    for i in 0..12 {
        let path = folder.path().join(format!("unknown/{i:02}.wav"));
        write(&path, &word(700.0, 800 + i));
    }
    write(&folder.path().join("low/hiss.wav"), &hiss);
    let louder: Vec<f64> = hiss.iter().rev().map(|s| 1.5 * s).collect();
    write(&folder.path().join("unknown/noise.wav"), &louder);
    expect(
        folder.path(),
        &[(codes::SILENT, "hiss.wav", "nothing stands out of the noise")],
    );
}

#[test]
fn a_rare_label_and_one_told_by_its_offset_are_found() {
    let folder = clean();
    for i in 0..3 {
        write(
            &folder.path().join(format!("rare/{i}.wav")),
            &word(700.0, 600 + i),
        );
    }
    for i in 0..12 {
        let moved: Vec<f64> = word(900.0, 700 + i).iter().map(|s| s + 0.008).collect();
        write(&folder.path().join(format!("moved/{i:02}.wav")), &moved);
    }
    let found = findings(folder.path());
    let shown: Vec<String> = found
        .iter()
        .map(|d| format!("{} {}", d.code, d.message))
        .collect();
    let has = |code: Code, part: &str| {
        found
            .iter()
            .any(|d| d.code == code && d.message.contains(part))
    };
    assert!(
        has(codes::IMBALANCE, "`rare` has 3 recordings"),
        "{shown:#?}"
    );
    assert!(
        has(
            codes::CONFOUND,
            "`moved` can be told by its DC offset alone"
        ),
        "{shown:#?}"
    );
}

#[test]
fn the_figures_of_a_folder() {
    let folder = clean();
    manifest(folder.path(), |_, _| {});
    let found = stats::stats(&look(folder.path()));
    assert_eq!(
        (found.labels.len(), found.labels[0].name.as_str()),
        (2, "high")
    );
    let all = &found.all;
    assert_eq!((all.n_recordings, all.n_groups, all.seconds), (24, 4, 24.0));
    assert_eq!((all.split[0] + all.split[1], all.split[2]), (18, 6));
    assert_eq!(all.rates.iter().collect::<Vec<_>>(), [(&RATE, &24)]);
    assert!(
        (-30.0..-10.0).contains(&all.loudness_dbfs.median),
        "{:?}",
        all.loudness_dbfs
    );
    assert!(all.snr_db.median > 40.0, "{:?}", all.snr_db);
}

#[test]
fn empty_and_wrong_places_are_refused_in_words() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let stop = AtomicBool::new(false);
    let work = Work {
        progress: &|_, _, _| {},
        stop: &stop,
    };
    let of = |path: &Path| match Subject::of_path(path) {
        Ok(subject) => inspect(subject, work)
            .map(|_| ())
            .map_err(|mut all| all.remove(0)),
        Err(problem) => Err(problem),
    };
    let code = |path: &Path| of(path).expect_err("refused").code;
    assert_eq!(code(folder.path()), codes::DATA_MISSING);
    assert_eq!(code(&folder.path().join("nowhere")), codes::FILE_NOT_FOUND);
    write(&folder.path().join("clip.wav"), &word(300.0, 1));
    assert_eq!(code(&folder.path().join("clip.wav")), codes::DATA_MISSING);
    fs::write(folder.path().join("list.csv"), "file,word\n").expect("write");
    assert_eq!(code(&folder.path().join("list.csv")), codes::MANIFEST);
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(code(clean().path()), codes::STOPPED);
}

/// 240 recordings of three labels, eight of them with another's label: the network finds them.
#[test]
fn flipped_labels_come_first_in_the_ranking() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let labels = [("low", 300.0), ("mid", 900.0), ("top", 2_200.0)];
    let mut text = String::from("path,label,speaker\n");
    for i in 0..240u32 {
        let (label, hz) = labels[(i % 3) as usize];
        let path = format!("{label}/{i:03}.wav");
        write(&folder.path().join(&path), &word(hz, i));
        let given = if i % 31 == 7 {
            labels[((i + 1) % 3) as usize].0
        } else {
            label
        };
        text += &format!("{path},{given},sp{}\n", i % 12);
    }
    fs::write(folder.path().join("manifest.csv"), text).expect("write");
    let inspection = look(folder.path());
    let others: Vec<&str> = names().filter(|name| *name != LABELS).collect();
    let found = judged(&inspection, &others);
    let ranking = found.ranking.expect("a ranking");
    let file = |s: &suspicion::Suspicion| inspection.recordings[s.recording].entry.name.clone();
    let flipped: Vec<String> = (0..240u32)
        .filter(|i| i % 31 == 7)
        .map(|i| format!("{i:03}.wav"))
        .collect();
    let worst: Vec<String> = ranking.suspicions.iter().take(12).map(file).collect();
    let n = worst
        .iter()
        .filter(|w| flipped.iter().any(|f| w.ends_with(f.as_str())))
        .count();
    assert!(
        n >= 7 && flipped.len() == 8,
        "{n} of {flipped:?} in {worst:?}"
    );
    assert!(ranking.agreement() > 0.9, "{}", ranking.agreement());
    assert!(
        ranking
            .groups
            .iter()
            .all(|g| g.n_wrong > 0 && g.n_recordings == 20)
    );
    let told = found
        .diagnostics
        .iter()
        .filter(|d| d.code == codes::LABEL_SUSPICIOUS)
        .count();
    assert!((6..=12).contains(&told), "{told}");
}

/// The public recordings, where they stand beside the workspace.
#[test]
fn real_recordings_have_the_faults_that_are_known_of_them() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/speech_commands");
    if !path.exists() {
        return;
    }
    let found = findings(&path);
    let count = |code: Code| found.iter().filter(|d| d.code == code).count();
    assert_eq!(count(codes::DC_OFFSET), 71);
    let pair = found.iter().find(|d| name(d) == "pink_noise_646039.wav");
    assert!(
        pair.is_some_and(|d| d.message.contains("11 samples (0.7 ms) apart")),
        "{pair:?}"
    );
    assert_eq!(count(codes::LEAK_GROUP), 0);
    assert_eq!(count(codes::LEAK_DUPLICATE), 0);
    assert!(count(codes::NEAR_DUPLICATE) > 200 && count(codes::CLIPPING) > 10);
}
