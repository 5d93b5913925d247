//! Changes of a spec that hold a broken budget: the largest filter count, fewer coefficients or frames, a
//! shorter window or frame, a larger budget, another board. Each one is made in the text, read,
//! checked and planned before it is proposed.

use std::cell::Cell;

use impulse_dsl::Impulse;
use impulse_dsl::model::{Features, Layer};
use impulse_ir::Span;
use impulse_ir::board;
use impulse_ir::diagnostic::{Diagnostic, Hint};
use impulse_ir::features::stft;
use impulse_ir::pipeline::{Pipeline, placeholder};
use impulse_ir::plan::{Cause, Excess, Plan, Resource, plan};
use impulse_ir::spec::{NetworkSource, Spec, Target};

use super::Written;
use crate::ui::bytes;

/// Most plans that are made for the proposals of one budget. A search by halves needs 16 at most.
const TRIES_MAX: usize = 60;

/// Largest network, in weights, for which other sizes are tried: each try makes all of them.
const WEIGHTS_MAX: usize = 1 << 20;

/// Most proposals for one budget.
const PROPOSALS_MAX: usize = 3;

/// A replacement in the text.
struct Edit {
    span: Span,
    text: String,
}

/// What holds the budget that `excess` is about; the feature block of this index takes most of it.
pub fn all(
    written: Written<'_>,
    impulse: &Impulse,
    target: &Target,
    before: &Plan,
    (excess, block): (&Excess, usize),
) -> Vec<Hint> {
    if written.effort.is_spent() {
        return Vec::new();
    }
    let search = Search {
        written,
        target,
        resource: excess.resource,
        n_problems: impulse_dsl::compile(written.text, written.syntax).1.len(),
        tries: Cell::new(0),
    };
    let mut hints = Vec::new();
    if let NetworkSource::Layers(network) = &written.spec.network
        && network.n_weights() <= WEIGHTS_MAX
    {
        let cause = before.cause(excess.resource);
        hints.extend(search.filters(impulse, before));
        hints.extend(search.fewer_frames(impulse, block, cause.as_ref()));
        hints.extend(search.front_end(impulse, block, cause));
        hints.extend(search.window(impulse));
        hints.truncate(PROPOSALS_MAX);
    }
    hints.extend(match excess.of_board {
        true => search.board(),
        false => budget(target, excess),
    });
    hints
}

struct Search<'a> {
    written: Written<'a>,
    target: &'a Target,
    resource: Resource,
    /// Warnings of the spec as it is: a proposal must not bring more.
    n_problems: usize,
    tries: Cell<usize>,
}

impl Search<'_> {
    /// Whether the spec with `edit` has no problem more and holds the budget.
    fn holds(&self, edit: &Edit) -> bool {
        if self.tries.get() >= TRIES_MAX || !self.written.effort.spend() {
            return false;
        }
        self.tries.set(self.tries.get() + 1);
        let text = self.written.text;
        let parts = (text.get(..edit.span.start), text.get(edit.span.end..));
        let (Some(before), Some(after)) = parts else {
            return false;
        };
        let text = format!("{before}{}{after}", edit.text);
        let (spec, found) = impulse_dsl::compile(&text, self.written.syntax);
        let sound = found.len() <= self.n_problems && !found.iter().any(Diagnostic::is_error);
        let planned = spec.filter(|_| sound).and_then(|s| placeholder(&s).ok());
        planned.is_some_and(|pipeline| self.fits(&pipeline, self.target))
    }

    fn fits(&self, pipeline: &Pipeline, target: &Target) -> bool {
        let left = plan(pipeline, &target.board).excesses(target);
        left.iter().all(|e| e.resource != self.resource)
    }

    /// The largest number from `from` to below `now` with which the edit holds the budget.
    fn largest(
        &self,
        from: u64,
        now: u64,
        edit: &dyn Fn(u64) -> Option<Edit>,
    ) -> Option<(u64, Edit)> {
        let holds = |n| edit(n).is_some_and(|e| self.holds(&e));
        if from >= now || !holds(from) {
            return None;
        }
        let (mut good, mut bad) = (from, now);
        while bad - good > 1 {
            let middle = good + (bad - good) / 2;
            if holds(middle) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        Some((good, edit(good)?))
    }

    /// The largest filter count of the layer that costs most, or of the next where none helps.
    fn filters(&self, impulse: &Impulse, before: &Plan) -> Option<Hint> {
        let NetworkSource::Layers(network) = &self.written.spec.network else {
            return None;
        };
        let mut steps: Vec<_> = before
            .steps
            .iter()
            .filter(|s| !s.layer.is_empty())
            .collect();
        steps.sort_by_key(|s| {
            std::cmp::Reverse(match self.resource {
                Resource::Ram => s.ram_bytes,
                Resource::Flash => s.flash_bytes,
                Resource::Latency => s.instructions,
            })
        });
        let nodes = steps
            .iter()
            .filter_map(|s| network.nodes.iter().find(|n| n.name == s.layer));
        let layers = &impulse.network.as_ref()?.layers;
        nodes
            .filter_map(|n| find(layers, n.span))
            .take(3)
            .find_map(|layer| {
                let filters = layer.filters?;
                let (n, edit) =
                    self.largest(1, filters.value, &|n| self.digits(filters.span, n))?;
                let keyword = &layer.keyword.value;
                let noun = if keyword == "dense" {
                    "units"
                } else {
                    "filters"
                };
                Some(hint(edit, format!("`{keyword}` with {n} {noun} fits")))
            })
    }

    /// The shortest time between frames, in whole milliseconds, that holds a budget of time.
    fn fewer_frames(&self, impulse: &Impulse, block: usize, cause: Option<&Cause>) -> Option<Hint> {
        if (self.resource, cause) != (Resource::Latency, Some(&Cause::Features)) {
            return None;
        }
        let frame = impulse.features.get(block)?.audio()?.frame.as_ref()?;
        let every = frame.every.as_ref()?;
        let window = &self.written.spec.window;
        let frames = self.written.spec.features.get(block)?.frames(window);
        let ms = |n: usize| (n * 1000).div_ceil(window.rate_hz.max(1) as usize) as u64;
        let (now, most) = (
            ms(frames.hop_samples / window.n_axes.max(1)),
            ms(window.stride_samples),
        );
        let edit = |n: u64| Edit {
            span: every.span,
            text: format!("{n} ms"),
        };
        // Turned around, it is the largest number below the present one.
        let turned = |n: u64| Some(edit(most + now - n.min(most)));
        let (n, edit) = self.largest(now, most, &turned)?;
        let every = most + now - n;
        Some(hint(edit, format!("a frame every {every} ms fits")))
    }

    /// Fewer coefficients, or a frame that a shorter FFT holds.
    fn front_end(&self, impulse: &Impulse, block: usize, cause: Option<Cause>) -> Option<Hint> {
        let frames = self.written.spec.features.get(block)?;
        let window = &self.written.spec.window;
        let frame_samples = frames.frames(window).frame_samples / window.n_axes.max(1);
        let block = impulse.features.get(block).and_then(Features::audio)?;
        let is_time = self.resource == Resource::Latency;
        match cause? {
            Cause::Features if !is_time => {
                let now = block.coefficients?;
                let (n, edit) = self.largest(2, now.value, &|n| self.digits(now.span, n))?;
                Some(hint(edit, format!("{n} coefficients fit")))
            }
            Cause::Fft | Cause::Frame | Cause::Features if block.fft.is_none() => {
                let length = block.frame.as_ref()?.length?;
                let mut fft = frame_samples.next_power_of_two() / 2;
                while fft >= stft::FFT_SAMPLES_MIN {
                    let samples = fft.min(frame_samples);
                    let text = duration(samples, window.rate_hz);
                    let span = length.span;
                    let message = format!("a frame of {text}, with an FFT of {fft} points, fits");
                    let edit = Edit { span, text };
                    if self.holds(&edit) {
                        return Some(hint(edit, message));
                    }
                    fft /= 2;
                }
                None
            }
            _ => None,
        }
    }

    /// The longest window of whole strides that holds the budget.
    fn window(&self, impulse: &Impulse) -> Option<Hint> {
        let length = impulse.window.as_ref()?.length?;
        let window = &self.written.spec.window;
        let n_strides = window.length_samples.div_ceil(window.stride_samples);
        let edit = |n: u64| {
            let samples = n as usize * window.stride_samples;
            let text = duration(samples, window.rate_hz);
            let span = length.span;
            Some(Edit { span, text })
        };
        let (_, edit) = self.largest(1, n_strides as u64, &edit)?;
        let message = format!("a window of {} fits", edit.text);
        Some(hint(edit, message))
    }

    /// The smallest board that holds the impulse. Emulated ones are proposed to each other only.
    fn board(&self) -> Option<Hint> {
        let pipeline = self.pipeline()?;
        let emulated = |id: &str| id.starts_with("emulator-");
        let mut boards: Vec<_> = board::all()
            .iter()
            .filter(|b| emulated(&b.id) == emulated(&self.target.board.id))
            .filter(|b| b.id != self.target.board.id)
            .collect();
        boards.sort_by_key(|b| (b.ram_bytes(), b.flash.bytes));
        let fitting = boards.into_iter().find(|board| {
            let target = Target {
                board: (*board).clone(),
                ..self.target.clone()
            };
            plan(&pipeline, board).excesses(&target).is_empty()
        })?;
        let (id, name) = (&fitting.id, &fitting.name);
        let (ram, flash) = (bytes(fitting.ram_bytes()), bytes(fitting.flash.bytes));
        Some(Hint {
            message: format!("`{id}` holds it: {name}, {ram} of RAM, {flash} of flash"),
            span: None,
            replacement: None,
        })
    }

    fn pipeline(&self) -> Option<Pipeline> {
        let spec: &Spec = self.written.spec;
        placeholder(spec).ok()
    }

    /// The number that the text at `span` begins with, replaced; its unit stays.
    fn digits(&self, span: Span, n: u64) -> Option<Edit> {
        let text = self.written.text.get(span.start..span.end)?;
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let span = Span::new(span.start, span.start + digits);
        let text = n.to_string();
        (digits > 0).then_some(Edit { span, text })
    }
}

/// A budget that the board allows and the impulse holds.
fn budget(target: &Target, excess: &Excess) -> Option<Hint> {
    let message = match excess.resource {
        Resource::Latency => {
            let ms = excess.used.div_ceil(1000);
            format!("a budget of `latency < {ms} ms` would hold")
        }
        Resource::Ram | Resource::Flash => {
            let (key, has) = match excess.resource {
                Resource::Ram => ("ram", target.board.ram_bytes()),
                _ => ("flash", target.board.flash.bytes),
            };
            if excess.used > has {
                return None;
            }
            let kib = excess.used.div_ceil(1024);
            format!(
                "a budget of `{key} < {kib} KiB` would hold; the board has {}",
                bytes(has)
            )
        }
    };
    Some(Hint {
        message,
        span: None,
        replacement: None,
    })
}

/// The layer that stands at `span`, also in a branch.
fn find(layers: &[Layer], span: Span) -> Option<&Layer> {
    layers.iter().find_map(|layer| {
        let inner = find(&layer.layers, span);
        inner.or((layer.span.0 == span).then_some(layer))
    })
}

fn hint(edit: Edit, message: String) -> Hint {
    Hint {
        message,
        span: Some(edit.span),
        replacement: Some(edit.text),
    }
}

/// A number of samples as a time where that is a whole number of milliseconds.
fn duration(samples: usize, rate_hz: u32) -> String {
    let ms = samples as u64 * 1000;
    match ms % u64::from(rate_hz.max(1)) {
        0 => format!("{} ms", ms / u64::from(rate_hz.max(1))),
        _ => format!("{samples} samples"),
    }
}
