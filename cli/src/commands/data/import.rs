//! `impulse data import`: data sets of other makers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_train::data::import::{self, Imported, Options};
use impulse_train::data::manifest::{self, side};

use super::write;
use crate::args::{DataImport, ImportFormat};
use crate::builder::output::Staging;
use crate::failure::{Failure, write_error};
use crate::interrupt;
use crate::tables::{align_right, plain};
use crate::ui::{Ui, count, plural, print};

const MANIFEST: &str = "manifest.csv";

/// Writes a manifest of what the source holds.
///
/// # Errors
/// Every row that cannot be used (unless they are to be skipped), or why nothing can be written;
/// nothing is then.
pub fn run(args: &DataImport, ui: Ui) -> Result<(), Failure> {
    let stop = interrupt::flag();
    let options = Options {
        to: args.to.clone(),
        label_column: args.label_column.clone(),
        keep: args.keep.clone(),
        track: args.track.clone(),
        length_s: args.length,
    };
    let mut found = import::read(format(args.format), &args.source, &options)?;
    if args.skip_bad {
        found
            .problems
            .iter_mut()
            .for_each(|d| d.severity = impulse_ir::Severity::Warning);
        ui.diagnostics(&found.problems, None);
    } else if !found.problems.is_empty() {
        return Err(std::mem::take(&mut found.problems).into());
    }
    if found.rows.is_empty() {
        let message = "expected at least one recording that can be used, found none";
        return Err(Diagnostic::file(codes::IMPORT, &args.source, message).into());
    }
    for note in &found.notes {
        ui.done("note", note);
    }
    let text = manifest::text(&found.rows, &args.to, "import")
        .map_err(|message| Diagnostic::file(codes::IMPORT, &args.source, message))?;
    if stop.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(Diagnostic::general(codes::STOPPED, "stopped, nothing was written").into());
    }
    let path = args.to.join(MANIFEST);
    if args.dry_run {
        table(&found, ui);
        print(&format!(
            "{} would be written with {}",
            path.display(),
            written(&found)
        ));
        return Ok(());
    }
    if found.cuts.is_empty() {
        write::manifest(&path, &text, args.force)?;
    } else {
        cuts(&found, &args.to, &text, args.force)?;
    }
    table(&found, ui);
    ui.done("wrote", &format!("{}: {}", path.display(), written(&found)));
    let group = match found.rows.iter().any(|r| r.group.is_some()) {
        true => "; its groups with `group column \"group\"`",
        false => "",
    };
    ui.done(
        "next",
        &format!("name it in a spec: `data \"{}\"`{group}", path.display()),
    );
    Ok(())
}

fn written(found: &Imported) -> String {
    let rows = plural(found.rows.len() as u64, "recording");
    match found.cuts.len() {
        0 => rows,
        n => format!("{rows}, {} cut from the long one", count(n as u64)),
    }
}

/// Writes the recordings that are cut, and the manifest, as one folder.
fn cuts(found: &Imported, to: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let Some(audio) = &found.audio else {
        return Ok(());
    };
    let is_empty = fs::read_dir(to)
        .map(|mut all| all.next().is_none())
        .unwrap_or(true);
    // Only a folder that was made here is replaced.
    let ours =
        fs::read_to_string(to.join(MANIFEST)).is_ok_and(|text| text.starts_with(manifest::MARK));
    if to.symlink_metadata().is_ok() && !(to.is_dir() && (is_empty || force && ours)) {
        let mut problem = write::in_the_way(to);
        if force {
            problem.hints.clear();
            problem = problem.hint("only a folder that an import made is replaced: name another");
        }
        return Err(problem.into());
    }
    let staging = Staging::new(&Path::new(".").join(to))?;
    for cut in &found.cuts {
        if interrupt::asked() {
            return Err(Diagnostic::general(codes::STOPPED, "stopped, nothing was written").into());
        }
        let path = to.join(&cut.name);
        let bytes = import::wav(audio, &cut.samples)
            .map_err(|e| write_error(&path, &std::io::Error::other(e)))?;
        staging.write(&cut.name, &bytes)?;
    }
    staging.write(MANIFEST, text.as_bytes())?;
    staging.commit()?;
    Ok(())
}

/// Recordings by label and side.
fn table(found: &Imported, ui: Ui) {
    let mut counts: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    let mut sides = Vec::new();
    for row in &found.rows {
        let side = row.split.map_or("to be split", side);
        if !sides.contains(&side) {
            sides.push(side);
        }
        *counts
            .entry(&row.label)
            .or_default()
            .entry(side)
            .or_default() += 1;
    }
    let order = ["train", "validation", "test", "to be split"];
    sides.sort_by_key(|side| order.iter().position(|o| o == side));
    let mut table = plain(ui);
    table.set_header(["label"].into_iter().chain(sides.iter().copied()));
    for (label, of_label) in &counts {
        let cells = sides
            .iter()
            .map(|side| count(of_label.get(side).copied().unwrap_or(0)));
        table.add_row(std::iter::once((*label).to_owned()).chain(cells));
    }
    align_right(&mut table, &(1..=sides.len()).collect::<Vec<_>>());
    print(&table.to_string());
}

fn format(format: ImportFormat) -> import::Format {
    match format {
        ImportFormat::SpeechCommands => import::Format::SpeechCommands,
        ImportFormat::Audiofolder => import::Format::Audiofolder,
        ImportFormat::EdgeImpulse => import::Format::EdgeImpulse,
        ImportFormat::CommonVoice => import::Format::CommonVoice,
        ImportFormat::Audacity => import::Format::Audacity,
    }
}
