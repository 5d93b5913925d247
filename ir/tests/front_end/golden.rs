//! Feature vectors of librosa, where a streaming block can express them: no limit relative to the
//! loudest frame. Those of Edge Impulse are in `edge_impulse.rs` and in `ir/tests/motion/`; no case of
//! any folder is left out. They are read from a folder beside the repository and skipped where that does not
//! exist.

use std::path::{Path, PathBuf};

use impulse_ir::features::mfcc::MfccTables;
use impulse_ir::features::mfe::MfeTables;
use impulse_ir::features::{
    Arithmetic, Levels, Log, MelBank, MelScale, Mfcc, Mfe, Normalize, OfSpectrum, Stft, Taper,
};
use impulse_runtime::features::OfSpectrum as _;
use serde_yaml::Value;

use crate::noise;

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")).join(path);
    path.exists().then_some(path)
}

/// The samples of a file: mono PCM16 with the canonical header of 44 bytes.
fn wav(path: &Path) -> Option<Vec<i16>> {
    let bytes = std::fs::read(path).ok()?;
    let samples = bytes.get(44..)?.chunks_exact(2);
    Some(samples.map(|b| i16::from_le_bytes([b[0], b[1]])).collect())
}

/// Three recordings of each spoken word, where the data set is there.
pub fn speech() -> Vec<Vec<i16>> {
    let files = |folder: PathBuf| {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok().map(|e| e.path()))
            .collect();
        paths.sort();
        paths
    };
    let words = shared("data/speech_commands").map(files);
    let words = words.into_iter().flatten().filter(|path| path.is_dir());
    let clips = words.flat_map(|word| files(word).into_iter().take(3));
    clips.filter_map(|path| wav(&path)).collect()
}

/// What a step of a recording of motion is worth: its numbers have four places.
pub const MOTION_STEP: f32 = 1e-4;

/// All axes of a recording of motion, in steps.
fn motion(path: &Path) -> Option<Vec<Vec<i16>>> {
    let recording: Value = serde_yaml::from_slice(&std::fs::read(path).ok()?).ok()?;
    let step = |x: &Value| Some((x.as_f64()? / f64::from(MOTION_STEP)).round() as i16);
    let row = |row: &Value| row.as_sequence()?.iter().map(step).collect();
    recording["payload"]["values"]
        .as_sequence()?
        .iter()
        .map(row)
        .collect()
}

/// The samples that a case describes, if this test knows how to make them; of motion all axes, whichever
/// the case looks at.
fn samples(case: &Value) -> Option<Vec<i16>> {
    let input = &case["input"];
    if let Some(file) = input["file"].as_str() {
        let path = shared("data")?.join(file);
        if let Some(start) = input["start_row"].as_u64() {
            let rows = motion(&path)?.into_iter().skip(start as usize);
            let rows = rows.take(input["num_rows"].as_u64()? as usize);
            return Some(rows.flatten().collect());
        }
        let all = wav(&path)?;
        let offset = input["offset_samples"].as_u64()? as usize;
        let count = input["num_samples"].as_u64()? as usize;
        return Some(all.into_iter().skip(offset).take(count).collect());
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
        "impulse" => {
            let mut out = vec![0; n_samples];
            out[formula["index"].as_u64()? as usize] = formula["amplitude"].as_i64()? as i16;
            Some(out)
        }
        "sine" => {
            let (hz, amplitude) = (formula["freq_hz"].as_f64()?, formula["amplitude"].as_f64()?);
            let rate = case["rate_hz"].as_f64()?;
            let angle = |n: usize| 2.0 * std::f64::consts::PI * hz * n as f64 / rate;
            let value = |n: usize| (amplitude * angle(n).sin()).round() as i16;
            Some((0..n_samples).map(value).collect())
        }
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

/// Spectra and filters of a case.
fn bank(case: &Value) -> Option<(Stft, MelBank)> {
    let params = &case["params"];
    let size = |key: &str| params[key].as_u64().map(|x| x as usize);
    let stft = Stft {
        frame_samples: size("window_length_samples")?,
        hop_samples: size("hop_samples")?,
        fft_samples: size("fft_length_samples")?,
        pre_emphasis: 0.0,
        taper: match params["window"].as_str()? {
            "hann" => Taper::Hann,
            _ => Taper::Rectangular,
        },
        edge_impulse: false,
        levels: Levels {
            magnitude: params["spectrum_power"].as_f64()? == 1.0,
            log: match params["db_amin"].is_null() {
                true => Log::None,
                false => Log::Decibel,
            },
        },
    };
    let bank = MelBank {
        n_filters: size("num_mels")?,
        low_hz: params["low_frequency_hz"].as_f64()? as f32,
        high_hz: params["high_frequency_hz"].as_f64()? as f32,
        scale: match params["mel_scale"].as_str()? {
            "htk" => MelScale::Htk,
            _ => MelScale::Slaney,
        },
        area_normalized: params["mel_norm"].as_str()? == "slaney",
    };
    Some((stft, bank))
}

/// Rows of every frame of a case, by `row`. A window shorter than the FFT stands in its middle.
fn rows(
    stft: &Stft,
    samples: &[i16],
    n_frames: usize,
    mut row: impl FnMut(&[i16]) -> Vec<f32>,
) -> Vec<f32> {
    let offset = (stft.fft_samples - stft.frame_samples) / 2;
    (0..n_frames)
        .flat_map(|r| row(&samples[offset + r * stft.hop_samples..][..stft.frame_samples]))
        .collect()
}

/// The number of cases in `folder`.
pub fn n_cases(folder: &str) -> usize {
    let folder = shared("golden/features").map(|all| all.join(folder));
    folder.map_or(0, |f| std::fs::read_dir(f).into_iter().flatten().count())
}

/// Every case of `folder`, by name: compares what `features` makes of it, where it makes anything.
pub fn check(
    folder: &str,
    tolerance: impl Fn(&[f64]) -> f64,
    mut features: impl FnMut(&Value, &[i16], usize) -> Option<Vec<f32>>,
) -> Option<Vec<String>> {
    let folder_path = shared("golden/features")?.join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder_path)
        .ok()?
        .filter_map(|e| Some(e.ok()?.path()))
        .collect();
    paths.sort();
    let mut checked = Vec::new();
    for path in paths {
        let case: Value = serde_yaml::from_str(&std::fs::read_to_string(&path).ok()?).ok()?;
        let samples = samples(&case).unwrap_or_else(|| panic!("the input of {path:?}"));
        let n_frames = case["shape"][0].as_u64()? as usize;
        let Some(got) = features(&case, &samples, n_frames) else {
            continue;
        };
        let expected: Option<Vec<f64>> = case["features"]
            .as_sequence()?
            .iter()
            .map(Value::as_f64)
            .collect();
        let expected = expected?;
        assert_eq!(got.len(), expected.len(), "{path:?}");
        let tolerance = tolerance(&expected);
        for (i, (&got, expected)) in got.iter().zip(&expected).enumerate() {
            assert!(
                (f64::from(got) - expected).abs() <= tolerance,
                "{path:?}, value {i}: {got}, expected {expected}"
            );
        }
        checked.push(case["case"].as_str()?.to_owned());
    }
    Some(checked)
}

/// Energies, or their levels in dB with the case's own floor.
fn mfe(case: &Value, samples: &[i16], n_frames: usize) -> Option<Vec<f32>> {
    let (stft, mel) = bank(case)?;
    let block = Mfe {
        stft: stft.clone(),
        mel,
        // Without a logarithm there is nothing to raise.
        log_floor: case["params"]["db_amin"].as_f64().unwrap_or(1e-30) as f32,
        normalize: Normalize::None,
        deltas: None,
        arithmetic: Arithmetic::Float,
    };
    let tables = MfeTables::new(&block, case["rate_hz"].as_u64()? as u32);
    let device = tables.block();
    let mut scratch = vec![f32::NAN; device.scratch_len()];
    let mut levels = rows(&stft, samples, n_frames, |frame| {
        device.frame(frame, &mut scratch).to_vec()
    });
    // What a block that streams cannot do: a limit below the loudest value of the whole clip.
    if let Some(top) = case["params"]["db_top"].as_f64() {
        let loudest = levels.iter().copied().fold(f32::MIN, f32::max);
        for level in &mut levels {
            *level = level.max(loudest - top as f32);
        }
    }
    Some(levels)
}

/// The block's DCT of a row of levels, in f64.
fn cepstrum(tables: &MfccTables, levels: &[f32]) -> Vec<f32> {
    let (n_filters, n_coefficients) = (levels.len(), tables.n_coefficients);
    let factor = |m: usize, j: usize| {
        let mirrored = n_filters - 1 - m;
        let factor = f64::from(tables.dct[m.min(mirrored) * n_coefficients + j]);
        if m > mirrored && j % 2 == 1 {
            -factor
        } else {
            factor
        }
    };
    let value = |j| {
        let terms = levels.iter().enumerate();
        terms
            .map(|(m, &level)| factor(m, j) * f64::from(level))
            .sum::<f64>() as f32
    };
    (0..n_coefficients).map(value).collect()
}

#[test]
fn energies_agree_with_librosa() {
    let peak = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let checked = check(
        "librosa_melspectrogram",
        |expected| 1e-5 * peak(expected),
        mfe,
    );
    if let Some(checked) = checked {
        assert_eq!(checked.len(), n_cases("librosa_melspectrogram"));
    }
}

#[test]
fn levels_agree_with_librosa() {
    if let Some(checked) = check("librosa_log_mel", |_| 5e-3, mfe) {
        assert_eq!(checked.len(), n_cases("librosa_log_mel"));
    }
}

#[test]
fn cepstra_agree_with_librosa() {
    let mut n_limited = 0;
    let checked = check(
        "librosa_mfcc",
        |_| 5e-3,
        |case, samples, n_frames| {
            let (stft, mel) = bank(case)?;
            let params = &case["params"];
            let block = Mfcc {
                stft: stft.clone(),
                mel,
                log_floor: params["db_amin"].as_f64()? as f32,
                n_coefficients: params["num_cepstral"].as_u64()? as usize,
                lifter: params["lifter"].as_f64()? as f32,
                normalize: Normalize::None,
                sliding_frames: 0,
                deltas: None,
                arithmetic: Arithmetic::Float,
            };
            let tables = MfccTables::new(&block, case["rate_hz"].as_u64()? as u32);
            let device = tables.block();
            let mut scratch = vec![f32::NAN; device.scratch_len()];
            let got = rows(&stft, samples, n_frames, |frame| {
                device.frame(frame, &mut scratch).to_vec()
            });
            // A limit below the loudest value comes before the DCT, which is then done here.
            let limited = mfe(case, samples, n_frames)?;
            let mut unlimited = case.clone();
            unlimited["params"]["db_top"] = Value::Null;
            if mfe(&unlimited, samples, n_frames)? == limited {
                return Some(got);
            }
            n_limited += 1;
            let rows = limited.chunks_exact(block.mel.n_filters);
            Some(rows.flat_map(|row| cepstrum(&tables, row)).collect())
        },
    );
    if let Some(checked) = checked {
        assert_eq!(checked.len(), n_cases("librosa_mfcc"));
        assert!(
            n_limited < checked.len(),
            "the block's own DCT is compared too"
        );
    }
}

#[test]
fn every_folder_has_a_test() {
    let folders = |path: PathBuf| {
        let entries = std::fs::read_dir(path).into_iter().flatten();
        let folders = entries.filter_map(Result::ok).filter(|e| e.path().is_dir());
        let mut names: Vec<String> = folders
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let Some(found) = shared("golden/features").map(folders) else {
        return;
    };
    let here = ["librosa_log_mel", "librosa_melspectrogram", "librosa_mfcc"];
    let whole_windows = ["mfcc", "mfe", "spectrogram"];
    let motion = ["flatten", "image", "raw", "spectral_analysis"];
    let mut tested = [&here[..], &whole_windows, &motion].concat();
    tested.sort_unstable();
    assert_eq!(found, tested);
    let n_cases: usize = found.iter().map(|folder| n_cases(folder)).sum();
    assert!(n_cases >= 127, "{n_cases} cases");
}
