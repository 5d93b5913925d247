//! A plan for people: a row for each block and layer, totals beside their budgets, and the arena
//! as a drawing.

mod arena;
mod layers;
mod totals;

pub use arena::draw;
pub use layers::table;
pub use totals::totals;
