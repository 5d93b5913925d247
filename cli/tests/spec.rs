//! The commands that need nothing but a spec.

mod common;

use common::{Project, SPEC};
use std::fs;

#[test]
fn every_problem_of_a_spec_is_shown_where_it_stands() {
    let project = Project::new();
    project.write_spec(
        &SPEC
            .replace("epochs 6", "epocs 6")
            .replace("length  400 ms", "length  400 kHz"),
    );
    let run = project.fail(&["check"], "E02");
    assert!(
        run.stdout.contains("tones.impulse:11:") && run.stdout.contains("tones.impulse:28:"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("`epochs`"),
        "the nearest key is named: {}",
        run.stdout
    );
    assert!(run.stderr.contains("impulse explain E02"), "{}", run.stderr);
    assert!(
        !run.stdout.contains('\u{1b}'),
        "no colours where there is no terminal"
    );
    let colored = project.fail(&["check", "--color", "always"], "E02");
    assert!(colored.stdout.contains('\u{1b}'));
}

#[test]
fn a_check_shows_layers_and_memory() {
    let project = Project::new();
    let run = project.succeed(&["check"]);
    for what in ["conv1d", "emulator-m4", "KiB"] {
        assert!(run.stdout.contains(what), "{what}: {}", run.stdout);
    }
}

#[test]
fn a_spec_goes_through_yaml_and_back() {
    let project = Project::new();
    project.succeed(&["fmt", "tones.impulse"]);
    let formatted = fs::read_to_string(project.path("tones.impulse")).unwrap();
    project.succeed(&["fmt", "--check", "tones.impulse"]);
    project.succeed(&["fmt", "--to", "yaml", "-o", "other.yaml", "tones.impulse"]);
    let back = project.succeed(&["fmt", "--to", "impulse", "other.yaml"]);
    assert_eq!(back.stdout, formatted);

    let untidy = formatted.replace("  ", "      ");
    project.write_spec(&untidy);
    project.fail(&["fmt", "--check", "tones.impulse"], "E0908");
    assert_eq!(
        fs::read_to_string(project.path("tones.impulse")).unwrap(),
        untidy,
        "--check changes nothing"
    );
}

#[test]
fn what_is_missing_is_said() {
    let project = Project::new();
    let missing = project.fail(&["check", "tone.impulse"], "E0901");
    assert!(
        missing.stdout.contains("`tones.impulse`"),
        "{}",
        missing.stdout
    );
    assert_eq!(
        missing.code,
        Some(2),
        "a spec that is not there is no finding"
    );
    fs::write(project.path("second.impulse"), SPEC).unwrap();
    project.fail(&["check"], "E0904");
    project.fail(&["explain", "E9999"], "E0907");
    assert!(
        project
            .succeed(&["explain", "E0601"])
            .stdout
            .contains("E0601")
    );
    assert!(project.succeed(&["boards"]).stdout.contains("nano33"));
}

/// The same two mistakes in both spellings, in every format.
#[test]
fn findings_have_a_format_for_every_reader() {
    let project = Project::new();
    project.write_spec(SPEC);
    let yaml = project.succeed(&["fmt", "--to", "yaml", "tones.impulse"]);
    let spoil = |text: &str| text.replace("epochs", "epocs").replace("400 ms", "400 kHz");
    project.write_spec(&spoil(SPEC));
    fs::write(project.path("tones.yaml"), spoil(&yaml.stdout)).unwrap();
    for (spec, places) in [
        ("tones.impulse", ["11:11", "28:12"]),
        ("tones.yaml", ["12:13", "26:9"]),
    ] {
        let check = |format| project.fail(&["check", "--format", format, spec], "E02");
        let concise = check("concise");
        let lines: Vec<&str> = concise.stdout.lines().collect();
        assert_eq!(lines.len(), 2, "{}", concise.stdout);
        for (line, place) in lines.iter().zip(places) {
            assert!(
                line.starts_with(&format!("{spec}:{place}: error[E02")),
                "{line}"
            );
        }
        let json: serde_json::Value = serde_json::from_str(&check("json").stdout).unwrap();
        let found = json["diagnostics"].as_array().unwrap();
        for (entry, place) in found.iter().zip(places) {
            let start = &entry["location"];
            assert_eq!(format!("{}:{}", start["line"], start["column"]), place);
        }
        let sarif: serde_json::Value = serde_json::from_str(&check("sarif").stdout).unwrap();
        assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
        let github = check("github");
        assert!(
            github
                .stdout
                .lines()
                .all(|l| l.starts_with("::error title=E02"))
        );
        assert_eq!(check("full").code, Some(1));
    }
}

#[test]
fn a_clean_spec_says_so_in_every_format() {
    let project = Project::new();
    for format in ["concise", "github"] {
        assert_eq!(
            project
                .succeed(&["check", "--format", format])
                .stdout
                .trim(),
            ""
        );
    }
    let json = project.succeed(&["check", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["diagnostics"], serde_json::json!([]));
    let sarif = project.succeed(&["check", "--format", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn warnings_are_findings_on_request() {
    let project = Project::new();
    project.write_spec(&SPEC.replace("< 32 KiB", "< 32 MiB"));
    let run = project.succeed(&["check"]);
    assert!(run.stdout.contains("warning[E0511]"), "{}", run.stdout);
    let denied = project.fail(&["check", "--deny-warnings"], "error[E0511]");
    assert_eq!(denied.code, Some(1));
    assert_eq!(project.run(&["check", "--no-such-option"]).code, Some(2));
}
