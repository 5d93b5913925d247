//! One recording with a label track as Audacity exports it: lines of start and end in seconds and
//! the label, with tabs between; lines that begin with a backslash give frequencies and are
//! skipped. <https://manual.audacityteam.org/man/importing_and_exporting_labels.html>

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::{Cut, Found, Options, Read, other_format, problem, text_of, unreadable};
use crate::audio::{self, Audio};
use crate::data::listing::is_recording;
use crate::data::manifest::Row;
use crate::replay::events::{Named, track_line};

pub(super) fn read(source: &Path, options: &Options) -> Result<Read, Diagnostic> {
    if !source.is_file() || !is_recording(source) {
        return Err(other_format(
            source,
            "expected a WAV, FLAC or MP3 file, found something else",
        ));
    }
    let beside = || source.with_extension("txt");
    let track: PathBuf = options.track.clone().unwrap_or_else(beside);
    if !track.is_file() {
        let message = format!(
            "expected the label track at `{}`, found no such file",
            track.display()
        );
        return Err(other_format(source, message).hint(
            "name it with --track; Audacity writes it with File › Export Other › Export Labels",
        ));
    }
    let bytes = std::fs::read(source).map_err(|e| unreadable(source, &e))?;
    let audio =
        audio::decode(bytes).map_err(|m| Diagnostic::file(codes::CLIP_UNREADABLE, source, m))?;
    let stem = source
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut read = Read::default();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (n, text) in text_of(&track)?.lines().enumerate() {
        let Some(named) = track_line(text) else {
            continue;
        };
        let cut =
            named.and_then(|named| Ok((samples(&named, &audio, options.length_s)?, named.label)));
        let (samples, label) = match cut {
            Ok(cut) => cut,
            Err(message) => {
                read.problems.push(problem(&track, Some(n + 1), message));
                continue;
            }
        };
        let ms = samples.start as u64 * 1000 / u64::from(audio.rate_hz.max(1));
        let mut name = format!("{}/{}_{ms:07}", plain(&label), plain(&stem));
        let again = names.entry(name.clone()).or_default();
        *again += 1;
        if *again > 1 {
            name += &format!("_{again}");
        }
        name += ".wav";
        read.found.push(Found {
            row: Row {
                path: options.to.join(&name),
                label,
                split: None,
                group: None,
            },
            list: track.clone(),
            line: Some(n + 1),
        });
        read.cuts.push(Cut { name, samples });
    }
    if read.found.is_empty() && read.problems.is_empty() {
        return Err(other_format(
            &track,
            "expected lines of start, end and label, found none",
        ));
    }
    read.audio = Some(audio);
    Ok(read)
}

/// The samples of a word, or of so many seconds around its middle.
fn samples(word: &Named, audio: &Audio, length_s: Option<f64>) -> Result<Range<usize>, String> {
    let (start, end) = (word.from, word.to);
    let all = audio.samples.len();
    let rate = f64::from(audio.rate_hz);
    let total = all as f64 / rate;
    if end > total + 0.0005 {
        return Err(format!(
            "expected an end within the recording of {total:.3} s, found {end:.3} s"
        ));
    }
    let (from, n) = match length_s {
        Some(length) => {
            let n = ((length * rate).round() as usize).min(all);
            let middle = (start + end) / 2.0 * rate - n as f64 / 2.0;
            // Moved into the recording where it would begin before it or end after it.
            ((middle.round().max(0.0) as usize).min(all - n), n)
        }
        None if end == start => {
            return Err(format!(
                "expected a region, found a point at {start} s; with --length it is cut around"
            ));
        }
        None => {
            let from = ((start * rate).round() as usize).min(all);
            (from, ((end * rate).round() as usize).min(all) - from)
        }
    };
    if n == 0 {
        return Err("expected at least one sample, found none".into());
    }
    Ok(from..from + n)
}

/// A name that every file system takes.
fn plain(text: &str) -> String {
    let allowed = |c: char| {
        if c.is_alphanumeric() || "-_ ".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = text.trim().chars().take(80).map(allowed).collect();
    if name.is_empty() { "_".into() } else { name }
}
