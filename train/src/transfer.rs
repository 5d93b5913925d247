//! Starting from weights that were trained before: which layers take theirs over, and which stay
//! as they are.

use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::network::Network;
use impulse_ir::weights::Weights;

use crate::model::Model;

/// Most names that a message lists.
const LISTED_MAX: usize = 6;

/// What of `weights` fits `network`, whose layers `freeze` are not to change: a note for each
/// tensor that begins afresh, as it is not there or has another shape.
///
/// # Errors
/// Where no tensor fits, and where a frozen layer would begin with random numbers.
pub fn notes(
    network: &Network,
    weights: &Weights,
    freeze: &[String],
) -> Result<Vec<String>, Diagnostic> {
    let model = Model::first(network, 0)?;
    let mut notes = Vec::new();
    let mut fits = 0;
    for leaf in &model.leaves {
        let layer = leaf.name.rsplit_once('.').map_or("", |(layer, _)| layer);
        let note = match weights.get(&leaf.name) {
            Some(found) if found.shape == leaf.shape => {
                fits += 1;
                continue;
            }
            Some(found) => format!(
                "`{}` has the shape {:?} here and {:?} there",
                leaf.name, leaf.shape, found.shape
            ),
            None => match nearest(&leaf.name, weights) {
                Some(name) => format!("`{}` is not there; did you mean `{name}`?", leaf.name),
                None => format!("`{}` is not there", leaf.name),
            },
        };
        if freeze.iter().any(|frozen| frozen == layer) {
            let message = format!("expected weights for the frozen layer `{layer}`: {note}");
            return Err(Diagnostic::general(codes::WEIGHTS_MISMATCH, message).hint(
                "a layer that stays as it is has to come from the file; leave it out of `freeze`",
            ));
        }
        notes.push(note);
    }
    if fits == 0 {
        let names: Vec<&str> = weights
            .keys()
            .take(LISTED_MAX)
            .map(String::as_str)
            .collect();
        let message = "expected weights of this network, found none that fits a layer of it";
        return Err(Diagnostic::general(codes::WEIGHTS_MISMATCH, message)
            .hint(format!("the file has {}", names.join(", "))));
    }
    Ok(notes)
}

/// The name of a tensor that is most likely meant.
fn nearest<'w>(name: &str, weights: &'w Weights) -> Option<&'w str> {
    let (layer, role) = name.rsplit_once('.')?;
    let same_role = |other: &&String| other.rsplit_once('.').is_some_and(|(_, r)| r == role);
    let distance = |other: &String| {
        strsim::damerau_levenshtein(layer, other.rsplit_once('.').map_or("", |(l, _)| l))
    };
    let found = weights
        .keys()
        .filter(same_role)
        .min_by_key(|other| distance(other))?;
    (distance(found) <= 2).then_some(found.as_str())
}
