//! A small project in a temporary folder: two labels of synthetic tones, a tiny network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

mod spec;

pub use spec::SPEC;

/// A project folder that is removed at the end.
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// The project, with clips and [`SPEC`].
    pub fn new() -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for (label, hz) in [("low", 300.0), ("high", 1700.0)] {
            fs::create_dir_all(project.path(&format!("clips/{label}"))).unwrap();
            for i in 0..16 {
                let hz = hz * (1.0 + 0.02 * i as f64);
                let name = format!("clips/{label}/{i:02}.wav");
                fs::write(project.path(&name), wav(&tone(hz, 3200, i))).unwrap();
            }
        }
        project.write_spec(SPEC);
        project
    }

    /// A path in the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces the spec.
    pub fn write_spec(&self, text: &str) {
        fs::write(self.path("tones.impulse"), text).unwrap();
    }

    /// Runs the program in the project's folder.
    pub fn run(&self, args: &[&str]) -> Run {
        run_in(self.folder.path(), args)
    }

    /// Runs the program and expects it to succeed.
    pub fn succeed(&self, args: &[&str]) -> Run {
        let run = self.run(args);
        assert!(run.ok, "{args:?} failed:\n{}\n{}", run.stdout, run.stderr);
        run
    }

    /// Runs the program and expects it to find the problem `code`, or not to run for it.
    pub fn fail(&self, args: &[&str], code: &str) -> Run {
        let run = self.run(args);
        assert!(!run.ok, "{args:?} succeeded:\n{}", run.stdout);
        let checks = args.first() == Some(&"check");
        let said = if checks { &run.stdout } else { &run.stderr };
        assert!(
            said.contains(code),
            "{args:?} failed without {code}:\n{said}"
        );
        run
    }
}

/// What the program printed.
pub struct Run {
    /// Whether it succeeded.
    pub ok: bool,
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs the program in `folder`.
pub fn run_in(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_impulse"));
    let output: Output = command
        .args(args)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    Run {
        ok: output.status.success(),
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A tone with a little noise, different for each seed.
pub fn tone(hz: f64, n_samples: usize, seed: u32) -> Vec<i16> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    (0..n_samples)
        .map(|t| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let noise = f64::from(state % 2000) - 1000.0;
            let phase = 2.0 * std::f64::consts::PI * hz * t as f64 / 8000.0;
            (8000.0 * phase.sin() + noise) as i16
        })
        .collect()
}

/// The bytes of a WAV file of 8 kHz, 16 bits, one channel.
pub fn wav(samples: &[i16]) -> Vec<u8> {
    let n = (samples.len() * 2) as u32;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + n).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend_from_slice(&8000u32.to_le_bytes());
    bytes.extend_from_slice(&16000u32.to_le_bytes());
    bytes.extend_from_slice(b"\x02\0\x10\0data");
    bytes.extend_from_slice(&n.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
    bytes
}
