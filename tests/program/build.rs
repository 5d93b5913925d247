//! `impulse build`: what it makes, that it reuses what is current, and that nothing is lost.

use std::fs;
use std::time::Duration;

use crate::support::{self, Small, command, contents};

#[test]
fn one_command_makes_everything_and_the_next_one_nothing() {
    let small = Small::new();
    let first = small.build().ok();
    for name in [
        "yes_no.safetensors",
        "yes_no.tflite",
        "report.html",
        "build.json",
        "c/yes_no.c",
        "c/yes_no.h",
        "rust/Cargo.toml",
    ] {
        assert!(small.output(name).is_file(), "no {name}\n{}", first.stderr);
    }
    for word in [
        "float", "int8", "RAM", "flash", "F1", "yes", "no", "unknown",
    ] {
        assert!(
            first.stdout.contains(word),
            "no {word:?} in\n{}",
            first.stdout
        );
    }
    let made = contents(&small.output(""));
    let second = small.build().ok();
    assert!(second.stderr.contains("up to date"), "{}", second.stderr);
    assert_eq!(made, contents(&small.output("")));
}

#[test]
fn changed_decisions_do_not_train_again() {
    let small = Small::new();
    small.build().ok();
    let weights = fs::read(small.output("yes_no.safetensors")).unwrap();
    small.replace("threshold 0.8", "threshold 0.55");
    let second = small.build().ok();
    assert!(!second.stderr.contains("up to date"), "{}", second.stderr);
    assert!(
        second.stderr.contains("kept the trained weights"),
        "{}",
        second.stderr
    );
    assert_eq!(
        weights,
        fs::read(small.output("yes_no.safetensors")).unwrap()
    );
}

#[test]
fn a_changed_clip_or_network_trains_again() {
    let small = Small::new();
    small.build().ok();
    let weights = fs::read(small.output("yes_no.safetensors")).unwrap();
    let clips = support::sorted(&small.path().join("clips/yes"));
    fs::copy(&clips[1], &clips[0]).unwrap();
    small.build().ok();
    let after_clip = fs::read(small.output("yes_no.safetensors")).unwrap();
    assert_ne!(weights, after_clip);
    small.replace("8 filters", "9 filters");
    small.build().ok();
    assert_ne!(
        after_clip.len(),
        fs::read(small.output("yes_no.safetensors")).unwrap().len()
    );
}

#[test]
fn the_same_inputs_give_the_same_bytes_on_any_number_of_threads() {
    let (one, two) = (Small::new(), Small::new());
    one.impulse(&["build", "yes_no.impulse", "--threads", "1"])
        .ok();
    two.impulse(&["build", "yes_no.impulse", "--threads", "2"])
        .ok();
    let relative = |small: &Small| -> Vec<_> {
        let base = small.output("");
        contents(&base)
            .into_iter()
            .map(|(path, bytes)| (path.strip_prefix(&base).unwrap().to_path_buf(), bytes))
            .collect()
    };
    let (a, b) = (relative(&one), relative(&two));
    let names: Vec<_> = a.iter().map(|(name, _)| name).collect();
    assert_eq!(names, b.iter().map(|(name, _)| name).collect::<Vec<_>>());
    for ((name, left), (_, right)) in a.iter().zip(&b) {
        assert!(left == right, "{} differs", name.display());
    }
}

#[test]
fn both_spellings_build_the_same_network() {
    let small = Small::new();
    small
        .impulse(&[
            "fmt",
            "yes_no.impulse",
            "--to",
            "yaml",
            "--output",
            "other.yaml",
        ])
        .ok();
    small.impulse(&["build", "yes_no.impulse"]).ok();
    let network = fs::read(small.output("yes_no.tflite")).unwrap();
    let weights = fs::read(small.output("yes_no.safetensors")).unwrap();
    fs::remove_dir_all(small.output("")).unwrap();
    small.impulse(&["build", "other.yaml"]).ok();
    assert!(network == fs::read(small.output("yes_no.tflite")).unwrap());
    assert!(weights == fs::read(small.output("yes_no.safetensors")).unwrap());
}

#[test]
fn test_and_run_use_the_built_model() {
    let small = Small::new();
    small.build().ok();
    let test = small.impulse(&["test", "yes_no.impulse"]).ok();
    assert!(test.stdout.contains("int8"), "{}", test.stdout);
    let clip = small.clip("yes");
    let clip = clip.to_str().unwrap();
    let run = small
        .impulse(&["run", clip, "--spec", "yes_no.impulse"])
        .ok();
    assert!(
        run.stdout.contains("yes") && run.stdout.contains("unknown"),
        "{}",
        run.stdout
    );
    small
        .impulse(&["run", "--stream", clip, "--spec", "yes_no.impulse"])
        .ok();
}

/// An interrupted training keeps what there is: the run ends cleanly, and its files are whole.
#[cfg(unix)]
#[test]
fn control_c_stops_training_cleanly() {
    let small = Small::new();
    small.replace("epochs 3", "epochs 100000");
    let mut child = command(small.path(), &["build", "yes_no.impulse"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(4));
    let status = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(
        status.success(),
        "the build ended before it could be interrupted"
    );
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        assert!(
            std::time::Instant::now() < deadline,
            "still running a minute after Ctrl-C"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(small.output("yes_no.safetensors").is_file(), "{stderr}");
    let left: Vec<_> = support::sorted(&small.path().join("build"));
    // The output, the lock that keeps two builds apart, and features for the next one.
    let known = ["build/.cache", "build/.yes_no.lock", "build/yes_no"];
    assert_eq!(left, known.map(|name| small.path().join(name)));
}
