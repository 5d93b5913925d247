//! Line charts as SVG, coloured by the page's style sheet so that they follow light and dark.

use std::fmt::Write;

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const BOTTOM: f64 = 26.0;
const TOP: f64 = 8.0;
const RIGHT: f64 = 8.0;

/// A line of a chart: `(x, y)` in the order of x.
pub struct Series<'a> {
    /// Class of the line in the style sheet.
    pub class: &'a str,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

/// A chart of these lines over epochs. `y_range` is what the y axis shows at least; `percent`
/// labels it in percent.
pub fn chart(
    title: &str,
    series: &[Series<'_>],
    y_range: Option<(f64, f64)>,
    percent: bool,
) -> String {
    let finite = || {
        series
            .iter()
            .flat_map(|s| &s.points)
            .filter(|p| p.1.is_finite())
    };
    let x_max = finite().map(|p| p.0).fold(1.0, f64::max);
    let (mut low, mut high) = y_range.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
    for (_, y) in finite() {
        low = low.min(*y);
        high = high.max(*y);
    }
    if low > high {
        (low, high) = (0.0, 1.0);
    }
    let step = nice_step((high - low).max(1e-6) / 4.0);
    let low = (low / step).floor() * step;
    let high = ((high / step).ceil() * step).max(low + step);
    let x = |v: f64| LEFT + (v - 1.0) / (x_max - 1.0).max(1.0) * (WIDTH - LEFT - RIGHT);
    let y = |v: f64| HEIGHT - BOTTOM - (v - low) / (high - low) * (HEIGHT - BOTTOM - TOP);

    let mut svg =
        format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">");
    let n_lines = ((high - low) / step).round() as usize;
    for i in 0..=n_lines {
        let value = low + step * i as f64;
        let at = y(value);
        let label = if percent {
            format!("{:.0} %", value * 100.0)
        } else {
            decimal(value, step)
        };
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0,
        );
    }
    for value in epoch_ticks(x_max) {
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{value:.0}</text>",
            x(value),
            HEIGHT - 8.0
        );
    }
    for line in series {
        let mut path = String::new();
        for (i, p) in line.points.iter().filter(|p| p.1.is_finite()).enumerate() {
            let command = if i == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{command}{:.1} {:.1}", x(p.0), y(p.1));
        }
        let _ = write!(svg, "<path class=\"line {}\" d=\"{path}\"/>", line.class);
    }
    svg.push_str("</svg>");
    svg
}

/// 1, 2 or 5 times a power of ten, at least `rough`.
fn nice_step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= rough * 0.999)
        .unwrap_or(rough)
}

fn decimal(value: f64, step: f64) -> String {
    let digits = (-step.log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{value:.digits$}")
}

fn epoch_ticks(last: f64) -> Vec<f64> {
    let step = nice_step((last / 5.0).max(1.0));
    let mut ticks = vec![1.0];
    let mut value = step;
    while value <= last {
        if value > 1.0 {
            ticks.push(value);
        }
        value += step;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Vec<Series<'static>> {
        vec![Series {
            class: "train",
            points: points.to_vec(),
        }]
    }

    #[test]
    fn steps_are_round() {
        assert_eq!(nice_step(0.03), 0.05);
        assert_eq!(nice_step(1.0), 1.0);
        assert_eq!(nice_step(21.0), 50.0);
    }

    #[test]
    fn points_lie_between_the_axes() {
        let svg = chart(
            "loss",
            &line(&[(1.0, 2.0), (2.0, 0.5), (3.0, 0.1)]),
            Some((0.0, 0.0)),
            false,
        );
        let path = svg
            .split(" d=\"M")
            .nth(1)
            .and_then(|p| p.split('"').next())
            .unwrap();
        for point in path.split('L') {
            let (x, y) = point.split_once(' ').unwrap();
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            assert!(
                (LEFT..=WIDTH - RIGHT).contains(&x) && (TOP..=HEIGHT - BOTTOM).contains(&y),
                "{point}"
            );
        }
    }

    #[test]
    fn odd_histories_make_a_chart_without_nan() {
        for points in [
            &[][..],
            &[(1.0, 0.5)],
            &[(1.0, f64::NAN), (2.0, f64::INFINITY)],
            &[(1.0, 0.0), (2.0, 0.0)],
        ] {
            let svg = chart("x", &line(points), None, true);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
