//! Networks by name. Each is written in the language itself, in a file of its name, and read like
//! any spec; `impulse fmt --expand` writes out what it stands for.

use impulse_ir::Span;

use crate::model::Layer;
use crate::syntax::Syntax;

/// The names, smallest network for spoken words first.
pub(crate) const NAMES: &[&str] = &[
    "keyword_tiny",
    "keyword_small",
    "keyword",
    "conv1d",
    "conv2d",
    "ds_cnn",
];

/// The layers of the preset `name`, each at `place`: what does not fit is reported there.
pub(crate) fn layers(name: &str, place: Span) -> Option<Vec<Layer>> {
    let text = match name {
        "keyword_tiny" => include_str!("presets/keyword_tiny.impulse"),
        "keyword_small" => include_str!("presets/keyword_small.impulse"),
        "keyword" => include_str!("presets/keyword.impulse"),
        "conv1d" => include_str!("presets/conv1d.impulse"),
        "conv2d" => include_str!("presets/conv2d.impulse"),
        "ds_cnn" => include_str!("presets/ds_cnn.impulse"),
        _ => return None,
    };
    let (impulse, _) = crate::parse(text, Syntax::Impulse);
    let mut layers = impulse?.network?.value.layers;
    layers.iter_mut().for_each(|layer| layer.move_to(place));
    Some(layers)
}
