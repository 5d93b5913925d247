//! Executors on the host: the float reference of a graph, and the int8 network of the device.

pub mod float;
pub mod front_end;
pub mod int8;
pub mod session;

pub use float::Float;
pub use front_end::FrontEnd;
pub use int8::Int8;
pub use session::{Classification, Session, StreamResult};
