//! `impulse data` as its users meet it: folders, specs, mistakes.

mod common;

use std::fs;

use common::{Project, run_in, tone, wav};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn stats_of_a_spec_and_of_its_folder() {
    let project = Project::new();
    let table = project.succeed(&["data", "stats", "tones.impulse"]).stdout;
    assert!(
        table.contains("loudness, dBFS") && table.contains("high"),
        "{table}"
    );
    for args in [
        ["data", "stats", "tones.impulse"],
        ["data", "stats", "clips"],
    ] {
        let run = project.succeed(&[&args[..], &["--format", "json"]].concat());
        let found = json(&run.stdout);
        assert_eq!(found["all"]["recordings"], 32);
        assert_eq!(found["labels"].as_array().unwrap().len(), 2);
        assert_eq!(found["labels"][0]["rates"][0]["hz"], 8000);
        let split = &found["all"]["split"];
        let sum: u64 = ["train", "validation", "test"]
            .iter()
            .map(|s| split[*s].as_u64().unwrap())
            .sum();
        assert_eq!(sum, 32);
    }
}

#[test]
fn findings_have_the_formats_and_exit_codes_of_the_check() {
    let project = Project::new();
    let lint = |more: &[&str]| {
        project.run(
            &[
                &[
                    "data",
                    "lint",
                    "clips",
                    "--skip",
                    "labels,padding,confound,silence",
                ],
                more,
            ]
            .concat(),
        )
    };
    let offset: Vec<i16> = tone(300.0, 3200, 99).iter().map(|s| s + 2000).collect();
    fs::write(project.path("clips/low/dc offset é.wav"), wav(&offset)).unwrap();
    let run = lint(&["--format", "concise"]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let path = "clips/low/dc offset é.wav: warning[E0636]: the mean is +6.1 % of full scale";
    assert!(run.stdout.contains(path), "{}", run.stdout);
    assert_eq!(lint(&["--deny-warnings"]).code, Some(1));
    let found = json(&lint(&["--format", "json"]).stdout);
    let codes: Vec<&str> = found["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes.iter().filter(|c| **c == "E0636").count(),
        1,
        "{codes:?}"
    );
    let log = json(&lint(&["--format", "sarif"]).stdout);
    assert_eq!(log["version"], "2.1.0");
    assert!(
        lint(&["--format", "github"])
            .stdout
            .contains("::warning title=E0636,file=clips/low/dc offset é.wav")
    );

    fs::copy(
        project.path("clips/high/00.wav"),
        project.path("clips/low/copy.wav"),
    )
    .unwrap();
    let run = lint(&[]);
    assert_eq!(run.code, Some(1), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("E0634") && run.stderr.contains("impulse explain E0634"));
    assert_eq!(
        run.stdout.matches("error[E0634]").count(),
        1,
        "told once: {}",
        run.stdout
    );

    fs::write(project.path("clips/low/broken.wav"), b"RIFF").unwrap();
    assert!(
        lint(&["--format", "concise"])
            .stdout
            .contains("broken.wav: error[E0603]")
    );
    let spec = project.run(&[
        "data",
        "lint",
        "tones.impulse",
        "--skip",
        "labels",
        "--format",
        "concise",
    ]);
    assert!(
        spec.stdout.contains("clips/low/broken.wav: error[E0603]"),
        "{}",
        spec.stdout
    );
}

#[test]
fn wrong_places_are_said_in_words() {
    let project = Project::new();
    fs::create_dir(project.path("empty")).unwrap();
    for (path, code, exit) in [
        ("empty", "E0601", 1),
        ("nowhere", "E0901", 2),
        ("clips/low/00.wav", "E0601", 1),
    ] {
        for task in ["stats", "lint", "split"] {
            let run = project.run(&["data", task, path]);
            assert_eq!(run.code, Some(exit), "{path}: {}", run.stderr);
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(said.contains(code) && !said.contains("panicked"), "{said}");
        }
    }
}

#[test]
fn a_split_is_written_once_and_read_again() {
    let project = Project::new();
    let show = |args: &[&str]| {
        json(
            &project
                .succeed(&[args, &["--format", "json"]].concat())
                .stdout,
        )
    };
    let first = show(&["data", "split", "tones.impulse"]);
    project.succeed(&[
        "data",
        "split",
        "tones.impulse",
        "--write",
        "lists/split.csv",
    ]);
    let text = fs::read_to_string(project.path("lists/split.csv")).unwrap();
    assert!(
        text.contains("\npath,label,split\n../clips/high/00.wav,high,"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 2 + 32);
    let again = show(&["data", "split", "lists/split.csv"]);
    let sides = |of: &Value| {
        let all = of["recordings"].as_array().unwrap().iter();
        all.map(|r| {
            (
                r["path"]
                    .as_str()
                    .unwrap()
                    .rsplit("clips/")
                    .next()
                    .unwrap()
                    .to_owned(),
                r["split"].clone(),
            )
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(sides(&first), sides(&again));
    project.fail(
        &["data", "split", "clips", "--write", "lists/split.csv"],
        "E0909",
    );
    assert_eq!(
        text,
        fs::read_to_string(project.path("lists/split.csv")).unwrap()
    );
    project.succeed(&[
        "data",
        "split",
        "clips",
        "--write",
        "lists/split.csv",
        "--force",
    ]);
    let names: Vec<_> = fs::read_dir(project.path("lists"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["split.csv"], "no temporary file stays");
}

#[test]
fn an_import_writes_what_a_spec_reads_or_nothing() {
    let project = Project::new();
    let metadata = "file_name,label\nlow/00.wav,low\nhigh/00.wav,high\nhigh/gone.wav,high\n";
    fs::write(project.path("clips/metadata.csv"), metadata).unwrap();
    let import = ["data", "import", "audiofolder", "clips", "--to", "to here"];
    let run = project.fail(&import, "E0650");
    assert!(
        run.stderr.contains("clips/metadata.csv:4"),
        "{}",
        run.stderr
    );
    assert!(!project.path("to here").exists());
    let dry = project.succeed(&[&import[..], &["--skip-bad", "--dry-run"]].concat());
    assert!(
        dry.stdout.contains("2 recordings") && !project.path("to here").exists(),
        "{}",
        dry.stdout
    );
    project.succeed(&[&import[..], &["--skip-bad"]].concat());
    let found = json(
        &project
            .succeed(&["data", "stats", "to here", "--format", "json"])
            .stdout,
    );
    assert_eq!(found["all"]["recordings"], 2);
    project.fail(&[&import[..], &["--skip-bad"]].concat(), "E0909");
    project.succeed(&[&import[..], &["--skip-bad", "--force"]].concat());
}

#[test]
fn a_label_track_becomes_recordings_that_are_read() {
    let project = Project::new();
    fs::write(project.path("long.wav"), wav(&tone(500.0, 16_000, 5))).unwrap();
    fs::write(
        project.path("long.txt"),
        "0.1\t0.4\tja\n0.9\t1.2\tnein\n1.3\t1.6\tja\n",
    )
    .unwrap();
    let import = ["data", "import", "audacity", "long.wav", "--to", "cuts"];
    project.succeed(&import);
    let found = json(
        &project
            .succeed(&["data", "stats", "cuts", "--format", "json"])
            .stdout,
    );
    assert_eq!(
        (&found["all"]["recordings"], &found["labels"][0]["label"]),
        (&Value::from(3), &Value::from("ja"))
    );
    assert!((found["labels"][0]["length_s"]["median"].as_f64().unwrap() - 0.3).abs() < 1e-9);
    project.fail(&import, "E0909");
    project.succeed(&[&import[..], &["--force", "--length", "0.5"]].concat());
    // A folder with anything else is never replaced.
    fs::create_dir(project.path("mine")).unwrap();
    fs::write(project.path("mine/thesis.txt"), "all of it").unwrap();
    let into = [
        "data", "import", "audacity", "long.wav", "--to", "mine", "--force",
    ];
    project.fail(&into, "E0909");
    assert!(project.path("mine/thesis.txt").exists());
    let missing = run_in(
        &project.path("mine"),
        &["data", "import", "audacity", "gone.wav", "--to", "x"],
    );
    assert_eq!(missing.code, Some(2), "{}", missing.stderr);
}
