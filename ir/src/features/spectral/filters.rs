//! Design of recursive filters, in f64: Butterworth low-pass and high-pass filters and the
//! Chebyshev filter of a decimation, as second-order sections by the bilinear transform (Oppenheim
//! and Schafer, Discrete-Time Signal Processing, chapter 7).

use core::f64::consts::PI;

use impulse_runtime::dsp::Section;
use libm::{asinh, cos, cosh, pow, sin, sinh, sqrt, tan};

/// Twice the sampling rate of the bilinear transform.
const TWICE_RATE: f64 = 4.0;

/// Ripple in the pass band of a decimation's filter.
const RIPPLE_DB: f64 = 0.05;
/// Order of a decimation's filter.
const DECIMATION_ORDER: usize = 8;
/// Edge of a decimation's filter, as a share of the new Nyquist frequency.
pub const DECIMATION_EDGE: f64 = 0.8;

/// A complex number of the left half plane with a positive imaginary part, which stands for
/// itself and its conjugate.
#[derive(Clone, Copy, Debug)]
struct Pole {
    re: f64,
    im: f64,
}

/// Which side of the cutoff passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Frequencies below.
    Low,
    /// Frequencies above.
    High,
}

/// A section in f64.
#[derive(Clone, Copy, Debug)]
struct Wide {
    b: [f64; 3],
    a: [f64; 2],
}

/// A Butterworth filter of even `order` with its −3 dB point at `cutoff`, a share of the Nyquist
/// frequency between 0 and 1. It starts at rest.
pub fn butterworth(pass: Pass, order: usize, cutoff: f64) -> Vec<Section> {
    let edge = TWICE_RATE * tan(PI * cutoff / 2.0);
    let poles = angles(order).map(|angle| {
        // The high-pass filter's poles are edge / pole; the prototype's have the absolute value 1.
        Pole {
            re: -edge * cos(angle),
            im: edge * sin(angle),
        }
    });
    let poles: Vec<Pole> = poles.collect();
    let gain = match pass {
        Pass::Low => pow(edge, order as f64),
        Pass::High => pow(TWICE_RATE, order as f64),
    };
    let sections = bilinear(pass, &poles, gain);
    sections.iter().map(|s| s.narrow([0.0; 2])).collect()
}

/// The Chebyshev low-pass filter before one of `ratio` samples is kept. It starts in the steady
/// state of the signal's first value.
pub fn decimation(ratio: usize) -> Vec<Section> {
    let edge = TWICE_RATE * tan(PI * DECIMATION_EDGE / ratio as f64 / 2.0);
    let epsilon = sqrt(pow(10.0, RIPPLE_DB / 10.0) - 1.0);
    let mu = asinh(1.0 / epsilon) / DECIMATION_ORDER as f64;
    let poles: Vec<Pole> = angles(DECIMATION_ORDER)
        .map(|angle| Pole {
            re: -edge * sinh(mu) * cos(angle),
            im: edge * cosh(mu) * sin(angle),
        })
        .collect();
    // The gain at frequency 0 of a filter of even order lies at the bottom of the ripple.
    let at_zero: f64 = poles.iter().map(|p| p.re * p.re + p.im * p.im).product();
    let gain = at_zero / sqrt(1.0 + epsilon * epsilon);
    let mut scale = 1.0;
    let start = |section: &Wide| {
        let whole = section.b.iter().sum::<f64>() / (1.0 + section.a.iter().sum::<f64>());
        let second = section.b[2] - section.a[1] * whole;
        let first = section.b[1] - section.a[0] * whole + second;
        let start = [first * scale, second * scale];
        scale *= whole;
        section.narrow(start)
    };
    bilinear(Pass::Low, &poles, gain)
        .iter()
        .map(start)
        .collect()
}

/// Angles of the upper poles of a prototype from the negative real axis, the nearest first.
fn angles(order: usize) -> impl Iterator<Item = f64> {
    (0..order / 2).map(move |k| PI * (2 * k + 1) as f64 / (2 * order) as f64)
}

/// The digital filter of analog poles and gain, those of a low-pass filter without zeros or of a
/// high-pass filter with all zeros at 0. The whole gain is in the first section.
fn bilinear(pass: Pass, poles: &[Pole], gain: f64) -> Vec<Wide> {
    let mut gain = gain;
    let mut sections: Vec<Wide> = poles
        .iter()
        .map(|p| {
            // (4 + p) / (4 − p), and its conjugate.
            let denominator = (TWICE_RATE - p.re) * (TWICE_RATE - p.re) + p.im * p.im;
            let re = (TWICE_RATE * TWICE_RATE - p.re * p.re - p.im * p.im) / denominator;
            let im = 2.0 * TWICE_RATE * p.im / denominator;
            gain /= denominator;
            let middle = if pass == Pass::Low { 2.0 } else { -2.0 };
            Wide {
                b: [1.0, middle, 1.0],
                a: [-2.0 * re, re * re + im * im],
            }
        })
        .collect();
    if let Some(first) = sections.first_mut() {
        first.b = first.b.map(|b| b * gain);
    }
    sections
}

impl Wide {
    fn narrow(&self, start: [f64; 2]) -> Section {
        Section {
            b: self.b.map(|x| x as f32),
            a: self.a.map(|x| x as f32),
            start: start.map(|x| x as f32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gain at `frequency`, a share of the Nyquist frequency.
    fn gain(sections: &[Section], frequency: f64) -> f64 {
        let at = |c: &[f64]| {
            let part = |f: fn(f64) -> f64| -> f64 {
                let turned = c.iter().enumerate();
                turned.map(|(n, c)| c * f(PI * frequency * n as f64)).sum()
            };
            let (re, im) = (part(cos), part(sin));
            sqrt(re * re + im * im)
        };
        let one = |s: &Section| {
            let a = [1.0, f64::from(s.a[0]), f64::from(s.a[1])];
            at(&s.b.map(f64::from)) / at(&a)
        };
        sections.iter().map(one).product()
    }

    #[test]
    fn butterworth_filters_have_their_shape() {
        for order in [2, 4, 6, 8] {
            for cutoff in [0.1, 0.5, 0.9] {
                // |H|² = 1 / (1 + (tan(πf/2)/tan(πc/2))^2N).
                for frequency in [0.02, 0.1, 0.3, 0.5, 0.8, 0.9] {
                    let ratio = tan(PI * frequency / 2.0) / tan(PI * cutoff / 2.0);
                    for (pass, sign) in [(Pass::Low, 1.0), (Pass::High, -1.0)] {
                        let power = pow(ratio, sign * 2.0 * order as f64);
                        let expected = 1.0 / sqrt(1.0 + power);
                        let found = gain(&butterworth(pass, order, cutoff), frequency);
                        assert!(
                            (found - expected).abs() < 2e-3,
                            "{pass:?} {order} {cutoff} at {frequency}: {found}, expected {expected}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn decimation_passes_what_remains_and_stops_what_would_fold() {
        for ratio in [3, 10] {
            let sections = decimation(ratio);
            for frequency in [0.0, 0.2, 0.5, 0.79] {
                let found = gain(&sections, frequency / ratio as f64);
                assert!((0.99..1.002).contains(&found), "{ratio}: {found}");
            }
            for frequency in [1.2, 1.5, 2.0] {
                let found = gain(&sections, frequency / ratio as f64);
                assert!(found < 0.01, "{ratio} at {frequency}: {found}");
            }
        }
    }
}
