//! Random specs of the language, the same in every run.

/// Numbers that look random and are the same everywhere (Steele, Lea and Flood, 2014).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// From `from` to `to`, both included.
    fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A spec for `board` whose features are computed in integers, see [`random`].
pub fn in_integers(r: &mut Random, board: &str) -> String {
    random(r, board).replacen("features mfcc {", "features mfcc { arithmetic fixed,", 1)
}

/// A spec of a motion sensor or of images for `board`. It may have blocks that do not fit together;
/// draw again then.
pub fn of_a_sensor(r: &mut Random, board: &str) -> String {
    let labels: Vec<String> = (0..r.between(2, 9)).map(|i| format!("label{i}")).collect();
    let labels = labels.join(", ");
    let (window, features, network) = match r.chance(60) {
        true => motion(r),
        false => images(r),
    };
    let (average, suppress) = (r.between(1, 6), r.between(0, 8));
    format!(
        "impulse random\n\
         data \"recordings\" {{ labels {labels} }}\n\
         {window}\n{features}\n\
         network {{\n{network}}}\n\
         decide {{ average {average} results, suppress {suppress} results }}\n\
         target {board}\n"
    )
}

fn motion(r: &mut Random) -> (String, String, String) {
    let length_ms = r.of(&["1000", "2000", "3000"]);
    let window = format!(
        "window motion {{ rate 104 Hz, length {length_ms} ms, stride 500 ms, axes x, y, z, range 2 }}"
    );
    let axes = r.of(&["", "axes x, z", "axes y"]);
    let block = |r: &mut Random| {
        let filter = r.of(&["", "low_pass 20 Hz, order 4", "high_pass 3 Hz, order 2"]);
        let fft = r.of(&["16", "32", "64"]);
        let more = r.of(&[
            "",
            "decimate 3",
            "overlap no",
            "log no",
            "low_frequencies yes",
        ]);
        let levels = r.between(1, 2);
        let family = r.of(&["haar", "db2", "db4", "bior22"]);
        match r.below(4) {
            0 => format!("flatten {{\n{axes}\n}}"),
            1 => format!("raw {{\n{axes}\n}}"),
            2 => format!("wavelet {{\n{axes}\nfamily {family}\nlevels {levels}\n{filter}\n}}"),
            _ => format!("spectral {{\n{axes}\nfft {fft}\n{filter}\n{more}\n}}"),
        }
    };
    let mut features = format!("features {}\n", block(r));
    if r.chance(30) {
        features.push_str(&format!("features {}\n", block(r)));
    }
    let dense = format!("  flatten\n  dense {} neurons, relu\n", r.between(4, 30));
    (
        window,
        features,
        format!("{dense}  dense labels, softmax\n"),
    )
}

fn images(r: &mut Random) -> (String, String, String) {
    let size = r.of(&["16x16", "24x32", "32x32", "48x48"]);
    let color = r.of(&["grey", "rgb"]);
    let window = format!("window image {{ size {size}, color {color} }}");
    let mut layers = two_dimensional(r);
    if layers.last().is_none_or(|l| l != "global_avg_pool") {
        layers.push("flatten".to_owned());
    }
    layers.push("dense labels, softmax".to_owned());
    let network = layers.iter().map(|l| format!("  {l}\n")).collect();
    (window, "features image".to_owned(), network)
}

/// A spec for `board`. It may have a network that does not fit together; draw again then.
pub fn random(r: &mut Random, board: &str) -> String {
    let labels: Vec<String> = (0..r.between(2, 12))
        .map(|i| format!("label{}{i}", "x".repeat(r.below(9) as usize)))
        .collect();
    let rate_khz = r.of(&["8", "16", "22.05"]);
    let frame_ms = r.of(&["20", "25", "30", "32"]);
    let every_ms = r.of(&["10", "16", "20"]);
    let filters = r.between(16, 40);
    let coefficients = r.between(8, 16.min(filters));
    let normalize = r.of(&["none", "mean", "mean_variance"]);
    let taper = r.of(&["hann", "hamming"]);
    let length_ms = r.of(&["500", "1000", "1500"]);
    let stride_ms = r.of(&["100", "250"]);
    let (average, suppress) = (r.between(1, 6), r.between(0, 8));
    let network = network(r, coefficients);
    format!(
        "impulse random\n\
         data \"clips\" {{ labels {} }}\n\
         window audio {{ rate {rate_khz} kHz, length {length_ms} ms, stride {stride_ms} ms }}\n\
         features mfcc {{ frame {frame_ms} ms every {every_ms} ms, filters {filters}, \
         coefficients {coefficients}, normalize {normalize}, taper {taper} }}\n\
         network {{\n{network}}}\n\
         decide {{ average {average} results, suppress {suppress} results }}\n\
         target {board}\n",
        labels.join(", ")
    )
}

fn network(r: &mut Random, coefficients: u64) -> String {
    let mut layers = match r.below(3) {
        0 => one_dimensional(r, coefficients),
        1 => two_dimensional(r),
        _ => Vec::new(),
    };
    let flat = layers.last().is_some_and(|l| l == "global_avg_pool");
    if !flat {
        layers.push("flatten".to_owned());
    }
    for _ in 0..r.below(3) {
        layers.push(format!(
            "dense {} neurons{}",
            r.between(2, 40),
            activation(r)
        ));
    }
    layers.push("dense labels, softmax".to_owned());
    layers.iter().map(|l| format!("  {l}\n")).collect()
}

fn activation(r: &mut Random) -> &'static str {
    r.of(&["", ", relu", ", relu6"])
}

fn one_dimensional(r: &mut Random, coefficients: u64) -> Vec<String> {
    let mut layers = Vec::new();
    let mut channels = coefficients;
    for _ in 0..r.between(1, 4) {
        let (kernel, activation) = (r.between(1, 7), activation(r));
        let stride = r.between(1, 2);
        match r.below(4) {
            0 => layers.push(format!(
                "depthwise_conv1d kernel {kernel}, stride {stride}{activation}"
            )),
            1 => layers.push(format!(
                "residual {{ conv1d {channels} filters, kernel {kernel}{activation} }}"
            )),
            _ => {
                channels = r.between(2, 24);
                layers.push(format!(
                    "conv1d {channels} filters, kernel {kernel}, stride {stride}{activation}"
                ));
            }
        }
        more(r, &mut layers);
    }
    if r.chance(40) {
        layers.push("global_avg_pool".to_owned());
    }
    layers
}

fn two_dimensional(r: &mut Random) -> Vec<String> {
    let mut layers = Vec::new();
    for i in 0..r.between(1, 4) {
        let (height, width) = (r.between(1, 4), r.between(1, 4));
        let (stride, activation) = (r.between(1, 2), activation(r));
        let padding = r.of(&["", ", padding valid"]);
        let size = format!("kernel {height}x{width}, stride {stride}{padding}{activation}");
        layers.push(match i > 0 && r.chance(40) {
            true => format!("depthwise_conv2d {size}"),
            false => format!("conv2d {} filters, {size}", r.between(2, 16)),
        });
        more(r, &mut layers);
    }
    if r.chance(40) {
        layers.push("global_avg_pool".to_owned());
    }
    layers
}

/// What may stand between two convolutions.
fn more(r: &mut Random, layers: &mut Vec<String>) {
    match r.below(6) {
        0 => layers.push("max_pool 2".to_owned()),
        1 => layers.push("avg_pool 2, stride 1".to_owned()),
        2 => layers.push("batch_norm".to_owned()),
        3 => layers.push("relu".to_owned()),
        4 => layers.push("dropout 25%".to_owned()),
        _ => {}
    }
}
