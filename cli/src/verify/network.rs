//! Verification of a network by itself, on inputs of noise.

use std::fs;

use impulse_codegen::Origin;
use impulse_codegen::network::Network;
use impulse_codegen::verify::{self as image, NetworkReport, Project, Report};
use impulse_ir::board::Board;
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::exec::Int8;

use super::{BUILD_LIMIT, RUN_LIMIT, command, first_difference, rust, tools, unpack};
use crate::failure::read_error;

/// What was measured of the emitted C or Rust, whose outputs were the host's.
pub struct Measured {
    /// `C` or `Rust`.
    pub language: &'static str,
    /// The compiler.
    pub compiler: String,
    /// Inputs that were run.
    pub n_inputs: usize,
    /// Code and constants of the network.
    pub flash_bytes: u64,
    /// State and all else that is static.
    pub ram_bytes: u64,
    /// Deepest stack below a run.
    pub stack_bytes: u64,
    /// Most instructions of a run.
    pub instructions: u64,
}

/// Runs the emitted code of `network` in an emulator of the board's CPU. Of a language whose tools
/// are missing, a warning comes instead.
///
/// # Errors
/// When the code does not compile, does not run to its end, or gives other bits than the host.
pub fn verify(
    network: &Network,
    board: &Board,
    inputs: &[Vec<i8>],
    origin: &Origin,
) -> Result<(Vec<Measured>, Vec<Diagnostic>), Vec<Diagnostic>> {
    let (mut measured, mut left_out) = (Vec::new(), Vec::new());
    match tools::GCC
        .find()
        .and_then(|gcc| tools::QEMU.find().map(|_| gcc))
    {
        Err(warning) => left_out.push(warning),
        Ok(gcc) => {
            let project = image::network_c_project(network, board, inputs, origin)?;
            let build = |folder: &std::path::Path| command(&project.build, folder);
            let version = tools::version(&gcc);
            measured.push(measure(
                network,
                board,
                inputs,
                &project,
                build,
                ("C", version),
            )?);
        }
    }
    match tools::QEMU.find().and_then(|_| rust::find()) {
        Err(warning) if !left_out.contains(&warning) => left_out.push(warning),
        Err(_) => {}
        Ok(toolchain) => {
            let project = image::network_rust_project(network, board, inputs, origin)?;
            let build = |folder: &std::path::Path| toolchain.command(&project, folder);
            let version = toolchain.version();
            measured.push(measure(
                network,
                board,
                inputs,
                &project,
                build,
                ("Rust", version),
            )?);
        }
    }
    Ok((measured, left_out))
}

fn measure(
    network: &Network,
    board: &Board,
    inputs: &[Vec<i8>],
    project: &Project,
    build: impl Fn(&std::path::Path) -> std::process::Command,
    (language, compiler): (&'static str, String),
) -> Result<Measured, Vec<Diagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    let folder = unpack(&project.files)?;
    tools::run(&mut build(folder.path()), BUILD_LIMIT).map_err(one)?;
    let path = folder.path().join(&project.elf);
    let elf = fs::read(&path).map_err(|e| one(read_error(&path, &e)))?;
    let sizes = image::sizes(&elf).map_err(one)?;
    let output = tools::run(&mut command(&project.run, folder.path()), RUN_LIMIT).map_err(one)?;
    let report = image::parse_network(&output.stdout).map_err(one)?;
    compare(network, inputs, &report, language).map_err(one)?;
    let most = report
        .runs
        .iter()
        .map(|(_, ticks)| *ticks)
        .max()
        .unwrap_or(0);
    Ok(Measured {
        language,
        compiler,
        n_inputs: report.runs.len(),
        flash_bytes: sizes.flash_bytes(),
        ram_bytes: sizes.ram_bytes,
        stack_bytes: report.stack_bytes,
        instructions: Report::instructions(most, &board.emulator),
    })
}

/// Holds every output against the host's, bit for bit.
fn compare(
    network: &Network,
    inputs: &[Vec<i8>],
    device: &NetworkReport,
    language: &str,
) -> Result<(), Diagnostic> {
    let mut host = Int8::new(&network.net.graph)?;
    let differs = |what: String| {
        let message = format!("the emitted {language} gives other bits than the host: {what}");
        Err(Diagnostic::general(codes::VERIFY_MISMATCH, message))
    };
    if device.runs.len() != inputs.len() {
        return differs(format!(
            "expected {} runs, found {}",
            inputs.len(),
            device.runs.len()
        ));
    }
    for (i, (input, (found, _))) in inputs.iter().zip(&device.runs).enumerate() {
        if let Some(difference) = first_difference(host.run(input), found) {
            return differs(format!("input {i}, output {difference}"));
        }
    }
    Ok(())
}

/// `n` inputs of noise, the same in every run.
pub fn noise(network: &Network, n: usize) -> Vec<Vec<i8>> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 24) as u8).cast_signed()
    };
    (0..n)
        .map(|_| (0..network.input_len()).map(|_| next()).collect())
        .collect()
}
