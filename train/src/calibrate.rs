//! Calibration: the range of each tensor over training windows, from which the int8 scales follow.

use impulse_ir::Diagnostic;
use impulse_ir::exec::{Float, FrontEnd};
use impulse_ir::graph::Graph;
use impulse_ir::quantize::Ranges;
use impulse_ir::spec::Spec;
use rayon::prelude::*;

use crate::TrainingSet;
use crate::augment::Augmented;
use crate::data::{Dataset, Split};

/// Training windows that are looked at, at most; the figures settle long before.
const N_WINDOWS: usize = 2_000;

/// Runs the float network `graph` over the training windows of `set`, as they are and augmented
/// once, and takes the smallest and largest value of each tensor. The result does not depend on
/// the number of threads: joining ranges knows no order.
///
/// # Errors
/// Those of [`Float::new`].
pub fn ranges(
    graph: &Graph,
    set: &Dataset,
    spec: &Spec,
    front_end: &FrontEnd,
) -> Result<Ranges, Diagnostic> {
    let network = Float::new(graph)?;
    let plain = set.indices(Split::Train);
    let augmented = Augmented::new(set, spec, front_end);
    // Every n-th clip where there are too many: clips stand in the order of their labels.
    let step = plain.len().div_ceil(N_WINDOWS / 2).max(1);
    let chosen: Vec<usize> = (0..plain.len()).step_by(step).collect();
    let seen = chosen
        .par_iter()
        .fold(
            || Ranges::new(graph),
            |mut seen, &i| {
                let mut features = Vec::with_capacity(front_end.len());
                set.features(plain[i], front_end, &mut features);
                network.observe(&features, &mut seen);
                // An epoch that training never reaches: the draw is new to the network.
                augmented.features(spec.train.epochs, i, &mut features);
                network.observe(&features, &mut seen);
                seen
            },
        )
        .reduce(
            || Ranges::new(graph),
            |mut a, b| {
                a.merge(&b);
                a
            },
        );
    Ok(seen)
}
