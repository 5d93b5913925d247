//! Features on the host, by the device's code.

use impulse_runtime::features::fixed;

use crate::features::{FeatureBlock, InputQuantization, Layout, Part, Samples};
use crate::spec::Window;

/// The feature blocks of a spec with their tables. Shared freely between threads.
#[derive(Clone, Debug)]
pub struct FrontEnd {
    layout: Layout,
    /// What each feature is multiplied by; empty for nothing.
    factors: Vec<f32>,
}

impl FrontEnd {
    /// The blocks, which must be without problems on `window` (see
    /// [`crate::features::Block::problems`]).
    pub fn new(window: &Window, features: &[FeatureBlock]) -> FrontEnd {
        FrontEnd {
            layout: Layout::new(window, features),
            factors: Vec::new(),
        }
    }

    /// The same with the columns multiplied by `scales`, those of
    /// [`crate::graph::Graph::input_scales`]; not another where they are not of these columns.
    pub fn scaled(mut self, scales: &[f32]) -> FrontEnd {
        if scales.len() == self.layout.n_columns() {
            let columns = self.layout.columns();
            self.factors = columns.into_iter().map(|c| scales[c]).collect();
        }
        self
    }

    /// Where each block's values belong.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Shape of the features of one window: that of a single block, `[frames, columns]` of blocks
    /// with the same frames, the number of all values of others.
    pub fn shape(&self) -> &[usize] {
        &self.layout.shape
    }

    /// Values of one window.
    pub fn len(&self) -> usize {
        self.layout.len()
    }

    /// Whether there are no features.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Features of one window after normalization and before quantization, in the order of
    /// [`FrontEnd::shape`]. `samples` is a whole window; what is missing at its end counts as
    /// silence, what is too much is ignored. `out` is replaced.
    pub fn features<'s>(&self, samples: impl Into<Samples<'s>>, out: &mut Vec<f32>) {
        self.unscaled(samples, out);
        self.scale(out);
    }

    /// Multiplies each of the features of a window by the scale of its column.
    pub fn scale(&self, features: &mut [f32]) {
        for (value, factor) in features.iter_mut().zip(&self.factors) {
            *value *= factor;
        }
    }

    /// [`FrontEnd::features`] before [`FrontEnd::scale`].
    pub fn unscaled<'s>(&self, samples: impl Into<Samples<'s>>, out: &mut Vec<f32>) {
        let samples = samples.into();
        let (converted, padded);
        let samples = if samples.sample() == self.layout.sample {
            samples
        } else {
            converted = samples.of(self.layout.sample);
            converted.samples()
        };
        let samples = if samples.len() == self.layout.n_values {
            samples
        } else {
            padded = samples.resized(self.layout.n_values);
            padded.samples()
        };
        let mut scratch = vec![0.0; self.layout.scratch_len()];
        out.clear();
        out.resize(self.len(), 0.0);
        for part in &self.layout.parts {
            self.part(part, samples, &mut scratch, out);
        }
    }

    fn part(&self, part: &Part, samples: Samples<'_>, scratch: &mut [f32], out: &mut [f32]) {
        let frames = self.layout.streams[part.stream].frames;
        let (n_columns, place) = (part.n_columns, part.place);
        let mut rows = vec![0.0; part.len()];
        part.tables
            .device()
            .rows(samples, frames, scratch, &mut rows);
        let Some(normalize) = part.normalize else {
            for (row, values) in rows.chunks_exact(n_columns).enumerate() {
                let at = place.offset + row * place.row_stride;
                out[at..at + n_columns].copy_from_slice(values);
            }
            return;
        };
        let ring: Vec<i16> = rows.iter().map(|&x| part.grid.step(x)).collect();
        let mut store = |row: usize, column: usize, value: f32| {
            out[place.offset + row * place.row_stride + column] = value;
        };
        // Only what is done before the quantization matters here.
        let any = InputQuantization {
            inverse_scales: vec![1.0],
            zero_point: 0,
        };
        if let Some(scaling) = part.scaling(&any) {
            let per_unit = part.fixed_per_unit();
            let mut store = |row, column, value| store(row, column, value as f32 / per_unit);
            let scaling = scaling.device();
            scaling.each(normalize, &ring, n_columns, 0, &mut store);
            if let Some(deltas) = part.deltas {
                fixed::deltas::each((deltas, normalize), &scaling, &ring, n_columns, 0, store);
            }
            return;
        }
        normalize.each(part.grid, &ring, n_columns, 0, &mut store);
        if let Some(deltas) = part.deltas {
            deltas.each(normalize, part.grid, &ring, n_columns, 0, store);
        }
    }
}
