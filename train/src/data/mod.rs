//! The data set: labelled recordings as windows of samples, each on one side of the split.
//!
//! [`load`] is the way in: it lists the files ([`listing`]), decodes them in parallel, cuts them to
//! the window ([`cut`]) and splits them ([`split`]). The result depends on the files' contents and
//! the spec alone: clips are in the order of their names whatever the file system's order and the
//! number of threads.

pub mod cut;
pub mod import;
mod kept;
pub mod listing;
pub mod manifest;
pub(crate) mod noise;
pub mod split;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use impulse_ir::diagnostic::codes;
use impulse_ir::spec::{Data, Sensor, Spec, Window};
use impulse_ir::{Diagnostic, Place, Severity};
use rayon::prelude::*;

use crate::{motion, picture};
pub use kept::Kept;
use listing::{Entry, Listing};

/// Side of the split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Split {
    /// Weights are fitted to these.
    Train,
    /// The loss on these is watched while training.
    Validation,
    /// Never seen by training; the reported figures are from these.
    Test,
}

/// One window of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// The recording, relative to the data set's folder, with `/`; a recording that gives several
    /// windows has several clips of this name.
    pub name: String,
    /// Index into [`Dataset::labels`].
    pub label: usize,
    /// Side of the split.
    pub split: Split,
    /// What it was kept together with.
    pub group: String,
    /// Exactly one window of samples; of an image its bytes, each as a number of its own.
    pub samples: Vec<i16>,
}

/// A data set in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Labels in the order of the network's outputs.
    pub labels: Vec<String>,
    /// Clips in the order of their names.
    pub clips: Vec<Clip>,
    /// Recordings of background noise for augmentation, of the training split only where they
    /// come from a label.
    pub noise: Vec<Vec<i16>>,
    /// What should be known but stops nothing.
    pub warnings: Vec<Diagnostic>,
    /// Features of the clips, see [`Dataset::keep_features`].
    pub kept: Kept,
}

impl Dataset {
    /// Indices of the clips of one side.
    pub fn indices(&self, split: Split) -> Vec<usize> {
        (0..self.clips.len())
            .filter(|&i| self.clips[i].split == split)
            .collect()
    }

    /// Number of clips of each label on one side, in the order of the labels.
    pub fn counts(&self, split: Split) -> Vec<usize> {
        let mut counts = vec![0; self.labels.len()];
        for clip in self.clips.iter().filter(|c| c.split == split) {
            counts[clip.label] += 1;
        }
        counts
    }
}

/// Loads the data set of `spec`, whose paths are relative to the folder `base`. `progress` gets
/// (decoded, all) recordings, from several threads.
///
/// # Errors
/// All problems found: every unreadable recording, every label without clips, what is wrong with
/// the manifest.
pub fn load(
    spec: &Spec,
    base: &Path,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Vec<Diagnostic>> {
    let data = spec.data.as_ref().ok_or_else(|| vec![no_data()])?;
    let found = listing::list(data, spec.window.sensor.kind(), base).map_err(|e| vec![e])?;
    let noise = noise::resolve(spec.augment.noise.as_ref(), base, &found)?;
    let used: Vec<&Entry> = found
        .entries
        .iter()
        .filter(|e| e.label.is_some() || noise.is_label(&e.label_name))
        .collect();
    let done = AtomicUsize::new(0);
    let total = used.len() + noise.files().len();
    let step = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    let decoded = decode_all(&used, spec, &step);
    let recordings = noise.read(spec.window.rate_hz, &step);
    let mut problems = label_problems(data, base, &found, &used);
    let (mut recorded, mut failed) = (Vec::new(), Vec::new());
    for (entry, result) in used.iter().zip(decoded) {
        match result {
            Ok(r) => recorded.push((*entry, r)),
            Err(e) => failed.push(e),
        }
    }
    problems.append(&mut failed);
    let (noise_files, mut noise_failed): (Vec<_>, Vec<_>) = sort_results(recordings);
    problems.append(&mut noise_failed);
    problems.extend(found.problems.iter().cloned());
    if !problems.is_empty() {
        return Err(problems);
    }
    let members: Vec<split::Member> = recorded
        .iter()
        .map(|(entry, r)| split::Member::of(entry, &r.content))
        .collect();
    let sides = split::assign(&members, data.test, data.validate);
    let mut warnings = found.warnings.clone();
    warnings.extend(clipping(&recorded, data));
    warnings.extend(split::crossing(&members, &sides, &data.path));
    let mut set = Dataset {
        labels: data.labels.clone(),
        clips: Vec::new(),
        noise: noise_files,
        warnings,
        kept: Kept::default(),
    };
    for (((entry, recording), member), side) in recorded.into_iter().zip(members).zip(sides) {
        if noise.is_label(&entry.label_name) && side == Split::Train {
            set.noise.extend(recording.windows.iter().cloned());
        }
        let Some(label) = entry.label else { continue };
        set.clips
            .extend(recording.windows.into_iter().map(|samples| Clip {
                name: entry.name.clone(),
                label,
                split: side,
                group: member.group.clone(),
                samples,
            }));
    }
    let problems = side_problems(&mut set, data);
    if problems.is_empty() {
        Ok(set)
    } else {
        Err(problems)
    }
}

/// Hash of everything that [`load`] would read: names, contents, and the manifest, as
/// lower-case hexadecimal. Two data sets with the same hash load the same.
///
/// # Errors
/// Those of listing.
pub fn content_hash(spec: &Spec, base: &Path) -> Result<String, Vec<Diagnostic>> {
    let data = spec.data.as_ref().ok_or_else(|| vec![no_data()])?;
    let found = listing::list(data, spec.window.sensor.kind(), base).map_err(|e| vec![e])?;
    let noise = noise::resolve(spec.augment.noise.as_ref(), base, &found)?;
    let mut files: Vec<(String, PathBuf)> = found
        .entries
        .iter()
        .filter(|e| e.label.is_some() || noise.is_label(&e.label_name))
        .map(|e| (e.name.clone(), e.path.clone()))
        .collect();
    files.extend(noise.files().iter().map(|p| {
        (
            p.file_name()
                .map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
            p.clone(),
        )
    }));
    files.extend(
        found
            .manifest
            .iter()
            .map(|p| (String::from("manifest"), p.clone())),
    );
    // A file that cannot be read is a problem of `load`, which tells of all of them.
    let hashes: Vec<blake3::Hash> = files
        .par_iter()
        .map(|(_, path)| blake3::hash(&std::fs::read(path).unwrap_or_default()))
        .collect();
    let mut whole = blake3::Hasher::new();
    for ((name, _), hash) in files.iter().zip(hashes) {
        whole.update(&(name.len() as u64).to_le_bytes());
        whole.update(name.as_bytes());
        whole.update(hash.as_bytes());
    }
    Ok(whole.finalize().to_hex().to_string())
}

pub(crate) fn no_data() -> Diagnostic {
    Diagnostic::general(codes::DATA_MISSING, "the spec has no data block")
        .hint("add `data \"folder\" { labels … }`")
}

/// A decoded recording.
struct Recording {
    /// Hash of the file.
    content: String,
    windows: Vec<Vec<i16>>,
    /// Values beyond the full scale, and the largest of them.
    clipped: Clipped,
}

/// Values beyond the full scale, and the largest of them.
pub type Clipped = (usize, f64);

/// The windows of a recording, as its sensor has them: the samples of sound and motion, the bytes
/// of an image. Also the values that went beyond the full scale, and the largest of them.
///
/// # Errors
/// What is wrong with the bytes, in words.
pub fn windows(
    bytes: Vec<u8>,
    path: &Path,
    spec: &Spec,
) -> Result<(Vec<Vec<i16>>, Clipped), String> {
    let window = &spec.window;
    if let Sensor::Motion(_) = window.sensor {
        let samples = motion_samples(&bytes, path, window)?;
        let (length, stride) = (
            window.length_samples * window.n_axes,
            window.stride_samples * window.n_axes,
        );
        if samples.values.len() < length {
            return Err(format!(
                "expected at least the {} samples of a window, found {}",
                window.length_samples,
                samples.values.len() / window.n_axes
            ));
        }
        let cut = cut::strided(&samples.values, length, stride);
        return Ok((cut, samples.clipped));
    }
    let samples = signal(bytes, path, window)?;
    let cut = match window.sensor {
        Sensor::Image(_) => vec![samples],
        _ => cut::windows(&samples, window.length_samples),
    };
    Ok((cut, (0, 0.0)))
}

/// A whole recording, as its sensor has it.
///
/// # Errors
/// What is wrong with the bytes, in words.
pub fn signal(bytes: Vec<u8>, path: &Path, window: &Window) -> Result<Vec<i16>, String> {
    match &window.sensor {
        Sensor::Audio => crate::audio::decode(bytes)?.at_rate(window.rate_hz),
        Sensor::Motion(_) => Ok(motion_samples(&bytes, path, window)?.values),
        Sensor::Image(image) => {
            let wanted = picture::Wanted {
                size: image.size,
                n_channels: window.n_axes,
                fit: image.fit,
                interpolation: image.interpolation,
            };
            let bytes = picture::decode(&bytes, wanted)?;
            Ok(bytes.into_iter().map(i16::from).collect())
        }
    }
}

fn motion_samples(bytes: &[u8], path: &Path, window: &Window) -> Result<motion::Samples, String> {
    let is_json = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("json"));
    let (axes, range) = match &window.sensor {
        Sensor::Motion(motion) => (&motion.axes[..], motion.range),
        _ => (&[][..], 1.0),
    };
    motion::decode(bytes, is_json)?.samples(motion::Wanted {
        rate_hz: f64::from(window.rate_hz),
        axes,
        range: f64::from(range),
    })
}

fn decode_all(
    entries: &[&Entry],
    spec: &Spec,
    step: &(dyn Fn() + Sync),
) -> Vec<Result<Recording, Diagnostic>> {
    entries
        .par_iter()
        .map(|entry| {
            let refuse = |message: String| {
                let place = Place::File {
                    path: entry.shown.clone(),
                    line: None,
                };
                Diagnostic::new(codes::CLIP_UNREADABLE, Severity::Error, place, message)
            };
            let bytes = std::fs::read(&entry.path)
                .map_err(|e| refuse(format!("cannot read the file: {e}")))?;
            let content = blake3::hash(&bytes).to_hex().to_string();
            let (windows, clipped) = windows(bytes, &entry.path, spec).map_err(refuse)?;
            step();
            Ok(Recording {
                content,
                windows,
                clipped,
            })
        })
        .collect()
}

/// A warning where the full scale is too small for the recordings.
fn clipping(recorded: &[(&Entry, Recording)], data: &Data) -> Option<Diagnostic> {
    let clipped = || recorded.iter().filter(|(_, r)| r.clipped.0 > 0);
    let (first, _) = clipped().next()?;
    let n_values: usize = clipped().map(|(_, r)| r.clipped.0).sum();
    let largest = clipped().map(|(_, r)| r.clipped.1).fold(0.0, f64::max);
    let message = format!(
        "{n_values} values of {} recordings lie beyond the `range` and are clipped, in `{}` for one",
        clipped().count(),
        first.name
    );
    let place = Place::File {
        path: PathBuf::from(&data.path),
        line: None,
    };
    let diagnostic = Diagnostic::new(codes::RANGE, Severity::Warning, place, message);
    Some(diagnostic.hint(format!("a range of {largest} holds all of them")))
}

fn sort_results<T>(results: Vec<Result<T, Diagnostic>>) -> (Vec<T>, Vec<Diagnostic>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => good.push(value),
            Err(problem) => bad.push(problem),
        }
    }
    (good, bad)
}

/// A diagnostic for each label that has no recording.
pub(crate) fn label_problems(
    data: &Data,
    base: &Path,
    found: &Listing,
    used: &[&Entry],
) -> Vec<Diagnostic> {
    let others: Vec<String> = found
        .label_names()
        .iter()
        .filter(|n| !data.labels.contains(n))
        .map(|n| format!("`{n}`"))
        .collect();
    (0..data.labels.len())
        .filter(|&l| !used.iter().any(|e| e.label == Some(l)))
        .map(|l| {
            let name = &data.labels[l];
            let shown = Path::new(&data.path).join(name);
            let (shown, files) = (shown.display(), found.kind.files());
            let is_folder = base.join(&data.path).join(name).is_dir();
            let message = if found.manifest.is_some() {
                format!(
                    "expected clips of the label `{name}`, found no line of the manifest `{}` with it",
                    data.path
                )
            } else if is_folder {
                format!("expected {files} files of the label `{name}` in `{shown}`, found none")
            } else {
                format!("expected a folder `{shown}` with the clips of the label `{name}`, found none")
            };
            let place = match data.label_spans.get(l) {
                Some(span) => Place::Spec(*span),
                None => Place::File {
                    path: PathBuf::from(&data.path),
                    line: None,
                },
            };
            let problem = Diagnostic::new(codes::LABEL_EMPTY, Severity::Error, place, message);
            if !others.is_empty() {
                problem.hint(format!("there is {}", others.join(", ")))
            } else if found.manifest.is_some() {
                problem.hint("add its clips to the manifest, or take the label out of the spec")
            } else {
                problem.hint(format!(
                    "put {files} files into `{shown}`, or take the label out of the spec"
                ))
            }
        })
        .collect()
}

/// Errors for labels without training clips; warnings for labels that are missing elsewhere.
fn side_problems(set: &mut Dataset, data: &Data) -> Vec<Diagnostic> {
    let place = || Place::File {
        path: PathBuf::from(&data.path),
        line: None,
    };
    let mut problems = Vec::new();
    for (split, word) in [
        (Split::Train, "training"),
        (Split::Validation, "validation"),
        (Split::Test, "test"),
    ] {
        let counts = set.counts(split);
        let missing: Vec<String> = counts
            .iter()
            .zip(&set.labels)
            .filter(|(n, _)| **n == 0)
            .map(|(_, l)| format!("`{l}`"))
            .collect();
        if missing.is_empty() || (split == Split::Validation && data.validate == 0.0) {
            continue;
        }
        let message = format!("no {word} clips of {}", missing.join(", "));
        if split == Split::Train {
            let problem = Diagnostic::new(codes::SPLIT, Severity::Error, place(), message);
            problems.push(
                problem.hint(
                    "record more clips, or set aside a smaller share for validation and test",
                ),
            );
        } else {
            set.warnings.push(Diagnostic::new(
                codes::SPLIT,
                Severity::Warning,
                place(),
                message,
            ));
        }
    }
    problems
}

#[cfg(test)]
pub(crate) mod tests;
