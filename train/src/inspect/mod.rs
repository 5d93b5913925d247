//! Looking at a data set before anything is learned from it.
//!
//! [`Subject`] says what is looked at: the data of a spec, or a folder or manifest without one.
//! [`inspect`] reads every recording once and measures it ([`measure`]); [`stats`] sums that up,
//! [`lint`] judges it. A damaged recording is a finding among others and stops nothing. The
//! results depend on the files and the spec alone, whatever the number of threads.

pub mod fingerprint;
pub mod lint;
pub mod measure;
pub mod stats;
pub mod suspicion;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use impulse_ir::diagnostic::codes;
use impulse_ir::spec::{Data, Group, Noise, RecordingKind, Sensor, Spec, Window};
use impulse_ir::{Diagnostic, Span};
use rayon::prelude::*;

use crate::audio;
use crate::data::listing::{self, Entry, io_reason};
use crate::data::{Split, label_problems, no_data, noise, split};

pub use measure::Sound;

/// Shares set aside where no spec says any: those of the language.
const SHARE: f32 = 0.2;
/// A manifest in the folder, which then says more than the folders.
const MANIFEST: &str = "manifest.csv";
/// Columns that name what stays together, where no spec says which; the first there is counts.
pub(crate) const GROUP_COLUMNS: [&str; 5] =
    ["group", "speaker", "speaker_id", "client_id", "subject"];

/// What is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The data set; with no labels for all that there are.
    pub data: Data,
    /// Folder that its path is relative to.
    pub base: PathBuf,
    /// The window of the spec, where there is one.
    pub window: Option<Window>,
    /// The background noise of the spec: a label of the data set may serve as that.
    noise: Option<Noise>,
}

impl Subject {
    /// The data of a spec, whose paths are relative to `base`.
    ///
    /// # Errors
    /// Where the spec has no data, or data of another sensor than a microphone.
    pub fn of_spec(spec: &Spec, base: &Path) -> Result<Self, Diagnostic> {
        if spec.window.sensor != Sensor::Audio {
            let message = "expected sound to look at, found a window of another sensor";
            return Err(Diagnostic::general(codes::SENSOR, message));
        }
        Ok(Self {
            data: spec.data.clone().ok_or_else(no_data)?,
            base: base.to_owned(),
            window: Some(spec.window.clone()),
            noise: spec.augment.noise.clone(),
        })
    }

    /// A folder with a folder of recordings per label, a folder with a `manifest.csv`, or a
    /// manifest. Every label counts; groups are those of the manifest's first column named like
    /// one.
    ///
    /// # Errors
    /// Where there is no such thing.
    pub fn of_path(path: &Path) -> Result<Self, Diagnostic> {
        let inner = path.join(MANIFEST);
        let path = if inner.is_file() { &inner } else { path };
        if let Err(e) = std::fs::metadata(path) {
            return Err(match e.kind() {
                std::io::ErrorKind::NotFound => {
                    Diagnostic::file(codes::FILE_NOT_FOUND, path, "no such file or folder")
                }
                _ => Diagnostic::file(
                    codes::FILE_READ,
                    path,
                    format!("cannot be read: {}", io_reason(&e)),
                ),
            });
        }
        if path.is_file()
            && path
                .extension()
                .is_none_or(|e| !e.eq_ignore_ascii_case("csv"))
        {
            let message = "expected a spec, a folder or a manifest in CSV, found another file";
            return Err(Diagnostic::file(codes::DATA_MISSING, path, message)
                .hint("name the folder that has one folder per label"));
        }
        let columns = if path.is_file() {
            listing::columns(path)
        } else {
            Vec::new()
        };
        let group = GROUP_COLUMNS
            .iter()
            .find(|name| columns.iter().any(|c| c == *name))
            .map_or(Group::Clip, |name| Group::Column((*name).to_owned()));
        Ok(Self {
            data: Data {
                path: path.to_string_lossy().into_owned(),
                path_span: Span::default(),
                labels: Vec::new(),
                label_spans: Vec::new(),
                group,
                validate: SHARE,
                test: SHARE,
            },
            base: PathBuf::new(),
            window: None,
            noise: None,
        })
    }
}

/// How a long look is watched and ended.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// Gets what is done, (done, all), from several threads.
    pub progress: &'a (dyn Fn(Step, usize, usize) + Sync),
    /// Once set, the work ends without a result.
    pub stop: &'a AtomicBool,
}

/// Parts of a long look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Recordings are read and measured.
    Measuring,
    /// Recordings are compared.
    Comparing,
    /// A network learns the labels.
    Learning,
}

impl Work<'_> {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Ends the work where that was asked for.
    fn go_on(&self) -> Result<(), Diagnostic> {
        if self.stopped() {
            let message = "stopped, nothing was written";
            return Err(Diagnostic::general(codes::STOPPED, message));
        }
        Ok(())
    }
}

/// A recording that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Where it is and what the data set says of it.
    pub entry: Entry,
    /// Its side of the split.
    pub split: Split,
    /// What was measured.
    pub sound: Sound,
}

impl Recording {
    /// Its label among those of the inspection; `None` where it only serves as noise.
    pub fn label(&self) -> Option<usize> {
        self.entry.label
    }
}

/// A data set, measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// What was looked at; its data has all labels that count.
    pub subject: Subject,
    /// The recordings that can be read, in the order of their names.
    pub recordings: Vec<Recording>,
    /// What is wrong: recordings that cannot be read, labels without any.
    pub problems: Vec<Diagnostic>,
    /// What should be known.
    pub warnings: Vec<Diagnostic>,
    /// Whether a manifest, or folders for training and testing, give the split.
    pub split_is_given: bool,
}

impl Inspection {
    /// The labels, in the order of the network's outputs; of the alphabet without a spec.
    pub fn labels(&self) -> &[String] {
        &self.subject.data.labels
    }

    /// The recordings with a label, and its index.
    pub fn labelled(&self) -> impl Iterator<Item = (usize, &Recording)> {
        let with_label = |r| (Recording::label(r), r);
        let all = self.recordings.iter().map(with_label);
        all.filter_map(|(label, r)| label.map(|label| (label, r)))
    }

    /// Whether the data set says what belongs together.
    pub fn has_groups(&self) -> bool {
        self.subject.data.group != Group::Clip
    }
}

/// Reads and measures all recordings.
///
/// # Errors
/// Where there is nothing to look at: no such data set, a malformed manifest, no recordings, or
/// `work` was stopped.
pub fn inspect(mut subject: Subject, work: Work<'_>) -> Result<Inspection, Vec<Diagnostic>> {
    let without_spec = subject.data.labels.is_empty();
    let mut found =
        listing::list(&subject.data, RecordingKind::Audio, &subject.base).map_err(|e| vec![e])?;
    if without_spec {
        subject.data.labels = found.label_names().into_iter().collect();
        found = listing::list(&subject.data, RecordingKind::Audio, &subject.base)
            .map_err(|e| vec![e])?;
    }
    if found.entries.is_empty() {
        return Err(vec![nothing(&subject)]);
    }
    let noise = noise::resolve(subject.noise.as_ref(), &subject.base, &found)?;
    let used: Vec<&Entry> = found
        .entries
        .iter()
        .filter(|e| e.label.is_some() || noise.is_label(&e.label_name))
        .collect();
    let measured = measure_all(&used, work);
    work.go_on().map_err(|e| vec![e])?;
    let mut problems = label_problems(&subject.data, &subject.base, &found, &used);
    let (mut kept, mut members) = (Vec::new(), Vec::new());
    for (entry, result) in used.iter().zip(measured) {
        match result {
            Ok((sound, file_hash)) => {
                members.push(split::Member::of(entry, &file_hash));
                kept.push(((*entry).clone(), sound));
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(found.problems);
    let sides = split::assign(&members, subject.data.test, subject.data.validate);
    let recordings = kept.into_iter().zip(sides);
    Ok(Inspection {
        split_is_given: members.iter().any(|m| m.given.is_some()),
        recordings: recordings
            .map(|((entry, sound), split)| Recording {
                entry,
                split,
                sound,
            })
            .collect(),
        subject,
        problems,
        warnings: found.warnings,
    })
}

fn nothing(subject: &Subject) -> Diagnostic {
    let path = &subject.data.path;
    if subject.base.join(path).is_file() {
        let message = "expected lines with recordings, found none below the names of the columns";
        return Diagnostic::file(codes::DATA_MISSING, path, message);
    }
    Diagnostic::file(
        codes::DATA_MISSING,
        path,
        "expected one folder of WAV, FLAC or MP3 files per label, found no recording in any",
    )
    .hint("put the recordings of each label into a folder of the label's name, or `impulse data import` them")
}

/// A sound and the hash of its file.
type Measured = Result<(Sound, String), Diagnostic>;

fn measure_all(entries: &[&Entry], work: Work<'_>) -> Vec<Measured> {
    let done = AtomicUsize::new(0);
    entries
        .par_iter()
        .map(|entry| {
            work.go_on()?;
            let refuse = |m: String| Diagnostic::file(codes::CLIP_UNREADABLE, &entry.shown, m);
            let bytes = std::fs::read(&entry.path)
                .map_err(|e| refuse(format!("cannot read the file: {}", io_reason(&e))))?;
            let file_hash = blake3::hash(&bytes).to_hex().to_string();
            let audio = audio::decode(bytes).map_err(refuse)?;
            let sound = measure::measure(&audio.samples, audio.rate_hz);
            let n = done.fetch_add(1, Ordering::Relaxed) + 1;
            (work.progress)(Step::Measuring, n, entries.len());
            Ok((sound, file_hash))
        })
        .collect()
}
