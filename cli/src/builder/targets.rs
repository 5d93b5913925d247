//! The boards that are built for, and their plans.

use impulse_codegen::tflite;
use impulse_ir::board::{self, Board};
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::passes;
use impulse_ir::pipeline::{self, Pipeline};
use impulse_ir::plan::{Plan, plan};
use impulse_ir::spec::{NetworkSource, Spec, Target};

use crate::budget::{self, Effort, Written};
use crate::failure::Failure;
use crate::model_file;
use crate::project::{self, Project};
use crate::ui::{Ui, bytes, count};

/// The board that a plan is made for where the spec names none.
const DEFAULT_BOARD: &str = "emulator-m4";

/// The targets to build for: those of the spec, or the one that is named, with the spec's budgets
/// where the spec has it.
///
/// # Errors
/// When there is no such board.
pub fn choose(project: &Project, named: Option<&str>) -> Result<Vec<Target>, Diagnostic> {
    let targets = &project.spec.targets;
    match named {
        None if targets.is_empty() => Ok(vec![without_budgets(find(DEFAULT_BOARD)?)]),
        None => Ok(targets.clone()),
        Some(id) => match targets.iter().find(|t| t.board.id == id) {
            Some(target) => Ok(vec![target.clone()]),
            None => Ok(vec![without_budgets(find(id)?)]),
        },
    }
}

/// The board that is named, or the one that a plan is made for otherwise.
///
/// # Errors
/// When there is no such board.
pub fn board_named(named: Option<&str>) -> Result<Board, Diagnostic> {
    find(named.unwrap_or(DEFAULT_BOARD))
}

fn without_budgets(board: Board) -> Target {
    let spans = [impulse_ir::Span::default(); 3];
    Target {
        board,
        ram_bytes_max: None,
        flash_bytes_max: None,
        latency_us_max: None,
        spans,
    }
}

fn find(id: &str) -> Result<Board, Diagnostic> {
    if let Some(board) = board::find(id) {
        return Ok(board.clone());
    }
    let message = format!("expected a board, found `{id}`");
    let problem = Diagnostic::general(codes::UNKNOWN_BOARD, message);
    if let Some(meant) = impulse_dsl::nearest_board(id) {
        return Err(problem.hint(format!("did you mean `{meant}`?")));
    }
    let mut names: Vec<String> = board::all().iter().map(|b| format!("`{}`", b.id)).collect();
    names.sort();
    Err(problem.hint(format!("the boards are {}", names.join(", "))))
}

/// The bytes of the network that the spec imports.
///
/// # Errors
/// When the file cannot be read.
pub fn read_network(project: &Project, path: &str) -> Result<Vec<u8>, Diagnostic> {
    model_file::bytes(&project.base.join(path)).map_err(|mut problem| {
        problem.hints.clear();
        problem.place = impulse_ir::Place::File {
            path: path.into(),
            line: None,
        };
        problem
    })
}

/// The pipeline before there are weights.
///
/// # Errors
/// When the network does not fit the features or an imported one cannot be read.
pub fn pipeline_before_training(
    project: &Project,
    imported: Option<&[u8]>,
) -> Result<Pipeline, Vec<Diagnostic>> {
    match imported {
        Some(bytes) => imported_pipeline(&project.spec, bytes),
        None => pipeline::placeholder(&project.spec),
    }
}

/// The plan of each target before there are weights.
///
/// # Errors
/// As [`pipeline_before_training`].
pub fn plan_before_training(
    project: &Project,
    imported: Option<&[u8]>,
    targets: &[Target],
) -> Result<Vec<Plan>, Vec<Diagnostic>> {
    let pipeline = pipeline_before_training(project, imported)?;
    Ok(targets.iter().map(|t| plan(&pipeline, &t.board)).collect())
}

/// The budgets of `target` that `plan` breaks, with what would hold them.
pub fn broken_budgets(
    project: &Project,
    target: &Target,
    plan: &Plan,
    effort: &Effort,
) -> Vec<Diagnostic> {
    let written = Written {
        text: &project.source.text,
        syntax: project::syntax_of(&project.source.path),
        spec: &project.spec,
        effort,
    };
    budget::diagnostics(written, target, plan)
}

/// The pipeline of a spec whose network is a `.tflite`. One in float is as it will be when it is
/// calibrated, which needs the spec's data.
///
/// # Errors
/// When the bytes are not a network that can be run.
pub fn imported_pipeline(spec: &Spec, bytes: &[u8]) -> Result<Pipeline, Vec<Diagnostic>> {
    let graph = tflite::read(bytes)?;
    if !graph.is_float() {
        return Ok(Pipeline::new(spec, graph));
    }
    if spec.data.is_none() {
        let problem = model_file::is_float("the spec has no data to calibrate it with");
        return Err(vec![problem.hint(
            "add `data \"clips\" { labels … }`, or convert the network in full int8",
        )]);
    }
    let float = passes::run(graph).map_err(|problem| vec![problem])?;
    let int8 = pipeline::placeholder_int8(float).map_err(|problem| vec![problem])?;
    Ok(Pipeline::new(spec, int8))
}

/// Fails where a plan breaks a budget of its target; warnings are shown.
///
/// # Errors
/// Every broken budget of every target.
pub fn hold_against_budgets(
    targets: &[Target],
    plans: &[Plan],
    ui: Ui,
    project: &Project,
) -> Result<(), Failure> {
    let effort = Effort::new();
    let found: Vec<Diagnostic> = targets
        .iter()
        .zip(plans)
        .flat_map(|(target, plan)| broken_budgets(project, target, plan, &effort))
        .collect();
    if found.iter().any(Diagnostic::is_error) {
        return Err(project.fail(found));
    }
    ui.diagnostics(&found, Some(&project.source));
    Ok(())
}

/// A line about a spec that was checked.
pub fn summary(spec: &Spec, target: &Target, plan: &Plan) -> String {
    let weights = match &spec.network {
        NetworkSource::Layers(network) => format!("{} weights", count(network.n_weights() as u64)),
        NetworkSource::File(path) => format!("network from {path}"),
    };
    let of = |budget: Option<u64>| {
        budget
            .map(|b| format!(" of {}", bytes(b)))
            .unwrap_or_default()
    };
    format!(
        "{}: {weights}; on {} {} of RAM{}, {} of flash{}",
        spec.name,
        target.board.id,
        bytes(plan.ram_bytes()),
        of(target.ram_bytes_max),
        bytes(plan.flash_bytes()),
        of(target.flash_bytes_max),
    )
}
