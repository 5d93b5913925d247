//! What the word under the cursor means, and what the layer around it costs.

use gen_lsp_types as lsp;
use impulse_ir::Span;
use impulse_ir::plan::{Plan, StepCost};
use impulse_ir::spec::NetworkSource;

use super::document::{Document, Meaning};
use crate::tables;
use crate::ui::{bytes, count, plural, time};

/// The hover at `position`: shape, RAM, flash and latency of the layer or block, then the meaning
/// of the word.
pub fn hover(document: &Document, position: lsp::Position) -> Option<lsp::Hover> {
    let offset = document.offset(position);
    let meaning = document.meaning.as_ref();
    let costs = meaning.and_then(|m| layer(m, offset).or_else(|| features(m, offset)));
    let word = impulse_dsl::describe(&document.text, document.syntax, offset);
    let span = word.as_ref().map(|w| w.span);
    let parts = costs.into_iter().chain(word.map(|w| w.text));
    let value = parts.collect::<Vec<_>>().join("\n\n");
    (!value.is_empty()).then(|| lsp::Hover {
        contents: lsp::Contents::MarkupContent(lsp::MarkupContent {
            kind: lsp::MarkupKind::Markdown,
            value,
        }),
        range: span.map(|span| document.range(span)),
    })
}

fn holds(span: Span, offset: usize) -> bool {
    (span.start..=span.end).contains(&offset)
}

/// The innermost layer around `offset`, with every node that it makes.
fn layer(meaning: &Meaning, offset: usize) -> Option<String> {
    let NetworkSource::Layers(network) = &meaning.spec.network else {
        return None;
    };
    let around = network.nodes.iter().filter(|n| holds(n.span, offset));
    let span = around.map(|n| n.span).min_by_key(|s| s.end - s.start)?;
    let mut text = String::new();
    for node in network.nodes.iter().filter(|n| n.span == span) {
        let input = network.shape(node.inputs[0]);
        let sizes = node.kind.parameters(input).into_iter();
        let n_weights: usize = sizes.map(|p| p.shape.iter().product::<usize>()).sum();
        let (from, to) = (tables::shape(input), tables::shape(&node.shape));
        let weights = match n_weights {
            0 => String::new(),
            n => format!(", {}", plural(n as u64, "weight")),
        };
        text.push_str(&format!("**{}** {from} → {to}{weights}\n", node.name));
        text.push_str(&on_boards(meaning, |plan| {
            plan.steps.iter().filter(|s| s.layer == node.name).collect()
        }));
    }
    Some(text)
}

/// The feature block around `offset`.
fn features(meaning: &Meaning, offset: usize) -> Option<String> {
    let blocks = &meaning.impulse.features;
    let idx = blocks.iter().position(|f| holds(f.span(), offset))?;
    let block = meaning.spec.features.get(idx)?;
    let line = tables::feature_line(block, &meaning.spec.window);
    let costs = on_boards(meaning, |plan| {
        plan.steps.iter().filter(|s| s.layer.is_empty()).collect()
    });
    Some(format!("**{line}**\n{costs}"))
}

/// A line for each target: what these steps take there.
fn on_boards(meaning: &Meaning, steps: impl Fn(&Plan) -> Vec<&StepCost>) -> String {
    let mut text = String::new();
    for (target, plan) in &meaning.plans {
        let steps = steps(plan);
        if steps.is_empty() {
            continue;
        }
        let sum = |of: fn(&StepCost) -> u64| steps.iter().map(|s| of(s)).sum::<u64>();
        let ram = steps.iter().map(|s| s.ram_bytes).max().unwrap_or(0);
        let us: f64 = steps.iter().map(|s| plan.step_us(s)).sum();
        text.push_str(&format!(
            "\n- {}: {} of RAM in use, {} of flash, {}, {} MACs",
            target.board.id,
            bytes(ram),
            bytes(sum(|s| s.flash_bytes)),
            time(us),
            count(sum(|s| s.macs)),
        ));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}
