//! Runs the program, and makes small projects for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The release binary, built once for all tests.
pub fn impulse() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--release",
                "--package",
                "impulse-cli",
                "--message-format",
                "json",
            ])
            .current_dir(root())
            .output()
            .expect("cargo starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        cargo_metadata::Message::parse_stream(output.stdout.as_slice())
            .filter_map(Result::ok)
            .find_map(|message| match message {
                cargo_metadata::Message::CompilerArtifact(artifact) => artifact.executable,
                _ => None,
            })
            .expect("the package has a binary")
            .into_std_path_buf()
    })
}

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of public data and models beside the workspace, where it is present.
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = root().join("../shared").join(path);
    path.exists().then_some(path)
}

/// What a run printed.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// What a process that has ended printed.
    pub fn of(output: &Output) -> Self {
        Run {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Fails unless the run succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless the run found problems and `fragments` all stand in what it said of them.
    #[track_caller]
    pub fn complains(self, fragments: &[&str]) -> Self {
        assert!(
            matches!(self.code, Some(1 | 2)),
            "code {:?}\n{}\n{}",
            self.code,
            self.stdout,
            self.stderr
        );
        let said = format!("{}{}", self.stdout, self.stderr);
        for fragment in fragments {
            assert!(said.contains(fragment), "no {fragment:?} in:\n{said}");
        }
        for noise in ["panicked", "RUST_BACKTRACE", "Error(", "Os {"] {
            assert!(!said.contains(noise), "{noise:?} in:\n{said}");
        }
        self
    }
}

/// `impulse` with `arguments` in `folder`.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(impulse());
    command
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1");
    command
}

/// Runs `impulse` with `arguments` in `folder` to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Run {
    Run::of(
        &command(folder, arguments)
            .output()
            .expect("the program starts"),
    )
}

/// The sample project with few clips, few epochs and a small noise set: it trains in a moment.
pub struct Small {
    folder: TempDir,
    /// Where in the folder the project lies.
    below: &'static str,
}

/// Clips per label of a small project.
const CLIPS: usize = 12;

impl Small {
    pub fn new() -> Self {
        Self::below("")
    }

    /// The project as it is, with all clips.
    pub fn whole() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy_some(&root().join("impulses/yes_no"), folder.path(), usize::MAX);
        Small { folder, below: "" }
    }

    /// The project in a folder below the temporary one.
    pub fn below(below: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let small = Small { folder, below };
        copy_some(&root().join("impulses/yes_no"), &small.project(), CLIPS);
        small.edit(|spec| replace_number(spec, "epochs", 3));
        small
    }

    /// The temporary folder, in which commands run.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the spec.
    fn project(&self) -> PathBuf {
        self.path().join(self.below)
    }

    pub fn spec(&self) -> PathBuf {
        self.project().join("yes_no.impulse")
    }

    /// Changes the text of the spec.
    pub fn edit(&self, change: impl FnOnce(&str) -> String) {
        let text = fs::read_to_string(self.spec()).expect("the spec");
        let changed = change(&text);
        assert_ne!(text, changed, "the edit changed nothing");
        fs::write(self.spec(), changed).expect("the spec is written");
    }

    pub fn replace(&self, from: &str, to: &str) {
        self.edit(|spec| spec.replacen(from, to, 1));
    }

    pub fn impulse(&self, arguments: &[&str]) -> Run {
        run(self.path(), arguments)
    }

    pub fn build(&self) -> Run {
        self.impulse(&["build", "yes_no.impulse"])
    }

    pub fn output(&self, name: &str) -> PathBuf {
        self.project().join("build/yes_no").join(name)
    }

    /// The first clip of `label`.
    pub fn clip(&self, label: &str) -> PathBuf {
        let folder = self.project().join("clips").join(label);
        sorted(&folder).into_iter().next().expect("a clip")
    }

    /// The first clip of `label` as a WAV file in the temporary folder; its name.
    pub fn wav(&self, label: &str) -> String {
        let name = format!("{label}.wav");
        write_wav(&self.path().join(&name), &samples(&self.clip(label)));
        name
    }
}

/// The samples of a recording at 16 kHz.
pub fn samples(path: &Path) -> Vec<i16> {
    impulse_train::audio::read_at(path, 16_000).expect("a clip")
}

/// Writes one channel of 16 bits at 16 kHz.
pub fn write_wav(path: &Path, samples: &[i16]) {
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, format).expect("a WAV file");
    for sample in samples {
        writer.write_sample(*sample).expect("a sample");
    }
    writer.finalize().expect("a WAV file");
}

/// The entries of a folder, sorted.
pub fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .collect();
    all.sort();
    all
}

/// Every file below `folder` with its contents.
pub fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for path in sorted(folder) {
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.push((path.clone(), fs::read(&path).expect("a file")));
        }
    }
    files
}

fn copy_some(from: &Path, to: &Path, n_clips_max: usize) {
    fs::create_dir_all(to).expect("a folder");
    let clips = |path: &Path| path.extension().is_some_and(|e| e == "wav" || e == "flac");
    let mut n_clips = 0;
    for path in sorted(from) {
        let name = path.file_name().expect("a name");
        if path.is_dir() {
            if name != "build" {
                copy_some(&path, &to.join(name), n_clips_max);
            }
            continue;
        }
        if clips(&path) {
            n_clips += 1;
            if n_clips > n_clips_max {
                continue;
            }
        }
        fs::copy(&path, to.join(name)).expect("a copy");
    }
}

fn replace_number(spec: &str, key: &str, value: usize) -> String {
    let at = spec.find(key).expect("the key") + key.len();
    let digits = spec[at..]
        .find(|c: char| c.is_ascii_digit())
        .expect("a number")
        + at;
    let end = spec[digits..]
        .find(|c: char| !c.is_ascii_digit())
        .map_or(spec.len(), |n| digits + n);
    format!("{}{value}{}", &spec[..digits], &spec[end..])
}
