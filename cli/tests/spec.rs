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
        run.stderr.contains("tones.impulse:11:") && run.stderr.contains("tones.impulse:28:"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("`epochs`"),
        "the nearest key is named: {}",
        run.stderr
    );
    assert!(run.stderr.contains("impulse explain E02"), "{}", run.stderr);
    assert!(
        !run.stderr.contains('\u{1b}'),
        "no colours where there is no terminal"
    );
    let colored = project.fail(&["check", "--color", "always"], "E02");
    assert!(colored.stderr.contains('\u{1b}'));
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
        missing.stderr.contains("`tones.impulse`"),
        "{}",
        missing.stderr
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
