//! Texts made to exhaust a reader: each is read within the memory and the time that the language
//! promises (256 MiB; seconds even in a slow build), and refused where it is past a limit.

#![allow(clippy::disallowed_methods, reason = "a test may look at the clock")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use impulse_dsl::syntax::BYTES_MAX;
use impulse_dsl::{Syntax, compile, format};
use impulse_ir::diagnostic::codes;

/// Counts the bytes in use and the most there were.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// Safety: every call is handed on to the system's allocator as it is.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// One text at a time, or the counts would mix.
static ONE: Mutex<()> = Mutex::new(());

const MEMORY_MAX: usize = 256 << 20;
/// A hundred times what an optimized build takes, so that a busy machine does not fail it.
const TIME_MAX: Duration = Duration::from_secs(60);

/// Reads and formats `text` in both spellings; says the codes of what is wrong with it.
fn drive(name: &str, text: &str) -> Vec<u16> {
    let _one = ONE.lock().unwrap_or_else(|e| e.into_inner());
    let mut codes = Vec::new();
    for syntax in [Syntax::Impulse, Syntax::Yaml] {
        let before = NOW.load(Ordering::Relaxed);
        MOST.store(before, Ordering::Relaxed);
        let start = Instant::now();
        let (_, problems) = compile(text, syntax);
        let other = match syntax {
            Syntax::Impulse => Syntax::Yaml,
            Syntax::Yaml => Syntax::Impulse,
        };
        let _ = format(text, syntax, syntax);
        let _ = format(text, syntax, other);
        let (time, most) = (start.elapsed(), MOST.load(Ordering::Relaxed) - before);
        println!("{name} as {syntax:?}: {} KiB, {time:?}", most >> 10);
        assert!(most <= MEMORY_MAX, "{name} as {syntax:?}: {most} bytes");
        assert!(time <= TIME_MAX, "{name} as {syntax:?}: {time:?}");
        codes.extend(problems.iter().map(|p| p.code.0));
    }
    codes
}

/// `part` as often as fits into so many bytes.
fn full(part: &str, bytes: usize) -> String {
    part.repeat(bytes / part.len())
}

#[test]
fn one_thing_over_and_over() {
    // Those that take the most, in a spec of full size.
    for part in [
        "{",
        "}",
        ",",
        "a,",
        "a{",
        "a: {",
        "- - ",
        "[",
        "\"\\\"",
        "residual ",
    ] {
        drive(part, &full(part, BYTES_MAX));
    }
    for part in [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "-",
        "- ",
        "? ",
        ": ",
        "#",
        "\"",
        "'",
        "\\",
        "/",
        "//",
        "\n",
        "\r",
        "\t",
        " ",
        "\0",
        "\u{feff}",
        "\u{7f}",
        "a",
        "a ",
        "a\n",
        "a,",
        "a{",
        "a {\n",
        "a: ",
        "a:\n",
        "a: {",
        "[a,",
        "{a: ",
        "&a ",
        "*a ",
        "!t ",
        "|\n",
        ">\n",
        "%",
        "@",
        "`",
        "1",
        "1 ",
        "1..",
        "1x",
        "1x1 ",
        "1e9",
        "-",
        "9",
        ".",
        "..",
        "<",
        "< 1 ",
        "µ",
        "語",
        "\"a\" ",
        "\"a\n",
        "/a/ ",
        "/a ",
        "# c\n",
        "a # c\n",
        "---\n",
        "...\n",
        "a: b\n",
        "- a\n",
        "- a: b\n",
        "- - ",
        "train {\n",
        "train { epochs 1 }\n",
        "network {",
        "residual ",
        "residual {",
        "- residual:\n",
        "relu\n",
        "relu,",
        "relu ",
        "labels a, ",
        "target a\n",
        "\"\\\"",
        "''",
        "1_0 ",
        "network residual ",
        "frame 1 s every 1 s ",
    ] {
        drive(part, &full(part, BYTES_MAX / 16));
    }
}

#[test]
fn one_thing_over_and_over_where_it_means_something() {
    let names: String = (0..9_000).map(|n| format!("l{n}, ")).collect();
    let keys: String = (0..6_000)
        .map(|n| format!("key_number_{n} {n}\n"))
        .collect();
    let long = "a".repeat(200_000);
    let digits = "9".repeat(200_000);
    for (name, text) in [
        ("labels", format!("data \"a\" {{ labels {names} z }}")),
        (
            "labels of YAML",
            format!("data: {{path: a, labels: [{names} z]}}"),
        ),
        ("unknown keys", keys.clone()),
        ("unknown keys in a block", format!("train {{\n{keys}}}")),
        ("unknown keys of YAML", keys.replace(' ', ": ")),
        ("a long word", format!("{long} 1")),
        ("a long key in YAML", format!("{long}: 1")),
        ("a long value", format!("train {{ keep {long} }}")),
        ("a long text", format!("data \"{long}\" {{ labels a, b }}")),
        (
            "a long pattern",
            format!("data \"a\" {{ labels a, b, group filename /({long})/ }}"),
        ),
        (
            "a pattern of classes",
            format!(
                "data \"a\" {{ labels a, b, group filename /({})/ }}",
                "\\pL".repeat(60_000)
            ),
        ),
        (
            "a deep pattern",
            format!(
                "data \"a\" {{ labels a, b, group filename /{}/ }}",
                "(".repeat(200_000)
            ),
        ),
        ("a long number", format!("train {{ epochs {digits} }}")),
        ("a long fraction", format!("train {{ adam 0.{digits} }}")),
        ("a long exponent", format!("train {{ adam 1e{digits} }}")),
        (
            "sizes",
            format!("network {{ reshape {} }}", "9x".repeat(100_000) + "9"),
        ),
        (
            "layers",
            format!(
                "network {{\n{}flatten\ndense labels, softmax\n}}",
                "relu\n".repeat(9_000)
            ),
        ),
        (
            "layers of YAML",
            format!("network:\n{}  - flatten\n", "  - relu\n".repeat(4_000)),
        ),
        (
            "branches on one line",
            format!("network {{ {} }}", "residual ".repeat(9_000)),
        ),
        (
            "branches in YAML",
            format!("network: [{}]", "residual: ".repeat(9_000)),
        ),
        ("comments", "# c\n".repeat(60_000) + "train { epochs 1 }"),
        (
            "targets",
            (0..4_000)
                .map(|n| format!("target b{n} {{ ram < 1 KiB }}\n"))
                .collect(),
        ),
        (
            "strays",
            "train { epochs ".to_owned() + &"? ".repeat(100_000),
        ),
        (
            "a scalar of many lines",
            format!("train:\n  epochs: {}\n", "1\n   ".repeat(40_000)),
        ),
        (
            "a block of text",
            format!("data:\n  path: |\n{}", "    a\n".repeat(30_000)),
        ),
    ] {
        drive(name, &text);
    }
}

#[test]
fn aliases_that_explode_are_refused() {
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (from, to) in ('a'..='y').zip('b'..='z') {
        let aliases = vec![format!("*{from}"); 9].join(", ");
        bomb.push_str(&format!("{to}: &{to} [{aliases}]\n"));
    }
    let list = vec!["x"; 3000].join(", ");
    let wide = format!("a: &a [{list}]\nb: [{}]\n", vec!["*a"; 3000].join(", "));
    for text in [bomb, wide] {
        assert!(drive("aliases", &text).contains(&codes::YAML.0));
    }
}

#[test]
fn the_limits_are_where_the_reference_says() {
    let head = "impulse a\n";
    let spaces = BYTES_MAX - head.len();
    let fits = format!("{head}{}", " ".repeat(spaces));
    assert!(!drive("256 KiB", &fits).contains(&codes::TOO_LARGE.0));
    let large = format!("{head}{}", " ".repeat(spaces + 1));
    assert!(drive("a byte more", &large).contains(&codes::TOO_LARGE.0));
    for (n, refused) in [(30, false), (31, false), (32, true), (33, true)] {
        let text = format!(
            "network {{ {} relu {} }}",
            "residual { ".repeat(n),
            "}".repeat(n)
        );
        let (_, problems) = compile(&text, Syntax::Impulse);
        let found = problems.iter().any(|p| p.code == codes::TOO_LARGE);
        assert_eq!(found, refused, "{n} in the network: {problems:?}");
    }
}

/// Numbers at the end of their range make no value of that size.
#[test]
fn large_numbers_take_no_memory() {
    let spec = |window: &str, features: &str, network: &str| {
        format!(
            "impulse a\ndata \"a\" {{ labels a, b }}\nwindow audio {{ {window} }}\n\
             features mfcc {{ {features} }}\nnetwork {{ {network} }}\n"
        )
    };
    let window = "rate 16 kHz, length 1 s";
    let features = "frame 32 ms every 20 ms";
    let network = "flatten, dense labels, softmax";
    for (name, text) in [
        (
            "filters",
            spec(window, features, "conv1d 4000000000 filters, kernel 3"),
        ),
        (
            "wide",
            spec(
                window,
                features,
                "conv1d 65536 filters, kernel 1024\n conv1d 65536 filters, kernel 1024",
            ),
        ),
        (
            "dense",
            spec(
                window,
                features,
                "flatten\n dense 65536\n dense 65536\n dense labels, softmax",
            ),
        ),
        (
            "multiplier",
            spec(
                window,
                features,
                "depthwise_conv1d kernel 9, multiplier 64\n depthwise_conv1d kernel 9, multiplier 64\n depthwise_conv1d kernel 9, multiplier 64",
            ),
        ),
        (
            "reshape",
            spec(window, features, "reshape 16777216x16777216x16777216"),
        ),
        (
            "columns",
            spec(window, features, "reshape 16777216 columns"),
        ),
        ("frames", spec(window, "frame 1 us every 1 us", network)),
        (
            "short frames",
            spec(
                "rate 192 kHz, length 87 s, stride 1 s",
                "frame 2 samples every 1 samples, filters 2, coefficients 1",
                network,
            ),
        ),
        (
            "length",
            spec("rate 192 kHz, length 1000000 s", features, network),
        ),
        (
            "samples",
            spec("rate 192 kHz, length 1000000000 samples", features, network),
        ),
        (
            "fft",
            spec(
                window,
                "frame 32 ms every 20 ms, fft 8192, filters 128, coefficients 128",
                network,
            ),
        ),
        (
            "decide",
            spec(window, features, network)
                + "decide { average 1000000 s, suppress 1000000000 results }\n",
        ),
        (
            "mask",
            spec(window, features, network)
                + "augment { mask_time 16, width 1024, shift 1000000000 samples }\n",
        ),
    ] {
        drive(name, &text);
    }
}
