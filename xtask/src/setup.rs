//! Looks for the programs that the tests and `--verify` call, and installs them where that is
//! possible without asking: on Debian as root.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// A program and the Debian package that brings it.
struct Tool {
    program: &'static str,
    package: &'static str,
    purpose: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool {
        program: "gcc",
        package: "gcc",
        purpose: "emitted C on the host",
    },
    Tool {
        program: "g++",
        package: "g++",
        purpose: "the fuzzing engine",
    },
    Tool {
        program: "clang",
        package: "clang",
        purpose: "emitted C on the host, second compiler",
    },
    Tool {
        program: "arm-none-eabi-gcc",
        package: "gcc-arm-none-eabi",
        purpose: "emitted C for the chip",
    },
    Tool {
        program: "qemu-system-arm",
        package: "qemu-system-arm",
        purpose: "the emulator",
    },
];

/// What Rust for the chip takes where rustup does not have the target: a compiler with its
/// sources, and a linker.
const RUST_FOR_THE_CHIP: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "lld"];
const NEWLIB: &str = "libnewlib-arm-none-eabi";

/// What looks at the report; its test is left out without it, so that failing to install it is no
/// reason to stop.
const BROWSER: &str = "chromium";

/// Brings what is missing, or says what to install.
pub fn run() -> Result<()> {
    let mut packages: Vec<&str> = Vec::new();
    for tool in TOOLS.iter().filter(|tool| !on_path(tool.program)) {
        eprintln!("setup: no {} ({})", tool.program, tool.purpose);
        packages.push(tool.package);
    }
    if !has_newlib() {
        eprintln!("setup: no C library for arm-none-eabi-gcc");
        packages.push(NEWLIB);
    }
    if !has_thumb_target() && !has_sources_of_core() {
        eprintln!(
            "setup: no Rust for the chip (rustup target add thumbv7em-none-eabihf, or Debian's compiler with sources)"
        );
        packages.extend(RUST_FOR_THE_CHIP);
    }
    let installs = Path::new("/etc/debian_version").exists() && is_root();
    let browser = !["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .any(|p| on_path(p));
    if browser {
        eprintln!("setup: no {BROWSER} (looking at the report; its test is left out without)");
    }
    if packages.is_empty() && !(browser && installs) {
        return Ok(());
    }
    if !installs {
        bail!(
            "install what is missing and run this again; on Debian: sudo apt-get install {}",
            packages.join(" ")
        );
    }
    apt_get(&["update", "-qq"])?;
    let install = ["install", "-y", "-qq", "--no-install-recommends"];
    if !packages.is_empty() {
        apt_get(&[&install[..], &packages].concat())?;
    }
    if browser && apt_get(&[&install[..], &[BROWSER]].concat()).is_err() {
        eprintln!("setup: going on without {BROWSER}");
    }
    Ok(())
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .context("apt-get does not start")?;
    if !status.success() {
        bail!("apt-get {} failed", arguments.join(" "));
    }
    Ok(())
}

/// Whether `program` stands in a folder of PATH.
pub fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

fn has_newlib() -> bool {
    let output = Command::new("arm-none-eabi-gcc")
        .arg("-print-file-name=libc_nano.a")
        .output();
    output.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).trim().contains('/'))
}

fn has_thumb_target() -> bool {
    let output = Command::new("rustc")
        .args([
            "--print",
            "target-libdir",
            "--target",
            "thumbv7em-none-eabihf",
        ])
        .output();
    output.is_ok_and(|o| {
        o.status.success() && Path::new(String::from_utf8_lossy(&o.stdout).trim()).is_dir()
    })
}

fn has_sources_of_core() -> bool {
    let output = Command::new("/usr/bin/rustc")
        .args(["--print", "sysroot"])
        .output();
    output.is_ok_and(|o| {
        let root = String::from_utf8_lossy(&o.stdout).trim().to_owned();
        Path::new(&root)
            .join("lib/rustlib/src/rust/library/core")
            .is_dir()
            && Path::new("/usr/bin/cargo").exists()
            && on_path("ld.lld")
    })
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|o| o.stdout.trim_ascii() == b"0")
}
