//! A training that is killed goes on where it was, and ends with the same bytes.

mod common;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Project, SPEC};

/// Long enough to be killed in its middle.
const EPOCHS: &str = "epochs 3000, mixup 0.2";

/// The files that hold what was learned.
fn learned(project: &Project) -> [Vec<u8>; 3] {
    let read = |name: &str| fs::read(project.path(&format!("build/tones/{name}"))).unwrap();
    [
        read("tones.safetensors"),
        read("tones.tflite"),
        read("build.json"),
    ]
}

/// Starts a build and kills it, without a chance to clean up, behind its first checkpoint.
fn kill_a_build(project: &Project) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_impulse"))
        .args(["build", "tones.impulse"])
        .current_dir(project.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let checkpoint = project.path("build/tones/training.checkpoint");
    let started = Instant::now();
    while !checkpoint.exists() {
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "no checkpoint"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    assert!(
        !child.wait().unwrap().success(),
        "it ended before it was killed"
    );
}

#[test]
fn a_killed_build_goes_on_and_ends_with_the_same_bytes() {
    // Features that differ in every epoch take their time, and have to go on as they would have.
    let text = SPEC
        .replace("epochs 6", EPOCHS)
        .replace("features mfcc", "augment { shift 10 ms }\n\nfeatures mfcc");
    let whole = Project::new();
    whole.write_spec(&text);
    whole.succeed(&["build", "tones.impulse"]);
    assert!(!whole.path("build/tones/training.checkpoint").exists());

    let killed = Project::new();
    killed.write_spec(&text);
    kill_a_build(&killed);
    let again = killed.succeed(&["build", "tones.impulse"]);
    assert!(again.stderr.contains("resumed"), "{}", again.stderr);
    assert!(learned(&killed) == learned(&whole), "other bytes");
    assert!(!killed.path("build/tones/training.checkpoint").exists());

    // Bytes that are not those that were written are noticed, those of another spec left aside.
    let short = Project::new();
    fs::create_dir_all(short.path("build/tones")).unwrap();
    fs::write(
        short.path("build/tones/training.checkpoint"),
        b"impulse checkpoint 1\nx",
    )
    .unwrap();
    let anew = short.succeed(&["build", "tones.impulse"]);
    assert!(
        anew.stderr.contains("is damaged, training begins anew"),
        "{}",
        anew.stderr
    );
}

#[test]
fn training_starts_from_a_file_and_freezes_layers() {
    let project = Project::new();
    project.succeed(&["build", "tones.impulse"]);
    let weights = project.path("build/tones/tones.safetensors");
    fs::copy(&weights, project.path("first.safetensors")).unwrap();
    let start = r#"epochs 6, start from "first.safetensors", freeze conv1d_1,"#;
    project.write_spec(&SPEC.replace("epochs 6,", start));
    let run = project.succeed(&["build", "tones.impulse"]);
    assert!(
        run.stderr.contains("from the weights of first.safetensors"),
        "{}",
        run.stderr
    );
    // Another file of this name is another start.
    fs::copy(&weights, project.path("first.safetensors")).unwrap();
    let run = project.succeed(&["build", "tones.impulse"]);
    assert!(run.stderr.contains("trained 6 epochs"), "{}", run.stderr);

    let wrong = SPEC.replace("epochs 6,", &start.replace("conv1d_1", "conv1d1"));
    project.write_spec(&wrong);
    let run = project.fail(&["build", "tones.impulse"], "E0201");
    assert!(
        run.stderr.contains("did you mean `conv1d_1`?"),
        "{}",
        run.stderr
    );
    fs::remove_file(project.path("first.safetensors")).unwrap();
    project.write_spec(&SPEC.replace("epochs 6,", start));
    let run = project.fail(&["build", "tones.impulse"], "E0901");
    assert!(run.code.is_some(), "it ended by itself");
}
