//! `impulse calibrate`: recordings and streams of clips through the device's decision logic, and the
//! spec that comes out of it.

mod common;

use std::fs;

use common::{Project, SPEC, tone, wav};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// 20 s: noise, with a high tone at each of these seconds.
fn recording(seconds: &[usize]) -> Vec<i16> {
    let mut samples = tone(0.0, 160_000, 5);
    for &at in seconds {
        let word = tone(1750.0, 3200, at as u32);
        samples[at * 8000..at * 8000 + 3200].copy_from_slice(&word);
    }
    samples
}

#[test]
fn streams_of_clips_are_swept_and_the_spec_gets_the_best_setting() {
    let project = Project::new();
    let spec = SPEC.replace(
        "decide   { threshold 0.7, average 200 ms, suppress 300 ms }",
        "# when to say it\ndecide   { threshold 0.99,   average 800 ms }  # too late",
    );
    project.write_spec(&spec);
    project.fail(&["calibrate"], "E0906");
    project.succeed(&["build"]);
    let shown = project.succeed(&["calibrate", "--false-accepts", "1000/h"]);
    for part in [
        "no recordings given: 8 clips of the test split",
        "8 words to hear",
        "chosen",
        "as it is",
        "takes",
        "-decide   { threshold 0.99,   average 800 ms }  # too late",
        "+decide   { threshold ",
    ] {
        assert!(shown.stdout.contains(part), "{part}:\n{}", shown.stdout);
    }
    let untouched = fs::read_to_string(project.path("tones.impulse")).unwrap();
    assert_eq!(untouched, spec, "nothing is written unasked");

    let args = ["calibrate", "--false-accepts", "1000/h", "--format", "json"];
    let found = json(&project.succeed(&args).stdout);
    let again = json(&project.succeed(&args).stdout);
    assert_eq!(found, again, "the same inputs give the same settings");
    let (chosen, own) = (&found["chosen"], &found["as_it_is"]);
    assert!(chosen["missed"].as_f64() <= own["missed"].as_f64());
    let bound = 1000.0 * found["hours"].as_f64().unwrap();
    let n_false = |o: &Value| -> u64 {
        let list = o["false_accepts"].as_array().unwrap();
        list.iter().map(|n| n.as_u64().unwrap()).sum()
    };
    assert!(n_false(chosen) as f64 <= bound);
    for outcome in found["settings"].as_array().unwrap() {
        let better = outcome["missed"].as_f64() < chosen["missed"].as_f64();
        assert!(!better || n_false(outcome) as f64 > bound, "{outcome}");
    }

    // A bound that seconds of audio cannot tell does not choose: the fewest errors do.
    let short = project.succeed(&["calibrate", "--format", "json"]);
    assert!(
        short.stderr.contains("cannot tell whether"),
        "{}",
        short.stderr
    );
    let short = json(&short.stdout);
    assert_eq!(short["too_short_for_the_bound"], true);
    let n_errors = |o: &Value| {
        let sum = |key: &str| -> u64 {
            let list = o[key].as_array().unwrap();
            list.iter().map(|n| n.as_u64().unwrap()).sum()
        };
        sum("words") - sum("heard") + n_false(o)
    };
    for outcome in short["settings"].as_array().unwrap() {
        assert!(n_errors(&short["chosen"]) <= n_errors(outcome), "{outcome}");
    }

    project.succeed(&["calibrate", "--false-accepts", "1000/h", "--write"]);
    let written = fs::read_to_string(project.path("tones.impulse")).unwrap();
    assert!(
        written.contains("# when to say it\ndecide   { threshold "),
        "{written}"
    );
    assert!(written.contains("}  # too late"), "{written}");
    let now = json(&project.succeed(&args).stdout);
    assert_eq!(now["as_it_is"]["setting"], chosen["setting"]);
    let same = project.succeed(&["calibrate", "--false-accepts", "1000/h", "--write"]);
    assert!(
        same.stderr.contains("has the chosen values already"),
        "{}",
        same.stderr
    );
}

#[test]
fn recordings_with_label_tracks_and_without_are_heard() {
    let project = Project::new();
    project.write_spec(&SPEC.replace("suppress 300 ms", "suppress 300 ms, ignore low"));
    project.succeed(&["build"]);
    fs::create_dir(project.path("room")).unwrap();
    let seconds = [3, 7, 11, 15];
    fs::write(project.path("room/words.wav"), wav(&recording(&seconds))).unwrap();
    let track = seconds.map(|s| format!("{s}.0\t{s}.4\thigh\n")).concat();
    fs::write(
        project.path("room/words.txt"),
        format!("0.5\t1\tcough\n{track}"),
    )
    .unwrap();
    fs::write(project.path("room/quiet.wav"), wav(&recording(&[]))).unwrap();
    let args = ["calibrate", "-r", "room", "--false-accepts", "2000/h"];
    let shown = project.succeed(&args);
    for part in [
        "2 recordings, 1 of them with a label track or listed events; 1 event of labels",
        "40.0 s of audio, 4 words to hear",
    ] {
        let part = part.replace("40.0 s", "0.7 minutes");
        assert!(shown.stdout.contains(&part), "{part}:\n{}", shown.stdout);
    }
    // The same words as a list, in a folder of its own.
    fs::remove_file(project.path("room/words.txt")).unwrap();
    let list = seconds
        .map(|s| format!("../room/words.wav,{s},{s}.4,high\n"))
        .concat();
    fs::create_dir(project.path("lists")).unwrap();
    let list_path = project.path("lists/events.csv");
    fs::write(&list_path, format!("path,start,end,label\n{list}")).unwrap();
    let mut with_list = args.to_vec();
    with_list.extend(["--events", "lists/events.csv", "--format", "json"]);
    let found = json(&project.succeed(&with_list).stdout);
    assert_eq!(found["chosen"]["words"], serde_json::json!([0, 4]));
    assert!(
        found["chosen"]["heard"][1].as_u64() >= Some(3),
        "{}",
        found["chosen"]
    );
    assert_eq!(found["recorded"], true);

    // Without words there is nothing to choose by; without recordings nothing to hear.
    project.fail(
        &[
            "calibrate",
            "-r",
            "room/quiet.wav",
            "--false-accepts",
            "9000/h",
        ],
        "E0621",
    );
    fs::write(project.path("short.wav"), wav(&[0; 100])).unwrap();
    project.fail(&["calibrate", "-r", "short.wav"], "E0621");
    fs::create_dir(project.path("empty")).unwrap();
    project.fail(&["calibrate", "-r", "empty", "nowhere.wav"], "E0901");
    fs::write(
        &list_path,
        "path,start,label\n../room/quiet.wav,soon,high\n",
    )
    .unwrap();
    let wrong = project.fail(&with_list, "E0620");
    assert!(wrong.stderr.contains("events.csv:2"), "{}", wrong.stderr);
    fs::write(&list_path, "path,start,label\nother.wav,1,high\n").unwrap();
    project.fail(&with_list, "E0620");
    assert_eq!(
        project.run(&["calibrate", "--false-accepts", "few"]).code,
        Some(2)
    );
}

#[test]
fn a_spec_in_yaml_is_written_too_and_one_that_cannot_be_is_left() {
    let project = Project::new();
    let yaml = project
        .succeed(&["fmt", "--to", "yaml", "tones.impulse"])
        .stdout;
    fs::remove_file(project.path("tones.impulse")).unwrap();
    let yaml = yaml.replace(
        "decide: {threshold: 0.7, average: 200 ms, suppress: 300 ms}",
        "decide:\n  threshold: 0.99  # high\n  average: 200 ms",
    );
    assert!(yaml.contains("# high"), "{yaml}");
    fs::write(project.path("tones.yaml"), &yaml).unwrap();
    project.succeed(&["build"]);
    project.succeed(&["calibrate", "--write", "--false-accepts", "5000/h"]);
    let written = fs::read_to_string(project.path("tones.yaml")).unwrap();
    assert!(
        written.contains("  # high\n") && !written.contains("0.99"),
        "{written}"
    );
    project.succeed(&["check"]);

    // A recording without a word is kept within any bound, but chooses nothing.
    let loud: Vec<i16> = (0..10)
        .flat_map(|i| tone(300.0 + 140.0 * f64::from(i), 16_000, 3))
        .collect();
    fs::write(project.path("tones.wav"), wav(&loud)).unwrap();
    let silent = project.fail(
        &["calibrate", "-r", "tones.wav", "--false-accepts", "0"],
        "E0621",
    );
    assert!(
        silent.stderr.contains("no word is said"),
        "{}",
        silent.stderr
    );
}
