//! Hashes the sources of every crate that computes something into `IMPULSE_SOURCE_HASH`: a part
//! of every step's key, so that a changed program never takes an older program's results for its
//! own. The same sources give the same hash on every machine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const FOLDERS: &[&str] = &["runtime", "ir", "dsl", "codegen", "train", "cli"];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = vec![PathBuf::from("Cargo.lock")];
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed=../{folder}");
        list(&root, Path::new(folder), &mut files)?;
    }
    println!("cargo::rerun-if-changed=../Cargo.lock");
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let name = file.to_string_lossy().replace('\\', "/");
        hasher.update(name.as_bytes());
        hasher.update(blake3::hash(&fs::read(root.join(&file))?).as_bytes());
    }
    println!(
        "cargo::rustc-env=IMPULSE_SOURCE_HASH={}",
        &hasher.finalize().to_hex()[..16]
    );
    Ok(())
}

/// All files below `folder` that are compiled in: no tests, benches, examples, editor leftovers.
fn list(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = folder.join(&name);
        if entry.file_type()?.is_dir() {
            if !matches!(name.as_str(), "tests" | "benches" | "examples" | "target")
                && !name.starts_with('.')
            {
                list(root, &path, files)?;
            }
        } else if matches!(
            path.extension().and_then(|e| e.to_str()),
            Some(
                "rs" | "toml"
                    | "c"
                    | "h"
                    | "j2"
                    | "jinja"
                    | "html"
                    | "css"
                    | "js"
                    | "pest"
                    | "yaml"
                    | "ld"
                    | "S"
                    | "mk"
            )
        ) {
            files.push(path);
        }
    }
    Ok(())
}
