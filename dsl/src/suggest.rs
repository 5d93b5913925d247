//! What was most likely meant by a name that is not known.

use impulse_ir::board;

/// Longest name that is compared: the time goes with the square of it.
const LENGTH_MAX: usize = 64;

/// What other tools call a thing, and what it is called here; without `_`, in lower case.
const ALIASES: &[(&str, &str)] = &[
    ("augmentation", "augment"),
    ("averagepooling1d", "avg_pool"),
    ("averagepooling2d", "avg_pool"),
    ("avgpool1d", "avg_pool"),
    ("avgpool2d", "avg_pool"),
    ("batchnorm1d", "batch_norm"),
    ("batchnorm2d", "batch_norm"),
    ("batchnormalization", "batch_norm"),
    ("batchsize", "batch"),
    ("board", "target"),
    ("classes", "labels"),
    ("cepstra", "coefficients"),
    ("dataset", "data"),
    ("device", "target"),
    ("duration", "length"),
    ("false", "no"),
    ("fc", "dense"),
    ("fftlength", "fft"),
    ("folder", "path"),
    ("frequency", "rate"),
    ("fullyconnected", "dense"),
    ("gap", "global_avg_pool"),
    ("globalaveragepooling1d", "global_avg_pool"),
    ("globalaveragepooling2d", "global_avg_pool"),
    ("hanning", "hann"),
    ("hop", "every"),
    ("hoplength", "every"),
    ("kernelsize", "kernel"),
    ("layers", "network"),
    ("learningrate", "adam"),
    ("linear", "dense"),
    ("lr", "adam"),
    ("maxpooling1d", "max_pool"),
    ("maxpooling2d", "max_pool"),
    ("maxpool1d", "max_pool"),
    ("maxpool2d", "max_pool"),
    ("microphone", "audio"),
    ("model", "network"),
    ("name", "impulse"),
    ("neurons", "units"),
    ("nfft", "fft"),
    ("nmels", "filters"),
    ("nmfcc", "coefficients"),
    ("numfilters", "filters"),
    ("poolsize", "size"),
    ("samplerate", "rate"),
    ("samplingrate", "rate"),
    ("speakers", "group"),
    ("step", "stride"),
    ("strides", "stride"),
    ("training", "train"),
    ("true", "yes"),
    ("validation", "validate"),
    ("validationsplit", "validate"),
    ("windowfunction", "taper"),
];

/// Other ways to write units.
const UNITS: &[(&str, &str)] = &[
    ("m", "ms"),
    ("msec", "ms"),
    ("millis", "ms"),
    ("millisecond", "ms"),
    ("milliseconds", "ms"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("usec", "us"),
    ("minute", "min"),
    ("minutes", "min"),
    ("hertz", "Hz"),
    ("k", "kHz"),
    ("percent", "%"),
    ("pct", "%"),
    ("bytes", "B"),
    ("byte", "B"),
    ("kib", "KiB"),
    ("kbyte", "KiB"),
    ("k", "KiB"),
    ("m", "MiB"),
    ("decibel", "dB"),
    ("channels", "filters"),
];

/// The candidate that `found` is most likely a misspelling of, or another name for.
pub(crate) fn name<'c>(
    found: &str,
    candidates: impl IntoIterator<Item = &'c str> + Clone,
) -> Option<&'c str> {
    if found.len() > LENGTH_MAX {
        return None;
    }
    let squeezed = squeeze(found);
    let alias = ALIASES.iter().find(|(other, known)| {
        *other == squeezed && candidates.clone().into_iter().any(|c| c == *known)
    });
    if let Some((_, known)) = alias {
        return candidates.into_iter().find(|c| c == known);
    }
    nearest(found, candidates)
}

/// The candidate that `found` is most likely a misspelling of.
pub(crate) fn nearest<'c>(
    found: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    if found.len() > LENGTH_MAX {
        return None;
    }
    let plain = |s: &str| s.to_ascii_lowercase().replace(['-', ' '], "_");
    let found = plain(found);
    let most = (found.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let name = plain(candidate);
        let mut distance = strsim::damerau_levenshtein(&found, &name);
        // `coeffs` for `coefficients`, `maxpool` for `max_pool`.
        if found.len() >= 3 && name.starts_with(&found) || squeeze(&found) == squeeze(&name) {
            distance = distance.min(1);
        }
        // A name of one or two letters is not misspelt into any other.
        let similar = found.len() > 2 || distance == 0;
        if similar && distance <= most && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The board that `found` is most likely meant for: a misspelt id, the long name, or a part of it.
pub fn board(found: &str) -> Option<&'static str> {
    let all = board::all().iter();
    let squeezed = squeeze(found);
    let named = || {
        let part = |b: &&board::Board| squeezed.len() >= 4 && squeeze(&b.name).contains(&squeezed);
        board::all().iter().find(part).map(|b| b.id.as_str())
    };
    nearest(found, all.map(|b| b.id.as_str())).or_else(named)
}

/// The unit that `found` stands for. A unit of another size is never proposed: `GHz` is not a
/// misspelling of `Hz`.
pub(crate) fn unit<'c>(found: &str, units: &[&'c str]) -> Option<&'c str> {
    let same = units.iter().find(|u| u.eq_ignore_ascii_case(found));
    let lower = found.to_ascii_lowercase();
    let alias = || {
        let meant = |(other, known): &(&str, &str)| *other == lower && units.contains(known);
        let (_, known) = UNITS.iter().find(|u| meant(u))?;
        units.iter().find(|u| *u == known)
    };
    if let Some(unit) = same.or_else(alias) {
        return Some(unit);
    }
    let words: Vec<&str> = units.iter().copied().filter(|u| u.len() >= 4).collect();
    nearest(found, words)
}

fn squeeze(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '-', ' '], "")
}

#[cfg(test)]
mod tests {
    use super::{name, nearest, unit};

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
            (&"f".repeat(100_000), None),
        ] {
            assert_eq!(nearest(found, keys), expect, "{found}");
        }
    }

    #[test]
    fn knows_the_names_of_other_tools() {
        assert_eq!(
            name("MaxPooling1D", ["avg_pool", "max_pool"]),
            Some("max_pool")
        );
        assert_eq!(name("n_mels", ["filters", "fft"]), Some("filters"));
        assert_eq!(name("MaxPooling1D", ["dense"]), None);
    }

    #[test]
    fn never_proposes_a_unit_of_another_size() {
        let frequencies = ["Hz", "kHz", "MHz"];
        for (found, expect) in [("khz", Some("kHz")), ("GHz", None), ("k", Some("kHz"))] {
            assert_eq!(unit(found, &frequencies), expect, "{found}");
        }
        let times = ["s", "ms", "us", "min", "samples"];
        for (found, expect) in [
            ("sec", Some("s")),
            ("MS", Some("ms")),
            ("m", Some("ms")),
            ("sampels", Some("samples")),
            ("x", None),
        ] {
            assert_eq!(unit(found, &times), expect, "{found}");
        }
    }
}
