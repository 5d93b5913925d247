//! The board database: one validated YAML file per board in `ir/boards/`, part of the program.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::spec::Sensor;

/// A board.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Key in the language: `nano33`.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Microcontroller.
    pub chip: String,
    /// CPU core.
    pub cpu: Cpu,
    /// Clock in Hz.
    pub clock_hz: u64,
    /// RAM: start address and bytes an application may use, in one piece.
    pub ram: Region,
    /// RAM elsewhere in the address space, which the linker does not join to `ram`.
    #[serde(default)]
    pub ram_apart: Option<Region>,
    /// Flash: start address and bytes an application may use (above a boot loader).
    pub flash: Region,
    /// qemu machine that runs this CPU.
    pub emulator: Emulator,
    /// Static RAM of the board's firmware project, apart from the impulse itself. Projects listen to
    /// microphones: other sensors have none, see [`Board::firmware`].
    #[serde(default)]
    pub buffers: Vec<FirmwareBuffer>,
    /// Flash of the board's firmware project, apart from the impulse itself, as measured.
    #[serde(default)]
    pub firmware_flash_bytes: u64,
    /// Where the figures come from.
    pub sources: Vec<String>,
}

/// A memory region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// First address.
    pub start: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// CPU cores that code is emitted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Cpu {
    /// Cortex-M0 and M0+: no DSP extension, no FPU.
    #[serde(rename = "cortex-m0")]
    CortexM0,
    /// Cortex-M3: no DSP extension, no FPU.
    #[serde(rename = "cortex-m3")]
    CortexM3,
    /// Cortex-M4F.
    #[serde(rename = "cortex-m4")]
    CortexM4,
    /// Cortex-M7 with single-precision FPU.
    #[serde(rename = "cortex-m7")]
    CortexM7,
    /// Cortex-M33 with FPU and DSP.
    #[serde(rename = "cortex-m33")]
    CortexM33,
    /// Cortex-M55 with Helium.
    #[serde(rename = "cortex-m55")]
    CortexM55,
}

/// A qemu machine of the same CPU.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emulator {
    /// `-M`.
    pub machine: String,
    /// `-cpu`.
    pub cpu: String,
    /// Instructions per SysTick count under `-icount shift=0`.
    pub instructions_per_tick: f64,
}

/// Static RAM that a board's firmware needs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirmwareBuffer {
    /// What it holds.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

impl Board {
    /// All RAM of the board that an application may use.
    pub fn ram_bytes(&self) -> u64 {
        self.ram.bytes + self.ram_apart.map_or(0, |r| r.bytes)
    }

    /// What the board's firmware project adds to an impulse that listens to `sensor`: buffers in
    /// static RAM, and bytes of flash. Nothing where there is no project for such a sensor, and the
    /// image is the user's own.
    pub fn firmware(&self, sensor: &Sensor) -> (&[FirmwareBuffer], u64) {
        match sensor {
            Sensor::Audio => (&self.buffers, self.firmware_flash_bytes),
            Sensor::Motion(_) | Sensor::Image(_) => (&[], 0),
        }
    }
}

/// The files, in the order in which boards are listed.
const FILES: &[&str] = &[
    include_str!("../boards/nano33.yaml"),
    include_str!("../boards/b-l475e-iot01a.yaml"),
    include_str!("../boards/emulator-m0.yaml"),
    include_str!("../boards/emulator-m3.yaml"),
    include_str!("../boards/emulator-m4.yaml"),
    include_str!("../boards/emulator-m7.yaml"),
    include_str!("../boards/emulator-m55.yaml"),
];

/// Every board that is known. A test reads every file, so none is left out here.
pub fn all() -> &'static [Board] {
    static BOARDS: LazyLock<Vec<Board>> = LazyLock::new(|| {
        FILES
            .iter()
            .filter_map(|text| serde_yaml::from_str(text).ok())
            .collect()
    });
    &BOARDS
}

/// The board with this id.
pub fn find(id: &str) -> Option<&'static Board> {
    all().iter().find(|b| b.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_sound_board() {
        let mut ids = Vec::new();
        for text in FILES {
            let board: Board = serde_yaml::from_str(text).expect("a board");
            let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(
                !board.id.is_empty() && board.id.chars().all(word),
                "{}",
                board.id
            );
            assert!(!ids.contains(&board.id), "{} twice", board.id);
            assert!(
                !board.name.is_empty() && !board.chip.is_empty(),
                "{}",
                board.id
            );
            assert!(
                (1_000_000..2_000_000_000).contains(&board.clock_hz),
                "{}",
                board.id
            );
            for region in [Some(board.ram), Some(board.flash), board.ram_apart]
                .into_iter()
                .flatten()
            {
                assert!(
                    region.bytes >= 4096 && region.start % 4 == 0,
                    "{}",
                    board.id
                );
                assert!(region.start + region.bytes <= 1 << 32, "{}", board.id);
            }
            assert!(board.emulator.instructions_per_tick > 0.0, "{}", board.id);
            assert!(board.emulator.machine.starts_with("mps"), "{}", board.id);
            assert!(
                !board.sources.is_empty(),
                "{} does not say where its figures come from",
                board.id
            );
            assert_eq!(find(&board.id), Some(&board));
            ids.push(board.id);
        }
        assert_eq!(all().len(), FILES.len());
    }

    // The folder is what this test is about.
    #[allow(clippy::disallowed_methods)]
    #[test]
    fn every_file_of_the_folder_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/boards");
        let files = std::fs::read_dir(folder)
            .expect("the folder of boards")
            .count();
        assert_eq!(files, FILES.len());
    }

    #[test]
    fn the_boards_of_the_documentation() {
        let nano = find("nano33").expect("nano33");
        assert_eq!((nano.cpu, nano.clock_hz), (Cpu::CortexM4, 64_000_000));
        assert_eq!((nano.ram.bytes, nano.flash.start), (256 << 10, 0x10000));
        let disco = find("b-l475e-iot01a").expect("b-l475e-iot01a");
        assert_eq!((disco.ram_bytes(), disco.flash.bytes), (128 << 10, 1 << 20));
        assert_eq!(find("nano34"), None);
    }
}
