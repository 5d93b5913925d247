//! Emission: the C library, the Rust crate, and the firmware of each target.

use impulse_codegen::{File, Origin, firmware};
use impulse_ir::board::Cpu;
use impulse_ir::pipeline::Pipeline;

use super::Steps;
use crate::builder::key;
use crate::builder::record::{EMIT, QUANTIZE};
use crate::failure::Failure;
use crate::ui::plural;

impl Steps<'_, '_> {
    /// Writes the sources of everything that is made for the targets.
    pub(super) fn emit(&mut self, pipeline: &Pipeline, origin: &Origin) -> Result<(), Failure> {
        let mut files: Vec<File> = Vec::new();
        // The libraries are for the first target; firmware and images are for their own.
        let targets = &self.build.targets;
        let cpu = targets
            .first()
            .map_or(Cpu::CortexM4, |target| target.board.cpu);
        files.extend(
            impulse_codegen::c::emit(pipeline, cpu, origin)?
                .into_iter()
                .map(|f| f.below("c")),
        );
        files.extend(
            impulse_codegen::rust::emit(pipeline, cpu, origin)?
                .into_iter()
                .map(|f| f.below("rust")),
        );
        for (i, target) in targets.iter().enumerate() {
            let Some(project) = firmware::emit(pipeline, &target.board, origin)? else {
                continue;
            };
            let folder = format!("firmware-{}", target.board.id);
            files.extend(project.into_iter().map(|f| f.below(&folder)));
            self.build.record.targets[i].firmware = Some(folder);
        }
        for file in &files {
            self.write(&file.path, &file.contents)?;
        }
        if self.build.record.steps.contains_key(QUANTIZE) {
            self.finish(EMIT, self.build.keys.emit.clone());
        }
        self.build.ui.done(
            "emitted",
            &format!(
                "{} of C, Rust and firmware",
                plural(files.len() as u64, "file")
            ),
        );
        Ok(())
    }

    /// What generated files say of themselves. The hash is of what they were made from, not of this
    /// program, so the same model gives the same headers.
    pub(super) fn origin(&self, pipeline: &Pipeline) -> Origin {
        let (_, tflite) = self.file_names();
        let network = self
            .build
            .record
            .files
            .get(&tflite)
            .cloned()
            .unwrap_or_default();
        let text = format!(
            "{}\n{network}\n{:?}\n",
            self.build.keys.spec_hash, pipeline.decide
        );
        Origin {
            command: self.build.project.command(),
            input_hash: key::hash(text.as_bytes()),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}
