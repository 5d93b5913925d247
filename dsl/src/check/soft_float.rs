//! Feature blocks in float on boards whose CPU has no floating-point unit: what that costs there.

use impulse_ir::Diagnostic;
use impulse_ir::board::Cpu;
use impulse_ir::cost;
use impulse_ir::diagnostic::codes;
use impulse_ir::features::{Arithmetic, FeatureBlock};
use impulse_ir::spec::{Target, Window};

use super::Checker;
use crate::model::Impulse;

impl Checker {
    /// Warns of each block that could compute in integers, on the first board where it should.
    pub(super) fn soft_float(
        &mut self,
        impulse: &Impulse,
        window: &Window,
        blocks: &[FeatureBlock],
        targets: &[Target],
    ) {
        let soft = targets.iter().find(|t| !cost::has_fpu(t.board.cpu));
        let Some(board) = soft.map(|t| &t.board) else {
            return;
        };
        for (features, block) in impulse.features.iter().zip(blocks) {
            let meant = features.audio().is_some_and(|b| b.arithmetic.is_some());
            let Some(fixed) = in_integers(block).filter(|_| !meant) else {
                continue;
            };
            if !fixed.problems(window).is_empty() {
                continue;
            }
            let keyword = block.keyword();
            let [float, fixed] =
                [block, &fixed].map(|b| millions(instructions(b, window, board.cpu)));
            let message = format!(
                "`{keyword}` computes in float, which {} has no unit for: about {float} million instructions a second",
                board.name
            );
            let span = features.name_span();
            let diagnostic = Diagnostic::warning(codes::SOFT_FLOAT, span, message);
            let hint = format!("`arithmetic fixed` takes about {fixed} million");
            self.report(match self.yaml {
                true => diagnostic.hint(hint),
                false => diagnostic.fix(span, format!("{keyword} arithmetic fixed"), hint),
            });
        }
    }
}

/// The same block in integers, of those that have both.
fn in_integers(block: &FeatureBlock) -> Option<FeatureBlock> {
    let arithmetic = Arithmetic::Fixed;
    Some(match block.clone() {
        FeatureBlock::Mfcc(block) => FeatureBlock::Mfcc(impulse_ir::features::Mfcc {
            arithmetic,
            ..block
        }),
        FeatureBlock::Mfe(block) => FeatureBlock::Mfe(impulse_ir::features::Mfe {
            arithmetic,
            ..block
        }),
        _ => return None,
    })
}

/// Instructions of the rows of a second.
fn instructions(block: &FeatureBlock, window: &Window, cpu: Cpu) -> f64 {
    let rows = f64::from(window.rate_hz) / block.frames(window).hop_samples as f64;
    block.tables(window).device().instructions(cpu) as f64 * rows
}

/// With two digits where there would be one.
fn millions(n: f64) -> String {
    match n / 1e6 {
        n if n < 10.0 => format!("{n:.1}"),
        n => format!("{n:.0}"),
    }
}
