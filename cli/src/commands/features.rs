//! `impulse features`: what the network sees of a recording, as a picture and as numbers.

use std::path::{Path, PathBuf};

use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::exec::FrontEnd;
use impulse_ir::features::{FeatureBlock, LOG_FLOOR, Normalize, Part, Spectrogram, Stft, Taper};
use impulse_ir::spec::{Sensor, Window};
use impulse_train::{audio, data};

use super::fmt::replace_bytes;
use crate::args::Features;
use crate::failure::{Failure, read_error};
use crate::picture::{self, Across, Content, Heatmap, Panel};
use crate::project::Project;
use crate::tables;
use crate::ui::{Ui, print};

/// Width and height of a pixel of an image in a picture of it.
const PIXEL: usize = 8;

/// Draws a recording's window: samples or pixels, the spectrogram of a sound, and features.
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
    let is_png = is_png(args.output.as_deref().unwrap_or(Path::new("")))?;
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
    let map = Heatmap::of_features(&features, shape);
    let of_blocks = of_blocks(&front_end, &project.spec.features, window, &features);
    let bytes = match (is_png, &window.sensor) {
        (true, Sensor::Image(_)) => map.png(PIXEL),
        (true, _) => {
            let of_blocks = of_blocks.iter().map(|(map, _)| map);
            let maps: Vec<&Heatmap> = spectrogram.iter().chain(of_blocks).collect();
            picture::stacked(&maps)
        }
        (false, _) => {
            let seen = Seen {
                samples: &samples,
                spectrogram: spectrogram.as_ref(),
                features: &features,
                map: &map,
                shape,
                blocks: &project.spec.features,
                of_blocks,
            };
            figure(window, &seen)?.into_bytes()
        }
    };
    replace_bytes(&picture, &bytes)?;
    ui.done("drew", &picture.display().to_string());
    Ok(())
}

/// Whether a picture of this name is a PNG, not an SVG.
fn is_png(picture: &Path) -> Result<bool, Diagnostic> {
    let ending = picture.extension().unwrap_or_default().to_string_lossy();
    match ending.to_ascii_lowercase().as_str() {
        "png" => Ok(true),
        "svg" | "" => Ok(false),
        _ => {
            let message = format!("expected a picture that ends in .svg or .png, found .{ending}");
            Err(Diagnostic::file(codes::FILE_WRITE, picture, message))
        }
    }
}

/// The window of the recording that training would take, or the one that begins at `--at`.
fn chosen_window(window: &Window, args: &Features) -> Result<Vec<i16>, Failure> {
    std::fs::metadata(&args.clip).map_err(|e| read_error(&args.clip, &e))?;
    let refuse = |message: String| {
        Failure::from(Diagnostic::file(
            codes::CLIP_UNREADABLE,
            &args.clip,
            message,
        ))
    };
    let samples = match window.sensor {
        Sensor::Audio => audio::read_at(&args.clip, window.rate_hz)?,
        Sensor::Motion(_) | Sensor::Image(_) => {
            let bytes = std::fs::read(&args.clip).map_err(|e| read_error(&args.clip, &e))?;
            data::signal(bytes, &args.clip, window).map_err(refuse)?
        }
    };
    let (length, n_axes) = (window.length_samples * window.n_axes, window.n_axes);
    let start = match (args.at, &window.sensor) {
        (None, Sensor::Audio) => {
            let mut all = data::cut::windows(&samples, length);
            return Ok(all.swap_remove(0));
        }
        (None, _) => 0,
        (Some(_), Sensor::Image(_)) => {
            return Err(refuse("expected no --at: an image has no time".to_owned()));
        }
        (Some(seconds), _) => {
            let rate_hz = f64::from(window.rate_hz);
            let start = (seconds * rate_hz).round() as usize;
            let n_samples = samples.len() / n_axes.max(1);
            if start >= n_samples {
                return Err(refuse(format!(
                    "--at is {seconds} s, the recording has {:.2} s",
                    n_samples as f64 / rate_hz
                )));
            }
            start * n_axes
        }
    };
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

/// Levels of all frequencies of a sound over time, by the device's code: frames of about 20 ms. None where
/// the window is too short for one.
fn spectrogram(window: &Window, samples: &[i16]) -> Option<Heatmap> {
    if window.sensor != Sensor::Audio {
        return None;
    }
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
    let block = FeatureBlock::Spectrogram(Spectrogram::of_sound(stft, LOG_FLOOR, Normalize::None));
    if !block.problems(window).is_empty() {
        return None;
    }
    let front_end = FrontEnd::new(window, &[block]);
    let mut levels = Vec::new();
    front_end.features(samples, &mut levels);
    Some(Heatmap::new(&levels, front_end.shape().last().copied()?))
}

/// What is drawn of a window.
struct Seen<'a> {
    samples: &'a [i16],
    spectrogram: Option<&'a Heatmap>,
    features: &'a [f32],
    map: &'a Heatmap,
    shape: &'a [usize],
    blocks: &'a [FeatureBlock],
    /// The features of each block.
    of_blocks: Vec<(Heatmap, Vec<f32>)>,
}

/// The recording as its sensor has it, and what the network sees of it.
fn figure(window: &Window, seen: &Seen<'_>) -> Result<String, Diagnostic> {
    let seconds = window.length_samples as f64 / f64::from(window.rate_hz.max(1));
    let time = Across::Time(seconds);
    let panel = |title: &str, across, content| Panel {
        title: title.to_owned(),
        across,
        content,
    };
    let recording = match &window.sensor {
        Sensor::Audio => panel("samples", time, Content::Samples(seen.samples, &[], 1.0)),
        Sensor::Motion(motion) => {
            let scale = f64::from(motion.range);
            let content = Content::Samples(seen.samples, &motion.axes, scale);
            panel(
                &format!("samples: {}", motion.axes.join(", ")),
                time,
                content,
            )
        }
        Sensor::Image(image) => {
            let png = picture::photograph(seen.samples, image.size, window.n_axes);
            panel(
                "the image as the window has it",
                time,
                Content::Picture(png),
            )
        }
    };
    let mut panels = vec![recording];
    panels.extend(seen.spectrogram.map(|map| {
        let top = f64::from(window.rate_hz) / 2.0;
        panel("spectrogram, Hz", time, Content::Values(map, top))
    }));
    if let [_, _, ..] = seen.blocks {
        panels.extend(each_block(window, seen, time));
        return drawn(&panels);
    }
    let title = format!("features {}", tables::shape(seen.shape));
    panels.push(match (&window.sensor, seen.shape) {
        (_, [n]) => panel(&title, Across::Index(*n), Content::List(seen.features)),
        (Sensor::Image(_), _) => panel(&title, time, Content::Picture(seen.map.png(1))),
        _ => {
            let top = seen.map.height as f64;
            panel(&title, time, Content::Values(seen.map, top))
        }
    });
    drawn(&panels)
}

/// A panel for each of several blocks: what it is, and its features alone.
fn each_block<'a>(window: &Window, seen: &'a Seen<'_>, time: Across) -> Vec<Panel<'a>> {
    let panel = |(block, (map, values)): (&FeatureBlock, &'a (Heatmap, Vec<f32>))| {
        let (across, content) = match block.shape(window)[..] {
            [_, n] if n > 1 => (time, Content::Values(map, map.height as f64)),
            _ => (Across::Index(values.len()), Content::List(values)),
        };
        let title = tables::feature_line(block, window);
        Panel {
            title,
            across,
            content,
        }
    };
    seen.blocks.iter().zip(&seen.of_blocks).map(panel).collect()
}

/// The features of each block, taken out of those of all.
fn of_blocks(
    front_end: &FrontEnd,
    blocks: &[FeatureBlock],
    window: &Window,
    all: &[f32],
) -> Vec<(Heatmap, Vec<f32>)> {
    let parts = front_end.layout().parts.iter().zip(blocks);
    let of_part = |(part, block): (&Part, &FeatureBlock)| {
        let row = |row| {
            let at = part.place.offset + row * part.place.row_stride;
            all[at..at + part.width()].iter().copied()
        };
        let values: Vec<f32> = (0..part.n_frames).flat_map(row).collect();
        let map = Heatmap::of_features(&values, &block.shape(window));
        (map, values)
    };
    parts.map(of_part).collect()
}

fn drawn(panels: &[Panel<'_>]) -> Result<String, Diagnostic> {
    picture::svg(panels).map_err(|e| {
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
