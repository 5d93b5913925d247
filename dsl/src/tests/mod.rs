//! Tests that generate specs from the schema, so that a new key is in them without being named.

mod generate;
mod hostile;
mod reference;
mod round_trip;

use proptest::test_runner::{Config, RngSeed};

#[allow(
    clippy::disallowed_methods,
    reason = "a longer run is asked for from outside"
)]
/// So many cases, the same in every run; `IMPULSE_CASES` asks for others, and that many.
fn config(cases: u32) -> Config {
    let more = std::env::var("IMPULSE_CASES").ok();
    let more = more.and_then(|n| n.parse().ok());
    Config {
        cases: more.unwrap_or(cases),
        rng_seed: match more {
            Some(_) => RngSeed::Random,
            None => RngSeed::Fixed(1),
        },
        failure_persistence: None,
        ..Config::default()
    }
}
