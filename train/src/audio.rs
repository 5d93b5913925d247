//! Audio files as samples: WAV of any width, rate and channel count, FLAC, and MP3.
//!
//! [`decode`] gives one channel (the mean of all) in double precision, [`Audio::at_rate`] the
//! int16 samples at the rate of a window. Double precision keeps the result free of the order of
//! summation that a CPU's vector width would bring: what differs in the last bits is gone after
//! rounding to 16 bits.

use std::io::Cursor;
use std::path::Path;

use rubato::audioadapter_buffers::owned::InterleavedOwned;
use rubato::{Fft, FixedSync, Resampler};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use crate::data::listing::io_reason;
use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

/// Rates outside this range are taken for a damaged header.
const RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// Decoded audio of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Samples per second.
    pub rate_hz: u32,
    /// Samples, full scale −1..1.
    pub samples: Vec<f64>,
}

/// Reads a WAV, FLAC or MP3 file and brings it to `rate_hz`.
///
/// # Errors
/// A diagnostic that names the file: it cannot be read, is no audio, or is cut short.
pub fn read_at(path: &Path, rate_hz: u32) -> Result<Vec<i16>, Diagnostic> {
    let refuse = |message: String| Diagnostic::file(codes::CLIP_UNREADABLE, path, message);
    let bytes = std::fs::read(path)
        .map_err(|e| refuse(format!("cannot read the file: {}", io_reason(&e))))?;
    let audio = decode(bytes).map_err(refuse)?;
    audio.at_rate(rate_hz).map_err(refuse)
}

/// Decodes the bytes of a WAV, FLAC or MP3 file and averages its channels.
///
/// # Errors
/// What is wrong with the bytes, in words.
pub fn decode(bytes: Vec<u8>) -> Result<Audio, String> {
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    let n_bytes = bytes.len() as u64;
    let stated = stated_bytes(&bytes);
    check_format(&bytes)?;
    let states_length = bytes.starts_with(b"RIFF") || bytes.starts_with(b"fLaC");
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(
            &Hint::new(),
            stream,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(|e| not_audio(&e))?;
    if let Some(stated) = stated
        && stated > n_bytes
    {
        return Err(format!(
            "the file is cut short: its header tells of {stated} bytes, found {n_bytes}"
        ));
    }
    let track = format
        .default_track(TrackType::Audio)
        .ok_or("the file has no audio track")?;
    // What is told of the length of an MP3 file may be an estimate.
    let stated_frames = track.num_frames.filter(|_| states_length);
    let track_id = track.id;
    let parameters = track
        .codec_params
        .as_ref()
        .and_then(|p| p.audio())
        .ok_or("the file does not say how its audio is coded")?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|_| {
            "expected samples in PCM, FLAC or MP3, found another coding: save it as WAV of 16 bits"
        })?;
    let mut audio = Audio {
        rate_hz: 0,
        samples: Vec::new(),
    };
    let mut interleaved: Vec<f64> = Vec::new();
    while let Some(packet) = format
        .next_packet()
        .map_err(|e| cut_or_damaged(&e, &audio, stated_frames))?
    {
        if packet.track_id != track_id {
            continue;
        }
        let buffer = decoder
            .decode(&packet)
            .map_err(|e| cut_or_damaged(&e, &audio, stated_frames))?;
        let rate_hz = buffer.spec().rate();
        if audio.rate_hz != 0 && audio.rate_hz != rate_hz {
            return Err("the sampling rate changes within the file".into());
        }
        audio.rate_hz = rate_hz;
        buffer.copy_to_vec_interleaved(&mut interleaved);
        let n_channels = buffer.num_planes().max(1);
        let scale = 1.0 / n_channels as f64;
        audio.samples.extend(
            interleaved
                .chunks_exact(n_channels)
                .map(|c| c.iter().sum::<f64>() * scale),
        );
    }
    check(audio, stated_frames)
}

fn check(audio: Audio, stated_frames: Option<u64>) -> Result<Audio, String> {
    let n_samples = audio.samples.len() as u64;
    match stated_frames {
        Some(stated) if stated > n_samples => return Err(cut(stated, n_samples)),
        _ if n_samples == 0 => return Err("the file has no samples".into()),
        _ => {}
    }
    if !RATES_HZ.contains(&audio.rate_hz) {
        return Err(format!(
            "expected a sampling rate of 1 to 768 kHz, found {} Hz",
            audio.rate_hz
        ));
    }
    if audio.samples.iter().any(|s| !s.is_finite()) {
        return Err("the file has samples that are no numbers".into());
    }
    Ok(audio)
}

/// Length that the outer header of a WAV file states, where it states one: programs that write to
/// a pipe leave 0 or the largest number there.
fn stated_bytes(bytes: &[u8]) -> Option<u64> {
    if bytes.len() < 12 || &bytes[..4] != b"RIFF" {
        return None;
    }
    let size = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    (size != 0 && size < 0x7fff_0000).then(|| u64::from(size) + 8)
}

/// Refuses a WAV format chunk with numbers that no recording has, before a decoder computes with
/// them.
fn check_format(bytes: &[u8]) -> Result<(), String> {
    let Some(at) = format_chunk(bytes) else {
        return Ok(());
    };
    let half = |i: usize| {
        at.get(i..i + 2)
            .map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
    };
    let rate = at
        .get(4..8)
        .map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let (n_channels, block, bits) = (half(2), half(12), half(14));
    let plausible = (1..=64).contains(&n_channels)
        && RATES_HZ.contains(&rate)
        && (8..=64).contains(&bits)
        && usize::from(block) == usize::from(n_channels) * usize::from(bits.div_ceil(8));
    if plausible {
        return Ok(());
    }
    Err(format!(
        "damaged header: {n_channels} channels, {rate} Hz, {bits} bits, {block} bytes per sample"
    ))
}

/// The contents of a WAV file's `fmt ` chunk.
fn format_chunk(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.len() < 12 || &bytes[..4] != b"RIFF" {
        return None;
    }
    let mut rest = &bytes[12..];
    while let [a, b, c, d, l0, l1, l2, l3, contents @ ..] = rest {
        let length = usize::try_from(u32::from_le_bytes([*l0, *l1, *l2, *l3])).ok()?;
        if [*a, *b, *c, *d] == *b"fmt " {
            return Some(contents.get(..length).unwrap_or(contents));
        }
        rest = contents.get(length.checked_add(length % 2)?..)?;
    }
    None
}

fn cut(stated: u64, found: u64) -> String {
    format!("the file is cut short: its header tells of {stated} samples, found {found}")
}

fn cut_or_damaged(error: &Error, audio: &Audio, stated_frames: Option<u64>) -> String {
    match (error, stated_frames) {
        (Error::IoError(_), Some(stated)) => cut(stated, audio.samples.len() as u64),
        _ => format!(
            "damaged after {} samples: {}",
            audio.samples.len(),
            describe(error)
        ),
    }
}

/// What is said of a file whose beginning no reader knows.
fn not_audio(error: &Error) -> String {
    match error {
        Error::Unsupported(_) => {
            "expected WAV, FLAC or MP3 audio, found another kind of file".into()
        }
        other => format!("expected WAV, FLAC or MP3 audio: {}", describe(other)),
    }
}

fn describe(error: &Error) -> String {
    match error {
        Error::IoError(_) => "the file ends too early".into(),
        Error::DecodeError(what) => (*what).to_string(),
        Error::Unsupported(what) => format!("{what} is not supported"),
        other => other.to_string().to_lowercase(),
    }
}

impl Audio {
    /// The samples at `rate_hz`, rounded to 16 bits (half away from zero, clamped). 16-bit samples
    /// that are at this rate already come out as they are.
    ///
    /// # Errors
    /// Where no resampler exists between the two rates.
    pub fn at_rate(&self, rate_hz: u32) -> Result<Vec<i16>, String> {
        let resampled;
        let samples = if self.rate_hz == rate_hz {
            &self.samples
        } else {
            resampled = resample(&self.samples, self.rate_hz, rate_hz)?;
            &resampled
        };
        Ok(samples.iter().map(|s| to_i16(s * 32768.0)).collect())
    }
}

fn resample(samples: &[f64], from_hz: u32, to_hz: u32) -> Result<Vec<f64>, String> {
    let fail =
        |e: &dyn std::fmt::Display| format!("cannot resample from {from_hz} Hz to {to_hz} Hz: {e}");
    let n = samples.len();
    let input = InterleavedOwned::new_from(samples.to_vec(), 1, n).map_err(|e| fail(&e))?;
    let mut resampler = Fft::<f64>::new(from_hz as usize, to_hz as usize, 1024, 1, FixedSync::Both)
        .map_err(|e| fail(&e))?;
    let output = resampler
        .process_all(&input, n, None)
        .map_err(|e| fail(&e))?;
    Ok(output.take_data())
}

/// Rounds half away from zero and clamps.
pub(crate) fn to_i16(value: f64) -> i16 {
    // A float-to-integer cast saturates and turns NaN into 0.
    value.round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_mp3_file_is_decoded() {
        // Frames of MPEG-1 layer III, 128 kbit/s, 44.1 kHz, one channel, with nothing in them.
        let mut frame = vec![0u8; 417];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0xc4]);
        let audio = decode(frame.repeat(10)).expect("audio");
        assert_eq!(audio.rate_hz, 44_100);
        assert!(
            (10_000..=11_520).contains(&audio.samples.len()),
            "{}",
            audio.samples.len()
        );
        assert!(audio.samples.iter().all(|s| *s == 0.0));
    }

    fn wav(spec: hound::WavSpec, samples: &[i32]) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).expect("spec");
        for &s in samples {
            match spec.sample_format {
                hound::SampleFormat::Int => writer.write_sample(s).expect("sample"),
                hound::SampleFormat::Float => {
                    writer.write_sample(s as f32 / 32768.0).expect("sample")
                }
            }
        }
        writer.finalize().expect("finalize");
        bytes.into_inner()
    }

    fn spec(channels: u16, rate: u32, bits: u16) -> hound::WavSpec {
        let sample_format = if bits == 33 {
            hound::SampleFormat::Float
        } else {
            hound::SampleFormat::Int
        };
        hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits.min(32),
            sample_format,
        }
    }

    #[test]
    fn sixteen_bits_come_out_as_they_are() {
        let samples = [0, 1, -1, 32767, -32768, 1234, -4321];
        let audio = decode(wav(spec(1, 16_000, 16), &samples)).expect("decodes");
        let expected: Vec<i16> = samples.iter().map(|&s| s as i16).collect();
        assert_eq!(audio.at_rate(16_000), Ok(expected));
    }

    #[test]
    fn every_width_gives_the_same_samples() {
        let samples = [0, 256, -256, 32512, -32768, 12800];
        let expected: Vec<i16> = samples.iter().map(|&s| s as i16).collect();
        for (bits, shift) in [(8, -8), (24, 8), (32, 16), (33, 0)] {
            let scaled: Vec<i32> = samples
                .iter()
                .map(|&s| if shift < 0 { s >> -shift } else { s << shift })
                .collect();
            let audio = decode(wav(spec(1, 8_000, bits), &scaled)).expect("decodes");
            assert_eq!(audio.at_rate(8_000), Ok(expected.clone()), "{bits} bits");
        }
    }

    #[test]
    fn channels_are_averaged() {
        let audio = decode(wav(spec(2, 16_000, 16), &[100, 300, -50, 50, 7, 9])).expect("decodes");
        assert_eq!(audio.at_rate(16_000), Ok(vec![200, 0, 8]));
    }

    #[test]
    fn resampling_keeps_a_tone_and_the_duration() {
        let tone = |rate: f64, n: usize| -> Vec<f64> {
            (0..n)
                .map(|i| 8000.0 * (2.0 * std::f64::consts::PI * 440.0 * i as f64 / rate).sin())
                .collect()
        };
        for rate in [8_000u32, 22_050, 44_100, 48_000] {
            let samples: Vec<i32> = tone(f64::from(rate), rate as usize)
                .iter()
                .map(|s| *s as i32)
                .collect();
            let audio = decode(wav(spec(1, rate, 16), &samples)).expect("decodes");
            let got = audio.at_rate(16_000).expect("resamples");
            assert_eq!(got.len(), 16_000, "{rate} Hz");
            // The resampler may delay by a part of a sample, so the phase is fitted.
            let angle = |i: usize| 2.0 * std::f64::consts::PI * 440.0 * i as f64 / 16_000.0;
            let middle = 1_000..15_000;
            let mut fit = (0.0, 0.0);
            for i in middle.clone() {
                fit.0 += f64::from(got[i]) * angle(i).sin() / 7_000.0;
                fit.1 += f64::from(got[i]) * angle(i).cos() / 7_000.0;
            }
            assert!(
                (fit.0.hypot(fit.1) - 8000.0).abs() < 20.0,
                "{rate} Hz: {fit:?}"
            );
            let off = |i: usize| {
                (f64::from(got[i]) - fit.0 * angle(i).sin() - fit.1 * angle(i).cos()).abs()
            };
            let worst = middle.map(off).fold(0.0, f64::max);
            assert!(worst < 20.0, "{rate} Hz: off by {worst}");
        }
    }

    #[test]
    fn a_wav_cut_in_half_is_refused_with_both_lengths() {
        let samples: Vec<i32> = (0..8_000).collect();
        let whole = wav(spec(1, 16_000, 16), &samples);
        let message = decode(whole[..whole.len() / 2].to_vec()).expect_err("cut");
        assert!(message.contains("cut short"), "{message}");
        assert!(
            message.contains("16044") && message.contains("8022"),
            "{message}"
        );
    }

    #[test]
    fn what_is_no_audio_is_refused() {
        for bytes in [
            &b""[..],
            b"RIFF",
            b"not audio at all, just some text",
            &[0; 4096],
        ] {
            assert!(decode(bytes.to_vec()).is_err());
        }
        assert!(
            decode(wav(spec(1, 16_000, 16), &[]))
                .expect_err("empty")
                .contains("no samples")
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn damaged_bytes_never_panic(at in 0usize..60, value: u8, cut in 0usize..900) {
            let samples: Vec<i32> = (0..400).map(|i| i * 50).collect();
            let mut bytes = wav(spec(2, 16_000, 16), &samples);
            let at = at.min(bytes.len() - 1);
            bytes[at] = value;
            bytes.truncate(bytes.len().saturating_sub(cut));
            let _ = decode(bytes);
        }
    }
}
