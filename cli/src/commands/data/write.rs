//! Manifests on disk: whole or not at all, and never over something else unasked.

use std::fs;
use std::io::Write;
use std::path::Path;

use impulse_ir::diagnostic::{Diagnostic, codes};

use crate::failure::write_error;

/// Writes a manifest. A file that is there stays, unless `force`.
pub fn manifest(path: &Path, text: &str, force: bool) -> Result<(), Diagnostic> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let fail = |e: &std::io::Error| write_error(path, e);
    if !force && path.symlink_metadata().is_ok() {
        return Err(in_the_way(path));
    }
    fs::create_dir_all(parent).map_err(|e| fail(&e))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".manifest.");
    #[cfg(unix)]
    {
        // The default of temporary files is private to the user; this one becomes the output.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(parent).map_err(|e| fail(&e))?;
    file.write_all(text.as_bytes()).map_err(|e| fail(&e))?;
    let kept = if force {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    match kept {
        Ok(_) => Ok(()),
        Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => Err(in_the_way(path)),
        Err(e) => Err(fail(&e.error)),
    }
}

/// That something is there already.
pub fn in_the_way(path: &Path) -> Diagnostic {
    let message = "expected a new name, found something of this name";
    Diagnostic::file(codes::FILE_EXISTS, path, message)
        .hint("name another, or write over it with --force; nothing was written")
}
