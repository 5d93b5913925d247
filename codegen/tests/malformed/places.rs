//! Where the parts of a `.tflite` file lie: a walk of its own over a sound file, so that what is
//! tested does not test itself. Field numbers are those of TensorFlow Lite's schema.

/// A file with the places of its parts.
#[derive(Clone)]
pub struct File {
    pub bytes: Vec<u8>,
}

impl File {
    pub fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes[at..at + 4].try_into().unwrap())
    }

    pub fn i32(&self, at: usize) -> i32 {
        self.u32(at).cast_signed()
    }

    fn u16(&self, at: usize) -> usize {
        usize::from(u16::from_le_bytes(
            self.bytes[at..at + 2].try_into().unwrap(),
        ))
    }

    /// Where the offset at `at` leads.
    pub fn follow(&self, at: usize) -> usize {
        at + self.u32(at) as usize
    }

    /// The table's list of fields.
    pub fn vtable(&self, table: usize) -> usize {
        (table as i64 - i64::from(self.i32(table))) as usize
    }

    /// The place of a table's field, if the table has it.
    pub fn field(&self, table: usize, field: usize) -> Option<usize> {
        let vtable = self.vtable(table);
        let slot = 4 + 2 * field;
        let offset = if slot < self.u16(vtable) {
            self.u16(vtable + slot)
        } else {
            0
        };
        (offset > 0).then_some(table + offset)
    }

    /// The vector that a field leads to: the place of its length.
    pub fn vector(&self, table: usize, field: usize) -> Option<usize> {
        self.field(table, field).map(|at| self.follow(at))
    }

    /// The places of the elements of a vector, `size` bytes each.
    pub fn elements(&self, table: usize, field: usize, size: usize) -> Vec<usize> {
        let Some(vector) = self.vector(table, field) else {
            return Vec::new();
        };
        (0..self.u32(vector) as usize)
            .map(|i| vector + 4 + size * i)
            .collect()
    }

    /// The tables of a vector of tables.
    fn tables(&self, table: usize, field: usize) -> Vec<usize> {
        let elements = self.elements(table, field, 4);
        elements.into_iter().map(|at| self.follow(at)).collect()
    }

    pub fn model(&self) -> usize {
        self.follow(0)
    }

    pub fn codes(&self) -> Vec<usize> {
        self.tables(self.model(), 1)
    }

    pub fn subgraph(&self) -> usize {
        self.tables(self.model(), 2)[0]
    }

    pub fn buffers(&self) -> Vec<usize> {
        self.tables(self.model(), 4)
    }

    pub fn tensors(&self) -> Vec<usize> {
        self.tables(self.subgraph(), 0)
    }

    pub fn operators(&self) -> Vec<usize> {
        self.tables(self.subgraph(), 3)
    }

    /// The builtin code of an operator.
    pub fn code(&self, operator: usize) -> i32 {
        let index = self.field(operator, 0).map_or(0, |at| self.u32(at));
        let code = self.codes()[index as usize];
        let old = self
            .field(code, 0)
            .map_or(0, |at| i32::from(self.bytes[at]));
        self.field(code, 3).map_or(0, |at| self.i32(at)).max(old)
    }

    /// The tensors that operators' inputs in `slot` name, of those operators that `of` takes.
    pub fn operands(&self, slot: usize, of: impl Fn(i32) -> bool) -> Vec<usize> {
        let tensors = self.tensors();
        let operators = self.operators().into_iter().filter(|op| of(self.code(*op)));
        let ids = operators.filter_map(|op| self.elements(op, 1, 4).get(slot).copied());
        ids.filter_map(|at| usize::try_from(self.i32(at)).ok())
            .map(|id| tensors[id])
            .collect()
    }

    /// The place of the first byte of a tensor's data, where it has data.
    pub fn data(&self, tensor: usize) -> Option<usize> {
        let buffer = self.field(tensor, 2).map_or(0, |at| self.u32(at));
        let buffer = self.buffers()[buffer as usize];
        self.vector(buffer, 0)
            .filter(|at| self.u32(*at) > 0)
            .map(|at| at + 4)
    }

    pub fn is_constant(&self, tensor: usize) -> bool {
        self.data(tensor).is_some()
    }

    pub fn quantization(&self, tensor: usize) -> Option<usize> {
        self.field(tensor, 4).map(|at| self.follow(at))
    }

    /// The same file with other bytes at `at`.
    pub fn with(&self, at: usize, bytes: &[u8]) -> File {
        let mut other = self.clone();
        other.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        other
    }

    /// The same file with a table of these fields (number and bytes) at its end, to which the
    /// offset at `at` leads.
    pub fn with_table(&self, at: usize, fields: &[(usize, Vec<u8>)]) -> File {
        let mut other = self.clone();
        let bytes = &mut other.bytes;
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        let vtable = bytes.len();
        let n_slots = fields.iter().map(|(field, _)| field + 1).max().unwrap_or(0);
        let vtable_len = (4 + 2 * n_slots).next_multiple_of(8);
        // Every field gets eight bytes, which aligns all of them.
        let size = 8 + 8 * fields.len();
        let mut slots = vec![0_u8; vtable_len];
        slots[..2].copy_from_slice(&(4 + 2 * n_slots as u16).to_le_bytes());
        slots[2..4].copy_from_slice(&(size as u16).to_le_bytes());
        for (i, (field, _)) in fields.iter().enumerate() {
            slots[4 + 2 * field..][..2].copy_from_slice(&(8 + 8 * i as u16).to_le_bytes());
        }
        bytes.extend(slots);
        let table = bytes.len();
        bytes.extend(((table - vtable) as i32).to_le_bytes());
        bytes.extend([0; 4]);
        for (_, value) in fields {
            let mut value = value.clone();
            value.resize(8, 0);
            bytes.extend(value);
        }
        bytes[at..at + 4].copy_from_slice(&((table - at) as u32).to_le_bytes());
        other
    }
}
