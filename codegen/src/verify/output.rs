//! What the verification image prints, one fact a line:
//!
//! ```text
//! impulse-verify 1
//! state 6812
//! window 0 features 0001ff… scores 80807f ticks 31250 5000
//! stack 812
//! result 0 scores 80807f average 80807f decided -1
//! stream_ticks 40211
//! stream_stack 812
//! done
//! ```
//!
//! `int8` lists are two hexadecimal digits a value.

use impulse_ir::board::Emulator;
use impulse_ir::{Diagnostic, diagnostic::codes};

/// Everything one run printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// `sizeof` of the state that a program holds for the model.
    pub state_bytes: u64,
    /// Each recorded window, classified whole.
    pub windows: Vec<WindowResult>,
    /// Deepest stack below the call that classified a window, in bytes.
    pub stack_bytes: u64,
    /// The windows once more, pushed one after another as one recording in slices.
    pub stream: Vec<StreamResult>,
    /// Ticks of the whole recording pushed.
    pub stream_ticks: u64,
    /// Deepest stack below the calls that pushed samples and took results, in bytes.
    pub stream_stack_bytes: u64,
}

/// One window, classified whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowResult {
    /// The network's input.
    pub features: Vec<i8>,
    /// The network's output, one score per label.
    pub scores: Vec<i8>,
    /// Ticks that the features took.
    pub feature_ticks: u64,
    /// Ticks that the network took.
    pub network_ticks: u64,
}

/// One result of the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamResult {
    /// The network's output, one score per label.
    pub scores: Vec<i8>,
    /// Averages of the decision logic.
    pub average: Vec<i8>,
    /// The label that was decided for, if any.
    pub decided: Option<usize>,
}

impl Report {
    /// Instructions of a number of ticks on the machine that ran the program.
    pub fn instructions(ticks: u64, emulator: &Emulator) -> u64 {
        (ticks as f64 * emulator.instructions_per_tick).round() as u64
    }
}

/// Reads what the program printed.
///
/// # Errors
/// When a line is not of the form above or the last line is missing, that is, when the program
/// stopped half-way; the message holds the line.
pub fn parse(output: &str) -> Result<Report, Diagnostic> {
    let mut report = Report::default();
    let mut greeted = false;
    for line in output.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words[..] {
            ["impulse-verify", "1"] => greeted = true,
            ["done"] if greeted => return Ok(report),
            _ => read_line(&mut report, &words).ok_or_else(|| bad_line(line))?,
        }
    }
    Err(stopped(output))
}

/// What is said of a program that stopped half-way.
pub(super) fn stopped(output: &str) -> Diagnostic {
    let last = output
        .lines()
        .rev()
        .find(|l| !l.trim().is_empty())
        .unwrap_or("nothing");
    Diagnostic::general(
        codes::VERIFY_OUTPUT,
        format!("the verification image stopped before its end; its last line was: {last}"),
    )
}

pub(super) fn bad_line(line: &str) -> Diagnostic {
    Diagnostic::general(
        codes::VERIFY_OUTPUT,
        format!("expected a line of the verification image, found: {line}"),
    )
}

fn read_line(report: &mut Report, words: &[&str]) -> Option<()> {
    match *words {
        ["state", bytes] => report.state_bytes = bytes.parse().ok()?,
        ["stack", bytes] => report.stack_bytes = bytes.parse().ok()?,
        ["stream_ticks", ticks] => report.stream_ticks = ticks.parse().ok()?,
        ["stream_stack", bytes] => report.stream_stack_bytes = bytes.parse().ok()?,
        [
            "window",
            index,
            "features",
            features,
            "scores",
            scores,
            "ticks",
            front,
            network,
        ] => {
            expect_index(index, report.windows.len())?;
            report.windows.push(WindowResult {
                features: hex(features)?,
                scores: hex(scores)?,
                feature_ticks: front.parse().ok()?,
                network_ticks: network.parse().ok()?,
            });
        }
        [
            "result",
            index,
            "scores",
            scores,
            "average",
            average,
            "decided",
            decided,
        ] => {
            expect_index(index, report.stream.len())?;
            let decided: i64 = decided.parse().ok()?;
            report.stream.push(StreamResult {
                scores: hex(scores)?,
                average: hex(average)?,
                decided: usize::try_from(decided).ok(),
            });
        }
        _ => return None,
    }
    Some(())
}

pub(super) fn expect_index(word: &str, expected: usize) -> Option<()> {
    (word.parse::<usize>().ok()? == expected).then_some(())
}

pub(super) fn hex(word: &str) -> Option<Vec<i8>> {
    if !word.len().is_multiple_of(2) || !word.is_ascii() {
        return None;
    }
    (0..word.len() / 2)
        .map(|i| {
            u8::from_str_radix(&word[2 * i..2 * i + 2], 16)
                .ok()
                .map(|b| b as i8)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "impulse-verify 1\nstate 6812\n\
        window 0 features 0001ff scores 807f ticks 31250 5000\nstack 812\n\
        result 0 scores 807f average 8000 decided 1\nresult 1 scores 807f average 8000 decided -1\n\
        stream_ticks 9\nstream_stack 640\ndone\n";

    #[test]
    fn reads_a_whole_run() {
        let report = parse(RUN).unwrap();
        assert_eq!(report.state_bytes, 6812);
        assert_eq!(report.windows[0].features, [0, 1, -1]);
        assert_eq!(report.windows[0].scores, [-128, 127]);
        assert_eq!((report.stack_bytes, report.stream_stack_bytes), (812, 640));
        assert_eq!(report.stream[0].decided, Some(1));
        assert_eq!(report.stream[1].decided, None);
    }

    #[test]
    fn refuses_half_a_run_and_says_where_it_stopped() {
        let half = &RUN[..RUN.find("stream_ticks").unwrap()];
        let error = parse(half).unwrap_err();
        assert!(
            error.message.contains("result 1 scores"),
            "{}",
            error.message
        );
        assert!(parse("").is_err());
    }

    #[test]
    fn refuses_lines_out_of_order_and_odd_digits() {
        for (from, to) in [
            ("result 1", "result 2"),
            ("0001ff", "0001f"),
            ("807f", "80zz"),
        ] {
            assert!(parse(&RUN.replace(from, to)).is_err(), "{to}");
        }
    }

    #[test]
    fn instructions_follow_the_tick_of_the_machine() {
        let emulator = Emulator {
            machine: "mps2-an386".into(),
            cpu: "cortex-m4".into(),
            instructions_per_tick: 40.0,
        };
        assert_eq!(Report::instructions(3, &emulator), 120);
    }
}
