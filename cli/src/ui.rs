//! The terminal: what is said while a command works, and how it looks.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::Duration;

use impulse_ir::diagnostic::Diagnostic;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::{Color, Format};
use crate::failure::Source;
use crate::render::{self, Finding};

/// Where a command says what it does: progress and problems on standard error, results on
/// standard output.
#[derive(Clone, Copy, Debug)]
pub struct Ui {
    quiet: bool,
    color: bool,
    color_stdout: bool,
    live: bool,
    format: Format,
    /// Whether findings are what the command is for, and so go to standard output.
    findings_are_results: bool,
}

/// Findings that wait for the end of the command, because their format is one document.
static COLLECTED: Mutex<Vec<(Vec<Diagnostic>, Option<Source>)>> = Mutex::new(Vec::new());

impl Ui {
    /// A user interface after the user's wishes and what standard error and output are.
    pub fn new(color: Color, quiet: bool) -> Self {
        let wanted = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        let terminal = std::io::stderr().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        Self {
            quiet,
            color: wanted(terminal && !dumb),
            color_stdout: wanted(std::io::stdout().is_terminal() && !dumb),
            live: terminal && !dumb && !quiet,
            format: Format::Full,
            findings_are_results: false,
        }
    }

    /// The same for a command that reports its findings in `format`. Where they are not for
    /// people, or are what the command is for, they go to standard output.
    #[must_use]
    pub fn with_findings(mut self, format: Format, are_results: bool) -> Self {
        self.format = format;
        self.findings_are_results = are_results || format != Format::Full;
        self
    }

    /// Whether results are shown as tables for people; otherwise standard output has the findings
    /// alone.
    pub fn shows_tables(self) -> bool {
        self.format == Format::Full
    }

    /// Whether tables on standard output are coloured.
    pub fn color_stdout(self) -> bool {
        self.color_stdout
    }

    /// A line about a step that is done: `verb` and what came of it.
    pub fn done(self, verb: &str, what: &str) {
        if !self.quiet {
            say(&format!("{} {what}", self.verb(verb)));
        }
    }

    fn verb(self, verb: &str) -> String {
        if self.color {
            format!("\u{1b}[1;32m{verb:>11}\u{1b}[0m")
        } else {
            format!("{verb:>11}")
        }
    }

    /// Shows diagnostics, or keeps them for [`Ui::finish`] where the format is one document.
    pub fn diagnostics(self, diagnostics: &[Diagnostic], source: Option<&Source>) {
        if matches!(self.format, Format::Json | Format::Sarif) {
            let mut collected = COLLECTED.lock().unwrap_or_else(|e| e.into_inner());
            collected.push((diagnostics.to_vec(), source.cloned()));
        } else if !diagnostics.is_empty() {
            self.show(&Finding::of(diagnostics, source));
        }
    }

    /// Ends a command: writes the document, where the format is one.
    pub fn finish(self) {
        if matches!(self.format, Format::Json | Format::Sarif) {
            let collected = COLLECTED.lock().unwrap_or_else(|e| e.into_inner());
            let findings = collected.iter();
            let findings = findings.flat_map(|(found, source)| Finding::of(found, source.as_ref()));
            self.show(&findings.collect::<Vec<_>>());
        }
    }

    fn show(self, findings: &[Finding<'_>]) {
        let to_stdout = self.findings_are_results;
        let style = render::Style {
            color: if to_stdout {
                self.color_stdout
            } else {
                self.color
            },
            width: terminal_width().unwrap_or(render::WIDTH),
        };
        let text = render::render(findings, self.format, style);
        let line = if to_stdout { print } else { say };
        line(text.trim_end_matches('\n'));
        if self.format == Format::Full {
            line("");
        }
    }

    /// A final line on standard error in the style of an error.
    pub fn error(self, message: &str) {
        let word = if self.color {
            "\u{1b}[1;91merror\u{1b}[0m"
        } else {
            "error"
        };
        say(&format!("{word}: {message}"));
    }

    /// A bar over `len` steps of the work that `verb` names, where standard error is a terminal;
    /// otherwise one that shows nothing.
    pub fn bar(self, verb: &str, len: u64, template: &str) -> ProgressBar {
        let target = if self.live {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(len), target);
        let verb = self.verb(verb);
        if let Ok(style) = ProgressStyle::with_template(&format!("{verb} {template}")) {
            bar.set_style(style.progress_chars("━╸ "));
        }
        if self.live {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        bar
    }

    /// Whether progress is drawn as it happens.
    pub fn is_live(self) -> bool {
        self.live
    }
}

fn terminal_width() -> Option<usize> {
    let (_, columns) = console::Term::stderr().size_checked()?;
    (columns > 20).then(|| usize::from(columns))
}

/// A line on standard error. Where standard error is closed nobody is left to be told.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// A line on standard output, the same.
pub fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Bytes as people read them: `812 B`, `7.9 KiB`, `1.2 MiB`.
pub fn bytes(n: u64) -> String {
    let kib = n as f64 / 1024.0;
    match n {
        0..1024 => format!("{n} B"),
        1024..1_048_576 => format!("{kib:.1} KiB"),
        _ => format!("{:.1} MiB", kib / 1024.0),
    }
}

/// A count with commas: `1,347`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 clip`, `1,347 weights`.
pub fn plural(n: u64, thing: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {thing}{s}", count(n))
}

/// A share 0..1 in percent: `96.7 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A time: `840 µs`, `12.3 ms`, `1.25 s`.
pub fn time(us: f64) -> String {
    match us {
        us if us < 1e3 => format!("{us:.0} µs"),
        us if us < 1e6 => format!("{:.1} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!(bytes(812), "812 B");
        assert_eq!(bytes(32 * 1024), "32.0 KiB");
        assert_eq!(bytes(3 << 20), "3.0 MiB");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_347), "1,347");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(plural(1, "clip"), "1 clip");
        assert_eq!(percent(0.9671), "96.7 %");
        assert_eq!(time(840.0), "840 µs");
        assert_eq!(time(12_340.0), "12.3 ms");
        assert_eq!(time(1_250_000.0), "1.25 s");
    }
}
