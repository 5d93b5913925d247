//! `data`, `augment` and `decide`: what refers to clips and labels.

use impulse_ir::diagnostic::codes;
use impulse_ir::features::{FeatureBlock, Layout};
use impulse_ir::spec::{
    Augment, Data, Decide, Group, Noise, NoiseLevel, PictureChanges, Sensor, Window,
};
use impulse_ir::{Diagnostic, Spanned};

use super::{Checker, samples};
use crate::model::{self, Block};
use crate::suggest::nearest;
use crate::tree::shorten;
use crate::units::{Quantity, Unit};

const LABELS_MAX: usize = 256;
const LABEL_LENGTH_MAX: usize = 64;
/// Longest pattern in bytes: a class of a few letters stands for thousands of ranges.
const PATTERN_LENGTH_MAX: usize = 256;
const PATTERN_DEPTH_MAX: u32 = 32;

/// What a label expects and this one is not.
fn label_problem(label: &str) -> Option<String> {
    let n = label.chars().count();
    if label.trim().is_empty() {
        Some("1 to 64 characters, found none".into())
    } else if n > LABEL_LENGTH_MAX {
        Some(format!("1 to {LABEL_LENGTH_MAX} characters, found {n}"))
    } else if label.contains(['/', '\\']) {
        Some("no slashes: it names a folder".into())
    } else if label.chars().any(char::is_control) {
        Some("no control characters".into())
    } else {
        None
    }
}

impl Checker {
    pub(super) fn data(&mut self, block: &Block<model::Data>) -> Option<Data> {
        self.missing(block, "data");
        let labels = self.labels(block);
        let group = block.group.as_ref().and_then(|group| self.group(group));
        let validate = block.validate.map_or(0.2, |v| v.value);
        let test = block.test.map_or(0.2, |v| v.value);
        // Validation is a share of what the test leaves.
        if validate + test >= 1.0 {
            let span = block
                .validate
                .or(block.test)
                .map_or(block.name_span, |v| v.span);
            let message = format!(
                "validation and test expect less than 100% together, found {}%",
                ((validate + test) * 1e4).round() / 1e2
            );
            self.error(codes::SPLIT_SHARES, span, message);
        }
        Some(Data {
            path: block.path.as_ref()?.value.clone(),
            path_span: block.path.as_ref()?.span,
            labels: labels?,
            label_spans: block.labels.iter().map(|label| label.span).collect(),
            group: group.unwrap_or(Group::Clip),
            validate: validate as f32,
            test: test as f32,
        })
    }

    fn labels(&mut self, block: &Block<model::Data>) -> Option<Vec<String>> {
        let labels = &block.labels;
        let (first, last) = (labels.first()?, labels.last()?);
        let all = first.span.to(last.span);
        let n_before = self.diagnostics.len();
        if !(2..=LABELS_MAX).contains(&labels.len()) {
            let message = format!(
                "`labels` expects 2 to {LABELS_MAX} labels, found {}",
                labels.len()
            );
            let diagnostic = Diagnostic::error(codes::LABELS, all, message);
            self.report(match labels.len() {
                1 => diagnostic.hint("add a label for everything else, such as `unknown`"),
                _ => diagnostic,
            });
        }
        for (i, label) in labels.iter().enumerate().take(LABELS_MAX) {
            if let Some(first) = labels[..i].iter().find(|l| *l == label) {
                let message = format!("the label `{}` is given twice", shorten(label));
                let mut diagnostic = Diagnostic::error(codes::LABELS, label.span, message)
                    .hint("it is given here first");
                diagnostic.hints[0].span = Some(first.span);
                self.report(diagnostic);
            }
            if let Some(problem) = label_problem(label) {
                let message = format!("a label expects {problem}");
                self.error(codes::LABELS, label.span, message);
            }
        }
        (self.diagnostics.len() == n_before)
            .then(|| labels.iter().map(|l| l.value.clone()).collect())
    }

    /// Whether a pattern can be read and holds a group; says so where not.
    fn pattern(&mut self, pattern: &Spanned<String>) -> bool {
        let mut parser = regex_syntax::ParserBuilder::new()
            .nest_limit(PATTERN_DEPTH_MAX)
            .build();
        if pattern.len() > PATTERN_LENGTH_MAX {
            let found = pattern.len();
            let message =
                format!("a pattern expects at most {PATTERN_LENGTH_MAX} bytes, found {found}");
            self.error(codes::GROUP, pattern.span, message);
            return false;
        }
        let message = match parser.parse(pattern) {
            Ok(hir) if hir.properties().explicit_captures_len() > 0 => return true,
            Ok(_) => {
                "the pattern has no group in parentheses, expected one around what the clips share"
                    .into()
            }
            Err(regex_syntax::Error::Parse(error)) => {
                format!("the pattern cannot be read: {}", error.kind())
            }
            Err(regex_syntax::Error::Translate(error)) => {
                format!("the pattern cannot be read: {}", error.kind())
            }
            Err(_) => "the pattern cannot be read".into(),
        };
        let diagnostic = Diagnostic::error(codes::GROUP, pattern.span, message);
        self.report(diagnostic.hint("such as `/^([^_]+)_/`: what stands before the first `_`"));
        false
    }

    fn group(&mut self, block: &Block<model::Group>) -> Option<Group> {
        match (&block.filename, &block.column) {
            (None, None) if block.fault.is_some() => None,
            (Some(_), Some(column)) => {
                let message = "`group` expects `filename` or `column`, found both";
                let diagnostic = Diagnostic::error(codes::CONFLICT, column.span, message);
                self.report(diagnostic.hint("leave one of them out"));
                None
            }
            (Some(pattern), None) => self
                .pattern(pattern)
                .then(|| Group::FileName(pattern.value.clone())),
            (None, Some(column)) => Some(Group::Column(column.value.clone())),
            (None, None) => {
                let message = "`group` expects `filename` or `column`, found nothing";
                let diagnostic = Diagnostic::error(codes::MISSING_KEY, block.name_span, message);
                let example = match self.yaml {
                    true => "group: filename /^([^_]+)_/",
                    false => "group filename /^([^_]+)_/",
                };
                self.report(diagnostic.hint(format!("such as `{example}`")));
                None
            }
        }
    }

    pub(super) fn augment(
        &mut self,
        block: Option<&Block<model::Augment>>,
        window: Option<&Window>,
        features: Option<&[FeatureBlock]>,
    ) -> Option<Augment> {
        let mut augment = Augment {
            noise: None,
            shift_samples: 0,
            gain_db: (0.0, 0.0),
            picture: PictureChanges::default(),
            mask_time: (0, 0),
            mask_frequency: (0, 0),
        };
        let Some(block) = block else {
            return Some(augment);
        };
        augment.noise = block.noise.as_ref().and_then(|noise| self.noise(noise));
        if let Some(gain) = &block.gain {
            augment.gain_db = (gain.0.value as f32, gain.1.value as f32);
        }
        if let (Some(shift), Some(window)) = (&block.shift, window) {
            let n = samples(shift.value, window.rate_hz, f64::round);
            if n >= window.length_samples as f64 {
                let message = format!(
                    "`shift` expects less than the window's {} samples, found {n}",
                    window.length_samples
                );
                self.error(codes::OUT_OF_RANGE, shift.span, message);
            } else {
                augment.shift_samples = n as usize;
            }
        }
        augment.picture = PictureChanges {
            mirror: block.mirror.as_ref().is_some_and(|m| m.value == "yes"),
            shift: block.moved.map_or(0.0, |s| s.value as f32),
            zoom: block.zoom.map_or(0.0, |s| s.value as f32),
            turn_deg: block.turn.as_ref().map_or(0.0, |q| q.value.value as f32),
            brightness: block.brightness.map_or(0.0, |s| s.value as f32),
        };
        if let Some(window) = window {
            self.augment_fits(block, window);
        }
        let shape = window.zip(features).map(|(w, f)| Layout::shape(w, f));
        let length = |axis: usize| shape.as_ref().and_then(|s| s.get(axis).copied());
        augment.mask_time = self.mask(block.mask_time.as_ref(), "mask_time", length(0));
        augment.mask_frequency =
            self.mask(block.mask_frequency.as_ref(), "mask_frequency", length(1));
        Some(augment)
    }

    /// Reports changes that the window's sensor has no meaning for.
    fn augment_fits(&mut self, block: &Block<model::Augment>, window: &Window) {
        let of_images = [
            ("mirror", block.mirror.as_ref().map(|v| v.span)),
            ("move", block.moved.map(|v| v.span)),
            ("zoom", block.zoom.map(|v| v.span)),
            ("turn", block.turn.as_ref().map(|v| v.span)),
            ("brightness", block.brightness.map(|v| v.span)),
        ];
        let of_signals = [
            ("noise", block.noise.as_ref().map(|v| v.name_span)),
            ("shift", block.shift.as_ref().map(|v| v.span)),
            ("gain", block.gain.as_ref().map(|v| v.span)),
        ];
        let is_image = matches!(window.sensor, Sensor::Image(_));
        let is_motion = matches!(window.sensor, Sensor::Motion(_));
        let (wrong, found) = match is_image {
            true => (&of_signals[..], "a window of images"),
            false => (&of_images[..], "a window of samples"),
        };
        let mut all: Vec<_> = wrong.iter().map(|w| (*w, found)).collect();
        if is_motion {
            all.push((of_signals[0], "a window of motion"));
        }
        for ((name, span), found) in all {
            if let Some(span) = span {
                let message = format!("`{name}` cannot be done to {found}");
                let diagnostic = Diagnostic::error(codes::SENSOR, span, message);
                let can = match (is_image, is_motion) {
                    (true, _) => "`mirror`, `move`, `zoom`, `turn` and `brightness`",
                    (_, true) => "`shift` and `gain`",
                    _ => "`noise`, `shift` and `gain`",
                };
                self.report(diagnostic.hint(format!("there are {can}")));
            }
        }
    }

    fn noise(&mut self, block: &Block<model::Noise>) -> Option<Noise> {
        self.missing(block, "noise");
        let level = match &block.level {
            None => NoiseLevel::SnrDb(10.0, 30.0),
            Some(level) => {
                let (low, high) = (level.0.value as f32, level.1.value as f32);
                match level.0.unit {
                    Unit::Decibel => NoiseLevel::SnrDb(low, high),
                    _ => NoiseLevel::Scale(low, high),
                }
            }
        };
        let probability = block.chance.map_or(0.5, |c| c.value as f32);
        Some(Noise {
            source: block.source.as_ref()?.value.clone(),
            level,
            probability,
        })
    }

    fn mask(
        &mut self,
        block: Option<&Block<model::Mask>>,
        name: &str,
        length: Option<usize>,
    ) -> (usize, usize) {
        let Some(block) = block else { return (0, 0) };
        self.missing(block, name);
        let (Some(bands), Some(width)) = (block.bands, block.width) else {
            return (0, 0);
        };
        if let Some(length) = length
            && width.value as usize >= length
        {
            let message = format!("`width` expects less than {length}, found {}", width.value);
            self.error(codes::OUT_OF_RANGE, width.span, message);
        }
        (bands.value as usize, width.value as usize)
    }

    pub(super) fn decide(
        &mut self,
        block: Option<&Block<model::Decide>>,
        window: Option<&Window>,
        data: Option<&Data>,
    ) -> Option<Decide> {
        let none = Block::default();
        let block = block.unwrap_or(&none);
        let ignore = block
            .ignore
            .iter()
            .filter_map(|label| self.label(label, data))
            .collect();
        let window = window?;
        let mut results = |name: &str, time: &Spanned<Quantity>, least: f64| {
            let n = results(time.value, window).max(least);
            // The history is kept on the board.
            let most = 1024.0;
            if n > most {
                let message = format!("`{name}` expects at most {most} results, found {n}");
                self.error(codes::OUT_OF_RANGE, time.span, message);
            }
            n as usize
        };
        let length = window.length_samples.div_ceil(window.stride_samples);
        Some(Decide {
            threshold: block.threshold.map_or(0.8, |t| t.value as f32),
            average_results: block
                .average
                .as_ref()
                .map_or(1, |t| results("average", t, 1.0)),
            suppress_results: block
                .suppress
                .as_ref()
                .map_or(length, |t| results("suppress", t, 0.0)),
            ignore,
        })
    }

    /// The index of a label that must exist.
    fn label(&mut self, label: &Spanned<String>, data: Option<&Data>) -> Option<usize> {
        let labels = &data?.labels;
        let found = labels.iter().position(|l| *l == label.value);
        if found.is_none() {
            let message = format!("unknown label `{}`", shorten(label));
            let diagnostic = Diagnostic::error(codes::UNKNOWN_LABEL, label.span, message);
            self.report(match nearest(label, labels.iter().map(String::as_str)) {
                Some(name) => diagnostic.fix(label.span, name, format!("did you mean `{name}`?")),
                None => {
                    let known: Vec<&str> = labels.iter().take(16).map(String::as_str).collect();
                    diagnostic.hint(format!("the labels are {}", known.join(", ")))
                }
            });
        }
        found
    }
}

/// A time in results, to the nearest.
fn results(time: Quantity, window: &Window) -> f64 {
    match time.unit {
        Unit::Result => time.value.round(),
        _ => (time.value * f64::from(window.rate_hz) / window.stride_samples as f64).round(),
    }
}
