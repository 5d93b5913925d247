//! The board database: one validated YAML file per board in `ir/boards/`.

/// A board.
#[derive(Clone, Debug, PartialEq)]
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
    /// RAM: start address and bytes an application may use.
    pub ram: Region,
    /// Flash: start address and bytes an application may use (above a boot loader).
    pub flash: Region,
    /// qemu machine that runs this CPU.
    pub emulator: Emulator,
}

/// A memory region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// First address.
    pub start: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// CPU cores that code is emitted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cpu {
    /// Cortex-M0 and M0+: no DSP extension, no FPU.
    CortexM0,
    /// Cortex-M3: no DSP extension, no FPU.
    CortexM3,
    /// Cortex-M4F.
    CortexM4,
    /// Cortex-M7 with single-precision FPU.
    CortexM7,
    /// Cortex-M33 with FPU and DSP.
    CortexM33,
    /// Cortex-M55 with Helium.
    CortexM55,
}

/// A qemu machine of the same CPU.
#[derive(Clone, Debug, PartialEq)]
pub struct Emulator {
    /// `-M`.
    pub machine: String,
    /// `-cpu`.
    pub cpu: String,
    /// Instructions per SysTick count under `-icount shift=0`.
    pub instructions_per_tick: f64,
}
