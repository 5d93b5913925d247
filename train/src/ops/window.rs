//! The sliding window of convolutions and pools over `[height, width, channels]`.

use core::ops::Range;

/// Sizes of a window's passage over one clip.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Input `[height, width, channels]`.
    pub input: [usize; 3],
    /// Output positions `[height, width]`.
    pub output: [usize; 2],
    /// Kernel `[height, width]`.
    pub kernel: [usize; 2],
    /// Stride `[height, width]`.
    pub stride: [usize; 2],
    /// Rows above and columns left of the input that the first window covers.
    pub pad: [usize; 2],
}

impl Window {
    /// Number of output positions.
    pub fn positions(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Values of the input.
    pub fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Whether each output position reads exactly the input position of the same number.
    pub fn is_pointwise(&self) -> bool {
        self.kernel == [1, 1] && self.stride == [1, 1] && self.pad == [0, 0]
    }

    /// Along `axis`, the taps of output position `o` that lie inside the input, and the input
    /// position under the first of them.
    #[inline(always)]
    pub fn inside(&self, axis: usize, o: usize) -> (Range<usize>, usize) {
        let start = o * self.stride[axis];
        let first = self.pad[axis].saturating_sub(start).min(self.kernel[axis]);
        let end = (self.input[axis] + self.pad[axis])
            .saturating_sub(start)
            .min(self.kernel[axis]);
        (
            first..end.max(first),
            (start + first).saturating_sub(self.pad[axis]),
        )
    }

    /// The output columns whose windows lie inside the input's columns with all of their taps.
    fn interior(&self) -> Range<usize> {
        let [_, stride] = self.stride;
        let start = self.pad[1].div_ceil(stride).min(self.output[1]);
        let room = (self.input[1] + self.pad[1]).checked_sub(self.kernel[1]);
        let end = room.map_or(0, |room| room / stride + 1);
        start..end.clamp(start, self.output[1])
    }

    /// Writes the values under each window to a row of `patches` (`[positions, stride]`), in the
    /// order `[kernel height, kernel width, channels]`; zeros outside of the input. The rest of a
    /// row stays as it is.
    pub fn gather(&self, input: &[f32], patches: &mut [f32], stride: usize) {
        let channels = self.input[2];
        let row_len = self.kernel[1] * channels;
        let interior = self.interior();
        let lines = patches.chunks_exact_mut(stride * self.output[1].max(1));
        for (oy, line) in lines.enumerate().take(self.output[0]) {
            let (ys, y0) = self.inside(0, oy);
            for ox in (0..interior.start).chain(interior.end..self.output[1]) {
                let (xs, x0) = self.inside(1, ox);
                let patch = &mut line[ox * stride..][..self.kernel[0] * row_len];
                patch.fill(0.0);
                for (y, ky) in (y0..).zip(ys.clone()) {
                    let from = (y * self.input[1] + x0) * channels;
                    let to = ky * row_len + xs.start * channels;
                    let len = xs.len() * channels;
                    patch[to..to + len].copy_from_slice(&input[from..from + len]);
                }
            }
            if interior.is_empty() {
                continue;
            }
            let line = &mut line[interior.start * stride..interior.end * stride];
            if ys.len() < self.kernel[0] {
                let rows = line.chunks_exact_mut(stride);
                rows.for_each(|row| row[..self.kernel[0] * row_len].fill(0.0));
            }
            let x0 = interior.start * self.stride[1] - self.pad[1];
            for (y, ky) in (y0..).zip(ys) {
                let from = &input[(y * self.input[1] + x0) * channels..];
                let to = line[ky * row_len..].chunks_mut(stride);
                copy_runs(to, from, self.stride[1] * channels, row_len);
            }
        }
    }

    /// Adds each row of `patches` back to the values it was gathered from.
    pub fn scatter(&self, patches: &[f32], stride: usize, input: &mut [f32]) {
        let channels = self.input[2];
        let row_len = self.kernel[1] * channels;
        let mut rows = patches.chunks_exact(stride);
        for oy in 0..self.output[0] {
            let (ys, y0) = self.inside(0, oy);
            for ox in 0..self.output[1] {
                let (xs, x0) = self.inside(1, ox);
                let Some(patch) = rows.next() else { return };
                for (y, ky) in (y0..).zip(ys.clone()) {
                    let to = (y * self.input[1] + x0) * channels;
                    let from = ky * row_len + xs.start * channels;
                    let len = xs.len() * channels;
                    add(&mut input[to..to + len], &patch[from..from + len]);
                }
            }
        }
    }
}

/// Copies a run of `len` values to each of `to`, from every `step` values on; a length known to
/// the compiler saves a call for each.
#[inline(always)]
fn copy_runs<'a>(to: impl Iterator<Item = &'a mut [f32]>, from: &[f32], step: usize, len: usize) {
    match len {
        3 => copy_runs_of::<3>(to, from, step),
        4 => copy_runs_of::<4>(to, from, step),
        5 => copy_runs_of::<5>(to, from, step),
        8 => copy_runs_of::<8>(to, from, step),
        24 => copy_runs_of::<24>(to, from, step),
        48 => copy_runs_of::<48>(to, from, step),
        _ => {
            for (i, to) in to.enumerate() {
                to[..len].copy_from_slice(&from[i * step..][..len]);
            }
        }
    }
}

#[inline(always)]
fn copy_runs_of<'a, const N: usize>(
    to: impl Iterator<Item = &'a mut [f32]>,
    from: &[f32],
    step: usize,
) {
    for (i, to) in to.enumerate() {
        let from = from[i * step..].first_chunk::<N>();
        if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from) {
            *to = *from;
        }
    }
}

/// Adds a few values; a length known to the compiler saves a call.
#[inline(always)]
fn add(to: &mut [f32], from: &[f32]) {
    match to.len() {
        3 => add_array::<3>(to, from),
        8 => add_array::<8>(to, from),
        24 => add_array::<24>(to, from),
        48 => add_array::<48>(to, from),
        _ => to.iter_mut().zip(from).for_each(|(t, f)| *t += f),
    }
}

#[inline(always)]
fn add_array<const N: usize>(to: &mut [f32], from: &[f32]) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk::<N>()) {
        to.iter_mut().zip(from).for_each(|(t, f)| *t += f);
    }
}
