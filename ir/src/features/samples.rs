//! Samples of a window in the type that its sensor gives.

use impulse_runtime::stream::Frames;

use crate::spec::{SampleType, Window};

/// Samples, rows of axes one after another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Samples<'s> {
    /// Of [`SampleType::I16`].
    I16(&'s [i16]),
    /// Of [`SampleType::F32`].
    F32(&'s [f32]),
    /// Of [`SampleType::U8`].
    U8(&'s [u8]),
}

/// Samples that are owned.
#[derive(Clone, Debug, PartialEq)]
pub enum Buffer {
    /// Of [`SampleType::I16`].
    I16(Vec<i16>),
    /// Of [`SampleType::F32`].
    F32(Vec<f32>),
    /// Of [`SampleType::U8`].
    U8(Vec<u8>),
}

impl Buffer {
    /// `len` zeros of a type.
    pub fn zeros(sample: SampleType, len: usize) -> Self {
        match sample {
            SampleType::I16 => Buffer::I16(vec![0; len]),
            SampleType::F32 => Buffer::F32(vec![0.0; len]),
            SampleType::U8 => Buffer::U8(vec![0; len]),
        }
    }

    /// All of it.
    pub fn samples(&self) -> Samples<'_> {
        match self {
            Buffer::I16(all) => Samples::I16(all),
            Buffer::F32(all) => Samples::F32(all),
            Buffer::U8(all) => Samples::U8(all),
        }
    }
}

impl<'s> Samples<'s> {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Samples::I16(all) => all.len(),
            Samples::F32(all) => all.len(),
            Samples::U8(all) => all.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Their type.
    pub fn sample(&self) -> SampleType {
        match self {
            Samples::I16(_) => SampleType::I16,
            Samples::F32(_) => SampleType::F32,
            Samples::U8(_) => SampleType::U8,
        }
    }

    /// `len` values from `start` on.
    pub fn part(self, start: usize, len: usize) -> Self {
        match self {
            Samples::I16(all) => Samples::I16(&all[start..start + len]),
            Samples::F32(all) => Samples::F32(&all[start..start + len]),
            Samples::U8(all) => Samples::U8(&all[start..start + len]),
        }
    }

    /// The same values in another type, clamped to it; values that are in it already are only
    /// copied. Recordings wait as int16 on the host, the pixels of images among them.
    pub fn of(self, sample: SampleType) -> Buffer {
        let number = |i: usize| match self {
            Samples::I16(all) => f32::from(all[i]),
            Samples::F32(all) => all[i],
            Samples::U8(all) => f32::from(all[i]),
        };
        let numbers = (0..self.len()).map(number);
        match sample {
            SampleType::I16 => Buffer::I16(numbers.map(|x| x as i16).collect()),
            SampleType::F32 => Buffer::F32(numbers.collect()),
            SampleType::U8 => Buffer::U8(numbers.map(|x| x as u8).collect()),
        }
    }

    /// The first `len` values, filled with zeros where there are fewer.
    pub fn resized(self, len: usize) -> Buffer {
        fn resized<S: Copy + Default>(all: &[S], len: usize) -> Vec<S> {
            let mut out = all[..all.len().min(len)].to_vec();
            out.resize(len, S::default());
            out
        }
        match self {
            Samples::I16(all) => Buffer::I16(resized(all, len)),
            Samples::F32(all) => Buffer::F32(resized(all, len)),
            Samples::U8(all) => Buffer::U8(resized(all, len)),
        }
    }

    /// The int16 of audio or motion; nothing where the samples are of another type.
    pub fn i16(self) -> &'s [i16] {
        match self {
            Samples::I16(all) => all,
            _ => &[],
        }
    }
}

impl<'s> Samples<'s> {
    /// The bytes of pixels; nothing where the samples are of another type.
    pub fn u8(self) -> &'s [u8] {
        match self {
            Samples::U8(all) => all,
            _ => &[],
        }
    }
}

impl<'s> From<&'s [i16]> for Samples<'s> {
    fn from(all: &'s [i16]) -> Self {
        Samples::I16(all)
    }
}

impl<'s> From<&'s Vec<i16>> for Samples<'s> {
    fn from(all: &'s Vec<i16>) -> Self {
        Samples::I16(all)
    }
}

impl<'s> From<&'s [f32]> for Samples<'s> {
    fn from(all: &'s [f32]) -> Self {
        Samples::F32(all)
    }
}

impl<'s> From<&'s [u8]> for Samples<'s> {
    fn from(all: &'s [u8]) -> Self {
        Samples::U8(all)
    }
}

/// The cut of a block that needs the whole window: one frame, which is the window.
pub fn whole_window(window: &Window) -> Frames {
    let stride_samples = window.stride_samples * window.n_axes;
    Frames {
        frame_samples: window.length_samples * window.n_axes,
        hop_samples: stride_samples,
        n_frames: 1,
        stride_samples,
    }
}
