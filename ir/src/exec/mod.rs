//! Executors on the host: the float reference of a graph, and the int8 network of the device.

pub mod float;
pub mod int8;

pub use float::Float;
pub use int8::Int8;
