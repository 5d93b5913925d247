//! `impulse test`: the built model on a split of the data.

use crate::args::{Results, Test};
use crate::builder::steps::{self, Comparison};
use crate::evaluation::Document;
use crate::failure::Failure;
use crate::kept;
use crate::project::Project;
use crate::tables;
use crate::ui::{Ui, print};
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::pipeline::Pipeline;

/// Evaluates the built model.
///
/// # Errors
/// When there is no current model, or its data cannot be read.
pub fn run(args: &Test, ui: Ui) -> Result<(), Failure> {
    let project = Project::load(args.spec.as_deref())?;
    ui.diagnostics(&project.warnings, Some(&project.source));
    test(&project, args, ui).map_err(|f| project.fail(f))
}

fn test(project: &Project, args: &Test, ui: Ui) -> Result<(), Failure> {
    let model = super::model::load(project)?;
    let pipeline = Pipeline::new(&project.spec, model.graph);
    let set = project.load_data(ui)?;
    let (split, name) = args.split.side();
    if set.indices(split).is_empty() {
        let problem = Diagnostic::general(codes::SPLIT, format!("the {name} split has no clips"));
        return Err(problem.hint("choose another with --split").into());
    }
    let result = steps::compare(model.float.as_ref(), &pipeline, &set, split)?;
    kept::close(project, &set, ui);
    let document = Document::new(&project.spec, &set, name, &result);
    if args.format == Results::Json {
        print(document.to_json().trim_end());
        return Ok(());
    }
    show(&document, &result, args, ui);
    Ok(())
}

fn show(document: &Document, result: &Comparison, args: &Test, ui: Ui) {
    let n_clips = document.clips.len();
    let float = document.float.as_ref().map(|f| f.accuracy);
    tables::accuracy(float, document.int8.accuracy, n_clips, &document.split);
    let aucs: Vec<Option<f64>> = document.int8.per_label.iter().map(|l| l.auc).collect();
    tables::confusion(&document.labels, &result.int8, Some(&aucs), ui);
    tables::groups(&document.groups, ui);
    tables::loudness(&document.loudness, ui);
    if let Some(agreement) = &document.agreement {
        print(&tables::agreement(agreement, n_clips));
    }
    if args.errors {
        tables::errors(document);
    }
    if let Some(float) = float {
        let points = (float - document.int8.accuracy) * 100.0;
        let which = if points < 0.0 { "above" } else { "below" };
        ui.done(
            "compared",
            &format!("int8 is {:.1} points {which} float", points.abs()),
        );
    }
}
