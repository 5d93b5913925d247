//! Byte offsets of a text as lines and columns, for those who count in them.

use std::ops::Range;

use impulse_ir::Span;

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    /// First byte of each line.
    starts: Vec<usize>,
}

/// A place in a text, both counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column, in the unit that was asked for.
    pub column: usize,
}

/// What columns count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// Unicode scalar values, as editors show them.
    Characters,
    /// UTF-16 code units, as the language server protocol counts.
    Utf16,
    /// Bytes, as it counts where the editor agrees.
    Utf8,
}

impl<'t> Lines<'t> {
    /// The lines of `text`.
    pub fn new(text: &'t str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let starts = std::iter::once(0).chain(after_breaks.map(|(i, _)| i + 1));
        Self {
            text,
            starts: starts.collect(),
        }
    }

    /// Where the byte `offset` lies; an offset past the end, or inside of a character, means the
    /// nearest place before it.
    pub fn position(&self, offset: usize, columns: Columns) -> Position {
        let offset = floor_char_boundary(self.text, offset);
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let before = &self.text[self.starts[line]..offset];
        let column = match columns {
            Columns::Characters => before.chars().count(),
            Columns::Utf16 => before.chars().map(char::len_utf16).sum(),
            Columns::Utf8 => before.len(),
        };
        Position { line, column }
    }

    /// The byte at `position`; past the end of its line means the line's end.
    pub fn offset(&self, position: Position, columns: Columns) -> usize {
        let Some(&start) = self.starts.get(position.line) else {
            return self.text.len();
        };
        let line = self.line(position.line);
        let mut left = position.column;
        for (at, c) in line.char_indices() {
            let width = match columns {
                Columns::Characters => 1,
                Columns::Utf16 => c.len_utf16(),
                Columns::Utf8 => c.len_utf8(),
            };
            if left < width {
                return start + at;
            }
            left -= width;
        }
        start + line.len()
    }

    /// The text of a line without its break.
    pub fn line(&self, line: usize) -> &'t str {
        let Some(&start) = self.starts.get(line) else {
            return "";
        };
        let end = self.starts.get(line + 1).copied();
        let text = &self.text[start..end.unwrap_or(self.text.len())];
        let text = text.strip_suffix('\n').unwrap_or(text);
        text.strip_suffix('\r').unwrap_or(text)
    }
}

/// The span as a range that lies in `text` on character borders: a wrong span must never hide the
/// message it belongs to.
pub fn clamp(span: Span, text: &str) -> Range<usize> {
    let end = floor_char_boundary(text, span.end);
    floor_char_boundary(text, span.start).min(end)..end
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_each_unit_and_back() {
        let text = "a\r\nµ🎤b\n";
        let lines = Lines::new(text);
        assert_eq!(
            (lines.line(0), lines.line(1), lines.line(2)),
            ("a", "µ🎤b", "")
        );
        let b = text.find('b').unwrap();
        for (columns, column) in [
            (Columns::Characters, 2),
            (Columns::Utf16, 3),
            (Columns::Utf8, 6),
        ] {
            let position = Position { line: 1, column };
            assert_eq!(lines.position(b, columns), position);
            assert_eq!(lines.offset(position, columns), b);
        }
    }

    #[test]
    fn places_outside_of_the_text_are_its_end() {
        let lines = Lines::new("ä\nb");
        let far = |line, column| Position { line, column };
        assert_eq!(lines.position(1, Columns::Utf8), far(0, 0));
        assert_eq!(lines.position(99, Columns::Utf16), far(1, 1));
        assert_eq!(lines.offset(far(0, 99), Columns::Utf16), 2);
        assert_eq!(lines.offset(far(99, 0), Columns::Utf16), 4);
        assert_eq!(Lines::new("").position(0, Columns::Utf16), far(0, 0));
    }
}
