//! Where the network puts the clips: what its last layer sees of each, in two dimensions.

use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::exec::{Int8, Session};
use impulse_ir::pipeline::Pipeline;
use rayon::prelude::*;

/// Rounds of the power iteration. Clips that lie so evenly that more would be needed look alike
/// from every side.
const ROUNDS: usize = 50;

/// For each window what the last layer with weights reads, as the device computes it; for a
/// network without one, its input.
///
/// # Errors
/// Those of [`Session::new`].
pub fn seen(pipeline: &Pipeline, windows: &[&[i16]]) -> Result<Vec<Vec<f32>>, Diagnostic> {
    let n_shares = rayon::current_num_threads().max(1);
    let parts: Result<Vec<Vec<Vec<f32>>>, Diagnostic> = windows
        .par_chunks(windows.len().div_ceil(n_shares).max(1))
        .map(|part| {
            let mut session = Session::new(pipeline)?;
            let mut network = Int8::new(&pipeline.graph)?;
            let steps = network.program().steps.iter();
            let last = steps.rev().find(|step| step.call.constants().is_some());
            let tensor = last.and_then(|step| step.inputs.first().copied());
            let of = |window: &&[i16]| {
                let input = session.classify(*window).features;
                let Some(tensor) = tensor else {
                    return input.into_iter().map(f32::from).collect();
                };
                network.run(&input);
                network
                    .tensor(tensor)
                    .iter()
                    .map(|&v| f32::from(v))
                    .collect()
            };
            Ok(part.iter().map(of).collect())
        })
        .collect();
    Ok(parts?.concat())
}

/// The points in the plane in which they lie farthest apart (principal component analysis), both
/// coordinates from −1 to 1. Sums have a fixed order.
pub fn plane(points: &[Vec<f32>]) -> Vec<(f32, f32)> {
    let n = points.first().map_or(0, Vec::len);
    let mut centred: Vec<Vec<f64>> = points
        .iter()
        .map(|p| p.iter().map(|&v| f64::from(v)).collect())
        .collect();
    for i in 0..n {
        let mean = centred.iter().map(|p| p[i]).sum::<f64>() / centred.len() as f64;
        centred.iter_mut().for_each(|p| p[i] -= mean);
    }
    let first = component(&centred, n, None);
    let second = component(&centred, n, Some(&first));
    let (xs, ys) = (along(&centred, &first), along(&centred, &second));
    xs.into_iter().zip(ys).collect()
}

/// The direction of the greatest spread, orthogonal to `other`, of length 1.
fn component(points: &[Vec<f64>], n: usize, other: Option<&Vec<f64>>) -> Vec<f64> {
    // Any start that no data are orthogonal to but by chance.
    let mut direction: Vec<f64> = (0..n).map(|i| 1.0 + (i * 7 % 13) as f64 / 13.0).collect();
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; n];
        for point in points {
            let length = dot(point, &direction);
            next.iter_mut()
                .zip(point)
                .for_each(|(n, p)| *n += length * p);
        }
        if let Some(other) = other {
            let shared = dot(&next, other);
            next.iter_mut()
                .zip(other)
                .for_each(|(n, o)| *n -= shared * o);
        }
        let length = dot(&next, &next).sqrt();
        if length < 1e-9 {
            return vec![0.0; n];
        }
        next.iter_mut().for_each(|v| *v /= length);
        direction = next;
    }
    direction
}

/// Where the points lie in this direction, scaled to −1..1.
fn along(points: &[Vec<f64>], direction: &[f64]) -> Vec<f32> {
    let places: Vec<f64> = points.iter().map(|p| dot(p, direction)).collect();
    let most = places.iter().fold(0.0f64, |most, p| most.max(p.abs()));
    let scale = if most > 0.0 { 1.0 / most } else { 0.0 };
    places.into_iter().map(|p| (p * scale) as f32).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_widest_directions_are_found() {
        // Wide along the third axis, less wide along the first, not at all along the second.
        let points: Vec<Vec<f32>> = (0..40)
            .map(|i| {
                let t = i as f32 * 0.7;
                vec![3.0 * t.sin(), 5.0, 10.0 * (1.3 * t).cos()]
            })
            .collect();
        let plane = plane(&points);
        let mean = |axis: usize| points.iter().map(|p| p[axis]).sum::<f32>() / 40.0;
        for (found, axis) in [(0, 2), (1, 0)] {
            let at = |i: usize| if found == 0 { plane[i].0 } else { plane[i].1 };
            let centre = mean(axis);
            let (mut same, mut a, mut b) = (0.0, 0.0, 0.0);
            for (i, p) in points.iter().enumerate() {
                let v = p[axis] - centre;
                same += at(i) * v;
                a += at(i) * at(i);
                b += v * v;
            }
            let correlation = (same / (a * b).sqrt()).abs();
            assert!(correlation > 0.98, "axis {axis}: {correlation}");
        }
        assert!(plane.iter().all(|p| p.0.abs() <= 1.0 && p.1.abs() <= 1.0));
    }

    #[test]
    fn few_and_equal_points_make_no_nan() {
        assert!(plane(&[]).is_empty());
        assert_eq!(plane(&[vec![1.0, 2.0]]), [(0.0, 0.0)]);
        let line = plane(&[vec![1.0, 0.0], vec![2.0, 0.0], vec![4.0, 0.0]]);
        assert!(
            line.iter().all(|p| p.0.is_finite() && p.1 == 0.0),
            "{line:?}"
        );
    }
}
