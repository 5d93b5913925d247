//! From what a spec says to what it means: defaults, times in samples, shapes, names that must
//! exist. Every problem is reported, the network's layers up to the first that does not fit.

mod bottleneck;
mod data;
mod features;
mod network;
mod sensor;
mod soft_float;
mod train;

use impulse_ir::board;
use impulse_ir::diagnostic::{Hint, codes};
use impulse_ir::features::Layout;
use impulse_ir::spec::{NetworkSource, Sensor, Spec, Target, Window};
use impulse_ir::{Diagnostic, Span, Spanned};

use crate::model::{self, Block, Impulse, SensorKind};
use crate::schema::{Default, Form, Key};
use crate::suggest;
use crate::syntax::Syntax;
use crate::tree::shorten;
use crate::units::{Dimension, Quantity, Unit};

/// Most samples of a window.
const WINDOW_SAMPLES_MAX: f64 = (1 << 24) as f64;

/// What a spec needs, as either spelling writes it.
const EXAMPLES: &[(&str, &str, &str)] = &[
    ("impulse", "impulse yes_no", "impulse: yes_no"),
    (
        "data",
        "data \"clips\" { labels yes, no, unknown }",
        "data: {path: clips, labels: [yes, no, unknown]}",
    ),
    (
        "window",
        "window audio { rate 16 kHz, length 1 s, stride 250 ms }",
        "window: {audio: {rate: 16 kHz, length: 1 s, stride: 250 ms}}",
    ),
    (
        "features",
        "features mfcc { frame 32 ms every 20 ms }",
        "features: {mfcc: {frame: 32 ms every 20 ms}}",
    ),
    (
        "network",
        "network { flatten, dense labels, softmax }",
        "network: [flatten, {dense: labels}, softmax]",
    ),
];

/// Longest name of an impulse.
const NAME_LENGTH_MAX: usize = 48;

/// The meaning of a spec and its problems. There is a [`Spec`] unless something is an error, here
/// or in what parsing reported.
pub fn check(impulse: &Impulse) -> (Option<Spec>, Vec<Diagnostic>) {
    let mut checker = Checker {
        diagnostics: Vec::new(),
        yaml: false,
    };
    let spec = checker.spec(impulse);
    let mut diagnostics = checker.diagnostics;
    diagnostics.sort_by_key(crate::position);
    let failed = impulse.faults.any || diagnostics.iter().any(Diagnostic::is_error);
    (spec.filter(|_| !failed), diagnostics)
}

/// The layers of a spec's network with presets and bottlenecks written out, one list for each of
/// its own layers or one for a preset; `None` for a network from a file and for a faulty spec.
pub(crate) fn written_out(impulse: &Impulse) -> Option<Vec<Vec<model::Layer>>> {
    let spec = check(impulse).0?;
    let (NetworkSource::Layers(network), Some(block)) = (&spec.network, &impulse.network) else {
        return None;
    };
    let n_labels = spec.data.as_ref().map_or(0, |data| data.labels.len());
    network::written_out(block, network.input.clone(), n_labels)
}

/// Collects what is wrong.
pub(crate) struct Checker {
    diagnostics: Vec<Diagnostic>,
    /// Whether the spec is written in YAML: examples are written in its spelling.
    yaml: bool,
}

impl Checker {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn error(&mut self, code: impulse_ir::Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(code, span, message));
    }

    /// Reports required keys of a block that are not given.
    fn missing<T>(&mut self, block: &Block<T>, name: &str) {
        self.missing_keys(&block.missing, name, block.name_span);
    }

    fn missing_keys(&mut self, keys: &[&Key], name: &str, span: Span) {
        for key in keys {
            let message = format!("`{name}` has no `{}`", key.name);
            let diagnostic = Diagnostic::error(codes::MISSING_KEY, span, message);
            let Default::Required(sample) = key.default else {
                continue;
            };
            // `adam 0.005`: beside the block's name its key is left out.
            let last = name.split(' ').next_back().unwrap_or(name);
            let example = match (self.yaml, key.positional) {
                (true, _) if matches!(key.form, Form::List(_)) => {
                    format!("{}: [{sample}]", key.name)
                }
                (true, _) => format!("{}: {}", key.name, sample.replace('"', "")),
                (false, true) => format!("{last} {sample}"),
                (false, false) => format!("{} {sample}", key.name),
            };
            self.report(diagnostic.hint(format!("add it, such as `{example}`")));
        }
    }

    fn spec(&mut self, impulse: &Impulse) -> Option<Spec> {
        self.yaml = impulse.faults.syntax == Some(Syntax::Yaml);
        self.absent_blocks(impulse);
        let name = impulse.name.as_ref().and_then(|name| self.name(name));
        let data = impulse.data.as_ref().and_then(|block| self.data(block));
        let labels: Vec<String> = data.as_ref().map(|d| d.labels.clone()).unwrap_or_default();
        let window = impulse.window.as_ref().and_then(|block| self.window(block));
        let features = window.as_ref().and_then(|w| self.features(impulse, w));
        let augment = self.augment(
            impulse.augment.as_ref(),
            window.as_ref(),
            features.as_deref(),
        );
        let train = self.train(impulse.train.as_ref(), data.as_ref());
        let decide = self.decide(impulse.decide.as_ref(), window.as_ref(), data.as_ref());
        let input = window
            .as_ref()
            .zip(features.as_ref())
            .map(|(w, f)| Layout::shape(w, f));
        let network = impulse
            .network
            .as_ref()
            .and_then(|block| self.network(block, input, &labels, data.is_some()));
        if let (Some(train), Some(NetworkSource::Layers(network))) = (&impulse.train, &network) {
            self.frozen(train, network);
        }
        let targets = self.targets(&impulse.targets);
        if let Some((window, features)) = window.as_ref().zip(features.as_deref()) {
            self.soft_float(impulse, window, features, &targets);
        }
        Some(Spec {
            name: name?,
            data,
            window: window?,
            augment: augment?,
            features: features?,
            network: network?,
            train: train?,
            quantize: train::quantize(impulse.quantize.as_ref()),
            decide: decide?,
            targets,
        })
    }

    /// Reports the blocks that a spec needs and this one lacks.
    fn absent_blocks(&mut self, impulse: &Impulse) {
        let faults = &impulse.faults;
        for (name, span) in &faults.empty {
            let (what, such_as) = match *name {
                "window" => ("kind of sensor", "`audio`, `motion` or `image`".to_owned()),
                "features" => ("block", "`mfcc`, `spectral` or `image`".to_owned()),
                _ => ("board", "`nano33`".to_owned()),
            };
            let message = format!("`{name}` names no {what}");
            let diagnostic = Diagnostic::error(codes::MISSING_KEY, *span, message);
            self.report(diagnostic.hint(format!("such as {such_as}")));
        }
        if faults.top {
            return;
        }
        let is_file = impulse.network.as_ref().is_some_and(|n| n.from.is_some());
        for (name, impulse, yaml) in EXAMPLES {
            let optional = *name == "data" && is_file;
            if optional || faults.given.contains(name) {
                continue;
            }
            let message = format!("the spec has no `{name}`");
            let example = if self.yaml { yaml } else { impulse };
            let diagnostic = Diagnostic::error(codes::MISSING_KEY, Span::new(0, 0), message);
            self.report(diagnostic.hint(format!("add it, such as `{example}`")));
        }
    }

    fn name(&mut self, name: &Spanned<String>) -> Option<String> {
        let sound = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_lowercase())
                && text
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
                && text.len() <= NAME_LENGTH_MAX
        };
        if sound(name) {
            return Some(name.value.clone());
        }
        let message = format!(
            "the name expects a lower-case letter, then lower-case letters, digits and `_`, at most {NAME_LENGTH_MAX}, found `{}`",
            shorten(name)
        );
        let diagnostic = Diagnostic::error(codes::NAME, name.span, message);
        let better = name.to_ascii_lowercase().replace(['-', ' ', '.'], "_");
        self.report(match sound(&better) {
            true => diagnostic.fix(name.span, better.clone(), format!("such as `{better}`")),
            false => diagnostic,
        });
        None
    }

    fn window(&mut self, block: &Block<model::Window>) -> Option<Window> {
        match block.kind {
            SensorKind::Audio => self.missing(block, "window audio"),
            SensorKind::Motion => self.missing(block, "window motion"),
            SensorKind::Image => {
                self.missing(block, "window image");
                return self.image_window(block);
            }
        }
        let rate = block.rate.as_ref()?;
        if rate.value.value.fract() != 0.0 {
            let message = format!(
                "the rate expects a whole number of Hz, found {} Hz",
                rate.value.value
            );
            self.error(codes::WINDOW, rate.span, message);
            return None;
        }
        let rate_hz = rate.value.value as u32;
        let length = block.length.as_ref()?;
        let length_samples = self.samples("length", length, rate_hz)?;
        let stride_samples = match &block.stride {
            None => length_samples.div_ceil(4),
            Some(stride) => self.samples("stride", stride, rate_hz)?,
        };
        let sensor = match block.kind {
            SensorKind::Motion => self.motion(block, length_samples)?,
            _ => Sensor::Audio,
        };
        Some(Window {
            rate_hz,
            length_samples,
            stride_samples,
            n_axes: match &sensor {
                Sensor::Motion(motion) => motion.axes.len(),
                _ => 1,
            },
            sensor,
        })
    }

    /// A time as a number of samples, at least one.
    fn samples(&mut self, name: &str, time: &Spanned<Quantity>, rate_hz: u32) -> Option<usize> {
        self.rounded_samples(name, time, rate_hz, f64::round)
    }

    /// The samples of a time, of which `round` makes a whole number.
    fn rounded_samples(
        &mut self,
        name: &str,
        time: &Spanned<Quantity>,
        rate_hz: u32,
        round: fn(f64) -> f64,
    ) -> Option<usize> {
        let samples = samples(time.value, rate_hz, round);
        if (1.0..=WINDOW_SAMPLES_MAX).contains(&samples) {
            return Some(samples as usize);
        }
        let found = match time.value.unit {
            Unit::Sample => format!("{samples}"),
            _ => format!("{samples} at {rate_hz} Hz"),
        };
        let message = format!("`{name}` expects 1 to {WINDOW_SAMPLES_MAX} samples, found {found}");
        self.error(codes::WINDOW, time.span, message);
        None
    }

    fn targets(&mut self, targets: &[model::Target]) -> Vec<Target> {
        let mut found = Vec::new();
        for (i, target) in targets.iter().enumerate() {
            let first = targets[..i].iter().find(|t| t.board == target.board);
            match first {
                Some(first) => self.second_target(&target.board, first.board.span),
                None => found.extend(self.target(target)),
            }
        }
        found
    }

    fn second_target(&mut self, board: &Spanned<String>, first: Span) {
        let message = format!("the board `{}` is given twice", shorten(board));
        let mut diagnostic = Diagnostic::error(codes::DUPLICATE_KEY, board.span, message);
        diagnostic.hints.push(Hint {
            message: "it is given here first".into(),
            span: Some(first),
            replacement: None,
        });
        self.report(diagnostic);
    }

    fn unknown_board(&mut self, board: &Spanned<String>) {
        let message = format!("unknown board `{}`", shorten(board));
        let diagnostic = Diagnostic::error(codes::UNKNOWN_BOARD, board.span, message);
        self.report(match suggest::board(board) {
            Some(id) => diagnostic.fix(board.span, id, format!("did you mean `{id}`?")),
            None => {
                let known: Vec<&str> = board::all().iter().map(|b| b.id.as_str()).collect();
                diagnostic.hint(format!("known: {}", known.join(", ")))
            }
        });
    }

    fn target(&mut self, target: &model::Target) -> Option<Target> {
        let Some(board) = board::find(&target.board) else {
            self.unknown_board(&target.board);
            return None;
        };
        let memory = Dimension::Memory;
        let bytes = |budget: &Option<Spanned<f64>>| budget.map(|b| b.value as u64);
        for (what, budget, has) in [
            ("RAM", &target.ram, board.ram_bytes()),
            ("flash", &target.flash, board.flash.bytes),
        ] {
            if let Some(budget) = budget
                && budget.value > has as f64
            {
                let (budget_text, has) = (memory.show(budget.value), memory.show(has as f64));
                let message = format!(
                    "the budget of {budget_text} is above the {has} of {what} of {}",
                    board.name
                );
                self.report(Diagnostic::warning(
                    codes::BUDGET_ABOVE_BOARD,
                    budget.span,
                    message,
                ));
            }
        }
        let span = |budget: &Option<Spanned<f64>>| budget.map_or(target.board.span, |b| b.span);
        Some(Target {
            board: board.clone(),
            ram_bytes_max: bytes(&target.ram),
            flash_bytes_max: bytes(&target.flash),
            latency_us_max: target.latency.map(|s| (s.value * 1e6).round() as u64),
            spans: [
                span(&target.ram),
                span(&target.flash),
                span(&target.latency),
            ],
        })
    }
}

/// A time in samples, to the nearest.
pub(crate) fn samples(time: Quantity, rate_hz: u32, round: fn(f64) -> f64) -> f64 {
    match time.unit {
        Unit::Sample => round(time.value),
        _ => round(time.value * f64::from(rate_hz)),
    }
}

/// A network that no window has been seen for yet needs no shape.
fn file(path: &Spanned<String>) -> NetworkSource {
    NetworkSource::File(path.value.clone())
}
