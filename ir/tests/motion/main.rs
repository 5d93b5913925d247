//! The blocks over the axes of motion, and the image block, against the reference vectors of
//! other implementations (in a folder beside the repository, skipped where that does not exist),
//! and on inputs at the edges.

#![allow(
    clippy::disallowed_methods,
    reason = "a test program, which reads golden files"
)]

mod extremes;
mod golden;
mod streaming;

use impulse_ir::spec::{Motion, Sensor, Window};

/// A window of `rows` samples of `n_axes` at `rate_hz`.
fn window(rows: usize, n_axes: usize, rate_hz: u32) -> Window {
    Window {
        rate_hz,
        length_samples: rows,
        stride_samples: rows,
        n_axes,
        sensor: Sensor::Motion(Motion {
            axes: (0..n_axes).map(|axis| format!("axis_{axis}")).collect(),
            range: 2.0,
        }),
    }
}
