//! `cargo xtask …`: everything that a person or CI does with the project besides using it.
//!
//! `setup` brings the tools, `test` is the whole gate, `fuzz` runs the fuzz targets, `bench` measures
//! and writes BENCHMARKS.md.
//! Start reading in [`gate`].

mod bench;
mod fuzz;
mod gate;
mod samples;
mod setup;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Set-up, tests and benchmarks of Impulse"
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Look for the cross tools; on Debian as root install what is missing
    Setup,
    /// Format, lints, docs, every test, and the product built and verified end to end
    Test,
    /// Measure speed, memory and accuracy and write BENCHMARKS.md
    Bench(bench::Options),
    /// Run the fuzz targets of every parser
    Fuzz(fuzz::Options),
    /// Make the clips of the sample project again (needs espeak-ng and sox)
    Samples,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Setup => setup::run(),
        Task::Test => gate::run(),
        Task::Bench(options) => bench::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Samples => samples::run(),
    }
}
