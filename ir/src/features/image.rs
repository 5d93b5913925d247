//! Pixels: parameters and tables. The arithmetic is `impulse_runtime::features::image`.

use impulse_runtime::features as device;
use impulse_runtime::features::image::Channels;
use impulse_runtime::stream::Frames;

use super::{Block, DeviceBlock, Problem, Samples, Tables};
use crate::board::Cpu;
use crate::cost::{self, code};
use crate::diagnostic::codes;
use crate::spec::{Sensor, Window};

/// Parameters of the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// What the network sees of a pixel.
    pub channels: Channels,
}

/// The block as the device has it: a row of pixels is a frame.
pub type ImageTables = device::Image;

impl Image {
    fn row(&self, window: &Window) -> device::Image {
        let width = match &window.sensor {
            Sensor::Image(picture) => picture.size[0],
            _ => window.length_samples,
        };
        device::Image {
            n_pixels: width,
            n_channels: window.n_axes,
            channels: self.channels,
        }
    }
}

impl Block for Image {
    fn keyword(&self) -> &'static str {
        "image"
    }

    /// Every row of pixels is a frame: nothing waits but what the network reads.
    fn frames(&self, window: &Window) -> Frames {
        let row = self.row(window);
        let values = row.n_pixels * row.n_channels;
        Frames {
            frame_samples: values,
            hop_samples: values,
            n_frames: window.length_samples / row.n_pixels.max(1),
            stride_samples: window.stride_samples * window.n_axes,
        }
    }

    fn n_columns(&self, window: &Window) -> usize {
        self.row(window).row_len()
    }

    /// `[height, width, channels]`.
    fn shape(&self, window: &Window) -> Vec<usize> {
        let row = self.row(window);
        let n_channels = row.row_len() / row.n_pixels.max(1);
        vec![self.frames(window).n_frames, row.n_pixels, n_channels]
    }

    fn problems(&self, window: &Window) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !matches!(window.sensor, Sensor::Image(_)) {
            let message = "expected images, found a window of another sensor";
            problems.push(Problem::new(codes::SENSOR, "image", message));
        }
        if self.channels == Channels::Grey && window.n_axes != 3 {
            let message = "expected red, green and blue to make grey of, found a grey image";
            problems.push(Problem::new(codes::SENSOR, "color", message));
        }
        problems
    }

    fn tables(&self, window: &Window) -> Tables {
        Tables::Image(self.row(window))
    }
}

impl DeviceBlock for ImageTables {
    fn scratch_len(&self) -> usize {
        self.row_len()
    }

    fn row(&self, frame: Samples<'_>, scratch: &mut [f32], out: &mut [f32]) {
        out.copy_from_slice(self.frame(frame.u8(), scratch));
    }

    fn flash_bytes(&self) -> usize {
        0
    }

    fn macs(&self) -> usize {
        self.n_pixels * self.n_channels
    }

    fn instructions(&self, cpu: Cpu) -> u64 {
        cost::load_instructions(self.n_pixels * self.n_channels, cpu)
    }

    fn code(&self, cpu: Cpu) -> Vec<(&'static str, u64)> {
        code::all(cpu, &[code::IMAGE])
    }
}
