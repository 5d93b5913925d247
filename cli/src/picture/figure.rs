//! A recording and what is made of it, one above the other: samples, spectrogram, features.

use std::error::Error;

use plotters::prelude::*;

use super::{Heatmap, data_uri};

const WIDTH: u32 = 860;
const PANEL_HEIGHT: u32 = 210;
const LEFT: u32 = 58;
const INK: RGBColor = RGBColor(59, 66, 78);
/// Colours of the axes of a recording, the first that of a sound.
const LINES: [RGBColor; 6] = [
    RGBColor(31, 111, 235),
    RGBColor(217, 95, 2),
    RGBColor(27, 158, 119),
    RGBColor(117, 112, 179),
    RGBColor(231, 41, 138),
    RGBColor(102, 102, 102),
];

/// A part of the figure.
pub struct Panel<'a> {
    /// What it shows.
    pub title: String,
    /// What the horizontal axis counts from 0 up to.
    pub across: Across,
    /// Its values.
    pub content: Content<'a>,
}

/// A horizontal axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Across {
    /// Seconds.
    Time(f64),
    /// Values of a list.
    Index(usize),
}

/// What a part of the figure shows.
pub enum Content<'a> {
    /// Samples, rows of axes of these names (none of a sound), and what their full scale stands for.
    Samples(&'a [i16], &'a [String], f64),
    /// Values over time, and what the vertical axis counts from 0 up to.
    Values(&'a Heatmap, f64),
    /// A list of values.
    List(&'a [f32]),
    /// A picture, as the bytes of a PNG.
    Picture(Vec<u8>),
}

/// The figure as SVG.
///
/// # Errors
/// None that an input can provoke: the figure is written to memory.
pub fn svg(panels: &[Panel<'_>]) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    // Pictures lie where the charts have their plotting areas, below their axes.
    let mut images = String::new();
    {
        let n = panels.len().max(1) as u32;
        let root = SVGBackend::with_string(&mut text, (WIDTH, n * PANEL_HEIGHT));
        let root = root.into_drawing_area();
        root.fill(&WHITE)?;
        for (area, panel) in root.split_evenly((n as usize, 1)).iter().zip(panels) {
            draw(area, panel, &mut images)?;
        }
        root.present()?;
    }
    let end = text.rfind("</svg>").unwrap_or(text.len());
    text.insert_str(end, &images);
    Ok(text)
}

fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, plotters::coord::Shift>,
    panel: &Panel<'_>,
    images: &mut String,
) -> Result<(), Box<dyn Error>>
where
    DB::ErrorType: 'static,
{
    let (low, high) = match &panel.content {
        Content::Samples(_, _, scale) => (-scale, *scale),
        Content::Values(_, top) => (0.0, top.max(1e-9)),
        Content::List(values) => bounds(values),
        Content::Picture(_) => (0.0, 1.0),
    };
    let end = match panel.across {
        Across::Time(seconds) => seconds.max(1e-9),
        Across::Index(n) => n.max(1) as f64,
    };
    let text = ("sans-serif", 12).into_font().color(&INK);
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .margin_right(26)
        .caption(&panel.title, ("sans-serif", 14).into_font().color(&INK))
        .x_label_area_size(22)
        .y_label_area_size(LEFT)
        .build_cartesian_2d(0.0..end, low..high)?;
    if let Content::Picture(png) = &panel.content {
        let (x, y) = chart.plotting_area().get_pixel_range();
        images.push_str(&image([x, y], "xMidYMid meet", png));
        return Ok(());
    }
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(INK.mix(0.5))
        .label_style(text.clone())
        .y_labels(5)
        .x_label_formatter(&|x| match panel.across {
            Across::Time(_) => format!("{x:.2} s"),
            Across::Index(_) => format!("{x:.0}"),
        })
        .y_label_formatter(&|y| match high > 2.0 {
            true => format!("{y:.0}"),
            false => format!("{y:.1}"),
        })
        .draw()?;
    match &panel.content {
        Content::Samples(samples, names, scale) => {
            let n_axes = names.len().max(1);
            for axis in 0..n_axes {
                let of_axis = samples.iter().skip(axis).step_by(n_axes).copied();
                let line = outline(&of_axis.collect::<Vec<i16>>(), end, *scale);
                let color = LINES[axis % LINES.len()];
                let drawn = chart.draw_series(LineSeries::new(line, &color))?;
                if let Some(name) = names.get(axis) {
                    let swatch = move |(x, y)| PathElement::new([(x, y), (x + 14, y)], color);
                    drawn.label(name).legend(swatch);
                }
            }
            if !names.is_empty() {
                chart
                    .configure_series_labels()
                    .position(SeriesLabelPosition::UpperRight)
                    .background_style(WHITE.mix(0.8))
                    .label_font(text)
                    .draw()?;
            }
        }
        Content::List(values) => {
            let bar = |(i, &value): (usize, &f32)| {
                let (left, right) = (i as f64 + 0.1, i as f64 + 0.9);
                Rectangle::new([(left, 0.0), (right, f64::from(value))], LINES[0].filled())
            };
            chart.draw_series(values.iter().enumerate().map(bar))?;
        }
        Content::Picture(_) => {}
        Content::Values(map, _) => {
            let (x, y) = chart.plotting_area().get_pixel_range();
            images.push_str(&image([x, y], "none", &map.png(1)));
        }
    }
    Ok(())
}

/// A PNG over a range of pixels.
fn image([x, y]: [std::ops::Range<i32>; 2], aspect: &str, png: &[u8]) -> String {
    format!(
        "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"{aspect}\" \
         style=\"image-rendering:pixelated\" href=\"{}\"/>\n",
        x.start + 1,
        y.start,
        x.end - x.start - 1,
        y.end - y.start,
        data_uri("image/png", png)
    )
}

/// What the vertical axis of a list spans: its finite values and 0.
fn bounds(values: &[f32]) -> (f64, f64) {
    let finite = || {
        values
            .iter()
            .map(|&v| f64::from(v))
            .filter(|v| v.is_finite())
    };
    let (low, high) = (finite().fold(0.0, f64::min), finite().fold(0.0, f64::max));
    match high > low {
        true => (low, high),
        false => (0.0, 1.0),
    }
}

/// The lowest and highest sample of each of some hundred spans, as one line.
fn outline(samples: &[i16], seconds: f64, scale: f64) -> Vec<(f64, f64)> {
    let n = samples.len();
    let per_span = n.div_ceil(WIDTH as usize).max(1);
    let mut line = Vec::new();
    for (i, span) in samples.chunks(per_span).enumerate() {
        let at = (i * per_span) as f64 * seconds / n as f64;
        let of = |s: Option<&i16>| f64::from(s.copied().unwrap_or(0)) / 32_768.0 * scale;
        line.push((at, of(span.iter().min())));
        line.push((at, of(span.iter().max())));
    }
    line
}
