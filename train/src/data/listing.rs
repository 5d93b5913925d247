//! Which recordings there are: from folders or from a manifest.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use impulse_ir::diagnostic::codes;
use impulse_ir::spec::{Data, Group, RecordingKind};
use impulse_ir::{Diagnostic, Place, Severity};
use regex::Regex;
use serde::Deserialize;

use super::Split;

/// The list of files in an export of an Edge Impulse project.
const EXPORT: &str = "info.labels";

/// A recording before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: PathBuf,
    /// How messages call it: relative to the spec.
    pub shown: PathBuf,
    /// Relative to the data set's folder, with `/`.
    pub name: String,
    /// Its label in the data set.
    pub label_name: String,
    /// Index of its label among those of the spec, if it is one of them.
    pub label: Option<usize>,
    /// Side that the manifest or the folder gives.
    pub split: Option<Split>,
    /// Group, where the spec says how to tell; an empty cell is none.
    pub group: Option<String>,
    /// Line of the manifest that lists it, counted from 1.
    pub line: Option<usize>,
}

/// All recordings of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// In the order of their names.
    pub entries: Vec<Entry>,
    /// What kind of recordings are looked for.
    pub kind: RecordingKind,
    /// The manifest, where there is one.
    pub manifest: Option<PathBuf>,
    /// What should be known.
    pub warnings: Vec<Diagnostic>,
    /// What is wrong, apart from the recordings themselves: it is told together with what is
    /// wrong with them.
    pub problems: Vec<Diagnostic>,
}

impl Listing {
    /// Every label of the data set, in order of the alphabet.
    pub fn label_names(&self) -> BTreeSet<String> {
        self.entries.iter().map(|e| e.label_name.clone()).collect()
    }
}

/// Names that a message lists at most.
const NAMES_SHOWN: usize = 5;

/// Lists the recordings of `data`, whose path is relative to `base`.
///
/// # Errors
/// The path is missing, the manifest is malformed, or a group cannot be told.
pub fn list(data: &Data, kind: RecordingKind, base: &Path) -> Result<Listing, Diagnostic> {
    let root = base.join(&data.path);
    let exported = root.join(EXPORT);
    let found = if exported.is_file() {
        Listing {
            kind,
            entries: export(&exported, data)?,
            manifest: Some(exported),
            warnings: Vec::new(),
            problems: Vec::new(),
        }
    } else if root.is_dir() {
        Listing {
            kind,
            entries: folders(&root, kind, data)?,
            manifest: None,
            warnings: Vec::new(),
            problems: Vec::new(),
        }
    } else if root.is_file() {
        Listing {
            kind,
            entries: manifest(&root, data)?,
            manifest: Some(root),
            warnings: Vec::new(),
            problems: Vec::new(),
        }
    } else {
        let message = format!(
            "expected a folder of recordings or a manifest at `{}`, found nothing",
            data.path
        );
        let diagnostic = Diagnostic::error(codes::DATA_MISSING, data.path_span, message);
        return Err(match nearest(base, &data.path) {
            Some(name) => {
                let text = format!("did you mean `{name}`?");
                diagnostic.fix(data.path_span, format!("\"{name}\""), text)
            }
            None => diagnostic.hint(format!(
                "make a folder for each label and put {} files there: {}; paths are relative to the \
                 folder of the spec",
                kind.files(),
                label_folders(data)
            )),
        });
    };
    finish(found, data)
}

/// The folders that a data set of folders has, the first few by name.
fn label_folders(data: &Data) -> String {
    let folder = |label: &String| format!("`{}`", Path::new(&data.path).join(label).display());
    let shown: Vec<String> = data.labels.iter().take(NAMES_SHOWN).map(folder).collect();
    let more = if data.labels.len() > shown.len() {
        ", …"
    } else {
        ""
    };
    shown.join(", ") + more
}

/// The folder or file beside the spec whose name is most like `path`, if one is much like it.
fn nearest(base: &Path, path: &str) -> Option<String> {
    let entries = std::fs::read_dir(base).ok()?;
    let names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
    let scored = names.map(|name| (strsim::jaro_winkler(&name, path), name));
    scored
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
        .map(|(_, name)| name)
}

fn finish(mut found: Listing, data: &Data) -> Result<Listing, Diagnostic> {
    found.entries.sort_by(|a, b| a.name.cmp(&b.name));
    found
        .entries
        .dedup_by(|a, b| a.name == b.name && a.label_name == b.label_name);
    for entry in &mut found.entries {
        entry.label = data.labels.iter().position(|l| *l == entry.label_name);
    }
    if let Group::FileName(pattern) = &data.group {
        let unmatched = groups_of_names(&mut found.entries, pattern, data)?;
        found.problems.extend(unmatched);
    }
    let others: Vec<String> = found
        .label_names()
        .into_iter()
        .filter(|n| !data.labels.contains(n))
        .map(|n| format!("`{n}`"))
        .collect();
    if !others.is_empty() {
        let place = Place::File {
            path: PathBuf::from(&data.path),
            line: None,
        };
        let n = found.entries.iter().filter(|e| e.label.is_none()).count();
        let names = others.join(", ");
        let message = match (n, others.len()) {
            (1, _) => format!("1 recording of another label is ignored: {names}"),
            (n, 1) => format!("{n} recordings of another label are ignored: {names}"),
            (n, _) => format!("{n} recordings of other labels are ignored: {names}"),
        };
        found.warnings.push(Diagnostic::new(
            codes::LABELS_IGNORED,
            Severity::Warning,
            place,
            message,
        ));
    }
    Ok(found)
}

/// Sets the groups; what comes back names the recordings whose names do not match.
fn groups_of_names(
    entries: &mut [Entry],
    pattern: &str,
    data: &Data,
) -> Result<Option<Diagnostic>, Diagnostic> {
    let refuse = |message: String| Diagnostic::general(codes::GROUP, message);
    let regex = Regex::new(pattern).map_err(|e| {
        refuse(format!(
            "the pattern of `group filename` is no regular expression: {e}"
        ))
    })?;
    if regex.captures_len() < 2 {
        return Err(refuse(format!(
            "the pattern /{pattern}/ of `group filename` has no capture group"
        ))
        .hint("put parentheses around the part that names the group: /^([0-9a-f]+)_/"));
    }
    let mut unmatched: Vec<String> = Vec::new();
    for entry in entries.iter_mut() {
        let file = entry.name.rsplit('/').next().unwrap_or(&entry.name);
        match regex.captures(file).and_then(|c| c.get(1)) {
            Some(group) => entry.group = Some(group.as_str().to_string()),
            // Recordings that only serve as noise need no group.
            None if entry.label.is_none() => {}
            None => unmatched.push(format!("`{}`", entry.name)),
        }
    }
    if unmatched.is_empty() {
        return Ok(None);
    }
    let shown = unmatched[..unmatched.len().min(NAMES_SHOWN)].join(", ");
    let more = match unmatched.len().saturating_sub(NAMES_SHOWN) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let message = format!("the pattern /{pattern}/ does not match {shown}{more}");
    let diagnostic = Diagnostic::file(codes::GROUP, &data.path, message);
    Ok(Some(diagnostic.hint(
        "rename the files, or change `group` so that the pattern matches all",
    )))
}

/// Folders that give a side instead of a label.
pub(crate) fn side_of(name: &str) -> Option<Split> {
    match name.to_ascii_lowercase().as_str() {
        "train" | "training" => Some(Split::Train),
        "val" | "valid" | "validation" | "dev" => Some(Split::Validation),
        "test" | "testing" => Some(Split::Test),
        _ => None,
    }
}

fn folders(root: &Path, kind: RecordingKind, data: &Data) -> Result<Vec<Entry>, Diagnostic> {
    if matches!(data.group, Group::Column(_)) {
        let message = format!(
            "`group column` needs a manifest, found the folder `{}`",
            data.path
        );
        return Err(Diagnostic::file(codes::GROUP, &data.path, message)
            .hint("name the manifest's CSV file, or use `group filename /…/`"));
    }
    let top = subfolders(root, data)?;
    let is_side = |name: &String| side_of(name).is_some() && !data.labels.contains(name);
    let has = |side| top.iter().any(|n| is_side(n) && side_of(n) == Some(side));
    // Both are needed: a folder that is only called `test` may well be a label.
    let by_side = has(Split::Train) && has(Split::Test);
    let mut entries = Vec::new();
    for name in top {
        let folder = root.join(&name);
        if by_side && is_side(&name) {
            for label in subfolders(&folder, data)? {
                collect(
                    &folder.join(&label),
                    &format!("{name}/{label}"),
                    &label,
                    (kind, side_of(&name)),
                    data,
                    &mut entries,
                )?;
            }
        } else {
            collect(&folder, &name, &name, (kind, None), data, &mut entries)?;
        }
    }
    Ok(entries)
}

fn read_dir(folder: &Path, data: &Data) -> Result<Vec<(String, bool)>, Diagnostic> {
    let refuse = |e: std::io::Error| {
        Diagnostic::file(
            codes::DATA_MISSING,
            &data.path,
            format!("cannot list a folder of the data set: {}", io_reason(&e)),
        )
    };
    let mut all = Vec::new();
    for item in std::fs::read_dir(folder).map_err(refuse)? {
        let item = item.map_err(refuse)?;
        let name = item.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            // `metadata` follows links, unlike the directory entry's own type.
            let is_dir = std::fs::metadata(item.path()).is_ok_and(|m| m.is_dir());
            all.push((name, is_dir));
        }
    }
    all.sort();
    Ok(all)
}

fn subfolders(folder: &Path, data: &Data) -> Result<Vec<String>, Diagnostic> {
    Ok(read_dir(folder, data)?
        .into_iter()
        .filter(|(_, is_dir)| *is_dir)
        .map(|(n, _)| n)
        .collect())
}

/// Adds the recordings directly in `folder`.
fn collect(
    folder: &Path,
    prefix: &str,
    label: &str,
    (kind, split): (RecordingKind, Option<Split>),
    data: &Data,
    entries: &mut Vec<Entry>,
) -> Result<(), Diagnostic> {
    for (file, is_dir) in read_dir(folder, data)? {
        if is_dir || !is_of_kind(Path::new(&file), kind) {
            continue;
        }
        let name = format!("{prefix}/{file}");
        entries.push(Entry {
            path: folder.join(&file),
            shown: Path::new(&data.path).join(&name),
            name,
            label_name: label.to_string(),
            label: None,
            split,
            group: None,
            line: None,
        });
    }
    Ok(())
}

/// A list of files as Edge Impulse exports it.
#[derive(Deserialize)]
struct Export {
    files: Vec<ExportedFile>,
}

#[derive(Deserialize)]
struct ExportedFile {
    path: String,
    category: String,
    label: ExportedLabel,
}

#[derive(Deserialize)]
struct ExportedLabel {
    #[serde(rename = "type")]
    kind: String,
    label: Option<String>,
}

/// The files that the export of an Edge Impulse project lists. Those without a label are left
/// out.
fn export(path: &Path, data: &Data) -> Result<Vec<Entry>, Diagnostic> {
    let name = Path::new(&data.path).join(EXPORT);
    let refuse = |message: String| Diagnostic::file(codes::MANIFEST, &name, message);
    let bytes = std::fs::read(path)
        .map_err(|e| refuse(format!("cannot read the list of files: {}", io_reason(&e))))?;
    let export: Export = serde_json::from_slice(&bytes).map_err(|e| {
        refuse(format!(
            "expected a list of files as Edge Impulse exports it: {e}"
        ))
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut entries = Vec::new();
    for file in export.files {
        let label_name = match (file.label.kind.as_str(), file.label.label) {
            ("label", Some(label)) if !label.is_empty() => label,
            ("unlabeled", _) => continue,
            (other, _) => {
                let message = format!(
                    "`{}` has a label of the type `{other}`, expected one label for the whole file",
                    file.path
                );
                return Err(refuse(message));
            }
        };
        // "split" leaves the choice to the reader.
        let split = side_of(&file.category);
        let beside = Path::new(&file.path).components().all(|part| {
            use std::path::Component;
            matches!(part, Component::Normal(_) | Component::CurDir)
        });
        if !beside {
            let message = format!(
                "expected a path below the export's folder, found `{}`",
                file.path
            );
            return Err(refuse(message));
        }
        entries.push(Entry {
            path: folder.join(&file.path),
            shown: Path::new(&data.path).join(&file.path),
            name: file.path.replace('\\', "/"),
            label_name,
            label: None,
            split,
            group: None,
            line: None,
        });
    }
    Ok(entries)
}

/// Whether the file's name ends like that of a sound.
pub fn is_recording(path: &Path) -> bool {
    is_of_kind(path, RecordingKind::Audio)
}

/// Whether the file's name ends like that of a recording of this kind.
fn is_of_kind(path: &Path, kind: RecordingKind) -> bool {
    let extension = path
        .extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|e| kind.extensions().contains(&e.as_str()))
}

/// The names of a manifest's columns; none where it cannot be read, which [`list`] tells.
pub(crate) fn columns(path: &Path) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_path(path);
    let headers = reader.and_then(|mut r| r.headers().cloned());
    let names = headers.iter().flatten();
    names
        .map(|h| h.trim_start_matches('\u{feff}').to_owned())
        .collect()
}

fn manifest(path: &Path, data: &Data) -> Result<Vec<Entry>, Diagnostic> {
    let refuse = |line: Option<usize>, message: String| {
        let place = Place::File {
            path: PathBuf::from(&data.path),
            line,
        };
        Diagnostic::new(codes::MANIFEST, Severity::Error, place, message)
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .flexible(true)
        .from_path(path)
        .map_err(|e| refuse(None, csv_reason(&e)))?;
    let headers = reader
        .headers()
        .map_err(|e| refuse(Some(1), csv_reason(&e)))?
        .clone();
    if headers.is_empty() {
        let message = "expected a line with the names of the columns, found an empty file";
        return Err(refuse(None, message.into()).hint("begin with `path,label`"));
    }
    let column = |name: &str| {
        headers
            .iter()
            .position(|h| h.trim_start_matches('\u{feff}') == name)
    };
    let needed = |name: &str| {
        column(name).ok_or_else(|| {
            let found = headers.iter().collect::<Vec<_>>().join(", ");
            refuse(
                Some(1),
                format!("expected a column `{name}`, found {found}"),
            )
        })
    };
    let (path_column, label_column) = (needed("path")?, needed("label")?);
    let split_column = column("split");
    let group_column = match &data.group {
        Group::Column(name) => Some(needed(name).map_err(|d| Diagnostic {
            code: codes::GROUP,
            ..d
        })?),
        _ => None,
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let shown = Path::new(&data.path)
        .parent()
        .unwrap_or(Path::new(""))
        .to_path_buf();
    let mut entries = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| {
            let line = e.position().and_then(|p| usize::try_from(p.line()).ok());
            refuse(line, csv_reason(&e))
        })?;
        let line = record
            .position()
            .and_then(|p| usize::try_from(p.line()).ok());
        if record.len() != headers.len() {
            let message = format!("expected {} fields, found {}", headers.len(), record.len());
            return Err(refuse(line, message).hint(
                "a field with a comma stands in quotes; a quote that is not closed swallows lines",
            ));
        }
        let name = record.get(path_column).unwrap_or_default();
        let label_name = record.get(label_column).unwrap_or_default().to_string();
        if name.is_empty() || label_name.is_empty() {
            return Err(refuse(
                line,
                "expected a path and a label, found an empty cell".into(),
            ));
        }
        let split = match split_column.and_then(|c| record.get(c)).unwrap_or_default() {
            "" => None,
            word => Some(side_of(word).ok_or_else(|| {
                refuse(
                    line,
                    format!("expected train, validation or test as the split, found `{word}`"),
                )
            })?),
        };
        entries.push(Entry {
            path: folder.join(name),
            shown: shown.join(name),
            name: name.replace('\\', "/"),
            label_name,
            label: None,
            split,
            group: group_column
                .and_then(|c| record.get(c))
                .filter(|group| !group.is_empty())
                .map(str::to_string),
            line,
        });
    }
    Ok(entries)
}

/// Why a manifest cannot be read, in words.
fn csv_reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "expected UTF-8 text, found other bytes".into(),
        csv::ErrorKind::Io(e) => format!("cannot read the manifest: {}", io_reason(e)),
        _ => error.to_string().to_lowercase(),
    }
}

/// Why a file cannot be read, in words and without the number of the error.
pub(crate) fn io_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file, or a link leads nowhere".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => {
            let text = error.to_string();
            let end = text.find(" (os error").unwrap_or(text.len());
            text[..end].to_lowercase()
        }
    }
}
