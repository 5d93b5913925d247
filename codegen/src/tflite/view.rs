//! Flatbuffer tables and vectors in untrusted bytes: every access is checked.

/// A place in the file does not lead where the format says; names the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged(pub &'static str);

/// `N` bytes at `at`.
fn bytes<const N: usize>(buf: &[u8], at: usize, what: &'static str) -> Result<[u8; N], Damaged> {
    let found = at.checked_add(N).and_then(|end| buf.get(at..end));
    found
        .and_then(|slice| slice.try_into().ok())
        .ok_or(Damaged(what))
}

/// The place that the offset at `at` points to.
fn follow(buf: &[u8], at: usize, what: &'static str) -> Result<usize, Damaged> {
    let offset = u32::from_le_bytes(bytes(buf, at, what)?);
    at.checked_add(offset as usize)
        .filter(|to| *to < buf.len())
        .ok_or(Damaged(what))
}

/// A table.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    buf: &'a [u8],
    at: usize,
    /// Offsets of the fields, two bytes each.
    slots: &'a [u8],
    /// Bytes of the table itself.
    size: usize,
}

/// A vector of elements of one size.
#[derive(Clone, Copy)]
pub struct Vector<'a> {
    buf: &'a [u8],
    /// First byte of the first element.
    at: usize,
    n: usize,
    what: &'static str,
}

impl<'a> Table<'a> {
    /// The root table of a file.
    pub fn root(buf: &'a [u8]) -> Result<Self, Damaged> {
        let at = follow(buf, 0, "the model")?;
        Self::at(buf, at, "the model")
    }

    fn at(buf: &'a [u8], at: usize, what: &'static str) -> Result<Self, Damaged> {
        let back = i64::from(i32::from_le_bytes(bytes(buf, at, what)?));
        let vtable = i64::try_from(at)
            .ok()
            .and_then(|at| usize::try_from(at - back).ok());
        let vtable = vtable.ok_or(Damaged(what))?;
        let half = |at| Ok(usize::from(u16::from_le_bytes(bytes(buf, at, what)?)));
        let (vtable_size, size) = (half(vtable)?, half(vtable + 2)?);
        let slots = vtable
            .checked_add(vtable_size)
            .and_then(|end| buf.get(vtable + 4..end));
        // What the format demands of every table, whoever reads it.
        let is_table = at.is_multiple_of(4)
            && vtable.is_multiple_of(2)
            && vtable_size.is_multiple_of(2)
            && size >= 4
            && at.checked_add(size).is_some_and(|end| end <= buf.len());
        Ok(Self {
            buf,
            at,
            slots: slots.filter(|_| is_table).ok_or(Damaged(what))?,
            size,
        })
    }

    /// Where the value of `field` is, if it is present.
    fn field(&self, field: u16) -> Option<usize> {
        let slot = usize::from(field) * 2;
        let offset = self.slots.get(slot..slot + 2)?;
        match u16::from_le_bytes([offset[0], offset[1]]) {
            0 => None,
            offset => self.at.checked_add(usize::from(offset)),
        }
    }

    fn scalar<const N: usize>(
        &self,
        field: u16,
        what: &'static str,
    ) -> Result<Option<[u8; N]>, Damaged> {
        let Some(at) = self.field(field) else {
            return Ok(None);
        };
        if at - self.at + N > self.size || !at.is_multiple_of(N) {
            return Err(Damaged(what));
        }
        bytes(self.buf, at, what).map(Some)
    }

    /// Where the offset in `field` leads.
    fn target(&self, field: u16, what: &'static str) -> Result<Option<usize>, Damaged> {
        if self.scalar::<4>(field, what)?.is_none() {
            return Ok(None);
        }
        self.field(field)
            .map(|at| follow(self.buf, at, what))
            .transpose()
    }

    /// A byte, or the schema's default.
    pub fn u8(&self, field: u16, default: u8, what: &'static str) -> Result<u8, Damaged> {
        Ok(self.scalar::<1>(field, what)?.map_or(default, |b| b[0]))
    }

    /// A signed byte, or the schema's default.
    pub fn i8(&self, field: u16, default: i8, what: &'static str) -> Result<i8, Damaged> {
        Ok(self.scalar(field, what)?.map_or(default, i8::from_le_bytes))
    }

    /// A signed word, or the schema's default.
    pub fn i32(&self, field: u16, default: i32, what: &'static str) -> Result<i32, Damaged> {
        Ok(self
            .scalar(field, what)?
            .map_or(default, i32::from_le_bytes))
    }

    /// An unsigned word, or 0.
    pub fn u32(&self, field: u16, what: &'static str) -> Result<u32, Damaged> {
        Ok(self.scalar(field, what)?.map_or(0, u32::from_le_bytes))
    }

    /// An unsigned long, or 0.
    pub fn u64(&self, field: u16, what: &'static str) -> Result<u64, Damaged> {
        Ok(self.scalar(field, what)?.map_or(0, u64::from_le_bytes))
    }

    /// A float, or the schema's default.
    pub fn f32(&self, field: u16, default: f32, what: &'static str) -> Result<f32, Damaged> {
        Ok(self
            .scalar(field, what)?
            .map_or(default, f32::from_le_bytes))
    }

    /// Where the value of a field is in the file.
    #[cfg(test)]
    pub fn place(&self, field: u16) -> Option<usize> {
        self.field(field)
    }

    /// Whether a field is present.
    pub fn has(&self, field: u16) -> bool {
        self.field(field).is_some()
    }

    /// A table, if present.
    pub fn table(&self, field: u16, what: &'static str) -> Result<Option<Table<'a>>, Damaged> {
        let target = self.target(field, what)?;
        target.map(|at| Self::at(self.buf, at, what)).transpose()
    }

    /// A vector of elements of `size` bytes; empty where the field is absent.
    pub fn vector(
        &self,
        field: u16,
        size: usize,
        what: &'static str,
    ) -> Result<Vector<'a>, Damaged> {
        let Some(start) = self.target(field, what)? else {
            return Ok(Vector {
                buf: self.buf,
                at: 0,
                n: 0,
                what,
            });
        };
        let n = u32::from_le_bytes(bytes(self.buf, start, what)?) as usize;
        let at = start + 4;
        let end = n.checked_mul(size).and_then(|len| at.checked_add(len));
        match end {
            Some(end) if end <= self.buf.len() && start.is_multiple_of(4) => Ok(Vector {
                buf: self.buf,
                at,
                n,
                what,
            }),
            _ => Err(Damaged(what)),
        }
    }

    /// A string; what is not UTF-8 in it is replaced.
    pub fn string(&self, field: u16, what: &'static str) -> Result<String, Damaged> {
        Ok(String::from_utf8_lossy(self.vector(field, 1, what)?.bytes()).into_owned())
    }
}

impl<'a> Vector<'a> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.n
    }

    /// The elements of a vector of bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.buf.get(self.at..self.at + self.n).unwrap_or_default()
    }

    /// The tables of a vector of tables.
    pub fn tables(self) -> impl Iterator<Item = Result<Table<'a>, Damaged>> {
        (0..self.n).map(move |i| {
            let at = follow(self.buf, self.at + 4 * i, self.what)?;
            Table::at(self.buf, at, self.what)
        })
    }

    fn scalars<const N: usize, T>(self, convert: impl Fn([u8; N]) -> T) -> Vec<T> {
        let end = self.at + self.n * N;
        let (chunks, _) = self
            .buf
            .get(self.at..end)
            .unwrap_or_default()
            .as_chunks::<N>();
        chunks.iter().map(|c| convert(*c)).collect()
    }

    /// The elements of a vector of words.
    pub fn i32s(self) -> Vec<i32> {
        self.scalars(i32::from_le_bytes)
    }

    /// The elements of a vector of longs.
    pub fn i64s(self) -> Vec<i64> {
        self.scalars(i64::from_le_bytes)
    }

    /// The elements of a vector of floats.
    pub fn f32s(self) -> Vec<f32> {
        self.scalars(f32::from_le_bytes)
    }
}
