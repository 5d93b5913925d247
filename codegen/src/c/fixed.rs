//! Which of the fixed C files a model needs: those that its own text and, in turn, the files
//! themselves include, each with the source file of its name, and one file per kernel.

use std::collections::BTreeSet;

use crate::File;
use crate::sources;

/// The fixed files that `text` needs when it calls `kernels`, sorted by name.
pub(crate) fn needed(text: &str, kernels: &BTreeSet<&str>) -> Vec<File> {
    let mut open: Vec<String> = includes(text).map(str::to_owned).collect();
    open.extend(kernels.iter().map(|k| format!("impulse_kernels_{k}.c")));
    let mut names = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some((_, text)) = sources::C.iter().find(|(path, _)| *path == name) else {
            continue;
        };
        if let Some(stem) = name.strip_suffix(".h") {
            open.push(format!("{stem}.c"));
        }
        if names.insert(name) {
            open.extend(includes(text).map(str::to_owned));
        }
    }
    names
        .iter()
        .map(|name| File::text(name.clone(), sources::text(sources::C, name)))
        .collect()
}

/// The names in `#include "…"` lines.
fn includes(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("#include \""))
        .filter_map(|rest| rest.split_once('"').map(|(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, kernels: &[&str]) -> Vec<String> {
        let files = needed(text, &kernels.iter().copied().collect());
        files.into_iter().map(|f| f.path).collect()
    }

    #[test]
    fn a_header_brings_its_source_and_what_that_includes() {
        let found = names("#include <string.h>\n#include \"impulse_mfcc.h\"\n", &[]);
        for name in [
            "impulse_mfcc.c",
            "impulse_mfcc.h",
            "impulse_dsp.c",
            "impulse_strict_float.h",
        ] {
            assert!(found.iter().any(|f| f == name), "{name} in {found:?}");
        }
        assert!(
            !found.iter().any(|f| f.starts_with("impulse_kernels")),
            "{found:?}"
        );
    }

    #[test]
    fn kernels_come_one_by_one() {
        let found = names("", &["conv2d"]);
        assert!(
            found.contains(&"impulse_kernels_conv2d.c".to_owned()),
            "{found:?}"
        );
        assert!(found.contains(&"impulse_quant.h".to_owned()), "{found:?}");
        assert!(
            !found.contains(&"impulse_kernels_add.c".to_owned()),
            "{found:?}"
        );
    }

    /// The assembly in the string literals of a text, with the blocks that are written once for
    /// all places and where they are used; without what each language says in its own way: where
    /// a function begins and ends, and for which CPU it is.
    fn assembly(text: &str) -> Vec<String> {
        let own = [".arch", ".cpu", ".purgem"];
        text.lines()
            .filter_map(|line| line.trim().strip_prefix('"')?.rsplit_once('"'))
            .map(|(line, _)| {
                line.trim_end_matches("\\n")
                    .replace("{{", "{")
                    .replace("}}", "}")
            })
            .filter(|line| !own.iter().any(|name| line.starts_with(name)))
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_assembly() {
        let kernels = [
            ("gemm", &["assembly"][..], 300),
            ("triple", &["thumb2", "thumb1"], 400),
            (
                "planar_depthwise_conv2d",
                &["assembly", "thumb2", "thumb1"],
                400,
            ),
            ("column_depthwise_conv2d", &["assembly"], 80),
            ("helium", &["assembly"], 300),
        ];
        for (kernel, modules, n_lines) in kernels {
            let c = format!("impulse_kernels_{kernel}.c");
            let c = assembly(sources::text(sources::C, &c));
            let rust = modules.iter().flat_map(|module| {
                let path = format!("kernels/{kernel}/{module}.rs");
                assembly(sources::text(sources::RUNTIME, &path))
            });
            let rust: Vec<String> = rust.collect();
            assert!(c.len() > n_lines, "{kernel}: {}", c.len());
            for (c, rust) in c.iter().zip(&rust) {
                assert_eq!(c, rust, "{kernel}");
            }
            assert_eq!(c.len(), rust.len(), "{kernel}");
        }
    }

    #[test]
    fn every_kernel_has_its_file() {
        for kernel in [
            "conv2d",
            "depthwise_conv2d",
            "fully_connected",
            "history",
            "max_pool2d",
            "avg_pool2d",
            "mean",
            "add",
            "mul",
            "pad",
            "concatenation",
            "lookup",
            "relu",
            "softmax",
        ] {
            let path = format!("impulse_kernels_{kernel}.c");
            assert!(sources::text(sources::C, &path).contains(&format!("void impulse_{kernel}(")));
        }
    }
}
