//! Values of a block changed in the text, where comments and layout stay as they are.

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span};

use crate::syntax::Syntax;
use crate::tree::{Atom, Body, Item, Slot};

/// The text `source`, spelt as `syntax`, in which the keys of the block `block` have these values,
/// each written as in the `.impulse` spelling (`500 ms`). A key that has a value gets the new one
/// in its place, one that has none is added behind the others, and a block that is not there is
/// added at the end. Nothing else changes: comments, spaces and the order of keys stay.
///
/// # Errors
/// The problems of a text that cannot be read, or a block that is written in a form in which it
/// cannot be changed.
pub fn set(
    source: &str,
    syntax: Syntax,
    block: &str,
    values: &[(&str, String)],
) -> Result<String, Vec<Diagnostic>> {
    let (body, diagnostics) = crate::read_tree(source, syntax);
    let Some(body) = body.filter(|_| diagnostics.is_empty()) else {
        return Err(diagnostics);
    };
    let newline = if source.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let text = Text {
        source,
        syntax,
        newline,
    };
    let Some(item) = body.items.iter().find(|i| i.key.value == block) else {
        return Ok(text.with_block(block, values));
    };
    if !item.values.is_empty() {
        let message = format!("`{block}` has values beside its name, which cannot be changed here");
        let problem = Diagnostic::error(codes::UNEXPECTED_VALUE, item.span, message);
        return Err(vec![problem.hint("put them between braces")]);
    }
    Ok(text.with_values(item, values))
}

struct Text<'s> {
    source: &'s str,
    syntax: Syntax,
    newline: &'s str,
}

/// A change: the text that replaces a span.
type Edit = (Span, String);

impl Text<'_> {
    /// `key value`, the key padded to `width`.
    fn pair(&self, key: &str, value: &str, width: usize) -> String {
        match self.syntax {
            Syntax::Impulse => format!("{key:<width$} {value}", width = width.saturating_sub(1)),
            Syntax::Yaml => format!("{key}: {value}"),
        }
    }

    /// All of `values` between braces.
    fn inline(&self, values: &[(&str, String)]) -> String {
        let pairs: Vec<String> = values.iter().map(|(k, v)| self.pair(k, v, 0)).collect();
        match self.syntax {
            Syntax::Impulse => format!("{{ {} }}", pairs.join(", ")),
            Syntax::Yaml => format!("{{{}}}", pairs.join(", ")),
        }
    }

    /// The text with the block at its end.
    fn with_block(&self, block: &str, values: &[(&str, String)]) -> String {
        let newline = self.newline;
        let mut text = self.source.trim_end().to_owned();
        text.push_str(newline);
        match self.syntax {
            Syntax::Impulse => {
                text.push_str(&format!("{newline}{block} {}", self.inline(values)));
            }
            Syntax::Yaml => {
                text.push_str(&format!("{block}:"));
                for (key, value) in values {
                    text.push_str(&format!("{newline}  {}", self.pair(key, value, 0)));
                }
            }
        }
        text.push_str(newline);
        text
    }

    fn with_values(&self, item: &Item, values: &[(&str, String)]) -> String {
        let empty = Body::default();
        let body = item.body.as_ref().unwrap_or(&empty);
        let mut edits: Vec<Edit> = Vec::new();
        let mut missing: Vec<(&str, String)> = Vec::new();
        for (key, value) in values {
            match body.items.iter().find_map(|item| value_of(item, key)) {
                Some(span) => edits.push((span, value.clone())),
                None => missing.push((key, value.clone())),
            }
        }
        if !missing.is_empty() {
            edits.push(match body.items.last() {
                Some(last) => self.behind(body, last, &missing),
                None if item.body.is_some() => (body.span, self.inline(&missing)),
                None => {
                    let at = item.key.span.end;
                    // Behind the colon of YAML.
                    let colon = usize::from(self.source[at..].starts_with(':'));
                    let at = Span::new(at + colon, at + colon);
                    (at, format!(" {}", self.inline(&missing)))
                }
            });
        }
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        let mut text = self.source.to_owned();
        for (span, new) in edits {
            text.replace_range(span.start..span.end, &new);
        }
        text
    }

    /// `missing` behind the item `last`: on its line where that goes on, else on lines of their own.
    fn behind(&self, body: &Body, last: &Item, missing: &[(&str, String)]) -> Edit {
        let end = span_of(&last.values).map_or(0, |span| span.end);
        // A list of YAML goes on behind its last value.
        let end = end.max(self.source[..last.span.end].trim_end().len());
        let rest = &self.source[end..];
        let line_end = end + rest.find(['\r', '\n']).unwrap_or(rest.len());
        let rest = self.source[end..line_end].trim();
        let alone = rest.is_empty() || rest.starts_with('#');
        if !alone || body.inline && self.syntax == Syntax::Yaml {
            let pairs = missing
                .iter()
                .map(|(k, v)| format!(", {}", self.pair(k, v, 0)));
            return (Span::new(end, end), pairs.collect());
        }
        let line_start = self.source[..last.key.span.start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let lead = &self.source[line_start..last.key.span.start];
        let lead = match lead.chars().all(|c| c.is_whitespace() || c == '-') {
            true => lead,
            false => "  ",
        };
        let column = last.values.first().map_or(0, |value| {
            value.atom.span.start.saturating_sub(last.key.span.start)
        });
        let lines = missing
            .iter()
            .map(|(k, v)| format!("{}{lead}{}", self.newline, self.pair(k, v, column)));
        (Span::new(line_end, line_end), lines.collect())
    }
}

/// Where the value of `key` stands in `item`: behind the item's own key, or behind a word after a
/// comma, as keys of one line stand.
fn value_of(item: &Item, key: &str) -> Option<Span> {
    let until_comma = |from: usize| {
        let rest = item.values.get(from..)?;
        let n = rest.iter().skip(1).position(|slot| slot.after_comma);
        span_of(&rest[..n.map_or(rest.len(), |n| n + 1)])
    };
    if item.key.value == key {
        return until_comma(0);
    }
    let is_key = |slot: &Slot| match &slot.atom.value {
        Atom::Word(word) => slot.after_comma && word == key,
        _ => false,
    };
    until_comma(item.values.iter().position(is_key)? + 1)
}

/// From the first of these values to the end of the last.
fn span_of(values: &[Slot]) -> Option<Span> {
    let whole = |slot: &Slot| {
        let scalar = slot.scalar.as_ref().map(|s| s.text.span);
        scalar.unwrap_or(slot.atom.span)
    };
    let (first, last) = (whole(values.first()?), whole(values.last()?));
    Some(Span::new(first.start, last.end.max(first.end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"impulse t
data "c" { labels a, b }
window audio { rate 16 kHz, length 1 s, stride 250 ms }
features mfcc { frame 32 ms every 20 ms }
network { flatten, dense labels, softmax }
"#;

    const YAML: &str = "impulse: t
data:
  path: c
  labels: [a, b]
window:
  audio: {rate: 16 kHz, length: 1 s, stride: 250 ms}
features:
  - mfcc: {frame: 32 ms every 20 ms}
network:
  - flatten
  - dense: labels
  - softmax
";

    fn values() -> Vec<(&'static str, String)> {
        vec![
            ("threshold", "0.91".to_owned()),
            ("average", "500 ms".to_owned()),
            ("suppress", "4 results".to_owned()),
        ]
    }

    /// Sets the values in `head` and `block`; nothing but the block may change, and the spec means
    /// what was set.
    fn check(head: &str, syntax: Syntax, block: &str, expected: &str) {
        let source = format!("{head}{block}");
        let text = set(&source, syntax, "decide", &values()).unwrap();
        assert_eq!(text.strip_prefix(head), Some(expected));
        let (spec, found) = crate::compile(&text, syntax);
        assert!(found.is_empty(), "{text}\n{found:?}");
        let decide = spec.unwrap().decide;
        assert_eq!(
            (
                decide.threshold,
                decide.average_results,
                decide.suppress_results
            ),
            (0.91, 2, 4)
        );
    }

    #[test]
    fn values_change_in_their_places() {
        let check = |block, expected| check(HEAD, Syntax::Impulse, block, expected);
        check(
            "decide   { threshold 0.8,  average 1 s, suppress 500 ms, ignore b } # as it is\n",
            "decide   { threshold 0.91,  average 500 ms, suppress 4 results, ignore b } # as it is\n",
        );
        check(
            "decide {\n  # high\n  threshold   0.8   # share\n  ignore      b\n  # end\n}\n",
            "decide {\n  # high\n  threshold   0.91   # share\n  ignore      b\n  average     500 ms\n  suppress    4 results\n  # end\n}\n",
        );
        check(
            "decide { ignore b }\n",
            "decide { ignore b, threshold 0.91, average 500 ms, suppress 4 results }\n",
        );
        check(
            "decide {}",
            "decide { threshold 0.91, average 500 ms, suppress 4 results }",
        );
        check(
            "",
            "\ndecide { threshold 0.91, average 500 ms, suppress 4 results }\n",
        );
        check(
            "decide {\r\n\tsuppress 1 s }\r\n",
            "decide {\r\n\tsuppress 4 results, threshold 0.91, average 500 ms }\r\n",
        );
    }

    #[test]
    fn the_same_in_yaml() {
        let check = |block, expected| check(YAML, Syntax::Yaml, block, expected);
        check(
            "decide:\n  threshold: 0.8 # share\n  average: \"1 s\"\n  ignore: [b]\n\n# end\n",
            "decide:\n  threshold: 0.91 # share\n  average: 500 ms\n  ignore: [b]\n  suppress: 4 results\n\n# end\n",
        );
        check(
            "decide: {ignore: [b], average: 1 s}\n",
            "decide: {ignore: [b], average: 500 ms, threshold: 0.91, suppress: 4 results}\n",
        );
        check(
            "",
            "decide:\n  threshold: 0.91\n  average: 500 ms\n  suppress: 4 results\n",
        );
    }

    #[test]
    fn a_text_with_problems_is_left_alone() {
        assert!(set("impulse t\ndecide {", Syntax::Impulse, "decide", &values()).is_err());
        let beside = format!("{HEAD}decide 0.8 {{ average 1 s }}\n");
        let result = set(&beside, Syntax::Impulse, "decide", &values());
        assert!(result.is_err() || result.unwrap().contains("0.91"));
    }
}
