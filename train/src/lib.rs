//! From clips to weights: data sets, augmentation, training on dfdx's tape, calibration, metrics.

pub mod audio;
pub mod augment;
pub mod calibrate;
pub mod checkpoint;
pub mod data;
pub mod finetune;
pub mod fit;
#[cfg(test)]
mod fit_tests;
#[cfg(test)]
mod gradient_tests;
pub mod inspect;
mod loss;
pub mod metrics;
mod model;
pub mod motion;
mod ops;
mod optimizer;
pub mod picture;
mod random;
pub mod replay;
pub mod scales;
mod schedule;
mod step;
mod tape;
pub mod transfer;
pub mod weights_file;

pub use checkpoint::{Checkpoints, Resumed};
pub use fit::{
    EpochReport, Examples, Fitted, Options, Stopped, TrainingSet, fit, fit_with, predict,
};
pub use ops::fake_quant::Steps;
