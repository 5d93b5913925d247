//! One file per command; `build` is in [`crate::builder`].

pub mod boards;
pub mod calibrate;
pub mod check;
pub mod data;
pub mod explain;
pub mod features;
pub mod fmt;
pub mod inspect;
pub mod model;
pub mod new;
pub mod run;
pub mod schema;
pub mod test;
