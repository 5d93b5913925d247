//! `.tflite`: the int8 network as a file that Netron opens, LiteRT runs, and other converters make.
//!
//! The format is a flatbuffer (<https://flatbuffers.dev/internals>) of TensorFlow Lite's schema
//! (version 3). Of the schema, the module `schema` lists the fields and numbers in use here. The
//! writer builds with the `flatbuffers` crate; the reader walks the bytes by the same rules with
//! every offset checked, so that no file whatsoever makes it panic or read much more than the file
//! holds. Start reading at [`read()`] and [`write()`].
//!
//! What holds: `read(&write(g)?) == g` for every valid graph whose tensors are all used; the same
//! graph gives the same bytes; tensors keep their indices in both directions.

mod attributes;
mod options;
mod read;
mod schema;
mod view;
mod write;

pub use read::read;
pub use write::write;

#[cfg(test)]
mod tests;
