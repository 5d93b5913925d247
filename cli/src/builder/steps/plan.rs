//! The plan of the trained network on each target: held against the budgets, and noted in
//! `build.json`.

use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::plan::{ItemKind, Plan, plan};
use impulse_ir::spec::Target;

use super::Steps;
use crate::builder::record;

impl Steps<'_, '_> {
    /// Plans for each target; what comes back are budgets that are broken.
    pub(super) fn plan(&mut self, pipeline: &Pipeline) -> Vec<Diagnostic> {
        let mut broken = Vec::new();
        for target in &self.build.targets {
            let plan = plan(pipeline, &target.board);
            broken.extend(plan.budget_diagnostics(target));
            self.build.record.targets.push(recorded(target, &plan));
        }
        broken
    }
}

/// A target and its plan, for `build.json`.
fn recorded(target: &Target, plan: &Plan) -> record::Target {
    let items = |board: bool| {
        let of = plan
            .ram
            .iter()
            .filter(move |i| (i.kind == ItemKind::BoardBuffers) == board);
        of.map(|i| (i.name.clone(), i.bytes)).collect()
    };
    let mut flash: Vec<(String, u64)> = Vec::new();
    for (name, kind) in [
        ("weights", ItemKind::Weights),
        ("parameters", ItemKind::Parameters),
        ("tables", ItemKind::Tables),
        ("code", ItemKind::Code),
        (record::FIRMWARE, ItemKind::BoardCode),
    ] {
        let bytes = plan
            .flash
            .iter()
            .filter(|i| i.kind == kind)
            .map(|i| i.bytes)
            .sum();
        flash.push((name.to_owned(), bytes));
    }
    record::Target {
        board: target.board.id.clone(),
        board_name: target.board.name.clone(),
        clock_hz: plan.clock_hz,
        cycles_per_instruction: plan.cycles_per_instruction,
        ram: items(false),
        board_buffers: items(true),
        stack_bytes: plan.stack_bytes,
        flash,
        steps: plan
            .steps
            .iter()
            .map(|s| record::Step {
                name: s.name.clone(),
                operator: s.operator.clone(),
                macs: s.macs,
                instructions: s.instructions,
                flash_bytes: s.flash_bytes,
            })
            .collect(),
        budgets: [
            target.ram_bytes_max,
            target.flash_bytes_max,
            target.latency_us_max,
        ],
        firmware: None,
        image: None,
    }
}
