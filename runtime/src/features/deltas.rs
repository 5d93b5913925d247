//! Differences of each column over the frames of a window, by the regression formula of the HTK
//! Book (Young and others, section 5.9): `d(t) = Σ θ·(c(t + θ) − c(t − θ)) / 2Σθ²`, `θ` from 1 to
//! the width. The second differences are those of the first.
//!
//! At the ends of the window its first and last row stand for what lies beyond (for second
//! differences, the first and last difference), so a window's differences do not depend on what
//! came before it. They are sums of int16 and therefore exact; only their scale is a float. A
//! column is normalized before, which only scales its differences: a mean has none.

use super::normalize::{Column, Grid, Normalize, Place, Quantize};

/// What is given beside each column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deltas {
    /// Frames to each side that are looked at, 1 to [`Deltas::WIDTH_MAX`].
    pub width: usize,
    /// 1 for first differences, 2 for first and second ones.
    pub order: usize,
}

impl Deltas {
    /// Widest differences: second ones of any int16 then fit into 32 bits.
    pub const WIDTH_MAX: usize = 9;

    /// `2Σθ²`.
    pub(super) const fn norm(self) -> i32 {
        let n = self.width as i32;
        n * (n + 1) * (2 * n + 1) / 3
    }

    /// First difference at `row` times the norm.
    pub(super) fn first(self, column: &Column<'_>, row: usize) -> i32 {
        let last = column.n_frames() - 1;
        let at = |row| i32::from(column.value(row));
        let terms = (1..=self.width).map(|theta| {
            theta as i32 * (at((row + theta).min(last)) - at(row.saturating_sub(theta)))
        });
        terms.sum()
    }

    /// Second difference at `row` times the norm's square.
    pub(super) fn second(self, column: &Column<'_>, row: usize) -> i32 {
        let last = column.n_frames() - 1;
        let terms = (1..=self.width).map(|theta| {
            let later = self.first(column, (row + theta).min(last));
            theta as i32 * (later - self.first(column, row.saturating_sub(theta)))
        });
        terms.sum()
    }

    /// Differences of a window as floats: `store` gets row (the oldest is 0), column and value,
    /// columns counted behind those that [`Normalize::each`] gives: all first differences, then
    /// all second ones. `ring` is `[frames, columns]`, its oldest row `first_frame`.
    pub fn each(
        self,
        normalize: Normalize,
        grid: Grid,
        ring: &[i16],
        n_columns: usize,
        first_frame: usize,
        mut store: impl FnMut(usize, usize, f32),
    ) {
        let norm = self.norm() as f32;
        for column_idx in 0..n_columns {
            let column = Column::new(ring, n_columns, first_frame, column_idx);
            let n_frames = column.n_frames();
            let first = normalize.moments(&column, grid).factor * n_frames as f32 / norm;
            let second = first / norm;
            for row in 0..n_frames {
                let value = self.first(&column, row) as f32 * first;
                store(row, n_columns + column_idx, value);
                if self.order > 1 {
                    let value = self.second(&column, row) as f32 * second;
                    store(row, 2 * n_columns + column_idx, value);
                }
            }
        }
    }

    /// Differences of a window, quantized into the network's input. The same as [`Deltas::each`]
    /// followed by [`Quantize::apply`], to the bit.
    pub fn quantize(
        self,
        (normalize, grid): (Normalize, Grid),
        ring: &[i16],
        n_columns: usize,
        first_frame: usize,
        (quantize, place): (&Quantize<'_>, Place),
        out: &mut [i8],
    ) {
        self.each(
            normalize,
            grid,
            ring,
            n_columns,
            first_frame,
            |row, column, value| {
                out[place.offset + row * place.row_stride + column] = quantize.apply(column, value);
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { per_unit: 1.0 };

    /// First and second differences of one column.
    fn deltas(width: usize, ring: &[i16], first_frame: usize) -> [Vec<f32>; 2] {
        let deltas = Deltas { width, order: 2 };
        let mut out = [vec![0.0; ring.len()], vec![0.0; ring.len()]];
        deltas.each(
            Normalize::Plain,
            GRID,
            ring,
            1,
            first_frame,
            |row, column, value| {
                out[column - 1][row] = value;
            },
        );
        out
    }

    extern crate std;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn a_slope_has_its_slope_and_its_ends_are_repeated() {
        let [first, second] = deltas(1, &[0, 10, 20, 30, 40], 0);
        assert_eq!(first, [5.0, 10.0, 10.0, 10.0, 5.0]);
        assert_eq!(second, [2.5, 2.5, 0.0, -2.5, -2.5]);
        let [first, _] = deltas(2, &[0, 10, 20, 30, 40, 50, 60], 0);
        // (1·10 + 2·20)/10 at the first row, (1·20 + 2·30)/10 at the second.
        assert_eq!(first[..3], [5.0, 8.0, 10.0]);
    }

    #[test]
    fn a_ring_may_start_anywhere_and_extremes_fit() {
        assert_eq!(
            deltas(2, &[3, 4, 5, 1, 2], 3),
            deltas(2, &[1, 2, 3, 4, 5], 0)
        );
        let extreme: Vec<i16> = (0..40)
            .map(|n| if n / 9 % 2 == 0 { i16::MIN } else { i16::MAX })
            .collect();
        let [first, second] = deltas(Deltas::WIDTH_MAX, &extreme, 7);
        let largest = |all: &[f32]| all.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        assert!(largest(&first) > 1000.0 && largest(&first) < 65_536.0);
        assert!(largest(&second) > 100.0 && largest(&second) < 65_536.0);
    }
}
