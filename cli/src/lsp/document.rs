//! An open document and what is known of it.

use std::path::PathBuf;

use gen_lsp_types as lsp;
use impulse_codegen::tflite;
use impulse_dsl::{Impulse, Syntax};
use impulse_ir::Span;
use impulse_ir::diagnostic::{Diagnostic, Place};
use impulse_ir::pipeline::{Pipeline, placeholder};
use impulse_ir::plan::{Plan, plan};
use impulse_ir::spec::{NetworkSource, Spec, Target};

use crate::budget::{self, Effort, Written};
use crate::failure::read_error;
use crate::lines::{Columns, Lines, Position, clamp};

/// A document with its text, its meaning and its problems.
pub struct Document {
    /// How the editor names it.
    pub uri: String,
    /// Its spelling.
    pub syntax: Syntax,
    /// Its text.
    pub text: String,
    /// Its problems.
    pub diagnostics: Vec<Diagnostic>,
    /// Its meaning, where nothing is wrong with it.
    pub meaning: Option<Meaning>,
    columns: Columns,
}

/// What a sound spec means.
pub struct Meaning {
    /// What it says, with places.
    pub impulse: Impulse,
    /// What it means.
    pub spec: Spec,
    /// The plan on each target.
    pub plans: Vec<(Target, Plan)>,
}

impl Document {
    /// A document without text. Its name says its spelling, or the language that the editor gives.
    pub fn new(uri: String, language: &str, columns: Columns) -> Self {
        let by_name = Syntax::from_path(&path(&uri));
        let by_language = match language {
            "yaml" => Syntax::Yaml,
            _ => Syntax::Impulse,
        };
        Self {
            syntax: by_name.unwrap_or(by_language),
            uri,
            text: String::new(),
            diagnostics: Vec::new(),
            meaning: None,
            columns,
        }
    }

    /// Takes a new text and finds out all about it. YAML that begins no impulse is none of ours.
    pub fn set_text(&mut self, text: String) {
        self.text = text;
        (self.meaning, self.diagnostics) = (None, Vec::new());
        let is_ours =
            |line: &str| line.starts_with("impulse:") || line.contains("impulse.schema.json");
        if self.syntax == Syntax::Yaml && !self.text.lines().any(is_ours) {
            return;
        }
        let (spec, found) = impulse_dsl::compile(&self.text, self.syntax);
        self.diagnostics = found;
        let sound = !self.diagnostics.iter().any(Diagnostic::is_error);
        let (impulse, _) = impulse_dsl::parse(&self.text, self.syntax);
        let (Some(spec), Some(impulse), true) = (spec, impulse, sound) else {
            return;
        };
        match self.pipeline(&spec, &impulse) {
            Ok(pipeline) => self.planned(impulse, spec, &pipeline),
            Err(problems) => self.diagnostics.extend(problems),
        }
    }

    fn planned(&mut self, impulse: Impulse, spec: Spec, pipeline: &Pipeline) {
        let targets = spec.targets.iter();
        let plans: Vec<_> = targets
            .map(|t| (t.clone(), plan(pipeline, &t.board)))
            .collect();
        let written = Written {
            text: &self.text,
            syntax: self.syntax,
            spec: &spec,
            effort: &Effort::new(),
        };
        let broken = plans
            .iter()
            .flat_map(|(t, p)| budget::diagnostics(written, t, p));
        self.diagnostics.extend(broken);
        self.meaning = Some(Meaning {
            impulse,
            spec,
            plans,
        });
    }

    fn pipeline(&self, spec: &Spec, impulse: &Impulse) -> Result<Pipeline, Vec<Diagnostic>> {
        let NetworkSource::File(file) = &spec.network else {
            return placeholder(spec);
        };
        let place = impulse.network.as_ref().and_then(|n| n.from.as_ref());
        let here = |mut problem: Diagnostic| {
            problem.place = place.map_or(problem.place, |from| Place::Spec(from.span));
            problem
        };
        let path = path(&self.uri).with_file_name("").join(file);
        let bytes = std::fs::read(&path).map_err(|e| vec![here(read_error(&path, &e))])?;
        let graph = tflite::read(&bytes)
            .map_err(|found| found.into_iter().map(here).collect::<Vec<_>>())?;
        Ok(Pipeline::new(spec, graph))
    }

    /// The whole text formatted, as one change; `None` where it cannot be read.
    pub fn formatted(&self) -> Option<Vec<lsp::TextEdit>> {
        let new_text = impulse_dsl::format(&self.text, self.syntax, self.syntax).ok()?;
        if new_text == self.text {
            return Some(Vec::new());
        }
        let range = self.range(Span::new(0, self.text.len()));
        Some(vec![lsp::TextEdit { range, new_text }])
    }

    /// The byte at a position of the editor.
    pub fn offset(&self, position: lsp::Position) -> usize {
        let position = Position {
            line: position.line as usize,
            column: position.character as usize,
        };
        Lines::new(&self.text).offset(position, self.columns)
    }

    /// A span as the editor counts.
    pub fn range(&self, span: Span) -> lsp::Range {
        let lines = Lines::new(&self.text);
        let bytes = clamp(span, &self.text);
        let [start, end] = [bytes.start, bytes.end].map(|offset| {
            let position = lines.position(offset, self.columns);
            lsp::Position {
                line: position.line as u32,
                character: position.column as u32,
            }
        });
        lsp::Range { start, end }
    }
}

/// The path of a `file:` URI (RFC 8089); of another, its last part as a relative path.
fn path(uri: &str) -> PathBuf {
    let encoded = uri.strip_prefix("file://").unwrap_or(uri);
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|d| std::str::from_utf8(d).ok());
        let code = digits.and_then(|d| u8::from_str_radix(d, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // `/C:/a` is `C:/a` on Windows.
    let drive = text.as_bytes().get(2) == Some(&b':');
    PathBuf::from(if drive { &text[1..] } else { &text })
}

#[cfg(test)]
mod tests {
    use super::path;
    use std::path::Path;

    #[test]
    fn uris_are_paths() {
        for (uri, expect) in [
            ("file:///a/my%20words.impulse", "/a/my words.impulse"),
            ("file:///c:/a.yaml", "c:/a.yaml"),
            ("untitled:Untitled-1", "untitled:Untitled-1"),
            ("file:///a%2", "/a%2"),
            ("file:///a%c3%a9", "/aé"),
        ] {
            assert_eq!(path(uri), Path::new(expect));
        }
    }
}
