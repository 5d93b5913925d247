//! Lists the fixed sources that are emitted beside generated ones, so that adding a file to
//! `runtime/src`, `codegen/c`, `codegen/firmware` or `codegen/verify` needs no second step.
//!
//! Each list is sorted by path; the paths in it are relative to its folder.

#![allow(clippy::disallowed_methods, reason = "a build script reads files")]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut out = String::new();
    for (name, folder) in [
        ("RUNTIME", "../runtime/src"),
        ("C", "c"),
        ("FIRMWARE", "firmware"),
        ("VERIFY", "verify"),
    ] {
        let root = manifest.join(folder);
        println!("cargo::rerun-if-changed={}", root.display());
        let mut files = Vec::new();
        collect(&root, "", &mut files)?;
        files.sort();
        out.push_str(&format!("/// Files of `{folder}`: path in it, text.\n"));
        out.push_str(&format!("pub const {name}: &[(&str, &str)] = &[\n"));
        for (relative, path) in files {
            println!("cargo::rerun-if-changed={}", path.display());
            out.push_str(&format!("    ({relative:?}, include_str!({path:?})),\n"));
        }
        out.push_str("];\n");
    }
    let target = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("sources.rs");
    fs::write(target, out)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else {
            files.push((format!("{prefix}{name}"), entry.path()));
        }
    }
    Ok(())
}
