//! Pixels as features, 0..1, and the change of an image's size.
//!
//! Sizes are changed in whole numbers, so that a camera's frame gives the same bytes on the board
//! as its file gave in training.

/// 1 / 255.
const SHARE: f32 = 1.0 / 255.0;

/// What the network sees of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// Each channel as it is, over 255.
    Same,
    /// The luma of red, green and blue, `0.299·R + 0.587·G + 0.114·B` over 255 (ITU-R BT.601),
    /// not rounded.
    Grey,
}

/// The block, row of pixels by row of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels of a row.
    pub n_pixels: usize,
    /// Bytes of a pixel: 1 (grey) or 3 (red, green, blue).
    pub n_channels: usize,
    /// What is made of them.
    pub channels: Channels,
}

impl Image {
    /// Features of a row.
    pub const fn row_len(&self) -> usize {
        match self.channels {
            Channels::Same => self.n_pixels * self.n_channels,
            Channels::Grey => self.n_pixels,
        }
    }

    /// Features of `pixels`, `[n_pixels, n_channels]`, as a row `[row_len]` at the start of
    /// `scratch`, each 0..1.
    pub fn frame<'s>(&self, pixels: &[u8], scratch: &'s mut [f32]) -> &'s [f32] {
        let row = &mut scratch[..self.row_len()];
        match self.channels {
            Channels::Same => {
                for (value, &byte) in row.iter_mut().zip(pixels) {
                    *value = f32::from(byte) * SHARE;
                }
            }
            Channels::Grey => {
                let pixels = pixels.as_chunks::<3>().0;
                for (value, &[red, green, blue]) in row.iter_mut().zip(pixels) {
                    let luma =
                        f32::from(red) * 0.299 + f32::from(green) * 0.587 + f32::from(blue) * 0.114;
                    *value = luma * SHARE;
                }
            }
        }
        row
    }
}

/// How an image of another shape is brought to the input's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The whole image is stretched to the shape.
    Squash,
    /// The whole image, its shape kept, between black bars.
    Fit,
    /// The largest middle part that has the shape.
    Crop,
}

/// Where the pixels of an image of another size come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The pixel under the middle.
    Nearest,
    /// The mean of the pixels around, weighted by a triangle that is as wide as the change of the
    /// size asks for: every pixel of a large image counts.
    Bilinear,
}

/// A change of an image's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// Width and height of the image that comes in.
    pub from: [usize; 2],
    /// Width and height of the image that goes out.
    pub to: [usize; 2],
    /// Bytes of a pixel.
    pub n_channels: usize,
    /// What becomes of another shape.
    pub fit: Fit,
    /// Where pixels come from.
    pub interpolation: Interpolation,
}

/// A part of an image along one direction.
#[derive(Clone, Copy)]
struct Part {
    start: usize,
    len: usize,
}

impl Resize {
    /// `image`, `[height, width, n_channels]` of `from`, as `out`, the same of `to`. No size is 0
    /// or above 2¹⁴.
    pub fn apply(&self, image: &[u8], out: &mut [u8]) {
        let (source, target) = self.parts();
        out.fill(0);
        for y in 0..target[1].len {
            let row = (target[1].start + y) * self.to[0];
            for x in 0..target[0].len {
                let at = (row + target[0].start + x) * self.n_channels;
                for channel in 0..self.n_channels {
                    out[at + channel] = self.pixel(image, source, target, [x, y], channel);
                }
            }
        }
    }

    /// The part of the image that is read and the part that is written, `[horizontal, vertical]`.
    fn parts(&self) -> ([Part; 2], [Part; 2]) {
        let whole = |size: [usize; 2]| size.map(|len| Part { start: 0, len });
        let (from, to) = (self.from, self.to);
        match self.fit {
            Fit::Squash => (whole(from), whole(to)),
            Fit::Fit => (whole(from), middle(to, shape_within(to, from))),
            Fit::Crop => (middle(from, shape_within(from, to)), whole(to)),
        }
    }

    /// One byte of the result; `at` counts within the part that is written.
    fn pixel(
        &self,
        image: &[u8],
        source: [Part; 2],
        target: [Part; 2],
        at: [usize; 2],
        channel: usize,
    ) -> u8 {
        let byte = |x: usize, y: usize| {
            let pixel = (source[1].start + y) * self.from[0] + source[0].start + x;
            image[pixel * self.n_channels + channel]
        };
        let across = |d: usize| Across::new(source[d].len, target[d].len, at[d]);
        let (horizontal, vertical) = (across(0), across(1));
        if self.interpolation == Interpolation::Nearest {
            return byte(horizontal.nearest(), vertical.nearest());
        }
        let (mut sum, mut weights) = (0u64, 0u64);
        for y in vertical.first()..vertical.end() {
            let weight_y = vertical.weight(y);
            let (mut row_sum, mut row_weights) = (0u64, 0u64);
            for x in horizontal.first()..horizontal.end() {
                let weight_x = horizontal.weight(x);
                row_sum += weight_x * u64::from(byte(x, y));
                row_weights += weight_x;
            }
            sum += weight_y * row_sum;
            weights += weight_y * row_weights;
        }
        ((2 * sum + weights) / (2 * weights)) as u8
    }
}

/// The largest size of the shape of `shape` that lies within `size`, at least 1 by 1.
fn shape_within(size: [usize; 2], shape: [usize; 2]) -> [usize; 2] {
    let [width, height] = size;
    // Rounded to the nearest.
    let scaled = |len: usize, by: usize, over: usize| ((2 * len * by + over) / (2 * over)).max(1);
    if shape[0] * height > shape[1] * width {
        [width, scaled(width, shape[1], shape[0]).min(height)]
    } else {
        [scaled(height, shape[0], shape[1]).min(width), height]
    }
}

fn middle(size: [usize; 2], part: [usize; 2]) -> [Part; 2] {
    let one = |d: usize| Part {
        start: (size[d] - part[d]) / 2,
        len: part[d],
    };
    [one(0), one(1)]
}

/// Along one direction, in units of half a pixel of the source over the target's length: pixel
/// `s` of the source has its middle at `(2s + 1)·n_to`, that of the target at `(2t + 1)·n_from`.
#[derive(Clone, Copy)]
struct Across {
    n_from: usize,
    n_to: usize,
    centre: usize,
    /// Where the triangle reaches 0: a pixel of the source or of the target, whichever is larger.
    radius: usize,
}

impl Across {
    fn new(n_from: usize, n_to: usize, at: usize) -> Self {
        Self {
            n_from,
            n_to,
            centre: (2 * at + 1) * n_from,
            radius: 2 * n_from.max(n_to),
        }
    }

    fn nearest(&self) -> usize {
        self.centre / (2 * self.n_to)
    }

    /// The first pixel that may have a weight.
    fn first(&self) -> usize {
        self.centre.saturating_sub(self.radius) / (2 * self.n_to)
    }

    /// After the last pixel that may have a weight.
    fn end(&self) -> usize {
        ((self.centre + self.radius) / (2 * self.n_to) + 1).min(self.n_from)
    }

    fn weight(&self, at: usize) -> u64 {
        let distance = ((2 * at + 1) * self.n_to).abs_diff(self.centre);
        self.radius.saturating_sub(distance) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resize(from: [usize; 2], to: [usize; 2], fit: Fit, interpolation: Interpolation) -> Resize {
        Resize {
            from,
            to,
            n_channels: 1,
            fit,
            interpolation,
        }
    }

    #[test]
    fn the_same_size_changes_nothing() {
        let image: [u8; 12] = core::array::from_fn(|i| (i * 21) as u8);
        for interpolation in [Interpolation::Nearest, Interpolation::Bilinear] {
            for fit in [Fit::Squash, Fit::Fit, Fit::Crop] {
                let mut out = [7; 12];
                resize([4, 3], [4, 3], fit, interpolation).apply(&image, &mut out);
                assert_eq!(out, image);
            }
        }
    }

    #[test]
    fn halving_weighs_the_pixels_around() {
        // Along each direction the triangle over pixels at distances ½, ½, 3/2 of 2: 3, 3, 1.
        let mut out = [0; 2];
        let halve = resize([4, 1], [2, 1], Fit::Squash, Interpolation::Bilinear);
        halve.apply(&[70, 140, 0, 210], &mut out);
        assert_eq!(out, [90, 110]);
        let nearest = resize([4, 1], [2, 1], Fit::Squash, Interpolation::Nearest);
        nearest.apply(&[70, 140, 0, 210], &mut out);
        assert_eq!(out, [140, 210]);
    }

    #[test]
    fn enlarging_lies_between_the_neighbours() {
        let mut out = [0; 4];
        let double = resize([2, 1], [4, 1], Fit::Squash, Interpolation::Bilinear);
        double.apply(&[0, 100], &mut out);
        assert_eq!(out, [0, 25, 75, 100]);
    }

    #[test]
    fn fit_keeps_the_shape_between_bars_and_crop_takes_the_middle() {
        let image = [9u8; 8];
        let mut out = [1; 16];
        resize([4, 2], [4, 4], Fit::Fit, Interpolation::Bilinear).apply(&image, &mut out);
        let expected: [u8; 16] = core::array::from_fn(|i| if (4..12).contains(&i) { 9 } else { 0 });
        assert_eq!(out, expected);
        let mut out = [0; 4];
        let image = [1, 2, 3, 4, 5, 6, 7, 8];
        resize([4, 2], [2, 2], Fit::Crop, Interpolation::Nearest).apply(&image, &mut out);
        assert_eq!(out, [2, 3, 6, 7]);
    }

    #[test]
    fn no_shape_is_too_slim() {
        for fit in [Fit::Squash, Fit::Fit, Fit::Crop] {
            for (from, to) in [([1, 200], [9, 3]), ([200, 1], [3, 9]), ([1, 1], [5, 4])] {
                let mut out = [0; 45];
                let image = [200; 200];
                let out = &mut out[..to[0] * to[1]];
                resize(from, to, fit, Interpolation::Bilinear).apply(&image, out);
                assert!(out.iter().all(|&b| b == 0 || b == 200) && out.contains(&200));
            }
        }
    }
}
