//! The golden cases of the public networks, where they are present beside the project: how their inputs
//! are made, and the hash of what comes out.

use std::fs;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

/// The generator of all numbers here (Knuth; "quick and dirty" in Numerical Recipes): the same
/// in the Python script beside the golden files.
pub struct Lcg(pub u32);

impl Lcg {
    pub fn byte(&mut self) -> i8 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 24) as u8).cast_signed()
    }

    /// About −1 to 1.
    #[allow(dead_code, reason = "not every program of tests makes weights")]
    pub fn signed(&mut self) -> f32 {
        f32::from(self.byte()) / 128.0 + f32::from(self.byte()) / 16_384.0
    }
}

/// A file of the folder beside the project.
pub fn shared(path: &str) -> Option<Vec<u8>> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    fs::read(root.join(path)).ok()
}

/// `n` values by the formula called `kind`.
pub fn input(kind: &str, seed: u32, n: usize) -> Vec<i8> {
    let mut lcg = Lcg(seed);
    let mut walk = 0;
    let mut next = || {
        let byte = lcg.byte();
        if kind == "noise" {
            return byte;
        }
        walk = (walk + i32::from(byte.cast_unsigned() % 33) - 16).clamp(-128, 127);
        walk as i8
    };
    (0..n).map(|_| next()).collect()
}

/// SHA-256 of the values' bytes.
pub fn hash(values: &[i8]) -> String {
    let bytes: Vec<u8> = values.iter().map(|v| v.cast_unsigned()).collect();
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
