//! `window motion`, `window image`, and the feature blocks over axes and images.

use impulse_ir::diagnostic::codes;
use impulse_ir::features::spectral::{Analysis, Cutoff, Fft, Filter, Spectral, Wavelet};
use impulse_ir::features::{FeatureBlock, Flatten, Image, Raw, flatten};
use impulse_ir::spec::{Channels, Fit, Interpolation, Motion, Picture, Sensor, Window};
use impulse_ir::{Diagnostic, Span, Spanned};

use super::{Checker, WINDOW_SAMPLES_MAX};
use crate::model::{self, Block, Features, SensorFeatures};
use crate::suggest::nearest;
use crate::tree::shorten;
use crate::units::Quantity;

/// Most axes of a sensor.
const AXES_MAX: usize = 64;

impl Checker {
    pub(super) fn motion(
        &mut self,
        block: &Block<model::Window>,
        length_samples: usize,
    ) -> Option<Sensor> {
        let (first, last) = (block.axes.first()?, block.axes.last()?);
        let n_before = self.diagnostics.len();
        if block.axes.len() > AXES_MAX {
            let message = format!(
                "`axes` expects 1 to {AXES_MAX} axes, found {}",
                block.axes.len()
            );
            self.error(codes::AXES, first.span.to(last.span), message);
        }
        for (i, axis) in block.axes.iter().enumerate().take(AXES_MAX) {
            if block.axes[..i].contains(axis) {
                let message = format!("the axis `{}` is given twice", shorten(axis));
                self.error(codes::AXES, axis.span, message);
            }
        }
        if (length_samples * block.axes.len()) as f64 > WINDOW_SAMPLES_MAX {
            let message = format!(
                "the window expects at most {WINDOW_SAMPLES_MAX} values, found {length_samples} samples of {} axes",
                block.axes.len()
            );
            self.error(codes::WINDOW, block.name_span, message);
        }
        let range = block.range.as_ref()?.value.value as f32;
        (self.diagnostics.len() == n_before).then(|| {
            Sensor::Motion(Motion {
                axes: block.axes.iter().map(|axis| axis.value.clone()).collect(),
                range,
            })
        })
    }

    pub(super) fn image_window(&mut self, block: &Block<model::Window>) -> Option<Window> {
        let [width, height] = block.size.as_ref()?.value[..] else {
            return None;
        };
        let rate = block.rate.as_ref().map_or(1.0, |rate| rate.value.value);
        if rate.fract() != 0.0
            && let Some(rate) = &block.rate
        {
            let found = rate.value.value;
            let message = format!("the rate expects a whole number of Hz, found {found} Hz");
            self.error(codes::WINDOW, rate.span, message);
            return None;
        }
        let n_pixels = (width * height) as usize;
        let word = |text: &Option<Spanned<String>>, word| {
            text.as_ref().is_some_and(|text| text.value == word)
        };
        let fit = match block.resize.as_ref().map(|r| r.as_str()) {
            Some("fit") => Fit::Fit,
            Some("crop") => Fit::Crop,
            _ => Fit::Squash,
        };
        Some(Window {
            // That of the pixels.
            rate_hz: rate as u32 * n_pixels as u32,
            length_samples: n_pixels,
            stride_samples: n_pixels,
            n_axes: if word(&block.color, "rgb") { 3 } else { 1 },
            sensor: Sensor::Image(Picture {
                size: [width as usize, height as usize],
                fit,
                interpolation: match word(&block.interpolate, "nearest") {
                    true => Interpolation::Nearest,
                    false => Interpolation::Bilinear,
                },
            }),
        })
    }

    /// A block over axes or images.
    pub(super) fn sensor_block(
        &mut self,
        features: &Features,
        window: &Window,
    ) -> Option<FeatureBlock> {
        let block = features.sensor()?;
        if let Features::Image(_) = features {
            return Some(FeatureBlock::Image(Image {
                channels: self.channels(block, window)?,
            }));
        }
        let axes = self.axes(&block.axes, window)?;
        let scale = step(&block.scale, window);
        let n_before = self.diagnostics.len();
        let found = match features {
            Features::Flatten(_) => FeatureBlock::Flatten(Flatten {
                axes,
                scale,
                statistics: statistics(block),
            }),
            Features::Raw(_) => FeatureBlock::Raw(Raw { axes, scale }),
            _ => FeatureBlock::Spectral(Spectral {
                axes,
                scale,
                decimation: block.decimate.map_or(1, |n| n.value as usize),
                filter: self.filter(block)?,
                analysis: analysis(features, block),
            }),
        };
        (self.diagnostics.len() == n_before).then_some(found)
    }

    fn channels(&mut self, block: &Block<SensorFeatures>, window: &Window) -> Option<Channels> {
        match block.color.as_ref() {
            Some(color) if color.value == "grey" && window.n_axes == 3 => Some(Channels::Grey),
            Some(color) if color.value == "rgb" && window.n_axes == 1 => {
                let message = "expected `grey`, found `rgb`: the window's images have no colours";
                let diagnostic = Diagnostic::error(codes::SENSOR, color.span, message);
                self.report(diagnostic.hint("give `window image` the `color rgb`"));
                None
            }
            _ => Some(Channels::Same),
        }
    }

    /// The axes that a block looks at, ascending.
    pub(super) fn axes(&mut self, axes: &[Spanned<String>], window: &Window) -> Option<Vec<u8>> {
        let names: &[String] = match &window.sensor {
            Sensor::Motion(motion) => &motion.axes,
            _ => &[],
        };
        if axes.is_empty() {
            return Some((0..window.n_axes as u8).collect());
        }
        let mut found = Vec::new();
        for axis in axes {
            match names.iter().position(|name| *name == axis.value) {
                Some(at) if found.contains(&(at as u8)) => {
                    let message = format!("the axis `{}` is given twice", shorten(axis));
                    self.error(codes::AXES, axis.span, message);
                }
                Some(at) => found.push(at as u8),
                None => {
                    let message = format!("the window has no axis `{}`", shorten(axis));
                    let diagnostic = Diagnostic::error(codes::AXES, axis.span, message);
                    self.report(match nearest(axis, names.iter().map(String::as_str)) {
                        Some(name) => {
                            diagnostic.fix(axis.span, name, format!("did you mean `{name}`?"))
                        }
                        None if names.is_empty() => diagnostic.hint("leave `axes` out"),
                        None => diagnostic.hint(format!("it has {}", names.join(", "))),
                    });
                }
            }
        }
        found.sort_unstable();
        (found.len() == axes.len()).then_some(found)
    }

    fn filter(&mut self, block: &Block<SensorFeatures>) -> Option<Filter> {
        let (filter, cutoff): (fn(Cutoff) -> Filter, _) = match (&block.low_pass, &block.high_pass)
        {
            (None, None) => return Some(Filter::None),
            (Some(_), Some(high)) => {
                let message = "expected `low_pass` or `high_pass`, found both";
                let diagnostic = Diagnostic::error(codes::CONFLICT, high.name_span, message);
                self.report(diagnostic.hint("leave one of them out"));
                return None;
            }
            (Some(low), None) => (Filter::Low, low),
            (None, Some(high)) => (Filter::High, high),
        };
        self.missing(cutoff, &cutoff_name(block));
        Some(filter(Cutoff {
            hz: cutoff.cutoff.as_ref()?.value.value as f32,
            order: cutoff.order.map_or(6, |n| n.value as usize),
        }))
    }
}

/// What a step of the samples is worth, in the unit of the sensor times a factor. Sound is from -1 to 1.
pub(super) fn step(factor: &Option<Spanned<Quantity>>, window: &Window) -> f32 {
    let factor = factor.as_ref().map_or(1.0, |s| s.value.value);
    let range = match &window.sensor {
        Sensor::Motion(motion) => f64::from(motion.range),
        Sensor::Audio | Sensor::Image(_) => 1.0,
    };
    (factor * range / 32_768.0) as f32
}

fn cutoff_name(block: &Block<SensorFeatures>) -> String {
    let name = if block.low_pass.is_some() {
        "low_pass"
    } else {
        "high_pass"
    };
    name.to_owned()
}

fn statistics(block: &SensorFeatures) -> [bool; flatten::STATISTICS.len()] {
    let given = |name: &str| block.statistics.iter().any(|s| s.value == name);
    flatten::STATISTICS.map(|name| block.statistics.is_empty() || given(name))
}

fn analysis(features: &Features, block: &SensorFeatures) -> Analysis {
    let is = |text: &Option<Spanned<String>>, default: bool| {
        text.as_ref().map_or(default, |text| text.value == "yes")
    };
    if let Features::Wavelet(_) = features {
        let family = block.family.as_ref().map_or("db4", |f| f.as_str());
        return Analysis::Wavelet {
            wavelet: Wavelet::find(family).unwrap_or(Wavelet::Db4),
            levels: block.levels.map_or(1, |n| n.value as usize),
        };
    }
    Analysis::Fft(Fft {
        samples: block.fft.map_or(64, |n| n.value as usize),
        overlap: is(&block.overlap, true),
        log: is(&block.log, true),
        low_frequencies: is(&block.low_frequencies, false),
    })
}

/// Where a key of a block stands, if it is given.
pub(super) fn place(block: &SensorFeatures, key: &str) -> Option<Span> {
    let cutoff = |cutoff: &Option<Block<model::Cutoff>>| {
        let cutoff = cutoff.as_ref()?;
        cutoff.cutoff.as_ref().map(|q| q.span)
    };
    let order = || {
        let filters = [&block.low_pass, &block.high_pass];
        let mut given = filters.into_iter().flatten().filter_map(|f| f.order);
        given.next().map(|n| n.span)
    };
    match key {
        "axes" => block.axes.first().map(|axis| axis.span),
        "scale" => block.scale.as_ref().map(|q| q.span),
        "decimate" => block.decimate.map(|n| n.span),
        "low_pass" => cutoff(&block.low_pass),
        "high_pass" => cutoff(&block.high_pass),
        "order" => order(),
        "fft" => block.fft.map(|n| n.span),
        "low_frequencies" => block.low_frequencies.as_ref().map(|t| t.span),
        "levels" => block.levels.map(|n| n.span),
        "statistics" => block.statistics.first().map(|t| t.span),
        "color" => block.color.as_ref().map(|t| t.span),
        _ => None,
    }
}
