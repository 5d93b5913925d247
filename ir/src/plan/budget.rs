//! Budgets: where a plan is above what a target allows.

use super::{Item, ItemKind, Plan};
use crate::Span;
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::spec::Target;

/// What a budget is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Bytes of RAM.
    Ram,
    /// Bytes of flash.
    Flash,
    /// Microseconds per result.
    Latency,
}

/// A budget that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// Of what.
    pub resource: Resource,
    /// What the plan needs.
    pub used: u64,
    /// What it may need at most.
    pub most: u64,
    /// Whether the board has no more than that, so that no budget could be larger.
    pub of_board: bool,
}

/// What sets a peak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A layer: its activations, its weights or its instructions, by the name of its node.
    Layer(String),
    /// The samples of a frame.
    Frame,
    /// The length of the FFT: its scratch or its tables.
    Fft,
    /// The features of the window: frames × coefficients.
    Features,
    /// The history of the scores that are averaged.
    Decision,
}

pub(super) fn excesses(plan: &Plan, target: &Target) -> Vec<Excess> {
    let board = &target.board;
    let mut found = Vec::new();
    for (resource, used, budget, has) in [
        (
            Resource::Ram,
            plan.ram_bytes(),
            target.ram_bytes_max,
            board.ram_bytes(),
        ),
        (
            Resource::Flash,
            plan.flash_bytes(),
            target.flash_bytes_max,
            board.flash.bytes,
        ),
        (
            Resource::Latency,
            plan.latency_us(),
            target.latency_us_max,
            u64::MAX,
        ),
    ] {
        let most = budget.map_or(has, |budget| budget.min(has));
        if used > most {
            found.push(Excess {
                resource,
                used,
                most,
                of_board: most == has,
            });
        }
    }
    found
}

pub(super) fn cause(plan: &Plan, resource: Resource) -> Option<Cause> {
    let network = plan.steps.iter().filter(|s| !s.layer.is_empty());
    let layer = |s: &super::StepCost| Cause::Layer(s.layer.clone());
    match resource {
        Resource::Ram => {
            let decided = |i: &&Item| i.kind != ItemKind::BoardBuffers;
            let item = plan.ram.iter().filter(decided).max_by_key(|i| i.bytes)?;
            Some(match item.kind {
                ItemKind::Samples => Cause::Frame,
                ItemKind::Features => Cause::Features,
                ItemKind::State => Cause::Decision,
                _ => {
                    let step = plan.steps.iter().rev().max_by_key(|s| s.ram_bytes)?;
                    match step.layer.is_empty() {
                        true => Cause::Fft,
                        false => layer(step),
                    }
                }
            })
        }
        Resource::Flash => {
            let tables = plan.bytes_of(ItemKind::Tables);
            let largest = network.max_by_key(|s| s.flash_bytes);
            match largest.filter(|s| s.flash_bytes >= tables) {
                Some(step) => Some(layer(step)),
                None => (tables > 0).then_some(Cause::Fft),
            }
        }
        Resource::Latency => {
            let step = plan.steps.iter().max_by_key(|s| s.instructions)?;
            Some(match step.layer.is_empty() {
                true => Cause::Features,
                false => layer(step),
            })
        }
    }
}

pub(super) fn diagnostics(plan: &Plan, target: &Target) -> Vec<Diagnostic> {
    let found = excesses(plan, target);
    found.iter().map(|e| diagnostic(plan, target, e)).collect()
}

fn diagnostic(plan: &Plan, target: &Target, excess: &Excess) -> Diagnostic {
    let [ram_span, flash_span, latency_span] = target.spans;
    let memory = |what, code, span, items| {
        let memory = Memory {
            what,
            code,
            used: excess.used,
            items,
        };
        match excess.of_board {
            true => memory.above_board(excess.most, span, &target.board.id),
            false => memory.above(excess.most, span, &target.board.id),
        }
    };
    match excess.resource {
        Resource::Ram => memory("RAM", codes::RAM_BUDGET, ram_span, &plan.ram),
        Resource::Flash => memory("flash", codes::FLASH_BUDGET, flash_span, &plan.flash),
        Resource::Latency => latency(plan, target, excess, latency_span),
    }
}

fn latency(plan: &Plan, target: &Target, excess: &Excess, span: Span) -> Diagnostic {
    let message = format!(
        "expected at most {} per result on {}, found about {}",
        milliseconds(excess.most),
        target.board.id,
        milliseconds(excess.used)
    );
    let mut steps: Vec<_> = plan.steps.iter().collect();
    steps.sort_by_key(|s| std::cmp::Reverse(s.instructions));
    let shares: Vec<String> = steps
        .iter()
        .take(3)
        .map(|s| {
            let name = if s.layer.is_empty() {
                &s.name
            } else {
                &s.layer
            };
            format!("{name} {} instructions", grouped(s.instructions))
        })
        .collect();
    let hint = format!("the most expensive steps: {}", shares.join(", "));
    Diagnostic::error(codes::LATENCY_BUDGET, span, message).hint(hint)
}

/// One memory of the plan.
struct Memory<'a> {
    what: &'static str,
    code: Code,
    used: u64,
    items: &'a [Item],
}

impl Memory<'_> {
    fn above(&self, most: u64, span: Span, board: &str) -> Diagnostic {
        let message = format!(
            "expected at most {} bytes of {} on {board}, found {} bytes",
            grouped(most),
            self.what,
            grouped(self.used)
        );
        Diagnostic::error(self.code, span, message).hint(self.largest())
    }

    fn above_board(&self, most: u64, span: Span, board: &str) -> Diagnostic {
        let message = format!(
            "{board} has {} bytes of {}, found {} bytes",
            grouped(most),
            self.what,
            grouped(self.used)
        );
        Diagnostic::error(codes::BOARD_TOO_SMALL, span, message).hint(self.largest())
    }

    fn largest(&self) -> String {
        let mut items: Vec<&Item> = self.items.iter().collect();
        items.sort_by_key(|i| std::cmp::Reverse(i.bytes));
        let share = |i: &&Item| format!("{} {} bytes", i.name, grouped(i.bytes));
        let shares: Vec<String> = items.iter().take(3).map(share).collect();
        format!("the largest shares: {}", shares.join("; "))
    }
}

fn milliseconds(us: u64) -> String {
    format!("{}.{} ms", us / 1000, us % 1000 / 100)
}

/// Digits in groups of three.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
