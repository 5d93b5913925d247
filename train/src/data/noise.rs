//! Where background noise for augmentation comes from.

use std::path::{Path, PathBuf};

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;
use impulse_ir::spec::Noise;
use rayon::prelude::*;

use super::listing::{Listing, is_recording};

/// The source that a spec names.
pub(crate) enum Source {
    /// No noise.
    None,
    /// Training clips of a label of the data set. The label need not be one of the spec's.
    Label(String),
    /// Recordings outside of the data set.
    Files(Vec<PathBuf>),
}

/// Finds what `augment { noise … }` names: a label of the data set first, then a folder or file
/// relative to `base`. Where it is a label, only training clips become noise, so that no test clip
/// is ever heard while training.
pub(crate) fn resolve(
    noise: Option<&Noise>,
    base: &Path,
    found: &Listing,
) -> Result<Source, Vec<Diagnostic>> {
    let Some(noise) = noise else {
        return Ok(Source::None);
    };
    if found.entries.iter().any(|e| e.label_name == noise.source) {
        return Ok(Source::Label(noise.source.clone()));
    }
    let path = base.join(&noise.source);
    if path.is_file() {
        return Ok(Source::Files(vec![path]));
    }
    let refuse = |message: String| vec![Diagnostic::file(codes::NOISE, &noise.source, message)];
    if !path.is_dir() {
        let labels: Vec<String> = found
            .label_names()
            .into_iter()
            .map(|l| format!("`{l}`"))
            .collect();
        let message = format!(
            "expected a label of the data set, a folder or a recording, found no `{}`",
            noise.source
        );
        return Err(refuse(message)
            .into_iter()
            .map(|d| d.hint(format!("the data set has the labels {}", labels.join(", "))))
            .collect());
    }
    let listed =
        std::fs::read_dir(&path).map_err(|e| refuse(format!("cannot list the folder: {e}")))?;
    let mut files: Vec<PathBuf> = listed
        .filter_map(|item| item.ok().map(|i| i.path()))
        .filter(|p| is_recording(p))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(refuse(format!(
            "expected WAV, FLAC or MP3 files in `{}`, found none",
            noise.source
        )));
    }
    Ok(Source::Files(files))
}

impl Source {
    /// Whether recordings of this label are noise.
    pub(crate) fn is_label(&self, name: &str) -> bool {
        matches!(self, Source::Label(l) if l == name)
    }

    /// Recordings outside of the data set.
    pub(crate) fn files(&self) -> &[PathBuf] {
        match self {
            Source::Files(files) => files,
            _ => &[],
        }
    }

    /// Reads those.
    pub(crate) fn read(
        &self,
        rate_hz: u32,
        step: &(dyn Fn() + Sync),
    ) -> Vec<Result<Vec<i16>, Diagnostic>> {
        self.files()
            .par_iter()
            .map(|path| {
                let samples = crate::audio::read_at(path, rate_hz)?;
                step();
                Ok(samples)
            })
            .collect()
    }
}
