//! Int8 graphs: what is refused, that sharing memory changes nothing, and what a plan says.

mod arena;
mod graphs;
mod plan;
mod refused;
