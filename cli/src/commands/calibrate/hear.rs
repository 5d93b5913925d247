//! The recordings through the network.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::pipeline::Pipeline;
use impulse_train::replay::stitch::{SNR_DB, Stitched};
use impulse_train::replay::{self, Recording, Replayed, events};
use impulse_train::{audio, data};
use rayon::prelude::*;

use crate::args::{Calibrate, SplitName};
use crate::failure::{Failure, read_error};
use crate::interrupt;
use crate::project::Project;
use crate::ui::{Ui, plural};

/// What was heard.
pub struct Heard {
    /// The scores of each recording.
    pub replayed: Vec<Replayed>,
    /// What the recordings are, in words.
    pub source: String,
    /// Whether somebody recorded them as they are.
    pub recorded: bool,
}

/// Replays the recordings of the command line, or streams made of clips.
///
/// # Errors
/// Every recording that cannot be read, and what is wrong with its words.
pub fn hear(
    project: &Project,
    pipeline: &Pipeline,
    args: &Calibrate,
    ui: Ui,
) -> Result<Heard, Failure> {
    if args.recordings.is_empty() {
        clips(project, pipeline, args, ui)
    } else {
        recordings(pipeline, args, ui)
    }
}

fn recordings(pipeline: &Pipeline, args: &Calibrate, ui: Ui) -> Result<Heard, Failure> {
    let files = files(&args.recordings)?;
    let listed = match &args.events {
        Some(path) => Some(Listed::read(path, &files)?),
        None => None,
    };
    let bar = ui.bar(
        "listening",
        files.len() as u64,
        "{bar:30} {pos}/{len} recordings",
    );
    // Each is decoded, replayed and forgotten: hours of audio need not be in memory at once.
    let results: Vec<Result<(Replayed, bool, usize), Diagnostic>> = files
        .par_iter()
        .map(|path| {
            let named = match &listed {
                Some(listed) => listed.of(path),
                None => events::track_beside(path)?,
            };
            let rate_hz = pipeline.window.rate_hz;
            let named_any = named.is_some();
            let named = named.unwrap_or_default();
            let events: Vec<_> = named
                .iter()
                .filter_map(|n| n.event(&pipeline.labels, rate_hz))
                .collect();
            let n_other = named.len() - events.len();
            let recording = Recording {
                name: path.display().to_string(),
                samples: audio::read_at(path, rate_hz)?,
                events,
            };
            let replayed = replay::replay(pipeline, &recording, interrupt::flag())?;
            bar.inc(1);
            Ok((replayed, named_any, n_other))
        })
        .collect();
    bar.finish_and_clear();
    let (mut replayed, mut problems, mut n_named, mut n_other) = (Vec::new(), Vec::new(), 0, 0);
    for result in results {
        match result {
            Ok((one, named, other)) => {
                n_named += usize::from(named);
                n_other += other;
                replayed.push(one);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let mut source = format!(
        "{}, {n_named} of them with a label track or listed events",
        plural(files.len() as u64, "recording"),
    );
    if n_other > 0 {
        let sounds = plural(n_other as u64, "event");
        source.push_str(&format!(
            "; {sounds} of labels that the spec does not list are other sounds"
        ));
    }
    Ok(Heard {
        replayed,
        source,
        recorded: true,
    })
}

/// The recordings that the paths mean, each once: files as they are, and those of folders.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        if !path.is_dir() {
            match std::fs::metadata(path) {
                Ok(_) => found.push(path.clone()),
                Err(e) => problems.push(read_error(path, &e)),
            }
            continue;
        }
        match std::fs::read_dir(path) {
            Ok(entries) => {
                let inside = entries.flatten().map(|e| e.path());
                let mut inside: Vec<PathBuf> =
                    inside.filter(|p| data::listing::is_recording(p)).collect();
                inside.sort();
                if inside.is_empty() {
                    let message = "expected WAV, FLAC or MP3 files in the folder, found none";
                    problems.push(Diagnostic::file(codes::FILE_NOT_FOUND, path, message));
                }
                found.append(&mut inside);
            }
            Err(e) => problems.push(read_error(path, &e)),
        }
    }
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|path| seen.insert(same(path)));
    Ok(found)
}

/// The path in the form in which two names of one file are the same.
fn same(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// An event list.
struct Listed(std::collections::BTreeMap<PathBuf, Vec<events::Named>>);

impl Listed {
    /// Reads it; every path of it must be one of `files`.
    fn read(path: &Path, files: &[PathBuf]) -> Result<Self, Diagnostic> {
        let mut listed = std::collections::BTreeMap::new();
        let known: std::collections::BTreeSet<PathBuf> = files.iter().map(|f| same(f)).collect();
        for (name, mut words) in events::list(path)? {
            let key = same(&name);
            if !known.contains(&key) {
                let message = format!("`{}` is none of the recordings", name.display());
                return Err(Diagnostic::file(codes::EVENTS, path, message)
                    .hint("paths of the list are relative to the list's folder"));
            }
            listed
                .entry(key)
                .or_insert_with(Vec::new)
                .append(&mut words);
        }
        Ok(Self(listed))
    }

    fn of(&self, path: &Path) -> Option<Vec<events::Named>> {
        self.0.get(&same(path)).cloned()
    }
}

fn clips(
    project: &Project,
    pipeline: &Pipeline,
    args: &Calibrate,
    ui: Ui,
) -> Result<Heard, Failure> {
    let set = project.load_data(ui)?;
    let (split, name) = args.split.side();
    let stitched = Stitched::new(&set, split, args.seed);
    if stitched.is_empty() {
        let problem = Diagnostic::general(codes::SPLIT, format!("the {name} split has no clips"));
        let hint = "choose another with --split, or give long recordings with --recordings";
        return Err(problem.hint(hint).into());
    }
    if args.split == SplitName::Train {
        let message = "the network knows the training clips: on others it misses more";
        let place = impulse_ir::Place::Nowhere;
        let severity = impulse_ir::Severity::Warning;
        ui.diagnostics(
            &[Diagnostic::new(codes::SPLIT, severity, place, message)],
            None,
        );
    }
    let bar = ui.bar(
        "listening",
        stitched.len() as u64,
        "{bar:30} {pos}/{len} streams",
    );
    let replayed: Result<Vec<Replayed>, Diagnostic> = (0..stitched.len())
        .into_par_iter()
        .filter(|_| !interrupt::flag().load(Ordering::Relaxed))
        .map(|i| {
            let replayed = replay::replay(pipeline, &stitched.stream(i), interrupt::flag());
            bar.inc(1);
            replayed
        })
        .collect();
    bar.finish_and_clear();
    let noise = match stitched.has_noise() {
        true => format!("over the background noise of the data set, {SNR_DB:.0} dB below them"),
        false => "over a faint hiss, for the data set has no background noise".to_owned(),
    };
    Ok(Heard {
        replayed: replayed?,
        source: format!(
            "no recordings given: {} of the {name} split, each once in a drawn order (seed {}) with pauses between, {noise}",
            plural(stitched.n_clips() as u64, "clip"),
            args.seed,
        ),
        recorded: false,
    })
}
