//! A recording and what is made of it, one above the other: samples, spectrogram, features.

use std::error::Error;

use plotters::prelude::*;

use super::{Heatmap, data_uri};

const WIDTH: u32 = 860;
const PANEL_HEIGHT: u32 = 210;
const LEFT: u32 = 58;
const INK: RGBColor = RGBColor(59, 66, 78);
const LINE: RGBColor = RGBColor(31, 111, 235);

/// A part of the figure. All parts show the same time.
pub struct Panel<'a> {
    /// What it shows.
    pub title: String,
    /// Its values.
    pub content: Content<'a>,
}

/// What a part of the figure shows.
pub enum Content<'a> {
    /// Samples, full scale −1..1.
    Samples(&'a [i16]),
    /// Values over time, and what the vertical axis counts from 0 up to.
    Values(&'a Heatmap, f64),
}

/// The figure as SVG; `seconds` is the length of the recording.
///
/// # Errors
/// None that an input can provoke: the figure is written to memory.
pub fn svg(panels: &[Panel<'_>], seconds: f64) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    // Pictures lie where the charts have their plotting areas, below their axes.
    let mut images = String::new();
    {
        let n = panels.len().max(1) as u32;
        let root = SVGBackend::with_string(&mut text, (WIDTH, n * PANEL_HEIGHT));
        let root = root.into_drawing_area();
        root.fill(&WHITE)?;
        for (area, panel) in root.split_evenly((n as usize, 1)).iter().zip(panels) {
            draw(area, panel, seconds, &mut images)?;
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
    seconds: f64,
    images: &mut String,
) -> Result<(), Box<dyn Error>>
where
    DB::ErrorType: 'static,
{
    let (low, high) = match panel.content {
        Content::Samples(_) => (-1.0, 1.0),
        Content::Values(_, top) => (0.0, top.max(1e-9)),
    };
    let text = ("sans-serif", 12).into_font().color(&INK);
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .margin_right(26)
        .caption(&panel.title, ("sans-serif", 14).into_font().color(&INK))
        .x_label_area_size(22)
        .y_label_area_size(LEFT)
        .build_cartesian_2d(0.0..seconds.max(1e-9), low..high)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(INK.mix(0.5))
        .label_style(text)
        .y_labels(5)
        .x_label_formatter(&|x| format!("{x:.2} s"))
        .y_label_formatter(&|y| match high > 2.0 {
            true => format!("{y:.0}"),
            false => format!("{y:.1}"),
        })
        .draw()?;
    match panel.content {
        Content::Samples(samples) => {
            chart.draw_series(LineSeries::new(outline(samples, seconds), &LINE))?;
        }
        Content::Values(map, _) => {
            let (x, y) = chart.plotting_area().get_pixel_range();
            images.push_str(&format!(
                "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
                 style=\"image-rendering:pixelated\" href=\"{}\"/>\n",
                x.start + 1,
                y.start,
                x.end - x.start - 1,
                y.end - y.start,
                data_uri("image/png", &map.png(1))
            ));
        }
    }
    Ok(())
}

/// The lowest and highest sample of each of some hundred spans, as one line.
fn outline(samples: &[i16], seconds: f64) -> Vec<(f64, f64)> {
    let n = samples.len();
    let per_span = n.div_ceil(WIDTH as usize).max(1);
    let mut line = Vec::new();
    for (i, span) in samples.chunks(per_span).enumerate() {
        let at = (i * per_span) as f64 * seconds / n as f64;
        let of = |s: Option<&i16>| f64::from(s.copied().unwrap_or(0)) / 32_768.0;
        line.push((at, of(span.iter().min())));
        line.push((at, of(span.iter().max())));
    }
    line
}
