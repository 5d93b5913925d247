//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use impulse_train::data::Split;

/// From one spec file to verified firmware: features, training, int8 quantization, C and Rust source.
#[derive(Parser, Debug)]
#[command(
    name = "impulse",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 nothing to complain of, 1 something was found, 2 could not be run."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Print problems and results only, no progress.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// When output is coloured.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Train, quantize, evaluate and emit; does only the steps that are missing.
    Build(Build),
    /// Show what a .tflite file consists of: operators, shapes, scales, work and memory.
    Inspect(Inspect),
    /// Check a spec and show its network and its memory on each target; trains nothing.
    Check(Check),
    /// Write a spec that explains itself, to begin with.
    New(New),
    /// Format specs in place, or convert one between the two spellings.
    Fmt(Fmt),
    /// Evaluate the built model on a split of the data.
    Test(Test),
    /// Choose when the board reports: missed words against false accepts per hour.
    Calibrate(Calibrate),
    /// Classify recordings with the built model.
    Run(Run),
    /// Look at recordings before anything is learned from them.
    Data(Data),
    /// Draw what the network sees of a recording: samples, spectrogram, features.
    Features(Features),
    /// Explain a diagnostic code, or list all codes.
    Explain(Explain),
    /// List the boards.
    Boards,
    /// Print the YAML spelling as a JSON Schema, for editors.
    Schema,
    /// Serve an editor over standard input and output (Language Server Protocol).
    Lsp,
}

/// Arguments of `build`.
#[derive(Args, Debug)]
pub struct Build {
    /// The spec, or a .tflite file by itself; without it, the only spec of the current folder.
    pub spec: Option<PathBuf>,
    /// Build for this board only; may be one that the spec does not name.
    #[arg(short, long, value_name = "BOARD")]
    pub target: Option<String>,
    /// Run the emitted code in an emulator, compare every bit with the host and measure it.
    #[arg(long)]
    pub verify: bool,
    /// Do every step again, whatever is current.
    #[arg(long)]
    pub force: bool,
    /// How problems are reported; all but full go to standard output.
    #[arg(long, value_enum, default_value_t = Format::Full, value_name = "FORMAT")]
    pub format: Format,
    /// Worker threads; the result does not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
pub struct Check {
    /// The spec; without it, the only spec of the current folder.
    pub spec: Option<PathBuf>,
    /// Check against this board only.
    #[arg(short, long, value_name = "BOARD")]
    pub target: Option<String>,
    /// How problems are reported.
    #[arg(long, value_enum, default_value_t = Format::Full, value_name = "FORMAT")]
    pub format: Format,
    /// Draw the arena: which bytes hold which tensor while each layer runs.
    #[arg(long)]
    pub plan: bool,
    /// Count warnings as problems, for the exit code.
    #[arg(long)]
    pub deny_warnings: bool,
}

/// How problems are reported.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: the source underlined, with remedies.
    Full,
    /// A line each: file:line:column: severity[code]: message.
    Concise,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub.
    Github,
}

/// Arguments of `inspect`.
#[derive(Args, Debug)]
pub struct Inspect {
    /// A .tflite file, or a spec whose built network is meant.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// How the result is given.
    #[arg(long, value_enum, default_value_t = Results::Table, value_name = "FORMAT")]
    pub format: Results,
}

/// Arguments of `new`.
#[derive(Args, Debug)]
pub struct New {
    /// The spec to write; its ending says the spelling: .impulse, or .yaml.
    pub path: PathBuf,
    /// What it is for.
    #[arg(short, long, value_enum, default_value_t = Template::Keyword)]
    pub template: Template,
    /// With --template import: the int8 .tflite file.
    #[arg(short, long, value_name = "FILE")]
    pub model: Option<PathBuf>,
}

/// What a new spec is for.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Spoken words.
    Keyword,
    /// Movements, or any sensor of several values at a time.
    Motion,
    /// Images.
    Image,
    /// A network that was trained elsewhere.
    Import,
}

/// Arguments of `fmt`.
#[derive(Args, Debug)]
pub struct Fmt {
    /// Specs to format; `-` reads standard input and writes standard output.
    #[arg(required = true)]
    pub specs: Vec<PathBuf>,
    /// Print the spec in this spelling instead of formatting it in place.
    #[arg(long, value_enum)]
    pub to: Option<Spelling>,
    /// With --to: write to this file.
    #[arg(short, long, requires = "to", value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write the network out in full: presets and bottlenecks as the layers that they stand for.
    #[arg(long, conflicts_with = "to")]
    pub expand: bool,
    /// Change nothing; fail where a file is not formatted.
    #[arg(long, conflicts_with_all = ["to", "output"])]
    pub check: bool,
}

/// The spellings of the language.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// The language's own grammar.
    Impulse,
    /// YAML.
    Yaml,
}

/// Arguments of `test`.
#[derive(Args, Debug)]
pub struct Test {
    /// The spec; without it, the only spec of the current folder.
    pub spec: Option<PathBuf>,
    /// The split to evaluate.
    #[arg(long, value_enum, default_value_t = SplitName::Test)]
    pub split: SplitName,
    /// List every clip that int8 gets wrong.
    #[arg(long)]
    pub errors: bool,
    /// How results are given.
    #[arg(long, value_enum, default_value_t = Results::Table, value_name = "FORMAT")]
    pub format: Results,
}

/// How results are given.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Results {
    /// Tables for people.
    Table,
    /// One JSON document.
    Json,
}

/// Arguments of `calibrate`.
#[derive(Args, Debug)]
pub struct Calibrate {
    /// The spec; without it, the only spec of the current folder.
    pub spec: Option<PathBuf>,
    /// Long recordings, or folders of them; without them, streams are made of the clips of a split.
    /// The words of a recording stand in the label track beside it (clip.txt: start, end and label
    /// on each line, tabs between), or in --events; a recording without either holds no word.
    #[arg(short, long, value_name = "PATH", num_args = 1..)]
    pub recordings: Vec<PathBuf>,
    /// The words of all recordings: a CSV with the columns path, start, end and label, in seconds.
    #[arg(long, value_name = "FILE", requires = "recordings")]
    pub events: Option<PathBuf>,
    /// Most false accepts: so many per hour.
    #[arg(long, value_name = "N/h", default_value = "0.5/h", value_parser = per_hour)]
    pub false_accepts: f64,
    /// Without recordings: the split whose clips make the streams.
    #[arg(long, value_enum, default_value_t = SplitName::Test, conflicts_with = "recordings")]
    pub split: SplitName,
    /// Without recordings: the seed of order, pauses and noise.
    #[arg(long, default_value_t = 1, conflicts_with = "recordings")]
    pub seed: u64,
    /// Write the chosen values into the spec; otherwise the change is shown.
    #[arg(long)]
    pub write: bool,
    /// How results are given.
    #[arg(long, value_enum, default_value_t = Results::Table, value_name = "FORMAT")]
    pub format: Results,
}

/// A rate per hour: `0.5/h`, `0.5`.
fn per_hour(text: &str) -> Result<f64, String> {
    let number = text.trim_end().strip_suffix("/h").unwrap_or(text).trim();
    let rate = number.parse::<f64>().ok();
    rate.filter(|r| r.is_finite() && *r >= 0.0)
        .ok_or_else(|| "expected a number per hour, such as 0.5/h".to_owned())
}

/// A split of the data.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitName {
    /// What the network was fitted to.
    Train,
    /// What was watched during training.
    Validation,
    /// What was never used before.
    Test,
}

impl SplitName {
    /// The side, and its name in sentences.
    pub fn side(self) -> (Split, &'static str) {
        match self {
            SplitName::Train => (Split::Train, "training"),
            SplitName::Validation => (Split::Validation, "validation"),
            SplitName::Test => (Split::Test, "test"),
        }
    }
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct Run {
    /// Recordings: WAV, FLAC or MP3 at any rate; JSON or CSV of motion; JPEG or PNG images.
    #[arg(required = true, value_name = "CLIP")]
    pub clips: Vec<PathBuf>,
    /// The spec; without it, the only spec of the current folder.
    #[arg(short, long)]
    pub spec: Option<PathBuf>,
    /// Treat each recording as a live stream: scores per stride and decisions, as a device reports them.
    #[arg(long)]
    pub stream: bool,
}

/// Arguments of `data`.
#[derive(Args, Debug)]
pub struct Data {
    /// What to do.
    #[command(subcommand)]
    pub task: DataTask,
}

/// What to do with a data set.
#[derive(Subcommand, Debug)]
pub enum DataTask {
    /// Show recordings, speakers, seconds, loudness and signal-to-noise ratio of each label.
    Stats(DataStats),
    /// Find what is doubtful: leaks across the split, duplicates, damaged or mislabelled recordings.
    Lint(DataLint),
    /// Show which recordings train, are watched while training, and are tested.
    Split(DataSplit),
    /// Write a manifest of recordings that others collected.
    Import(DataImport),
}

/// Arguments of `data stats`.
#[derive(Args, Debug)]
pub struct DataStats {
    /// A spec, a folder with a folder per label, or a manifest; without it, the only spec of the current folder.
    pub data: Option<PathBuf>,
    /// How the figures are shown.
    #[arg(long, value_enum, default_value_t = TableFormat::Table, value_name = "FORMAT")]
    pub format: TableFormat,
}

/// How figures are shown.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// For people.
    Table,
    /// One JSON document.
    Json,
}

/// Arguments of `data lint`.
#[derive(Args, Debug)]
pub struct DataLint {
    /// A spec, a folder with a folder per label, or a manifest; without it, the only spec of the current folder.
    pub data: Option<PathBuf>,
    /// How findings are reported.
    #[arg(long, value_enum, default_value_t = Format::Full, value_name = "FORMAT")]
    pub format: Format,
    /// Count warnings as problems, for the exit code.
    #[arg(long)]
    pub deny_warnings: bool,
    /// Leave these lints out.
    #[arg(long, value_delimiter = ',', value_name = "LINT", value_parser = lint_names())]
    pub skip: Vec<String>,
    /// Findings of a kind that are shown to people; the other formats always have all.
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub limit: usize,
    /// Recordings of the ranked list of suspicious labels that are shown to people.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub worst: usize,
    /// Worker threads; the result does not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// Arguments of `data split`.
#[derive(Args, Debug)]
pub struct DataSplit {
    /// A spec, a folder with a folder per label, or a manifest; without it, the only spec of the current folder.
    pub data: Option<PathBuf>,
    /// Write a manifest with the columns path, label, split and group to this file.
    #[arg(long, value_name = "FILE.csv")]
    pub write: Option<PathBuf>,
    /// Write over a file that exists.
    #[arg(long, requires = "write")]
    pub force: bool,
    /// How the split is shown; JSON has every recording.
    #[arg(long, value_enum, default_value_t = TableFormat::Table, value_name = "FORMAT")]
    pub format: TableFormat,
}

/// Arguments of `data import`.
#[derive(Args, Debug)]
pub struct DataImport {
    /// What the data come from.
    #[arg(value_enum)]
    pub format: ImportFormat,
    /// The folder, or the file, of the data.
    pub source: PathBuf,
    /// The folder for manifest.csv, and for recordings that are cut.
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
    /// Write nothing; show what would be written.
    #[arg(long)]
    pub dry_run: bool,
    /// Leave rows out that cannot be used, instead of writing nothing.
    #[arg(long)]
    pub skip_bad: bool,
    /// Write over the manifest, or the folder of cuts, of an earlier import.
    #[arg(long)]
    pub force: bool,
    /// Take only these labels.
    #[arg(long, value_delimiter = ',', value_name = "LABEL")]
    pub keep: Vec<String>,
    /// The column that names the label (audiofolder, common-voice).
    #[arg(long, value_name = "NAME")]
    pub label_column: Option<String>,
    /// The label track (audacity); without it, the recording's name with .txt.
    #[arg(long, value_name = "FILE")]
    pub track: Option<PathBuf>,
    /// Seconds of each cut, around the middle of its label (audacity).
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub length: Option<f64>,
}

/// Makers of data sets.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportFormat {
    /// Speech Commands: a folder per word, validation_list.txt, testing_list.txt.
    SpeechCommands,
    /// Hugging Face: metadata.csv or metadata.jsonl with a column file_name.
    Audiofolder,
    /// An exported Edge Impulse project: info.labels.
    EdgeImpulse,
    /// Mozilla Common Voice: TSV files beside clips/.
    CommonVoice,
    /// One long recording with a label track of Audacity.
    Audacity,
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text
        .parse::<f64>()
        .ok()
        .filter(|n| (0.001..=3600.0).contains(n));
    number.ok_or_else(|| "expected seconds, 0.001 to 3600".to_owned())
}

fn lint_names() -> clap::builder::PossibleValuesParser {
    impulse_train::inspect::lint::names()
        .collect::<Vec<_>>()
        .into()
}

/// Arguments of `features`.
#[derive(Args, Debug)]
pub struct Features {
    /// The recording, as the spec's sensor has it: WAV, FLAC or MP3 of any rate; JSON or CSV; JPEG or
    /// PNG.
    pub clip: PathBuf,
    /// The spec; without it, the only spec of the current folder.
    #[arg(short, long)]
    pub spec: Option<PathBuf>,
    /// The picture to write, SVG or, by its ending, PNG; without it, NAME.features.svg in the
    /// current folder.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write the features as NumPy's .npy (float32); a picture only where --output asks for it.
    #[arg(long, value_name = "FILE")]
    pub npy: Option<PathBuf>,
    /// Where the window begins, in seconds; without it, the window that training would take.
    #[arg(long, value_name = "SECONDS", value_parser = start_seconds)]
    pub at: Option<f64>,
}

/// A time from the beginning: `1.5`.
fn start_seconds(text: &str) -> Result<f64, String> {
    let number = text.trim_end().strip_suffix('s').unwrap_or(text).trim();
    let seconds = number.parse::<f64>().ok();
    seconds
        .filter(|s| (0.0..=1e6).contains(s))
        .ok_or_else(|| "expected a number of seconds, such as 1.5".to_owned())
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub struct Explain {
    /// The code, such as E0201; without it, all codes are listed.
    pub code: Option<String>,
}
