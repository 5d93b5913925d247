//! The board's own project, built by its Makefile where the cross tools are installed.

use impulse_codegen::firmware;
use impulse_ir::board;

use crate::models::keyword;
use crate::tools::{has, origin, run, write};

#[test]
fn the_nano33_project_builds_without_a_warning() {
    let nano33 = board::find("nano33").unwrap();
    let files = firmware::emit(&keyword(), nano33, &origin())
        .unwrap()
        .unwrap();
    if !has("arm-none-eabi-gcc") || !has("make") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &files);
    let strict = "CPU=-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Werror";
    run(folder.path(), "make", &["--quiet", strict]);
    let image = std::fs::read(folder.path().join("yes_no.bin")).unwrap();
    let word = |at: usize| u32::from_le_bytes(image[at..at + 4].try_into().unwrap());
    assert_eq!(
        u64::from(word(0)),
        nano33.ram.start + nano33.ram.bytes,
        "stack at the end of RAM"
    );
    assert!(
        (0x1_0000..0x10_0000).contains(&word(4)),
        "start above the boot loader"
    );
    let listing = run(folder.path(), "arm-none-eabi-size", &["-A", "yes_no.elf"]);
    let bytes = |section: &str| -> u64 {
        let line = listing.lines().find(|l| l.starts_with(section)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let state = impulse_codegen::model::Model::new(&keyword(), nano33.cpu)
        .unwrap()
        .state_bytes() as u64;
    let buffers: u64 = nano33.buffers.iter().map(|b| b.bytes).sum();
    assert_eq!(
        bytes(".data") + bytes(".bss"),
        state + buffers,
        "static RAM\n{listing}"
    );
}

#[test]
fn boards_without_a_project_get_none() {
    let board = board::find("b-l475e-iot01a").unwrap();
    assert_eq!(firmware::emit(&keyword(), board, &origin()).unwrap(), None);
    assert!(firmware::has_project("nano33") && !firmware::has_project("nano"));
}
