//! `features`: parameters in samples and hertz, and whether they can work.

use impulse_ir::diagnostic::codes;
use impulse_ir::features::mfcc::{Normalize, Taper};
use impulse_ir::features::{FeatureBlock, Mfcc};
use impulse_ir::spec::Window;
use impulse_ir::{Diagnostic, Span, Spanned};

use super::Checker;
use crate::model::{self, Block, Features, Impulse};
use crate::units::Quantity;

impl Checker {
    /// The feature blocks; `None` when one of them cannot work.
    pub(super) fn features(
        &mut self,
        impulse: &Impulse,
        window: &Window,
    ) -> Option<Vec<FeatureBlock>> {
        let n_before = self.diagnostics.len();
        let mut blocks = Vec::new();
        for Features::Mfcc(block) in &impulse.features {
            let Some(mfcc) = self.mfcc(block, window) else {
                continue;
            };
            let feature = FeatureBlock::Mfcc(mfcc);
            for problem in feature.problems(window) {
                let span = place(impulse, block, problem.key);
                let diagnostic = Diagnostic::error(problem.code, span, problem.message);
                self.report(match problem.hint {
                    Some(hint) => diagnostic.hint(hint),
                    None => diagnostic,
                });
            }
            blocks.push(feature);
        }
        if let Some(Features::Mfcc(second)) = impulse.features.get(1) {
            let message = format!(
                "expected one feature block, found {}",
                impulse.features.len()
            );
            self.error(codes::FEATURE_BLOCKS, second.name_span, message);
        }
        (self.diagnostics.len() == n_before && !blocks.is_empty()).then_some(blocks)
    }

    fn mfcc(&mut self, block: &Block<model::Mfcc>, window: &Window) -> Option<Mfcc> {
        self.missing(block, "features mfcc");
        let frame = block.frame.as_ref()?;
        self.missing(frame, "frame");
        let length = frame.length.as_ref()?;
        let rate_hz = window.rate_hz;
        let frame_samples = self.samples("frame", length, rate_hz)?;
        let hop_samples = match &frame.every {
            None => frame_samples,
            Some(every) => self.samples("every", every, rate_hz)?,
        };
        let hertz = |edge: &Option<Spanned<Quantity>>, default: f32| {
            edge.as_ref().map_or(default, |q| q.value.value as f32)
        };
        let shortest_fft = frame_samples
            .checked_next_power_of_two()
            .unwrap_or(0)
            .max(16);
        let count =
            |n: Option<Spanned<u64>>, default: usize| n.map_or(default, |n| n.value as usize);
        Some(Mfcc {
            frame_samples,
            hop_samples,
            fft_samples: count(block.fft, shortest_fft),
            n_filters: count(block.filters, 32),
            n_coefficients: count(block.coefficients, 13),
            low_hz: hertz(&block.low, 20.0),
            high_hz: hertz(&block.high, rate_hz as f32 / 2.0),
            pre_emphasis: hertz(&block.pre_emphasis, 0.97),
            taper: match block.taper.as_ref().map(|t| t.as_str()) {
                Some("hamming") => Taper::Hamming,
                Some("rectangular") => Taper::Rectangular,
                _ => Taper::Hann,
            },
            normalize: match block.normalize.as_ref().map(|n| n.as_str()) {
                Some("none") => Normalize::None,
                Some("mean") => Normalize::Mean,
                _ => Normalize::MeanVariance,
            },
        })
    }
}

/// Where a key of the block (or of the window) stands; the block's name where it is not given.
fn place(impulse: &Impulse, block: &Block<model::Mfcc>, key: &str) -> Span {
    let frame = block.frame.as_ref();
    let window = impulse.window.as_ref();
    let given = match key {
        "frame" => frame.and_then(|f| f.length.as_ref()).map(|q| q.span),
        "every" => frame
            .and_then(|f| f.every.as_ref().or(f.length.as_ref()))
            .map(|q| q.span),
        "length" => window.and_then(|w| w.length.as_ref()).map(|q| q.span),
        "stride" => window.map(|w| w.stride.as_ref().map_or(w.name_span, |q| q.span)),
        "filters" => block.filters.as_ref().map(|n| n.span),
        "coefficients" => block.coefficients.as_ref().map(|n| n.span),
        // Without a length of its own, the FFT is as long as the frame asks for.
        "fft" => block
            .fft
            .as_ref()
            .map(|n| n.span)
            .or(frame.and_then(|f| f.length.as_ref()).map(|q| q.span)),
        "low" => block.low.as_ref().map(|q| q.span),
        "high" => block.high.as_ref().map(|q| q.span),
        "pre_emphasis" => block.pre_emphasis.as_ref().map(|q| q.span),
        _ => None,
    };
    given.unwrap_or(block.name_span)
}
