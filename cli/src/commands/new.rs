//! `impulse new`: writes a spec that explains itself.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use impulse_codegen::tflite;
use impulse_dsl::Syntax;
use impulse_ir::diagnostic::{Diagnostic, codes};

use crate::args::{New, Template};
use crate::failure::{Failure, read_error, write_error};
use crate::ui::Ui;

/// What the schema is called beside a spec in YAML.
const SCHEMA: &str = "impulse.schema.json";

/// Frames of the import template, in milliseconds: length and distance.
const FRAME_MS: [usize; 2] = [32, 20];

/// Writes the spec; for YAML also the schema beside it, for editors.
///
/// # Errors
/// When the file exists, cannot be written, or the network to import cannot be used.
pub fn run(args: &New, ui: Ui) -> Result<(), Failure> {
    let path = match args.path.extension() {
        Some(_) => args.path.clone(),
        None => args.path.with_extension(Syntax::Impulse.extension()),
    };
    let Some(syntax) = Syntax::from_path(&path) else {
        let message = "expected a file name that ends in .impulse, .yaml or .yml";
        return Err(Diagnostic::file(codes::FILE_WRITE, &path, message).into());
    };
    let template = match (args.template, syntax) {
        (Template::Keyword, Syntax::Impulse) => include_str!("../../templates/keyword.impulse"),
        (Template::Keyword, Syntax::Yaml) => include_str!("../../templates/keyword.yaml"),
        (Template::Motion, Syntax::Impulse) => include_str!("../../templates/motion.impulse"),
        (Template::Motion, Syntax::Yaml) => include_str!("../../templates/motion.yaml"),
        (Template::Image, Syntax::Impulse) => include_str!("../../templates/image.impulse"),
        (Template::Image, Syntax::Yaml) => include_str!("../../templates/image.yaml"),
        (Template::Import, Syntax::Impulse) => include_str!("../../templates/import.impulse"),
        (Template::Import, Syntax::Yaml) => include_str!("../../templates/import.yaml"),
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let mut text = template
        .replace("@NAME@", &name(&path))
        .replace("@FILE@", &file)
        .replace("@SCHEMA@", SCHEMA);
    if args.template == Template::Import {
        text = with_network(text, &path, syntax, args.model.as_deref())?;
    }
    write_new(&path, &text)?;
    ui.done("wrote", &path.display().to_string());
    if syntax == Syntax::Yaml {
        let schema = path.with_file_name(SCHEMA);
        match write_new(&schema, &impulse_dsl::json_schema()) {
            Ok(()) => ui.done("wrote", &schema.display().to_string()),
            // It is there for another spec of the folder.
            Err(_) if schema.is_file() => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    Ok(())
}

/// A name for the impulse from the file's name.
fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => c,
        _ => '_',
    };
    let name: String = stem.chars().take(40).map(plain).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_lowercase() => name,
        _ => format!("impulse_{name}"),
    }
}

/// Fills in the network to import, and a window and features that give what its input takes.
fn with_network(
    text: String,
    spec: &Path,
    syntax: Syntax,
    model: Option<&Path>,
) -> Result<String, Failure> {
    let Some(model) = model else {
        let message = "expected the network to import, found no --model";
        let hint = "such as `impulse new words.impulse --template import --model words.tflite`";
        return Err(Diagnostic::general(codes::NO_MODEL, message)
            .hint(hint)
            .into());
    };
    let bytes = fs::read(model).map_err(|e| read_error(model, &e))?;
    let graph = tflite::read(&bytes)?;
    let input = graph.inputs.first().and_then(|id| graph.tensors.get(*id));
    let shape = input.map(|t| t.shape.clone()).unwrap_or_default();
    let sides: Vec<usize> = shape.iter().copied().filter(|side| *side != 1).collect();
    let [frames, coefficients @ 2..=128] = sides[..] else {
        let message = format!(
            "expected a network over frames x coefficients, such as [1, 49, 40, 1], found an input of shape {shape:?}"
        );
        return Err(Diagnostic::file(codes::NO_MODEL, model, message)
            .hint("the feature block that there is makes such pictures of sound; networks over other data cannot be imported so far")
            .into());
    };
    let [length, every] = FRAME_MS;
    let length = length + (frames.max(1) - 1) * every;
    let stride = (length / 4).next_multiple_of(every);
    let model = relative(model, spec.parent().unwrap_or(Path::new("")));
    Ok(text
        .replace("@FRAMES@", &frames.to_string())
        .replace("@COEFFICIENTS@", &coefficients.to_string())
        .replace("@FILTERS@", &coefficients.max(32).to_string())
        .replace("@LENGTH@", &length.to_string())
        .replace("@STRIDE@", &stride.to_string())
        .replace("@MODEL@", &quoted(&model, syntax)))
}

/// `model`, which is relative to the current folder, as seen from `folder`.
fn relative(model: &Path, folder: &Path) -> PathBuf {
    if let Ok(below) = model.strip_prefix(folder) {
        return below.to_owned();
    }
    let plain = |c: Component<'_>| matches!(c, Component::Normal(_));
    if model.is_absolute() || !folder.components().all(plain) {
        return model.to_owned();
    }
    let up = folder.components().map(|_| Component::ParentDir);
    up.chain(model.components()).collect()
}

/// A path as it stands in a spec: in quotes, which YAML does without where the path is plain.
fn quoted(path: &Path, syntax: Syntax) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    match syntax {
        Syntax::Yaml if text.starts_with(char::is_alphabetic) && text.chars().all(is_plain) => text,
        _ => format!("\"{}\"", text.replace('"', "\\\"")),
    }
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, text: &str) -> Result<(), Diagnostic> {
    let mut file = fs::File::create_new(path).map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => Diagnostic::file(
            codes::FILE_EXISTS,
            path,
            "expected a new file, found one of this name",
        )
        .hint("name another; nothing was written"),
        _ => write_error(path, &e),
    })?;
    file.write_all(text.as_bytes())
        .map_err(|e| write_error(path, &e))
}

#[cfg(test)]
mod tests {
    use super::{name, relative};
    use std::path::Path;

    #[test]
    fn a_model_is_named_as_the_spec_sees_it() {
        for (model, folder, expect) in [
            ("a.tflite", "", "a.tflite"),
            ("x/a.tflite", "x", "a.tflite"),
            ("a.tflite", "x/y", "../../a.tflite"),
            ("/m/a.tflite", "x", "/m/a.tflite"),
        ] {
            let found = relative(Path::new(model), Path::new(folder));
            assert_eq!(found, Path::new(expect));
        }
    }

    #[test]
    fn names_come_from_the_file() {
        for (path, expect) in [
            ("a/My-Words.impulse", "my_words"),
            ("2x.yaml", "impulse_2x"),
            ("été.impulse", "impulse__t_"),
            (".impulse", "impulse__impulse"),
        ] {
            assert_eq!(name(Path::new(path)), expect);
        }
    }
}
