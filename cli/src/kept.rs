//! Features of recordings, kept from one run to the next in a file of their own: a build, a test or a
//! report over the same recordings and feature blocks computes none again. The file is named after the
//! impulse and holds what its last run needed, no more; without it, or where it cannot be written,
//! features are computed.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use impulse_ir::exec::FrontEnd;
use impulse_train::data::Dataset;

use crate::failure::reason;
use crate::project::Project;
use crate::ui::Ui;

/// Where the features of a project's recordings are kept.
fn file(project: &Project) -> PathBuf {
    let folder = project.base.join("build").join(".cache");
    folder.join(format!("{}.features", project.spec.name))
}

/// Lets `set` take features from the file of `project`, and keep those it has to compute.
pub fn open(project: &Project, set: &mut Dataset) {
    let front_end = FrontEnd::new(&project.spec.window, &project.spec.features);
    // One that cannot be read is written again.
    let kept = fs::read(file(project)).ok();
    set.keep_features(&front_end, env!("IMPULSE_SOURCE_HASH"), kept.as_deref());
}

/// Writes the features that `set` keeps to the file of `project`, where they are not in it. A line says
/// where that fails, which stops nothing.
pub fn close(project: &Project, set: &Dataset, ui: Ui) {
    let path = file(project);
    let written = set.kept().map_or(Ok(()), |bytes| write(&path, &bytes));
    if let Err(error) = written {
        let (path, reason) = (path.display(), reason(&error));
        ui.done("skipped", &format!("keeping features in {path}: {reason}"));
    }
}

/// The whole file or none of it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // As private as every other output, not as a temporary file is.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    file.persist(path)?;
    Ok(())
}
