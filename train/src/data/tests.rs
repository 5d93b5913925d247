use std::fs;
use std::path::Path;

use impulse_ir::Span;
use impulse_ir::network::Network;
use impulse_ir::spec::{
    Augment, ClassWeights, Decide, Group, Keep, NetworkSource, Noise, NoiseLevel, Optimizer,
    Schedule, Train, Window,
};

use super::*;

const LENGTH: usize = 64;

pub(crate) fn spec(path: &str, labels: &[&str]) -> Spec {
    Spec {
        name: "test".into(),
        data: Some(Data {
            path: path.into(),
            path_span: Span::new(0, 4),
            labels: labels.iter().map(|l| (*l).to_string()).collect(),
            label_spans: Vec::new(),
            group: Group::Clip,
            validate: 0.25,
            test: 0.25,
        }),
        window: Window {
            rate_hz: 16_000,
            length_samples: LENGTH,
            stride_samples: LENGTH,
            n_axes: 1,
            sensor: impulse_ir::spec::Sensor::Audio,
        },
        augment: Augment {
            noise: None,
            shift_samples: 0,
            gain_db: (0.0, 0.0),
            picture: Default::default(),
            mask_time: (0, 0),
            mask_frequency: (0, 0),
        },
        features: Vec::new(),
        network: NetworkSource::Layers(Network {
            input: vec![1],
            nodes: Vec::new(),
        }),
        quantize: Default::default(),
        train: Train {
            epochs: 1,
            batch: 1,
            optimizer: Optimizer::Adam {
                learning_rate: 0.005,
            },
            schedule: Schedule::Constant,
            warmup_epochs: 0,
            mixup: 0.0,
            patience_epochs: None,
            class_weights: ClassWeights::Equal,
            keep: Keep::Last,
            seed: 1,
            seeds: 1,
            folds: 4,
            start: None,
            freeze: Vec::new(),
        },
        decide: Decide {
            threshold: 0.5,
            average_results: 1,
            suppress_results: 0,
            ignore: Vec::new(),
        },
        targets: Vec::new(),
    }
}

fn data(spec: &mut Spec) -> &mut Data {
    spec.data.as_mut().expect("the test spec has data")
}

fn record(path: &Path, seed: usize, n: usize) {
    fs::create_dir_all(path.parent().expect("parent")).expect("folder");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("file");
    for i in 0..n {
        writer
            .write_sample(((i * 37 + seed * 1009) % 2000) as i16 - 1000)
            .expect("sample");
    }
    writer.finalize().expect("finalize");
}

/// Eight clips each of yes and no by four speakers.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("temporary folder");
    for (l, label) in ["yes", "no"].iter().enumerate() {
        for i in 0..8 {
            record(
                &folder
                    .path()
                    .join(format!("clips/{label}/sp{}_{i}.wav", i % 4)),
                l * 100 + i,
                LENGTH,
            );
        }
    }
    folder
}

fn quiet(_: usize, _: usize) {}

#[test]
fn a_folder_per_label_loads_in_order_and_splits() {
    let folder = folder();
    let set = load(&spec("clips", &["yes", "no"]), folder.path(), &quiet).expect("loads");
    assert_eq!(set.clips.len(), 16);
    assert!(set.clips.windows(2).all(|w| w[0].name < w[1].name));
    assert_eq!(set.clips[0].name, "no/sp0_0.wav");
    assert_eq!(
        (set.clips[0].label, set.clips[0].samples.len()),
        (1, LENGTH)
    );
    assert_eq!(set.counts(Split::Test), [2, 2]);
    assert_eq!(
        set.counts(Split::Train).iter().sum::<usize>()
            + set.counts(Split::Validation).iter().sum::<usize>(),
        12
    );
    assert!(set.warnings.is_empty(), "{:?}", set.warnings);
}

#[test]
fn a_speaker_is_on_one_side() {
    let folder = folder();
    let mut spec = spec("clips", &["yes", "no"]);
    data(&mut spec).group = Group::FileName("^(sp[0-9])_".into());
    let set = load(&spec, folder.path(), &quiet).expect("loads");
    for a in &set.clips {
        assert!(
            set.clips
                .iter()
                .filter(|b| b.group == a.group)
                .all(|b| b.split == a.split),
            "{}",
            a.name
        );
    }
    assert_eq!(set.indices(Split::Test).len(), 4);
}

#[test]
fn every_damaged_recording_and_every_empty_label_is_named() {
    let folder = folder();
    let clips = folder.path().join("clips");
    fs::write(clips.join("yes/text.wav"), "no audio").expect("write");
    let whole = fs::read(clips.join("no/sp0_0.wav")).expect("read");
    fs::write(clips.join("no/half.wav"), &whole[..whole.len() / 2]).expect("write");
    fs::create_dir(clips.join("maybe")).expect("folder");
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", clips.join("no/link.wav")).expect("link");
    #[cfg(not(unix))]
    fs::write(clips.join("no/link.wav"), "").expect("write");
    let mut spec = spec("clips", &["yes", "no", "maybe", "unknwon"]);
    data(&mut spec).group = Group::FileName("^(sp|half|link)".into());
    assert!(content_hash(&spec, folder.path()).is_ok());
    let problems = load(&spec, folder.path(), &quiet).expect_err("damaged");
    let shown: Vec<String> = problems
        .iter()
        .map(|p| format!("{} {:?} {}", p.code, p.place, p.message))
        .collect();
    assert_eq!(problems.len(), 6, "{shown:#?}");
    for wanted in [
        "yes/text.wav",
        "no/link.wav",
        "does not match `yes/text.wav`",
        "no/half.wav",
        "`clips/maybe`, found none",
        "a folder `clips/unknwon`",
    ] {
        assert!(
            shown.iter().any(|s| s.contains(wanted)),
            "{wanted} is not in {shown:#?}"
        );
    }
}

#[test]
fn a_manifest_that_is_no_table_is_refused_in_words() {
    let folder = folder();
    let path = folder.path().join("clips/all.csv");
    let spec = spec("clips/all.csv", &["a"]);
    for (bytes, wanted) in [
        (&b""[..], "found an empty file"),
        (b"path,label\n\xff\xfe,a\n", "expected UTF-8 text"),
        (
            b"path,label\n\"yes/sp0_0.wav,a\n",
            "expected 2 fields, found 1",
        ),
    ] {
        fs::write(&path, bytes).expect("write");
        let problem = load(&spec, folder.path(), &quiet)
            .expect_err(wanted)
            .remove(0);
        assert!(problem.message.contains(wanted), "{}", problem.message);
    }
}

#[test]
fn a_missing_data_set_is_named() {
    let folder = folder();
    let problems = load(&spec("cilps", &["yes"]), folder.path(), &quiet).expect_err("missing");
    assert_eq!(problems[0].code, codes::DATA_MISSING);
    assert_eq!(problems[0].hints[0].message, "did you mean `clips`?");
}

#[test]
fn other_labels_are_ignored_with_a_warning() {
    let folder = folder();
    let set = load(&spec("clips", &["yes"]), folder.path(), &quiet).expect("loads");
    assert_eq!(set.clips.len(), 8);
    assert_eq!(set.warnings[0].code, codes::LABELS_IGNORED);
    assert!(
        set.warnings[0].message.contains("8 recordings")
            && set.warnings[0].message.contains("`no`")
    );
}

#[test]
fn a_manifest_gives_labels_sides_and_groups() {
    let folder = folder();
    let mut text = String::from("path,label,split,speaker\n");
    for i in 0..8 {
        let side = if i % 4 == 0 { "test" } else { "train" };
        text += &format!(
            "yes/sp{}_{i}.wav,a,{side},sp{}\nno/sp{}_{i}.wav,b,{side},sp{}\n",
            i % 4,
            i % 4,
            i % 4,
            i % 4
        );
    }
    fs::write(folder.path().join("clips/all.csv"), text).expect("write");
    let mut spec = spec("clips/all.csv", &["a", "b"]);
    data(&mut spec).group = Group::Column("speaker".into());
    let set = load(&spec, folder.path(), &quiet).expect("loads");
    assert_eq!(
        (set.counts(Split::Test), set.counts(Split::Validation)),
        (vec![2, 2], vec![2, 2])
    );
    assert!(
        set.clips
            .iter()
            .all(|c| (c.group == "sp0") == (c.split == Split::Test))
    );
}

#[test]
fn a_manifest_without_its_columns_is_refused() {
    let folder = folder();
    let path = folder.path().join("clips/all.csv");
    let mut spec = spec("clips/all.csv", &["a"]);
    for (text, line, code, wanted) in [
        (
            "file,label\n",
            1,
            codes::MANIFEST,
            "expected a column `path`, found file, label",
        ),
        (
            "path,label,split\nyes/sp0_0.wav,a,tset\n",
            2,
            codes::MANIFEST,
            "found `tset`",
        ),
        (
            "path,label\nyes/sp0_0.wav,\n",
            2,
            codes::MANIFEST,
            "empty cell",
        ),
        (
            "path,label\nyes/sp0_0.wav,a,b,c\n",
            2,
            codes::MANIFEST,
            "expected 2 fields, found 4",
        ),
    ] {
        fs::write(&path, text).expect("write");
        let problem = load(&spec, folder.path(), &quiet)
            .expect_err(text)
            .remove(0);
        assert_eq!(problem.code, code);
        assert!(problem.message.contains(wanted), "{}", problem.message);
        assert!(
            matches!(problem.place, Place::File { line: Some(l), .. } if l == line),
            "{:?}",
            problem.place
        );
    }
    fs::write(&path, "path,label\nyes/sp0_0.wav,a\n").expect("write");
    data(&mut spec).group = Group::Column("speaker".into());
    assert_eq!(
        load(&spec, folder.path(), &quiet).expect_err("no column")[0].code,
        codes::GROUP
    );
}

#[test]
fn a_pattern_that_does_not_fit_is_refused() {
    let folder = folder();
    let mut spec = spec("clips", &["yes", "no"]);
    for (pattern, wanted) in [
        ("(", "no regular expression"),
        ("^sp", "no capture group"),
        ("^(x)", "`no/sp0_0.wav`"),
    ] {
        data(&mut spec).group = Group::FileName(pattern.into());
        let problem = load(&spec, folder.path(), &quiet)
            .expect_err(pattern)
            .remove(0);
        assert_eq!(problem.code, codes::GROUP);
        assert!(problem.message.contains(wanted), "{}", problem.message);
    }
}

#[test]
fn folders_for_training_and_testing_give_the_sides() {
    let folder = tempfile::tempdir().expect("temporary folder");
    for i in 0..4 {
        record(
            &folder.path().join(format!("clips/training/yes/{i}.wav")),
            i,
            LENGTH,
        );
        record(
            &folder.path().join(format!("clips/testing/yes/{i}.wav")),
            10 + i,
            LENGTH,
        );
    }
    let set = load(&spec("clips", &["yes"]), folder.path(), &quiet).expect("loads");
    assert_eq!(
        (
            set.counts(Split::Train),
            set.counts(Split::Validation),
            set.counts(Split::Test)
        ),
        (vec![3], vec![1], vec![4])
    );
}

#[test]
fn noise_comes_from_training_clips_of_a_label_or_from_files() {
    let folder = folder();
    for i in 0..8 {
        record(
            &folder.path().join(format!("clips/hum/{i}.wav")),
            200 + i,
            LENGTH,
        );
    }
    record(&folder.path().join("noise/long.wav"), 300, 10 * LENGTH);
    let mut spec = spec("clips", &["yes", "no"]);
    let mut with = |source: &str| {
        spec.augment.noise = Some(Noise {
            source: source.into(),
            level: NoiseLevel::Scale(0.0, 0.3),
            probability: 0.5,
        });
        (
            load(&spec, folder.path(), &quiet),
            content_hash(&spec, folder.path()),
        )
    };
    let (of_label, hash_of_label) = with("hum");
    let of_label = of_label.expect("loads");
    assert!(
        (3..=5).contains(&of_label.noise.len()),
        "{}",
        of_label.noise.len()
    );
    assert_eq!(of_label.clips.len(), 16);
    let (of_folder, hash_of_folder) = with("noise");
    assert_eq!(
        of_folder
            .expect("loads")
            .noise
            .iter()
            .map(Vec::len)
            .collect::<Vec<_>>(),
        [10 * LENGTH]
    );
    assert_ne!(hash_of_label, hash_of_folder);
    assert_eq!(with("nosie").0.expect_err("missing")[0].code, codes::NOISE);
}

#[test]
fn a_label_without_training_clips_is_refused() {
    let folder = tempfile::tempdir().expect("temporary folder");
    record(&folder.path().join("clips/yes/0.wav"), 0, LENGTH);
    record(&folder.path().join("clips/no/0.wav"), 1, LENGTH);
    fs::write(
        folder.path().join("clips/all.csv"),
        "path,label,split\nyes/0.wav,yes,train\nno/0.wav,no,test\n",
    )
    .expect("write");
    let problems = load(
        &spec("clips/all.csv", &["yes", "no"]),
        folder.path(),
        &quiet,
    )
    .expect_err("no training clips");
    assert_eq!(problems[0].code, codes::SPLIT);
    assert!(
        problems[0].message.contains("training clips of `no`"),
        "{}",
        problems[0].message
    );
}

#[test]
fn the_hash_follows_contents_and_names() {
    let folder = folder();
    let spec = spec("clips", &["yes", "no"]);
    let hash = || content_hash(&spec, folder.path()).expect("hash");
    let first = hash();
    assert_eq!(first, hash());
    fs::write(folder.path().join("clips/notes.txt"), "not a clip").expect("write");
    assert_eq!(first, hash());
    record(&folder.path().join("clips/yes/sp0_0.wav"), 999, LENGTH);
    let changed = hash();
    assert_ne!(first, changed);
    fs::rename(
        folder.path().join("clips/yes/sp0_0.wav"),
        folder.path().join("clips/no/new.wav"),
    )
    .expect("rename");
    assert_ne!(changed, hash());
}
