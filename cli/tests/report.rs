//! The report as a reader sees it: in headless Chromium, where that is installed, and as a file
//! everywhere.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Project, SPEC, tone, wav};
use serde_json::Value;

/// What stands at the end of a copy of the page: it uses the page as a reader would and leaves what
/// it saw in an element.
const READER: &str = r##"<script>
addEventListener("load", () => setTimeout(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = { errors: window.faults, width: innerWidth, scroll: document.documentElement.scrollWidth };
  seen.ready = document.documentElement.dataset.ready;
  seen.marks = all("#explorer circle, #explorer path").length;
  seen.curves = all("#roc path:not(.axis)").length;
  seen.charts = all(".chart svg").length;
  seen.pictures = all(".pictures img").map((image) => image.naturalWidth * image.naturalHeight);
  seen.bars = all(".bar span").filter((bar) => bar.getBoundingClientRect().width > 0).length;
  let played = [];
  window.Audio = function (address) { played.push(address); return { play: async () => {}, pause() {} }; };
  seen.cells = all("button.cell[data-of=int8]").map((cell) => {
    cell.click();
    const listed = all("#heard .clip").length;
    const button = document.querySelector("#heard .play:not([disabled])");
    if (button) button.click();
    return { n: +cell.textContent, listed, pressed: cell.getAttribute("aria-pressed") };
  });
  seen.played = played.length;
  seen.wav = played.every((address) => address.startsWith("data:audio/wav;base64,UklGR"));
  const explorer = document.querySelector("#explorer svg");
  const press = (key) => explorer.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  press("ArrowRight");
  seen.tip = document.querySelector(".tip").textContent;
  const before = played.length;
  press("Enter");
  seen.enter = played.length - before;
  const fills = () => new Set(all("#explorer circle, #explorer path").map((m) => m.style.fill)).size;
  seen.colours = fills();
  document.querySelector("[data-mode=right]").click();
  seen.verdicts = fills();
  seen.unnamed = all("button, img, svg[role], canvas").filter((part) => !(part.textContent.trim() || part.getAttribute("aria-label") || part.alt)).length;
  const result = document.createElement("pre");
  result.id = "seen";
  result.textContent = JSON.stringify(seen);
  document.body.replaceChildren(result);
}, 50));
</script>"##;

/// What stands at the beginning: whatever goes wrong is kept.
const WATCH: &str = r#"<script>
window.faults = [];
addEventListener("error", (event) => window.faults.push(String(event.message || event.target.src)), true);
addEventListener("unhandledrejection", (event) => window.faults.push(String(event.reason)));
for (const kind of ["error", "warn"]) console[kind] = (...text) => window.faults.push(text.join(" "));
</script>"#;

/// The browser, where there is one.
fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.into_iter().find(|name| {
        let mut version = Command::new(name);
        version
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        version.status().is_ok_and(|s| s.success())
    });
    if found.is_none() {
        println!("left out: no Chromium, which the package `chromium` brings");
    }
    found
}

/// What a reader with a window of this width sees of the page.
fn read(browser: &str, page: &Path, width: usize) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(page).unwrap();
    let text = text.replacen("<head>", &format!("<head>{WATCH}"), 1);
    let text = text.replacen("</body>", &format!("{READER}</body>"), 1);
    let copy = folder.path().join("page.html");
    fs::write(&copy, text).unwrap();
    let out = folder.path().join("dom.html");
    let mut child = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args(["--disable-dev-shm-usage", "--disable-background-networking"])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("user").display()
        ))
        .arg(format!("--window-size={width},900"))
        .args(["--virtual-time-budget=4000", "--dump-dom"])
        .arg(format!("file://{}", copy.display()))
        .stdout(fs::File::create(&out).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(120) {
            let _ = child.kill();
            panic!("the browser did not end");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let dom = fs::read_to_string(out).unwrap();
    let seen = dom
        .split("<pre id=\"seen\">")
        .nth(1)
        .unwrap_or_else(|| panic!("{dom}"));
    let seen = seen.split("</pre>").next().unwrap();
    let seen = seen
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    serde_json::from_str(&seen).unwrap()
}

#[test]
fn a_reader_sees_the_plots_hears_the_clips_and_never_scrolls_sideways() {
    let Some(browser) = chromium() else { return };
    let project = Project::new();
    // A file name that would end the element that holds the names.
    let odd = "clips/low/a<!-- & </script> 'b'.wav".replace("</", "<_");
    fs::write(project.path(&odd), wav(&tone(333.0, 3200, 40))).unwrap();
    project.write_spec(&SPEC.replace("test      25%", "test      50%"));
    project.succeed(&["build"]);
    let page = project.path("build/tones/report.html");
    for width in [390, 1280] {
        let seen = read(browser, &page, width);
        assert_eq!(seen["errors"], serde_json::json!([]), "{seen:#}");
        assert_eq!(seen["ready"], "true");
        assert!(seen["width"].as_u64().unwrap() <= 1280, "{seen:#}");
        assert!(
            seen["scroll"].as_u64() <= seen["width"].as_u64(),
            "at {width}: {seen:#}"
        );
        let n = |key: &str| seen[key].as_u64().unwrap();
        let cells = seen["cells"].as_array().unwrap();
        let total: u64 = cells.iter().map(|c| c["n"].as_u64().unwrap()).sum();
        assert!(total >= 12 && n("marks") == total, "{seen:#}");
        for cell in cells {
            assert_eq!(cell["n"], cell["listed"], "{cell}");
            assert_eq!(cell["pressed"], "true");
        }
        assert_eq!(n("played"), cells.len() as u64, "each cell plays");
        assert_eq!(seen["wav"], true);
        assert_eq!(
            (n("curves"), n("charts"), n("enter")),
            (2, 2, 1),
            "{seen:#}"
        );
        assert_eq!(seen["pictures"].as_array().unwrap().len(), 2);
        assert!(
            seen["pictures"]
                .as_array()
                .unwrap()
                .iter()
                .all(|p| p.as_u64() > Some(50))
        );
        assert!(n("bars") > 10 && n("unnamed") == 0, "{seen:#}");
        assert!(seen["tip"].as_str().unwrap().contains(".wav"));
        assert_eq!(n("colours"), 2);
        assert!(n("verdicts") <= 2);
    }
}

#[test]
fn the_page_is_one_file_of_bounded_size_that_says_what_it_leaves_out() {
    let project = Project::new();
    project.succeed(&["build"]);
    let page = fs::read_to_string(project.path("build/tones/report.html")).unwrap();
    for outside in ["http://", "https://", "src=\"//", "@import", "url("] {
        let found = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!found.contains(outside), "{outside}");
    }
    assert!(
        !page.contains(&*project.path("").to_string_lossy()),
        "no path of this machine"
    );
    assert!(page.contains("every clip is part of this page"));

    // Without a test split the page says so; nothing is drawn of nothing.
    project.write_spec(&SPEC.replace("test      25%", "test      0%"));
    project.succeed(&["build"]);
    let without = fs::read_to_string(project.path("build/tones/report.html")).unwrap();
    assert!(without.contains("There are no test clips"));
    if let Some(browser) = chromium() {
        let folder = project.path("build/tones");
        let dom = Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
            .arg(format!("file://{}", folder.join("report.html").display()))
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&dom.stdout).contains("Memory and time"));
    }
}

/// Shape and values of a `.npy` file of float32.
fn npy(bytes: &[u8]) -> (String, Vec<f32>) {
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8_lossy(&bytes[10..10 + length]).into_owned();
    let shape = header.split("'shape': ").nth(1).unwrap();
    let shape = shape.split(", }").next().unwrap().to_owned();
    let values = bytes[10 + length..].chunks_exact(4);
    let values = values.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    (shape, values.collect())
}

#[test]
fn features_of_motion_and_images_are_drawn_too() {
    let project = Project::new();
    let mut csv = String::from("t_ms,x,y,z\n");
    for n in 0..300 {
        let angle = f64::from(n) * 0.3;
        let [x, y] = [angle.sin(), angle.cos()];
        csv.push_str(&format!("{},{x},{y},1\n", f64::from(n) * 10.0));
    }
    fs::write(project.path("swing.csv"), csv).unwrap();
    project.write_spec(
        "impulse swings\ndata \"clips\" { labels a, b }\n\
         window motion { rate 100 Hz, length 2 s, stride 1 s, axes x, y, z, range 2 }\n\
         features flatten { statistics mean, rms }\n\
         network {\n  flatten\n  dense labels, softmax\n}\n",
    );
    project.succeed(&["features", "swing.csv", "--npy", "a.npy", "-o", "a.svg"]);
    let (shape, values) = npy(&fs::read(project.path("a.npy")).unwrap());
    assert_eq!(shape, "(6,)");
    // The third axis rests at 1.
    assert!((values[4] - 1.0).abs() < 1e-3 && (values[5] - 1.0).abs() < 1e-3);
    let svg = fs::read_to_string(project.path("a.svg")).unwrap();
    for part in ["samples: x, y, z", "features [6]"] {
        assert!(svg.contains(part), "{part}");
    }
    assert!(!svg.contains("spectrogram"), "that of a sound");
    for color in ["#1F6FEB", "#D95F02", "#1B9E77"] {
        assert!(svg.contains(color), "a line for each axis: {color}");
    }
    project.succeed(&["features", "swing.csv", "--npy", "b.npy", "--at", "0.5"]);
    assert!(fs::read(project.path("b.npy")).unwrap() != fs::read(project.path("a.npy")).unwrap());
    project.succeed(&["features", "swing.csv", "-o", "a.png"]);
    // Several blocks have a part of the picture each.
    let spec = fs::read_to_string(project.path("tones.impulse")).unwrap();
    let block = "features spectrogram { axes x, z, frame 160 ms every 80 ms }\nfeatures flatten";
    project.write_spec(&spec.replace("features flatten", block));
    project.succeed(&["features", "swing.csv", "-o", "a.svg"]);
    let svg = fs::read_to_string(project.path("a.svg")).unwrap();
    for part in [
        "spectrogram: x, z, 160 ms every 80 ms, 16 points → [24, 18]",
        "flatten: 2 statistics of x, y, z → [6]",
    ] {
        assert!(svg.contains(part), "{part}");
    }
    assert_eq!(svg.matches("<image ").count(), 1);
    let height = |path| u32::from_be_bytes(*fs::read(path).unwrap()[20..].first_chunk().unwrap());
    let of_one = height(project.path("a.png"));
    project.succeed(&["features", "swing.csv", "-o", "a.png"]);
    assert_eq!(height(project.path("a.png")), 2 * of_one);
    project.write_spec(&spec);
    project.fail(&["features", "swing.csv", "--at", "4"], "E0603");
    project.fail(&["features", "clips/high/03.wav"], "E0603");

    let pixels: Vec<u8> = (0..8 * 6 * 3).map(|n| (n * 5 % 256) as u8).collect();
    fs::write(project.path("hand.png"), png_of(&pixels)).unwrap();
    project.write_spec(
        "impulse hands\ndata \"clips\" { labels a, b }\n\
         window image { size 8x6, color rgb }\nfeatures image\n\
         network {\n  flatten\n  dense labels, softmax\n}\n",
    );
    project.succeed(&["features", "hand.png", "--npy", "c.npy", "-o", "c.svg"]);
    let (shape, values) = npy(&fs::read(project.path("c.npy")).unwrap());
    assert_eq!((shape.as_str(), values.len()), ("(6, 8, 3)", 144));
    assert!((values[1] - 5.0 / 255.0).abs() < 1e-6);
    let svg = fs::read_to_string(project.path("c.svg")).unwrap();
    assert!(svg.contains("the image as the window has it"));
    assert_eq!(svg.matches("<image ").count(), 2);
    project.succeed(&["features", "hand.png", "-o", "c.png"]);
    let drawn = fs::read(project.path("c.png")).unwrap();
    // Three channels of eight pixels, eight times enlarged.
    assert_eq!(drawn[19], 192);
    project.fail(&["features", "hand.png", "--at", "1"], "E0603");
    for output in ["c.jpg", "none/c.svg"] {
        project.fail(&["features", "hand.png", "-o", output], "E0903");
        assert!(!project.path(output).exists(), "{output}");
    }
}

#[test]
fn features_are_drawn_and_written_as_numbers() {
    let project = Project::new();
    // A spec is enough: nothing has to be trained.
    let clip = "clips/high/03.wav";
    let drawn = project.succeed(&["features", clip]);
    assert!(drawn.stdout.contains("[19, 8]"), "{}", drawn.stdout);
    let svg = fs::read_to_string(project.path("03.features.svg")).unwrap();
    for part in [
        "samples",
        "spectrogram, Hz",
        "features [19, 8]",
        "data:image/png;base64,",
    ] {
        assert!(svg.contains(part), "{part}");
    }
    assert_eq!(svg.matches("<image ").count(), 2);
    assert!(svg.contains("<polyline") && !svg.contains("NaN"));
    project.succeed(&["features", clip, "-o", "a.png", "--npy", "a.npy"]);
    let png = fs::read(project.path("a.png")).unwrap();
    assert_eq!(&png[1..4], b"PNG");
    assert_eq!(
        u32::from_be_bytes([png[16], png[17], png[18], png[19]]),
        880
    );
    let (shape, values) = npy(&fs::read(project.path("a.npy")).unwrap());
    assert_eq!((shape.as_str(), values.len()), ("(19, 8)", 152));
    assert!(values.iter().all(|v| v.is_finite()));
    // The mean of each column over the window is subtracted: what the network sees.
    let mean = values.iter().step_by(8).sum::<f32>() / 19.0;
    assert!(mean.abs() < 0.05, "{mean}");
    // The same window by its beginning; another one gives other numbers.
    project.succeed(&["features", clip, "--npy", "b.npy", "--at", "0"]);
    assert!(fs::read(project.path("b.npy")).unwrap() == fs::read(project.path("a.npy")).unwrap());
    project.succeed(&["features", clip, "--npy", "c.npy", "--at", "0.2 s"]);
    assert!(fs::read(project.path("c.npy")).unwrap() != fs::read(project.path("a.npy")).unwrap());

    let missing = project.fail(&["features", "nowhere.wav"], "E0901");
    assert_eq!(missing.code, Some(2));
    project.fail(&["features", "tones.impulse"], "E0603");
    project.fail(&["features", clip, "--at", "9"], "E0603");
    project.fail(&["features", clip, "-o", "no/such/folder.svg"], "E0903");
}

/// The bytes of a PNG of 8 by 6 pixels with three colours each.
fn png_of(pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 8, 6);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn a_report_of_images_speaks_of_images() {
    let project = Project::new();
    for (label, level) in [("dark", 20), ("bright", 200)] {
        fs::create_dir_all(project.path(&format!("hands/{label}"))).unwrap();
        for i in 0..12 {
            let pixels: Vec<u8> = (0..8 * 6 * 3).map(|n| level + (n * i) as u8 % 40).collect();
            let name = format!("hands/{label}/{i:02}.png");
            fs::write(project.path(&name), png_of(&pixels)).unwrap();
        }
    }
    project.write_spec(
        "impulse tones\ndata \"hands\" { labels dark, bright, validate 25%, test 25% }\n\
         window image { size 8x6, color rgb }\nfeatures image\n\
         network { flatten, dense labels, softmax }\n\
         train { epochs 3, batch 8 }\nquantize int8\n",
    );
    project.succeed(&["build"]);
    let page = fs::read_to_string(project.path("build/tones/report.html")).unwrap();
    for part in [
        "images of 8 × 6 in colour, a result every 1.00 s",
        "features [6, 8, 3]</h3>",
        "style=\"aspect-ratio: 24",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for part in ["kHz", "dBFS", "time to the right"] {
        assert!(!page.contains(part), "{part}");
    }
}
