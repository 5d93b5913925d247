//! The build folder: written whole or not at all.
//!
//! Everything goes to a new folder beside the old one first; [`Staging::commit`] puts it in the
//! old one's place by renaming. Whatever happens before that leaves the old folder untouched. A lock
//! beside the folder keeps two builds of an impulse apart; the system lets go of it however the
//! holder ends, so what a killed build left behind is known as such and removed by the next one.

use std::cell::RefCell;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use impulse_ir::diagnostic::{Diagnostic, codes};

use crate::failure::write_error;
use crate::ui::bytes;

/// Letters that make the name of a folder in the making one of its own.
const RANDOM_LETTERS: usize = 6;

/// A build folder in the making.
pub struct Staging {
    temporary: tempfile::TempDir,
    target: PathBuf,
    /// Space on the disk, until the first output needs it.
    reserved: RefCell<Option<tempfile::NamedTempFile>>,
    /// Held until the folder stands or is given up.
    _lock: Option<File>,
}

impl Staging {
    /// Starts a new version of the folder `target`. Fails early where the result could not be
    /// written: before training, not after it.
    ///
    /// # Errors
    /// When `target`'s parent cannot be created or written, or another build is at it.
    pub fn new(target: &Path) -> Result<Self, Diagnostic> {
        let parent = target.parent().unwrap_or(Path::new("."));
        let name = target
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        fs::create_dir_all(parent).map_err(|e| write_error(parent, &e))?;
        let prefix = format!(".{name}.");
        let lock = lock(&parent.join(format!("{prefix}lock")), target)?;
        if lock.is_some() {
            remove_left_behind(parent, &prefix);
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).rand_bytes(RANDOM_LETTERS);
        #[cfg(unix)]
        {
            // The default of temporary folders is private to the user; this one becomes the output.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let temporary = builder
            .tempdir_in(parent)
            .map_err(|e| write_error(parent, &e))?;
        Ok(Self {
            temporary,
            target: target.to_owned(),
            reserved: RefCell::default(),
            _lock: lock,
        })
    }

    /// The folder that is being filled.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Takes `size` bytes of the disk, which the outputs get back: a disk that is full is told
    /// before the work whose result would not fit, and stays free for it.
    ///
    /// # Errors
    /// When there is no such space.
    pub fn reserve(&self, size: u64) -> Result<(), Diagnostic> {
        let zeros = [0; 1 << 16];
        let fill = || {
            let mut file = tempfile::NamedTempFile::new_in(self.path())?;
            let mut left = size;
            while left > 0 {
                let part = left.min(zeros.len() as u64);
                file.write_all(&zeros[..part as usize])?;
                left -= part;
            }
            // Some file systems notice only now.
            file.as_file().sync_data()?;
            Ok(file)
        };
        let file = fill().map_err(|e| {
            let needed = format!("about {} are needed there", bytes(size));
            write_error(&self.target, &e).hint(needed)
        })?;
        *self.reserved.borrow_mut() = Some(file);
        Ok(())
    }

    /// Writes `contents` to `name`, a path of `/`-separated parts below the folder.
    ///
    /// # Errors
    /// When it cannot be written: read-only, full disk, or a name that leaves the folder.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<(), Diagnostic> {
        self.reserved.take();
        let shown = self.target.join(name);
        let stays_inside = name
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..");
        if !stays_inside || name.contains('\\') {
            return Err(write_error(
                &shown,
                &io::Error::from(io::ErrorKind::InvalidInput),
            ));
        }
        let path = self.path().join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, contents))
            .map_err(|e| write_error(&shown, &e))
    }

    /// Puts the new folder in the place of the old one.
    ///
    /// # Errors
    /// When a rename fails; the old folder is then back in its place.
    pub fn commit(self) -> Result<(), Diagnostic> {
        let Self {
            temporary,
            target,
            reserved,
            _lock,
        } = self;
        drop(reserved);
        let parent = target.parent().unwrap_or(Path::new("."));
        let aside = tempfile::Builder::new().prefix(".old.").tempdir_in(parent);
        let aside = aside.map_err(|e| write_error(parent, &e))?;
        let old = aside.path().join("build");
        let had_old = target.symlink_metadata().is_ok();
        if had_old {
            fs::rename(&target, &old).map_err(|e| write_error(&target, &e))?;
        }
        if let Err(error) = fs::rename(temporary.path(), &target) {
            if had_old && fs::rename(&old, &target).is_err() {
                // Better a folder under an odd name than the user's last build deleted.
                let kept = aside.keep();
                return Err(write_error(&target, &error).hint(format!(
                    "the previous build is now at {}",
                    kept.join("build").display()
                )));
            }
            return Err(write_error(&target, &error));
        }
        // The folder is the output now, no longer a temporary to be removed.
        let _ = temporary.keep();
        Ok(())
    }
}

/// The lock of the builds of `target`; none on a file system that has no locks.
fn lock(path: &Path, target: &Path) -> Result<Option<File>, Diagnostic> {
    let file = File::create(path).map_err(|e| write_error(path, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::Error(_)) => Ok(None),
        Err(TryLockError::WouldBlock) => Err(Diagnostic::file(
            codes::BUILD_RUNNING,
            target,
            "expected no other build of this impulse, found one at work",
        )
        .hint("wait for it to end, or stop it")),
    }
}

/// Removes the folders of builds that were killed. What cannot be removed does no harm.
fn remove_left_behind(parent: &Path, prefix: &str) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(prefix));
        if random.is_some_and(|r| r.len() == RANDOM_LETTERS && r != "lock") {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .map(|all| {
                all.flatten()
                    .map(|e| e.file_name().to_string_lossy().into_owned())
                    .collect()
            })
            .unwrap_or_default();
        names.sort();
        names
    }

    #[test]
    fn the_new_folder_replaces_the_old_one_whole() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("build/yes_no");
        let first = Staging::new(&target).unwrap();
        first.write("a.txt", b"1").unwrap();
        first.write("c/b.txt", b"2").unwrap();
        first.commit().unwrap();
        assert_eq!(entries(&target), ["a.txt", "c"]);

        let second = Staging::new(&target).unwrap();
        second.write("d.txt", b"3").unwrap();
        second.commit().unwrap();
        assert_eq!(entries(&target), ["d.txt"]);
        assert_eq!(
            entries(&root.path().join("build")),
            [".yes_no.lock", "yes_no"],
            "no temporary folder stays"
        );
    }

    #[test]
    fn reserved_space_is_given_back() {
        let root = tempfile::tempdir().unwrap();
        let staging = Staging::new(&root.path().join("build/x")).unwrap();
        staging.reserve(100_000).unwrap();
        let [held] = entries(staging.path()).try_into().unwrap();
        let held = fs::metadata(staging.path().join(held)).unwrap();
        assert_eq!(held.len(), 100_000);
        staging.write("a", b"1").unwrap();
        assert_eq!(entries(staging.path()), ["a"]);
        staging.reserve(1).unwrap();
        staging.commit().unwrap();
        assert_eq!(entries(&root.path().join("build/x")), ["a"]);
    }

    #[test]
    fn what_is_given_up_leaves_no_trace() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("build/x");
        let kept = Staging::new(&target).unwrap();
        kept.write("a", b"old").unwrap();
        kept.commit().unwrap();
        let dropped = Staging::new(&target).unwrap();
        dropped.write("a", b"new").unwrap();
        drop(dropped);
        assert_eq!(fs::read(target.join("a")).unwrap(), b"old");
        assert_eq!(entries(&root.path().join("build")), [".x.lock", "x"]);
    }

    #[test]
    fn one_build_at_a_time_and_what_a_killed_one_left_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let build = root.path().join("build");
        let first = Staging::new(&build.join("x")).unwrap();
        first.write("a", b"1").unwrap();
        let error = Staging::new(&build.join("x")).err().unwrap();
        assert_eq!(error.code, codes::BUILD_RUNNING);
        assert!(first.path().join("a").is_file(), "the other one's folder");
        let other = Staging::new(&build.join("y")).unwrap();
        first.commit().unwrap();

        // As a kill leaves them: a folder in the making, and one of another impulse at work.
        fs::create_dir_all(build.join(".x.AbCd12/c")).unwrap();
        fs::create_dir(build.join(".x.mine")).unwrap();
        drop(Staging::new(&build.join("x")).unwrap());
        assert!(other.path().is_dir());
        drop(other);
        assert_eq!(
            entries(&build),
            [".x.lock", ".x.mine", ".y.lock", "x"],
            "only what a build makes is removed"
        );
    }

    #[test]
    fn names_stay_inside_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let staging = Staging::new(&root.path().join("build/x")).unwrap();
        for name in ["../out", "/etc/out", "a/../../out", "", "a//b", "..\\out"] {
            assert!(staging.write(name, b"").is_err(), "{name}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said_before_any_work() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("build"), b"a file, not a folder").unwrap();
        let error = Staging::new(&root.path().join("build/x")).err().unwrap();
        assert_eq!(error.code, codes::FILE_WRITE);
    }
}
