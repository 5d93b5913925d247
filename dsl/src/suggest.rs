//! The nearest known name to a misspelt one.

/// The candidate that `found` is most likely a misspelling of.
pub(crate) fn nearest<'c>(
    found: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let plain = |s: &str| s.to_ascii_lowercase().replace(['-', ' '], "_");
    let found = plain(found);
    let most = (found.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let name = plain(candidate);
        let mut distance = strsim::damerau_levenshtein(&found, &name);
        // `coeffs` for `coefficients`, `maxpool` for `max_pool`.
        let squeezed = |s: &str| s.replace('_', "");
        if found.len() >= 3 && name.starts_with(&found) || squeezed(&found) == squeezed(&name) {
            distance = distance.min(1);
        }
        if distance <= most && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let keys = [
            "filters",
            "coefficients",
            "frame",
            "max_pool",
            "relu",
            "rate",
        ];
        for (found, expect) in [
            ("filter", Some("filters")),
            ("coefs", None),
            ("coeff", Some("coefficients")),
            ("maxpool", Some("max_pool")),
            ("MaxPool", Some("max_pool")),
            ("rleu", Some("relu")),
            ("Rate", Some("rate")),
            ("dropout", None),
            ("", None),
        ] {
            assert_eq!(nearest(found, keys), expect, "{found}");
        }
    }
}
