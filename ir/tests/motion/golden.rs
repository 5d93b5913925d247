//! Edge Impulse's blocks on real and made signals.

use std::path::{Path, PathBuf};

use impulse_ir::features::flatten::FlattenTables;
use impulse_ir::features::raw::RawTables;
use impulse_ir::features::spectral::{
    Analysis, Cutoff, Fft, Filter, SpectralTables, Wavelet, WaveletTables,
};
use impulse_ir::features::{Block, Flatten, Raw, Spectral};
use impulse_ir::spec::Window;
use impulse_runtime::features::image::{Channels, Image};
use serde_yaml::Value;

use crate::window;

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")).join(path);
    path.exists().then_some(path)
}

/// A reference case.
struct Case {
    path: PathBuf,
    value: Value,
    /// `[rows, axes]`.
    signal: Vec<f64>,
    window: Window,
}

impl Case {
    fn flag(&self, key: &str) -> bool {
        self.value["params"][key].as_bool().unwrap_or(false)
    }

    fn number(&self, key: &str) -> f64 {
        self.value["params"][key].as_f64().unwrap_or(0.0)
    }

    fn text(&self, key: &str) -> &str {
        self.value["params"][key].as_str().unwrap_or_default()
    }

    /// Axis `a`, scaled as the device scales.
    fn axis(&self, a: usize, scale: f32) -> Vec<f32> {
        let rows = self.signal.chunks_exact(self.window.n_axes);
        rows.map(|row| row[a] as f32 * scale).collect()
    }

    /// Compares `got` with the features of the case.
    fn compare(&self, got: &[f32], tolerance: impl Fn(usize, f64) -> f64) {
        let expected = floats(&self.value["features"]);
        assert_eq!(got.len(), expected.len(), "{:?}", self.path);
        for (i, (&got, &expected)) in got.iter().zip(&expected).enumerate() {
            let error = (f64::from(got) - expected).abs();
            assert!(
                error <= tolerance(i, expected),
                "{:?}, value {i}: {got}, expected {expected}",
                self.path
            );
        }
    }
}

fn floats(value: &Value) -> Vec<f64> {
    let list = value.as_sequence().expect("a list");
    list.iter().filter_map(Value::as_f64).collect()
}

/// Cases of a folder; `None` where it does not exist.
fn cases(folder: &str) -> Option<Vec<Case>> {
    let folder = shared("golden/features")?.join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|e| Some(e.ok()?.path()))
        .collect();
    paths.sort();
    let case = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a readable case");
        let value: Value = serde_yaml::from_str(&text).expect("a case is JSON");
        let shape = floats(&value["input_shape"]);
        let rate_hz = value["rate_hz"].as_u64().unwrap_or(0) as u32;
        Case {
            signal: signal(&value).unwrap_or_else(|| panic!("the input of {path:?}")),
            window: window(shape[0] as usize, shape[1] as usize, rate_hz),
            path,
            value,
        }
    };
    Some(paths.into_iter().map(case).collect())
}

fn signal(case: &Value) -> Option<Vec<f64>> {
    let input = &case["input"];
    if let Some(file) = input["file"].as_str() {
        let bytes = std::fs::read(shared("data")?.join(file)).ok()?;
        if file.ends_with(".wav") {
            let offset = input["offset_samples"].as_u64()? as usize;
            let count = input["num_samples"].as_u64()? as usize;
            let all = bytes.get(44..)?.chunks_exact(2);
            let all = all.map(|b| f64::from(i16::from_le_bytes([b[0], b[1]])));
            return Some(all.skip(offset).take(count).collect());
        }
        let recording: Value = serde_yaml::from_slice(&bytes).ok()?;
        let rows = recording["payload"]["values"].as_sequence()?;
        let start = input["start_row"].as_u64()? as usize;
        let count = input["num_rows"].as_u64()? as usize;
        return Some(rows[start..start + count].iter().flat_map(floats).collect());
    }
    if !input["values"].is_null() {
        return Some(floats(&input["values"]));
    }
    formula(case, &input["formula"])
}

fn formula(case: &Value, formula: &Value) -> Option<Vec<f64>> {
    let count = |key: &str| formula[key].as_u64().map(|x| x as usize);
    let n = match count("num_samples") {
        Some(n) => n,
        None => floats(&case["input_shape"]).iter().product::<f64>() as usize,
    };
    let mut state = formula["seed"].as_u64().unwrap_or(0) as u32;
    let mut step = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    match formula["kind"].as_str()? {
        "zeros" => Some(vec![0.0; n]),
        "constant" => Some(vec![formula["value"].as_f64()?; n]),
        "lcg_bytes" => Some((0..n).map(|_| f64::from(step() & 255)).collect()),
        "lcg" => {
            let divisor = formula["divisor"].as_f64().unwrap_or(1.0);
            let values = (0..n).map(|_| f64::from(step() as u16 as i16) / divisor);
            Some(values.collect())
        }
        "tones" => {
            let n_axes = count("num_axes")?;
            let rate = case["rate_hz"].as_f64()?;
            let turn = 2.0 * std::f64::consts::PI;
            let value = |i: usize| {
                let (t, a) = ((i / n_axes) as f64 / rate, (i % n_axes) as f64);
                let x = (turn * (1.5 + 1.25 * a) * t).sin()
                    + 0.25 * (turn * (11.0 + 4.0 * a) * t + a).sin()
                    + 0.5 * a;
                (x * 10_000.0).round() / 10_000.0
            };
            Some((0..n).map(value).collect())
        }
        _ => None,
    }
}

/// The block of a case.
fn spectral(case: &Case) -> Spectral {
    let cutoff = Cutoff {
        hz: case.number("filter_cutoff_hz") as f32,
        order: case.number("filter_order") as usize,
    };
    Spectral {
        axes: (0..case.window.n_axes as u8).collect(),
        scale: case.number("scale_axes") as f32,
        decimation: case.number("input_decimation_ratio") as usize,
        filter: match case.text("filter_type") {
            "low" => Filter::Low(cutoff),
            "high" => Filter::High(cutoff),
            _ => Filter::None,
        },
        analysis: if case.text("analysis_type") == "FFT" {
            Analysis::Fft(Fft {
                samples: case.number("fft_length_samples") as usize,
                overlap: case.flag("do_fft_overlap"),
                log: case.flag("do_log"),
                low_frequencies: case.flag("extra_low_freq"),
            })
        } else {
            Analysis::Wavelet {
                wavelet: Wavelet::find(&case.text("wavelet").replace('.', ""))
                    .expect("a known wavelet"),
                levels: case.number("wavelet_level") as usize,
            }
        },
    }
}

#[test]
fn spectral_analysis_agrees() {
    let Some(cases) = cases("spectral_analysis") else {
        return;
    };
    assert!(cases.len() >= 26, "{} cases", cases.len());
    for case in cases {
        let block = spectral(&case);
        // Their cutoffs and lengths go further than makes sense with our limits only for scale.
        let problems = block.problems(&case.window);
        assert_eq!(problems, [], "{:?}", case.path);
        let n_axes = case.window.n_axes;
        match block.analysis {
            Analysis::Fft(fft) => {
                let tables = SpectralTables::new(&block, &fft, &case.window);
                let device = tables.block();
                let mut scratch = vec![f32::NAN; device.scratch_len()];
                let mut out = vec![f32::NAN; device.row_len()];
                let low_len = tables.low_bins[1] - tables.low_bins[0];
                let low_len = if low_len > 0 { low_len + 5 } else { 0 };
                let main_len = out.len() / n_axes - low_len;
                let (main, low) = out.split_at_mut(n_axes * main_len);
                for a in 0..n_axes {
                    device.axis(
                        &mut case.axis(a, block.scale),
                        &mut scratch,
                        &mut main[a * main_len..][..main_len],
                        &mut low[a * low_len..][..low_len],
                    );
                }
                case.compare(&out, |_, value| 1e-3 + 1e-4 * value.abs());
            }
            Analysis::Wavelet { wavelet, levels } => {
                let tables = WaveletTables::new(&block, wavelet, levels, &case.window);
                let device = tables.block();
                let mut scratch = vec![f32::NAN; device.scratch_len()];
                let mut out = vec![f32::NAN; device.row_len()];
                for (a, row) in out.chunks_exact_mut(device.row_len() / n_axes).enumerate() {
                    device.axis(&mut case.axis(a, block.scale), &mut scratch, row);
                }
                case.compare(&out, |i, value| {
                    // A sample on the edge of a bin of the histogram moves a count.
                    if i % 14 == 0 {
                        0.03
                    } else {
                        1e-3 + 1e-4 * value.abs()
                    }
                });
            }
        }
    }
}

#[test]
fn filters_have_their_sections() {
    let Some(cases) = cases("spectral_analysis") else {
        return;
    };
    let mut n_checked = 0;
    for case in cases {
        let block = spectral(&case);
        let tables = match block.analysis {
            Analysis::Fft(fft) => SpectralTables::new(&block, &fft, &case.window).signal,
            Analysis::Wavelet { wavelet, levels } => {
                WaveletTables::new(&block, wavelet, levels, &case.window).signal
            }
        };
        let found = |sections: &[impulse_runtime::dsp::Section], expected: &Value| {
            let expected: Vec<Vec<f64>> = expected
                .as_sequence()
                .expect("sections")
                .iter()
                .map(floats)
                .collect();
            assert_eq!(sections.len(), expected.len());
            for (section, e) in sections.iter().zip(expected) {
                let ours = [
                    section.b[0],
                    section.b[1],
                    section.b[2],
                    1.0,
                    section.a[0],
                    section.a[1],
                ];
                for (ours, theirs) in ours.iter().zip(e) {
                    let error = (f64::from(*ours) - theirs).abs();
                    assert!(
                        error <= 2e-6 * theirs.abs(),
                        "{:?}: {ours}, {theirs}",
                        case.path
                    );
                }
            }
        };
        let aux = &case.value["aux"];
        if !aux["filter_sos_float32"].is_null() {
            found(&tables.sections, &aux["filter_sos_float32"]);
            n_checked += 1;
        }
        if !aux["decimation_sos_by_3"].is_null() {
            found(&tables.decimation.sections, &aux["decimation_sos_by_3"]);
            n_checked += 1;
        }
    }
    assert!(n_checked >= 8, "{n_checked} filters");
}

#[test]
fn flatten_agrees() {
    let Some(cases) = cases("flatten") else {
        return;
    };
    assert!(cases.len() >= 9, "{} cases", cases.len());
    for case in cases {
        let keys = [
            "average", "minimum", "maximum", "rms", "stdev", "skewness", "kurtosis",
        ];
        let block = Flatten {
            axes: (0..case.window.n_axes as u8).collect(),
            scale: case.number("scale_axes") as f32,
            statistics: keys.map(|key| case.flag(key)),
        };
        let tables = FlattenTables::new(&block, &case.window);
        let device = tables.block();
        let mut out = vec![f32::NAN; device.row_len()];
        let n_axes = case.window.n_axes;
        for (a, row) in out.chunks_exact_mut(device.row_len() / n_axes).enumerate() {
            device.axis(&case.axis(a, block.scale), row);
        }
        let peak = floats(&case.value["features"]);
        let peak = peak.iter().fold(0.0f64, |peak, x| peak.max(x.abs()));
        case.compare(&out, |_, _| 2e-5 * peak);
    }
}

#[test]
fn raw_agrees() {
    let Some(cases) = cases("raw") else { return };
    assert!(cases.len() >= 4, "{} cases", cases.len());
    for case in cases {
        let n_axes = case.window.n_axes;
        // Recordings in steps of a ten-thousandth, or int16.
        let scale = case.number("scale_axes") as f32;
        let steps = if case.signal.iter().all(|x| x.fract() == 0.0) {
            1.0
        } else {
            1e4
        };
        let samples: Vec<i16> = case
            .signal
            .iter()
            .map(|x| (x * steps).round() as i16)
            .collect();
        let block = Raw {
            axes: (0..n_axes as u8).collect(),
            scale: scale / steps as f32,
        };
        let tables = RawTables::new(&block);
        let rows = samples.chunks_exact(n_axes);
        let out: Vec<f32> = rows
            .flat_map(|sample| tables.block().frame(sample, &mut [f32::NAN; 3]).to_vec())
            .collect();
        let peak = floats(&case.value["features"]);
        let peak = peak.iter().fold(0.0f64, |peak, x| peak.max(x.abs()));
        case.compare(&out, |_, _| 1e-6 * peak);
    }
}

#[test]
fn images_agree() {
    let Some(cases) = cases("image") else { return };
    assert!(cases.len() >= 8, "{} cases", cases.len());
    for case in cases {
        let frame: Vec<u8> = case.signal.iter().map(|x| *x as u8).collect();
        let image = Image {
            n_pixels: frame.len() / 3,
            n_channels: 3,
            channels: match case.text("channels") {
                "RGB" => Channels::Same,
                _ => Channels::Grey,
            },
        };
        let mut out = vec![f32::NAN; image.row_len()];
        let out = image.frame(&frame, &mut out);
        case.compare(out, |_, _| 1e-6);
    }
}
