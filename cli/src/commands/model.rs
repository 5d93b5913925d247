//! The model that the last build made, for the commands that use it.

use std::fs;

use impulse_codegen::fingerprint::spec_hash;
use impulse_codegen::tflite;
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::graph::Graph;
use impulse_ir::spec::NetworkSource;
use impulse_ir::{lower, passes};
use impulse_train::weights_file;

use crate::builder::record::Record;
use crate::builder::targets;
use crate::failure::{Failure, read_error};
use crate::project::Project;

/// A built model.
pub struct Model {
    /// The int8 network.
    pub graph: Graph,
    /// The float network; `None` for one that was imported in int8.
    pub float: Option<Graph>,
}

/// Reads the model of `project`.
///
/// # Errors
/// When there is none, or the spec has changed since in a part that the model depends on.
pub fn load(project: &Project) -> Result<Model, Failure> {
    let folder = project.build_dir();
    let not_built = |what: &str| {
        let command = format!("impulse build {}", project.source.path.display());
        Diagnostic::file(codes::NOT_BUILT, &folder, what).hint(format!("run `{command}`"))
    };
    let Some(record) = Record::load(&folder) else {
        return Err(not_built("expected a built model, found none").into());
    };
    if record.spec_hash != spec_hash(&project.spec) {
        return Err(not_built("the spec has changed since the model was built").into());
    }
    if !record.files_intact(&folder, |name| {
        name.ends_with(".tflite") || name.ends_with(".safetensors")
    }) {
        return Err(not_built("the built model is missing or was changed").into());
    }
    let name = &project.spec.name;
    let read = |file: String| {
        let path = folder.join(file);
        fs::read(&path).map_err(|e| read_error(&path, &e))
    };
    let graph = tflite::read(&read(format!("{name}.tflite"))?)?;
    let float = match &project.spec.network {
        NetworkSource::Layers(network) => {
            let weights = weights_file::read(&read(format!("{name}.safetensors"))?)?;
            Some(passes::run(lower::lower(network, &weights)?)?)
        }
        NetworkSource::File(path) => {
            let imported = tflite::read(&targets::read_network(project, path)?)?;
            imported
                .is_float()
                .then(|| passes::run(imported))
                .transpose()?
        }
    };
    Ok(Model { graph, float })
}
