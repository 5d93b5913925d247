//! Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on the first Ctrl-C (or a polite request to terminate) sets the flag that is
/// returned, and the second ends the program at once. Nothing half-written is left by either: the
/// build folder is replaced whole or not at all.
pub fn flag() -> &'static AtomicBool {
    let handler = || {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    };
    // Without a handler Ctrl-C ends the program at once, which is safe too.
    let _ = ctrlc::try_set_handler(handler);
    &ASKED
}

/// Whether Ctrl-C was pressed.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
