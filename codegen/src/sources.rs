//! The fixed sources, part of this program so that it emits them wherever it runs.

include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// The text of `path` in one of the lists; empty where the list has no such file, which a test
/// rules out for every path that emission asks for.
pub fn text(list: &[(&'static str, &'static str)], path: &str) -> &'static str {
    list.iter()
        .find(|(name, _)| *name == path)
        .map_or("", |(_, text)| *text)
}
