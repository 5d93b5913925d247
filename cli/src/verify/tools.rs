//! The cross tools that verification needs: where they are, which package brings them, and
//! running them with a time limit.

use std::env;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use impulse_ir::diagnostic::{Diagnostic, Place, Severity, codes};

use crate::failure::reason;

/// An external program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Name of the program.
    pub program: &'static str,
    /// How it is installed.
    pub package: &'static str,
}

/// The C cross compiler.
pub const GCC: Tool = Tool {
    program: "arm-none-eabi-gcc",
    package: "install `gcc-arm-none-eabi` (Debian, Ubuntu), `arm-none-eabi-gcc-cs` (Fedora) or `gcc-arm-embedded` (Homebrew)",
};

/// The emulator.
pub const QEMU: Tool = Tool {
    program: "qemu-system-arm",
    package: "install `qemu-system-arm` (Debian, Ubuntu), `qemu-system-arm-core` (Fedora) or `qemu` (Homebrew)",
};

/// What builds firmware projects.
pub const MAKE: Tool = Tool {
    program: "make",
    package: "install `make`",
};

/// What a program printed.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Tool {
    /// The program's path, or a warning that says which package brings it.
    ///
    /// # Errors
    /// When no folder of `PATH` holds the program.
    pub fn find(self) -> Result<PathBuf, Diagnostic> {
        find_program(self.program).ok_or_else(|| {
            let message = format!(
                "`{}` is not installed, verification is left out",
                self.program
            );
            Diagnostic::new(
                codes::TOOL_MISSING,
                Severity::Warning,
                Place::Nowhere,
                message,
            )
            .hint(self.package)
        })
    }
}

/// The first file of this name in the folders of `PATH`.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .flat_map(|folder| {
            [
                folder.join(name),
                folder.join(format!("{name}{}", env::consts::EXE_SUFFIX)),
            ]
        })
        .find(|path| path.is_file())
}

/// The first line that `program --version` prints; empty when it prints none.
pub fn version(program: &Path) -> String {
    let mut command = Command::new(program);
    command.arg("--version");
    let output = run(&mut command, Duration::from_secs(20)).unwrap_or_default();
    output
        .stdout
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// Runs `command` to its end and returns what it printed.
///
/// # Errors
/// When it cannot be started, ends with an error, or has not ended after `limit` (it is then
/// stopped). The message holds the last lines it printed.
pub fn run(command: &mut Command, limit: Duration) -> Result<Output, Diagnostic> {
    let name = program_name(command.get_program());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| {
        Diagnostic::general(
            codes::TOOL_FAILED,
            format!("`{name}` cannot be started: {}", reason(&e)),
        )
    })?;
    let stdout = child.stdout.take().map(drain);
    let stderr = child.stderr.take().map(drain);
    let status = wait(&mut child, limit);
    let output = Output {
        stdout: joined(stdout),
        stderr: joined(stderr),
    };
    match status {
        Some(status) if status.success() => Ok(output),
        Some(status) => {
            let how = status
                .code()
                .map_or("a signal".to_owned(), |code| format!("code {code}"));
            Err(failed(format!("`{name}` ended with {how}"), &output))
        }
        None => Err(failed(
            format!("`{name}` did not end within {} s", limit.as_secs()),
            &output,
        )),
    }
}

fn program_name(program: &OsStr) -> String {
    Path::new(program)
        .file_name()
        .unwrap_or(program)
        .to_string_lossy()
        .into_owned()
}

/// Reads a pipe to its end on a thread of its own, so that a full pipe never stops the child.
fn drain(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn joined(reader: Option<std::thread::JoinHandle<String>>) -> String {
    reader.and_then(|r| r.join().ok()).unwrap_or_default()
}

fn wait(child: &mut Child, limit: Duration) -> Option<std::process::ExitStatus> {
    let end = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(5)),
            _ => {
                // Already ended is as good as stopped.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

fn failed(message: String, output: &Output) -> Diagnostic {
    let text = if output.stderr.trim().is_empty() {
        &output.stdout
    } else {
        &output.stderr
    };
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    // A compiler's first messages say most.
    let shown = lines
        .iter()
        .take(12)
        .copied()
        .collect::<Vec<_>>()
        .join("\n");
    let diagnostic = Diagnostic::general(codes::TOOL_FAILED, message);
    if shown.is_empty() {
        diagnostic
    } else {
        diagnostic.hint(format!("it printed:\n{shown}"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_of_any_length_is_read() {
        let output = run(
            &mut sh("i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done"),
            Duration::from_secs(30),
        );
        assert_eq!(output.map(|o| o.stdout.len()).ok(), Some(220_000));
    }

    #[test]
    fn a_failure_shows_what_was_printed() {
        let error = run(
            &mut sh("echo no such register >&2; exit 3"),
            Duration::from_secs(30),
        )
        .unwrap_err();
        assert_eq!(error.message, "`sh` ended with code 3");
        assert!(error.hints[0].message.contains("no such register"));
    }

    #[test]
    fn a_program_that_does_not_end_is_stopped() {
        let started = Instant::now();
        let error = run(&mut sh("exec sleep 60"), Duration::from_millis(50)).unwrap_err();
        assert!(error.message.contains("did not end"), "{}", error.message);
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_missing_tool_names_its_package() {
        let tool = Tool {
            program: "no-such-program-anywhere",
            package: "install `p`",
        };
        let warning = tool.find().unwrap_err();
        assert_eq!(warning.severity, Severity::Warning);
        assert_eq!(warning.hints[0].message, "install `p`");
    }
}
