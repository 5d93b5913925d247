//! Int8 graphs: what is refused, that neither sharing memory nor a pass changes a bit, and what a
//! plan says.

mod arena;
mod channels;
mod graphs;
mod incremental;
mod passes;
mod plan;
mod refused;
