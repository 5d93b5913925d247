//! `fmt --expand`: presets and bottlenecks written out as the layers that they stand for.

use impulse_ir::Diagnostic;

use super::{convert, print};
use crate::model::Layer;
use crate::syntax::Syntax;
use crate::tree::{Body, Item};
use crate::{check, record};

/// The spec `source`, spelt as `syntax`, in canonical form and with its network written out: the
/// meaning stays, and so do the comments outside of what is replaced.
///
/// # Errors
/// The problems of a spec that does not compile.
pub fn expand(source: &str, syntax: Syntax) -> Result<String, Vec<Diagnostic>> {
    let (spec, diagnostics) = crate::compile(source, syntax);
    if spec.is_none() {
        let errors = diagnostics.into_iter().filter(Diagnostic::is_error);
        return Err(errors.collect());
    }
    let (impulse, _) = crate::parse(source, syntax);
    let (Some(impulse), (Some(mut body), _)) = (impulse, crate::read_tree(source, syntax)) else {
        return Err(diagnostics);
    };
    let block = impulse.network.as_ref();
    let written = check::written_out(&impulse);
    if let (Some(written), Some(block)) = (written, block)
        && let Some(item) = body.items.iter_mut().find(|i| i.key.value == "network")
    {
        if block.preset.is_some() {
            item.values.clear();
            let items = items(&written.concat(), syntax);
            item.body = Some(Body {
                items,
                list: syntax == Syntax::Yaml,
                ..Body::default()
            });
        } else if let Some(body) = &mut item.body {
            replace(body, &block.layers, &written, syntax);
        }
    }
    Ok(print(&body, syntax))
}

/// Writes out the items of `body` among whose `layers` there is something to write out.
fn replace(body: &mut Body, layers: &[Layer], written: &[Vec<Layer>], syntax: Syntax) {
    let mut replaced = Vec::new();
    let mut changed = false;
    for item in core::mem::take(&mut body.items) {
        let in_item =
            |layer: &Layer| (item.span.start..=item.span.end).contains(&layer.span.0.start);
        let of_item: Vec<usize> = (0..layers.len()).filter(|i| in_item(&layers[*i])).collect();
        let plain = |i: &usize| written[*i] == [layers[*i].clone()];
        if of_item.is_empty() || of_item.iter().all(plain) {
            replaced.push(item);
            continue;
        }
        changed = true;
        let out: Vec<Layer> = of_item.iter().flat_map(|i| written[*i].clone()).collect();
        let mut items = items(&out, syntax);
        if let Some(first) = items.first_mut() {
            first.trivia.before.clone_from(&item.trivia.before);
            first.trivia.blank_before = item.trivia.blank_before;
        }
        replaced.extend(items);
    }
    body.items = replaced;
    body.inline &= !changed;
}

/// The items of `layers` in the spelling `syntax`.
fn items(layers: &[Layer], syntax: Syntax) -> Vec<Item> {
    let mut text = String::from("network {\n");
    layers.iter().for_each(|layer| write(&mut text, layer));
    text.push_str("}\n");
    let (Some(body), _) = crate::read_tree(&text, Syntax::Impulse) else {
        return Vec::new();
    };
    let record = record::read(body, &mut Vec::new());
    let network = convert::to_tree(&record, syntax).items.pop();
    let body = network.and_then(|network| network.body);
    body.map_or(Vec::new(), |body| body.items)
}

/// A layer as a line of the `.impulse` spelling.
fn write(text: &mut String, layer: &Layer) {
    let dims = |sizes: &[u64]| {
        let sizes: Vec<String> = sizes.iter().map(u64::to_string).collect();
        sizes.join("x")
    };
    let is_pool = matches!(layer.keyword.as_str(), "max_pool" | "avg_pool");
    let is_dense = layer.keyword.as_str() == "dense";
    let mut parts: Vec<String> = Vec::new();
    let units = layer.filters.map(|f| match is_dense {
        true => format!("{} neurons", f.value),
        false => format!("{} filters", f.value),
    });
    parts.extend(units.or(layer.units_are_labels.then(|| "labels".to_owned())));
    parts.extend(layer.shape.as_ref().map(|s| dims(s)));
    parts.extend(layer.columns.map(|c| format!("{} columns", c.value)));
    parts.extend(layer.share.map(|s| format!("{}%", percent(s.value))));
    parts.extend(layer.kernel.as_ref().map(|k| match is_pool {
        true => dims(k),
        false => format!("kernel {}", dims(k)),
    }));
    parts.extend(layer.stride.as_ref().map(|s| format!("stride {}", dims(s))));
    let word = |name: &str, word: &Option<impulse_ir::Spanned<String>>| {
        word.as_ref().map(|w| format!("{name}{}", w.value))
    };
    parts.extend(word("padding ", &layer.padding));
    parts.extend(layer.multiplier.map(|m| format!("multiplier {}", m.value)));
    parts.extend(word("", &layer.activation));
    parts.extend(layer.max_norm.map(|n| format!("max_norm {}", n.value)));
    parts.extend(word("bias ", &layer.bias));
    text.push_str(&layer.keyword);
    text.push(' ');
    text.push_str(&parts.join(", "));
    if layer.keyword.as_str() == "residual" {
        text.push_str("{\n");
        layer.layers.iter().for_each(|inner| write(text, inner));
        text.push('}');
    }
    text.push('\n');
}

/// A share in per cent, without the noise of binary fractions.
fn percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}
