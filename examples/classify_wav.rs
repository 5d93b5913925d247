//! Classifies a recording with the model that is compiled into this program.
//!
//! ```sh
//! cargo impulse build impulses/yes_no/yes_no.impulse      # trains the model
//! cargo run --example classify_wav --features trained -- recording.wav
//! ```
//!
//! A recording of a second or less is one window; a longer one is heard as a device hears it, and
//! what the device would report is printed with its time. The model is `no_std` and needs no heap;
//! only this program around it uses the standard library.

use anyhow::{Context, Result, bail};

impulse::include_impulse!("impulses/yes_no/yes_no.impulse");

fn main() -> Result<()> {
    let path = std::env::args().nth(1);
    let path = path.context("expected a WAV file: classify_wav recording.wav")?;
    let samples = read(&path).with_context(|| path.clone())?;
    let mut model = YesNo::new();
    if samples.len() <= YesNo::WINDOW_SAMPLES {
        for (label, score) in YesNo::LABELS.iter().zip(model.classify(&centred(&samples))) {
            println!("{label:<10} {:5.1} %", 100.0 * YesNo::probability(score));
        }
        return Ok(());
    }
    let mut heard = 0;
    while heard < samples.len() {
        heard += model.push(&samples[heard..]);
        if let Some(label) = model.result().and_then(|output| output.decided) {
            let seconds = heard as f32 / YesNo::RATE_HZ as f32;
            println!("{seconds:6.2} s  {}", YesNo::LABELS[label]);
        }
    }
    Ok(())
}

/// The samples of a mono WAV file of 16 bits at the model's rate.
fn read(path: &str) -> Result<Vec<i16>> {
    let mut reader = hound::WavReader::open(path)?;
    let found = reader.spec();
    if (found.channels, found.bits_per_sample, found.sample_rate) != (1, 16, YesNo::RATE_HZ) {
        bail!(
            "expected one channel of 16 bits at {} Hz, found {} of {} bits at {} Hz",
            YesNo::RATE_HZ,
            found.channels,
            found.bits_per_sample,
            found.sample_rate
        );
    }
    Ok(reader.samples().collect::<Result<_, _>>()?)
}

/// A window with `samples` in its middle and silence around them.
fn centred(samples: &[i16]) -> [i16; YesNo::WINDOW_SAMPLES] {
    let mut window = [0; YesNo::WINDOW_SAMPLES];
    let start = (window.len() - samples.len()) / 2;
    window[start..start + samples.len()].copy_from_slice(samples);
    window
}
