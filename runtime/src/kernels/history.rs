//! The rows of a stream that a layer still needs.

/// How many values a history takes and keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Values of the new rows.
    pub new_len: usize,
    /// Values that are kept.
    pub len: usize,
}

/// Bytes that are moved at once.
const CHUNK: usize = 16;

/// Appends `input` (`[new_len]`) to `rows` (`[len]`), whose oldest values make room: afterwards `rows`
/// has the last `len` values of all that came. It is the only kernel whose output is kept from one
/// call to the next.
pub fn history(p: &History, input: &[i8], rows: &mut [i8]) {
    let new = p.new_len.min(p.len);
    let stay = p.len - new;
    // The copy that `core` brings for ranges that overlap is larger than the rest of this.
    let mut at = 0;
    while at + CHUNK <= stay {
        let mut chunk = [0; CHUNK];
        chunk.copy_from_slice(&rows[at + new..at + new + CHUNK]);
        rows[at..at + CHUNK].copy_from_slice(&chunk);
        at += CHUNK;
    }
    while at < stay {
        rows[at] = rows[at + new];
        at += 1;
    }
    rows[stay..].copy_from_slice(&input[p.new_len - new..]);
}
