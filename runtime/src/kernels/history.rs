//! The rows of a stream that a layer still needs.

/// How many values a history takes and keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Values of the new rows.
    pub new: usize,
    /// Values that are kept.
    pub len: usize,
}

/// Appends `input` (`[new]`) to `rows` (`[len]`), whose oldest values make room: afterwards `rows`
/// has the last `len` values of all that came. It is the only kernel whose output is kept from one
/// call to the next.
pub fn history(p: &History, input: &[i8], rows: &mut [i8]) {
    let new = p.new.min(p.len);
    rows.copy_within(new.., 0);
    rows[p.len - new..].copy_from_slice(&input[p.new - new..]);
}
