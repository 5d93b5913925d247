//! `impulse boards`: the board database.

use impulse_codegen::firmware;
use impulse_ir::board;

use crate::failure::Failure;
use crate::tables;
use crate::ui::{Ui, bytes, print};

/// Prints a table of the boards.
///
/// # Errors
/// None.
pub fn run(ui: Ui) -> Result<(), Failure> {
    let mut table = tables::plain(ui);
    table.set_header([
        "board",
        "name",
        "chip",
        "clock",
        "RAM",
        "flash",
        "made for it",
    ]);
    for board in board::all() {
        let made = if firmware::has_project(&board.id) {
            "libraries, firmware"
        } else {
            "libraries"
        };
        table.add_row([
            board.id.clone(),
            board.name.clone(),
            board.chip.clone(),
            format!("{} MHz", board.clock_hz as f64 / 1e6),
            bytes(board.ram_bytes()),
            bytes(board.flash.bytes),
            made.to_owned(),
        ]);
    }
    print(&table.to_string());
    Ok(())
}
