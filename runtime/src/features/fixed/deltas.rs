//! Differences of each column over the frames of a window in integers, after normalization; the twin
//! of [`Deltas`].
//!
//! The sums of the regression formula are exact, as in float. One factor a column, of 13 bits and
//! more, stands for its norm and for the deviation of the column.

use super::Scaling;
use super::normalize::{Ratio, sum};
use crate::features::normalize::Column;
use crate::features::{Deltas, Normalize, Place};
use crate::rolled::keep_rolled;

/// Differences of a window in the steps of [`Scaling::each`]: `store` gets row, column and value, columns
/// counted behind those of the features, all first differences before all second ones.
pub fn each(
    (deltas, normalize): (Deltas, Normalize),
    scaling: &Scaling<'_>,
    ring: &[i16],
    n_columns: usize,
    first_frame: usize,
    mut store: impl FnMut(usize, usize, i32),
) {
    let norm = Ratio::inverse(deltas.norm());
    for column_idx in 0..n_columns {
        let column = Column::new(ring, n_columns, first_frame, column_idx);
        let n_frames = column.n_frames();
        let (times, scale) = match normalize {
            Normalize::Plain | Normalize::Mean => (1, Ratio::ONE),
            Normalize::MeanVariance => {
                let inverse = scaling.inverse_deviation(&column, sum(&column));
                (n_frames as i64, inverse)
            }
        };
        let first = scale.times(norm);
        let second = first.times(norm);
        for row in 0..n_frames {
            let difference = i64::from(deltas.first(&column, row));
            store(row, n_columns + column_idx, first.apply(difference * times));
            if deltas.order > 1 {
                let difference = i64::from(deltas.second(&column, row));
                let value = second.apply(difference * times);
                store(row, 2 * n_columns + column_idx, value);
            }
            keep_rolled();
        }
    }
}

/// Differences of a window into the network's input: the same as [`each`] followed by
/// [`Scaling::apply`].
pub fn quantize(
    deltas: (Deltas, Normalize),
    scaling: &Scaling<'_>,
    ring: &[i16],
    n_columns: usize,
    first_frame: usize,
    place: Place,
    out: &mut [i8],
) {
    each(
        deltas,
        scaling,
        ring,
        n_columns,
        first_frame,
        |row, column, value| {
            out[place.offset + row * place.row_stride + column] = scaling.apply(column, value);
        },
    );
}

#[cfg(test)]
mod tests {
    use super::super::Factor;
    use super::*;

    const SCALING: Scaling<'static> = Scaling {
        spread_min: 1,
        factors: &[Factor {
            multiplier: 1 << 13,
            shift: 13,
        }],
        zero_point: 0,
    };

    #[test]
    fn extremes_fit_and_ends_are_repeated() {
        let deltas = Deltas { width: 1, order: 2 };
        let mut out = [0; 10];
        let place = Place {
            offset: 0,
            row_stride: 2,
        };
        // Columns behind that of the features, which is left out.
        let mut all = [[0; 5]; 3];
        let store = |row: usize, column: usize, value: i32| all[column][row] = value;
        each(
            (deltas, Normalize::Plain),
            &SCALING,
            &[0, 10, 20, 30, 40],
            1,
            0,
            store,
        );
        assert_eq!(all[1..], [[5, 10, 10, 10, 5], [3, 3, 0, -2, -2]]);
        let first = Deltas { order: 1, ..deltas };
        let ring = [30, 40, 0, 10, 20];
        quantize(
            (first, Normalize::Mean),
            &SCALING,
            &ring,
            1,
            2,
            place,
            &mut out,
        );
        assert_eq!(out, [0, 5, 0, 10, 0, 10, 0, 10, 0, 5]);
        let ring: [i16; 4096] =
            core::array::from_fn(|n| if n / 9 % 2 == 0 { i16::MIN } else { i16::MAX });
        for normalize in [Normalize::Plain, Normalize::MeanVariance] {
            for width in 1..=Deltas::WIDTH_MAX {
                let deltas = Deltas { width, order: 2 };
                let mut largest = [0; 3];
                each(
                    (deltas, normalize),
                    &SCALING,
                    &ring,
                    1,
                    5,
                    |_, column, value| {
                        largest[column] = value.abs().max(largest[column]);
                    },
                );
                assert!(largest[1] > 100 && largest[2] > 10, "{largest:?}");
                assert!(largest.iter().all(|&x| x <= 32_768));
            }
        }
    }
}
