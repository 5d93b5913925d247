//! The impulse as values: what a checked spec means, the float network and its shapes, the
//! TFLite-like graph, quantization, passes, the memory plan, and the board database.
//!
//! Nothing here does I/O, and nothing knows a syntax. The order in which a spec travels:
//! [`spec::Spec`] (checked meaning) → [`network::Network`] (trainable layers with shapes) →
//! [`lower`] with [`weights::Weights`] → float [`graph::Graph`] → [`passes`] → [`quantize`] →
//! int8 [`graph::Graph`] → [`pipeline::Pipeline`] (all a device needs) → [`plan::Plan`].

pub mod board;
pub mod cost;
pub mod diagnostic;
pub mod exec;
pub mod features;
pub mod graph;
pub mod kernel_args;
pub mod lower;
pub mod network;
pub mod passes;
pub mod pipeline;
pub mod plan;
pub mod quantize;
pub mod span;
pub mod spec;
pub mod summary;
pub mod weights;

pub use diagnostic::{Code, Diagnostic, Hint, Place, Severity};
pub use span::{Span, Spanned};
