//! What was measured against what was predicted, and against the budgets.

use impulse_ir::diagnostic::{Diagnostic, Place, Severity, codes};
use impulse_ir::spec::Target;

use crate::builder::record::{self, Verification};
use crate::tables;
use crate::ui::{bytes, time};

/// Most that the prediction of flash may be off by, as a share.
const FLASH_TOLERANCE: f64 = 0.05;

/// Holds what was measured on `target` against what was predicted, and against the budgets.
pub fn judge(target: &Target, predicted: &record::Target, all: &[Verification]) -> Vec<Diagnostic> {
    let measured: Vec<&Verification> = all.iter().filter(|v| v.board == target.board.id).collect();
    let mut found = mismatches(predicted, &measured);
    for row in tables::rows(predicted, &measured) {
        let (i, limit, used) = match row.name {
            "RAM" => (0, target.ram_bytes_max, row.highest),
            "flash" => (1, target.flash_bytes_max, row.highest),
            "time per result" => (
                2,
                target.latency_us_max,
                predicted.latency_us(row.highest).ceil() as u64,
            ),
            _ => continue,
        };
        let Some(limit) = limit.filter(|limit| used > *limit && !measured.is_empty()) else {
            continue;
        };
        let (used, limit) = if i == 2 {
            (time(used as f64), time(limit as f64))
        } else {
            (bytes(used), bytes(limit))
        };
        let message = format!(
            "expected {} within {limit} on {}, measured {used}",
            row.name, target.board.id
        );
        found.push(Diagnostic::error(
            codes::BUDGET_MEASURED,
            target.spans[i],
            message,
        ));
    }
    found
}

/// Where the plan was wrong. Static RAM is meant to be exact, the stack is a bound, and flash is
/// that of the emitted C.
fn mismatches(predicted: &record::Target, measured: &[&Verification]) -> Vec<Diagnostic> {
    let model_ram = predicted.static_ram_bytes() - predicted.board_buffer_bytes();
    let model_flash = predicted.flash_bytes() - predicted.firmware_flash_bytes();
    let mut found = Vec::new();
    if let Some(image) = &predicted.image {
        let (ram, flash) = (predicted.static_ram_bytes(), predicted.flash_bytes());
        if image.static_ram_bytes != ram {
            found.push(wrong("static RAM", ram, image.static_ram_bytes, "firmware"));
        }
        if off(flash, image.flash_bytes) {
            found.push(wrong("flash", flash, image.flash_bytes, "firmware"));
        }
    }
    for v in measured {
        let place = format!("emitted {}", v.language);
        if v.static_ram_bytes != model_ram {
            found.push(wrong("static RAM", model_ram, v.static_ram_bytes, &place));
        }
        if v.stack_bytes > predicted.stack_bytes {
            let most = predicted.stack_bytes;
            found.push(wrong("stack at most", most, v.stack_bytes, &place));
        }
        if v.language == "C" && off(model_flash, v.flash_bytes) {
            found.push(wrong("flash", model_flash, v.flash_bytes, &place));
        }
    }
    found
}

fn off(predicted: u64, measured: u64) -> bool {
    predicted.abs_diff(measured) as f64 > FLASH_TOLERANCE * measured as f64
}

fn wrong(what: &str, predicted: u64, measured: u64, place: &str) -> Diagnostic {
    let message =
        format!("predicted {predicted} bytes of {what}, measured {measured} bytes in the {place}");
    Diagnostic::new(
        codes::PLAN_MISMATCH,
        Severity::Warning,
        Place::Nowhere,
        message,
    )
}
