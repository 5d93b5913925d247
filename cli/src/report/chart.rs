//! Line charts as SVG. Each colour is one that the page's style sheet knows and replaces by its
//! own, so that a chart follows light and dark.

use std::error::Error;

use plotters::prelude::*;

const SIZE: (u32, u32) = (460, 220);

/// What the style sheet looks for, in the order of [`Series`].
const LINES: [RGBColor; 2] = [RGBColor(31, 111, 235), RGBColor(217, 115, 13)];
const GRID: RGBColor = RGBColor(227, 229, 232);
const TEXT: RGBColor = RGBColor(102, 112, 133);

/// A line of a chart: `(x, y)` in the order of x.
pub type Series = Vec<(f64, f64)>;

/// A chart of at most two lines over epochs. `y_range` is what the y axis shows at least;
/// `percent` labels it in percent.
///
/// # Errors
/// None that an input can provoke: the chart is written to memory.
pub fn chart(
    series: &[Series],
    y_range: (f64, f64),
    percent: bool,
) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    draw(&mut svg, series, y_range, percent)?;
    Ok(svg)
}

fn draw(
    svg: &mut String,
    series: &[Series],
    y_range: (f64, f64),
    percent: bool,
) -> Result<(), Box<dyn Error>> {
    let finite = |s: &Series| -> Series {
        let points = s.iter().copied();
        points.filter(|p| p.1.is_finite()).collect()
    };
    let lines: Vec<Series> = series.iter().map(finite).collect();
    let x_max = lines.iter().flatten().map(|p| p.0).fold(2.0, f64::max);
    let (mut low, mut high) = y_range;
    for (_, y) in lines.iter().flatten() {
        low = low.min(*y);
        high = high.max(*y);
    }
    if high - low < 1e-6 {
        high = low + 1.0;
    }
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin(8)
        .x_label_area_size(22)
        .y_label_area_size(44)
        .build_cartesian_2d(1.0..x_max, low..high)?;
    let style = ("sans-serif", 11).into_font().color(&TEXT);
    let y_label = move |y: &f64| {
        if percent {
            format!("{:.0} %", y * 100.0)
        } else {
            format!("{y:.2}")
        }
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(GRID)
        .label_style(style)
        .x_labels(6)
        .y_labels(5)
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&y_label)
        .draw()?;
    for (line, color) in lines.into_iter().zip(LINES) {
        chart.draw_series(LineSeries::new(line, color.stroke_width(2)))?;
    }
    drop(chart);
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_each_series_is_drawn_in_a_colour_that_the_page_knows() {
        let train = vec![(1.0, 2.0), (2.0, 0.5), (3.0, 0.1)];
        let svg = chart(&[train, vec![(1.0, 2.5), (3.0, 0.2)]], (0.0, 0.0), false).unwrap();
        assert_eq!(
            svg.matches("<polyline").count() - mesh_lines(&svg),
            2,
            "{svg}"
        );
        let page = include_str!("report.css");
        for color in ["#1F6FEB", "#D9730D", "#E3E5E8", "#667085"] {
            assert!(svg.contains(color), "{color} in {svg}");
            assert!(page.contains(color), "{color} in the style sheet");
        }
    }

    fn mesh_lines(svg: &str) -> usize {
        let lines = svg.lines().filter(|l| l.contains("<polyline"));
        lines.filter(|l| l.contains("#E3E5E8")).count()
    }

    #[test]
    fn odd_histories_make_a_chart_without_nan() {
        for points in [
            vec![],
            vec![(1.0, 0.5)],
            vec![(1.0, f64::NAN), (2.0, f64::INFINITY)],
            vec![(1.0, 0.0), (2.0, 0.0)],
        ] {
            let svg = chart(&[points], (0.0, 0.0), true).unwrap();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
