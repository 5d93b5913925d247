//! Matrix products, the core of every layer with weights.
//!
//! Each element of the result is summed over the inner dimension one term after the other, in
//! plain multiplications and additions. Vectors run over the columns of the right factor, so the
//! width of the CPU's registers does not change a bit.

use multiversion::{multiversion, target::match_target};

/// Rows of the right factor are padded to a multiple of this.
pub(crate) const LANES: usize = 8;

/// The length of a padded row of `n` values.
pub(crate) const fn padded(n: usize) -> usize {
    n.div_ceil(LANES) * LANES
}

/// A factor: row-major numbers with the distance from row to row.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// The numbers.
    pub data: &'a [f32],
    /// From the start of a row to that of the next.
    pub stride: usize,
}

impl<'a> Rows<'a> {
    /// `data` in rows of `stride`.
    pub fn new(data: &'a [f32], stride: usize) -> Self {
        Self { data, stride }
    }
}

/// Where the sums of a product begin.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    /// At zero: the product replaces what stands in the result.
    Zero,
    /// At this row, of `n` values, in every row of the result.
    Row(&'a [f32]),
    /// At the result itself: the product is added to it.
    Result,
}

/// `c[m, n] = start + a[m, k] · b[k, n]`, for `[m, n, k]`. Rows of `b` hold at least `padded(n)`
/// values; `c` has rows of `n` values, `c_stride` apart.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(crate) fn multiply(
    size: [usize; 3],
    start: Start,
    a: Rows,
    b: Rows,
    c: &mut [f32],
    c_stride: usize,
) {
    let wide = match_target! { "x86_64+avx512f+avx512vl" => true, _ => false };
    blocks(size, wide, start, AsIs(a), b, c, c_stride);
}

/// `c[m, n] = start + aᵀ · b[k, n]` with `a` given as `[k, m]`; otherwise like [`multiply`].
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(crate) fn multiply_transposed(
    size: [usize; 3],
    start: Start,
    a: Rows,
    b: Rows,
    c: &mut [f32],
    c_stride: usize,
) {
    let wide = match_target! { "x86_64+avx512f+avx512vl" => true, _ => false };
    blocks(size, wide, start, Transposed(a), b, c, c_stride);
}

/// The left factor, read as `M` rows at a time.
trait Left: Copy {
    /// Adds rows `i..i + M` times columns `j..j + N` of `b` to `sums`.
    fn accumulate<const M: usize, const N: usize>(
        self,
        i: usize,
        k: usize,
        b: Rows<'_>,
        j: usize,
        sums: &mut [[f32; N]; M],
    );
}

#[derive(Clone, Copy)]
struct AsIs<'a>(Rows<'a>);

#[derive(Clone, Copy)]
struct Transposed<'a>(Rows<'a>);

impl Left for AsIs<'_> {
    #[inline(always)]
    fn accumulate<const M: usize, const N: usize>(
        self,
        i: usize,
        k: usize,
        b: Rows<'_>,
        j: usize,
        sums: &mut [[f32; N]; M],
    ) {
        let mut rows: [&[f32]; M] = [&[]; M];
        for (r, row) in rows.iter_mut().enumerate() {
            *row = &self.0.data[(i + r) * self.0.stride..][..k];
        }
        let mut total = *sums;
        // An index into all rows at once keeps the loop vectorized.
        #[allow(clippy::needless_range_loop)]
        for p in 0..k {
            let Some(&right) = b.data[p * b.stride + j..].first_chunk::<N>() else {
                break;
            };
            for r in 0..M {
                let left = rows[r][p];
                for l in 0..N {
                    total[r][l] += left * right[l];
                }
            }
        }
        *sums = total;
    }
}

impl Left for Transposed<'_> {
    #[inline(always)]
    fn accumulate<const M: usize, const N: usize>(
        self,
        i: usize,
        k: usize,
        b: Rows<'_>,
        j: usize,
        sums: &mut [[f32; N]; M],
    ) {
        let mut total = *sums;
        for p in 0..k {
            let left = &self.0.data[p * self.0.stride + i..];
            let Some(&right) = b.data[p * b.stride + j..].first_chunk::<N>() else {
                break;
            };
            // A slice and no array: with one load of all rows the compiler takes the rows, which
            // are few, for the vectors' direction.
            for r in 0..M {
                let left = left[r];
                for l in 0..N {
                    total[r][l] += left * right[l];
                }
            }
        }
        *sums = total;
    }
}

/// The result in tiles that fit the registers: there are 32 of 16 values where the CPU has
/// AVX-512 (`wide`), 16 of 8 values otherwise. A tile's size changes no bit.
#[inline(always)]
fn blocks(
    size: [usize; 3],
    wide: bool,
    start: Start<'_>,
    a: impl Left,
    b: Rows<'_>,
    c: &mut [f32],
    c_stride: usize,
) {
    let n = size[1];
    let mut j = 0;
    if wide {
        j = n / 32 * 32;
        wide_columns(size, j, start, a, b, c, c_stride);
    }
    while n > j + LANES {
        if wide {
            columns::<12, 16>(size, start, a, b, j, c, c_stride);
        } else {
            columns::<4, 16>(size, start, a, b, j, c, c_stride);
        }
        j += 16;
    }
    if n > j {
        columns::<8, 8>(size, start, a, b, j, c, c_stride);
    }
}

/// The result's columns `0..end`, 32 at a time. All columns of some rows come before the next rows,
/// so that `a` and `c` are gone through once and in order; `b` is small and stays near.
#[inline(always)]
fn wide_columns(
    [m, _, k]: [usize; 3],
    end: usize,
    start: Start<'_>,
    a: impl Left,
    b: Rows<'_>,
    c: &mut [f32],
    c_stride: usize,
) {
    const N: usize = 32;
    let mut i = 0;
    while i < m {
        let rows = match m - i {
            8.. => 8,
            4.. => 4,
            _ => 1,
        };
        for j in (0..end).step_by(N) {
            let at = [i, j, k, N];
            match rows {
                8 => tile::<8, N>(at, start, a, b, c, c_stride),
                4 => tile::<4, N>(at, start, a, b, c, c_stride),
                _ => tile::<1, N>(at, start, a, b, c, c_stride),
            }
        }
        i += rows;
    }
}

/// The result's columns `j..j + N`, `M` rows at a time.
#[inline(always)]
fn columns<const M: usize, const N: usize>(
    [m, n, k]: [usize; 3],
    start: Start<'_>,
    a: impl Left,
    b: Rows<'_>,
    j: usize,
    c: &mut [f32],
    c_stride: usize,
) {
    let width = N.min(n - j);
    let mut i = 0;
    while m - i >= M {
        tile::<M, N>([i, j, k, width], start, a, b, c, c_stride);
        i += M;
    }
    while m - i >= 4 {
        tile::<4, N>([i, j, k, width], start, a, b, c, c_stride);
        i += 4;
    }
    while i < m {
        tile::<1, N>([i, j, k, width], start, a, b, c, c_stride);
        i += 1;
    }
}

#[inline(always)]
fn tile<const M: usize, const N: usize>(
    [i, j, k, width]: [usize; 4],
    start: Start<'_>,
    a: impl Left,
    b: Rows<'_>,
    c: &mut [f32],
    c_stride: usize,
) {
    let mut sums = [[0.0; N]; M];
    for (r, sums) in sums.iter_mut().enumerate() {
        match start {
            Start::Zero => {}
            Start::Row(row) => load(&row[j..], width, sums),
            Start::Result => load(&c[(i + r) * c_stride + j..], width, sums),
        }
    }
    a.accumulate::<M, N>(i, k, b, j, &mut sums);
    for (r, sums) in sums.iter().enumerate() {
        let row = &mut c[(i + r) * c_stride + j..];
        if width == N
            && let Some(row) = row.first_chunk_mut::<N>()
        {
            *row = *sums;
        } else {
            // Written out: a copy of a length unknown to the compiler is a call.
            for (to, from) in row.iter_mut().zip(&sums[..width]) {
                *to = *from;
            }
        }
    }
}

#[inline(always)]
fn load<const N: usize>(row: &[f32], width: usize, sums: &mut [f32; N]) {
    if width == N
        && let Some(row) = row.first_chunk::<N>()
    {
        *sums = *row;
    } else {
        for (to, from) in sums[..width].iter_mut().zip(row) {
            *to = *from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both products equal the sums written out, to the bit, for sizes with and without remainders.
    #[test]
    fn products_are_the_plain_sums() {
        let number = |i: usize| ((i * 7919) % 1013) as f32 / 1013.0 - 0.5;
        for [m, n, k] in [
            [1, 1, 1],
            [4, 16, 5],
            [9, 31, 7],
            [13, 8, 3],
            [5, 12, 40],
            [3, 24, 2],
            [0, 3, 2],
            [21, 64, 40],
            [8, 50, 9],
        ] {
            let a: Vec<f32> = (0..m * k).map(number).collect();
            let b: Vec<f32> = (0..k * padded(n)).map(|i| number(i + 17)).collect();
            let mut expected: Vec<f32> = (0..m * n).map(|i| number(i + 5)).collect();
            let start = expected.clone();
            for i in 0..m {
                for j in 0..n {
                    for p in 0..k {
                        expected[i * n + j] += a[i * k + p] * b[p * padded(n) + j];
                    }
                }
            }
            let mut c = start.clone();
            multiply(
                [m, n, k],
                Start::Result,
                Rows::new(&a, k),
                Rows::new(&b, padded(n)),
                &mut c,
                n,
            );
            assert_eq!(c, expected, "{m} {n} {k}");
            let transposed: Vec<f32> = (0..k * m).map(|x| a[(x % m) * k + x / m]).collect();
            let mut c = start;
            multiply_transposed(
                [m, n, k],
                Start::Result,
                Rows::new(&transposed, m),
                Rows::new(&b, padded(n)),
                &mut c,
                n,
            );
            assert_eq!(c, expected, "transposed {m} {n} {k}");
        }
    }
}
