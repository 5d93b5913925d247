//! Recordings that others collected, as a manifest of ours: one format a file.
//!
//! Nothing is copied: the manifest names the recordings where they lie. Only a long recording with
//! a label track is cut into recordings of its own. Every row that cannot be used is told, with
//! its file and line.

mod audacity;
mod audiofolder;
mod common_voice;
mod edge_impulse;
mod speech_commands;
mod table;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Place, Severity};

use super::manifest::Row;
use crate::audio::Audio;

/// Where the data come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Folders of words, `validation_list.txt` and `testing_list.txt` (Warden, 2018).
    SpeechCommands,
    /// Hugging Face's `audiofolder`: `metadata.csv` or `metadata.jsonl` with a column `file_name`.
    Audiofolder,
    /// An exported Edge Impulse project: `info.labels`.
    EdgeImpulse,
    /// Mozilla Common Voice: TSV files beside `clips/`.
    CommonVoice,
    /// One recording and a label track, as Audacity exports it.
    Audacity,
}

/// What may be said about the import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Folder that the manifest will lie in.
    pub to: PathBuf,
    /// Column that names the label, where the format leaves it open.
    pub label_column: Option<String>,
    /// Only these labels; all where there is none.
    pub keep: Vec<String>,
    /// The label track; beside the recording, with the ending `.txt`, where none is named.
    pub track: Option<PathBuf>,
    /// Seconds of each cut, around the middle of its label; from its start to its end without.
    pub length_s: Option<f64>,
}

/// What an import gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// The recordings in the order of their paths.
    pub rows: Vec<Row>,
    /// Recordings to be made.
    pub cuts: Vec<Cut>,
    /// What they are cut from.
    pub audio: Option<Audio>,
    /// Rows that cannot be used.
    pub problems: Vec<Diagnostic>,
    /// What was left out on purpose, in words.
    pub notes: Vec<String>,
}

/// A part of a long recording that becomes a recording of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Below the folder of the manifest, with `/`.
    pub name: String,
    /// Its samples.
    pub samples: Range<usize>,
}

/// Reads what `source` holds. Problems of single rows come back with the rest.
///
/// # Errors
/// Where `source` is not of the format at all.
pub fn read(format: Format, source: &Path, options: &Options) -> Result<Imported, Diagnostic> {
    if let Err(e) = std::fs::metadata(source) {
        return Err(match e.kind() {
            std::io::ErrorKind::NotFound => {
                Diagnostic::file(codes::FILE_NOT_FOUND, source, "no such file or folder")
            }
            _ => unreadable(source, &e),
        });
    }
    let found = match format {
        Format::SpeechCommands => speech_commands::read(source),
        Format::Audiofolder => audiofolder::read(source, options),
        Format::EdgeImpulse => edge_impulse::read(source),
        Format::CommonVoice => common_voice::read(source, options),
        Format::Audacity => audacity::read(source, options),
    }?;
    Ok(finish(found, options))
}

/// The bytes of a WAV file of 16 bits with this part of the recording.
///
/// # Errors
/// Where the part is longer than a WAV file can be.
pub fn wav(audio: &Audio, samples: &Range<usize>) -> Result<Vec<u8>, String> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: audio.rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).map_err(|e| e.to_string())?;
    for sample in audio.samples.get(samples.clone()).unwrap_or_default() {
        let sample = crate::audio::to_i16(sample * 32768.0);
        writer.write_sample(sample).map_err(|e| e.to_string())?;
    }
    writer.finalize().map_err(|e| e.to_string())?;
    Ok(bytes.into_inner())
}

/// A row as a format gives it: the recording, what is said of it, and where that stands.
struct Found {
    row: Row,
    /// The file that lists it.
    list: PathBuf,
    line: Option<usize>,
}

/// What a format's reader gives.
#[derive(Default)]
struct Read {
    found: Vec<Found>,
    cuts: Vec<Cut>,
    audio: Option<Audio>,
    problems: Vec<Diagnostic>,
    notes: Vec<String>,
}

/// What all formats have in common: labels that are wanted, files that are there, no recording
/// with two labels.
fn finish(read: Read, options: &Options) -> Imported {
    let mut imported = Imported {
        cuts: read.cuts,
        audio: read.audio,
        problems: read.problems,
        notes: read.notes,
        ..Imported::default()
    };
    let wanted = |row: &Row| options.keep.is_empty() || options.keep.contains(&row.label);
    let n_all = read.found.len();
    let mut seen: BTreeMap<PathBuf, (String, Option<usize>)> = BTreeMap::new();
    for Found { row, list, line } in read.found.into_iter().filter(|f| wanted(&f.row)) {
        if imported.audio.is_none() && !row.path.is_file() {
            let message = format!(
                "expected the recording `{}`, found no such file",
                row.path.display()
            );
            imported.problems.push(problem(&list, line, message));
            continue;
        }
        if let Some((label, first)) = seen.get(&row.path) {
            if *label != row.label {
                let at = first
                    .map(|line| format!(" in line {line}"))
                    .unwrap_or_default();
                let message = format!(
                    "expected one label of `{}`, found `{}` and{at} `{label}`",
                    row.path.display(),
                    row.label
                );
                imported.problems.push(problem(&list, line, message));
            }
            continue;
        }
        seen.insert(row.path.clone(), (row.label.clone(), line));
        imported.rows.push(row);
    }
    if imported.audio.is_some() {
        let kept: Vec<PathBuf> = imported.rows.iter().map(|r| r.path.clone()).collect();
        imported
            .cuts
            .retain(|cut| kept.contains(&options.to.join(&cut.name)));
    }
    let n_kept = imported.rows.len();
    if !options.keep.is_empty() {
        imported.notes.push(format!(
            "{n_kept} of {n_all} rows have one of the labels to keep"
        ));
    }
    imported.rows.sort_by(|a, b| a.path.cmp(&b.path));
    imported
}

/// A row that cannot be used.
fn problem(list: &Path, line: Option<usize>, message: impl Into<String>) -> Diagnostic {
    let place = Place::File {
        path: list.to_owned(),
        line,
    };
    Diagnostic::new(codes::IMPORT, Severity::Error, place, message)
}

/// The source is something else.
fn other_format(path: &Path, message: impl Into<String>) -> Diagnostic {
    Diagnostic::file(codes::IMPORT_FORMAT, path, message)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let reason = super::listing::io_reason(error);
    Diagnostic::file(codes::FILE_READ, path, format!("cannot be read: {reason}"))
}

/// The text of a file, without a byte order mark.
fn text_of(path: &Path) -> Result<String, Diagnostic> {
    let bytes = std::fs::read(path).map_err(|e| unreadable(path, &e))?;
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| other_format(path, "expected UTF-8 text, found other bytes"))?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

/// The folders and files of `folder` in the order of their names, hidden ones left out.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let listed = std::fs::read_dir(folder).map_err(|e| unreadable(folder, &e))?;
    let mut paths = Vec::new();
    for item in listed {
        let item = item.map_err(|e| unreadable(folder, &e))?;
        if !item.file_name().to_string_lossy().starts_with('.') {
            paths.push(item.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests;
