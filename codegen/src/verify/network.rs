//! Images that run a network by itself on recorded inputs. They print
//!
//! ```text
//! impulse-verify 1
//! state 4200
//! run 0 output 80807f ticks 2010
//! stack 312
//! done
//! ```

use impulse_ir::Diagnostic;
use impulse_ir::board::Board;
use impulse_ir::diagnostic::codes;
use minijinja::{Value, context};

use super::Project;
use super::output::{bad_line, expect_index, hex, stopped};
use super::project::{around_c, around_rust, c_image, memory, rust_image};
use crate::network::Network;
use crate::template::{c_header, origin_lines};
use crate::{File, Origin, escape};

/// What a run of the image printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkReport {
    /// `sizeof` of the state that a program holds for the network.
    pub state_bytes: u64,
    /// The output of each run, and the ticks that it took.
    pub runs: Vec<(Vec<i8>, u64)>,
    /// Deepest stack below a run, in bytes.
    pub stack_bytes: u64,
}

/// The emulator image of a network's C that runs `inputs` one after another.
///
/// # Errors
/// Those of [`Network::c`], and when there is no input or one of another length.
pub fn network_c_project(
    network: &Network,
    board: &Board,
    inputs: &[Vec<i8>],
    origin: &Origin,
) -> Result<Project, Vec<Diagnostic>> {
    let mut files = network.c(origin)?;
    let values = values(network, board, inputs, origin)?;
    files.extend(around_c(&[("main.c", "c/network.c.jinja")], &values)?);
    files.push(recorded(inputs));
    Ok(c_image(files, board, &[]))
}

/// The same of the network's Rust.
///
/// # Errors
/// Those of [`Network::rust`], and when there is no input or one of another length.
pub fn network_rust_project(
    network: &Network,
    board: &Board,
    inputs: &[Vec<i8>],
    origin: &Origin,
) -> Result<Project, Vec<Diagnostic>> {
    let values = values(network, board, inputs, origin)?;
    let model = network.rust(origin)?;
    let mut files: Vec<File> = model.into_iter().map(|file| file.below("model")).collect();
    files.extend(around_rust("rust/network.rs.jinja", &values)?);
    files.push(recorded(inputs));
    Ok(rust_image(files, board))
}

/// All inputs one after another.
fn recorded(inputs: &[Vec<i8>]) -> File {
    let bytes = inputs.iter().flatten().map(|value| value.cast_unsigned());
    File {
        path: "inputs.bin".into(),
        contents: bytes.collect(),
    }
}

fn values(
    network: &Network,
    board: &Board,
    inputs: &[Vec<i8>],
    origin: &Origin,
) -> Result<Value, Vec<Diagnostic>> {
    let expected = network.input_len();
    if inputs.is_empty() || inputs.iter().any(|input| input.len() != expected) {
        let message = format!("expected at least one input, each of {expected} values");
        return Err(vec![Diagnostic::general(codes::EMISSION, message)]);
    }
    let (flash_bytes, ram_bytes) = memory(board);
    Ok(context! {
        header => c_header(origin),
        origin => origin_lines(origin).join("\n * "),
        origin_lines => origin_lines(origin),
        prefix => &network.prefix,
        upper => escape::constant(&network.prefix),
        type_name => escape::type_name(&network.prefix),
        machine => escape::comment(&board.emulator.machine),
        flash_bytes, ram_bytes,
        n_inputs => inputs.len(),
    })
}

/// Reads what the image printed.
///
/// # Errors
/// When a line is not of the form above or the last line is missing; the message holds the line.
pub fn parse_network(output: &str) -> Result<NetworkReport, Diagnostic> {
    let mut report = NetworkReport::default();
    for line in output.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words[..] {
            ["impulse-verify", "1"] => {}
            ["done"] => return Ok(report),
            _ => read_line(&mut report, &words).ok_or_else(|| bad_line(line))?,
        }
    }
    Err(stopped(output))
}

fn read_line(report: &mut NetworkReport, words: &[&str]) -> Option<()> {
    match *words {
        ["state", bytes] => report.state_bytes = bytes.parse().ok()?,
        ["stack", bytes] => report.stack_bytes = bytes.parse().ok()?,
        ["run", index, "output", output, "ticks", ticks] => {
            expect_index(index, report.runs.len())?;
            report.runs.push((hex(output)?, ticks.parse().ok()?));
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_run_and_refuses_half_of_one() {
        let whole = "impulse-verify 1\nstate 12\nrun 0 output 80ff ticks 7\nstack 40\ndone\n";
        let report = parse_network(whole).unwrap();
        assert_eq!(report.runs, [(vec![-128, -1], 7)]);
        assert_eq!((report.state_bytes, report.stack_bytes), (12, 40));
        let half = &whole[..whole.find("stack").unwrap()];
        assert!(
            parse_network(half)
                .unwrap_err()
                .message
                .contains("run 0 output")
        );
        assert!(parse_network(&whole.replace("run 0", "run 1")).is_err());
    }
}
