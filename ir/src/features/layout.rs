//! Feature blocks side by side: which streams of frames they need, what waits in memory, and
//! where each block's values belong in the network's input.
//!
//! Blocks that cut the window the same way share a stream, so the samples are kept once. Where
//! all blocks share one stream of frames, their columns stand side by side in each row; else the
//! blocks follow one another.

use impulse_runtime::features::{
    Deltas as DeviceDeltas, Grid, Normalize as DeviceNormalize, Place,
};
use impulse_runtime::stream::Frames;

use super::fixed::{self, FixedScaling};
use super::{FeatureBlock, InputQuantization, Problem, Tables};
use crate::diagnostic::codes;
use crate::spec::{SampleType, Window};

/// The blocks of a spec in their places.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The type of the samples.
    pub sample: SampleType,
    /// Values of a window: samples times axes.
    pub n_values: usize,
    /// The ways in which the window is cut.
    pub streams: Vec<Stream>,
    /// The blocks.
    pub parts: Vec<Part>,
    /// Shape of the features.
    pub shape: Vec<usize>,
}

/// One way of cutting the window, with a sample buffer of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// What follows the names of its buffers: nothing where there is one stream, else `_0`, `_1`.
    pub suffix: String,
    /// The cut.
    pub frames: Frames,
}

/// A block in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its keyword, with a number where there are several of one keyword: `mfcc`, `mfcc_1`.
    pub name: String,
    /// What follows the name of its ring: nothing where there is one block, else `_0`, `_1`.
    pub suffix: String,
    /// The block as the device has it.
    pub tables: Tables,
    /// Index of its stream.
    pub stream: usize,
    /// Rows of a window.
    pub n_frames: usize,
    /// Values of a row.
    pub n_columns: usize,
    /// What is done over the rows; without it they wait as int8.
    pub normalize: Option<DeviceNormalize>,
    /// Differences over the rows, which stand behind them in the network's input.
    pub deltas: Option<DeviceDeltas>,
    /// In which int16 they wait else.
    pub grid: Grid,
    /// Where the values belong.
    pub place: Place,
}

/// A value of the emitted state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Element {
    /// 4 bytes.
    F32,
    /// 2 bytes.
    I16,
    /// 1 byte.
    I8,
    /// 1 byte.
    U8,
}

/// An array of the emitted state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ArrayKind,
    /// Type of its values.
    pub element: Element,
    /// Number of its values.
    pub len: usize,
}

/// What an array of the emitted state holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayKind {
    /// Samples of a stream, by its index.
    Samples(usize),
    /// Rows of a block, by its index.
    Features(usize),
    /// The network's input while windows are not complete on every stream.
    Input,
}

impl Element {
    /// Its size.
    pub fn bytes(self) -> usize {
        match self {
            Element::F32 => 4,
            Element::I16 => 2,
            Element::I8 | Element::U8 => 1,
        }
    }
}

impl From<SampleType> for Element {
    fn from(sample: SampleType) -> Self {
        match sample {
            SampleType::I16 => Element::I16,
            SampleType::F32 => Element::F32,
            SampleType::U8 => Element::U8,
        }
    }
}

impl Layout {
    /// Most blocks of an impulse: each has a bit in a byte.
    pub const BLOCKS_MAX: usize = 8;

    /// The layout of `features`, which must be without problems on `window`.
    pub fn new(window: &Window, features: &[FeatureBlock]) -> Self {
        let mut cuts: Vec<Frames> = Vec::new();
        let mut parts = Vec::new();
        for (i, block) in features.iter().enumerate() {
            let frames = block.frames(window);
            let stream = cuts.iter().position(|&c| c == frames).unwrap_or(cuts.len());
            if stream == cuts.len() {
                cuts.push(frames);
            }
            let tables = block.tables(window);
            let same = |b: &&FeatureBlock| b.keyword() == block.keyword();
            let number = features[..i].iter().filter(same).count();
            parts.push(Part {
                name: numbered(block.keyword(), "_", (number > 0).then_some(number)),
                suffix: numbered("", "_", (features.len() > 1).then_some(i)),
                stream,
                n_frames: frames.n_frames,
                n_columns: block.n_columns(window),
                normalize: block
                    .normalize()
                    .device()
                    .or(block.deltas().map(|_| DeviceNormalize::Plain)),
                deltas: block.deltas().map(|deltas| deltas.device()),
                grid: grid(tables.device().bound()),
                tables,
                place: Place {
                    offset: 0,
                    row_stride: 0,
                },
            });
        }
        let mut layout = Self {
            sample: window.sample(),
            n_values: window.length_samples * window.n_axes,
            streams: Vec::new(),
            parts,
            shape: Layout::shape(window, features),
        };
        layout.place(features.len() > 1 && cuts.len() == 1 && cuts[0].n_frames > 1);
        let several = cuts.len() > 1;
        let streams = cuts.into_iter().enumerate().map(|(i, frames)| Stream {
            suffix: numbered("", "_", several.then_some(i)),
            frames,
        });
        layout.streams = streams.collect();
        layout
    }

    /// Shape of the features: that of a single block, `[frames, columns]` of blocks with the same
    /// frames, the number of all values of others.
    pub fn shape(window: &Window, features: &[FeatureBlock]) -> Vec<usize> {
        if let [block] = features {
            return block.shape(window);
        }
        let cuts = features.iter().map(|b| (b.frames(window), b.width(window)));
        let cuts: Vec<(Frames, usize)> = cuts.collect();
        let n_columns: usize = cuts.iter().map(|(_, n)| n).sum();
        match cuts.first() {
            Some((first, _)) if first.n_frames > 1 && cuts.iter().all(|(f, _)| f == first) => {
                vec![first.n_frames, n_columns]
            }
            _ => vec![cuts.iter().map(|(frames, n)| frames.n_frames * n).sum()],
        }
    }

    /// What cannot work about blocks side by side, each of which works by itself.
    pub fn problems(window: &Window, features: &[FeatureBlock]) -> Vec<Problem> {
        let mut hops: Vec<usize> = Vec::new();
        for block in features {
            let frames = block.frames(window);
            let hop_samples = frames.hop_samples / window.n_axes.max(1);
            if frames.n_frames > 1 && !hops.contains(&hop_samples) {
                hops.push(hop_samples);
            }
        }
        hops.sort_unstable();
        // Each block's window may be late by its hop; no block may be a whole window ahead.
        let needed: usize = hops.iter().rev().take(2).sum();
        if hops.len() < 2 || window.stride_samples >= needed {
            return Vec::new();
        }
        let ms = |n| super::stft::milliseconds(n, window.rate_hz);
        let message = format!(
            "expected a stride of at least {} for blocks with frames every {} and every {}, found {}",
            ms(needed),
            ms(hops[hops.len() - 1]),
            ms(hops[hops.len() - 2]),
            ms(window.stride_samples)
        );
        let problem = Problem::new(codes::STRIDE, "stride", message);
        vec![problem.hint("or give the blocks the same frames")]
    }

    fn place(&mut self, in_rows: bool) {
        let row: usize = self.parts.iter().map(Part::width).sum();
        let mut offset = 0;
        for part in &mut self.parts {
            part.place = Place {
                offset,
                row_stride: if in_rows { row } else { part.width() },
            };
            offset += part.width() * if in_rows { 1 } else { part.n_frames };
        }
    }

    /// Values of one window's features.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|p| p.n_frames * p.width()).sum()
    }

    /// Whether there are no features.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Columns of all blocks.
    pub fn n_columns(&self) -> usize {
        self.parts.iter().map(Part::width).sum()
    }

    /// The column of each of the features, columns counted block after block.
    pub fn columns(&self) -> Vec<usize> {
        let mut columns = vec![0; self.len()];
        let mut first = 0;
        for part in &self.parts {
            for row in 0..part.n_frames {
                let at = part.place.offset + row * part.place.row_stride;
                let of_row = columns[at..at + part.width()].iter_mut();
                of_row.zip(first..).for_each(|(c, column)| *c = column);
            }
            first += part.width();
        }
        columns
    }

    /// Numbers of scratch that every block finds enough.
    pub fn scratch_len(&self) -> usize {
        let lens = self.parts.iter().map(|p| p.tables.device().scratch_len());
        lens.max().unwrap_or(0)
    }

    /// Whether the network's input has to be kept while windows complete one after another.
    pub fn keeps_input(&self) -> bool {
        self.streams.len() > 1
    }

    /// The arrays of the emitted state in their order, which is by falling alignment.
    pub fn arrays(&self) -> Vec<Array> {
        let mut arrays = Vec::new();
        for (i, part) in self.parts.iter().enumerate() {
            arrays.push(Array {
                name: format!("features{}", part.suffix),
                kind: ArrayKind::Features(i),
                element: part.element(),
                len: part.len(),
            });
        }
        for (i, stream) in self.streams.iter().enumerate() {
            arrays.push(Array {
                name: format!("samples{}", stream.suffix),
                kind: ArrayKind::Samples(i),
                element: self.sample.into(),
                len: stream.frames.frame_samples,
            });
        }
        if self.keeps_input() {
            arrays.push(Array {
                name: "input".to_owned(),
                kind: ArrayKind::Input,
                element: Element::I8,
                len: self.len(),
            });
        }
        arrays.sort_by_key(|a| a.element);
        arrays
    }
}

impl Part {
    /// Values of a window that wait in its ring.
    pub fn len(&self) -> usize {
        self.n_frames * self.n_columns
    }

    /// Values of a row with its differences, as the network sees it.
    pub fn width(&self) -> usize {
        self.n_columns * (1 + self.deltas.map_or(0, |deltas| deltas.order))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How its rows become int8, of a block in integers.
    pub fn scaling(&self, by: &InputQuantization) -> Option<FixedScaling> {
        let scaling = || fixed::scaling(self.grid, self.normalize, self.n_frames, by);
        self.tables.is_fixed().then(scaling)
    }

    /// What an integer that becomes int8 is divided by to be the feature's value, a power of two; of a
    /// block in integers.
    pub fn fixed_per_unit(&self) -> f32 {
        fixed::per_unit(self.grid, self.normalize)
    }

    /// `values` of a row of its features, before any scale, as int8.
    pub fn quantize_row(&self, by: &InputQuantization, values: &[f32], out: &mut [i8]) {
        let Some(scaling) = self.scaling(by) else {
            return by.device().store(values, out);
        };
        let per_unit = self.fixed_per_unit();
        for (column, (q, &x)) in out.iter_mut().zip(values).enumerate() {
            // Exact: features of a block in integers are such numbers.
            *q = scaling.device().apply(column, (x * per_unit) as i32);
        }
    }

    /// In which type its rows wait.
    pub fn element(&self) -> Element {
        match self.normalize {
            Some(_) => Element::I16,
            None => Element::I8,
        }
    }
}

/// The finest grid of a power of two that holds values up to `bound`.
pub(super) fn grid(bound: f32) -> Grid {
    let mut per_unit = 1.0f32;
    // Powers as they are.
    while per_unit * bound > 32_767.0 && per_unit > 1e-9 {
        per_unit /= 2.0;
    }
    while per_unit * 2.0 * bound < 32_767.0 && per_unit < 32_768.0 {
        per_unit *= 2.0;
    }
    Grid { per_unit }
}

fn numbered(name: &str, separator: &str, number: Option<usize>) -> String {
    match number {
        Some(n) => format!("{name}{separator}{n}"),
        None => name.to_owned(),
    }
}
