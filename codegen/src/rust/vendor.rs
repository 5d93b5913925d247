//! The runtime as a module of the emitted crate, so that it needs no other package.

use impulse_ir::Diagnostic;

use super::reach;
use crate::{File, sources};

/// The name of the module.
pub(super) const MODULE: &str = "runtime";

/// The runtime's sources that `code`, the text of the crate's root, reaches.
///
/// # Errors
/// When `code` is not made of Rust's tokens.
pub(crate) fn runtime(code: &str) -> Result<Vec<File>, Vec<Diagnostic>> {
    reach::reached(sources(), code)
}

/// All of the runtime's sources, as files of the module.
fn sources() -> impl Iterator<Item = (String, String)> {
    sources::RUNTIME
        .iter()
        .filter(|(path, _)| !is_test(path))
        .map(|(path, text)| {
            let path = if *path == "lib.rs" { "mod.rs" } else { path };
            (path.to_owned(), as_module(text))
        })
}

/// Whether a path belongs to the runtime's own tests.
fn is_test(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "tests" | "tests.rs"))
}

/// The text of a file of a crate as that of a file of its module `runtime`: paths from the root
/// get one part more, what only a crate's root may say goes, tests stay behind.
fn as_module(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let inside = format!("crate::{MODULE}::");
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            skip_item(&mut lines);
        } else if line != "#![no_std]" {
            out.push_str(&line.replace("crate::", &inside));
            out.push('\n');
        }
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
    out
}

/// Leaves out the item that an attribute at the start of a line belongs to: one line up to `;`, or
/// all lines up to a brace at the start of a line.
fn skip_item<'t>(lines: &mut impl Iterator<Item = &'t str>) {
    for line in lines {
        if line.starts_with('}')
            || line.ends_with(';') && !line.starts_with(' ')
            || line.ends_with('}') && !line.starts_with(' ')
        {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn becomes_a_module_without_tests() {
        let text = "#![no_std]\n//! Doc.\nuse crate::quant::clamp;\n\n#[cfg(test)]\nmod tests {\n    \
                    use libm;\n}\n#[cfg(test)]\nmod other;\nfn f() {}\n";
        assert_eq!(
            as_module(text),
            "//! Doc.\nuse crate::runtime::quant::clamp;\n\nfn f() {}\n"
        );
    }

    #[test]
    fn no_file_needs_another_package() {
        for (path, text) in sources() {
            let code = text.lines().filter(|l| !l.trim_start().starts_with("//"));
            for line in code {
                assert!(
                    !line.contains("libm::") && !line.contains("cfg(test)"),
                    "{path}: {line}"
                );
            }
        }
    }
}
