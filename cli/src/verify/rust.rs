//! Finding a Rust toolchain that can build for Cortex-M.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use impulse_codegen::verify::{self as image, Project};
use impulse_ir::diagnostic::{Diagnostic, Place, Severity, codes};

use super::tools;

/// The target of every Cortex-M with a floating-point unit that is emulated.
const TARGET: &str = "thumbv7em-none-eabihf";

/// A toolchain and how it comes by `core` for the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    /// Whether `core` is built from source because it is not installed for the target.
    builds_core: bool,
    /// The linker where the toolchain brings none.
    linker: Option<PathBuf>,
}

/// The first toolchain that can build for the target: one that has it installed, else one that
/// has the sources of the standard library, from which `core` is then built.
///
/// # Errors
/// When there is none: a warning that says how to get one.
pub fn find() -> Result<Toolchain, Diagnostic> {
    let pairs = [("cargo", "rustc"), ("/usr/bin/cargo", "/usr/bin/rustc")];
    let found: Vec<(PathBuf, PathBuf, PathBuf)> = pairs
        .into_iter()
        .filter_map(|(cargo, rustc)| {
            let (cargo, rustc) = (program(cargo)?, program(rustc)?);
            let root = sysroot(&rustc)?;
            Some((cargo, rustc, root))
        })
        .collect();
    let has_target = |root: &Path| root.join("lib/rustlib").join(TARGET).join("lib").is_dir();
    let has_sources = |root: &Path| {
        root.join("lib/rustlib/src/rust/library/Cargo.lock")
            .is_file()
    };
    for builds_core in [false, true] {
        for (cargo, rustc, root) in &found {
            let linker = if own_linker(root) {
                None
            } else {
                tools::find_program("ld.lld")
            };
            let links = linker.is_some() || own_linker(root);
            if links
                && if builds_core {
                    has_sources(root)
                } else {
                    has_target(root)
                }
            {
                return Ok(Toolchain {
                    cargo: cargo.clone(),
                    rustc: rustc.clone(),
                    builds_core,
                    linker,
                });
            }
        }
    }
    let message = format!(
        "the Rust target `{TARGET}` is not installed, verification of the Rust crate is left out"
    );
    Err(Diagnostic::new(
        codes::TOOL_MISSING,
        Severity::Warning,
        Place::Nowhere,
        message,
    )
    .hint(format!("run `rustup target add {TARGET}`")))
}

impl Toolchain {
    /// The command that builds `project` in `folder`. Its output goes to that folder whatever the
    /// user's settings of cargo say.
    pub fn command(&self, project: &Project, folder: &Path) -> Command {
        let of: &image::Command = match &project.build_core {
            Some(build_core) if self.builds_core => build_core,
            _ => &project.build,
        };
        let mut command = Command::new(&self.cargo);
        command
            .args(&of.args)
            .envs(of.env.iter().map(|(k, v)| (k, v)))
            .current_dir(folder);
        command
            .env("RUSTC", &self.rustc)
            .env("CARGO_TARGET_DIR", folder.join("target"));
        for inherited in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTUP_TOOLCHAIN",
            "CARGO_BUILD_TARGET",
        ] {
            command.env_remove(inherited);
        }
        if self.builds_core {
            command.env("RUSTC_BOOTSTRAP", "1");
        }
        if let Some(linker) = &self.linker {
            command.env("CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER", linker);
        }
        command
    }

    /// What `rustc --version` prints.
    pub fn version(&self) -> String {
        tools::version(&self.rustc)
    }
}

fn program(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    if path.is_absolute() {
        path.is_file().then(|| path.to_owned())
    } else {
        tools::find_program(name)
    }
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    let output = tools::run(
        Command::new(rustc).args(["--print", "sysroot"]),
        Duration::from_secs(20),
    )
    .ok()?;
    Some(PathBuf::from(output.stdout.trim()))
}

/// Whether the toolchain brings the linker of bare-metal targets.
fn own_linker(root: &Path) -> bool {
    let Ok(hosts) = std::fs::read_dir(root.join("lib/rustlib")) else {
        return false;
    };
    hosts
        .flatten()
        .any(|host| host.path().join("bin/rust-lld").is_file())
}
