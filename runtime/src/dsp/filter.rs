//! Recursive filters as second-order sections, in place, in direct form II transposed: the form
//! with two states per section, which keeps rounding errors of f32 small.

use super::statistics;
use crate::rolled::keep_rolled;

/// A second-order section, `H(z) = (b0 + b1·z⁻¹ + b2·z⁻²) / (1 + a1·z⁻¹ + a2·z⁻²)`. The C
/// structure `impulse_section` has the same fields in the same order.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Section {
    /// `b0, b1, b2`.
    pub b: [f32; 3],
    /// `a1, a2`.
    pub a: [f32; 2],
    /// Both states before a signal that begins with 1: zeros start at rest; the steady state of
    /// a constant 1 starts as if the signal's first value had been there for ever.
    pub start: [f32; 2],
}

/// Stages of low-pass filters after each of which only one of so many samples is kept.
#[derive(Clone, Copy, Debug)]
pub struct Decimation<'t> {
    /// `[stages]`: samples of which one is kept, each at least 2; none for no decimation.
    pub ratios: &'t [u8],
    /// `[stages, DECIMATION_SECTIONS]`: the filters.
    pub sections: &'t [Section],
}

/// Sections of the filter of a stage of a decimation.
pub const DECIMATION_SECTIONS: usize = 4;

/// Filters `x` in place by all `sections`, one after the other.
#[inline(never)]
pub fn filter(sections: &[Section], x: &mut [f32]) {
    let Some(&first) = x.first() else { return };
    for section in sections {
        let mut z = [section.start[0] * first, section.start[1] * first];
        for value in x.iter_mut() {
            let input = *value;
            let output = section.b[0] * input + z[0];
            z[0] = (section.b[1] * input - section.a[0] * output) + z[1];
            z[1] = section.b[2] * input - section.a[1] * output;
            *value = output;
            keep_rolled();
        }
    }
}

impl Decimation<'_> {
    /// Decimates `x` in place; how many values are left at its start.
    pub fn apply(&self, x: &mut [f32]) -> usize {
        let mut n_left = x.len();
        let filters = self.sections.chunks_exact(DECIMATION_SECTIONS);
        for (&ratio, sections) in self.ratios.iter().zip(filters) {
            let x = &mut x[..n_left];
            filter(sections, x);
            let ratio = ratio as usize;
            n_left = x.len().div_ceil(ratio);
            for i in 1..n_left {
                x[i] = x[i * ratio];
                keep_rolled();
            }
        }
        n_left
    }
}

/// What is done to a signal before it is analysed: decimation, a filter, removal of the mean.
#[derive(Clone, Copy, Debug)]
pub struct Conditioning<'t> {
    /// The decimation.
    pub decimation: Decimation<'t>,
    /// The filter's sections, none for none.
    pub sections: &'t [Section],
}

impl Conditioning<'_> {
    /// Conditions `x`, at least one value, in place; how many values are left at its start.
    pub fn apply(&self, x: &mut [f32]) -> usize {
        let n_left = self.decimation.apply(x);
        let x = &mut x[..n_left];
        filter(self.sections, x);
        statistics::remove_mean(x);
        n_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `y[n] = (x[n] + y[n−1]) / 2`.
    const SMOOTH: Section = Section {
        b: [0.5, 0.0, 0.0],
        a: [-0.5, 0.0],
        start: [0.0, 0.0],
    };

    #[test]
    fn a_filter_at_rest_rises_and_one_in_its_steady_state_stays() {
        let mut x = [8.0; 4];
        filter(&[SMOOTH], &mut x);
        assert_eq!(x, [4.0, 6.0, 7.0, 7.5]);
        let steady = Section {
            start: [0.5, 0.0],
            ..SMOOTH
        };
        let mut x = [8.0; 4];
        filter(&[steady, steady], &mut x);
        assert_eq!(x, [8.0; 4]);
    }

    #[test]
    fn decimation_keeps_the_first_of_each_group() {
        let same = Section {
            b: [1.0, 0.0, 0.0],
            a: [0.0; 2],
            start: [0.0; 2],
        };
        let decimation = Decimation {
            ratios: &[3, 2],
            sections: &[same; 2 * DECIMATION_SECTIONS],
        };
        let mut x = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(decimation.apply(&mut x), 2);
        assert_eq!(x[..2], [0.0, 6.0]);
        assert_eq!(decimation.apply(&mut [1.0]), 1);
    }
}
