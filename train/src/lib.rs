//! From clips to weights: data sets, augmentation, training on dfdx's tape, calibration, metrics.

pub mod fit;

pub use fit::{EpochReport, Examples, Fitted, Stopped, TrainingSet, fit, predict};
