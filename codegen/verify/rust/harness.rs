//! What a verification image needs beside the model: printing by semihosting, the instruction
//! clock, and the painted stack; the twin of `harness.c`. Everything here lies in sections of its
//! own, so that the sizes of the model's sections are the model's.

use core::arch::asm;
use core::ptr::{addr_of, addr_of_mut, read_volatile, write_volatile};

const SYSTICK_CONTROL: *mut u32 = 0xE000_E010 as *mut u32;
const SYSTICK_RELOAD: *mut u32 = 0xE000_E014 as *mut u32;
const SYSTICK_VALUE: *mut u32 = 0xE000_E018 as *mut u32;
const CPACR: *mut u32 = 0xE000_ED88 as *mut u32;
const CCR: *mut u32 = 0xE000_ED14 as *mut u32;
const UNALIGN_TRP: u32 = 8;
const WRITE0: u32 = 0x04;
const EXIT: u32 = 0x18;
const SUCCESS: u32 = 0x2_0026;
const FAULT: u32 = 0x2_0023;
const PAINT: u32 = 0xA5C3_5A3C;
/// The painter itself and its caller stand in this margin.
const MARGIN_BYTES: usize = 64;

unsafe extern "C" {
    static image_stack_top: u32;
    static mut image_stack_bottom: u32;
    static mut image_bss_start: u32;
    static mut image_bss_end: u32;
    static image_data_source: u32;
    static mut image_data_start: u32;
    static mut image_data_end: u32;
}

/// A line on its way to the host.
struct Line {
    bytes: [u8; 256],
    length: usize,
}

#[unsafe(link_section = ".harness.bss")]
static mut LINE: Line = Line { bytes: [0; 256], length: 0 };

#[unsafe(link_section = ".harness.text")]
#[inline(never)]
fn semihosting(operation: u32, argument: u32) {
    // SAFETY: the emulator is run with semihosting, which reads memory and changes r0 only.
    unsafe {
        asm!("bkpt 0xAB", inout("r0") operation => _, in("r1") argument, options(nostack));
    }
}

#[unsafe(link_section = ".harness.text")]
#[inline(never)]
fn put(byte: u8) {
    // SAFETY: one thread, no interrupts; the index stays below the length of the array, whose last
    // byte stays for the terminating zero.
    unsafe {
        let line = addr_of_mut!(LINE);
        let bytes = addr_of_mut!((*line).bytes).cast::<u8>();
        write_volatile(bytes.add((*line).length), byte);
        (*line).length += 1;
        if byte == b'\n' || (*line).length == 255 {
            write_volatile(bytes.add((*line).length), 0);
            semihosting(WRITE0, bytes as u32);
            (*line).length = 0;
        }
    }
}

#[unsafe(link_section = ".harness.text")]
#[inline(never)]
pub fn print_text(text: &'static [u8]) {
    for &byte in text {
        put(byte);
    }
}

/// Prints a literal that lies among the harness's constants.
macro_rules! print {
    ($text:literal) => {{
        #[unsafe(link_section = ".harness.rodata")]
        static WORDS: [u8; $text.len()] = *$text;
        $crate::harness::print_text(&WORDS)
    }};
}
pub(crate) use print;

#[unsafe(link_section = ".harness.text")]
#[inline(never)]
pub fn print_number(number: u32) {
    let mut power = 1_000_000_000;
    while power > 1 && number < power {
        power /= 10;
    }
    while power > 0 {
        put(b'0' + (number / power % 10) as u8);
        power /= 10;
    }
}

/// int8 values as two hexadecimal digits each.
#[unsafe(link_section = ".harness.text")]
#[inline(never)]
pub fn print_values(values: &[i8]) {
    for &value in values {
        for digit in [value as u8 >> 4, value as u8 & 15] {
            put(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit });
        }
    }
}

#[unsafe(link_section = ".harness.text")]
#[inline(never)]
pub fn clock_start() {
    // SAFETY: registers of the core's timer; the processor's clock, no interrupt.
    unsafe {
        write_volatile(SYSTICK_CONTROL, 0);
        write_volatile(SYSTICK_RELOAD, 0x00FF_FFFF);
        write_volatile(SYSTICK_VALUE, 0);
        write_volatile(SYSTICK_CONTROL, 5);
    }
}

/// Ticks since [`clock_start`], up to 2²⁴.
#[unsafe(link_section = ".harness.text")]
#[inline(never)]
pub fn clock_read() -> u32 {
    // SAFETY: a register of the core's timer. It counts down.
    let value = unsafe { read_volatile(SYSTICK_VALUE) };
    0x0100_0000_u32.wrapping_sub(value) & 0x00FF_FFFF
}

/// Fills the free stack below the caller with a pattern; returns where it ends.
#[unsafe(link_section = ".harness.text")]
#[inline(never)]
pub fn stack_paint() -> usize {
    let here: usize;
    // SAFETY: reads the stack pointer. What is written lies below it, where nothing lives.
    unsafe {
        asm!("mov {}, sp", out(reg) here, options(nomem, nostack));
        let top = (here - MARGIN_BYTES) & !3;
        let mut word = addr_of_mut!(image_stack_bottom);
        while (word as usize) < top {
            write_volatile(word, PAINT);
            word = word.wrapping_add(1);
        }
        top
    }
}

/// Bytes of the pattern below `top` that are gone: the deepest use of the stack since.
#[unsafe(link_section = ".harness.text")]
#[inline(never)]
pub fn stack_used(top: usize) -> u32 {
    let mut word = addr_of!(image_stack_bottom);
    // SAFETY: reads memory that the linker script sets aside for the stack.
    unsafe {
        while (word as usize) < top && read_volatile(word) == PAINT {
            word = word.wrapping_add(1);
        }
    }
    let used = top - word as usize;
    if used == 0 { 0 } else { (used + MARGIN_BYTES) as u32 }
}

#[unsafe(link_section = ".harness.text")]
#[inline(never)]
fn exit(reason: u32) -> ! {
    loop {
        semihosting(EXIT, reason);
    }
}

#[unsafe(link_section = ".harness.text")]
extern "C" fn fault() -> ! {
    print!(b"\nfault\n");
    exit(FAULT)
}

#[panic_handler]
#[unsafe(link_section = ".harness.text")]
fn panic(_: &core::panic::PanicInfo) -> ! {
    print!(b"\npanic\n");
    exit(FAULT)
}

/// An entry of the vector table.
union Vector {
    stack_top: *const u32,
    handler: extern "C" fn() -> !,
    reserved: usize,
}

// SAFETY: a table of constants.
unsafe impl Sync for Vector {}

const RESERVED: Vector = Vector { reserved: 0 };
const STOP: Vector = Vector { handler: fault };

#[unsafe(link_section = ".vectors")]
#[used]
static VECTORS: [Vector; 16] = [
    Vector { stack_top: addr_of!(image_stack_top) },
    Vector { handler: Reset_Handler },
    STOP,
    STOP,
    STOP,
    STOP,
    STOP,
    RESERVED,
    RESERVED,
    RESERVED,
    RESERVED,
    STOP,
    STOP,
    RESERVED,
    STOP,
    STOP,
];

#[allow(non_snake_case, reason = "the name that the linker script and debuggers know")]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".harness.text")]
extern "C" fn Reset_Handler() -> ! {
    // SAFETY: runs once, before anything else; the linker script says what lies where.
    unsafe {
        write_volatile(CPACR, read_volatile(CPACR) | 0xF << 20);
        if cfg!(not(target_has_atomic = "32")) {
            // A Cortex-M0; the emulated core is a larger one.
            write_volatile(CCR, read_volatile(CCR) | UNALIGN_TRP);
        }
        asm!("dsb", "isb");
        let mut source = addr_of!(image_data_source);
        let mut word = addr_of_mut!(image_data_start);
        while (word as usize) < addr_of!(image_data_end) as usize {
            write_volatile(word, read_volatile(source));
            (source, word) = (source.wrapping_add(1), word.wrapping_add(1));
        }
        word = addr_of_mut!(image_bss_start);
        while (word as usize) < addr_of!(image_bss_end) as usize {
            write_volatile(word, 0);
            word = word.wrapping_add(1);
        }
    }
    crate::run();
    exit(SUCCESS)
}
