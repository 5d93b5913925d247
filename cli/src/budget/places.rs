//! Where the causes of a peak stand in a spec.

use impulse_dsl::Impulse;
use impulse_dsl::model::Features;
use impulse_ir::Span;
use impulse_ir::plan::Cause;
use impulse_ir::spec::{NetworkSource, Spec};

/// The place of `cause`, of what `block` (its index among the feature blocks) has to do with it;
/// `None` where the spec does not write it, so that the budget is the best place to point at.
pub fn of(cause: &Cause, block: usize, spec: &Spec, impulse: &Impulse) -> Option<Span> {
    let features = impulse.features.get(block);
    let framed = features.and_then(Features::audio);
    let frame = framed.and_then(|b| b.frame.as_ref());
    let frame = frame.map(|f| f.length.map_or(f.name_span, |l| l.span));
    let window = || {
        let window = impulse.window.as_ref()?;
        let length = window.length.map(|length| length.span);
        Some(
            length
                .or(window.size.as_ref().map(|size| size.span))
                .unwrap_or(window.name_span),
        )
    };
    match cause {
        Cause::Layer(name) => match &spec.network {
            NetworkSource::Layers(network) => {
                let node = network.nodes.iter().find(|n| n.name == *name)?;
                Some(node.span)
            }
            NetworkSource::File(_) => Some(impulse.network.as_ref()?.from.as_ref()?.span),
        },
        // A block without frames has the whole window for one.
        Cause::Frame => frame.or_else(window),
        Cause::Fft => {
            let of_axes = || features.and_then(Features::sensor).and_then(|b| b.fft);
            let fft = framed.and_then(|b| b.fft).or_else(of_axes);
            let fft = fft.map(|fft| fft.span).or(frame);
            fft.or(features.map(Features::name_span))
        }
        Cause::Features => Some(features?.name_span()),
        Cause::Decision => Some(impulse.decide.as_ref()?.average?.span),
    }
}
