//! Programs that run an emitted model under an emulator of the board's CPU and say what came out:
//! features, scores and decisions to be compared with the host bit for bit, time in ticks of the
//! instruction clock, and the stack that was used.
//!
//! [`c_project`] and [`rust_project`] make the files; [`Project`] also says which commands build
//! and run them; [`parse`] reads what the program printed; [`sizes`] reads the linked ELF. A network
//! by itself has its own images ([`network_c_project`]) and its own lines ([`parse_network`]).

mod elf;
mod network;
mod output;
mod project;

pub use elf::{Sizes, sizes};
pub use network::{NetworkReport, network_c_project, network_rust_project, parse_network};
pub use output::{Report, StreamResult, WindowResult, parse};
pub use project::{Command, Project, c_project, rust_project};
