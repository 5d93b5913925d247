//! `impulse fmt`: formats specs in place, or converts one to the other spelling.

use std::fs;
use std::io::Read;
use std::path::Path;

use impulse_dsl::Syntax;
use impulse_ir::diagnostic::{Diagnostic, codes};

use crate::args::{Fmt, Spelling};
use crate::failure::{Failure, Source, read_error, write_error};
use crate::project;
use crate::ui::{Ui, print};

/// Formats, checks or converts.
///
/// # Errors
/// Problems of the specs, files that cannot be written, and with `--check` files that are not
/// formatted.
pub fn run(args: &Fmt, ui: Ui) -> Result<(), Failure> {
    if let Some(to) = args.to {
        return convert(args, to);
    }
    let mut unformatted = Vec::new();
    for path in &args.specs {
        if path == Path::new("-") {
            let (source, syntax) = standard_input()?;
            print(canonical(&source, syntax, args.expand)?.trim_end_matches('\n'));
            continue;
        }
        let (source, syntax) = project::read(path)?;
        let text = canonical(&source, syntax, args.expand)?;
        if text == source.text {
            continue;
        }
        if args.check {
            let problem = Diagnostic::file(codes::NOT_FORMATTED, path, "the spec is not formatted");
            unformatted.push(problem.hint(format!("run `impulse fmt {}`", path.display())));
        } else {
            replace(path, &text)?;
            ui.done("formatted", &path.display().to_string());
        }
    }
    if unformatted.is_empty() {
        Ok(())
    } else {
        Err(unformatted.into())
    }
}

fn convert(args: &Fmt, to: Spelling) -> Result<(), Failure> {
    let to = match to {
        Spelling::Impulse => Syntax::Impulse,
        Spelling::Yaml => Syntax::Yaml,
    };
    for path in &args.specs {
        let (source, from) = if path == Path::new("-") {
            standard_input()?
        } else {
            project::read(path)?
        };
        let text = format(&source, from, to)?;
        match &args.output {
            Some(output) => replace(output, &text)?,
            None => print(text.trim_end_matches('\n')),
        }
    }
    Ok(())
}

fn format(source: &Source, from: Syntax, to: Syntax) -> Result<String, Failure> {
    impulse_dsl::format(&source.text, from, to).map_err(|problems| failure(source, problems))
}

/// The spec in its own spelling, with `expand` its network written out.
fn canonical(source: &Source, syntax: Syntax, expand: bool) -> Result<String, Failure> {
    if !expand {
        return format(source, syntax, syntax);
    }
    impulse_dsl::expand(&source.text, syntax).map_err(|problems| failure(source, problems))
}

fn failure(source: &Source, diagnostics: Vec<Diagnostic>) -> Failure {
    Failure {
        source: Some(source.clone()),
        diagnostics,
        is_shown: false,
    }
}

/// The spec on standard input; YAML where its first line of content begins `impulse:`.
fn standard_input() -> Result<(Source, Syntax), Diagnostic> {
    let path = Path::new("<stdin>");
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|e| read_error(path, &e))?;
    let yaml = text.lines().any(|line| line.starts_with("impulse:"));
    let syntax = if yaml { Syntax::Yaml } else { Syntax::Impulse };
    Ok((
        Source {
            path: path.to_owned(),
            text,
        },
        syntax,
    ))
}

/// Replaces the file whole or not at all.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Diagnostic> {
    replace_bytes(path, text.as_bytes())
}

/// The same of any bytes.
pub(super) fn replace_bytes(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let error = |e: std::io::Error| write_error(path, &e);
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let file = tempfile::Builder::new()
        .prefix(".impulse.")
        .tempfile_in(folder)
        .map_err(error)?;
    fs::write(file.path(), bytes).map_err(error)?;
    if let Ok(old) = fs::metadata(path) {
        fs::set_permissions(file.path(), old.permissions()).map_err(error)?;
    }
    file.persist(path).map_err(|e| error(e.error))?;
    Ok(())
}
