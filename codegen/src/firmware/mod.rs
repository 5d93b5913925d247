//! Board projects: the emitted C library with start-up code, drivers and a Makefile.

use impulse_ir::Diagnostic;
use impulse_ir::board::Board;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::spec::Sensor;
use minijinja::{Value, context};

use crate::cpu::gcc_flags;
use crate::model::Model;
use crate::sources::FIRMWARE;
use crate::template::{c_header, origin_lines, render};
use crate::{File, Origin, escape};

/// Bytes of a sample in each of the microphone's two buffers.
const BYTES_PER_SAMPLE: u64 = 2 * 2;

/// Samples of a buffer where the board's entry does not say how large the buffers are: 64 ms.
const BUFFER_SAMPLES: u64 = 1024;

/// Whether [`emit`] makes a project for the board with this id: whether there is a folder of
/// sources for it.
pub fn has_project(board_id: &str) -> bool {
    sources(board_id).next().is_some()
}

/// The firmware project of `board`, or `None` where the board has no project and gets the
/// libraries only.
///
/// # Errors
/// Those of [`crate::c::emit`].
pub fn emit(
    pipeline: &Pipeline,
    board: &Board,
    origin: &Origin,
) -> Result<Option<Vec<File>>, Vec<Diagnostic>> {
    // The projects listen to microphones, and the plan counts them there alone: `Board::firmware`.
    if !has_project(&board.id) || pipeline.window.sensor != Sensor::Audio {
        return Ok(None);
    }
    let mut files = crate::c::emit(pipeline, board.cpu, origin)?;
    files.retain(|file| file.path != "README.md");
    files.extend(
        sources(&board.id)
            .filter(|(name, _)| !name.ends_with(".jinja"))
            .map(file),
    );
    let model = Model::new(pipeline, board.cpu)?;
    let templates: Vec<_> = sources(&board.id)
        .filter_map(|(name, text)| Some((name.strip_suffix(".jinja")?, text)))
        .collect();
    let units = files
        .iter()
        .map(|f| f.path.as_str())
        .chain(templates.iter().map(|&(name, _)| name));
    let mut units: Vec<&str> = units.filter(|path| path.ends_with(".c")).collect();
    units.sort_unstable();
    let values = values(&model, board, origin, &units.join(" "));
    for (name, text) in templates {
        files.push(File::text(name, render(text, &values)?));
    }
    Ok(Some(files))
}

/// The files of a board's folder: name in it, text.
fn sources(board_id: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let folder = format!("{board_id}/");
    FIRMWARE
        .iter()
        .filter_map(move |(path, text)| Some((path.strip_prefix(&folder)?, *text)))
}

fn file((name, text): (&'static str, &'static str)) -> File {
    File::text(name, text)
}

fn values(model: &Model, board: &Board, origin: &Origin, units: &str) -> Value {
    let labels = &model.pipeline.labels;
    let colours = ["green", "red", "blue", "yellow", "magenta", "cyan"];
    let shown = model
        .args
        .ignore
        .iter()
        .zip(labels)
        .enumerate()
        .filter(|(_, (ignored, _))| !**ignored);
    let lights = shown.map(|(i, (_, label))| {
        format!(
            "{} for `{}`",
            colours[i % colours.len()],
            escape::comment(label)
        )
    });
    context! {
        header => c_header(origin),
        origin => origin_lines(origin).join("\n# "),
        name => escape::comment(&model.pipeline.name),
        prefix => &model.prefix,
        upper => escape::constant(&model.prefix),
        cpu_flags => gcc_flags(board.cpu).join(" "),
        sources => units,
        audio_buffer_samples => buffer_samples(board),
        colours => lights.collect::<Vec<_>>().join(", "),
        example => labels.first().map_or(String::new(), |l| escape::comment(l)),
    }
}

/// Samples in each of the two buffers of the microphone, as the board's entry says.
fn buffer_samples(board: &Board) -> u64 {
    let microphone = board.buffers.iter().find(|b| b.name.contains("microphone"));
    microphone.map_or(BUFFER_SAMPLES, |b| b.bytes / BYTES_PER_SAMPLE)
}
