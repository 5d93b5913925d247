//! Feature vectors of librosa, where the block's parameters can express them: HTK mel scale,
//! triangles with peak 1, no limit relative to the loudest frame. They are read from a folder
//! beside the repository and skipped where that does not exist.

use std::path::{Path, PathBuf};

use impulse_ir::features::mfcc::{Mfcc, MfccTables, Taper};
use serde_yaml::Value;

use crate::{example, noise};

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")).join(path);
    path.exists().then_some(path)
}

/// The samples that a case describes, if this test knows how to make them.
fn samples(case: &Value) -> Option<Vec<i16>> {
    let input = &case["input"];
    if let Some(file) = input["file"].as_str() {
        let bytes = std::fs::read(shared("data")?.join(file)).ok()?;
        let offset = input["offset_samples"].as_u64()? as usize;
        let count = input["num_samples"].as_u64()? as usize;
        // Mono PCM16 with the canonical header of 44 bytes.
        let all = bytes
            .get(44..)?
            .chunks_exact(2)
            .map(|b| i16::from_le_bytes([b[0], b[1]]));
        return Some(all.skip(offset).take(count).collect());
    }
    let formula = &input["formula"];
    let n_samples = formula["num_samples"].as_u64()? as usize;
    match formula["kind"].as_str()? {
        "zeros" => Some(vec![0; n_samples]),
        "lcg" => Some(noise(
            n_samples,
            formula["seed"].as_u64()? as u32,
            formula["shift"].as_u64().unwrap_or(0) as u32,
        )),
        "chirp" => {
            let (f0, f1) = (formula["f0_hz"].as_f64()?, formula["f1_hz"].as_f64()?);
            let amplitude = formula["amplitude"].as_f64()?;
            let rate = case["rate_hz"].as_f64()?;
            let whole = n_samples as f64 / rate;
            let value = |n: usize| {
                let t = n as f64 / rate;
                let turns = f0 * t + (f1 - f0) * t * t / (2.0 * whole);
                (amplitude * (2.0 * std::f64::consts::PI * turns).sin()).round()
            };
            Some((0..n_samples).map(|n| value(n) as i16).collect())
        }
        _ => None,
    }
}

/// The block of a case that it can express.
fn block(case: &Value, cepstrum: bool) -> Option<Mfcc> {
    let params = &case["params"];
    let size = |key: &str| params[key].as_u64().map(|x| x as usize);
    let expressible = params["mel_scale"].as_str() == Some("htk")
        && params["mel_norm"].as_str() == Some("none")
        && params["db_top"].is_null()
        && params["lifter"].as_u64().unwrap_or(0) == 0
        && size("window_length_samples") == size("fft_length_samples");
    let n_filters = size("num_mels")?;
    expressible.then_some(Mfcc {
        frame_samples: size("window_length_samples")?,
        hop_samples: size("hop_samples")?,
        fft_samples: size("fft_length_samples")?,
        n_filters,
        n_coefficients: if cepstrum {
            size("num_cepstral")?
        } else {
            n_filters
        },
        low_hz: params["low_frequency_hz"].as_f64()? as f32,
        high_hz: params["high_frequency_hz"].as_f64()? as f32,
        pre_emphasis: 0.0,
        taper: if params["window"].as_str()? == "hann" {
            Taper::Hann
        } else {
            Taper::Rectangular
        },
        ..example()
    })
}

/// Compares every case of `folder` that can be expressed; returns how many.
fn check(folder: &str, tolerance: f64) -> Option<usize> {
    let folder_path = shared("golden/features")?.join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder_path)
        .ok()?
        .filter_map(|e| Some(e.ok()?.path()))
        .collect();
    paths.sort();
    let mut n_checked = 0;
    for path in paths {
        let case: Value = serde_yaml::from_str(&std::fs::read_to_string(&path).ok()?).ok()?;
        let cepstrum = folder == "librosa_mfcc";
        let Some(block) = block(&case, cepstrum) else {
            continue;
        };
        let (Some(samples), Some(rate_hz)) = (samples(&case), case["rate_hz"].as_u64()) else {
            continue;
        };
        let mut tables = MfccTables::new(&block, rate_hz as u32);
        tables.log_floor = case["params"]["db_amin"].as_f64()? as f32;
        if !cepstrum {
            // The levels of the filters themselves.
            let n = block.n_filters;
            tables.dct = (0..n * n)
                .map(|i| if i / n == i % n { 1.0 } else { 0.0 })
                .collect();
        }
        let device = tables.block();
        let mut out = vec![f32::NAN; device.n_frames(samples.len()) * block.n_coefficients];
        device.window(
            &samples,
            &mut vec![f32::NAN; device.scratch_len()],
            &mut out,
        );
        let expected = case["features"].as_sequence()?;
        assert_eq!(out.len(), expected.len(), "{path:?}");
        for (i, (&got, expected)) in out.iter().zip(expected).enumerate() {
            let decibels = f64::from(got) * 10.0 / std::f64::consts::LN_10;
            let error = (decibels - expected.as_f64()?).abs();
            assert!(
                error <= tolerance,
                "{path:?}, value {i}: {decibels}, expected {expected:?}"
            );
        }
        n_checked += 1;
    }
    Some(n_checked)
}

#[test]
fn cepstra_agree_with_librosa() {
    if let Some(n_checked) = check("librosa_mfcc", 5e-3) {
        assert!(n_checked >= 2, "{n_checked} cases");
    }
}

#[test]
fn levels_agree_with_librosa() {
    if let Some(n_checked) = check("librosa_log_mel", 5e-3) {
        assert!(n_checked >= 2, "{n_checked} cases");
    }
}
