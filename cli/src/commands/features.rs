//! `impulse features`: what the network sees of a recording, as a picture and as numbers.

use std::path::{Path, PathBuf};

use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::exec::FrontEnd;
use impulse_ir::features::{FeatureBlock, LOG_FLOOR, Normalize, Spectrogram, Stft, Taper};
use impulse_ir::spec::Window;
use impulse_train::{audio, data};

use super::fmt::replace_bytes;
use crate::args::Features;
use crate::failure::{Failure, read_error};
use crate::picture::{self, Content, Heatmap, Panel};
use crate::project::Project;
use crate::tables;
use crate::ui::{Ui, print};

/// Draws a recording's window: samples, spectrogram and features.
///
/// # Errors
/// When the spec or the recording cannot be read, or an output cannot be written.
pub fn run(args: &Features, ui: Ui) -> Result<(), Failure> {
    let project = Project::load(args.spec.as_deref())?;
    ui.diagnostics(&project.warnings, Some(&project.source));
    draw(&project, args, ui).map_err(|f| project.fail(f))
}

fn draw(project: &Project, args: &Features, ui: Ui) -> Result<(), Failure> {
    let window = &project.spec.window;
    let samples = chosen_window(window, args)?;
    let front_end = FrontEnd::new(window, &project.spec.features);
    let mut features = Vec::new();
    front_end.features(samples.as_slice(), &mut features);
    let shape = front_end.shape();
    describe(project, args, shape, &features);
    if let Some(path) = &args.npy {
        replace_bytes(path, &npy(shape, &features))?;
        ui.done("wrote", &path.display().to_string());
    }
    let picture = match (&args.output, &args.npy) {
        (Some(path), _) => path.clone(),
        (None, Some(_)) => return Ok(()),
        (None, None) => beside(&args.clip),
    };
    let spectrogram = spectrogram(window, &samples);
    let map = Heatmap::new(&features, shape.last().copied().unwrap_or(1));
    let bytes = if picture
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("png"))
    {
        let maps: Vec<&Heatmap> = spectrogram.iter().chain([&map]).collect();
        picture::stacked(&maps)
    } else {
        figure(window, &samples, spectrogram.as_ref(), &map, shape)?.into_bytes()
    };
    replace_bytes(&picture, &bytes)?;
    ui.done("drew", &picture.display().to_string());
    Ok(())
}

/// The window of the recording that training would take, or the one that begins at `--at`.
fn chosen_window(window: &Window, args: &Features) -> Result<Vec<i16>, Failure> {
    std::fs::metadata(&args.clip).map_err(|e| read_error(&args.clip, &e))?;
    let samples = audio::read_at(&args.clip, window.rate_hz)?;
    let length = window.length_samples;
    let Some(seconds) = args.at else {
        let mut all = data::cut::windows(&samples, length);
        return Ok(all.swap_remove(0));
    };
    let rate_hz = f64::from(window.rate_hz);
    let start = (seconds * rate_hz).round() as usize;
    if start >= samples.len() {
        let message = format!(
            "--at is {seconds} s, the recording has {:.2} s",
            samples.len() as f64 / rate_hz
        );
        return Err(Diagnostic::file(codes::CLIP_UNREADABLE, &args.clip, message).into());
    }
    let mut cut = samples[start..samples.len().min(start + length)].to_vec();
    cut.resize(length, 0);
    Ok(cut)
}

fn describe(project: &Project, args: &Features, shape: &[usize], features: &[f32]) {
    let blocks = project.spec.features.iter();
    let lines: Vec<String> = blocks
        .map(|b| tables::feature_line(b, &project.spec.window))
        .collect();
    print(&format!("{}: {}", args.clip.display(), lines.join("; ")));
    let least = features.iter().copied().fold(f32::INFINITY, f32::min);
    let most = features.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    print(&format!(
        "{} values {}, from {least:.3} to {most:.3}",
        features.len(),
        tables::shape(shape)
    ));
}

/// The picture's name where none is given: that of the recording, in the current folder.
fn beside(clip: &Path) -> PathBuf {
    let name = clip.file_stem().unwrap_or_default().to_string_lossy();
    PathBuf::from(format!("{name}.features.svg"))
}

/// Levels of all frequencies over time, by the device's code: frames of about 20 ms. None where
/// the window is too short for one.
fn spectrogram(window: &Window, samples: &[i16]) -> Option<Heatmap> {
    let frame_samples = (window.rate_hz as usize / 50).clamp(16, 2048);
    let stft = Stft {
        frame_samples,
        hop_samples: (frame_samples / 4).max(1),
        fft_samples: frame_samples.next_power_of_two(),
        pre_emphasis: 0.0,
        taper: Taper::Hann,
        edge_impulse: false,
        levels: Default::default(),
    };
    let block = FeatureBlock::Spectrogram(Spectrogram {
        stft,
        log_floor: LOG_FLOOR,
        normalize: Normalize::None,
    });
    if !block.problems(window).is_empty() {
        return None;
    }
    let front_end = FrontEnd::new(window, &[block]);
    let mut levels = Vec::new();
    front_end.features(samples, &mut levels);
    Some(Heatmap::new(&levels, front_end.shape().last().copied()?))
}

fn figure(
    window: &Window,
    samples: &[i16],
    spectrogram: Option<&Heatmap>,
    features: &Heatmap,
    shape: &[usize],
) -> Result<String, Diagnostic> {
    let mut panels = vec![Panel {
        title: "samples".to_owned(),
        content: Content::Samples(samples),
    }];
    let rate_hz = f64::from(window.rate_hz);
    panels.extend(spectrogram.map(|map| Panel {
        title: "spectrogram, Hz".to_owned(),
        content: Content::Values(map, rate_hz / 2.0),
    }));
    panels.push(Panel {
        title: format!("features {}", tables::shape(shape)),
        content: Content::Values(features, features.height as f64),
    });
    picture::svg(&panels, samples.len() as f64 / rate_hz.max(1.0)).map_err(|e| {
        Diagnostic::general(
            codes::FILE_WRITE,
            format!("the picture cannot be drawn: {e}"),
        )
    })
}

/// The values as NumPy's `.npy`, version 1.0: little-endian float32 in C order.
fn npy(shape: &[usize], values: &[f32]) -> Vec<u8> {
    let dims: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if dims.len() == 1 { "," } else { "" };
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{comma}), }}",
        dims.join(", ")
    );
    // Magic, version, length and header together are a multiple of 64, ending in a line break.
    let padding = (64 - (10 + header.len() + 1) % 64) % 64;
    header.push_str(&" ".repeat(padding));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_numpy_reads_them() {
        let bytes = npy(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, -0.5]);
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((10 + length) % 64, 0);
        let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
        assert!(header.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
        assert!(header.ends_with('\n'));
        assert_eq!(bytes[10 + length..].len(), 24);
        assert_eq!(bytes[10 + length + 20..], (-0.5f32).to_le_bytes());
        let flat = npy(&[6], &[0.0; 6]);
        assert!(String::from_utf8_lossy(&flat).contains("'shape': (6,), }"));
    }
}
