//! Normalization of each column over the frames of a window, and quantization to the network's
//! int8 input.
//!
//! Rows wait in a ring as int16 on a grid, so that a window takes two bytes a value and its sums
//! are exact, whatever their order. `ring` is `[frames, columns]`, and the window's oldest row is
//! `first_frame`.

use crate::dsp::math;
use crate::rolled::{keep_rolled, opaque};

/// Variances below it count as it: a coefficient that hardly moves (silence, a steady tone)
/// stays near 0 instead of being blown up to unit variance. Background noise moves the
/// logarithms by about 1, a hundred times this.
pub const VARIANCE_FLOOR: f32 = 0.01;

/// What is done to each column over the frames of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalize {
    /// Nothing: the rows only wait for their differences, see [`super::Deltas`].
    Plain,
    /// The mean is subtracted.
    Mean,
    /// The mean is subtracted and the rest divided by the standard deviation, see
    /// [`VARIANCE_FLOOR`].
    MeanVariance,
}

/// The int16 in which features wait for the end of their window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Steps per unit: a power of two.
    pub per_unit: f32,
}

/// Where the rows of a block belong in the network's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index of the first value.
    pub offset: usize,
    /// From one row to the next: the block's columns, and those of blocks beside it.
    pub row_stride: usize,
}

/// Quantization of a block's columns to the network's input:
/// `q = round(x · inverse_scale) + zero_point`, halves away from zero, clamped to −128..=127.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantize<'a> {
    /// 1 / scale of the input, times the column's own scale where columns have one: one for all
    /// columns, or one for each.
    pub inverse_scales: &'a [f32],
    /// The integer that stands for 0.
    pub zero_point: i32,
}

/// What normalizes one column: `(n·q − sum)·factor`.
#[derive(Clone, Copy)]
pub(super) struct Moments {
    n_frames: i32,
    sum: i32,
    pub(super) factor: f32,
}

impl Moments {
    #[inline]
    const fn normalized(self, value: i32) -> f32 {
        (value * self.n_frames - self.sum) as f32 * self.factor
    }
}

/// A column of a ring.
pub(super) struct Column<'r> {
    ring: &'r [i16],
    n_columns: usize,
    first_frame: usize,
    column: usize,
}

impl<'r> Column<'r> {
    /// Column `column` of `ring`, `[frames, n_columns]`, whose oldest row is `first_frame`.
    pub(super) const fn new(
        ring: &'r [i16],
        n_columns: usize,
        first_frame: usize,
        column: usize,
    ) -> Self {
        Self {
            ring,
            n_columns,
            first_frame,
            column,
        }
    }

    pub(super) const fn n_frames(&self) -> usize {
        self.ring.len() / self.n_columns
    }

    /// The value of `row`, the oldest of which is 0.
    #[inline]
    pub(super) const fn value(&self, row: usize) -> i16 {
        let at = (self.first_frame + row) * self.n_columns + self.column;
        let end = self.ring.len();
        self.ring[if at < end { at } else { at - end }]
    }

    /// All values from the oldest on, with their rows.
    #[inline]
    pub(super) fn each(&self, mut f: impl FnMut(usize, i32)) {
        for row in 0..self.n_frames() {
            f(row, i32::from(self.value(row)));
            keep_rolled();
        }
    }

    /// All values in the order in which they stand in the ring, for what does not depend on it.
    #[inline]
    pub(super) fn each_unordered(&self, mut f: impl FnMut(i32)) {
        let mut at = self.column;
        while let Some(&value) = self.ring.get(at) {
            f(i32::from(value));
            at += self.n_columns;
            keep_rolled();
        }
    }
}

impl Quantize<'_> {
    /// `x` of a column as int8.
    #[inline]
    pub fn apply(&self, column: usize, x: f32) -> i8 {
        math::quantize(x * self.inverse_scale(column), self.zero_point)
    }

    #[inline]
    fn inverse_scale(&self, column: usize) -> f32 {
        match self.inverse_scales {
            [one] => *one,
            each => each.get(column).copied().unwrap_or(0.0),
        }
    }

    /// A row of features that needs no normalization, into a ring of int8.
    pub fn store(&self, row: &[f32], out: &mut [i8]) {
        let (row, out) = opaque((row, out));
        for (column, (q, &x)) in out.iter_mut().zip(row).enumerate() {
            *q = self.apply(column, x);
            keep_rolled();
        }
    }
}

impl Place {
    /// Copies a ring of int8 rows, whose oldest row is `first_frame`, into the network's input.
    pub fn copy(&self, ring: &[i8], n_columns: usize, first_frame: usize, out: &mut [i8]) {
        let (newer, older) = ring.split_at(first_frame * n_columns);
        let rows = older
            .chunks_exact(n_columns)
            .chain(newer.chunks_exact(n_columns));
        let mut at = self.offset;
        for row in rows {
            out[at..at + n_columns].copy_from_slice(row);
            at += self.row_stride;
        }
    }
}

impl Grid {
    /// The nearest step to `x`, which is finite; halves away from zero, clamped.
    #[inline]
    pub fn step(&self, x: f32) -> i16 {
        math::round_i16(x * self.per_unit)
    }

    /// A row of features into the ring.
    pub fn store(&self, row: &[f32], out: &mut [i16]) {
        let (row, out) = opaque((row, out));
        for (q, &x) in out.iter_mut().zip(row) {
            *q = self.step(x);
            keep_rolled();
        }
    }
}

impl Normalize {
    /// Normalizes a window to floats: `store` gets row (the oldest is 0), column and value.
    pub fn each(
        self,
        grid: Grid,
        ring: &[i16],
        n_columns: usize,
        first_frame: usize,
        mut store: impl FnMut(usize, usize, f32),
    ) {
        for column_idx in 0..n_columns {
            let column = Column::new(ring, n_columns, first_frame, column_idx);
            let moments = self.moments(&column, grid);
            column.each(|row, value| store(row, column_idx, moments.normalized(value)));
        }
    }

    /// Normalizes a window and quantizes it into the network's input. The same as
    /// [`Normalize::each`] followed by [`Quantize::apply`], to the bit.
    pub fn quantize(
        self,
        grid: Grid,
        ring: &[i16],
        n_columns: usize,
        first_frame: usize,
        (quantize, place): (&Quantize<'_>, Place),
        out: &mut [i8],
    ) {
        for column_idx in 0..n_columns {
            let column = Column::new(ring, n_columns, first_frame, column_idx);
            let inverse_scale = quantize.inverse_scale(column_idx);
            let moments = self.moments(&column, grid);
            column.each(|row, value| {
                out[place.offset + row * place.row_stride + column_idx] = math::quantize(
                    moments.normalized(value) * inverse_scale,
                    quantize.zero_point,
                );
            });
        }
    }

    /// Sum and factor of the values of a column; the sums are exact.
    pub(super) fn moments(self, column: &Column<'_>, grid: Grid) -> Moments {
        let n_frames = column.n_frames() as i32;
        let units = n_frames as f32 * grid.per_unit;
        if self == Normalize::Plain {
            return Moments {
                n_frames,
                sum: 0,
                factor: 1.0 / units,
            };
        }
        let mut sum = 0i32;
        column.each_unordered(|value| sum += value);
        if self == Normalize::Mean {
            return Moments {
                n_frames,
                sum,
                factor: 1.0 / units,
            };
        }
        let mut squares = 0i64;
        column.each_unordered(|value| squares += i64::from(value * value));
        // n²·variance in steps: below 2⁵⁵ for 4096 frames, and never negative.
        let spread = (squares * i64::from(n_frames) - i64::from(sum) * i64::from(sum)) as u64;
        let spread = (spread >> 32) as u32 as f32 * 4_294_967_296.0 + spread as u32 as f32;
        let variance = math::max(spread / (units * units), VARIANCE_FLOOR);
        Moments {
            n_frames,
            sum,
            factor: math::inverse_sqrt(variance) / units,
        }
    }
}
