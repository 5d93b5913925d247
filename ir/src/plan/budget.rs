//! Budgets: where a plan is above what a target allows.

use super::{Item, Plan};
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::spec::Target;

pub(super) fn diagnostics(plan: &Plan, target: &Target) -> Vec<Diagnostic> {
    let board = &target.board;
    let [ram_span, flash_span, latency_span] = target.spans;
    let mut found = Vec::new();
    let ram = Memory {
        what: "RAM",
        code: codes::RAM_BUDGET,
        used: plan.ram_bytes(),
        items: &plan.ram,
    };
    match target.ram_bytes_max {
        Some(most) if ram.used > most => found.push(ram.above(most, ram_span, &board.id)),
        _ if ram.used > board.ram_bytes() => {
            found.push(ram.above_board(board.ram_bytes(), ram_span, &board.id));
        }
        _ => {}
    }
    let (code, used) = (codes::FLASH_BUDGET, plan.flash_bytes());
    let flash = Memory {
        what: "flash",
        code,
        used,
        items: &plan.flash,
    };
    match target.flash_bytes_max {
        Some(most) if used > most => found.push(flash.above(most, flash_span, &board.id)),
        _ if used > board.flash.bytes => {
            found.push(flash.above_board(board.flash.bytes, flash_span, &board.id));
        }
        _ => {}
    }
    if let Some(most) = target.latency_us_max {
        let latency = plan.latency_us();
        if latency > most {
            let message = format!(
                "expected at most {} per result on {}, found about {}",
                milliseconds(most),
                board.id,
                milliseconds(latency)
            );
            let mut steps: Vec<_> = plan.steps.iter().collect();
            steps.sort_by_key(|s| std::cmp::Reverse(s.instructions));
            let shares: Vec<String> = steps
                .iter()
                .take(3)
                .map(|s| format!("{} {} instructions", s.name, grouped(s.instructions)))
                .collect();
            let hint = format!("the most expensive steps: {}", shares.join(", "));
            found.push(Diagnostic::error(codes::LATENCY_BUDGET, latency_span, message).hint(hint));
        }
    }
    found
}

/// One memory of the plan.
struct Memory<'a> {
    what: &'static str,
    code: Code,
    used: u64,
    items: &'a [Item],
}

impl Memory<'_> {
    fn above(&self, most: u64, span: crate::Span, board: &str) -> Diagnostic {
        let message = format!(
            "expected at most {} bytes of {} on {board}, found {} bytes",
            grouped(most),
            self.what,
            grouped(self.used)
        );
        Diagnostic::error(self.code, span, message).hint(self.largest())
    }

    fn above_board(&self, most: u64, span: crate::Span, board: &str) -> Diagnostic {
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
