//! `impulse build model.tflite`: a network by itself, without a spec. What comes of it is a C
//! library and a Rust crate that take int8 values and give int8 values; there is no firmware,
//! because nothing says which sensor the network listens to.

use std::path::Path;

use impulse_codegen::network::Network;
use impulse_codegen::{File, Origin};
use impulse_ir::board::Board;
use impulse_ir::cost;
use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::passes;
use impulse_ir::plan::{self, ItemKind, NetworkPlan};

use super::output::Staging;
use super::{key, targets};
use crate::args;
use crate::failure::Failure;
use crate::model_file;
use crate::tables::{align_right, plain};
use crate::ui::{Ui, bytes, count, plural, print, time};
use crate::verify::network::{Measured, noise, verify};

/// Inputs that a verification runs.
const VERIFY_INPUTS: usize = 4;

/// Builds the network in the file `path`.
///
/// # Errors
/// Everything that is wrong with it, a board that is not known, an emulator that gives other bits.
pub fn build(path: &Path, args: &args::Build, ui: Ui) -> Result<(), Failure> {
    let board = targets::board_named(args.target.as_deref())?;
    let content = model_file::bytes(path)?;
    let graph = model_file::read(path)?;
    if graph.is_float() {
        let problem = model_file::is_float("there is no data to calibrate it with");
        let problem = problem.hint(
            "convert it in full int8, or name it in a spec with data: `network from \"model.tflite\"`",
        );
        return Err(model_file::at(path, vec![problem]).into());
    }
    let graph = passes::run_int8(graph);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let network = Network::new(&stem, &graph, board.cpu)
        .map_err(|problems| model_file::at(path, problems))?;
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    let origin = Origin {
        command: format!("impulse build {file_name} --target {}", board.id),
        input_hash: key::hash(&content),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let below =
        |files: Vec<File>, folder: &'static str| files.into_iter().map(move |f| f.below(folder));
    let files: Vec<File> = below(network.c(&origin)?, "c")
        .chain(below(network.rust(&origin)?, "rust"))
        .collect();
    let folder = path
        .parent()
        .unwrap_or(Path::new(""))
        .join("build")
        .join(&network.prefix);
    let staging = Staging::new(&folder)?;
    for file in &files {
        staging.write(&file.path, &file.contents)?;
    }
    ui.done(
        "emitted",
        &format!("{} of C and Rust", plural(files.len() as u64, "file")),
    );
    let (mut measured, mut warnings) = (Vec::new(), Vec::new());
    if args.verify {
        let bar = ui.bar("verifying", 0, "{spinner} C and Rust in the emulator");
        let result = verify(&network, &board, &noise(&network, VERIFY_INPUTS), &origin);
        bar.finish_and_clear();
        (measured, warnings) = result?;
    }
    staging.commit()?;
    let n_files = plural(files.len() as u64, "file");
    ui.done("wrote", &format!("{n_files} to {}", folder.display()));
    ui.diagnostics(&warnings, None);
    let plan = plan::network(&network.net.program, board.cpu);
    if ui.shows_tables() {
        show(&network, &plan, &board, &measured, &folder, ui);
    }
    hold(&board, &network, &plan)?;
    Ok(())
}

/// The network fits the board at all.
fn hold(board: &Board, network: &Network, plan: &NetworkPlan) -> Result<(), Diagnostic> {
    let needs = [
        (
            "RAM",
            network.state_bytes() as u64 + plan.stack_bytes,
            board.ram_bytes(),
        ),
        ("flash", plan.flash_bytes(), board.flash.bytes),
    ];
    for (memory, needed, has) in needs {
        if needed > has {
            let message = format!(
                "the network needs {} of {memory}, {} has {}",
                bytes(needed),
                board.id,
                bytes(has)
            );
            let problem =
                Diagnostic::general(impulse_ir::diagnostic::codes::BUDGET_MEASURED, message);
            return Err(
                problem.hint("choose another board with --target; `impulse boards` lists them")
            );
        }
    }
    Ok(())
}

/// The table of what was planned and measured.
fn show(
    network: &Network,
    plan: &NetworkPlan,
    board: &Board,
    measured: &[Measured],
    folder: &Path,
    ui: Ui,
) {
    let mut table = plain(ui);
    let mut head = vec![format!("on {}", board.id), "predicted".to_owned()];
    head.extend(
        measured
            .iter()
            .map(|m| format!("{} in the emulator", m.language)),
    );
    table.set_header(head);
    let cycles = cost::cycles_per_instruction(board.cpu);
    let us = |n: u64| time(n as f64 * cycles * 1e6 / board.clock_hz.max(1) as f64);
    let of = |kinds: &[ItemKind]| Some(kinds.iter().map(|kind| plan.bytes_of(*kind)).sum());
    let tables = of(&[ItemKind::Parameters, ItemKind::Tables]);
    let instructions = Some(plan.instructions);
    type Row<'a> = (
        &'a str,
        Option<u64>,
        fn(&Measured) -> u64,
        &'a dyn Fn(u64) -> String,
    );
    let rows: [Row; 8] = [
        (
            "static RAM",
            Some(network.state_bytes() as u64),
            |m| m.ram_bytes,
            &bytes,
        ),
        ("stack", Some(plan.stack_bytes), |m| m.stack_bytes, &bytes),
        ("flash", Some(plan.flash_bytes()), |m| m.flash_bytes, &bytes),
        ("  weights", of(&[ItemKind::Weights]), |_| 0, &bytes),
        ("  parameters, tables", tables, |_| 0, &bytes),
        ("  code", of(&[ItemKind::Code]), |_| 0, &bytes),
        ("instructions", instructions, |m| m.instructions, &count),
        ("time", instructions, |m| m.instructions, &us),
    ];
    for (name, predicted, of, shown) in rows {
        let mut row = vec![name.to_owned(), predicted.map(shown).unwrap_or_default()];
        row.extend(measured.iter().map(|m| match of(m) {
            0 => String::new(),
            n => shown(n),
        }));
        table.add_row(row);
    }
    align_right(&mut table, &(1..measured.len() + 2).collect::<Vec<_>>());
    print(&format!("\n{table}"));
    for m in measured {
        let n = plural(m.n_inputs as u64, "input");
        print(&format!(
            "the emitted {} gave the host's bits on {n} ({})",
            m.language, m.compiler
        ));
    }
    print(&format!("\nC library   {}/c/", folder.display()));
    print(&format!("Rust crate  {}/rust/", folder.display()));
    print("no firmware: only a spec says which sensor the network listens to");
}
