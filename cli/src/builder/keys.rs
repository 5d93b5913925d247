//! What each step depends on.

use impulse_codegen::fingerprint::spec_hash;
use impulse_ir::spec::Target;

use super::key::Key;
use crate::project::Project;

/// Key of each step: the hash of everything that its result depends on. A step's key holds the
/// key of the step before it, so that what is stale makes all that follows stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Hash of what the model depends on in the spec; also what the macro compares.
    pub spec_hash: String,
    /// Float weights.
    pub train: String,
    /// The int8 network.
    pub quantize: String,
    /// Metrics.
    pub evaluate: String,
    /// Source and projects.
    pub emit: String,
    /// Measurements.
    pub verify: String,
}

impl Keys {
    /// The keys of `project` with data of the hash `data`, an imported network (or weights to start from) of the hash
    /// `network`, built for `targets`.
    pub fn new(project: &Project, data: &str, network: &str, targets: &[Target]) -> Self {
        let spec = &project.spec;
        let spec_hash = spec_hash(spec);
        let train = Key::new("train")
            .part("spec", &spec_hash)
            .part("data", data)
            .part("network", network)
            .finish();
        let quantize = Key::new("quantize")
            .part("train", &train)
            .value("finetune", &spec.quantize.finetune)
            .finish();
        let evaluate = Key::new("evaluate").part("quantize", &quantize).finish();
        let mut emit = Key::new("emit")
            .part("quantize", &quantize)
            .part("name", &spec.name)
            .part("command", &project.command())
            // The report shows the spec as it is written.
            .part("text", &project.source.text)
            .value("decide", &spec.decide);
        for target in targets {
            emit = emit.value("board", &target.board).value(
                "budgets",
                &(
                    target.ram_bytes_max,
                    target.flash_bytes_max,
                    target.latency_us_max,
                ),
            );
        }
        let emit = emit.finish();
        // Which compilers there are is no part: a newer one is no reason to do it again unasked.
        let verify = Key::new("verify").part("emit", &emit).finish();
        Self {
            spec_hash,
            train,
            quantize,
            evaluate,
            emit,
            verify,
        }
    }
}
