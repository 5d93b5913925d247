//! Totals beside what they may be, as bars.

use comfy_table::{Cell, CellAlignment, Color, Table};
use impulse_ir::plan::{Item, ItemKind, Plan};
use impulse_ir::spec::Target;

use crate::tables::plain;
use crate::ui::{Ui, bytes, percent, time};

/// Columns of a full bar.
const BAR: usize = 20;

/// Three rows: RAM, flash and time, each with its bound, a bar and its largest shares. Without a
/// budget the bound is what the board has.
pub fn totals(target: &Target, plan: &Plan, ui: Ui) -> Table {
    let mut table = plain(ui);
    let board = &target.board;
    let stack = ("stack", plan.stack_bytes);
    let ram = [
        ("samples", ItemKind::Samples),
        ("features", ItemKind::Features),
        ("work", ItemKind::Work),
        ("state", ItemKind::State),
        ("board", ItemKind::BoardBuffers),
    ];
    let flash = [
        ("weights", ItemKind::Weights),
        ("parameters", ItemKind::Parameters),
        ("tables", ItemKind::Tables),
        ("code", ItemKind::Code),
        ("board", ItemKind::BoardCode),
    ];
    let of =
        |items: &[Item], kinds: &[(&'static str, ItemKind)], more: Option<(&'static str, u64)>| {
            let sum = |kind| {
                items
                    .iter()
                    .filter(|i| i.kind == kind)
                    .map(|i| i.bytes)
                    .sum()
            };
            let shares = kinds.iter().map(|(name, kind)| (*name, sum(*kind)));
            let shares = shares.chain(more).filter(|(_, n)| *n > 0);
            let shares: Vec<String> = shares
                .map(|(name, n)| format!("{name} {}", bytes(n)))
                .collect();
            shares.join(", ")
        };
    for (name, used, budget, has, shares) in [
        (
            "RAM",
            plan.ram_bytes(),
            target.ram_bytes_max,
            board.ram_bytes(),
            of(&plan.ram, &ram, Some(stack)),
        ),
        (
            "flash",
            plan.flash_bytes(),
            target.flash_bytes_max,
            board.flash.bytes,
            of(&plan.flash, &flash, None),
        ),
    ] {
        let bound = budget.unwrap_or(has);
        let of = match budget {
            Some(budget) => format!("of {}", bytes(budget)),
            None => format!("of the board's {}", bytes(has)),
        };
        table.add_row(row(name, bytes(used), of, Some((used, bound)), shares));
    }
    let us = plan.latency_us();
    let of = target
        .latency_us_max
        .map(|most| format!("of {}", time(most as f64)));
    let shares = format!(
        "features {}, network {}",
        time(share(plan, true)),
        time(share(plan, false))
    );
    let bound = target.latency_us_max.map(|most| (us, most));
    table.add_row(row(
        "time",
        time(us as f64),
        of.unwrap_or_default(),
        bound,
        shares,
    ));
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Microseconds of the features, or of the network.
fn share(plan: &Plan, of_features: bool) -> f64 {
    let steps = plan
        .steps
        .iter()
        .filter(|s| s.layer.is_empty() == of_features);
    steps.map(|s| plan.step_us(s)).sum()
}

fn row(
    name: &str,
    used: String,
    of: String,
    bound: Option<(u64, u64)>,
    shares: String,
) -> Vec<Cell> {
    let (bar, part, color) = match bound {
        None => (String::new(), String::new(), Color::Reset),
        Some((used, most)) => {
            let share = used as f64 / most.max(1) as f64;
            let full = ((share * BAR as f64).ceil() as usize).min(BAR);
            let bar = "█".repeat(full) + &"·".repeat(BAR - full);
            let color = if used > most {
                Color::Red
            } else {
                Color::Green
            };
            (bar, percent(share), color)
        }
    };
    let right = |text| Cell::new(text).set_alignment(CellAlignment::Right);
    vec![
        Cell::new(name),
        Cell::new(used),
        Cell::new(of),
        Cell::new(bar).fg(color),
        right(part),
        Cell::new(shares),
    ]
}
