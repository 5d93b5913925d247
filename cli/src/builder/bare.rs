//! `impulse build model.tflite`: a network by itself, without a spec. What comes of it is a C
//! library and a Rust crate that take int8 values and give int8 values; there is no firmware,
//! because nothing says which sensor the network listens to.

use std::path::Path;

use impulse_codegen::network::Network;
use impulse_codegen::{File, Origin};
use impulse_ir::board::Board;
use impulse_ir::cost;
use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::kernel_args::Call;
use impulse_ir::passes;

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
    if ui.shows_tables() {
        show(&network, &board, &measured, &folder, ui);
    }
    hold(&board, &network)?;
    Ok(())
}

/// Predicted instructions of a run.
fn instructions(network: &Network, board: &Board) -> u64 {
    let steps = network.net.program.steps.iter();
    steps
        .map(|step| cost::call_instructions(&step.call, board.cpu))
        .sum()
}

/// Bytes of weights, biases and tables.
fn constant_bytes(network: &Network) -> u64 {
    let of = |call: &Call| {
        let layer = call.constants().map_or(0, |c| {
            c.weights.len() + 4 * c.bias.len() + 4 * c.multipliers.len() + c.shifts.len()
        });
        layer + call.constant_operand().map_or(0, <[i8]>::len)
    };
    network
        .net
        .program
        .steps
        .iter()
        .map(|s| of(&s.call) as u64)
        .sum()
}

/// The network's constants and state fit the board at all.
fn hold(board: &Board, network: &Network) -> Result<(), Diagnostic> {
    let needs = [
        ("RAM", network.state_bytes() as u64, board.ram_bytes()),
        ("flash", constant_bytes(network), board.flash.bytes),
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

fn show(network: &Network, board: &Board, measured: &[Measured], folder: &Path, ui: Ui) {
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
    let predicted = instructions(network, board);
    type Row<'a> = (
        &'a str,
        Option<u64>,
        fn(&Measured) -> u64,
        &'a dyn Fn(u64) -> String,
    );
    let rows: [Row; 6] = [
        (
            "static RAM",
            Some(network.state_bytes() as u64),
            |m| m.ram_bytes,
            &bytes,
        ),
        ("stack", None, |m| m.stack_bytes, &bytes),
        ("flash", None, |m| m.flash_bytes, &bytes),
        ("  weights", Some(constant_bytes(network)), |_| 0, &bytes),
        ("instructions", Some(predicted), |m| m.instructions, &count),
        ("time", Some(predicted), |m| m.instructions, &us),
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
