//! The arena as a drawing: a line for each step, a column for some bytes, a letter for each tensor.

use std::fmt::Write;

use impulse_ir::kernel_args;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::plan::{Buffer, Plan};

use crate::ui::{bytes, count};

/// Columns of the drawing.
const COLUMNS: usize = 64;

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Which bytes hold which tensor while each step runs; then the tensors with their places, and
/// the rest of static RAM.
pub fn draw(pipeline: &Pipeline, plan: &Plan) -> String {
    let mut text = String::new();
    let arena = &plan.arena;
    let per_column = arena.bytes.div_ceil(COLUMNS).max(1);
    let _ = writeln!(
        text,
        "arena of {} bytes, {} a column, at its fullest {}",
        count(arena.bytes as u64),
        bytes(per_column as u64),
        bytes(
            plan.steps
                .iter()
                .filter(|s| !s.layer.is_empty())
                .map(|s| s.ram_bytes)
                .max()
                .unwrap_or(0)
        ),
    );
    let Ok(program) = kernel_args::prepare(&pipeline.graph) else {
        return text;
    };
    let width = program
        .steps
        .iter()
        .map(|s| s.name.len())
        .max()
        .unwrap_or(0);
    for (at, step) in program.steps.iter().enumerate() {
        let mut line = vec![b'.'; arena.bytes.div_ceil(per_column)];
        for (i, buffer) in arena.buffers.iter().enumerate() {
            if buffer.is_live(at) && holds(buffer, at, &program, arena) {
                let columns =
                    buffer.offset / per_column..(buffer.offset + buffer.bytes).div_ceil(per_column);
                line[columns].fill(LETTERS[i % LETTERS.len()]);
            }
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        let _ = writeln!(text, "  {:width$}  {line}", step.name);
    }
    for (i, buffer) in arena.buffers.iter().enumerate() {
        let letter = char::from(LETTERS[i % LETTERS.len()]);
        let name = pipeline
            .graph
            .tensors
            .get(buffer.tensor)
            .map_or("", |t| t.name.as_str());
        let end = buffer.offset + buffer.bytes;
        let _ = writeln!(
            text,
            "  {letter} {name}: {} bytes, {} to {}",
            count(buffer.bytes as u64),
            count(buffer.offset as u64),
            count(end as u64)
        );
    }
    text.push_str("static RAM and stack\n");
    for item in &plan.ram {
        let _ = writeln!(text, "  {:>9}  {}", count(item.bytes), item.name);
    }
    let _ = write!(text, "  {:>9}  stack, at most", count(plan.stack_bytes));
    text
}

/// Of tensors that share their bytes, the one that holds a value while step `at` runs is the
/// last that was written.
fn holds(
    buffer: &Buffer,
    at: usize,
    program: &kernel_args::Program,
    arena: &impulse_ir::plan::Arena,
) -> bool {
    let written = |tensor| program.steps.iter().position(|s| s.output == tensor);
    let by = written(buffer.tensor);
    if by.is_some_and(|by| by > at) {
        return false;
    }
    let shares = |other: &&Buffer| {
        other.tensor != buffer.tensor
            && other.offset == buffer.offset
            && other.steps == buffer.steps
    };
    !arena.buffers.iter().filter(shares).any(|other| {
        let later = written(other.tensor);
        later.is_some_and(|later| later <= at) && later > by
    })
}
