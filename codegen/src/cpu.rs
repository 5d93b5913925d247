//! How compilers name the CPUs.

use impulse_ir::board::Cpu;

/// Flags of gcc and clang.
pub(crate) fn gcc_flags(cpu: Cpu) -> &'static [&'static str] {
    match cpu {
        Cpu::CortexM0 => &["-mcpu=cortex-m0", "-mthumb", "-mfloat-abi=soft"],
        Cpu::CortexM3 => &["-mcpu=cortex-m3", "-mthumb", "-mfloat-abi=soft"],
        Cpu::CortexM4 => &[
            "-mcpu=cortex-m4",
            "-mthumb",
            "-mfloat-abi=hard",
            "-mfpu=fpv4-sp-d16",
        ],
        Cpu::CortexM7 => &[
            "-mcpu=cortex-m7",
            "-mthumb",
            "-mfloat-abi=hard",
            "-mfpu=fpv5-sp-d16",
        ],
        Cpu::CortexM33 => &[
            "-mcpu=cortex-m33",
            "-mthumb",
            "-mfloat-abi=hard",
            "-mfpu=fpv5-sp-d16",
        ],
        Cpu::CortexM55 => &["-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"],
    }
}

/// The Rust target that runs on the CPU. That of the Cortex-M4F runs on every later core too, so
/// that one installed target serves them all.
pub(crate) fn rust_target(cpu: Cpu) -> &'static str {
    match cpu {
        Cpu::CortexM0 => "thumbv6m-none-eabi",
        Cpu::CortexM3 => "thumbv7m-none-eabi",
        Cpu::CortexM4 | Cpu::CortexM7 | Cpu::CortexM33 | Cpu::CortexM55 => "thumbv7em-none-eabihf",
    }
}
