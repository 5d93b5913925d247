//! Budgets that a plan breaks, as diagnostics at the line that sets the peak, with changes that
//! the planner has tried.

mod places;
mod propose;

use std::cell::Cell;

use impulse_dsl::{Impulse, Syntax};
use impulse_ir::Span;
use impulse_ir::diagnostic::{Diagnostic, Hint, Place};
use impulse_ir::features::{Layout, Part};
use impulse_ir::plan::{Excess, Plan, Resource};
use impulse_ir::spec::{Spec, Target};

/// A spec as it was written and what it means.
#[derive(Clone, Copy)]
pub struct Written<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its spelling.
    pub syntax: Syntax,
    /// Its meaning.
    pub spec: &'a Spec,
    /// What may still be tried for it.
    pub effort: &'a Effort,
}

/// Plans that may still be made for proposals: a spec with many targets has many budgets, and the
/// answer should come at once whatever they are.
pub struct Effort(Cell<usize>);

impl Effort {
    /// What one check or one change in an editor may take.
    pub fn new() -> Self {
        Self(Cell::new(200))
    }

    /// Whether nothing may be tried any more.
    fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    /// Whether one more plan may be made.
    fn spend(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

/// Every budget of `target` that `plan` breaks. Each diagnostic stands where the peak comes from,
/// names the budget as a second place, and proposes changes; each proposal was planned and holds
/// that budget.
pub fn diagnostics(written: Written<'_>, target: &Target, plan: &Plan) -> Vec<Diagnostic> {
    let excesses = plan.excesses(target);
    if excesses.is_empty() {
        return Vec::new();
    }
    let (impulse, _) = impulse_dsl::parse(written.text, written.syntax);
    let found = plan.budget_diagnostics(target);
    let each = excesses.iter().zip(found);
    each.map(|(excess, diagnostic)| match &impulse {
        Some(impulse) => explained(written, impulse, target, plan, excess, diagnostic),
        None => diagnostic,
    })
    .collect()
}

fn explained(
    written: Written<'_>,
    impulse: &Impulse,
    target: &Target,
    plan: &Plan,
    excess: &Excess,
    mut diagnostic: Diagnostic,
) -> Diagnostic {
    let cause = plan.cause(excess.resource);
    let block = costliest(written.spec, plan, excess.resource);
    let peak = cause.and_then(|cause| places::of(&cause, block, written.spec, impulse));
    if let (Some(peak), Place::Spec(budget)) = (peak, diagnostic.place.clone()) {
        diagnostic.place = Place::Spec(peak);
        if budget != Span::default() {
            diagnostic.hints.push(Hint {
                message: match excess.of_board {
                    true => "the board is chosen here".to_owned(),
                    false => "the budget is set here".to_owned(),
                },
                span: Some(budget),
                replacement: None,
            });
        }
    }
    let proposals = propose::all(written, impulse, target, plan, (excess, block));
    diagnostic.hints.extend(proposals);
    diagnostic
}

/// The feature block that takes most of `resource`, by its index.
fn costliest(spec: &Spec, plan: &Plan, resource: Resource) -> usize {
    let layout = Layout::new(&spec.window, &spec.features);
    let cost = |part: &Part| {
        let step = plan.steps.iter().find(|s| s.operator == part.name);
        step.map_or(0, |step| match resource {
            Resource::Ram => step.ram_bytes,
            Resource::Flash => step.flash_bytes,
            Resource::Latency => step.instructions,
        })
    };
    let parts = layout.parts.iter().enumerate().rev();
    parts
        .max_by_key(|(_, part)| cost(part))
        .map_or(0, |(i, _)| i)
}
