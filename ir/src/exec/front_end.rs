//! Features on the host, by the device's code.

use impulse_runtime::features::Normalize as DeviceNormalize;

use crate::features::FeatureBlock;
use crate::features::mfcc::MfccTables;
use crate::spec::Window;

/// The feature blocks of a spec with their tables. Shared freely between threads.
#[derive(Clone, Debug)]
pub struct FrontEnd {
    blocks: Vec<Block>,
    shape: Vec<usize>,
    length_samples: usize,
}

#[derive(Clone, Debug)]
struct Block {
    tables: MfccTables,
    normalize: DeviceNormalize,
    n_frames: usize,
}

impl FrontEnd {
    /// The blocks, which must be without problems on `window` (see [`FeatureBlock::problems`]).
    pub fn new(window: &Window, features: &[FeatureBlock]) -> FrontEnd {
        let blocks: Vec<Block> = features
            .iter()
            .map(|FeatureBlock::Mfcc(block)| Block {
                tables: MfccTables::new(block, window.rate_hz),
                normalize: block.normalize.device(),
                n_frames: block.n_frames(window.length_samples),
            })
            .collect();
        let shape = match blocks.as_slice() {
            [one] => vec![one.n_frames, one.tables.n_coefficients],
            several => vec![several.iter().map(Block::len).sum()],
        };
        FrontEnd {
            blocks,
            shape,
            length_samples: window.length_samples,
        }
    }

    /// Shape of the features of one window: `[frames, coefficients]` of a single block, the
    /// number of all values of several.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Values of one window.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no features.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Features of one window after normalization and before quantization, in the order of
    /// [`FrontEnd::shape`], blocks one after the other. `samples` is a whole window; what is
    /// missing at its end counts as silence, what is too much is ignored. `out` is replaced.
    pub fn features(&self, samples: &[i16], out: &mut Vec<f32>) {
        let padded;
        let samples = if samples.len() < self.length_samples {
            let mut all = samples.to_vec();
            all.resize(self.length_samples, 0);
            padded = all;
            &padded[..]
        } else {
            &samples[..self.length_samples]
        };
        out.clear();
        for block in &self.blocks {
            let device = block.tables.block();
            let mut scratch = vec![0.0; device.scratch_len()];
            let mut raw = vec![0.0; block.len()];
            device.window(samples, &mut scratch, &mut raw);
            let start = out.len();
            out.resize(start + raw.len(), 0.0);
            block
                .normalize
                .apply(&raw, device.n_coefficients, 0, &mut out[start..]);
        }
    }
}

impl Block {
    fn len(&self) -> usize {
        self.n_frames * self.tables.n_coefficients
    }
}
