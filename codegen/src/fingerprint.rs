//! The hash that ties a trained model to the spec it was trained from.

use impulse_ir::spec::Spec;

/// Hash of [`Spec::model_text`], 32 hexadecimal digits (128 bits of BLAKE3): `spec_hash` in a
/// build folder's `build.json`. A model is stale where this differs from the spec's.
pub fn spec_hash(spec: &Spec) -> String {
    blake3::hash(spec.model_text().as_bytes()).to_hex()[..32].to_owned()
}
