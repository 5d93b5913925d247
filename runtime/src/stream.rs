//! Streaming: samples in, in slices of any size; frames out, and word of each complete window.
//!
//! Frames start at multiples of the hop, counted from the first sample. Window `k` is the window
//! of whole frames that starts at the first frame at or after sample `k · stride`; it is complete
//! with the last sample of its last frame. Each frame is handed over once, when its last sample
//! has arrived, so nothing depends on the slices, and memory is one frame of samples.
//!
//! A block that needs the whole window of samples is a block of one frame: the frame is the
//! window, and hop and stride are the same.

/// How a stream of samples is cut into frames and windows. A sample with several axes counts as
/// that many: frame, hop and stride are multiples of the number of axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frames {
    /// Samples in a frame, at least 1.
    pub frame_samples: usize,
    /// Samples between the starts of two frames, at least 1.
    pub hop_samples: usize,
    /// Frames of a window, at least 1.
    pub n_frames: usize,
    /// Samples between the starts of two windows, at least the hop.
    pub stride_samples: usize,
}

/// What changes while samples flow, apart from the buffers. The C structure
/// `impulse_frames_state` has the same fields in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct FramesState {
    /// Samples in the sample buffer.
    fill: u32,
    /// Samples to drop before the next frame starts (a hop longer than the frame).
    skip: u32,
    /// Frames to come until the next window is complete, at least 1.
    wait: u32,
    /// Samples from the nominal start of the next window to its first frame, below the hop.
    late: u32,
    /// The row of the next frame, which is the oldest row of a complete window.
    head: u32,
}

/// What [`Frames::push`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Samples taken; the rest is to be pushed after the window has been read.
    pub consumed: usize,
    /// Whether the last sample taken completed a window.
    pub complete: bool,
}

impl FramesState {
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

impl Frames {
    /// Takes samples until a window is complete or `input` is at its end.
    ///
    /// `samples` is `[frame_samples]` and kept between calls. `each` gets every frame that belongs
    /// to a window, and the row, below `n_frames`, where its features belong; rows are taken in
    /// turn.
    // Not within the caller's code, where its size would not be seen.
    #[inline(never)]
    pub fn push<S: Copy>(
        &self,
        state: &mut FramesState,
        samples: &mut [S],
        input: &[S],
        mut each: impl FnMut(&[S], usize),
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
            let n = rest.len().min(self.frame_samples - fill);
            samples[fill..fill + n].copy_from_slice(&rest[..n]);
            state.fill += n as u32;
            rest = &rest[n..];
            if state.fill as usize == self.frame_samples
                && self.end_frame(state, samples, &mut each)
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

    /// Samples until the next window is complete, at least 1.
    pub const fn remaining(&self, state: &FramesState) -> usize {
        let frame = state.skip as usize + self.frame_samples - state.fill as usize;
        frame + (state.wait as usize - 1) * self.hop_samples
    }

    /// Each frame of one window by itself, with its row.
    pub fn window<S>(&self, samples: &[S], mut each: impl FnMut(&[S], usize)) {
        for row in 0..self.n_frames {
            let start = row * self.hop_samples;
            each(&samples[start..start + self.frame_samples], row);
        }
    }

    /// Hands over the frame that has just been filled and makes room for the next one; whether it
    /// completed a window.
    fn end_frame<S: Copy>(
        &self,
        state: &mut FramesState,
        samples: &mut [S],
        each: &mut impl FnMut(&[S], usize),
    ) -> bool {
        let (frame_samples, hop_samples) = (self.frame_samples, self.hop_samples);
        // A frame between two windows (stride longer than the window) belongs to none.
        if state.wait as usize <= self.n_frames {
            each(&samples[..frame_samples], state.head as usize);
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
    fn await_next_window(&self, state: &mut FramesState) {
        let hop_samples = self.hop_samples as u32;
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
