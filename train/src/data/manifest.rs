//! Manifests as they are written: the columns `path`, `label`, `split` and `group`.

use std::path::{Component, Path, PathBuf};

use super::Split;

/// Every manifest that is written begins like this; a folder with one may be written again.
pub const MARK: &str = "# made by `impulse data ";

/// A recording in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it is, relative to the current folder.
    pub path: PathBuf,
    /// Its label.
    pub label: String,
    /// Its side, where that is known.
    pub split: Option<Split>,
    /// What it belongs together with, where that is known.
    pub group: Option<String>,
}

/// How a side is called in a manifest.
pub fn side(split: Split) -> &'static str {
    match split {
        Split::Train => "train",
        Split::Validation => "validation",
        Split::Test => "test",
    }
}

/// The text of a manifest that lies in `folder`; `command` made it. Columns that no row fills are
/// left out.
///
/// # Errors
/// What cannot be written: a path that is no text, or one that a reader would take for another.
pub fn text(rows: &[Row], folder: &Path, command: &str) -> Result<String, String> {
    let folder = resolved(folder);
    let (with_split, with_group) = (
        rows.iter().any(|r| r.split.is_some()),
        rows.iter().any(|r| r.group.is_some()),
    );
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |fields: [&str; 4]| {
        let kept = [true, true, with_split, with_group];
        let fields = fields.iter().zip(kept).filter(|(_, keep)| *keep);
        writer
            .write_record(fields.map(|(f, _)| f))
            .map_err(|e| e.to_string())
    };
    write(["path", "label", "split", "group"])?;
    for row in rows {
        let path = relative(&resolved(&row.path), &folder);
        let Some(path) = path.to_str() else {
            return Err(format!("the path `{}` is no text", path.display()));
        };
        let mut path = path.replace('\\', "/");
        if path.starts_with('#') {
            // Else it were a comment.
            path.insert_str(0, "./");
        }
        if path.trim() != path || row.label.trim() != row.label {
            return Err(format!(
                "`{path}` or its label `{}` begins or ends with a space, which a manifest does not keep",
                row.label
            ));
        }
        let split = row.split.map_or("", side);
        write([&path, &row.label, split, row.group.as_deref().unwrap_or("")])?;
    }
    let bytes = writer.into_inner().map_err(|e| e.to_string())?;
    let table = String::from_utf8(bytes).map_err(|e| e.to_string())?;
    Ok(format!("{MARK}{command}`\n{table}"))
}

/// The path without links and dots, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => resolved(parent).join(name),
        _ => path.to_owned(),
    }
}

/// `path` as seen from `folder`; both are resolved.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let common = path
        .components()
        .zip(folder.components())
        .take_while(|(a, b)| a == b)
        .count();
    if common == 0 {
        return path.to_owned();
    }
    let up = folder
        .components()
        .skip(common)
        .map(|_| Component::ParentDir);
    up.chain(path.components().skip(common)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &Path, label: &str) -> Row {
        Row {
            path: path.to_owned(),
            label: label.into(),
            split: None,
            group: None,
        }
    }

    #[test]
    fn paths_are_seen_from_the_manifest_and_quoted() {
        let root = tempfile::tempdir().expect("folder");
        let at = |name: &str| root.path().join(name);
        std::fs::create_dir_all(at("a/été, 1")).expect("folder");
        std::fs::create_dir_all(at("out")).expect("folder");
        std::fs::write(at("a/été, 1/x y.wav"), b"").expect("file");
        std::fs::write(at("out/#.wav"), b"").expect("file");
        let mut rows = vec![
            row(&at("a/été, 1/x y.wav"), "ja"),
            row(&at("out/#.wav"), "no"),
        ];
        let written = text(&rows, &at("out"), "x").expect("text");
        assert_eq!(
            written,
            "# made by `impulse data x`\npath,label\n\"../a/été, 1/x y.wav\",ja\n./#.wav,no\n"
        );
        rows[1].split = Some(Split::Test);
        let written = text(&rows, &at("new"), "x").expect("text");
        assert!(
            written
                .ends_with("path,label,split\n\"../a/été, 1/x y.wav\",ja,\n../out/#.wav,no,test\n"),
            "{written}"
        );
        assert!(text(&[row(&at("x.wav "), "a")], root.path(), "x").is_err());
    }
}
