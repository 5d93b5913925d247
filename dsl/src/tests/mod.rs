//! Tests that generate specs from the schema, so that a new key is in them without being named.

mod generate;
mod hostile;
mod round_trip;
