//! Streams made of clips, where nobody has recorded long ones: each clip once, in a drawn order,
//! with pauses between them, over background noise.

use super::{Event, Recording};
use crate::data::{Dataset, Split};
use crate::random::{Purpose, below, stream};

/// Clips of one stream. Streams are independent of each other, so many of them can be replayed at
/// once, and memory holds only those.
pub const CLIPS_PER_STREAM: usize = 60;

/// Pauses between clips, in windows: from half a window to three.
const PAUSE_QUARTERS: (usize, usize) = (2, 12);

/// How far the noise lies below the clips, in dB.
pub const SNR_DB: f64 = 15.0;

/// Amplitude of the hiss where the data set has no noise: about −70 dBFS.
const HISS: usize = 20;

/// A plan of streams over the clips of one side.
#[derive(Debug)]
pub struct Stitched<'d> {
    set: &'d Dataset,
    streams: Vec<Vec<usize>>,
    seed: u64,
    length: usize,
    level: f64,
}

impl<'d> Stitched<'d> {
    /// The streams of the side `split` of `set`, drawn with `seed`.
    pub fn new(set: &'d Dataset, split: Split, seed: u64) -> Self {
        let mut order = set.indices(split);
        let mut random = stream(seed, Purpose::Replay, 0);
        for i in (1..order.len()).rev() {
            order.swap(i, below(&mut random, i + 1));
        }
        let length = order.first().map_or(0, |&i| set.clips[i].samples.len());
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let (sum, n) = values.fold((0.0, 0usize), |(sum, n), v| (sum + v, n + 1));
            sum / n.max(1) as f64
        };
        let power = |s: &i16| f64::from(*s) * f64::from(*s);
        let clips = order.iter().flat_map(|&i| &set.clips[i].samples);
        let of_clips = mean(&mut clips.map(power));
        let of_noise = mean(&mut set.noise.iter().flatten().map(power));
        let wanted = of_clips / libm::exp10(SNR_DB / 10.0);
        Self {
            set,
            streams: order
                .chunks(CLIPS_PER_STREAM)
                .map(<[usize]>::to_vec)
                .collect(),
            seed,
            length,
            level: if of_noise > 0.0 {
                libm::sqrt(wanted / of_noise)
            } else {
                0.0
            },
        }
    }

    /// Number of streams.
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// Whether there are no clips.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Number of clips.
    pub fn n_clips(&self) -> usize {
        self.streams.iter().map(Vec::len).sum()
    }

    /// Whether the noise is that of the data set; otherwise it is a faint hiss.
    pub fn has_noise(&self) -> bool {
        self.level > 0.0
    }

    /// The stream `index`, the same whenever it is asked for.
    pub fn stream(&self, index: usize) -> Recording {
        let mut random = stream(self.seed, Purpose::Replay, index + 1);
        let clips = self.streams.get(index).map_or(&[][..], Vec::as_slice);
        let (least, most) = PAUSE_QUARTERS;
        let quarter = self.length.div_ceil(4);
        let pauses: Vec<usize> = (0..=clips.len())
            .map(|_| quarter * least + below(&mut random, quarter * (most - least) + 1))
            .collect();
        let n: usize = pauses.iter().sum::<usize>() + clips.len() * self.length;
        let mut samples = self.noise(n, &mut random);
        let mut events = Vec::with_capacity(clips.len());
        let mut at = pauses[0];
        for (&i, pause) in clips.iter().zip(&pauses[1..]) {
            let clip = &self.set.clips[i];
            for (sample, &said) in samples[at..].iter_mut().zip(&clip.samples) {
                *sample = sample.saturating_add(said);
            }
            events.push(Event {
                label: clip.label,
                from: at as u64,
                to: (at + self.length) as u64,
            });
            at += self.length + pause;
        }
        Recording {
            name: format!("stream {}", index + 1),
            samples,
            events,
        }
    }

    fn noise(&self, n: usize, random: &mut impl rand::Rng) -> Vec<i16> {
        let mut samples = Vec::with_capacity(n);
        let usable: Vec<&Vec<i16>> = self.set.noise.iter().filter(|n| !n.is_empty()).collect();
        if !self.has_noise() || usable.is_empty() {
            let hiss = |_| (below(random, 2 * HISS + 1) as i16) - HISS as i16;
            return (0..n).map(hiss).collect();
        }
        while samples.len() < n {
            let recording = usable[below(random, usable.len())];
            let start = below(random, recording.len());
            // A long recording should not fill the stream alone.
            let most = recording.len().clamp(1, 20 * self.length.max(1));
            let cut = (0..most.min(n - samples.len()))
                .map(|i| f64::from(recording[(start + i) % recording.len()]));
            let scaled = cut.map(|v| libm::round(v * self.level).clamp(-32_768.0, 32_767.0) as i16);
            samples.extend(scaled);
        }
        samples
    }
}
