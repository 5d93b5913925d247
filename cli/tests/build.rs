//! `impulse build` as a user sees it: what is made, what is reused, what is refused.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::{Project, SPEC, tone, wav};

/// Every file below `folder` with its bytes.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn add(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                add(root, &entry.path(), files);
            } else {
                let name = entry
                    .path()
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    add(folder, folder, &mut files);
    files
}

#[test]
fn a_build_makes_everything_and_the_next_one_nothing() {
    let project = Project::new();
    let first = project.succeed(&["build", "tones.impulse"]);
    assert!(
        first.stderr.contains("trained 6 epochs"),
        "{}",
        first.stderr
    );
    assert!(
        first
            .stdout
            .contains("accuracy on 8 clips of the test split: float"),
        "{}",
        first.stdout
    );
    let build = project.path("build/tones");
    let made = tree(&build);
    for file in [
        "tones.safetensors",
        "tones.tflite",
        "report.html",
        "build.json",
        "c/tones.h",
        "c/tones.c",
        "rust/Cargo.toml",
    ] {
        assert!(
            made.contains_key(file),
            "{file} is missing of {:?}",
            made.keys()
        );
    }
    let second = project.succeed(&["build", "tones.impulse"]);
    assert!(second.stderr.contains("up to date"), "{}", second.stderr);
    assert!(
        second.stdout.contains("accuracy on 8 clips"),
        "{}",
        second.stdout
    );
    assert_eq!(tree(&build), made);
    // The same inputs give the same bytes, whatever the number of threads and the folder.
    let elsewhere = Project::new();
    elsewhere.succeed(&["build", "--threads", "1"]);
    let again = tree(&elsewhere.path("build/tones"));
    for (name, bytes) in &made {
        assert!(again.get(name) == Some(bytes), "{name} differs");
    }
}

#[test]
fn only_what_depends_on_a_change_is_done_again() {
    let project = Project::new();
    project.succeed(&["build"]);
    let weights = fs::read(project.path("build/tones/tones.safetensors")).unwrap();

    project.write_spec(&SPEC.replace("threshold 0.7", "threshold 0.9"));
    let decide = project.succeed(&["build"]);
    assert!(
        decide.stderr.contains("kept") && !decide.stderr.contains("trained 6"),
        "{}",
        decide.stderr
    );
    assert_eq!(
        fs::read(project.path("build/tones/tones.safetensors")).unwrap(),
        weights
    );

    project.write_spec(&SPEC.replace("4 filters", "5 filters"));
    let network = project.succeed(&["build"]);
    assert!(
        network.stderr.contains("trained 6 epochs"),
        "{}",
        network.stderr
    );

    fs::write(
        project.path("clips/low/99.wav"),
        wav(&tone(310.0, 3200, 99)),
    )
    .unwrap();
    let data = project.succeed(&["build"]);
    assert!(data.stderr.contains("trained 6 epochs"), "{}", data.stderr);

    fs::write(project.path("build/tones/tones.tflite"), b"damaged").unwrap();
    let damaged = project.succeed(&["build"]);
    assert!(
        damaged.stderr.contains("kept") && !damaged.stderr.contains("up to date"),
        "{}",
        damaged.stderr
    );
    assert!(
        fs::metadata(project.path("build/tones/tones.tflite"))
            .unwrap()
            .len()
            > 100
    );
}

#[test]
fn an_evaluation_is_a_document_that_agrees_with_its_tables() {
    let project = Project::new();
    // Two speakers: the recordings of even and of odd numbers.
    let grouped = SPEC.replace(
        "  validate  25%",
        "  group     filename /^[0-9]*([0-9])[.]/\n  validate  25%",
    );
    project.write_spec(&grouped);
    project.succeed(&["build"]);
    let test = project.succeed(&["test", "--split", "train", "--errors"]);
    for part in [
        "AUC",
        "errors by loudness",
        "dBFS",
        "group",
        "float and int8",
    ] {
        assert!(test.stdout.contains(part), "{part}: {}", test.stdout);
    }
    let json = project.succeed(&["test", "--split", "train", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let clips = document["clips"].as_array().unwrap();
    let wrong = clips.iter().filter(|c| c["int8"] != c["label"]).count();
    let listed = test.stdout.lines().filter(|l| l.contains(" heard as `"));
    assert_eq!(listed.count(), wrong);
    let sum = |list: &serde_json::Value, key: &str| {
        let list = list.as_array().unwrap();
        list.iter().map(|g| g[key].as_u64().unwrap()).sum::<u64>() as usize
    };
    for list in [&document["groups"], &document["loudness"]] {
        assert_eq!(sum(list, "clips"), clips.len());
        assert_eq!(sum(list, "wrong"), wrong);
    }
    let right = (clips.len() - wrong) as f64 / clips.len() as f64;
    assert_eq!(document["int8"]["accuracy"].as_f64(), Some(right));
    assert!(document["int8"]["per_label"][0]["auc"].as_f64().unwrap() > 0.5);
    assert!(document["agreement"]["same"].as_u64().unwrap() as usize <= clips.len());
    // The build's own document is of the test split, and is kept as it is.
    let kept = fs::read(project.path("build/tones/evaluation.json")).unwrap();
    project.write_spec(&grouped.replace("threshold 0.7", "threshold 0.6"));
    project.succeed(&["build"]);
    let again = fs::read(project.path("build/tones/evaluation.json")).unwrap();
    assert!(kept == again);
    let lost = project.path("build/tones/evaluation.json");
    fs::write(&lost, b"{").unwrap();
    project.succeed(&["build"]);
    assert!(fs::read(lost).unwrap() == kept);
}

#[test]
fn the_built_model_is_tested_and_run() {
    let project = Project::new();
    project.fail(&["test"], "E0906");
    project.succeed(&["build"]);
    let test = project.succeed(&["test", "--errors", "--split", "train"]);
    assert!(
        test.stdout.contains("of the training split"),
        "{}",
        test.stdout
    );

    fs::write(project.path("high.wav"), wav(&tone(1750.0, 3200, 7))).unwrap();
    let run = project.succeed(&["run", "high.wav"]);
    assert!(run.stdout.contains("high.wav: "), "{}", run.stdout);
    fs::write(project.path("long.wav"), wav(&tone(1750.0, 16_000, 8))).unwrap();
    let stream = project.succeed(&["run", "--stream", "long.wav"]);
    // 2 s, a result every 100 ms once the first window is full.
    assert!(stream.stdout.lines().count() >= 15, "{}", stream.stdout);

    project.write_spec(&SPEC.replace("kernel 3", "kernel 5"));
    project.fail(&["run", "high.wav"], "E0906");
}

#[test]
fn bad_data_is_named_before_anything_is_made() {
    let project = Project::new();
    let whole = wav(&tone(300.0, 3200, 1));
    fs::write(project.path("clips/low/cut.wav"), &whole[..whole.len() / 2]).unwrap();
    fs::write(project.path("clips/low/text.wav"), b"not a recording").unwrap();
    let cut = project.fail(&["build"], "E0603");
    assert!(
        cut.stderr.contains("cut.wav") && cut.stderr.contains("text.wav"),
        "{}",
        cut.stderr
    );
    assert!(
        cut.stderr.contains("found another kind of file"),
        "{}",
        cut.stderr
    );
    assert!(!project.path("build/tones").exists());
    // From elsewhere, the paths are those that open the files from there.
    fs::create_dir(project.path("elsewhere")).unwrap();
    for command in [&["build"][..], &["data", "stats"], &["data", "split"]] {
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_impulse"))
            .args(command)
            .arg("../tones.impulse")
            .current_dir(project.path("elsewhere"))
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(stderr.contains("--> ../clips/low/cut.wav"), "{stderr}");
    }

    fs::remove_dir_all(project.path("clips/low")).unwrap();
    fs::create_dir(project.path("clips/low")).unwrap();
    let empty = project.fail(&["build"], "E0602");
    assert!(empty.stderr.contains("in `clips/low`"), "{}", empty.stderr);
    assert!(empty.stderr.contains("tones.impulse:"), "{}", empty.stderr);

    fs::remove_dir_all(project.path("clips")).unwrap();
    let none = project.fail(&["build"], "E0601");
    assert!(none.stderr.contains("`clips/low`"), "{}", none.stderr);
}

#[test]
fn a_failed_build_leaves_the_last_one_as_it_was() {
    let project = Project::new();
    project.succeed(&["build"]);
    let before = tree(&project.path("build"));
    fs::write(project.path("clips/high/broken.wav"), b"RIFF").unwrap();
    project.fail(&["build"], "E0603");
    assert_eq!(tree(&project.path("build")), before);
}

#[test]
fn a_network_too_large_for_the_board_is_refused_before_training() {
    let project = Project::new();
    project.write_spec(&SPEC.replace("ram     < 32 KiB", "ram     < 1 KiB"));
    let run = project.fail(&["build"], "E05");
    assert!(
        run.stderr.contains("1 KiB") && run.stderr.contains("tones.impulse:"),
        "{}",
        run.stderr
    );
    assert_eq!(run.code, Some(1));
    assert!(!run.stderr.contains("epoch"), "{}", run.stderr);
    project.fail(&["check"], "E05");
}

#[test]
fn a_build_folder_that_cannot_be_written_is_said_before_training() {
    let project = Project::new();
    fs::write(project.path("build"), b"in the way").unwrap();
    let run = project.fail(&["build"], "E0903");
    assert!(run.stderr.contains("move it away"), "{}", run.stderr);
    assert_eq!(run.code, Some(2));
    assert!(!run.stderr.contains("epoch"), "{}", run.stderr);
}

#[test]
fn a_board_that_the_spec_does_not_name_can_be_built_for() {
    let project = Project::new();
    let unknown = project.fail(&["build", "--target", "nano34"], "E05");
    assert_eq!(
        unknown.code,
        Some(2),
        "the command line was wrong, not the spec"
    );
    let run = project.succeed(&["build", "--target", "nano33"]);
    assert!(run.stdout.contains("on nano33"), "{}", run.stdout);
}

#[test]
fn a_build_reports_in_a_document_of_its_own() {
    let project = Project::new();
    let built = project.succeed(&["build", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&built.stdout).unwrap();
    assert_eq!(document["diagnostics"], serde_json::json!([]));
    fs::write(project.path("clips/high/broken.wav"), b"RIFF").unwrap();
    let failed = project.run(&["build", "--format", "json"]);
    assert_eq!(failed.code, Some(1));
    let document: serde_json::Value = serde_json::from_str(&failed.stdout).unwrap();
    let found = &document["diagnostics"][0];
    assert_eq!(found["code"], "E0603");
    assert!(found["file"].as_str().unwrap().ends_with("broken.wav"));
}

/// A file system of 64 KiB in a folder. Only root may make one, elsewhere there is none.
#[cfg(target_os = "linux")]
struct SmallDisk(std::path::PathBuf);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn new(folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let options = ["-t", "tmpfs", "-o", "size=64k", "tmpfs"];
        let mut mount = std::process::Command::new("mount");
        let done = mount.args(options).arg(folder).output();
        done.is_ok_and(|done| done.status.success())
            .then(|| Self(folder.to_owned()))
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).output();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_before_training() {
    let project = Project::new();
    let Some(disk) = SmallDisk::new(&project.path("build")) else {
        return;
    };
    let run = project.fail(&["build"], "E0903");
    assert_eq!(run.code, Some(2));
    for part in [
        "build/tones",
        "cannot be written: no space left on device",
        "free some space",
        "about 4.3 MiB are needed there",
    ] {
        assert!(run.stderr.contains(part), "no {part:?} in\n{}", run.stderr);
    }
    assert!(!run.stderr.contains("trained"), "{}", run.stderr);
    assert_eq!(tree(&project.path("build")).len(), 1, "its lock alone");
    drop(disk);
    project.succeed(&["build"]);
}

/// Blocks of different kinds on different axes of one window, from recordings to emitted code.
#[test]
fn blocks_side_by_side_on_different_axes_build() {
    let project = Project::new();
    for (label, hz) in [("slow", 1.5), ("quick", 6.0)] {
        fs::create_dir_all(project.path(&format!("swings/{label}"))).unwrap();
        for i in 0..12 {
            let mut csv = String::from("t_ms,x,y,z\n");
            for n in 0..250 {
                let (t, i) = (f64::from(n) / 100.0, f64::from(i));
                let turn = 2.0 * std::f64::consts::PI * hz * (1.0 + 0.01 * i) * t + i;
                let [x, z] = [turn.sin(), (2.0 * turn).cos()];
                csv.push_str(&format!("{},{x},{},{z}\n", 1000.0 * t, 0.1 * i));
            }
            fs::write(project.path(&format!("swings/{label}/{i:02}.csv")), csv).unwrap();
        }
    }
    project.write_spec(
        "impulse tones\ndata \"swings\" { labels slow, quick, validate 25%, test 25% }\n\
         window motion { rate 100 Hz, length 2 s, stride 1 s, axes x, y, z, range 2 }\n\
         features spectral { axes x, fft 32, low_pass 20 Hz }\n\
         features flatten { axes y, z, statistics rms, deviation }\n\
         features raw { axes z }\n\
         features spectrogram { axes x, z, frame 160 ms every 80 ms }\n\
         features spectrogram { axes y, frame 310 ms every 100 ms, compat edge_impulse, fft 32 }\n\
         network { dense labels, softmax }\n\
         train { epochs 20, batch 8, adam 0.01 }\nquantize int8\n\
         target nano33 { ram < 64 KiB, flash < 128 KiB }\n",
    );
    let checked = project.succeed(&["check"]);
    for part in [
        "flatten: 2 statistics of y, z → [4]",
        "spectrogram: x, z, 160 ms every 80 ms, 16 points → [24, 18]",
        "spectrogram: y, 310 ms every 100 ms, 32 points → [17, 17]",
    ] {
        assert!(checked.stdout.contains(part), "{part}\n{}", checked.stdout);
    }
    let built = project.succeed(&["build"]);
    assert!(
        built.stdout.contains("accuracy on 6 clips") && built.stdout.contains("int8 100"),
        "{}",
        built.stdout
    );
    let made = tree(&project.path("build/tones"));
    let c = String::from_utf8_lossy(&made["c/tones.c"]).into_owned();
    for function in ["impulse_axes_spectrogram_frame", "impulse_whole_frame"] {
        assert!(c.contains(function), "{function}");
    }
}

/// The file of features: whatever happens to it, the same weights come out.
#[test]
fn features_are_kept_from_build_to_build() {
    let project = Project::new();
    let first = project.succeed(&["build"]);
    let file = project.path("build/.cache/tones.features");
    let kept = fs::read(&file).unwrap();
    assert!(!first.stderr.contains("known"), "{}", first.stderr);
    let weights = fs::read(project.path("build/tones/tones.safetensors")).unwrap();
    let again = |about: &str| {
        let run = project.succeed(&["build", "--force"]);
        let same = fs::read(project.path("build/tones/tones.safetensors")).unwrap();
        assert!(same == weights, "{about}");
        run.stderr
    };
    assert!(again("known").contains("; the features of 32 clips are known"));
    // Damaged, cut off, in the way.
    fs::write(&file, &kept[..kept.len() - 9]).unwrap();
    assert!(!again("cut off").contains("known"));
    assert_eq!(fs::read(&file).unwrap(), kept, "written again");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let told = again("in the way");
    assert_eq!(told.matches("keeping features in").count(), 1, "{told}");
    fs::remove_dir(&file).unwrap();
    // What a recording or a block no longer is leaves the file.
    project.write_spec(&SPEC.replace("filters       16", "filters       12"));
    project.succeed(&["build"]);
    assert_ne!(fs::read(&file).unwrap(), kept);
    fs::remove_file(project.path("clips/high/03.wav")).unwrap();
    project.succeed(&["build"]);
    assert!(fs::read(&file).unwrap().len() < kept.len());
    assert_eq!(
        fs::read_dir(project.path("build/.cache")).unwrap().count(),
        1
    );
}
