//! Pictures of numbers: heat maps as PNG, for the report and for `impulse features`.

mod figure;

use base64::Engine;

pub use figure::{Across, Content, Panel, svg};

/// Stops of the palette, from low to high: viridis, which rises evenly in lightness and is told
/// apart by people who see few colours (van der Walt and Smith, 2015).
const STOPS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// Values over time, one column of the picture per row of the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heatmap {
    /// Columns of the picture: rows of the values.
    pub width: usize,
    /// Rows of the picture: values of a row.
    pub height: usize,
    /// Indices into the palette, from the top left.
    pixels: Vec<u8>,
}

impl Heatmap {
    /// The picture of `values`, `[rows, columns]` with rows in the order of time: time to the right,
    /// the first column at the bottom. Colours span the values but for the outermost percent at
    /// either end, so that one odd value does not hide the others.
    pub fn new(values: &[f32], columns: usize) -> Self {
        let columns = columns.max(1);
        let width = values.len() / columns;
        let (low, high) = range(values);
        let span = if high > low { high - low } else { 1.0 };
        let mut pixels = Vec::with_capacity(width * columns);
        for column in (0..columns).rev() {
            for row in 0..width {
                let share = (values[row * columns + column] - low) / span;
                // Values that are no numbers are drawn as the lowest.
                pixels.push((share * 255.0).clamp(0.0, 255.0) as u8);
            }
        }
        Self {
            width,
            height: columns,
            pixels,
        }
    }

    /// The picture of an image's values, `[height, width, channels]` from the top left: its channels
    /// side by side.
    pub fn of_image(values: &[f32], [height, width, channels]: [usize; 3]) -> Self {
        let (low, high) = range(values);
        let span = if high > low { high - low } else { 1.0 };
        let mut pixels = Vec::with_capacity(values.len());
        for row in values.chunks_exact((width * channels).max(1)).take(height) {
            for channel in 0..channels {
                let of_channel = row.iter().skip(channel).step_by(channels.max(1));
                pixels
                    .extend(of_channel.map(|v| ((v - low) / span * 255.0).clamp(0.0, 255.0) as u8));
            }
        }
        Self {
            width: width * channels,
            height,
            pixels,
        }
    }

    /// The picture of features of any shape: of an image as it stands, of a list from left to right,
    /// else as [`Heatmap::new`] does.
    pub fn of_features(values: &[f32], shape: &[usize]) -> Self {
        match *shape {
            [height, width, channels] => Self::of_image(values, [height, width, channels]),
            [_] => Self::new(values, 1),
            _ => Self::new(values, shape.last().copied().unwrap_or(1)),
        }
    }

    /// The bytes of a PNG in which each value is a square of `scale` pixels.
    pub fn png(&self, scale: usize) -> Vec<u8> {
        let scale = scale.max(1);
        let mut rows = Vec::with_capacity(self.pixels.len() * scale * scale);
        for row in self.pixels.chunks_exact(self.width.max(1)) {
            for _ in 0..scale {
                rows.extend(row.iter().flat_map(|p| std::iter::repeat_n(*p, scale)));
            }
        }
        encode(self.width * scale, self.height * scale, &rows)
    }
}

/// Width of a picture of several maps, in pixels; each is as high as a quarter of it.
const STACK_WIDTH: usize = 880;

/// Several maps of the same time, one below the other, all of one width, as the bytes of a PNG.
pub fn stacked(maps: &[&Heatmap]) -> Vec<u8> {
    let height = STACK_WIDTH / 4;
    let mut rows = Vec::with_capacity(STACK_WIDTH * height * maps.len());
    for map in maps {
        for y in 0..height {
            let row = y * map.height / height * map.width;
            let pixels = map.pixels.get(row..row + map.width).unwrap_or_default();
            let at = |x: usize| pixels.get(x * map.width / STACK_WIDTH).copied();
            rows.extend((0..STACK_WIDTH).map(|x| at(x).unwrap_or(0)));
        }
    }
    encode(STACK_WIDTH, height * maps.len(), &rows)
}

/// An image of one or three channels, `[height, width, channels]` bytes as the data set has them, as
/// the bytes of a PNG. Empty where there is nothing to draw.
pub fn photograph(samples: &[i16], [width, height]: [usize; 2], n_channels: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (Ok(w), Ok(h)) = (u32::try_from(width), u32::try_from(height)) else {
        return bytes;
    };
    let mut encoder = png::Encoder::new(&mut bytes, w, h);
    encoder.set_color(match n_channels {
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Grayscale,
    });
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = samples.iter().map(|&s| s.clamp(0, 255) as u8).collect();
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&pixels)?;
        writer.finish()
    });
    if written.is_err() {
        bytes.clear();
    }
    bytes
}

/// What colours span: the values without the outermost percent at either end.
fn range(values: &[f32]) -> (f32, f32) {
    let mut sorted: Vec<f32> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f32::total_cmp);
    let at = |share: usize| sorted.get((sorted.len().saturating_sub(1)) * share / 100);
    match (at(1), at(99)) {
        (Some(&low), Some(&high)) => (low, high),
        _ => (0.0, 1.0),
    }
}

/// A PNG of palette indices, row by row. Empty where there is nothing to draw.
fn encode(width: usize, height: usize, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (Ok(w), Ok(h)) = (u32::try_from(width), u32::try_from(height)) else {
        return bytes;
    };
    let mut encoder = png::Encoder::new(&mut bytes, w, h);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette());
    encoder.set_compression(png::Compression::Balanced);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(pixels)?;
        writer.finish()
    });
    // Writing to memory fails only on a picture without pixels.
    if written.is_err() {
        bytes.clear();
    }
    bytes
}

/// 256 colours between the stops.
fn palette() -> Vec<u8> {
    let color = |i: usize| {
        let (stop, part) = (i * 8 / 255, i * 8 % 255);
        let (a, b) = (STOPS[stop.min(8)], STOPS[(stop + 1).min(8)]);
        let mix = |a: u8, b: u8| {
            ((usize::from(a) * (255 - part) + usize::from(b) * part + 127) / 255) as u8
        };
        [mix(a[0], b[0]), mix(a[1], b[1]), mix(a[2], b[2])]
    };
    (0..256).flat_map(color).collect()
}

/// Bytes as a `data:` address.
pub fn data_uri(kind: &str, bytes: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    format!("data:{kind};base64,{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_to_the_right_and_the_first_column_lies_at_the_bottom() {
        // Three rows of two values.
        let map = Heatmap::new(&[0.0, 1.0, 0.5, 0.5, 1.0, 0.0], 2);
        assert_eq!((map.width, map.height), (3, 2));
        assert_eq!(map.pixels, [255, 127, 0, 0, 127, 255]);
    }

    #[test]
    fn a_picture_comes_back_as_it_was_drawn() {
        let map = Heatmap::new(&[0.0, 1.0, 0.5, 0.5, 1.0, 0.0], 2);
        let png = map.png(2);
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(png::Transformations::IDENTITY);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (6, 4));
        assert_eq!(pixels[..6], [255, 255, 127, 127, 0, 0]);
        assert_eq!(pixels[12..18], [0, 0, 127, 127, 255, 255]);
        let colors = palette();
        assert_eq!(
            (&colors[..3], &colors[765..]),
            (&STOPS[0][..], &STOPS[8][..])
        );
    }

    #[test]
    fn an_image_stands_upright_with_its_channels_side_by_side() {
        // Two rows of one pixel with two channels.
        let map = Heatmap::of_features(&[0.0, 1.0, 1.0, 0.0], &[2, 1, 2]);
        assert_eq!((map.width, map.height), (2, 2));
        assert_eq!(map.pixels, [0, 255, 255, 0]);
        let list = Heatmap::of_features(&[0.0, 1.0, 1.0, 0.0], &[4]);
        assert_eq!((list.width, list.height), (4, 1));
        assert_eq!(list.pixels, [0, 255, 255, 0]);
        let png = photograph(&[0, 255, 300, -1, 7, 8], [1, 2], 3);
        let mut reader = png::Decoder::new(std::io::Cursor::new(png))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, [0, 255, 255, 0, 7, 8]);
        assert!(photograph(&[], [4, 4], 1).is_empty());
    }

    #[test]
    fn odd_values_make_a_picture_too() {
        assert!(
            !Heatmap::new(&[f32::NAN, f32::INFINITY, 1.0, 1.0], 2)
                .png(1)
                .is_empty()
        );
        assert!(Heatmap::new(&[], 3).png(4).is_empty());
    }
}
