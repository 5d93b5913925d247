//! `impulse run`: recordings through the built model, as whole windows or as a live stream.

use std::fs;
use std::path::Path;

use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::exec::Session;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::spec::Sensor;
use impulse_train::{data, metrics};

use crate::args::Run;
use crate::failure::{Failure, read_error};
use crate::project::Project;
use crate::tables;
use crate::ui::{Ui, percent, print};

/// Classifies recordings.
///
/// # Errors
/// When there is no current model, or a recording cannot be read: all such recordings are named,
/// and the others still classified.
pub fn run(args: &Run, ui: Ui) -> Result<(), Failure> {
    let project = Project::load(args.spec.as_deref())?;
    ui.diagnostics(&project.warnings, Some(&project.source));
    classify(&project, args, ui).map_err(|f| project.fail(f))
}

fn classify(project: &Project, args: &Run, ui: Ui) -> Result<(), Failure> {
    let model = super::model::load(project)?;
    let pipeline = Pipeline::new(&project.spec, model.graph);
    let mut problems = Vec::new();
    for path in &args.clips {
        let bytes = fs::read(path).map_err(|e| read_error(path, &e));
        let refuse = |message| Diagnostic::file(codes::CLIP_UNREADABLE, path, message);
        let window = &pipeline.window;
        let result = bytes.and_then(|bytes| {
            if args.stream {
                let samples = data::signal(bytes, path, window).map_err(refuse)?;
                return Ok(stream(&pipeline, path, &samples));
            }
            let samples = data::signal(bytes.clone(), path, window).map_err(refuse)?;
            let (cut, _) = data::windows(bytes, path, &project.spec).map_err(refuse)?;
            Ok(windows(&pipeline, path, (&samples, &cut), ui))
        });
        match result {
            Ok(done) => done?,
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.into())
    }
}

/// Classifies the windows of a recording as training saw its clips.
fn windows(
    pipeline: &Pipeline,
    path: &Path,
    (samples, all): (&[i16], &[Vec<i16>]),
    ui: Ui,
) -> Result<(), Failure> {
    let mut session = Session::new(pipeline)?;
    let many = all.len() > 1;
    for (i, window) in all.iter().enumerate() {
        let result = session.classify(window);
        let best = metrics::argmax(&result.probabilities);
        let of = if many {
            format!(", window {}", i + 1)
        } else {
            String::new()
        };
        print(&format!(
            "{}{of}: {}",
            path.display(),
            pipeline.labels[best]
        ));
        let mut table = tables::plain(ui);
        for (label, share) in pipeline.labels.iter().zip(&result.probabilities) {
            table.add_row([
                format!("  {label}"),
                percent(f64::from(*share)),
                gauge(*share),
            ]);
        }
        tables::align_right(&mut table, &[1]);
        print(&table.to_string());
    }
    let heard = all.len() * pipeline.window.length_samples;
    if many && pipeline.window.sensor == Sensor::Audio && heard < samples.len() {
        let rest = (samples.len() - heard) as f64 / f64::from(pipeline.window.rate_hz.max(1));
        print(&format!(
            "  the last {rest:.2} s fill no window; --stream hears them too"
        ));
    }
    Ok(())
}

/// Pushes the recording as a device's microphone would, and prints each result and decision.
fn stream(pipeline: &Pipeline, path: &Path, samples: &[i16]) -> Result<(), Failure> {
    let mut session = Session::new(pipeline)?;
    print(&format!(
        "{}: time s, score % of {}",
        path.display(),
        pipeline.labels.join(", ")
    ));
    let (scale, zero_point) = output_scale(pipeline);
    let per_second = pipeline.window.rate_hz.max(1) as f64 * pipeline.window.n_axes as f64;
    let seconds = |n_values: usize| n_values as f64 / per_second;
    let mut rest = samples;
    let mut done = 0;
    let mut decisions = 0;
    let mut results = 0u64;
    while !rest.is_empty() {
        let (consumed, result) = session.push(rest);
        rest = &rest[consumed..];
        done += consumed;
        let Some(result) = result else { continue };
        results += 1;
        let seconds = seconds(done);
        let shares: Vec<String> = result
            .scores
            .iter()
            .map(|&q| format!("{:>5.1}", 100.0 * scale * (f32::from(q) - zero_point)))
            .collect();
        let decided = result.decision.and_then(|l| pipeline.labels.get(l));
        decisions += usize::from(decided.is_some());
        let note = decided
            .map(|label| format!("  → {label}"))
            .unwrap_or_default();
        print(&format!("{seconds:>9.3} {}{note}", shares.join(" ")));
    }
    let length = seconds(samples.len());
    if results == 0 {
        let needed = pipeline.window.length_samples as f64;
        let needed = needed / f64::from(pipeline.window.rate_hz.max(1));
        print(&format!(
            "no result: {length:.2} s are shorter than a window of {needed} s"
        ));
        return Ok(());
    }
    print(&format!(
        "{} in {length:.1} s",
        crate::ui::plural(decisions as u64, "decision")
    ));
    Ok(())
}

/// Scale and zero point of the network's output.
fn output_scale(pipeline: &Pipeline) -> (f32, f32) {
    let graph = &pipeline.graph;
    let output = graph.outputs.first().and_then(|&id| graph.tensors.get(id));
    let found = output
        .and_then(|t| t.quantization.as_ref())
        .and_then(|q| Some((*q.scales.first()?, *q.zero_points.first()?)));
    found.map_or((1.0 / 256.0, -128.0), |(scale, zero)| (scale, zero as f32))
}

fn gauge(share: f32) -> String {
    "█".repeat((share.clamp(0.0, 1.0) * 24.0).round() as usize)
}
