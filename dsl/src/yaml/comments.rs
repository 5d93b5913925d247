//! Comments of the YAML spelling: neither YAML library keeps them, so they are found in the
//! source, outside of every scalar, and handed to the items around them.

use impulse_ir::Span;

use crate::tree::Trivia;

/// The lines with their ends: `\n`, `\r\n` and `\r` alone.
fn lines_of(source: &str) -> impl Iterator<Item = &str> {
    source.split_inclusive('\n').flat_map(|line| {
        let text = line.trim_end_matches("\r\n").trim_end_matches('\n');
        let (before, last) = line.split_at(text.rfind('\r').map_or(0, |at| at + 1));
        before.split_inclusive('\r').chain([last])
    })
}

#[derive(Debug)]
struct Comment {
    start: usize,
    text: String,
    /// Whether nothing else stands on its line.
    alone: bool,
    /// Whether an empty line stands before it.
    blank_before: bool,
}

/// The comments of a source that no item has taken yet, in order.
#[derive(Debug)]
pub(crate) struct Comments {
    found: std::collections::VecDeque<Comment>,
    /// Byte at which each line starts, and whether the line before it is empty.
    lines: Vec<(usize, bool)>,
}

impl Comments {
    /// Every comment of `source`, given the spans of its scalars in order.
    pub fn find(source: &str, scalars: &[Span]) -> Self {
        let mut found = std::collections::VecDeque::new();
        let mut lines = Vec::new();
        let (mut start, mut blank) = (0, false);
        let mut scalar = 0;
        for line in lines_of(source) {
            lines.push((start, blank));
            let bytes = line.as_bytes();
            for (i, _) in line.match_indices('#') {
                let at = start + i;
                let opens = i == 0 || matches!(bytes[i - 1], b' ' | b'\t');
                while scalars.get(scalar).is_some_and(|s| s.end <= at) {
                    scalar += 1;
                }
                let inside = scalars.get(scalar).is_some_and(|s| s.start <= at);
                if opens && !inside {
                    found.push_back(Comment {
                        start: at,
                        text: line[i..].trim_end().to_owned(),
                        alone: line[..i].trim().is_empty(),
                        blank_before: blank,
                    });
                    break;
                }
            }
            blank = line.trim().is_empty();
            start += line.len();
        }
        Self { found, lines }
    }

    /// The comments and the empty line before what starts at `span`.
    pub fn before(&mut self, span: Span) -> Trivia {
        let mut trivia = Trivia::default();
        let line = self
            .lines
            .partition_point(|(start, _)| *start <= span.start);
        let blank = line.checked_sub(1).is_some_and(|l| self.lines[l].1);
        while self.found.front().is_some_and(|c| c.start < span.start) {
            if let Some(comment) = self.found.pop_front() {
                match comment.blank_before {
                    true if trivia.before.is_empty() => trivia.blank_before = true,
                    true => trivia.before.push(String::new()),
                    false => {}
                }
                trivia.before.push(comment.text);
            }
        }
        match blank {
            true if trivia.before.is_empty() => trivia.blank_before = true,
            true => trivia.before.push(String::new()),
            false => {}
        }
        trivia
    }

    /// Takes the comment that follows byte `end` on the same line.
    pub fn after(&mut self, slot: &mut Option<String>, end: usize, source: &str) {
        let Some(next) = self.found.iter().position(|c| c.start >= end) else {
            return;
        };
        let comment = &self.found[next];
        let between = source.get(end..comment.start).unwrap_or("\n");
        if !comment.alone && !between.contains(['\n', '\r']) {
            *slot = self.found.remove(next).map(|c| c.text);
        }
    }

    /// What is left.
    pub fn rest(&mut self) -> Vec<String> {
        self.found.drain(..).map(|c| c.text).collect()
    }
}
