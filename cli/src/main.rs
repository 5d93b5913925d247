//! The program `impulse`: files, terminal, progress, and the rendering of diagnostics. All that
//! is computed is computed by the other crates; start reading at [`builder`].
//!
//! Exit codes: 0 where there is nothing to say against it, 1 where something was found, 2 where the
//! command could not be run.

mod args;
mod budget;
mod builder;
mod commands;
mod evaluation;
mod failure;
mod interrupt;
mod kept;
mod lines;
mod lsp;
mod model_file;
mod picture;
mod plan_view;
mod project;
mod render;
mod report;
mod tables;
mod ui;
mod verify;

use std::process::ExitCode;

use clap::Parser;
use impulse_ir::diagnostic::Diagnostic;

use crate::args::{Cli, Command, DataTask};
use crate::failure::Failure;
use crate::ui::Ui;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ui = match &cli.command {
        Command::Check(args) => Ui::new(cli.color, cli.quiet).with_findings(args.format, true),
        Command::Build(args) => Ui::new(cli.color, cli.quiet).with_findings(args.format, false),
        Command::Data(args) => match &args.task {
            DataTask::Lint(lint) => Ui::new(cli.color, cli.quiet).with_findings(lint.format, true),
            _ => Ui::new(cli.color, cli.quiet),
        },
        _ => Ui::new(cli.color, cli.quiet),
    };
    let result = match &cli.command {
        Command::Build(args) => builder::build(args, ui),
        Command::Check(args) => commands::check::run(args, ui),
        Command::Inspect(args) => commands::inspect::run(args, ui),
        Command::New(args) => commands::new::run(args, ui),
        Command::Fmt(args) => commands::fmt::run(args, ui),
        Command::Test(args) => commands::test::run(args, ui),
        Command::Calibrate(args) => commands::calibrate::run(args, ui),
        Command::Run(args) => commands::run::run(args, ui),
        Command::Data(args) => commands::data::run(args, ui),
        Command::Features(args) => commands::features::run(args, ui),
        Command::Explain(args) => commands::explain::run(args),
        Command::Boards => commands::boards::run(ui),
        Command::Lsp => lsp::run(),
        Command::Schema => {
            commands::schema::run();
            Ok(())
        }
    };
    let code = match result {
        Ok(()) => 0,
        Err(failure) => {
            fail(&failure, ui);
            failure.exit_code()
        }
    };
    ui.finish();
    ExitCode::from(code)
}

/// Shows why the command failed, and where to learn more.
fn fail(failure: &Failure, ui: Ui) {
    if !failure.is_shown {
        ui.diagnostics(&failure.diagnostics, failure.source.as_ref());
    }
    let errors: Vec<&Diagnostic> = failure
        .diagnostics
        .iter()
        .filter(|d| d.is_error())
        .collect();
    let Some(first) = errors.first() else { return };
    let problems = ui::plural(errors.len() as u64, "problem");
    ui.error(&format!(
        "{problems}; `impulse explain {}` says more",
        first.code
    ));
}
