//! Which words a recording holds: a label track beside it, or a list of events.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Place, Severity};

use super::Event;
use crate::data::listing::io_reason;

/// Longest time in a recording that is taken for meant, in seconds: ten days.
const SECONDS_MAX: f64 = 864_000.0;

/// A word of a track or list, its label as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// What is said.
    pub label: String,
    /// Where it begins, in seconds.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
}

impl Named {
    /// The event among `labels`; `None` of a word that is none of them.
    pub fn event(&self, labels: &[String], rate_hz: u32) -> Option<Event> {
        let label = labels.iter().position(|l| *l == self.label)?;
        let sample = |seconds: f64| libm::round(seconds * f64::from(rate_hz)) as u64;
        // A mark without a length stands somewhere in its word.
        let to = sample(self.to).max(sample(self.from) + 1);
        Some(Event {
            label,
            from: sample(self.from),
            to,
        })
    }
}

/// The label track of the recording `path`: the file of its name that ends in `.txt`, as Audacity
/// exports it. `None` where there is none.
///
/// # Errors
/// When it cannot be read, or a line is none of a label track.
pub fn track_beside(path: &Path) -> Result<Option<Vec<Named>>, Diagnostic> {
    let track = path.with_extension("txt");
    if !track.is_file() {
        return Ok(None);
    }
    read(&track, &|text| parse_track(text)).map(Some)
}

/// An event list: a CSV with the columns `path`, `start`, `end` and `label`; by path.
///
/// # Errors
/// When it cannot be read, lacks a column, or has a line without a time and a label.
pub fn list(path: &Path) -> Result<BTreeMap<PathBuf, Vec<Named>>, Diagnostic> {
    let rows = read(path, &|text| parse_list(text))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut by_path: BTreeMap<PathBuf, Vec<Named>> = BTreeMap::new();
    for (name, named) in rows {
        by_path.entry(folder.join(name)).or_default().push(named);
    }
    Ok(by_path)
}

/// What is wrong with a line, and its number from 1.
type Wrong = (usize, String);

fn read<T>(
    path: &Path,
    parse: &dyn Fn(&str) -> Result<Vec<T>, Wrong>,
) -> Result<Vec<T>, Diagnostic> {
    let refuse = |line: Option<usize>, message: String| {
        let place = Place::File {
            path: path.to_owned(),
            line,
        };
        Diagnostic::new(codes::EVENTS, Severity::Error, place, message)
    };
    let text = std::fs::read_to_string(path)
        .map_err(|e| refuse(None, format!("cannot read the file: {}", io_reason(&e))))?;
    parse(text.trim_start_matches('\u{feff}')).map_err(|(line, message)| {
        refuse(Some(line), message)
            .hint("a label track has `start<tab>end<tab>label` on each line, in seconds")
    })
}

/// Lines of `start<tab>end<tab>label`. Lines that begin with a backslash carry frequencies.
fn parse_track(text: &str) -> Result<Vec<Named>, Wrong> {
    let mut found = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if let Some(named) = track_line(line) {
            found.push(named.map_err(|message| (i + 1, message))?);
        }
    }
    Ok(found)
}

/// The word on a line of a label track, or what is wrong with it; `None` where the line has none.
pub(crate) fn track_line(line: &str) -> Option<Result<Named, String>> {
    if line.trim().is_empty() || line.starts_with(['\\', '#']) {
        return None;
    }
    let mut parts = line.splitn(3, '\t').map(str::trim);
    let (from, to, label) = (parts.next(), parts.next(), parts.next());
    Some(named(from, to, label))
}

fn parse_list(text: &str) -> Result<Vec<(String, Named)>, Wrong> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .flexible(true)
        .from_reader(text.as_bytes());
    let wrong = |e: csv::Error| {
        let line = e.position().map_or(1, |p| p.line() as usize);
        (line, e.to_string().to_lowercase())
    };
    let headers = reader.headers().map_err(wrong)?.clone();
    let column = |name: &str| headers.iter().position(|h| h == name);
    let needed = |name: &str| {
        let shown = headers.iter().collect::<Vec<_>>().join(", ");
        column(name).ok_or_else(|| (1, format!("expected a column `{name}`, found {shown}")))
    };
    let (path, start, label) = (needed("path")?, needed("start")?, needed("label")?);
    let end = column("end");
    let mut found = Vec::new();
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let line = record.position().map_or(1, |p| p.line() as usize);
        let of = |column: usize| record.get(column).filter(|cell| !cell.is_empty());
        let name = of(path).ok_or_else(|| (line, "expected a path, found none".to_owned()))?;
        let to = end.and_then(of).or_else(|| of(start));
        let named = named(of(start), to, of(label)).map_err(|message| (line, message))?;
        found.push((name.to_owned(), named));
    }
    Ok(found)
}

fn named(from: Option<&str>, to: Option<&str>, label: Option<&str>) -> Result<Named, String> {
    let seconds = |text: Option<&str>| {
        let text = text.unwrap_or_default();
        // Where commas are decimal points, Audacity writes them.
        let value = text.replace(',', ".").parse::<f64>().ok();
        value
            .filter(|v| (0.0..=SECONDS_MAX).contains(v))
            .ok_or_else(|| format!("expected a time in seconds, found `{text}`"))
    };
    let (from, to) = (seconds(from)?, seconds(to)?);
    if to < from {
        return Err(format!(
            "the word ends at {to} s, before it begins at {from} s"
        ));
    }
    match label {
        Some(label) if !label.is_empty() => Ok(Named {
            label: label.to_owned(),
            from,
            to,
        }),
        _ => Err("expected a label behind the times, found none".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(label: &str, from: f64, to: f64) -> Named {
        let label = label.to_owned();
        Named { label, from, to }
    }

    #[test]
    fn label_tracks_are_read_as_audacity_writes_them() {
        let text = "0.5\t1.25\tyes\r\n\\\t100.0\t4000.0\n\n2\t2\tturn on\n";
        let expected = [word("yes", 0.5, 1.25), word("turn on", 2.0, 2.0)];
        assert_eq!(parse_track(text).unwrap(), expected);
        for (text, line) in [
            ("1\t2\tyes\n3\tyes\n", 2),
            ("1,2,yes\n", 1),
            ("1\t2\n", 1),
            ("2\t1\tyes\n", 1),
            ("NaN\t1\tyes", 1),
            ("-1\t1\tyes", 1),
        ] {
            assert_eq!(parse_track(text).unwrap_err().0, line, "{text}");
        }
    }

    #[test]
    fn an_event_list_may_leave_out_the_ends() {
        let text = "label,path,start,end\nyes,a.wav,0.5,\nno,\"b, c.wav\",1,1.5\n";
        let expected = [
            ("a.wav".to_owned(), word("yes", 0.5, 0.5)),
            ("b, c.wav".to_owned(), word("no", 1.0, 1.5)),
        ];
        assert_eq!(parse_list(text).unwrap(), expected);
        let unknown = parse_list("path,time,label\n").unwrap_err();
        assert_eq!(
            unknown.1,
            "expected a column `start`, found path, time, label"
        );
        assert_eq!(
            parse_list("path,start,label\na.wav,x,yes\n").unwrap_err().0,
            2
        );
    }

    #[test]
    fn a_mark_becomes_an_event_of_one_sample() {
        let labels = ["no".to_owned(), "yes".to_owned()];
        let event = word("yes", 0.5, 0.5).event(&labels, 16_000).unwrap();
        assert_eq!((event.label, event.from, event.to), (1, 8000, 8001));
        assert_eq!(word("cough", 0.0, 1.0).event(&labels, 16_000), None);
    }
}
