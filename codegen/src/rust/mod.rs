//! The Rust crate, and the same code as tokens for the macro.

mod front_end;
mod items;
mod packed;
mod reach;
pub(crate) mod steps;
pub(crate) mod values;
pub(crate) mod vendor;

use impulse_ir::Diagnostic;
use impulse_ir::board::Cpu;
use impulse_ir::diagnostic::codes;
use impulse_ir::pipeline::Pipeline;
use minijinja::context;
use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Model;
use crate::template::{origin_lines, render};
use crate::{File, Origin, escape, template};

/// What brings an image to the size of a window.
const RESIZE: &str = "`runtime::features::image::Resize`";

/// A `no_std` crate that builds by itself, offline: what it needs of the runtime's sources is a part of it.
///
/// # Errors
/// When the graph is not an int8 network of supported operators over the pipeline's features.
pub fn emit(pipeline: &Pipeline, cpu: Cpu, origin: &Origin) -> Result<Vec<File>, Vec<Diagnostic>> {
    let model = Model::new(pipeline, cpu)?;
    let items = items::items(&model, &quote!(crate::runtime));
    let body = pretty(items)?;
    let runtime = vendor::runtime(&body)?;
    let lines = origin_lines(origin);
    let window = model.window_words(RESIZE);
    let values = context! {
        name => escape::comment(&pipeline.name),
        prefix => &model.prefix,
        type_name => escape::type_name(&model.prefix),
        origin => lines,
        state_bytes => model.state_bytes(),
        n_labels => model.args.n_labels,
        window_values => format!("{} {}", model.args.layout.n_values, window.values),
        about_window => window.about,
        order => template::wrapped(&window.order, 120).join("\n"),
        sample_type => front_end::sample_type(&model.args.layout).to_string(),
        body,
    };
    let mut files = vec![
        File::text(
            "Cargo.toml",
            render(include_str!("../../templates/Cargo.toml.jinja"), &values)?,
        ),
        File::text(
            "README.md",
            render(include_str!("../../templates/rust.md.jinja"), &values)?,
        ),
        File::text(
            "src/lib.rs",
            render(include_str!("../../templates/lib.rs.jinja"), &values)?,
        ),
    ];
    files.extend(runtime);
    Ok(files)
}

/// The items of the model (its types and, in a block of their own, its tables), with every path of
/// the runtime below `runtime`, such as `::impulse::runtime`.
///
/// # Errors
/// Those of [`emit`].
pub fn tokens(
    pipeline: &Pipeline,
    cpu: Cpu,
    runtime: &TokenStream,
) -> Result<TokenStream, Vec<Diagnostic>> {
    Ok(items::items(&Model::new(pipeline, cpu)?, runtime))
}

/// Formatted text of `items`, numbers of tables packed into lines.
pub(crate) fn pretty(items: TokenStream) -> Result<String, Vec<Diagnostic>> {
    let file = syn::parse2(items).map_err(|error| {
        vec![Diagnostic::general(
            codes::EMISSION,
            format!("the generated Rust is not Rust: {error}"),
        )]
    })?;
    Ok(values::pack(&prettyplease::unparse(&file)))
}
