//! `bottleneck`: the layers that it stands for.

use impulse_ir::diagnostic::codes;
use impulse_ir::network::show;
use impulse_ir::{Diagnostic, Spanned};

use crate::model::Layer;

/// The layers of a `bottleneck` on a value of shape `input`, all at its place: one `residual`
/// where input and output have one shape, else what would stand in it.
pub(super) fn expand(layer: &Layer, input: &[usize]) -> Result<Vec<Layer>, Diagnostic> {
    let place = layer.span.0;
    let &[_, channels] = input else {
        let message = format!(
            "`bottleneck` expects a shape of time x channels, found {}",
            show(input)
        );
        let diagnostic = Diagnostic::error(codes::LAYER_SHAPE, place, message);
        return Err(match *input {
            [h, w, c] => diagnostic.hint(format!(
                "put `reshape {}` before it",
                show(&[h, w.saturating_mul(c)])
            )),
            _ => diagnostic,
        });
    };
    let named = |keyword: &str| Layer {
        keyword: Spanned::new(keyword.into(), layer.keyword.span),
        span: layer.span,
        ..Layer::default()
    };
    let word = |word: &str| Some(Spanned::new(word.to_owned(), place));
    let one = Some(Spanned::new(vec![1], place));
    let filters = layer.filters.map_or(0, |f| f.value);
    let wide = (channels as u64).saturating_mul(layer.expand.map_or(3, |e| e.value));
    let pointwise = |filters| Layer {
        filters: Some(Spanned::new(filters, place)),
        kernel: one.clone(),
        bias: word("no"),
        ..named("conv1d")
    };
    let kernel = layer.kernel.clone();
    let stride = layer.stride.clone().filter(|s| s.value != [1]);
    let stays = stride.is_none() && filters == channels as u64;
    let depthwise = Layer {
        kernel: kernel.or_else(|| Some(Spanned::new(vec![9], place))),
        stride,
        bias: word("no"),
        ..named("depthwise_conv1d")
    };
    let branch = vec![
        pointwise(wide),
        named("batch_norm"),
        named("relu"),
        depthwise,
        named("batch_norm"),
        named("relu"),
        pointwise(filters),
        named("batch_norm"),
    ];
    Ok(match stays {
        false => branch,
        true => vec![Layer {
            layers: branch,
            ..named("residual")
        }],
    })
}
