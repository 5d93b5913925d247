//! The chosen values in the spec.

use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::spec::Spec;
use impulse_train::replay::{Outcome, Setting};

use super::Calibration;
use crate::args::{Calibrate, Results};
use crate::failure::Failure;
use crate::project;
use crate::ui::{Ui, print};

/// Writes the values of `chosen`, or shows what would change.
///
/// # Errors
/// When the spec cannot be changed in its form, or not be written.
pub fn write(
    of: &Calibration<'_>,
    chosen: &Outcome,
    args: &Calibrate,
    ui: Ui,
) -> Result<(), Failure> {
    let source = &of.project.source;
    if chosen.setting == of.own {
        ui.done("unchanged", "the spec has the chosen values already");
        return Ok(());
    }
    let syntax = project::syntax_of(&source.path);
    let text = impulse_dsl::set(&source.text, syntax, "decide", &values(of, chosen.setting))?;
    let (spec, _) = impulse_dsl::compile(&text, syntax);
    if !spec.is_some_and(|spec| says(&spec, of, chosen.setting)) {
        let message = "`decide` is written in a form in which its values cannot be changed";
        let wanted: Vec<String> = values(of, chosen.setting)
            .into_iter()
            .map(|(key, value)| format!("{key} {value}"))
            .collect();
        return Err(Diagnostic::general(codes::CALIBRATION, message)
            .hint(format!("write `decide {{ {} }}`", wanted.join(", ")))
            .into());
    }
    if args.write {
        super::super::fmt::replace(&source.path, &text)?;
        let path = source.path.display();
        ui.done(
            "wrote",
            &format!("the chosen values to {path}; build again"),
        );
    } else if args.format == Results::Table {
        for line in difference(&source.text, &text) {
            print(&line);
        }
        ui.done("chosen", "--write puts these values into the spec");
    }
    Ok(())
}

/// The keys with their values.
fn values(of: &Calibration<'_>, setting: Setting) -> Vec<(&'static str, String)> {
    vec![
        ("threshold", format!("{:.2}", setting.threshold)),
        ("average", results(of, setting.average_results)),
        ("suppress", results(of, setting.suppress_results)),
    ]
}

/// So many results as a time, where that is a whole number of milliseconds.
fn results(of: &Calibration<'_>, n: usize) -> String {
    let window = &of.pipeline.window;
    let thousandths = n * window.stride_samples * 1000;
    let rate_hz = window.rate_hz.max(1) as usize;
    if n == 0 || !thousandths.is_multiple_of(rate_hz) {
        return format!("{n} result{}", if n == 1 { "" } else { "s" });
    }
    match thousandths / rate_hz {
        ms if ms.is_multiple_of(1000) => format!("{} s", ms / 1000),
        ms => format!("{ms} ms"),
    }
}

/// Whether the spec is the one that was calibrated, with these values.
fn says(spec: &Spec, of: &Calibration<'_>, setting: Setting) -> bool {
    let mut expected = of.project.spec.decide.clone();
    expected.threshold = setting.threshold;
    expected.average_results = setting.average_results;
    expected.suppress_results = setting.suppress_results;
    spec.decide == expected && spec.model_text() == of.project.spec.model_text()
}

/// The lines that differ, between those that do not.
fn difference(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let before = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let after = old[before..]
        .iter()
        .rev()
        .zip(new[before..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let mut lines = Vec::new();
    lines.extend(
        old[before..old.len() - after]
            .iter()
            .map(|l| format!("-{l}")),
    );
    lines.extend(
        new[before..new.len() - after]
            .iter()
            .map(|l| format!("+{l}")),
    );
    lines
}
