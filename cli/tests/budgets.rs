//! What a check says of memory and time, and what it proposes where a budget is broken.

mod common;

use std::fs;

use common::{Project, SPEC};
use serde_json::Value;

/// The findings of a check of `spec`, as JSON.
fn findings(project: &Project, spec: &str) -> Vec<Value> {
    let run = project.run(&["check", "--format", "json", spec]);
    assert!(matches!(run.code, Some(0 | 1)), "{}", run.stderr);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["diagnostics"].as_array().unwrap().clone()
}

/// The text with a hint's replacement made in it.
fn mended(text: &str, hint: &Value) -> Option<String> {
    let new = hint["replacement"].as_str()?;
    let at = |key: &str| hint["location"][key].as_u64().unwrap() as usize;
    let (start, end) = (at("start_byte"), at("end_byte"));
    Some(format!("{}{new}{}", &text[..start], &text[end..]))
}

/// Each budget is broken by something else, which the finding stands at; and each proposal, made
/// in the text, holds the budget that it was made for. In both spellings.
#[test]
fn a_broken_budget_points_at_its_cause_and_every_proposal_holds() {
    let project = Project::new();
    for (from, to, code, places) in [
        ("4 filters", "1800 filters", "E0501", ["23:3", "23:5"]),
        ("flash   < 128", "flash   < 11", "E0502", ["16:17", "17:12"]),
        (
            "latency < 100 ms",
            "latency < 5.8 ms",
            "E0503",
            ["15:10", "16:3"],
        ),
    ] {
        project.write_spec(&SPEC.replace(from, to));
        let yaml = project
            .succeed(&["fmt", "--to", "yaml", "tones.impulse"])
            .stdout;
        fs::write(project.path("tones.yaml"), yaml).unwrap();
        for (spec, place) in ["tones.impulse", "tones.yaml"].into_iter().zip(places) {
            let found = findings(&project, spec);
            let of_code = |all: &[Value]| all.iter().find(|d| d["code"] == code).cloned();
            let finding = of_code(&found).unwrap_or_else(|| panic!("no {code}: {found:#?}"));
            let start = &finding["location"];
            let stands = format!("{}:{}", start["line"], start["column"]);
            assert_eq!(stands, place, "{spec}: {finding:#}");
            let text = fs::read_to_string(project.path(spec)).unwrap();
            let hints = finding["hints"].as_array().unwrap();
            let changes: Vec<String> = hints.iter().filter_map(|h| mended(&text, h)).collect();
            assert!(!changes.is_empty(), "{finding:#}");
            for change in changes {
                let other = spec.replace("tones", "mended");
                fs::write(project.path(&other), &change).unwrap();
                assert_eq!(of_code(&findings(&project, &other)), None, "{change}");
                fs::remove_file(project.path(&other)).unwrap();
            }
        }
    }
}

/// One filter more than what is proposed would not fit.
#[test]
fn the_largest_filter_count_is_proposed() {
    let project = Project::new();
    project.write_spec(&SPEC.replace("4 filters", "1800 filters"));
    let found = findings(&project, "tones.impulse");
    let finding = found.iter().find(|d| d["code"] == "E0501").unwrap();
    let hints = finding["hints"].as_array().unwrap();
    let hint = hints
        .iter()
        .find(|h| h["message"].as_str().unwrap().contains("filters fits"));
    let n: u64 = hint.unwrap()["replacement"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let code = |n: u64| {
        project.write_spec(&SPEC.replace("4 filters", &format!("{n} filters")));
        findings(&project, "tones.impulse")
            .iter()
            .any(|d| d["code"] == finding["code"])
    };
    assert!(!code(n) && code(n + 1), "{n}");
}

#[test]
fn another_board_is_proposed_where_the_board_is_too_small() {
    let project = Project::new();
    let large = SPEC.replace("4 filters", "7000 filters");
    let without_budgets = large.split("target").next().unwrap();
    project.write_spec(&format!("{without_budgets}target b-l475e-iot01a\n"));
    let run = project.fail(&["check"], "E0504");
    assert!(run.stdout.contains("`nano33` holds it"), "{}", run.stdout);
}

#[test]
fn each_block_and_layer_has_a_row_and_totals_have_bars() {
    let project = Project::new();
    let run = project.succeed(&["check", "--plan"]);
    let row = |name: &str| {
        let found = run.stdout.lines().find(|l| l.trim().starts_with(name));
        found
            .unwrap_or_else(|| panic!("no {name}:\n{}", run.stdout))
            .to_owned()
    };
    // 19 frames of 8 coefficients; 4 filters of 3 × 8 weights and a bias.
    assert!(row("mfcc ").contains("[19, 8]") && row("mfcc ").contains("ms"));
    for what in ["[19, 4]", "100", "1,824"] {
        assert!(
            row("conv1d_1").contains(what),
            "{what}: {}",
            row("conv1d_1")
        );
    }
    for (name, bound) in [
        ("RAM ", "of 32.0 KiB"),
        ("flash ", "of 128.0 KiB"),
        ("time ", "of 100.0 ms"),
    ] {
        assert!(
            row(name).contains(bound) && row(name).contains('█'),
            "{}",
            row(name)
        );
    }
    // The drawing: the convolution reads one tensor and writes another, whatever lies free.
    let drawn = run.stdout.split("arena of").nth(1).unwrap();
    let line = drawn
        .lines()
        .find(|l| l.trim().starts_with("conv2d_"))
        .unwrap();
    let mut letters: Vec<char> = line
        .split_whitespace()
        .nth(1)
        .unwrap()
        .chars()
        .filter(|c| *c != '.')
        .collect();
    letters.dedup();
    assert_eq!(letters.len(), 2, "{line}");
    assert!(drawn.contains("stack, at most"), "{drawn}");
}

/// Networks of any size, and any number of budgets, are answered with bounded work.
#[test]
fn enormous_networks_are_refused_and_many_budgets_are_answered() {
    let project = Project::new();
    let layers = "  conv1d 4000 filters, kernel 1\n".repeat(200);
    project.write_spec(&SPEC.replace("  flatten\n", &format!("{layers}  flatten\n")));
    let run = project.fail(&["check"], "E0406");
    assert!(
        run.stdout.contains("weights of the network"),
        "{}",
        run.stdout
    );
    let budgets = "ram < 1 KiB, flash < 1 KiB, latency < 1 us";
    let boards = [
        "nano33",
        "b-l475e-iot01a",
        "emulator-m3",
        "emulator-m4",
        "emulator-m7",
    ];
    let targets = boards.map(|board| format!("target {board} {{ {budgets} }}\n"));
    let before = SPEC.split("target").next().unwrap();
    project.write_spec(&format!("{before}{}", targets.concat()));
    let found = findings(&project, "tones.impulse");
    let (soft, broken): (Vec<_>, Vec<_>) = found.iter().partition(|f| f["code"] == "E0311");
    assert_eq!(broken.len(), 3 * boards.len());
    assert_eq!(soft.len(), 1, "the M3 has no floating-point unit");
    project.write_spec(&format!("{before}{}", targets[0].repeat(2)));
    project.fail(&["check"], "E0203");
}

/// Where a feature block takes most of the time, the change is one of the block, on any sensor; with several blocks
/// it is the one that takes most.
#[test]
fn a_front_end_that_takes_too_long_is_told_of_fewer_frames() {
    let project = Project::new();
    let spec = |features: &str, budgets: &str| {
        format!(
            "impulse tones\ndata \"clips\" {{ labels low, high }}\n\
             window motion {{ rate 104 Hz, length 2 s, stride 500 ms, axes x, y, z, range 2 }}\n\
             {features}\nnetwork {{ flatten, dense labels, softmax }}\n\
             target nano33 {{ {budgets} }}\n"
        )
    };
    let found = |text: &str| {
        project.write_spec(text);
        findings(&project, "tones.impulse")
    };
    let frames = "features flatten { axes x, statistics mean }\n\
                  features spectrogram { frame 300 ms every 20 ms }";
    let text = spec(frames, "latency < 4 ms");
    let finding = found(&text).remove(0);
    assert_eq!(finding["code"], "E0503");
    assert_eq!(
        (&finding["location"]["line"], &finding["location"]["column"]),
        (&5.into(), &10.into())
    );
    let hints = finding["hints"].as_array().unwrap();
    let says = |part: &str| {
        let says = |h: &&Value| h["message"].as_str().unwrap().contains(part);
        hints.iter().find(says).cloned()
    };
    let fewer = says("a frame every ").unwrap_or_else(|| panic!("{finding:#}"));
    let mended = mended(&text, &fewer).unwrap();
    assert_eq!(found(&mended), Vec::<Value>::new(), "{mended}");
    // The nearest: a millisecond less is too much.
    let ms: u64 = fewer["replacement"]
        .as_str()
        .unwrap()
        .trim_end_matches(" ms")
        .parse()
        .unwrap();
    let nearer = text.replace("every 20 ms", &format!("every {} ms", ms - 1));
    assert_eq!(found(&nearer)[0]["code"], "E0503", "{nearer}");

    // A block over the whole window, and the samples of one.
    for (budgets, code, place) in [
        ("latency < 100 us", "E0503", [4, 10]),
        ("ram < 1 KiB", "E0501", [3, 37]),
    ] {
        let finding = found(&spec("features flatten", budgets)).remove(0);
        let at = ["line", "column"].map(|key| finding["location"][key].as_u64().unwrap());
        assert_eq!(
            (finding["code"].as_str(), at),
            (Some(code), place),
            "{finding:#}"
        );
    }
}
