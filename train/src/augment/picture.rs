//! Changes of images: mirror, shift, size, turn, brightness and contrast.

use impulse_ir::spec::PictureChanges;

use super::Draw;

/// The image `pixels`, `[height, width, channels]` of `shape` `[width, height, channels]`, with
/// `changes`: each pixel is fetched from where it lay before, between four neighbours; what lies
/// outside is the nearest pixel of the edge. Without changes it comes out as it is.
pub fn change(
    pixels: &[i16],
    shape: [usize; 3],
    changes: &PictureChanges,
    draw: &mut Draw,
) -> Vec<i16> {
    if *changes == PictureChanges::default() {
        return pixels.to_vec();
    }
    let [width, height, n_channels] = shape;
    let way = Way::draw(shape, changes, draw);
    let light = draw.between(-changes.brightness, changes.brightness) * 255.0;
    let contrast = 1.0 + draw.between(-changes.brightness, changes.brightness);
    let mean = pixels.iter().map(|&p| f32::from(p)).sum::<f32>() / pixels.len().max(1) as f32;
    let mut out = Vec::with_capacity(pixels.len());
    for y in 0..height {
        for x in 0..width {
            let from = way.back([x as f32, y as f32]);
            for channel in 0..n_channels {
                let value = fetch(pixels, shape, from, channel);
                let value = (value - mean) * contrast + mean + light;
                out.push(value.clamp(0.0, 255.0).round() as i16);
            }
        }
    }
    out
}

/// Where pixels come from.
struct Way {
    centre: [f32; 2],
    shift: [f32; 2],
    /// Rows of the matrix that turns and scales back.
    rows: [[f32; 2]; 2],
}

impl Way {
    fn draw(shape: [usize; 3], changes: &PictureChanges, draw: &mut Draw) -> Self {
        let sides = [shape[0] as f32, shape[1] as f32];
        let mirror = changes.mirror && draw.unit() < 0.5;
        let shift = sides.map(|side| draw.between(-changes.shift, changes.shift) * side);
        let scale = 1.0 + draw.between(-changes.zoom, changes.zoom);
        let angle = draw
            .between(-changes.turn_deg, changes.turn_deg)
            .to_radians();
        let (sin, cos) = (libm::sinf(angle) / scale, libm::cosf(angle) / scale);
        let flip = if mirror { -1.0 } else { 1.0 };
        Self {
            centre: sides.map(|side| (side - 1.0) / 2.0),
            shift,
            rows: [[cos * flip, sin * flip], [-sin, cos]],
        }
    }

    fn back(&self, to: [f32; 2]) -> [f32; 2] {
        let at = [0, 1].map(|d| to[d] - self.centre[d] - self.shift[d]);
        [0, 1].map(|d| self.rows[d][0] * at[0] + self.rows[d][1] * at[1] + self.centre[d])
    }
}

/// The value at a place between pixels.
fn fetch(
    pixels: &[i16],
    [width, height, n_channels]: [usize; 3],
    at: [f32; 2],
    channel: usize,
) -> f32 {
    let clamped = |x: f32, side: usize| x.clamp(0.0, (side - 1) as f32);
    let (x, y) = (clamped(at[0], width), clamped(at[1], height));
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let (over, down) = (x - left as f32, y - top as f32);
    let pixel = |x: usize, y: usize| f32::from(pixels[(y * width + x) * n_channels + channel]);
    let upper = pixel(left, top) + (pixel(right, top) - pixel(left, top)) * over;
    let lower = pixel(left, bottom) + (pixel(right, bottom) - pixel(left, bottom)) * over;
    upper + (lower - upper) * down
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: [usize; 3] = [5, 3, 1];

    fn image() -> Vec<i16> {
        (0..15).map(|i| i * 10).collect()
    }

    fn all(changes: PictureChanges) -> Vec<Vec<i16>> {
        (0..100)
            .map(|i| change(&image(), SHAPE, &changes, &mut Draw::new(1, 0, i)))
            .collect()
    }

    #[test]
    fn without_changes_the_image_stays() {
        assert!(all(PictureChanges::default()).iter().all(|i| *i == image()));
    }

    #[test]
    fn a_mirror_turns_half_of_them() {
        let mirrored: Vec<i16> = image()
            .chunks(5)
            .flat_map(|row| row.iter().rev())
            .copied()
            .collect();
        let found = all(PictureChanges {
            mirror: true,
            ..Default::default()
        });
        let n = found.iter().filter(|i| **i == mirrored).count();
        assert!((30..70).contains(&n), "{n}");
        assert!(found.iter().all(|i| *i == mirrored || *i == image()));
    }

    #[test]
    fn shifts_and_turns_stay_within_what_the_image_has() {
        let changes = PictureChanges {
            shift: 0.4,
            zoom: 0.3,
            turn_deg: 30.0,
            ..Default::default()
        };
        let found = all(changes);
        assert!(found.iter().flatten().all(|p| (0..=140).contains(p)));
        assert!(found.iter().filter(|i| **i != image()).count() > 90);
        // A quarter turn, exactly.
        let square: Vec<i16> = (0..9).collect();
        let way = Way {
            centre: [1.0; 2],
            shift: [0.0; 2],
            rows: [[0.0, 1.0], [-1.0, 0.0]],
        };
        let turned: Vec<f32> = (0..9)
            .map(|i| {
                fetch(
                    &square,
                    [3, 3, 1],
                    way.back([(i % 3) as f32, (i / 3) as f32]),
                    0,
                )
            })
            .collect();
        assert_eq!(turned, [6.0, 3.0, 0.0, 7.0, 4.0, 1.0, 8.0, 5.0, 2.0]);
    }

    #[test]
    fn brightness_moves_and_clamps() {
        let found = all(PictureChanges {
            brightness: 0.9,
            ..Default::default()
        });
        assert!(found.iter().flatten().all(|p| (0..=255).contains(p)));
        assert!(found.iter().any(|i| i[0] > 50) && found.iter().any(|i| i[14] < 50));
    }
}
