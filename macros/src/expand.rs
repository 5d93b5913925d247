//! From a path to the items of the model.

use std::fs;
use std::path::{Path, PathBuf};

use impulse_codegen::fingerprint::spec_hash;
use impulse_codegen::{rust, tflite};
use impulse_dsl::Syntax;
use impulse_ir::board::Cpu;
use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::passes;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::spec::Spec;
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use crate::problem;

/// The items of the impulse whose spec lies at `path`, relative to the folder `manifest`; or the
/// text of the compile error.
pub(crate) fn expand(manifest: &Path, path: &str) -> Result<TokenStream, String> {
    let text = read_text(manifest, path, "the spec")?;
    let spec = check(path, &text)?;
    let folder = build_folder(path, &spec.name);
    let command = format!("run `impulse build {path}`");
    let record_path = format!("{folder}/build.json");
    let model_path = format!("{folder}/{}.tflite", spec.name);
    let missing = |error: String| format!("there is no trained model: {error}\n  help: {command}");
    let record = read_text(manifest, &record_path, "the build's record").map_err(missing)?;
    let model = read(manifest, &model_path, "the network").map_err(missing)?;
    let record: Value = serde_json::from_str(&record).map_err(|e| {
        format!("`{record_path}` is not what a build writes: {e}\n  help: {command}")
    })?;
    if record.get("spec_hash").and_then(Value::as_str) != Some(spec_hash(&spec).as_str()) {
        return Err(format!(
            "the spec has changed since the model in `{folder}` was built\n  help: {command}"
        ));
    }
    let all = |found: Vec<Diagnostic>| problem::text(&found, path, &text);
    let graph = tflite::read(&model).map_err(all)?;
    let cpu = spec
        .targets
        .first()
        .map_or(Cpu::CortexM4, |target| target.board.cpu);
    let pipeline = Pipeline {
        labels: labels(&spec, &record),
        name: spec.name,
        window: spec.window,
        features: spec.features,
        graph: passes::run_int8(graph),
        decide: spec.decide,
    };
    let items = rust::tokens(&pipeline, cpu, &quote!(::impulse::runtime)).map_err(all)?;
    let tracked = tracked(&[path, &model_path, &record_path]);
    Ok(quote!(#items #tracked))
}

fn check(path: &str, text: &str) -> Result<Spec, String> {
    let Some(syntax) = Syntax::from_path(Path::new(path)) else {
        return Err(format!(
            "expected a file `*.impulse` or `*.yaml`, found `{path}`"
        ));
    };
    let (impulse, mut found) = impulse_dsl::parse(text, syntax);
    let spec = impulse.and_then(|impulse| {
        let (spec, more) = impulse_dsl::check(&impulse);
        found.extend(more);
        spec
    });
    match spec {
        Some(spec) if !found.iter().any(Diagnostic::is_error) => Ok(spec),
        _ => Err(problem::text(&found, path, text)),
    }
}

/// The labels of the data set or, for a network without data, those that the build noted.
fn labels(spec: &Spec, record: &Value) -> Vec<String> {
    if let Some(data) = &spec.data {
        return data.labels.clone();
    }
    let noted = record.get("labels").and_then(Value::as_array);
    let texts = noted.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// `build/NAME` beside the spec, with `/` between its parts.
fn build_folder(path: &str, name: &str) -> String {
    match path.rsplit_once(['/', '\\']) {
        Some((folder, _)) => format!("{folder}/build/{name}"),
        None => format!("build/{name}"),
    }
}

/// Mentions each file, so that the compiler knows what the program depends on.
fn tracked(paths: &[&str]) -> TokenStream {
    let files = paths.iter().map(|path| {
        if Path::new(path).is_absolute() {
            quote!(::core::include_bytes!(#path))
        } else {
            quote! {
                ::core::include_bytes!(::core::concat!(
                    ::core::env!("CARGO_MANIFEST_DIR"), "/", #path
                ))
            }
        }
    });
    quote!(#(const _: &[u8] = #files;)*)
}

fn read(manifest: &Path, path: &str, what: &str) -> Result<Vec<u8>, String> {
    let full: PathBuf = manifest.join(path);
    fs::read(&full).map_err(|e| format!("{what} `{path}` cannot be read: {e}"))
}

fn read_text(manifest: &Path, path: &str, what: &str) -> Result<String, String> {
    String::from_utf8(read(manifest, path, what)?)
        .map_err(|_| format!("{what} `{path}` is not UTF-8 text"))
}
