//! Sizes of a linked image, read from the section headers of its ELF file (32-bit, little-endian:
//! every Cortex-M). The linker scripts of the verification images put the model and the libraries
//! it pulls in into sections of their own, apart from the harness around it.

use impulse_ir::{Diagnostic, diagnostic::codes};

/// What the model takes of an image, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Machine code, with the compiler's library functions that it calls.
    pub code_bytes: u64,
    /// Constants: weights, tables, parameters, names.
    pub constant_bytes: u64,
    /// Static RAM: the state, and whatever else the model keeps.
    pub ram_bytes: u64,
}

impl Sizes {
    /// Flash: code and constants.
    pub fn flash_bytes(&self) -> u64 {
        self.code_bytes + self.constant_bytes
    }
}

/// Sizes of the sections `.impulse_text`, `.impulse_rodata`, `.impulse_data` and `.impulse_bss` of
/// the ELF file `elf`; initialized data count in flash and in RAM.
///
/// # Errors
/// When the bytes are not such an ELF file.
pub fn sizes(elf: &[u8]) -> Result<Sizes, Diagnostic> {
    read(elf).ok_or_else(|| {
        Diagnostic::general(
            codes::VERIFY_OUTPUT,
            "expected a linked 32-bit ELF file with the sections of a verification image",
        )
    })
}

fn read(elf: &[u8]) -> Option<Sizes> {
    let (magic, class, little) = (elf.get(..4)?, *elf.get(4)?, *elf.get(5)?);
    if magic != b"\x7fELF" || class != 1 || little != 1 {
        return None;
    }
    let table = word(elf, 0x20)?;
    let (entry, count, names) = (half(elf, 0x2e)?, half(elf, 0x30)?, half(elf, 0x32)?);
    let header = |i: usize| table.checked_add(i.checked_mul(entry)?);
    let names = word(elf, header(names)?.checked_add(0x10)?)?;
    let mut sizes = Sizes::default();
    let mut found = false;
    for i in 0..count {
        let at = header(i)?;
        elf.get(at..at.checked_add(entry)?)?;
        let bytes = word(elf, at.checked_add(0x14)?)? as u64;
        let name = elf.get(names.checked_add(word(elf, at)?)?..)?;
        let name = &name[..name.iter().position(|&b| b == 0)?];
        match name {
            b".impulse_text" => sizes.code_bytes += bytes,
            b".impulse_rodata" => sizes.constant_bytes += bytes,
            b".impulse_data" => {
                sizes.constant_bytes += bytes;
                sizes.ram_bytes += bytes;
            }
            b".impulse_bss" => sizes.ram_bytes += bytes,
            _ => continue,
        }
        found = true;
    }
    found.then_some(sizes)
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?) as usize)
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(two.try_into().ok()?) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header, three section headers and the names they point at.
    fn tiny() -> Vec<u8> {
        let names = b"\0.shstrtab\0.impulse_text\0.impulse_bss\0";
        let mut elf = vec![0; 0x34];
        elf[..6].copy_from_slice(b"\x7fELF\x01\x01");
        let names_at = elf.len() as u32;
        elf.extend_from_slice(names);
        let table = elf.len() as u32;
        for (name, bytes, offset) in [
            (1u32, names.len() as u32, names_at),
            (11, 300, 0),
            (25, 70, 0),
        ] {
            let mut header = [0u8; 40];
            header[..4].copy_from_slice(&name.to_le_bytes());
            header[0x10..0x14].copy_from_slice(&offset.to_le_bytes());
            header[0x14..0x18].copy_from_slice(&bytes.to_le_bytes());
            elf.extend_from_slice(&header);
        }
        elf[0x20..0x24].copy_from_slice(&table.to_le_bytes());
        elf[0x2e..0x30].copy_from_slice(&40u16.to_le_bytes());
        elf[0x30..0x32].copy_from_slice(&3u16.to_le_bytes());
        elf
    }

    #[test]
    fn adds_up_the_sections_of_the_model() {
        let expected = Sizes {
            code_bytes: 300,
            constant_bytes: 0,
            ram_bytes: 70,
        };
        assert_eq!(sizes(&tiny()).unwrap(), expected);
    }

    #[test]
    fn cut_or_foreign_files_are_refused() {
        let whole = tiny();
        for end in 0..whole.len() - 12 {
            assert!(sizes(&whole[..end]).is_err(), "{end} bytes");
        }
        assert!(sizes(b"MZ and so on").is_err());
    }
}
