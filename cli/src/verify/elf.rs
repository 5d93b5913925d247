//! What a linked program occupies, read from its ELF file.

use object::elf::{SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE};
use object::{Object, ObjectSection, SectionFlags, SectionKind};

/// Sizes of a linked program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Bytes of code.
    pub code_bytes: u64,
    /// Bytes of constants that stay in flash.
    pub constant_bytes: u64,
    /// Bytes of initialized variables: in flash and in RAM.
    pub data_bytes: u64,
    /// Bytes of zeroed variables.
    pub zeroed_bytes: u64,
}

impl Image {
    /// Reads an ELF file; the message says what is wrong with it.
    ///
    /// # Errors
    /// When the bytes are not an ELF file with sections.
    pub fn read(bytes: &[u8]) -> Result<Image, String> {
        let file = object::File::parse(bytes).map_err(|e| format!("not an ELF file: {e}"))?;
        let mut image = Image::default();
        for section in file.sections() {
            let SectionFlags::Elf { sh_flags } = section.flags() else {
                return Err("not an ELF file".to_owned());
            };
            let has = |flag: u32| sh_flags & u64::from(flag) != 0;
            if !has(SHF_ALLOC) {
                continue;
            }
            let bytes = section.size();
            // The stack is reserved by some linker scripts as a section of its own; it is judged
            // by the painted stack, not as static memory.
            if section.name().is_ok_and(|n| n.contains("stack")) {
                continue;
            }
            if section.kind() == SectionKind::UninitializedData {
                image.zeroed_bytes += bytes;
            } else if has(SHF_WRITE) {
                image.data_bytes += bytes;
            } else if has(SHF_EXECINSTR) {
                image.code_bytes += bytes;
            } else {
                image.constant_bytes += bytes;
            }
        }
        Ok(image)
    }

    /// Bytes of flash.
    pub fn flash_bytes(&self) -> u64 {
        self.code_bytes + self.constant_bytes + self.data_bytes
    }

    /// Bytes of RAM that are taken before the program starts.
    pub fn static_ram_bytes(&self) -> u64 {
        self.data_bytes + self.zeroed_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_is_refused() {
        for bytes in [&b""[..], b"\x7fELF", b"MZ not an elf", &[0; 4096]] {
            assert!(Image::read(bytes).is_err());
        }
    }

    #[test]
    fn this_test_program_has_code_and_constants() {
        let Ok(bytes) = std::env::current_exe().and_then(std::fs::read) else {
            return;
        };
        let Ok(image) = Image::read(&bytes) else {
            return;
        };
        assert!(image.code_bytes > 10_000);
        assert!(image.flash_bytes() > image.code_bytes);
        assert!(image.static_ram_bytes() > 0);
    }
}
