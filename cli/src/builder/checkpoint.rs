//! The checkpoint of a training under way: a file in the build folder, which the finished build
//! replaces as a whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use impulse_train::{Checkpoints, Resumed};

use crate::ui::Ui;

/// Time between two checkpoints; the epochs since the last one are done again after a kill.
const EVERY: Duration = Duration::from_secs(1);
/// Its name in the build folder.
pub const TRAINING: &str = "training.checkpoint";
/// That of fine-tuning.
pub const FINETUNING: &str = "finetuning.checkpoint";

/// The checkpoint of one build.
pub struct CheckpointFile {
    path: PathBuf,
    name: &'static str,
    saved: Instant,
    ui: Ui,
}

impl CheckpointFile {
    /// The checkpoint of this name in this build folder.
    pub fn new(build_dir: &Path, name: &'static str, ui: Ui) -> Self {
        Self {
            path: build_dir.join(name),
            name,
            saved: Instant::now(),
            ui,
        }
    }

    /// A new file beside the old one takes its place by renaming.
    fn replace(&self, bytes: &[u8]) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut prefix = std::ffi::OsString::from(".");
        prefix.push(self.name);
        let file = tempfile::Builder::new()
            .prefix(&prefix)
            .tempfile_in(folder)?;
        fs::write(file.path(), bytes)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

impl Checkpoints for CheckpointFile {
    fn load(&mut self) -> Option<Vec<u8>> {
        fs::read(&self.path).ok()
    }

    fn is_due(&mut self) -> bool {
        self.saved.elapsed() >= EVERY
    }

    fn save(&mut self, bytes: &[u8]) {
        // A full disk costs the checkpoint, not the training.
        let _ = self.replace(bytes);
        self.saved = Instant::now();
    }

    fn resumed(&mut self, found: Resumed) {
        match found {
            Resumed::At { epoch, run } => {
                let before = match run {
                    0 => String::new(),
                    n => format!(", after {n} trainings to choose a seed by"),
                };
                let text =
                    format!("the training that ended early, behind its epoch {epoch}{before}");
                self.ui.done("resumed", &text);
            }
            Resumed::Damaged => {
                let text = format!("{} is damaged, training begins anew", self.path.display());
                self.ui.done("ignored", &text);
            }
            // Of the spec as it was before: nothing of it is wanted.
            Resumed::Other => {}
        }
    }
}
