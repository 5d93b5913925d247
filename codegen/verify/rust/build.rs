//! Tells the linker where things go.

fn main() {
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    println!("cargo::rustc-link-arg-bins=-T{folder}/image.ld");
    println!("cargo::rerun-if-changed=image.ld");
    println!("cargo::rerun-if-changed=build.rs");
}
