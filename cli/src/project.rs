//! A spec on disk, read and checked.

use std::fs;
use std::path::{Path, PathBuf};

use impulse_dsl::Syntax;
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::spec::Spec;
use impulse_train::data::{self, Dataset};

use crate::failure::{Failure, Source, read_error, seen_from_here};
use crate::kept;
use crate::ui::Ui;

/// Largest spec that is read, in bytes.
const SPEC_BYTES_MAX: u64 = 256 * 1024;

/// A checked spec and where it lies.
pub struct Project {
    /// Its text.
    pub source: Source,
    /// The folder that its paths are relative to.
    pub base: PathBuf,
    /// Its meaning.
    pub spec: Spec,
    /// What should be known but stops nothing.
    pub warnings: Vec<Diagnostic>,
}

impl Project {
    /// Reads and checks the spec `path`, the only spec of the folder `path`, or without one the
    /// only spec of the current folder.
    ///
    /// # Errors
    /// Every problem of the spec, not the first only.
    pub fn load(path: Option<&Path>) -> Result<Self, Failure> {
        let path = find(path)?;
        let (source, syntax) = read(&path)?;
        let (spec, diagnostics) = impulse_dsl::compile(&source.text, syntax);
        let failed = diagnostics.iter().any(Diagnostic::is_error);
        match spec {
            Some(spec) if !failed => {
                let base = folder_of(&source.path);
                Ok(Self {
                    source,
                    base,
                    spec,
                    warnings: diagnostics,
                })
            }
            _ => Err(Failure {
                source: Some(source),
                diagnostics,
                is_shown: false,
            }),
        }
    }

    /// Loads the data set behind a progress bar and shows its warnings.
    ///
    /// # Errors
    /// Every problem of the recordings, with paths as seen from the current folder.
    pub fn load_data(&self, ui: Ui) -> Result<Dataset, Vec<Diagnostic>> {
        let bar = ui.bar("loading", 0, "{bar:30} {pos}/{len} recordings");
        let set = data::load(&self.spec, &self.base, &|done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        let mut set = set.map_err(|problems| self.seen_from_here(problems))?;
        kept::open(self, &mut set);
        let warnings = self.seen_from_here(set.warnings.clone());
        ui.diagnostics(&warnings, Some(&self.source));
        Ok(set)
    }

    /// Problems of the data with paths as seen from the current folder.
    pub fn seen_from_here(&self, mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        seen_from_here(&mut diagnostics, &self.base);
        diagnostics
    }

    /// The folder of everything that is made of this spec.
    pub fn build_dir(&self) -> PathBuf {
        self.base.join("build").join(&self.spec.name)
    }

    /// A failure whose diagnostics point into this spec.
    pub fn fail(&self, diagnostics: impl Into<Failure>) -> Failure {
        diagnostics.into().or_source(&self.source)
    }

    /// The command that builds this spec, as generated files name it: with the file's name alone,
    /// because a path would differ from machine to machine.
    pub fn command(&self) -> String {
        let name = self
            .source
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        format!("impulse build {name}")
    }
}

/// Reads the text of the spec `path` and says its spelling.
///
/// # Errors
/// When it is missing, unreadable or too large.
pub fn read(path: &Path) -> Result<(Source, Syntax), Diagnostic> {
    let size = fs::metadata(path).map_err(|e| missing(path, &e))?.len();
    if size > SPEC_BYTES_MAX {
        let message = format!(
            "expected a spec of at most {} KiB, found {size} bytes",
            SPEC_BYTES_MAX / 1024
        );
        return Err(Diagnostic::file(codes::SPEC_TOO_LARGE, path, message));
    }
    let text = fs::read_to_string(path).map_err(|e| read_error(path, &e))?;
    let source = Source {
        path: path.to_owned(),
        text,
    };
    Ok((source, syntax_of(path)))
}

/// The spelling that the file's name says; the language's own where it says none.
pub fn syntax_of(path: &Path) -> Syntax {
    Syntax::from_path(path).unwrap_or(Syntax::Impulse)
}

fn missing(path: &Path, error: &std::io::Error) -> Diagnostic {
    let diagnostic = read_error(path, error);
    let near = specs_in(&folder_of(path));
    if diagnostic.code != codes::FILE_NOT_FOUND || near.is_empty() {
        return diagnostic;
    }
    diagnostic.hint(format!("its folder has {}", listed(&near)))
}

/// The spec that is meant by `path`.
fn find(path: Option<&Path>) -> Result<PathBuf, Diagnostic> {
    let folder = match path {
        Some(path) if !path.is_dir() => return Ok(path.to_owned()),
        Some(folder) => folder,
        None => Path::new("."),
    };
    let found = specs_in(folder);
    let shown = if folder == Path::new(".") {
        "the current folder".to_owned()
    } else {
        format!("`{}`", folder.display())
    };
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Diagnostic::general(
            codes::NO_SPEC,
            format!("expected a spec, found none in {shown}"),
        )
        .hint("name one, or write a new one: `impulse new words.impulse`")),
        many => Err(Diagnostic::general(
            codes::NO_SPEC,
            format!(
                "expected one spec, found several in {shown}: {}",
                listed(many)
            ),
        )
        .hint("name the one that is meant")),
    }
}

/// The specs of a folder, in the order of their names: `.impulse` files, and YAML files that
/// begin an impulse.
pub fn specs_in(folder: &Path) -> Vec<PathBuf> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| {
            if folder == Path::new(".") {
                PathBuf::from(entry.file_name())
            } else {
                entry.path()
            }
        })
        .filter(|path| path.is_file() && is_spec(path))
        .collect();
    found.sort();
    found
}

fn is_spec(path: &Path) -> bool {
    match path.extension().and_then(|e| e.to_str()) {
        Some("impulse") => true,
        Some("yaml" | "yml") => {
            let small = fs::metadata(path).is_ok_and(|m| m.len() <= SPEC_BYTES_MAX);
            small
                && fs::read_to_string(path)
                    .is_ok_and(|text| text.lines().any(|l| l.starts_with("impulse:")))
        }
        _ => false,
    }
}

fn listed(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .take(5)
        .map(|p| format!("`{}`", p.file_name().unwrap_or_default().to_string_lossy()))
        .collect();
    let more = if paths.len() > 5 {
        format!(" and {} more", paths.len() - 5)
    } else {
        String::new()
    };
    names.join(", ") + &more
}

/// The folder that holds `path`.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_means_its_only_spec() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(find(Some(folder.path())).unwrap_err().code, codes::NO_SPEC);
        fs::write(folder.path().join("docker-compose.yaml"), "services: {}\n").unwrap();
        fs::write(folder.path().join("a.impulse"), "").unwrap();
        assert_eq!(
            find(Some(folder.path())).unwrap(),
            folder.path().join("a.impulse")
        );
        fs::write(folder.path().join("b.yaml"), "# b\nimpulse: b\n").unwrap();
        let error = find(Some(folder.path())).unwrap_err();
        assert!(
            error.message.contains("`a.impulse`, `b.yaml`"),
            "{}",
            error.message
        );
    }

    #[test]
    fn a_missing_spec_names_those_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("yes_no.impulse"), "").unwrap();
        let error = read(&folder.path().join("yesno.impulse")).unwrap_err();
        assert_eq!(error.code, codes::FILE_NOT_FOUND);
        assert!(error.hints[0].message.contains("`yes_no.impulse`"));
    }

    #[test]
    fn a_recording_given_as_spec_is_refused_unread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clip.wav");
        fs::write(&path, vec![0u8; SPEC_BYTES_MAX as usize + 1]).unwrap();
        assert_eq!(read(&path).unwrap_err().code, codes::SPEC_TOO_LARGE);
    }
}
