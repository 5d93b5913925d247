//! `impulse test`: the built model on a split of the data.

use impulse_train::data::{self, Split};

use crate::args::{SplitName, Test};
use crate::builder::steps;
use crate::failure::Failure;
use crate::project::Project;
use crate::tables;
use crate::ui::{Ui, percent, print};
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
    let bar = ui.bar("loading", 0, "{bar:30} {pos}/{len} recordings");
    let set = data::load(&project.spec, &project.base, &|done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let set = set?;
    ui.diagnostics(&set.warnings, Some(&project.source));
    let (split, name) = match args.split {
        SplitName::Train => (Split::Train, "training"),
        SplitName::Validation => (Split::Validation, "validation"),
        SplitName::Test => (Split::Test, "test"),
    };
    if set.indices(split).is_empty() {
        let problem = Diagnostic::general(codes::SPLIT, format!("the {name} split has no clips"));
        return Err(problem.hint("choose another with --split").into());
    }
    let result = steps::compare(model.float.as_ref(), &pipeline, &set, split)?;
    tables::accuracy(result.float.as_ref(), &result.int8, name);
    tables::confusion(&pipeline.labels, &result.int8, ui);
    if args.errors {
        for wrong in result
            .int8
            .predictions
            .iter()
            .filter(|p| p.predicted() != p.label)
        {
            let (name, said) = (&set.clips[wrong.clip].name, &set.labels[wrong.label]);
            let share = percent(
                wrong
                    .probabilities
                    .get(wrong.predicted())
                    .copied()
                    .unwrap_or(0.0)
                    .into(),
            );
            print(&format!(
                "{name}: `{said}` heard as `{}`, {share}",
                set.labels[wrong.predicted()]
            ));
        }
    }
    if let Some(float) = &result.float {
        let points = (float.accuracy() - result.int8.accuracy()) * 100.0;
        let which = if points < 0.0 { "above" } else { "below" };
        ui.done(
            "compared",
            &format!("int8 is {:.1} points {which} float", points.abs()),
        );
    }
    Ok(())
}
