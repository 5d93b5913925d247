//! The C library: `NAME.h`, `NAME.c`, and the fixed C files that they need.

pub(crate) mod fixed;
pub(crate) mod front_end;
mod packed;
pub(crate) mod steps;
pub(crate) mod text;

use impulse_ir::Diagnostic;
use impulse_ir::board::Cpu;
use impulse_ir::features::DeviceArgs;
use impulse_ir::pipeline::Pipeline;
use minijinja::value::merge_maps;
use minijinja::{Value, context};

use crate::model::{Model, WindowWords};
use crate::template::{c_header, render};
use crate::{File, Origin, escape, model};

/// The C library of a trained impulse: C99, no heap, nothing of libc but `stdint.h`, `stddef.h`,
/// `stdbool.h`, `float.h` and `string.h`. All files belong into one folder.
///
/// # Errors
/// When the graph is not an int8 network of supported operators over the pipeline's features.
pub fn emit(pipeline: &Pipeline, cpu: Cpu, origin: &Origin) -> Result<Vec<File>, Vec<Diagnostic>> {
    let model = Model::new(pipeline, cpu)?;
    let values = values(&model, origin);
    let header = render(include_str!("../../templates/model.h.jinja"), &values)?;
    let source = render(include_str!("../../templates/model.c.jinja"), &values)?;
    let readme = render(include_str!("../../templates/c.md.jinja"), &values)?;
    let kernels = model.kernels();
    let mut files = fixed::needed(&format!("{header}\n{source}"), &kernels);
    files.push(File::text(format!("{}.h", model.prefix), header));
    files.push(File::text(format!("{}.c", model.prefix), source));
    files.push(File::text("README.md", readme));
    Ok(files)
}

/// What the templates fill in.
fn values(model: &Model, origin: &Origin) -> Value {
    let (pipeline, args, prefix) = (model.pipeline, &model.args, &model.prefix);
    let indent = |function: &str| " ".repeat(format!("void {prefix}_{function}(").len());
    let labels: Vec<String> = pipeline
        .labels
        .iter()
        .map(|l| escape::c_string(l))
        .collect();
    let window = model.window_words("impulse_image_resize");
    context! {
        header => c_header(origin),
        name => escape::comment(&pipeline.name),
        prefix,
        upper => escape::constant(prefix),
        label_constants => escape::unique(pipeline.labels.iter().map(String::as_str)),
        labels,
        includes => includes(model),
        feature_tables => front_end::tables(args),
        has_fixed => front_end::has_fixed(&args.layout),
        streams => front_end::streams(model),
        arrays => front_end::arrays(&args.layout),
        sample_type => front_end::ctype(args.layout.sample.into()),
        keeps_input => args.layout.keeps_input(),
        all_done => (1 << args.layout.streams.len()) - 1,
        steps => steps::steps(model),
        abi => model::ABI,
        window_samples => args.layout.n_values,
        about => text::comment(&about(model, &window)),
        values => window.values,
        rate_of => window.rate_of,
        stride_samples => args.layout.streams.first().map_or(0, |s| s.frames.stride_samples),
        rate_hz => pipeline.window.rate_hz,
        classify_indent => indent("classify"),
        features_indent => indent("features"),
        infer_indent => indent("infer"),
        ..merge_maps([sizes(model), numbers(args)])
    }
}

/// What the first lines of the header say.
fn about(model: &Model, window: &WindowWords) -> String {
    format!(
        "The impulse \"{}\": {} labels from {}. {}",
        escape::comment(&model.pipeline.name),
        model.args.n_labels,
        window.about,
        window.order
    )
}

fn sizes(model: &Model) -> Value {
    let args = &model.args;
    context! {
        n_features => args.n_features(),
        n_labels => args.n_labels,
        work_len => model.work_len(),
        work_bytes => 4 * model.work_len(),
        history_len => model.history_len(),
        state_bytes => model.state_bytes(),
        arena_bytes => model.arena.bytes,
        input_offset => model.offset(model.program.input),
        output_offset => model.offset(model.program.output),
    }
}

fn numbers(args: &DeviceArgs) -> Value {
    context! {
        score_scale => text::float(args.score_scale),
        score_zero_point => args.score_zero_point,
        average_results => args.average_results,
        suppress_results => args.suppress_results,
        sum_min => args.sum_min,
        ignored => args.ignore.iter().map(bool::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn includes(model: &Model) -> Vec<&'static str> {
    let mut all = vec!["impulse_decide.h"];
    if !model.kernels().is_empty() {
        all.push("impulse_kernels.h");
    }
    all.extend(front_end::headers(&model.args.layout));
    all.extend(["impulse_normalize.h", "impulse_stream.h"]);
    all
}
