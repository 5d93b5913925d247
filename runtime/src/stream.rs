//! Streaming: samples in, in slices of any size; windows of features out.
//!
//! Frames start at multiples of the hop, counted from the first sample. Window `k` is the window
//! of whole frames that starts at the first frame at or after sample `k · stride`; it is complete
//! with the last sample of its last frame. Each frame is computed once, when its last sample
//! arrives, so nothing depends on the slices, and memory is one frame of samples and one window
//! of features.

use crate::features::Mfcc;

/// What does not change while samples flow.
#[derive(Clone, Copy, Debug)]
pub struct Stream<'t> {
    /// The feature block.
    pub mfcc: Mfcc<'t>,
    /// Frames of a window, at least 1.
    pub n_frames: usize,
    /// Samples between the starts of two windows, at least the hop.
    pub stride_samples: usize,
}

/// What does change, apart from the buffers. The C structure `impulse_stream_state` has the same
/// fields in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct StreamState {
    /// Samples in the sample buffer.
    fill: u32,
    /// Samples to drop before the next frame starts (a hop longer than the frame).
    skip: u32,
    /// Frames to come until the next window is complete, at least 1.
    wait: u32,
    /// Samples from the nominal start of the next window to its first frame, below the hop.
    late: u32,
    /// The row that the next frame is stored in, which is the oldest row of a complete window.
    head: u32,
}

/// What [`Stream::push`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Samples taken; the rest is to be pushed after the window has been read.
    pub consumed: usize,
    /// Whether the last sample taken completed a window.
    pub complete: bool,
}

impl StreamState {
    /// Before the first sample.
    pub const fn new(n_frames: usize) -> Self {
        Self {
            fill: 0,
            skip: 0,
            wait: n_frames as u32,
            late: 0,
            head: 0,
        }
    }

    /// The oldest row of the window that has just been completed.
    pub const fn first_frame(&self) -> usize {
        self.head as usize
    }
}

impl Stream<'_> {
    /// Length of the sample buffer.
    pub const fn samples_len(&self) -> usize {
        self.mfcc.frame_samples
    }

    /// Length of the feature ring, `[n_frames, n_coefficients]`.
    pub const fn features_len(&self) -> usize {
        self.n_frames * self.mfcc.n_coefficients
    }

    /// Takes samples until a window is complete or `input` is at its end.
    ///
    /// `samples` is `[samples_len]` and `features` is `[features_len]`, both kept between calls;
    /// `scratch` is `[mfcc.scratch_len]` and need not be kept.
    pub fn push(
        &self,
        state: &mut StreamState,
        samples: &mut [i16],
        features: &mut [f32],
        scratch: &mut [f32],
        input: &[i16],
    ) -> Pushed {
        let mut rest = input;
        while !rest.is_empty() {
            if state.skip > 0 {
                let n = rest.len().min(state.skip as usize);
                state.skip -= n as u32;
                rest = &rest[n..];
                continue;
            }
            let fill = state.fill as usize;
            let n = rest.len().min(self.mfcc.frame_samples - fill);
            samples[fill..fill + n].copy_from_slice(&rest[..n]);
            state.fill += n as u32;
            rest = &rest[n..];
            if state.fill as usize == self.mfcc.frame_samples
                && self.end_frame(state, samples, features, scratch)
            {
                return Pushed {
                    consumed: input.len() - rest.len(),
                    complete: true,
                };
            }
        }
        Pushed {
            consumed: input.len(),
            complete: false,
        }
    }

    /// Computes the frame that has just been filled and makes room for the next one; whether it
    /// completed a window.
    fn end_frame(
        &self,
        state: &mut StreamState,
        samples: &mut [i16],
        features: &mut [f32],
        scratch: &mut [f32],
    ) -> bool {
        let frame_samples = self.mfcc.frame_samples;
        let hop_samples = self.mfcc.hop_samples;
        // A frame between two windows (stride longer than the window) belongs to none.
        if state.wait as usize <= self.n_frames {
            let start = state.head as usize * self.mfcc.n_coefficients;
            let row = &mut features[start..start + self.mfcc.n_coefficients];
            self.mfcc.frame(&samples[..frame_samples], scratch, row);
            state.head = if state.head as usize + 1 == self.n_frames {
                0
            } else {
                state.head + 1
            };
        }
        if hop_samples < frame_samples {
            samples.copy_within(hop_samples..frame_samples, 0);
            state.fill = (frame_samples - hop_samples) as u32;
        } else {
            state.fill = 0;
            state.skip = (hop_samples - frame_samples) as u32;
        }
        state.wait -= 1;
        if state.wait > 0 {
            return false;
        }
        self.await_next_window(state);
        true
    }

    /// Frames from the start of this window to the start of the next.
    fn await_next_window(&self, state: &mut StreamState) {
        let hop_samples = self.mfcc.hop_samples as u32;
        let stride_samples = self.stride_samples as u32;
        let whole = stride_samples / hop_samples;
        let part = stride_samples % hop_samples;
        if part <= state.late {
            state.late -= part;
            state.wait = whole;
        } else {
            state.late += hop_samples - part;
            state.wait = whole + 1;
        }
    }
}
