//! What float and int8 made of the clips of a split, as one document: `evaluation.json` of a build,
//! `impulse test --format json`, and what the report is drawn from. It holds no time and no path
//! outside of the data set.

use impulse_ir::spec::{Group, Sensor, Spec};
use impulse_train::data::Dataset;
use impulse_train::metrics::{self, Evaluation, LoudnessErrors};
use serde::{Deserialize, Serialize};

use crate::builder::steps::Comparison;

/// Name of the file in the build folder.
pub const FILE_NAME: &str = "evaluation.json";

/// The whole document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The impulse's name.
    pub impulse: String,
    /// `training`, `validation` or `test`.
    pub split: String,
    /// Labels in the order of the outputs.
    pub labels: Vec<String>,
    /// The int8 network through the device's code.
    pub int8: Network,
    /// The float network; `None` for an imported int8 network.
    pub float: Option<Network>,
    /// Where float and int8 differ; `None` without float.
    pub agreement: Option<Agreement>,
    /// int8's errors by what was kept together; empty where every clip is its own group.
    pub groups: Vec<GroupErrors>,
    /// int8's errors by loudness; empty where clips are no sound.
    pub loudness: Vec<Loudness>,
    /// Every clip, in the order of the data set.
    pub clips: Vec<Clip>,
}

/// The figures of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Share of the clips classified rightly.
    pub accuracy: f64,
    /// Mean of the labels' F1.
    pub macro_f1: f64,
    /// Clips, `[label][result]`.
    pub confusion: Vec<Vec<usize>>,
    /// Figures of each label, in the order of the labels.
    pub per_label: Vec<PerLabel>,
}

/// The figures of a label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerLabel {
    /// The label.
    pub label: String,
    /// Share of the clips given it that have it.
    pub precision: f64,
    /// Share of its clips that are given it.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// Area under its ROC curve; `None` where it has no clips, or all.
    pub auc: Option<f64>,
    /// Corners of the curve: false positive rate, true positive rate.
    pub roc: Vec<(f64, f64)>,
}

/// Where float and int8 differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Clips that both classify alike.
    pub same: usize,
    /// Clips that float alone has right.
    pub float_right: usize,
    /// Clips that int8 alone has right.
    pub int8_right: usize,
    /// Clips that both have wrong, each in its own way.
    pub both_wrong: usize,
}

/// The errors of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupErrors {
    /// The group.
    pub group: String,
    /// Its clips.
    pub clips: usize,
    /// Those that int8 has wrong.
    pub wrong: usize,
}

/// The errors of a range of loudness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loudness {
    /// The quietest clip in dBFS (root mean square).
    pub from_dbfs: f64,
    /// The loudest.
    pub to_dbfs: f64,
    /// Clips.
    pub clips: usize,
    /// Those that int8 has wrong.
    pub wrong: usize,
}

/// What was said of a clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// Index into the data set's clips.
    pub index: usize,
    /// The recording.
    pub name: String,
    /// Its label, by index.
    pub label: usize,
    /// int8's result, by index.
    pub int8: usize,
    /// Its probability of each label.
    pub int8_probabilities: Vec<f32>,
    /// Float's result; `None` without float.
    pub float: Option<usize>,
    /// Its probability of each label.
    pub float_probabilities: Option<Vec<f32>>,
}

impl Document {
    /// The document of `result`, over the side `split` of `set`.
    pub fn new(spec: &Spec, set: &Dataset, split: &str, result: &Comparison) -> Self {
        let float = result.float.as_ref();
        let clip = |(i, p): (usize, &metrics::Prediction)| {
            let float = float.and_then(|f| f.predictions.get(i));
            Clip {
                index: p.clip,
                name: set
                    .clips
                    .get(p.clip)
                    .map_or_else(String::new, |c| c.name.clone()),
                label: p.label,
                int8: p.predicted(),
                int8_probabilities: p.probabilities.clone(),
                float: float.map(metrics::Prediction::predicted),
                float_probabilities: float.map(|f| f.probabilities.clone()),
            }
        };
        Self {
            impulse: spec.name.clone(),
            split: split.to_owned(),
            labels: set.labels.clone(),
            int8: network(&result.int8, &set.labels),
            float: float.map(|f| network(f, &set.labels)),
            agreement: float.map(|f| agreement(f, &result.int8)),
            groups: groups(spec, set, &result.int8),
            loudness: loudness(spec, set, &result.int8),
            clips: result
                .int8
                .predictions
                .iter()
                .enumerate()
                .map(clip)
                .collect(),
        }
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists always serialize.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The document of a file's text; `None` of one that this program did not write.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

fn network(of: &Evaluation, labels: &[String]) -> Network {
    let per_label = labels.iter().enumerate().map(|(i, label)| {
        let roc = metrics::roc(of, i);
        let points = roc.iter().flat_map(|r| &r.points);
        PerLabel {
            label: label.clone(),
            precision: of.precision(i),
            recall: of.recall(i),
            f1: of.f1(i),
            auc: roc.as_ref().map(|r| r.auc),
            roc: points
                .map(|p| (p.false_positive_rate, p.true_positive_rate))
                .collect(),
        }
    });
    Network {
        accuracy: of.accuracy(),
        macro_f1: of.macro_f1(),
        confusion: of.confusion.clone(),
        per_label: per_label.collect(),
    }
}

fn agreement(float: &Evaluation, int8: &Evaluation) -> Agreement {
    let found = metrics::agreement(float, int8);
    Agreement {
        same: found.same,
        float_right: found.first_right,
        int8_right: found.second_right,
        both_wrong: found.both_wrong,
    }
}

/// The errors of each group, where the spec says what a group is.
fn groups(spec: &Spec, set: &Dataset, of: &Evaluation) -> Vec<GroupErrors> {
    if !spec.data.as_ref().is_some_and(|d| d.group != Group::Clip) {
        return Vec::new();
    }
    metrics::by_group(of, set)
        .into_iter()
        .map(|g| GroupErrors {
            group: g.group,
            clips: g.n,
            wrong: g.n_wrong,
        })
        .collect()
}

/// The errors by loudness, where a clip is a sound.
fn loudness(spec: &Spec, set: &Dataset, of: &Evaluation) -> Vec<Loudness> {
    if spec.window.sensor != Sensor::Audio {
        return Vec::new();
    }
    let part = |l: LoudnessErrors| Loudness {
        from_dbfs: l.from_dbfs,
        to_dbfs: l.to_dbfs,
        clips: l.n,
        wrong: l.n_wrong,
    };
    metrics::by_loudness(of, set)
        .into_iter()
        .map(part)
        .collect()
}
