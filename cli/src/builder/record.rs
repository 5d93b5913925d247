//! `build.json`: what was made from what. It is read back by the next build, by `test` and `run`,
//! and by the macro; it holds no time and no absolute path, so the same inputs give the same file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::key;

/// Name of the file in the build folder.
pub const FILE_NAME: &str = "build.json";

/// Raised when the meaning of a field changes; a record of another format is not reused.
const FORMAT: u32 = 1;

/// The steps in [`Record::steps`]: float weights,
pub const TRAIN: &str = "train";
/// the int8 network,
pub const QUANTIZE: &str = "quantize";
/// metrics,
pub const EVALUATE: &str = "evaluate";
/// sources and projects,
pub const EMIT: &str = "emit";
/// and measurements in the emulator.
pub const VERIFY: &str = "verify";

/// Everything that `build.json` holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Format of this file.
    pub format: u32,
    /// Version of the program.
    pub tool_version: String,
    /// The impulse's name.
    pub name: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Hash of the parts of the spec that the model depends on.
    pub spec_hash: String,
    /// Key of each step that was done: everything that its result depends on.
    pub steps: BTreeMap<String, String>,
    /// The data set, where there is one.
    pub data: Option<Data>,
    /// How training went; `None` for an imported network.
    pub training: Option<Training>,
    /// How fine-tuning to int8 went, where there was one.
    #[serde(default)]
    pub finetuning: Option<Finetuning>,
    /// Float and int8 on the test split; `None` without data.
    pub evaluation: Option<Evaluation>,
    /// The plan of each target.
    pub targets: Vec<Target>,
    /// What was measured in the emulator, by board.
    pub verification: Vec<Verification>,
    /// Hash of each file of the folder but this one.
    pub files: BTreeMap<String, String>,
}

/// The data set in numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Data {
    /// Content hash of all recordings.
    pub hash: String,
    /// Clips by label of the training split.
    pub train: Vec<usize>,
    /// Of the validation split.
    pub validation: Vec<usize>,
    /// Of the test split.
    pub test: Vec<usize>,
}

/// How training went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Weights of the network.
    pub n_weights: u64,
    /// `finished`, `patience` or `asked` (Ctrl-C).
    pub stopped: String,
    /// Epoch of the weights that were kept.
    pub kept_epoch: usize,
    /// Epochs that the spec asks for.
    pub epochs: usize,
    /// Each whole epoch.
    pub history: Vec<Epoch>,
}

/// How fine-tuning went; accuracies are shares of the clips.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Finetuning {
    /// Its epochs.
    pub epochs: usize,
    /// The clips that decided: `validation`, or `training` where there are none.
    pub clips: String,
    /// Accuracy of the float network.
    pub float: f64,
    /// Of the int8 network before.
    pub before: f64,
    /// Of the int8 network after; the better one is kept.
    pub after: f64,
}

/// An epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Mean training loss.
    pub loss: f32,
    /// Share of training clips classified rightly.
    pub accuracy: f32,
    /// Mean validation loss.
    pub validation_loss: Option<f32>,
    /// Share of validation clips classified rightly.
    pub validation_accuracy: Option<f32>,
}

/// Float and int8 on one split.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Float network, `[true][predicted]` counts; `None` for an imported int8 network.
    pub float: Option<Vec<Vec<usize>>>,
    /// int8 network through the device's code, the same.
    pub int8: Vec<Vec<usize>>,
    /// Clips that both classify alike.
    pub agree: usize,
}

/// The name of the board's firmware among the shares of flash.
pub const FIRMWARE: &str = "firmware";

/// The plan of a target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The board's key.
    pub board: String,
    /// The board's full name.
    pub board_name: String,
    /// Clock in Hz.
    pub clock_hz: u64,
    /// What the time of a result assumes.
    pub cycles_per_instruction: f64,
    /// Static RAM by item: name and bytes.
    pub ram: Vec<(String, u64)>,
    /// Static RAM that the board's firmware adds to the model's.
    pub board_buffers: Vec<(String, u64)>,
    /// Bound of the stack in bytes.
    pub stack_bytes: u64,
    /// Flash by kind: name and bytes.
    pub flash: Vec<(String, u64)>,
    /// Steps of one result.
    pub steps: Vec<Step>,
    /// Budgets: RAM, flash in bytes, latency in µs.
    pub budgets: [Option<u64>; 3],
    /// Folder of the firmware project, if the board has one.
    pub firmware: Option<String>,
    /// Sizes of the firmware, where it was built.
    pub image: Option<Image>,
}

/// Sizes of a whole firmware image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// Flash in bytes.
    pub flash_bytes: u64,
    /// Static RAM in bytes.
    pub static_ram_bytes: u64,
}

/// The predicted cost of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Name in the plan.
    pub name: String,
    /// Operator.
    pub operator: String,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Predicted instructions.
    pub instructions: u64,
    /// Bytes of weights and tables.
    pub flash_bytes: u64,
}

/// What an emulated device measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// The board whose CPU was emulated.
    pub board: String,
    /// `C` or `Rust`.
    pub language: String,
    /// First line of the compiler's `--version`.
    pub compiler: String,
    /// Windows compared bit for bit.
    pub windows: usize,
    /// Stream results compared bit for bit.
    pub results: usize,
    /// Flash of the model's part of the image.
    pub flash_bytes: u64,
    /// Static RAM of the model's part of the image.
    pub static_ram_bytes: u64,
    /// Deepest stack seen.
    pub stack_bytes: u64,
    /// Most instructions of the features of a whole window.
    pub feature_instructions: u64,
    /// Most instructions of the network.
    pub network_instructions: u64,
    /// Instructions of one streamed result: the features of one stride and the network.
    pub stream_instructions: u64,
}

impl Target {
    /// Static RAM in bytes.
    pub fn static_ram_bytes(&self) -> u64 {
        self.ram.iter().map(|(_, bytes)| bytes).sum::<u64>() + self.board_buffer_bytes()
    }

    /// Static RAM of the board's firmware in bytes.
    pub fn board_buffer_bytes(&self) -> u64 {
        self.board_buffers.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Static RAM and stack in bytes.
    pub fn ram_bytes(&self) -> u64 {
        self.static_ram_bytes() + self.stack_bytes
    }

    /// Flash in bytes.
    pub fn flash_bytes(&self) -> u64 {
        self.flash.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Flash of the board's firmware in bytes.
    pub fn firmware_flash_bytes(&self) -> u64 {
        let firmware = self.flash.iter().filter(|(name, _)| name == FIRMWARE);
        firmware.map(|(_, bytes)| bytes).sum()
    }

    /// Instructions of one result.
    pub fn instructions(&self) -> u64 {
        self.steps.iter().map(|s| s.instructions).sum()
    }

    /// Estimated time in µs of so many instructions.
    pub fn latency_us(&self, instructions: u64) -> f64 {
        instructions as f64 * self.cycles_per_instruction * 1e6 / self.clock_hz.max(1) as f64
    }
}

impl Record {
    /// An empty record of this program.
    pub fn new(name: &str, labels: &[String], spec_hash: String) -> Self {
        Self {
            format: FORMAT,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            name: name.to_owned(),
            labels: labels.to_vec(),
            spec_hash,
            ..Self::default()
        }
    }

    /// The record of the folder `build`, without the steps whose files are missing or changed;
    /// `None` where there is none that this program understands.
    pub fn load(build: &Path) -> Option<Self> {
        let text = fs::read_to_string(build.join(FILE_NAME)).ok()?;
        let record: Self = serde_json::from_str(&text).ok()?;
        (record.format == FORMAT).then_some(record)
    }

    /// Whether `step` was done with `key`.
    pub fn is_current(&self, step: &str, key: &str) -> bool {
        self.steps.get(step).is_some_and(|k| k == key)
    }

    /// Whether the files of the folder `build` that `names` selects are there and as they were
    /// written.
    pub fn files_intact(&self, build: &Path, names: impl Fn(&str) -> bool) -> bool {
        self.files
            .iter()
            .filter(|(name, _)| names(name))
            .all(|(name, expected)| {
                fs::read(build.join(name)).is_ok_and(|bytes| key::hash(&bytes) == *expected)
            })
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists always serialize.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let mut record = Record::new("yes_no", &["yes".into(), "no".into()], "abc".into());
        record.steps.insert("train".into(), "k".into());
        record.files.insert("a.txt".into(), key::hash(b"hello"));
        fs::write(folder.path().join(FILE_NAME), record.to_json()).unwrap();
        fs::write(folder.path().join("a.txt"), b"hello").unwrap();
        let back = Record::load(folder.path()).unwrap();
        assert_eq!(back, record);
        assert!(back.is_current("train", "k") && !back.is_current("train", "l"));
        assert!(back.files_intact(folder.path(), |_| true));
        fs::write(folder.path().join("a.txt"), b"hullo").unwrap();
        assert!(!back.files_intact(folder.path(), |_| true));
        assert!(back.files_intact(folder.path(), |name| name != "a.txt"));
    }

    #[test]
    fn another_format_is_not_reused() {
        let folder = tempfile::tempdir().unwrap();
        let mut record = Record::new("x", &[], String::new());
        record.format = FORMAT + 1;
        fs::write(folder.path().join(FILE_NAME), record.to_json()).unwrap();
        assert_eq!(Record::load(folder.path()), None);
        fs::write(folder.path().join(FILE_NAME), "{").unwrap();
        assert_eq!(Record::load(folder.path()), None);
    }
}
