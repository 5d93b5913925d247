//! Verification: the emitted code on an emulated chip must give the host's bits; the firmware is
//! linked, for its sizes and its binary.

use impulse_codegen::{Origin, firmware};
use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::pipeline::Pipeline;
use impulse_train::data::Split;

use super::Steps;
use crate::builder::record::{self, EMIT, VERIFY};
use crate::failure::Failure;
use crate::ui::{bytes, count, plural};
use crate::verify::{self, Outcome, Request};

/// Windows that a verification runs.
const WINDOWS: usize = 12;

impl Steps<'_, '_> {
    /// Verifies for each target, or takes the last build's measurements where they are current.
    pub(super) fn verify(
        &mut self,
        pipeline: &Pipeline,
        origin: &Origin,
    ) -> Result<Vec<Diagnostic>, Failure> {
        let key = self.build.keys.verify.clone();
        let current = self.build.record.steps.contains_key(EMIT);
        if let (Some(last), true) = (&self.build.previous, current)
            && last.is_current(VERIFY, &key)
        {
            self.build.record.verification = last.verification.clone();
            for (now, then) in self.build.record.targets.iter_mut().zip(&last.targets) {
                now.image.clone_from(&then.image);
            }
            let binaries: Vec<String> = last
                .files
                .keys()
                .filter(|f| f.ends_with(".bin"))
                .cloned()
                .collect();
            for name in binaries {
                let bytes = self.last_built(&name)?;
                self.write(&name, &bytes)?;
            }
            self.finish(VERIFY, key);
            return Ok(Vec::new());
        }
        if !self.build.verify {
            return Ok(Vec::new());
        }
        let windows = self.windows(pipeline)?;
        let mut found = self.build_firmware(pipeline, origin)?;
        let targets = self.build.targets.clone();
        for target in &targets {
            let request = Request {
                pipeline,
                board: &target.board,
                windows: &windows,
                origin,
            };
            for (language, run) in [
                ("C", verify::c as fn(&Request<'_>) -> _),
                ("Rust", verify::rust),
            ] {
                self.unless_stopped()?;
                let text = format!(
                    "{{spinner}} {language} on an emulated {}",
                    target.board.emulator.cpu
                );
                let bar = self.build.ui.bar("verifying", 0, &text);
                let outcome = run(&request);
                bar.finish_and_clear();
                match outcome {
                    Ok(Outcome::Same(measured)) => {
                        self.build.ui.done(
                            "verified",
                            &format!(
                                "{language} on {}: {} and {} to the bit, {} instructions per result",
                                target.board.id,
                                plural(measured.windows as u64, "window"),
                                plural(measured.results as u64, "streamed result"),
                                count(measured.stream_instructions)
                            ),
                        );
                        self.build.record.verification.push(measured);
                    }
                    Ok(Outcome::LeftOut(warning)) => found.push(warning),
                    Err(mut problems) => found.append(&mut problems),
                }
            }
        }
        let measured = &self.build.record.verification;
        for (target, record) in targets.iter().zip(&self.build.record.targets) {
            found.extend(verify::judge(target, record, measured));
        }
        found.dedup();
        if current && found.is_empty() {
            self.finish(VERIFY, key);
        }
        Ok(found)
    }

    /// Builds the firmware projects, to read their sizes and to put the binaries beside them.
    fn build_firmware(
        &mut self,
        pipeline: &Pipeline,
        origin: &Origin,
    ) -> Result<Vec<Diagnostic>, Failure> {
        let mut found = Vec::new();
        for (i, target) in self.build.targets.clone().iter().enumerate() {
            let Some(files) = firmware::emit(pipeline, &target.board, origin)? else {
                continue;
            };
            self.unless_stopped()?;
            let built = match verify::firmware::build(&pipeline.name, &files) {
                Ok(built) => built,
                Err(mut problems) => {
                    found.append(&mut problems);
                    continue;
                }
            };
            let image = record::Image {
                flash_bytes: built.image.flash_bytes(),
                static_ram_bytes: built.image.static_ram_bytes(),
            };
            let sizes = format!(
                "{} of flash, {} of static RAM",
                bytes(image.flash_bytes),
                bytes(image.static_ram_bytes)
            );
            self.build.ui.done(
                "linked",
                &format!("the firmware of {}: {sizes}", target.board.id),
            );
            self.build.record.targets[i].image = Some(image);
            let name = format!("firmware-{}/{}.bin", target.board.id, pipeline.name);
            self.write(&name, &built.binary)?;
        }
        Ok(found)
    }

    /// Recorded windows to verify with, spread over the data: of the test split where there is one.
    /// Without data, tones and noise.
    fn windows(&self, pipeline: &Pipeline) -> Result<Vec<Vec<i16>>, Failure> {
        if self.build.project.spec.data.is_none() {
            return Ok(verify::synthetic_windows(pipeline, WINDOWS));
        }
        let set = self.clips()?;
        let mut from = set.indices(Split::Test);
        if from.len() < WINDOWS {
            from.extend((0..set.clips.len()).filter(|i| set.clips[*i].split != Split::Test));
        }
        let n = from.len().min(WINDOWS);
        Ok((0..n)
            .map(|i| set.clips[from[i * from.len() / n]].samples.clone())
            .collect())
    }
}
