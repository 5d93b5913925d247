//! Each format on a small folder of it: what becomes of its rows, and what is said of bad ones.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::data::manifest;

fn write_wav(path: &Path, n: usize) {
    fs::create_dir_all(path.parent().expect("parent")).expect("folder");
    let audio = Audio {
        rate_hz: 8_000,
        samples: (0..n).map(|i| (i % 100) as f64 / 32768.0).collect(),
    };
    fs::write(path, wav(&audio, &(0..n)).expect("wav")).expect("file");
}

/// A folder with these files: WAV files by their names, text else.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        if name.ends_with(".wav") {
            write_wav(&path, 800);
        } else {
            fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            fs::write(path, text).expect("file");
        }
    }
    folder
}

fn import(format: Format, source: &Path, options: &Options) -> (Imported, String) {
    let mut options = options.clone();
    let to = source.parent().expect("parent").join("out of it");
    options.to = to.clone();
    let imported = read(format, source, &options).expect("imports");
    let text = manifest::text(&imported.rows, &to, "import").expect("manifest");
    let name = source.file_name().expect("name").to_str().expect("text");
    let table = text
        .split_once('\n')
        .expect("comment")
        .1
        .replace(&format!("../{name}/"), "");
    (imported, table)
}

fn problems(imported: &Imported) -> Vec<String> {
    let told = |d: &Diagnostic| {
        assert_eq!(d.code, codes::IMPORT);
        match &d.place {
            Place::File { path, line } => {
                let line = line.map(|l| format!(":{l}")).unwrap_or_default();
                format!("{}{line}: {}", name_of(path), d.message)
            }
            _ => d.message.clone(),
        }
    };
    imported.problems.iter().map(told).collect()
}

#[test]
fn speech_commands() {
    let source = folder(&[
        ("validation_list.txt", "yes/0a_nohash_0.wav\nyes/gone.wav\n"),
        ("testing_list.txt", "no/0b_nohash_0.wav\n\n"),
        ("yes/0a_nohash_0.wav", ""),
        ("yes/0c_nohash_0.wav", ""),
        ("no/0b_nohash_0.wav", ""),
        ("_background_noise_/hum.wav", ""),
    ]);
    let (imported, table) = import(Format::SpeechCommands, source.path(), &Options::default());
    assert_eq!(
        table,
        "path,label,split,group\nno/0b_nohash_0.wav,no,test,0b\nyes/0a_nohash_0.wav,yes,validation,0a\nyes/0c_nohash_0.wav,yes,train,0c\n"
    );
    assert_eq!(
        problems(&imported),
        ["validation_list.txt:2: expected the recording `yes/gone.wav`, found no such file"]
    );
    assert!(imported.notes[0].contains("_background_noise_"));
}

#[test]
fn audiofolder_as_csv_and_as_lines() {
    let source = folder(&[
        (
            "train/metadata.csv",
            "file_name,label,speaker_id\na b.wav,yes,s1\n\"é,1.wav\",no,s2\ngone.wav,no,s2\n,no,s2\nx.wav,no\n",
        ),
        ("train/a b.wav", ""),
        ("train/é,1.wav", ""),
        (
            "test/metadata.jsonl",
            "{\"file_name\": \"c.wav\", \"label\": \"yes\"}\n{\"file_name\": \"c.wav\", \"label\": \"no\"}\nno json\n",
        ),
        ("test/c.wav", ""),
    ]);
    let (imported, table) = import(Format::Audiofolder, source.path(), &Options::default());
    assert_eq!(
        table,
        "path,label,split,group\ntest/c.wav,yes,test,\ntrain/a b.wav,yes,train,s1\n\"train/é,1.wav\",no,train,s2\n"
    );
    let told = problems(&imported).join("\n");
    for wanted in [
        "metadata.csv:4: expected the recording",
        "metadata.csv:5: expected a file and a label, found an empty cell",
        "metadata.csv:6: expected 3 fields, found 2",
        "metadata.jsonl:2: expected one label of",
        "metadata.jsonl:3: expected a JSON object",
    ] {
        assert!(told.contains(wanted), "{wanted} in\n{told}");
    }
    let other = Options {
        label_column: Some("word".into()),
        ..Options::default()
    };
    let refused = read(Format::Audiofolder, source.path(), &other).expect_err("no such column");
    assert!(
        refused
            .message
            .contains("expected a column `word`, found file_name, label")
    );
}

#[test]
fn edge_impulse() {
    let source = folder(&[
        (
            "info.labels",
            r#"{"version":1,"files":[
            {"path":"training/a.wav","name":"a","category":"training","label":{"type":"label","label":"idle"}},
            {"path":"testing/b.wav","category":"testing","label":{"type":"label","label":"wave"},"metadata":{"subject":"anna"}},
            {"path":"training/c.wav","category":"training","label":{"type":"unlabeled"}},
            {"path":"training/gone.wav","category":"training","label":{"type":"label","label":"idle"}},
            {"path":"training/a.wav","category":"somewhere","label":{"type":"label","label":"idle"}},
            {"name":"d"}]}"#,
        ),
        ("training/a.wav", ""),
        ("training/c.wav", ""),
        ("testing/b.wav", ""),
    ]);
    let (imported, table) = import(Format::EdgeImpulse, source.path(), &Options::default());
    assert_eq!(
        table,
        "path,label,split,group\ntesting/b.wav,wave,test,anna\ntraining/a.wav,idle,train,\n"
    );
    let told = problems(&imported).join("\n");
    for wanted in [
        "file 3: expected a label of `training/c.wav`",
        "gone.wav`, found no such file",
        "file 5: expected training or testing",
        "file 6: expected a `path`",
    ] {
        assert!(told.contains(wanted), "{wanted} in\n{told}");
    }
}

#[test]
fn common_voice() {
    let head = "client_id\tpath\tsentence\tup_votes\n";
    let train =
        format!("{head}c1\tone.wav\tYes.\t2\nc2\ttwo.wav\tno\t2\nc2\tgone\tno\t2\nc3\tbad\n");
    let test = format!("{head}c4\tthree.wav\t\"Hey\"\t2\n");
    let source = folder(&[
        ("train.tsv", &train),
        ("test.tsv", &test),
        ("invalidated.tsv", "not read"),
        ("clips/one.wav", ""),
        ("clips/two.wav", ""),
        ("clips/three.wav", ""),
    ]);
    let (imported, table) = import(Format::CommonVoice, source.path(), &Options::default());
    assert_eq!(
        table,
        "path,label,split,group\nclips/one.wav,yes,train,c1\nclips/three.wav,hey,test,c4\nclips/two.wav,no,train,c2\n"
    );
    let told = problems(&imported).join("\n");
    assert!(
        told.contains("train.tsv:5: expected 4 fields, found 2"),
        "{told}"
    );
    assert!(
        told.contains("train.tsv:4: expected the recording") && told.contains("gone.mp3"),
        "{told}"
    );
    let keep = Options {
        keep: vec!["yes".into()],
        ..Options::default()
    };
    let (imported, table) = import(Format::CommonVoice, source.path(), &keep);
    assert_eq!(
        table,
        "path,label,split,group\nclips/one.wav,yes,train,c1\n"
    );
    assert!(imported.notes[0].starts_with("1 of "));
}

#[test]
fn a_label_track_cuts_a_recording() {
    let source = folder(&[
        ("day 1.wav", ""),
        (
            "day 1.txt",
            "0.01\t0.03\tja\n\\\t100\t200\n0,05\t0,06\tno/n\n0.08\t0.2\tja\n0.02\t0.02\tja\nx\t1\tja\n0.01 0.02 ja\n",
        ),
    ]);
    let path = source.path().join("day 1.wav");
    let options = Options {
        to: source.path().join("out"),
        ..Options::default()
    };
    let imported = read(Format::Audacity, &path, &options).expect("imports");
    let cuts: Vec<(&str, Range<usize>)> = imported
        .cuts
        .iter()
        .map(|c| (c.name.as_str(), c.samples.clone()))
        .collect();
    assert_eq!(
        cuts,
        [
            ("ja/day 1_0000010.wav", 80..240),
            ("no_n/day 1_0000050.wav", 400..480)
        ]
    );
    assert_eq!(imported.rows[1].label, "no/n");
    let told = problems(&imported).join("\n");
    for wanted in [
        "day 1.txt:4: expected an end within the recording of 0.100 s, found 0.200 s",
        "day 1.txt:5: expected a region, found a point",
        "day 1.txt:6: expected a time in seconds, found `x`",
        "day 1.txt:7: expected a time in seconds, found `0.01 0.02 ja`",
    ] {
        assert!(told.contains(wanted), "{wanted} in\n{told}");
    }
    // The cut holds the recording's samples to the bit.
    let audio = imported.audio.as_ref().expect("audio");
    let cut =
        crate::audio::decode(wav(audio, &imported.cuts[0].samples).expect("wav")).expect("audio");
    assert_eq!(
        (cut.rate_hz, &cut.samples[..]),
        (8_000, &audio.samples[80..240])
    );
    let around = Options {
        length_s: Some(0.05),
        ..options
    };
    let imported = read(Format::Audacity, &path, &around).expect("imports");
    let samples: Vec<Range<usize>> = imported.cuts.iter().map(|c| c.samples.clone()).collect();
    assert_eq!(samples, [0..400, 240..640, 0..400]);
    assert_eq!(imported.cuts.len(), imported.rows.len());
}

#[test]
fn other_sources_are_refused_in_words() {
    let source = folder(&[("notes.txt", "no list"), ("a.wav", "")]);
    for format in [
        Format::SpeechCommands,
        Format::Audiofolder,
        Format::EdgeImpulse,
        Format::CommonVoice,
        Format::Audacity,
    ] {
        let refused = read(format, source.path(), &Options::default()).expect_err("refused");
        assert_eq!(refused.code, codes::IMPORT_FORMAT, "{}", refused.message);
        let missing =
            read(format, &source.path().join("nowhere"), &Options::default()).expect_err("missing");
        assert_eq!(missing.code, codes::FILE_NOT_FOUND);
    }
    let refused = read(
        Format::Audacity,
        &source.path().join("a.wav"),
        &Options::default(),
    )
    .expect_err("no track");
    assert!(refused.message.contains("a.txt"), "{}", refused.message);
}
