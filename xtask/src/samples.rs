//! Makes the clips of the sample project again: `impulses/yes_no/clips` and `background_noise`.
//!
//! Speech is synthetic: espeak-ng in many accents and voices, with two readings per voice and
//! word. sox brings it to 16 kHz, cuts the silence at both ends and packs it as FLAC. Everything
//! is drawn from the voice's number, so two runs of the same versions give the same files.

use std::path::Path;

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

/// Accents of English that espeak-ng has without further data.
const ACCENTS: [&str; 8] = [
    "en-gb",
    "en-us",
    "en-gb-scotland",
    "en-gb-x-rp",
    "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
    "en-029",
    "en-us-nyc",
];

/// Voices that sound like people.
const VOICES: [&str; 24] = [
    "m1", "f1", "m2", "f2", "m3", "f3", "m4", "f4", "m5", "f5", "m7", "Annie", "Michael", "Alicia",
    "Gene", "Andrea", "antonio", "belinda", "edward", "linda", "max", "steph", "robert", "aunty",
];

/// Number of speakers: pairs of an accent and a voice.
const N_SPEAKERS: usize = 48;

/// What is said for `unknown`: words near to and far from the two that are to be told apart.
const OTHER_WORDS: [&str; 32] = [
    "yet", "guess", "chess", "less", "now", "know how", "not", "snow", "go", "nine", "north", "us",
    "stop", "left", "right", "up", "down", "on", "off", "house", "bird", "happy", "seven", "three",
    "tree", "marvin", "sheila", "wow", "forward", "follow", "learn", "visual",
];

/// Noise for `unknown`, as sox's `synth` calls it, with a filter.
const NOISES: [(&str, &str, &str); 8] = [
    ("white", "whitenoise", "0.02"),
    ("pink", "pinknoise", "0.1"),
    ("brown", "brownnoise", "0.2"),
    ("hum", "sine 50", "0.1"),
    ("beep", "sine 1000", "0.1"),
    ("sweep", "sine 200-3000", "0.1"),
    ("buzz", "sawtooth 120", "0.05"),
    ("quiet", "pinknoise", "0.005"),
];

/// Makes all clips anew.
pub fn run() -> Result<()> {
    let shell = Shell::new()?;
    for (tool, option) in [("espeak-ng", "--version"), ("sox", "--version")] {
        if cmd!(shell, "{tool} {option}")
            .quiet()
            .ignore_stdout()
            .ignore_stderr()
            .run()
            .is_err()
        {
            bail!("{tool} is missing: install the packages espeak-ng and sox");
        }
    }
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../impulses/yes_no");
    for folder in ["clips/yes", "clips/no", "clips/unknown", "background_noise"] {
        let folder = project.join(folder);
        shell.remove_path(&folder)?;
        shell.create_dir(&folder)?;
    }
    let clips = project.join("clips");
    for speaker in 0..N_SPEAKERS {
        for (label, salt) in [("yes", 0), ("no", 1)] {
            for reading in 0..2 {
                say(
                    &shell,
                    speaker,
                    label,
                    reading * 2 + salt,
                    &clips.join(label),
                )?;
            }
        }
        for i in 0..2 {
            let word = OTHER_WORDS[(speaker * 2 + i) % OTHER_WORDS.len()];
            say(&shell, speaker, word, i + 5, &clips.join("unknown"))?;
        }
    }
    for (name, kind, gain) in NOISES {
        for i in 0..2 {
            let gain = if i == 0 {
                gain.to_string()
            } else {
                format!("{}", gain.parse::<f64>()? / 3.0)
            };
            let file = clips.join("unknown").join(format!("noise-{name}_{i}.flac"));
            synthesize(&shell, kind, &gain, "0.4", &file)?;
        }
    }
    for (name, kind) in [("pink", "pinknoise"), ("brown", "brownnoise")] {
        synthesize(
            &shell,
            kind,
            "0.25",
            "5",
            &project
                .join("background_noise")
                .join(format!("{name}.flac")),
        )?;
    }
    println!("made the clips of {}", project.canonicalize()?.display());
    Ok(())
}

/// A number from 0 to below `n`, spread over the numbers of speakers and readings.
fn pick(speaker: usize, salt: usize, n: usize) -> usize {
    // Weyl sequence by the golden ratio: even over any few neighbours, and the same everywhere.
    let x = ((speaker * 16 + salt + 1) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((u128::from(x) * n as u128) >> 64) as usize
}

fn say(shell: &Shell, speaker: usize, word: &str, salt: usize, folder: &Path) -> Result<()> {
    let accent = ACCENTS[speaker % ACCENTS.len()];
    let variant = VOICES[(speaker + speaker / VOICES.len() * 5) % VOICES.len()];
    let voice = format!("{accent}+{variant}");
    let pitch = (30 + pick(speaker, salt, 45)).to_string();
    let speed = (120 + pick(speaker, salt + 100, 80)).to_string();
    let gain = (-(2 + pick(speaker, salt + 200, 14) as i32)).to_string();
    let raw = tempfile::Builder::new().suffix(".wav").tempfile()?;
    let raw = raw.path();
    cmd!(
        shell,
        "espeak-ng -v {voice} -p {pitch} -s {speed} -w {raw} {word}"
    )
    .quiet()
    .run()
    .with_context(|| format!("espeak-ng has no voice {voice}"))?;
    let said = word.replace(' ', "-");
    let file = folder.join(format!(
        "{accent}-{}_{said}_{salt}.flac",
        variant.to_lowercase()
    ));
    // `-R` and `-D`: no random dither, so that the same input gives the same file.
    let ends = ["silence", "1", "0.005", "0.5%", "reverse"];
    cmd!(
        shell,
        "sox -R -D {raw} -b 16 -C 8 --comment= {file} gain -4 rate -v 16000 norm {gain} {ends...} {ends...}"
    )
    .quiet()
    .run()?;
    Ok(())
}

fn synthesize(shell: &Shell, kind: &str, gain: &str, seconds: &str, file: &Path) -> Result<()> {
    let kind = kind.split(' ');
    cmd!(shell, "sox -R -D -n -r 16000 -b 16 -c 1 -C 8 --comment= {file} synth {seconds} {kind...} vol {gain}")
        .quiet()
        .run()?;
    Ok(())
}
