//! Results as tables on standard output.

mod evaluation;

use std::path::Path;

use comfy_table::{Cell, CellAlignment, Color, Table, presets};
use impulse_ir::features::spectral::Analysis;
use impulse_ir::features::{FeatureBlock, Stft};
use impulse_ir::spec::{Channels, Sensor, Window};
use impulse_train::metrics::Evaluation;

use crate::builder::record::{Record, Target, Verification};
use crate::ui::{Ui, bytes, count, plural, print, time};

pub use evaluation::{accuracy, agreement, confusion, errors, groups, loudness};

/// A table without lines, for lists.
pub fn plain(ui: Ui) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    if ui.color_stdout() {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}

/// Aligns these columns to the right.
pub fn align_right(table: &mut Table, columns: &[usize]) {
    for &index in columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// A shape as the language's documentation writes it: `[49, 13]`.
pub fn shape(shape: &[usize]) -> String {
    format!("{shape:?}")
}

/// A feature block in words.
pub fn feature_line(block: &FeatureBlock, window: &Window) -> String {
    let frames = |stft: &Stft| {
        let ms = |samples: usize| {
            let ms = samples as f64 * 1e3 / f64::from(window.rate_hz.max(1));
            (ms * 10.0).round() / 10.0
        };
        format!(
            "{} ms every {} ms, {} points",
            ms(stft.frame_samples),
            ms(stft.hop_samples),
            stft.fft_samples
        )
    };
    let axes = |axes: &[u8]| match &window.sensor {
        Sensor::Motion(motion) => {
            let names = axes.iter().filter_map(|a| motion.axes.get(usize::from(*a)));
            names.cloned().collect::<Vec<_>>().join(", ")
        }
        _ => "samples".to_owned(),
    };
    let about = match block {
        FeatureBlock::Mfcc(m) => format!(
            "{} of {} filters, {}",
            m.n_coefficients,
            m.mel.n_filters,
            frames(&m.stft)
        ),
        FeatureBlock::Mfe(m) => format!("{} filters, {}", m.mel.n_filters, frames(&m.stft)),
        FeatureBlock::Spectrogram(s) if window.n_axes > 1 => {
            format!("{}, {}", axes(&s.axes), frames(&s.stft))
        }
        FeatureBlock::Spectrogram(s) => frames(&s.stft),
        FeatureBlock::Spectral(s) => match &s.analysis {
            Analysis::Fft(fft) => format!("{}, {} points", axes(&s.axes), fft.samples),
            Analysis::Wavelet { levels, .. } => {
                format!("{}, {}", axes(&s.axes), plural(*levels as u64, "level"))
            }
        },
        FeatureBlock::Flatten(f) => {
            let n = f.statistics.iter().filter(|on| **on).count();
            format!("{} of {}", plural(n as u64, "statistic"), axes(&f.axes))
        }
        FeatureBlock::Raw(r) => axes(&r.axes),
        FeatureBlock::Image(i) => match i.channels {
            Channels::Grey => "colours as grey".to_owned(),
            Channels::Same => "every pixel".to_owned(),
        },
    };
    let shape = shape(&block.shape(window));
    format!("{}: {about} → {shape}", block.keyword())
}

/// What a build ends with: accuracy, confusion, memory beside its budgets, and where the files are.
pub fn summary(record: &Record, build_dir: &Path, ui: Ui) {
    if !ui.shows_tables() {
        return;
    }
    print("");
    if let Some(evaluation) = &record.evaluation {
        let int8 = of_counts(&evaluation.int8);
        let float = evaluation.float.as_deref().map(of_counts);
        let float = float.map(|f| f.accuracy());
        accuracy(float, int8.accuracy(), int8.len(), "test");
        confusion(&record.labels, &int8, None, ui);
    }
    for target in &record.targets {
        memory(target, &record.verification, ui);
    }
    files(record, build_dir, ui);
}

/// Metrics of a confusion matrix, `[label][predicted]` counts.
pub fn of_counts(counts: &[Vec<usize>]) -> Evaluation {
    Evaluation {
        confusion: counts.to_vec(),
        predictions: Vec::new(),
    }
}

fn memory(target: &Target, measured: &[Verification], ui: Ui) {
    let measured: Vec<&Verification> = measured
        .iter()
        .filter(|v| v.board == target.board)
        .collect();
    let mut table = plain(ui);
    let mut head = vec![format!("on {}", target.board), "predicted".into()];
    let heads = heads(target, &measured);
    let n_columns = heads.len();
    head.extend(heads);
    head.push("budget".into());
    table.set_header(head);
    let [ram, flash, latency] = target.budgets;
    for row in rows(target, &measured) {
        let budget = match row.name {
            "RAM" => ram.map(|b| (bytes(b), row.highest <= b)),
            "flash" => flash.map(|b| (bytes(b), row.highest <= b)),
            "time per result" => {
                latency.map(|b| (time(b as f64), target.latency_us(row.highest) <= b as f64))
            }
            _ => None,
        };
        let mut cells = vec![Cell::new(row.name), Cell::new(&row.predicted)];
        cells.extend(row.measured.iter().map(Cell::new));
        cells.push(match budget {
            None => Cell::new(""),
            Some((text, true)) => Cell::new(format!("{text} ok")).fg(Color::Green),
            Some((text, false)) => Cell::new(format!("{text} exceeded")).fg(Color::Red),
        });
        table.add_row(cells);
    }
    align_right(&mut table, &(1..n_columns + 3).collect::<Vec<_>>());
    print(&table.to_string());
    for v in &measured {
        print(&format!(
            "the emitted {} gave the host's bits in {} and {} ({})",
            v.language,
            plural(v.windows as u64, "window"),
            plural(v.results as u64, "streamed result"),
            v.compiler
        ));
    }
    print("");
}

/// A predicted figure beside the measured ones.
pub struct Row {
    /// What it is.
    pub name: &'static str,
    /// The plan's figure.
    pub predicted: String,
    /// The figure of each verification.
    pub measured: Vec<String>,
    /// The highest of all, in bytes or instructions: what a budget is held against.
    pub highest: u64,
}

/// Heads of the columns of measured figures: one per verification, and one for the firmware where
/// it was built.
pub fn heads(target: &Target, measured: &[&Verification]) -> Vec<String> {
    let firmware = target.image.as_ref().map(|_| "firmware".to_owned());
    measured
        .iter()
        .map(|v| format!("{} in the emulator", v.language))
        .chain(firmware)
        .collect()
}

/// The figures of a target: predicted, and measured by each of `measured` and in the firmware.
pub fn rows(target: &Target, measured: &[&Verification]) -> Vec<Row> {
    let image = target.image.as_ref();
    let row = |name,
               predicted: u64,
               figures: Vec<u64>,
               of_image: Option<u64>,
               show: &dyn Fn(u64) -> String| {
        let mut shown: Vec<String> = figures.iter().map(|n| show(*n)).collect();
        if image.is_some() {
            shown.push(of_image.map(show).unwrap_or_default());
        }
        let highest = figures
            .into_iter()
            .chain(of_image)
            .max()
            .unwrap_or(0)
            .max(predicted);
        Row {
            name,
            predicted: show(predicted),
            measured: shown,
            highest,
        }
    };
    let each =
        |figure: fn(&Verification) -> u64| measured.iter().map(|v| figure(v)).collect::<Vec<u64>>();
    let deepest = each(|v| v.stack_bytes)
        .into_iter()
        .max()
        .unwrap_or(target.stack_bytes);
    let instructions = target.instructions();
    vec![
        row(
            "RAM",
            target.ram_bytes(),
            each(|v| v.static_ram_bytes + v.stack_bytes),
            image.map(|i| i.static_ram_bytes + deepest),
            &bytes,
        ),
        row(
            "  static",
            target.static_ram_bytes(),
            each(|v| v.static_ram_bytes),
            image.map(|i| i.static_ram_bytes),
            &bytes,
        ),
        row(
            "  stack",
            target.stack_bytes,
            each(|v| v.stack_bytes),
            None,
            &bytes,
        ),
        row(
            "flash",
            target.flash_bytes(),
            each(|v| v.flash_bytes),
            image.map(|i| i.flash_bytes),
            &bytes,
        ),
        row(
            "instructions",
            instructions,
            each(|v| v.stream_instructions),
            None,
            &count,
        ),
        row(
            "time per result",
            instructions,
            each(|v| v.stream_instructions),
            None,
            &|n| time(target.latency_us(n)),
        ),
    ]
}

fn files(record: &Record, build_dir: &Path, ui: Ui) {
    let mut table = plain(ui);
    let folder = build_dir.display();
    let top = |name: &str| record.files.contains_key(name);
    let name = &record.name;
    for (what, file) in [
        ("report", "report.html".to_owned()),
        ("int8 network", format!("{name}.tflite")),
        ("float weights", format!("{name}.safetensors")),
    ] {
        if top(&file) {
            table.add_row([what.to_owned(), format!("{folder}/{file}")]);
        }
    }
    let mut folders: Vec<&str> = record
        .files
        .keys()
        .filter_map(|f| f.split_once('/').map(|(top, _)| top))
        .collect();
    folders.dedup();
    for sub in folders {
        let what = match sub {
            "c" => "C library",
            "rust" => "Rust crate",
            _ => "firmware",
        };
        table.add_row([what.to_owned(), format!("{folder}/{sub}/")]);
    }
    print(&table.to_string());
}
