//! The clips of the report: what was said of each, where the explorer shows it, and the recordings
//! that are part of the page, within a limit.

use std::io::Cursor;

use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::exec::FrontEnd;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::spec::{Sensor, Window};
use impulse_train::data::Dataset;
use serde::Serialize;

use super::explorer;
use crate::evaluation::{Document, Network};
use crate::picture::{Heatmap, data_uri, photograph};

/// Most bytes of recordings in the page, as they stand in it.
const MEDIA_BYTES_MAX: usize = 2 << 20;

/// Most clips in the explorer and the lists.
const CLIPS_MAX: usize = 2000;

/// Most labels with a picture of their features.
const PICTURES_MAX: usize = 24;

/// The area under a curve and its corners.
type Curve = (Option<f64>, Vec<(f32, f32)>);

/// What the page's script draws.
#[derive(Serialize)]
pub struct Data {
    labels: Vec<String>,
    /// What is said of the clips that are part of the page and those that are not.
    pub note: String,
    /// Whether a recording is a sound, or an image; else it has lines over time.
    sound: bool,
    image: bool,
    n_axes: usize,
    clips: Vec<Clip>,
    /// Recordings as addresses.
    media: Vec<String>,
    /// ROC curves of int8 by label: its area and corners.
    roc: Vec<Curve>,
}

/// A clip, with short names: there are many.
#[derive(Serialize)]
struct Clip {
    /// Name.
    n: String,
    /// Label.
    l: usize,
    /// What int8 says.
    q: usize,
    /// Its probability of that, in percent.
    p: u8,
    /// What float says.
    f: Option<usize>,
    /// Place in the explorer, in thousandths.
    x: i16,
    y: i16,
    /// Recording.
    m: Option<usize>,
}

/// The features of a clip of a label.
#[derive(Serialize)]
pub struct Picture {
    label: String,
    clip: String,
    /// The shape of the features, and where their time is.
    shape: String,
    /// PNG as an address.
    image: String,
    /// Width by height, where it has to stay.
    aspect: Option<String>,
    /// The recording, where it is part of the page.
    media: Option<usize>,
}

/// The script's data and the pictures.
///
/// # Errors
/// When the network cannot be run.
pub fn data(
    document: &Document,
    set: &Dataset,
    pipeline: &Pipeline,
) -> Result<(Data, Vec<Picture>), Diagnostic> {
    let examples = examples(document);
    let order = order(document, &examples);
    let media = Media::new(document, set, &pipeline.window, &order);
    // The clips that matter most come first, so that a limit leaves out those that matter least.
    let mut shown: Vec<usize> = order.iter().copied().take(CLIPS_MAX).collect();
    shown.sort_unstable();
    let windows: Vec<&[i16]> = shown.iter().map(|&i| samples(document, set, i)).collect();
    let places = explorer::plane(&explorer::seen(pipeline, &windows)?);
    let clips = shown.iter().zip(places).map(|(&i, (x, y))| {
        let clip = &document.clips[i];
        let share = clip.int8_probabilities.get(clip.int8).copied();
        Clip {
            n: clip.name.clone(),
            l: clip.label,
            q: clip.int8,
            p: (share.unwrap_or(0.0) * 100.0).round() as u8,
            f: clip.float,
            x: (x * 1000.0) as i16,
            y: (y * 1000.0) as i16,
            m: media.of_clip[i],
        }
    });
    let data = Data {
        labels: document.labels.clone(),
        note: media.note(document.clips.len(), shown.len()),
        sound: pipeline.window.sensor == Sensor::Audio,
        image: matches!(pipeline.window.sensor, Sensor::Image(_)),
        n_axes: pipeline.window.n_axes,
        clips: clips.collect(),
        roc: roc(&document.int8),
        media: media.addresses.clone(),
    };
    Ok((data, pictures(document, set, pipeline, &examples, &media)))
}

fn roc(of: &Network) -> Vec<Curve> {
    let corner = |&(x, y): &(f64, f64)| {
        let short = |v: f64| (v * 1e4).round() as f32 / 1e4;
        (short(x), short(y))
    };
    let labels = of.per_label.iter();
    labels
        .map(|l| (l.auc, l.roc.iter().map(corner).collect()))
        .collect()
}

fn samples<'s>(document: &Document, set: &'s Dataset, clip: usize) -> &'s [i16] {
    let index = document.clips.get(clip).map(|c| c.index);
    let found = index.and_then(|i| set.clips.get(i));
    found.map_or(&[], |c| &c.samples)
}

/// A clip of each label, one that is classified rightly where there is one.
fn examples(document: &Document) -> Vec<Option<usize>> {
    (0..document.labels.len())
        .map(|label| {
            let mut of = document.clips.iter().enumerate();
            let right = of
                .clone()
                .find(|(_, c)| c.label == label && c.int8 == label);
            right
                .or_else(|| of.find(|(_, c)| c.label == label))
                .map(|(i, _)| i)
        })
        .collect()
}

/// All clips, those that are worth hearing first: an example of each label, then what is wrong, the
/// surest first, then what float and int8 do not agree on, then the others label by label.
fn order(document: &Document, examples: &[Option<usize>]) -> Vec<usize> {
    let clips = &document.clips;
    let mut taken = vec![false; clips.len()];
    let mut order = Vec::with_capacity(clips.len());
    let mut take = |i: usize| {
        if !std::mem::replace(&mut taken[i], true) {
            order.push(i);
        }
    };
    examples.iter().flatten().for_each(|&i| take(i));
    let mut wrong: Vec<usize> = (0..clips.len())
        .filter(|&i| clips[i].int8 != clips[i].label)
        .collect();
    let sure = |i: usize| {
        let clip = &clips[i];
        clip.int8_probabilities
            .get(clip.int8)
            .copied()
            .unwrap_or(0.0)
    };
    wrong.sort_by(|&a, &b| sure(b).total_cmp(&sure(a)));
    wrong.into_iter().for_each(&mut take);
    (0..clips.len())
        .filter(|&i| clips[i].float.is_some_and(|f| f != clips[i].int8))
        .for_each(&mut take);
    let mut by_label: Vec<Vec<usize>> = vec![Vec::new(); document.labels.len()];
    for (i, clip) in clips.iter().enumerate() {
        if let Some(list) = by_label.get_mut(clip.label) {
            list.push(i);
        }
    }
    let longest = by_label.iter().map(Vec::len).max().unwrap_or(0);
    for n in 0..longest {
        by_label
            .iter()
            .filter_map(|l| l.get(n))
            .for_each(|&i| take(i));
    }
    order
}

/// The recordings that are part of the page.
struct Media {
    addresses: Vec<String>,
    of_clip: Vec<Option<usize>>,
    n_bytes: usize,
}

impl Media {
    /// Of the clips in this order as many as the limit allows.
    fn new(document: &Document, set: &Dataset, window: &Window, order: &[usize]) -> Self {
        let mut media = Self {
            addresses: Vec::new(),
            of_clip: vec![None; document.clips.len()],
            n_bytes: 0,
        };
        for &i in order {
            let Some(address) = address(samples(document, set, i), window) else {
                break;
            };
            if media.n_bytes + address.len() > MEDIA_BYTES_MAX {
                break;
            }
            media.n_bytes += address.len();
            media.of_clip[i] = Some(media.addresses.len());
            media.addresses.push(address);
        }
        media
    }

    fn note(&self, n_clips: usize, n_shown: usize) -> String {
        let listed = if n_shown < n_clips {
            format!("{n_shown} of {n_clips} clips are listed; ")
        } else {
            String::new()
        };
        let heard = match self.addresses.len() {
            n if n == n_clips => "every clip is part of this page".to_owned(),
            n => format!(
                "the recordings of {n} of {n_clips} clips are part of this page (at most {} MiB): one of each label, those that are wrong, then others",
                MEDIA_BYTES_MAX >> 20
            ),
        };
        format!("{listed}{heard}")
    }
}

/// A recording as an address: an image as a PNG, others as a WAV file.
fn address(samples: &[i16], window: &Window) -> Option<String> {
    if let Sensor::Image(image) = &window.sensor {
        let png = photograph(samples, image.size, window.n_axes);
        return (!png.is_empty()).then(|| data_uri("image/png", &png));
    }
    wav(samples, window).map(|bytes| data_uri("audio/wav", &bytes))
}

/// A recording as the bytes of a WAV file of 16 bits, one channel per axis.
fn wav(samples: &[i16], window: &Window) -> Option<Vec<u8>> {
    let spec = hound::WavSpec {
        channels: u16::try_from(window.n_axes).ok()?,
        sample_rate: window.rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::with_capacity(44 + 2 * samples.len()));
    let mut writer = hound::WavWriter::new(&mut bytes, spec).ok()?;
    for &sample in samples {
        writer.write_sample(sample).ok()?;
    }
    writer.finalize().ok()?;
    Some(bytes.into_inner())
}

fn pictures(
    document: &Document,
    set: &Dataset,
    pipeline: &Pipeline,
    examples: &[Option<usize>],
    media: &Media,
) -> Vec<Picture> {
    let front_end = FrontEnd::new(&pipeline.window, &pipeline.features);
    let shape = front_end.shape();
    let mut features = Vec::new();
    let is_image = matches!(pipeline.window.sensor, Sensor::Image(_));
    let over_time = match shape {
        [_, _, ..] if !is_image => ", time to the right",
        _ => "",
    };
    let examples = examples.iter().enumerate().take(PICTURES_MAX);
    examples
        .filter_map(|(label, clip)| {
            let clip = (*clip)?;
            front_end.features(samples(document, set, clip), &mut features);
            let map = Heatmap::of_features(&features, shape);
            let image = data_uri("image/png", &map.png(1));
            Some(Picture {
                label: document.labels[label].clone(),
                clip: document.clips[clip].name.clone(),
                shape: crate::tables::shape(shape) + over_time,
                image,
                aspect: is_image.then(|| format!("{} / {}", map.width.max(1), map.height.max(1))),
                media: media.of_clip[clip],
            })
        })
        .collect()
}
