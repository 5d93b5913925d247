//! Images as samples: JPEG and PNG, brought to the size of the network's input by the code that
//! the device has for its camera.

use std::io::Cursor;

use image::{DynamicImage, ImageReader, Limits};
use impulse_runtime::features::image::{Fit, Interpolation, Resize};

/// Longest side of an image.
const SIDE_MAX: u32 = 1 << 14;
/// Most memory that decoding an image may take.
const BYTES_MAX: u64 = 1 << 29;

/// What a window wants of an image.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// Bytes of a pixel: 1 (grey) or 3 (red, green, blue).
    pub n_channels: usize,
    /// What becomes of another shape.
    pub fit: Fit,
    /// Where pixels come from.
    pub interpolation: Interpolation,
}

/// Decodes a JPEG or PNG file: its bytes, `[height, width, n_channels]`.
///
/// # Errors
/// What is wrong with the bytes, in words.
pub fn decode(bytes: &[u8], wanted: Wanted) -> Result<Vec<u8>, String> {
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    let unknown = || "expected a JPEG or PNG image, found something else".to_owned();
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| unknown())?;
    if reader.format().is_none() {
        return Err(unknown());
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(BYTES_MAX);
    reader.limits(limits);
    let image = reader.decode().map_err(|e| match e {
        image::ImageError::Unsupported(_) => unknown(),
        image::ImageError::Limits(_) => {
            format!("expected an image of at most {SIDE_MAX} pixels a side, found a larger one")
        }
        other => format!("the image is damaged or cut short: {}", reason(&other)),
    })?;
    Ok(resized(&image, wanted))
}

fn reason(error: &image::ImageError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_lowercase()
}

/// The pixels at the wanted size. Grey comes of the colours before the size is changed, by the
/// luma of ITU-R BT.601, rounded.
fn resized(image: &DynamicImage, wanted: Wanted) -> Vec<u8> {
    let from = [image.width() as usize, image.height() as usize];
    let pixels = image.to_rgb8().into_raw();
    let pixels = if wanted.n_channels == 1 {
        pixels.chunks_exact(3).map(grey).collect()
    } else {
        pixels
    };
    let resize = Resize {
        from,
        to: wanted.size,
        n_channels: wanted.n_channels,
        fit: wanted.fit,
        interpolation: wanted.interpolation,
    };
    let mut out = vec![0; wanted.size[0] * wanted.size[1] * wanted.n_channels];
    resize.apply(&pixels, &mut out);
    out
}

/// `0.299·R + 0.587·G + 0.114·B` to the nearest, in whole numbers.
fn grey(pixel: &[u8]) -> u8 {
    let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((299 * red + 587 * green + 114 * blue + 500) / 1000) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, Rgb, RgbImage};

    fn wanted(size: [usize; 2], n_channels: usize) -> Wanted {
        Wanted {
            size,
            n_channels,
            fit: Fit::Squash,
            interpolation: Interpolation::Nearest,
        }
    }

    fn file(format: ImageFormat) -> Vec<u8> {
        let image = RgbImage::from_fn(20, 10, |x, _| {
            Rgb(if x < 10 { [255, 0, 0] } else { [0, 0, 255] })
        });
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(image)
            .write_to(&mut bytes, format)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn png_and_jpeg_are_brought_to_size_and_colour() {
        let png = file(ImageFormat::Png);
        assert_eq!(decode(&png, wanted([2, 1], 1)).unwrap(), [76, 29]);
        let colour = decode(&png, wanted([4, 2], 3)).unwrap();
        assert_eq!(
            (colour.len(), &colour[..3], &colour[9..12]),
            (24, &[255, 0, 0][..], &[0, 0, 255][..])
        );
        let jpeg = decode(&file(ImageFormat::Jpeg), wanted([4, 2], 3)).unwrap();
        for (a, b) in jpeg.iter().zip(&colour) {
            assert!(a.abs_diff(*b) < 30, "{jpeg:?}");
        }
    }

    #[test]
    fn what_is_no_image_or_damaged_says_so() {
        let png = file(ImageFormat::Png);
        for (bytes, expect) in [
            (&b""[..], "the file is empty"),
            (b"no image at all", "expected a JPEG or PNG image"),
            (&png[..png.len() / 2], "damaged or cut short"),
            (b"GIF89a\x01\0\x01\0\0\0\0;", "expected a JPEG or PNG image"),
        ] {
            let refused = decode(bytes, wanted([4, 4], 1)).unwrap_err();
            assert!(refused.contains(expect), "{refused}");
        }
    }
}
