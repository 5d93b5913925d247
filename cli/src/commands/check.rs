//! `impulse check`: a spec, its network and its memory on each target.

use impulse_ir::diagnostic::Severity;
use impulse_ir::spec::NetworkSource;

use crate::args::Check;
use crate::builder::targets;
use crate::failure::Failure;
use crate::project::Project;
use crate::tables;
use crate::ui::{Ui, bytes, count, print, time};

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
    let plans = targets::plan_before_training(project, imported.as_deref(), &chosen)?;
    targets::hold_against_budgets(&chosen, &plans, ui, project)?;
    if !ui.shows_tables() {
        return Ok(());
    }
    for block in &spec.features {
        print(&format!(
            "features {}",
            tables::feature_line(block, &spec.window)
        ));
    }
    if let NetworkSource::Layers(network) = &spec.network {
        let mut table = tables::plain(ui);
        table.set_header(["layer", "output", "weights"]);
        for node in &network.nodes {
            let weights: usize = node
                .kind
                .parameters(network.shape(node.inputs[0]))
                .iter()
                .map(|p| p.shape.iter().product::<usize>())
                .sum();
            let weights = if weights == 0 {
                String::new()
            } else {
                count(weights as u64)
            };
            table.add_row([node.name.clone(), tables::shape(&node.shape), weights]);
        }
        table.add_row([
            "".to_owned(),
            "".to_owned(),
            count(network.n_weights() as u64),
        ]);
        tables::align_right(&mut table, &[1, 2]);
        print(&table.to_string());
    }
    let mut table = tables::plain(ui);
    table.set_header([
        "target",
        "RAM",
        "of",
        "flash",
        "of",
        "time per result",
        "of",
    ]);
    for (target, plan) in chosen.iter().zip(&plans) {
        let budget = |n: Option<u64>| n.map(bytes).unwrap_or_default();
        table.add_row([
            target.board.id.clone(),
            bytes(plan.ram_bytes()),
            budget(target.ram_bytes_max),
            bytes(plan.flash_bytes()),
            budget(target.flash_bytes_max),
            time(plan.latency_us() as f64),
            target
                .latency_us_max
                .map(|us| time(us as f64))
                .unwrap_or_default(),
        ]);
    }
    tables::align_right(&mut table, &[1, 2, 3, 4, 5, 6]);
    print(&table.to_string());
    Ok(())
}
