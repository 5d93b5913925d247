//! Speech Commands: a folder per word; `validation_list.txt` and `testing_list.txt` name the
//! recordings of those sides, all others are for training. (Warden, "Speech Commands: a dataset
//! for limited-vocabulary speech recognition", 2018.)

use std::collections::BTreeMap;
use std::path::Path;

use impulse_ir::Diagnostic;

use super::{Found, Read, entries, name_of, other_format, problem, text_of};
use crate::data::Split;
use crate::data::listing::is_recording;
use crate::data::manifest::Row;

const LISTS: [(&str, Split); 2] = [
    ("validation_list.txt", Split::Validation),
    ("testing_list.txt", Split::Test),
];
/// Long recordings of noise, which are no words.
const NOISE: &str = "_background_noise_";

pub(super) fn read(source: &Path) -> Result<Read, Diagnostic> {
    let lists: Vec<_> = LISTS
        .iter()
        .map(|(name, split)| (source.join(name), *split))
        .collect();
    if !source.is_dir() || !lists.iter().any(|(path, _)| path.is_file()) {
        let message =
            "expected a folder with validation_list.txt and testing_list.txt, found neither";
        return Err(other_format(source, message));
    }
    let mut read = Read::default();
    let mut sides: BTreeMap<String, (Split, usize)> = BTreeMap::new();
    for (list, split) in &lists {
        if !list.is_file() {
            read.notes.push(format!(
                "there is no {}: nothing is set aside by it",
                name_of(list)
            ));
            continue;
        }
        for (n, line) in text_of(list)?.lines().enumerate() {
            let (name, line) = (line.trim(), n + 1);
            if name.is_empty() {
                continue;
            }
            if !source.join(name).is_file() {
                let message = format!("expected the recording `{name}`, found no such file");
                read.problems.push(problem(list, Some(line), message));
            } else if let Some((other, _)) = sides.insert(name.to_owned(), (*split, line))
                && other != *split
            {
                let message = format!("expected `{name}` in one of the lists, found it in both");
                read.problems.push(problem(list, Some(line), message));
            }
        }
    }
    for folder in entries(source)?.into_iter().filter(|p| p.is_dir()) {
        let label = name_of(&folder);
        if label == NOISE {
            read.notes.push(format!(
                "{NOISE} is left out: name it in `augment {{ noise … }}`"
            ));
            continue;
        }
        for path in entries(&folder)?.into_iter().filter(|p| is_recording(p)) {
            let file = name_of(&path);
            let side = sides.get(&format!("{label}/{file}"));
            let speaker = file
                .split_once("_nohash_")
                .map(|(speaker, _)| speaker.to_owned());
            read.found.push(Found {
                row: Row {
                    path,
                    label: label.clone(),
                    split: Some(side.map_or(Split::Train, |(split, _)| *split)),
                    group: speaker,
                },
                list: folder.clone(),
                line: None,
            });
        }
    }
    // A recording that tells no speaker is a group of its own.
    for found in &mut read.found {
        found
            .row
            .group
            .get_or_insert_with(|| format!("{}/{}", found.row.label, name_of(&found.row.path)));
    }
    Ok(read)
}
