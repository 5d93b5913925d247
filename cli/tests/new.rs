//! New specs, and the schema that editors read of the YAML spelling.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Project, run_in};
use serde_json::Value;

fn schema(folder: &Path) -> jsonschema::Validator {
    let run = run_in(folder, &["schema"]);
    let schema: Value = serde_json::from_str(&run.stdout).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// Every spec of the repository.
fn specs() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../impulses")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|e| e.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("impulse" | "yaml") => found.push(path),
                _ => {}
            }
        }
    }
    assert!(found.len() >= 3, "{found:?}");
    found
}

#[test]
fn every_template_checks_clean_in_both_spellings() {
    let project = Project::new();
    project.succeed(&["build", "tones.impulse"]);
    for ending in ["impulse", "yaml"] {
        let words = format!("my-words.{ending}");
        project.succeed(&["new", &words]);
        let network = format!("import.{ending}");
        let model = ["--model", "build/tones/tones.tflite"];
        project.succeed(&[&["new", &network, "--template", "import"][..], &model].concat());
        let [motion, image] = ["motion", "image"].map(|template| {
            let spec = format!("{template}.{ending}");
            project.succeed(&["new", &spec, "--template", template]);
            spec
        });
        for spec in [words, network, motion, image] {
            let check = project.succeed(&["check", "--deny-warnings", &spec]);
            assert!(!check.stdout.contains("E0"), "{}", check.stdout);
            let text = fs::read_to_string(project.path(&spec)).unwrap();
            assert!(!text.contains('@'), "{text}");
            let n_comments = text.lines().filter(|l| l.trim().starts_with('#')).count();
            assert!(n_comments >= 8, "{text}");
            project.succeed(&["fmt", "--check", &spec]);
        }
    }
    // Both spellings of a template say the same.
    let said = |spec: String| -> Vec<String> {
        let text = project.succeed(&["fmt", "--to", "impulse", &spec]).stdout;
        let lines = text.lines().map(|l| l.split('#').next().unwrap_or(""));
        let words = lines.flat_map(|l| l.split(|c: char| c.is_whitespace() || "{},".contains(c)));
        words.filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let same = |name: &str| {
        assert_eq!(
            said(format!("{name}.impulse")),
            said(format!("{name}.yaml"))
        )
    };
    same("my-words");
    same("import");
    same("motion");
    same("image");
}

#[test]
fn a_file_that_is_there_stays() {
    let project = Project::new();
    let before = fs::read(project.path("tones.impulse")).unwrap();
    let run = project.fail(&["new", "tones.impulse"], "E0909");
    assert_eq!(run.code, Some(2));
    assert_eq!(fs::read(project.path("tones.impulse")).unwrap(), before);
    project.fail(&["new", "a.txt"], "E0903");
    project.fail(&["new", "a.impulse", "--template", "import"], "E0916");
    let (wav, model) = ("clips/low/00.wav", "--model");
    project.fail(
        &["new", "a.impulse", "--template", "import", model, wav],
        "E07",
    );
    assert!(!project.path("a.impulse").exists());
}

#[test]
fn specs_in_yaml_are_valid_against_the_schema() {
    let project = Project::new();
    let validator = schema(&project.path(""));
    let mut texts = vec![
        project
            .succeed(&["fmt", "--to", "yaml", "tones.impulse"])
            .stdout,
    ];
    for path in specs() {
        let run = run_in(
            &project.path(""),
            &["fmt", "--to", "yaml", path.to_str().unwrap()],
        );
        assert!(run.ok, "{}", run.stderr);
        texts.push(run.stdout);
    }
    project.succeed(&["new", "words.yaml"]);
    let words = fs::read_to_string(project.path("words.yaml")).unwrap();
    assert!(words.starts_with("# yaml-language-server: $schema=impulse.schema.json\n"));
    assert!(project.path("impulse.schema.json").is_file());
    texts.push(words.clone());
    for text in &texts {
        let problems: Vec<String> = validator
            .iter_errors(&yaml(text))
            .map(|e| format!("{}: {e}", e.instance_path))
            .collect();
        assert!(problems.is_empty(), "{problems:#?}\n{text}");
    }
    for (from, to) in [
        ("  shift:", "  shft:"),
        ("16 kHz", "16 ms"),
        ("epochs: 100", "epochs: 0"),
        ("quantize: int8", "quantize: int4"),
        ("nano33:", "nano34:"),
        ("network: keyword_small", "network: [global_pool]"),
        ("impulse: words\n", ""),
    ] {
        let spoilt = words.replacen(from, to, 1);
        assert_ne!(spoilt, words, "{from}");
        assert!(!validator.is_valid(&yaml(&spoilt)), "{to} is valid");
    }
}
