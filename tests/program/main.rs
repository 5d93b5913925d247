//! The program `impulse` as its users meet it: real processes on copies of a sample project.

mod build;
mod include;
mod mistakes;
mod speech;
mod stream;
mod support;
mod verify;
