//! Board projects: the emitted C library with start-up code, drivers and a Makefile.

use impulse_ir::Diagnostic;
use impulse_ir::board::Board;
use impulse_ir::pipeline::Pipeline;

use crate::{File, Origin};

/// Whether [`emit`] makes a project for the board with this id.
pub fn has_project(board_id: &str) -> bool {
    board_id == "nano33"
}

/// The firmware project of `board`, or `None` where the board has no project and gets the
/// libraries only.
///
/// # Errors
/// Those of [`crate::c::emit`].
pub fn emit(
    pipeline: &Pipeline,
    board: &Board,
    origin: &Origin,
) -> Result<Option<Vec<File>>, Vec<Diagnostic>> {
    if !has_project(&board.id) {
        return Ok(None);
    }
    crate::c::emit(pipeline, origin).map(Some)
}
