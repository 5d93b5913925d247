//! How far a run came, as bytes: what is needed to go on with the same result to the bit.
//!
//! A checkpoint is a line that says what it is, the BLAKE3 hash of the rest, and the rest: the key
//! of the run, then numbers of 8 bytes and lists of floats in a fixed order, least significant
//! byte first. Bytes that were cut short or changed do not have their hash.

use crate::model::Leaf;

const MAGIC: &[u8] = b"impulse checkpoint 1\n";
const HASH_LEN: usize = 32;

/// Where a run keeps how far it came; only the caller knows files and clocks.
pub trait Checkpoints {
    /// The bytes that were saved last, if any: those of a run that ended early.
    fn load(&mut self) -> Option<Vec<u8>>;

    /// Whether it is time to save again; asked after each epoch.
    fn is_due(&mut self) -> bool;

    /// Keeps these bytes, whole or not at all. What cannot be kept is lost without harm.
    fn save(&mut self, bytes: &[u8]);

    /// Is told what became of the bytes of [`Checkpoints::load`].
    fn resumed(&mut self, found: Resumed);
}

/// What became of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// The run goes on behind so many epochs, in the network number `run` of those to train.
    At {
        /// Whole epochs done.
        epoch: usize,
        /// Networks trained before, to choose a seed by.
        run: usize,
    },
    /// It is of another network, other clips or other settings.
    Other,
    /// Its bytes are not those that were written.
    Damaged,
}

/// Puts a checkpoint together.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// An empty checkpoint of the run `key`.
    pub fn new(key: &str) -> Self {
        let mut writer = Self(Vec::new());
        writer.count(key.len());
        writer.0.extend(key.as_bytes());
        writer
    }

    pub fn count(&mut self, n: usize) {
        self.0.extend((n as u64).to_le_bytes());
    }

    pub fn float(&mut self, value: f32) {
        self.count(value.to_bits() as usize);
    }

    pub fn option(&mut self, value: Option<f32>) {
        self.count(usize::from(value.is_some()));
        self.float(value.unwrap_or(0.0));
    }

    pub fn floats(&mut self, values: &[f32]) {
        self.count(values.len());
        values.iter().for_each(|v| self.0.extend(v.to_le_bytes()));
    }

    pub fn leaves(&mut self, leaves: &[Leaf]) {
        leaves.iter().for_each(|leaf| self.floats(&leaf.data));
    }

    /// The whole checkpoint.
    pub fn finish(self) -> Vec<u8> {
        let hash = blake3::hash(&self.0);
        [MAGIC, hash.as_bytes(), &self.0].concat()
    }
}

/// Takes a checkpoint apart. Every method is `None` where the bytes end.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The checkpoint of the run `key`.
    pub fn new(bytes: &'a [u8], key: &str) -> Result<Self, Resumed> {
        let hashed = bytes
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.split_at_checked(HASH_LEN));
        let (hash, rest) = hashed.ok_or(Resumed::Damaged)?;
        if blake3::hash(rest).as_bytes() != hash {
            return Err(Resumed::Damaged);
        }
        let mut reader = Self(rest);
        let found = reader.count().and_then(|len| reader.take(len));
        match found {
            Some(found) if found == key.as_bytes() => Ok(reader),
            Some(_) => Err(Resumed::Other),
            None => Err(Resumed::Damaged),
        }
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn count(&mut self) -> Option<usize> {
        let bytes = self.take(8)?.try_into().ok()?;
        usize::try_from(u64::from_le_bytes(bytes)).ok()
    }

    pub fn float(&mut self) -> Option<f32> {
        Some(f32::from_bits(u32::try_from(self.count()?).ok()?))
    }

    pub fn option(&mut self) -> Option<Option<f32>> {
        let given = self.count()? == 1;
        let value = self.float()?;
        Some(given.then_some(value))
    }

    pub fn floats(&mut self) -> Option<Vec<f32>> {
        let len = self.count()?;
        let bytes = self.take(len.checked_mul(4)?)?;
        let values = bytes.as_chunks::<4>().0.iter();
        Some(values.map(|b| f32::from_le_bytes(*b)).collect())
    }

    /// Fills tensors that have the shapes of those that were written.
    pub fn leaves(&mut self, leaves: &mut [Leaf]) -> Option<()> {
        for leaf in leaves {
            let values = self.floats()?;
            if values.len() != leaf.data.len() {
                return None;
            }
            leaf.data = std::sync::Arc::new(values);
        }
        Some(())
    }
}
