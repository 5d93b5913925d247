//! Recordings cut or padded to exactly one window.

/// From this many windows on, a recording counts as a long one of a steady sound (noise, a
/// machine) and is cut into all of its windows.
pub(crate) const CUT_FROM_WINDOWS: usize = 4;

/// The windows of `length` samples that a recording gives, at least one:
/// - a shorter one is centred between zeros;
/// - one of less than four windows gives its loudest window, that with the most energy, because a
///   word said once must not be labelled where it is not;
/// - a longer one is cut into consecutive windows, what is left at the end is dropped.
pub fn windows(samples: &[i16], length: usize) -> Vec<Vec<i16>> {
    if length == 0 {
        return vec![Vec::new()];
    }
    if samples.len() <= length {
        return vec![centred(samples, length)];
    }
    if samples.len() < CUT_FROM_WINDOWS * length {
        let start = loudest(samples, length);
        return vec![samples[start..start + length].to_vec()];
    }
    samples.chunks_exact(length).map(<[i16]>::to_vec).collect()
}

/// The windows of `length` values that start at multiples of `stride`, both above 0, as a stream
/// gives them; none of a shorter recording.
pub fn strided(values: &[i16], length: usize, stride: usize) -> Vec<Vec<i16>> {
    let starts = (0..).map(|k| k * stride);
    let starts = starts.take_while(|start| start + length <= values.len());
    starts
        .map(|start| values[start..start + length].to_vec())
        .collect()
}

fn centred(samples: &[i16], length: usize) -> Vec<i16> {
    let mut window = vec![0; length];
    let before = (length - samples.len()) / 2;
    window[before..before + samples.len()].copy_from_slice(samples);
    window
}

/// Start of the window with the most energy; of equal ones the middle one, so that a word
/// surrounded by digital silence is not pushed to an edge.
fn loudest(samples: &[i16], length: usize) -> usize {
    let square = |s: i16| (i64::from(s) * i64::from(s)) as u64;
    let mut energy: u64 = samples[..length].iter().map(|&s| square(s)).sum();
    let (mut best, mut first, mut last) = (energy, 0, 0);
    for start in 1..=samples.len() - length {
        energy = energy + square(samples[start + length - 1]) - square(samples[start - 1]);
        if energy > best {
            (best, first, last) = (energy, start, start);
        } else if energy == best && last == start - 1 {
            last = start;
        }
    }
    first.midpoint(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_recording_is_centred_between_zeros() {
        assert_eq!(windows(&[1, 2, 3], 6), [[0, 1, 2, 3, 0, 0]]);
        assert_eq!(windows(&[1, 2, 3], 3), [[1, 2, 3]]);
        assert_eq!(windows(&[], 2), [[0, 0]]);
    }

    #[test]
    fn a_longer_recording_gives_its_loudest_window() {
        assert_eq!(windows(&[9, 0, 0, 5, -6, 7, 0], 3), [[5, -6, 7]]);
    }

    #[test]
    fn a_word_in_silence_stands_in_the_middle_of_its_window() {
        assert_eq!(
            windows(&[0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0], 5),
            [[0, 0, 7, 0, 0]]
        );
    }

    #[test]
    fn windows_of_a_stream_start_at_multiples_of_the_stride() {
        assert_eq!(strided(&[1, 2, 3, 4, 5], 2, 2), [[1, 2], [3, 4]]);
        assert_eq!(strided(&[1, 2, 3, 4], 4, 1), [[1, 2, 3, 4]]);
        assert!(strided(&[1, 2], 3, 1).is_empty());
    }

    #[test]
    fn full_scale_does_not_overflow() {
        assert_eq!(windows(&[i16::MIN; 50], 20).len(), 1);
    }

    #[test]
    fn a_long_recording_is_cut_into_all_its_windows() {
        let samples: Vec<i16> = (0..11).collect();
        assert_eq!(windows(&samples, 2).len(), 5);
        assert_eq!(windows(&samples, 2)[4], [8, 9]);
    }
}
