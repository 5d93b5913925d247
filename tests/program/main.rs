//! The program `impulse` as its users meet it: real processes on copies of a sample project.

mod build;
mod mistakes;
mod speech;
mod support;
mod verify;
