//! Where the causes of a peak stand in a spec.

use impulse_dsl::Impulse;
use impulse_dsl::model::Features;
use impulse_ir::Span;
use impulse_ir::plan::Cause;
use impulse_ir::spec::{NetworkSource, Spec};

/// The place of `cause`; `None` where the spec does not write it, so that the budget is the best
/// place to point at.
pub fn of(cause: &Cause, spec: &Spec, impulse: &Impulse) -> Option<Span> {
    let block = impulse.features.first().and_then(Features::audio);
    let frame = block.and_then(|b| b.frame.as_ref());
    match cause {
        Cause::Layer(name) => match &spec.network {
            NetworkSource::Layers(network) => {
                let node = network.nodes.iter().find(|n| n.name == *name)?;
                Some(node.span)
            }
            NetworkSource::File(_) => Some(impulse.network.as_ref()?.from.as_ref()?.span),
        },
        Cause::Frame => frame.map(|f| f.length.map_or(f.name_span, |l| l.span)),
        Cause::Fft => match block?.fft {
            Some(fft) => Some(fft.span),
            None => frame.map(|f| f.length.map_or(f.name_span, |l| l.span)),
        },
        Cause::Features => Some(block?.name_span),
        Cause::Decision => Some(impulse.decide.as_ref()?.average?.span),
    }
}
