//! What the program says to mistakes: each message must be enough to mend it, and nothing is lost.

use std::fs;

use crate::support::{Small, contents, run};

#[test]
fn a_misspelt_key_is_underlined_with_the_nearest_name() {
    let small = Small::new();
    small.replace("coefficients", "coeficients");
    small
        .build()
        .complains(&["yes_no.impulse:", "coeficients", "coefficients"]);
}

#[test]
fn several_mistakes_are_all_reported_in_both_spellings() {
    let small = Small::new();
    small
        .impulse(&[
            "fmt",
            "yes_no.impulse",
            "--to",
            "yaml",
            "--output",
            "same.yaml",
        ])
        .ok();
    small.replace("coefficients", "coeficients");
    small.replace("16 kHz", "16 ms");
    let native = small
        .impulse(&["check", "yes_no.impulse"])
        .complains(&["coefficients", "16 ms"]);
    let yaml = fs::read_to_string(small.path().join("same.yaml")).unwrap();
    let yaml = yaml
        .replacen("coefficients", "coeficients", 1)
        .replacen("16 kHz", "16 ms", 1);
    fs::write(small.path().join("same.yaml"), yaml).unwrap();
    let yaml =
        small
            .impulse(&["check", "same.yaml"])
            .complains(&["same.yaml:", "coefficients", "16 ms"]);
    let count = |text: &str| text.matches("error[E").count();
    assert_eq!(
        count(&native.stdout),
        count(&yaml.stdout),
        "{}\n{}",
        native.stdout,
        yaml.stdout
    );
}

#[test]
fn an_unknown_board_is_named_with_those_that_exist() {
    let small = Small::new();
    small
        .impulse(&["build", "yes_no.impulse", "--target", "nano34"])
        .complains(&["nano34", "nano33"]);
}

#[test]
fn a_network_too_large_for_the_board_is_refused_before_training() {
    let small = Small::new();
    small.replace("8 filters", "2000 filters");
    small.build().complains(&["32 KiB", "ram"]);
    assert!(!small.path().join("build").exists());
}

#[test]
fn a_missing_folder_and_an_empty_class_are_named() {
    let small = Small::new();
    fs::rename(small.path().join("clips"), small.path().join("klips")).unwrap();
    small.build().complains(&["clips"]);
    fs::rename(small.path().join("klips"), small.path().join("clips")).unwrap();
    fs::remove_dir_all(small.path().join("clips/no")).unwrap();
    fs::create_dir(small.path().join("clips/no")).unwrap();
    small.build().complains(&["no"]);
}

#[test]
fn every_corrupt_recording_is_named_in_one_message() {
    let small = Small::new();
    let (yes, no) = (small.clip("yes"), small.clip("no"));
    let bytes = fs::read(&yes).unwrap();
    fs::write(&yes, &bytes[..bytes.len() / 2]).unwrap();
    fs::write(&no, b"not a recording").unwrap();
    let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    small.build().complains(&[&name(&yes), &name(&no)]);
    assert!(!small.output("").exists());
}

#[test]
fn a_spec_that_is_not_there_or_not_text_is_an_error_of_its_own() {
    let small = Small::new();
    small
        .impulse(&["build", "nothing.impulse"])
        .complains(&["nothing.impulse"]);
    fs::write(small.path().join("bytes.impulse"), [0xff, 0xfe, 0, 1]).unwrap();
    small
        .impulse(&["check", "bytes.impulse"])
        .complains(&["bytes.impulse", "UTF-8"]);
    run(small.path(), &["build", "clips"]).complains(&["clips"]);
}

/// A build folder that cannot be written costs no training run, and what was there stays.
#[test]
fn a_build_folder_that_cannot_be_written_is_noticed_before_training() {
    let small = Small::new();
    small.replace("epochs 3", "epochs 100000");
    fs::write(small.path().join("build"), b"in the way").unwrap();
    small.build().complains(&["build"]);
    assert_eq!(fs::read(small.path().join("build")).unwrap(), b"in the way");
}

#[test]
fn a_failed_build_leaves_the_last_one_as_it_was() {
    let small = Small::new();
    small.build().ok();
    let before = contents(&small.output(""));
    fs::write(small.clip("yes"), b"cut").unwrap();
    small.build().complains(&[]);
    assert_eq!(before, contents(&small.output("")));
}

#[test]
fn every_code_is_explained() {
    let small = Small::new();
    let list = small.impulse(&["explain"]).ok();
    let codes: Vec<_> = list
        .stdout
        .split_whitespace()
        .filter(|w| w.len() == 5 && w.starts_with('E'))
        .map(str::to_owned)
        .collect();
    assert!(codes.len() > 20, "{}", list.stdout);
    let text = small.impulse(&["explain", &codes[0]]).ok();
    assert!(text.stdout.len() > 80, "{}", text.stdout);
    small.impulse(&["explain", "E9999"]).complains(&["E9999"]);
}
