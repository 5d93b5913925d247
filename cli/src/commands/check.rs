//! `impulse check`: a spec, its network and its memory on each target.

use impulse_ir::diagnostic::{Diagnostic, Severity};
use impulse_ir::plan::plan;
use impulse_ir::spec::NetworkSource;

use crate::args::Check;
use crate::budget::Effort;
use crate::builder::targets;
use crate::failure::Failure;
use crate::plan_view;
use crate::project::Project;
use crate::tables;
use crate::ui::{Ui, print};

/// Checks a spec and shows what it means.
///
/// # Errors
/// Every problem of the spec, budgets included.
pub fn run(args: &Check, ui: Ui) -> Result<(), Failure> {
    let mut project = Project::load(args.spec.as_deref())?;
    if args.deny_warnings && !project.warnings.is_empty() {
        let mut denied = std::mem::take(&mut project.warnings);
        denied.iter_mut().for_each(|d| d.severity = Severity::Error);
        return Err(project.fail(denied));
    }
    ui.diagnostics(&project.warnings, Some(&project.source));
    show(&project, args, ui).map_err(|f| project.fail(f))
}

fn show(project: &Project, args: &Check, ui: Ui) -> Result<(), Failure> {
    let spec = &project.spec;
    let imported = match &spec.network {
        NetworkSource::File(path) => Some(targets::read_network(project, path)?),
        NetworkSource::Layers(_) => None,
    };
    let chosen = targets::choose(project, args.target.as_deref())?;
    let pipeline = targets::pipeline_before_training(project, imported.as_deref())?;
    let mut broken = Vec::new();
    let effort = Effort::new();
    for block in spec.features.iter().filter(|_| ui.shows_tables()) {
        let line = tables::feature_line(block, &spec.window);
        print(&format!("features {line}"));
    }
    for target in &chosen {
        let plan = plan(&pipeline, &target.board);
        if ui.shows_tables() {
            let board = &target.board.id;
            let layers = plan_view::table(spec, &pipeline, &plan, board, ui);
            print(&format!(
                "\n{layers}\n\n{}",
                plan_view::totals(target, &plan, ui)
            ));
            if args.plan {
                print(&format!("\n{}", plan_view::draw(&pipeline, &plan)));
            }
        }
        broken.extend(targets::broken_budgets(project, target, &plan, &effort));
    }
    if broken.iter().any(Diagnostic::is_error) {
        if ui.shows_tables() {
            print("");
        }
        return Err(broken.into());
    }
    Ok(())
}
