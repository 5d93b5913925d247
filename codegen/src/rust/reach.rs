//! Which modules of the runtime a crate reaches: the paths that its code writes, followed through the
//! modules that re-export and into what those mention themselves.
//!
//! Paths are read from tokens rather than from syntax, so that those inside of macros count. A name
//! without `::` never leads to another module but by a `use`, which is such a path.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;
use proc_macro2::{TokenStream, TokenTree};

use super::vendor::MODULE;
use crate::File;

/// Names from the root of the runtime: `["kernels", "gemm"]`.
type Path = Vec<String>;

/// A module's file.
struct Module {
    file: String,
    text: String,
    declarations: Vec<Declaration>,
}

/// `mod NAME;` or `pub use NAME::…;` at the start of a line, with what stands above it and belongs to it.
struct Declaration {
    module: String,
    /// What is re-exported of the module.
    names: Vec<String>,
    lines: Range<usize>,
}

/// Of `runtime`, whose files lie below `src/runtime/`, those that `code` reaches; a module that
/// declares others declares those that stay.
///
/// # Errors
/// When `code` or a file is not made of Rust's tokens.
pub(super) fn reached(
    runtime: impl Iterator<Item = (String, String)>,
    code: &str,
) -> Result<Vec<File>, Vec<Diagnostic>> {
    let modules: BTreeMap<Path, Module> = runtime
        .map(|(file, text)| (module_path(&file), Module::new(file, text)))
        .collect();
    let mut reached = BTreeSet::new();
    let mut waiting = VecDeque::new();
    let mut reach = |path: Path, waiting: &mut VecDeque<Path>| {
        if reached.insert(path.clone()) {
            waiting.push_back(path);
        }
    };
    reach(Path::new(), &mut waiting);
    for path in paths(code)? {
        // The code lies outside of the runtime, so only paths from the crate's root lead there.
        if path.first().is_some_and(|first| first == "crate") {
            for module in follow(&modules, &[], &path) {
                reach(module, &mut waiting);
            }
        }
    }
    while let Some(at) = waiting.pop_front() {
        for path in paths(&modules[&at].without(|_| true))? {
            for module in follow(&modules, &at, &path) {
                reach(module, &mut waiting);
            }
        }
    }
    Ok(modules
        .iter()
        .filter(|(path, _)| reached.contains(*path))
        .map(|(path, module)| {
            let text = module.without(|declared| !reached.contains(&child(path, declared)));
            File::text(format!("src/{MODULE}/{}", module.file), text)
        })
        .collect())
}

impl Module {
    fn new(file: String, text: String) -> Self {
        Self {
            declarations: declarations(&text),
            file,
            text,
        }
    }

    /// The module below this one that `name` is re-exported from.
    fn exporter(&self, name: &str) -> Option<&str> {
        let of = |d: &&Declaration| d.names.iter().any(|n| n == name);
        self.declarations.iter().find(of).map(|d| &*d.module)
    }

    /// The text without the declarations of the modules that `left_out` picks.
    fn without(&self, left_out: impl Fn(&str) -> bool) -> String {
        let gone = |number: usize| {
            let of = self.declarations.iter().find(|d| d.lines.contains(&number));
            of.is_some_and(|declaration| left_out(&declaration.module))
        };
        let mut out = String::with_capacity(self.text.len());
        for (number, line) in self.text.lines().enumerate() {
            let doubled = line.is_empty() && (out.is_empty() || out.ends_with("\n\n"));
            if !gone(number) && !doubled {
                out.push_str(line);
                out.push('\n');
            }
        }
        let end = out.trim_end().len();
        out.truncate(end);
        out.push('\n');
        out
    }
}

/// The modules on the way of `path` as it is written in the module `at`.
fn follow(modules: &BTreeMap<Path, Module>, at: &[String], path: &[String]) -> Vec<Path> {
    let mut here = at.to_vec();
    let mut found = Vec::new();
    let mut names = path.iter().peekable();
    if names.next_if(|name| *name == "crate").is_some() {
        here.clear();
        names.next_if(|name| *name == MODULE);
    }
    while let Some(name) = names.peek() {
        let inner = child(&here, name);
        if *name == "super" {
            here.pop();
        } else if modules.contains_key(&inner) {
            here = inner;
            found.push(here.clone());
        } else if let Some(module) = modules.get(&here).and_then(|m| m.exporter(name)) {
            // The name is looked for again where it comes from.
            here = child(&here, module);
            found.push(here.clone());
            continue;
        } else if *name != "self" {
            break;
        }
        names.next();
    }
    found
}

fn child(path: &[String], name: &str) -> Path {
    [path, &[name.to_owned()]].concat()
}

/// `kernels/gemm/mod.rs` and `kernels/gemm.rs` hold the module `kernels::gemm`.
fn module_path(file: &str) -> Path {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let mut names: Path = path.split('/').map(str::to_owned).collect();
    names.pop_if(|last| last == "mod");
    names
}

/// The declarations of `text`, which is laid out by rustfmt.
fn declarations(text: &str) -> Vec<Declaration> {
    let lines: Vec<&str> = text.lines().collect();
    let mut all = Vec::new();
    let mut first = 0;
    for (number, line) in lines.iter().enumerate() {
        if line.starts_with("#[") || line.starts_with("///") {
            continue;
        }
        let public = line.strip_prefix("pub ");
        let module = public.unwrap_or(line).strip_prefix("mod ");
        if let Some(module) = module.and_then(|rest| rest.strip_suffix(';')) {
            all.push(Declaration {
                module: module.to_owned(),
                names: Vec::new(),
                lines: first..number + 1,
            });
        } else if let Some(used) = public.and_then(|rest| rest.strip_prefix("use ")) {
            let rest = &lines[number..];
            let n = 1 + rest.iter().position(|l| l.ends_with(';')).unwrap_or(0);
            let used = [&[used], &rest[1..n]].concat().join(" ");
            let mut names = words(&used);
            all.push(Declaration {
                module: names.next().unwrap_or_default(),
                names: names.collect(),
                lines: first..number + n,
            });
        }
        first = number + 1;
    }
    all
}

/// The names in a text.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| c != '_' && !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
}

/// The paths that Rust code writes, those that begin with a name of a `use` in full.
fn paths(code: &str) -> Result<Vec<Path>, Vec<Diagnostic>> {
    let tokens: TokenStream = code.parse().map_err(|error| {
        let message = format!("the Rust of an emitted crate is not Rust: {error}");
        vec![Diagnostic::general(codes::EMISSION, message)]
    })?;
    let mut written = Written::default();
    written.collect(tokens);
    let Written { paths, uses } = written;
    let in_full = paths.into_iter().flat_map(|path| {
        let used = path.first().and_then(|name| uses.get(name));
        match used {
            Some(used) => used.iter().map(|to| [to, &path[1..]].concat()).collect(),
            None => vec![path],
        }
    });
    Ok(in_full.chain(uses.values().flatten().cloned()).collect())
}

/// The paths of some tokens.
#[derive(Default)]
struct Written {
    /// Those of at least two names.
    paths: Vec<Path>,
    /// Those of a `use` by the name that they get, which is another's too where a `cfg` picks one.
    uses: BTreeMap<String, Vec<Path>>,
}

impl Written {
    fn collect(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let [token, after @ ..] = rest {
            rest = match token {
                TokenTree::Group(group) => {
                    self.collect(group.stream());
                    after
                }
                TokenTree::Ident(word) if word == "use" => self.tree(Path::new(), after),
                TokenTree::Ident(_) => {
                    let (path, after) = path(rest);
                    if path.len() > 1 {
                        self.paths.push(path);
                    }
                    after
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => after,
            };
        }
    }

    /// The tree of a `use` below `before`; what follows its names.
    fn tree<'t>(&mut self, mut before: Path, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        let (names, rest) = path(tokens);
        before.extend(names);
        if let [TokenTree::Group(group), after @ ..] = rest {
            let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            for tree in tokens.split(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ',')) {
                if !tree.is_empty() {
                    self.tree(before.clone(), tree);
                }
            }
            return after;
        }
        before.pop_if(|last| last == "self");
        let renamed = match rest {
            [TokenTree::Ident(word), TokenTree::Ident(name), ..] if word == "as" => Some(name),
            _ => None,
        };
        let name = renamed.map(ToString::to_string).or(before.last().cloned());
        let of_name = self.uses.entry(name.unwrap_or_default()).or_default();
        of_name.push(before);
        rest
    }
}

/// The names with `::` between them that `tokens` begin with, after a `::` or not; what follows, without
/// the `::` before it.
fn path(mut tokens: &[TokenTree]) -> (Path, &[TokenTree]) {
    let mut names = Path::new();
    loop {
        tokens = match tokens {
            [TokenTree::Punct(a), TokenTree::Punct(b), after @ ..]
                if a.as_char() == ':' && b.as_char() == ':' =>
            {
                after
            }
            _ if names.is_empty() => tokens,
            _ => return (names, tokens),
        };
        match tokens {
            [TokenTree::Ident(name), after @ ..] => {
                names.push(name.to_string());
                tokens = after;
            }
            _ => return (names, tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files that `code` reaches in a small runtime, and the text of the last.
    fn of(code: &str) -> (Vec<String>, String) {
        let runtime = [
            (
                "mod.rs",
                "pub mod a;\n#[cfg(x)]\npub mod b;\n\npub const ABI: u32 = 1;\n",
            ),
            (
                "a.rs",
                "mod one;\nmod two;\n\npub use one::{One, one};\npub use two::Two;\n",
            ),
            (
                "a/one.rs",
                "use super::two::{self, Two};\npub struct One;\n",
            ),
            ("a/two/mod.rs", "fn f(b: u8) -> u8 { b }\n"),
            (
                "b.rs",
                "macro_rules! m { () => { crate::runtime::a::Two } }\n",
            ),
        ];
        let runtime = runtime.map(|(file, text)| (file.to_owned(), text.to_owned()));
        let mut files = reached(runtime.into_iter(), code).unwrap();
        let names = files
            .iter()
            .map(|f| f.path["src/runtime/".len()..].to_owned());
        let names = names.collect();
        (
            names,
            String::from_utf8(files.pop().unwrap().contents).unwrap(),
        )
    }

    #[test]
    fn only_what_a_path_leads_to_stays() {
        let (files, text) = of("fn f() { crate::runtime::ABI; let b = a; }");
        assert_eq!(files, ["mod.rs"]);
        assert_eq!(text, "pub const ABI: u32 = 1;\n");
        let (files, _) = of("const A: crate::runtime::a::Two = 0;");
        assert_eq!(files, ["mod.rs", "a.rs", "a/two/mod.rs"]);
        let (files, _) = of("crate::runtime::a::one();");
        assert_eq!(files, ["mod.rs", "a.rs", "a/one.rs", "a/two/mod.rs"]);
    }

    #[test]
    fn paths_in_macros_and_braces_count() {
        let (files, _) = of("use crate::runtime::{b::{self}};");
        assert_eq!(files, ["mod.rs", "a.rs", "a/two/mod.rs", "b.rs"]);
        let (files, _) =
            of("use crate::b as r; use crate::runtime as r; fn f() { c!(r::a::f()); }");
        assert_eq!(files, ["mod.rs", "a.rs", "a/two/mod.rs", "b.rs"]);
    }

    #[test]
    fn a_module_declares_what_stays() {
        let module = Module::new(String::new(), "mod one;\n/// Two.\n#[cfg(x)]\nmod two;\n\npub use one::{\n    One,\n    one,\n};\npub use two::Two;\n".to_owned());
        assert_eq!(
            module.without(|name| name == "one"),
            "/// Two.\n#[cfg(x)]\nmod two;\n\npub use two::Two;\n"
        );
        assert_eq!(
            module.without(|name| name == "two"),
            "mod one;\n\npub use one::{\n    One,\n    one,\n};\n"
        );
    }
}
