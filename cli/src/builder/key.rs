//! Content hashes: what a step depends on, and what its outputs are.

/// The hash of these bytes, 32 hexadecimal digits (128 bits of BLAKE3).
pub fn hash(bytes: &[u8]) -> String {
    short(blake3::hash(bytes))
}

fn short(hash: blake3::Hash) -> String {
    hash.to_hex()[..32].to_owned()
}

/// Collects everything that a step's result depends on. Parts are named and length-prefixed, so
/// two different lists of parts never run together into the same bytes.
#[derive(Default)]
pub struct Key(blake3::Hasher);

impl Key {
    /// A key of the step `name`, made by this program: the sources of every crate that computes
    /// something take part, so that a changed kernel never leaves an old result in place.
    pub fn new(step: &str) -> Self {
        Self::default()
            .part("step", step)
            .part("tool", env!("IMPULSE_SOURCE_HASH"))
    }

    /// The same with one more part.
    #[must_use]
    pub fn part(mut self, name: &str, value: &str) -> Self {
        for text in [name, value] {
            self.0.update(&(text.len() as u64).to_le_bytes());
            self.0.update(text.as_bytes());
        }
        self
    }

    /// The same with a value of a spec, by its debug text: the same for equal values, and
    /// complete without a second list of every field.
    #[must_use]
    pub fn value(self, name: &str, value: &impl std::fmt::Debug) -> Self {
        self.part(name, &format!("{value:?}"))
    }

    /// The key.
    pub fn finish(&self) -> String {
        short(self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        let one = Key::new("s").part("a", "bc").finish();
        assert_ne!(one, Key::new("s").part("ab", "c").finish());
        assert_ne!(one, Key::new("t").part("a", "bc").finish());
        assert_eq!(one, Key::new("s").part("a", "bc").finish());
        assert_eq!(one.len(), 32);
    }
}
