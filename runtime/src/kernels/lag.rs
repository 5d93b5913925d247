//! How far a convolution that writes its outputs in order may lie over its input.

/// The order in which a convolution reads and writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output.
    pub output: [usize; 3],
    /// Input rows and columns between two outputs.
    pub stride: [usize; 2],
    /// Rows above and columns left of the input that count as zero.
    pub pad: [usize; 2],
    /// Outputs that are computed at once, while there are so many; then one by one.
    pub together: usize,
    /// Whether all inputs of these are copied before the first of them is written.
    pub copied: bool,
}

impl Walk {
    /// By how many bytes the input has to begin above the output, so that no output is written over
    /// an input that is read later.
    pub fn lag_bytes(&self) -> i64 {
        let [height, width, channels] = self.input;
        let outputs = self.output[0] * self.output[1];
        // The lowest input that the output at (y, x) or a later one of its row reads.
        let lowest = |y: usize, x: usize| {
            let row = (y * self.stride[0]).saturating_sub(self.pad[0]);
            let column = (x * self.stride[1]).saturating_sub(self.pad[1]);
            (row * width + column) * channels
        };
        let mut lag = -((height * width * channels) as i64);
        let mut at = 0;
        loop {
            let n = if outputs - at >= self.together {
                self.together
            } else {
                1
            };
            let reader = if self.copied { at + n } else { at };
            if reader >= outputs {
                return lag;
            }
            let (y, x) = (reader / self.output[1], reader % self.output[1]);
            let (this, next) = (lowest(y, x), lowest(y + 1, 0));
            let needed = if this < next || y + 1 == self.output[0] {
                this
            } else {
                next
            };
            at += n;
            let written = (at * self.output[2]) as i64 - needed as i64;
            if written > lag {
                lag = written;
            }
            if at >= outputs {
                return lag;
            }
        }
    }
}
