//! Features of the clips of a data set as they were recorded, computed once: kept in memory, and from
//! one run to the next as bytes of a file, by the content of a recording and by what computes them.
//! Augmented clips are never kept: the next epoch has others.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use impulse_ir::exec::FrontEnd;
use impulse_ir::features::Layout;
use rayon::prelude::*;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::{Clip, Dataset};

/// Most values that are kept: 256 MiB. What is beyond is computed each time.
const VALUES_MAX: usize = 64 << 20;

/// Key of the metadata's entry.
const MADE_BY: &str = "made_by";
/// Hashes of the recordings, `[recordings, 32]`.
const RECORDINGS: &str = "recordings";
/// Their features, `[recordings, values of a window]`.
const FEATURES: &str = "features";

/// Length of a hash.
const HASH_LEN: usize = blake3::OUT_LEN;

type Hash = [u8; HASH_LEN];
type Row = Box<[f32]>;

/// Features that are kept, of nothing by default. Data sets that differ in nothing else are equal.
#[derive(Clone, Default)]
pub struct Kept(Option<Arc<Rows>>);

struct Rows {
    layout: Layout,
    made_by: String,
    /// The row of each clip, as soon as somebody asked for it.
    rows: Vec<OnceLock<Row>>,
    /// Rows that there is room for.
    room: AtomicUsize,
    /// Whether a file with the same rows would be another than the one that was read.
    stale: bool,
    n_read: usize,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0.as_ref().map_or(0, |rows| rows.n_kept());
        write!(f, "Kept({n})")
    }
}

impl PartialEq for Kept {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Rows {
    fn n_kept(&self) -> usize {
        self.rows.iter().filter(|row| row.get().is_some()).count()
    }
}

impl Dataset {
    /// Keeps the features that `front_end` makes of clips from now on, those in `file` to begin with: the
    /// bytes that [`Dataset::kept`] gave an earlier run. `program` says which program computes.
    /// A file that is damaged, or of another front end or program, counts as none.
    pub fn keep_features(&mut self, front_end: &FrontEnd, program: &str, file: Option<&[u8]>) {
        let layout = front_end.layout().clone();
        let made_by = format!("{program} {layout:?}");
        let made_by = blake3::hash(made_by.as_bytes()).to_hex().to_string();
        let known = file.and_then(|file| read(file, &made_by, layout.len()));
        let known = known.unwrap_or_default();
        let hashes: Vec<Hash> = match known.is_empty() {
            true => Vec::new(),
            false => self.clips.par_iter().map(hash).collect(),
        };
        let mut used = HashSet::new();
        let rows: Vec<OnceLock<Row>> = self.clips.iter().map(|_| OnceLock::new()).collect();
        for (slot, hash) in rows.iter().zip(&hashes) {
            if let Some(row) = known.get(hash) {
                used.insert(hash);
                let _ = slot.set(row.clone());
            }
        }
        let stale = used.len() != known.len();
        let n_read = rows.iter().filter(|row| row.get().is_some()).count();
        let room = (VALUES_MAX / layout.len().max(1)).saturating_sub(n_read);
        let rows = Rows {
            layout,
            made_by,
            rows,
            room: AtomicUsize::new(room),
            stale,
            n_read,
        };
        self.kept = Kept(Some(Arc::new(rows)));
    }

    /// The features of clip `i` as it was recorded, by `front_end`: those that are kept, where it is the
    /// one whose features are. `out` is replaced.
    pub fn features(&self, i: usize, front_end: &FrontEnd, out: &mut Vec<f32>) {
        let samples = &self.clips[i].samples;
        let kept = self.kept.0.as_deref();
        let Some(kept) = kept.filter(|kept| kept.layout == *front_end.layout()) else {
            return front_end.features(samples, out);
        };
        out.clear();
        match kept.rows.get(i).map(|row| (row, row.get())) {
            Some((_, Some(row))) => out.extend_from_slice(row),
            Some((row, None)) => {
                front_end.unscaled(samples, out);
                let take = |room: usize| room.checked_sub(1);
                let order = Ordering::Relaxed;
                if kept.room.fetch_update(order, order, take).is_ok() {
                    // Another thread may have been quicker: with the same numbers.
                    let _ = row.set(out.as_slice().into());
                }
            }
            None => front_end.unscaled(samples, out),
        }
        front_end.scale(out);
    }

    /// The features that are kept as bytes for [`Dataset::keep_features`]; `None` where a file that was read
    /// holds just them.
    pub fn kept(&self) -> Option<Vec<u8>> {
        let kept = self.kept.0.as_deref()?;
        if !kept.stale && kept.n_kept() == kept.n_read {
            return None;
        }
        let mut all: Vec<(Hash, &Row)> = self
            .clips
            .par_iter()
            .zip(&kept.rows)
            .filter_map(|(clip, row)| Some((hash(clip), row.get()?)))
            .collect();
        // The same recording may be there twice.
        all.sort_unstable_by_key(|(hash, _)| *hash);
        all.dedup_by_key(|(hash, _)| *hash);
        write(&all, &kept.made_by, kept.layout.len())
    }

    /// How many clips had their features in the file that was read.
    pub fn n_features_read(&self) -> usize {
        self.kept.0.as_ref().map_or(0, |kept| kept.n_read)
    }
}

fn hash(clip: &Clip) -> Hash {
    let bytes: Vec<u8> = clip.samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    *blake3::hash(&bytes).as_bytes()
}

/// A hash of the rest, then a `.safetensors` file.
fn write(rows: &[(Hash, &Row)], made_by: &str, len: usize) -> Option<Vec<u8>> {
    let hashes: Vec<u8> = rows.iter().flat_map(|(hash, _)| *hash).collect();
    let values = rows.iter().flat_map(|(_, row)| row.iter());
    let values: Vec<u8> = values.flat_map(|x| x.to_le_bytes()).collect();
    let view = |dtype, len, bytes| TensorView::new(dtype, vec![rows.len(), len], bytes).ok();
    let tensors = [
        (RECORDINGS, view(Dtype::U8, HASH_LEN, &hashes)?),
        (FEATURES, view(Dtype::F32, len, &values)?),
    ];
    let metadata = HashMap::from([(MADE_BY.to_owned(), made_by.to_owned())]);
    let body = safetensors::serialize(tensors, Some(metadata)).ok()?;
    Some([&blake3::hash(&body).as_bytes()[..], &body].concat())
}

/// The rows of a file by their recordings.
fn read(file: &[u8], made_by: &str, len: usize) -> Option<HashMap<Hash, Row>> {
    let (sum, body) = file.split_first_chunk::<HASH_LEN>()?;
    if blake3::hash(body) != *sum {
        return None;
    }
    let (_, metadata) = SafeTensors::read_metadata(body).ok()?;
    if metadata.metadata().as_ref()?.get(MADE_BY)? != made_by {
        return None;
    }
    let tensors = SafeTensors::deserialize(body).ok()?;
    let (recordings, features) = (
        tensors.tensor(RECORDINGS).ok()?,
        tensors.tensor(FEATURES).ok()?,
    );
    let is_whole = features.dtype() == Dtype::F32 && features.shape().get(1) == Some(&len);
    let (hashes, []) = recordings.data().as_chunks::<HASH_LEN>() else {
        return None;
    };
    let (values, _) = features.data().as_chunks::<4>();
    let rows = values.chunks_exact(len.max(1));
    if !is_whole || rows.len() != hashes.len() {
        return None;
    }
    let row = |row: &[[u8; 4]]| row.iter().map(|v| f32::from_le_bytes(*v)).collect();
    Some(hashes.iter().copied().zip(rows.map(row)).collect())
}

#[cfg(test)]
mod tests {
    use impulse_ir::features::{FeatureBlock, Raw};
    use impulse_ir::spec::{Sensor, Window};

    use super::*;
    use crate::data::Split;

    fn front_end(scale: f32) -> FrontEnd {
        let window = Window {
            rate_hz: 4,
            length_samples: 4,
            stride_samples: 4,
            n_axes: 1,
            sensor: Sensor::Audio,
        };
        let axes = vec![0];
        FrontEnd::new(&window, &[FeatureBlock::Raw(Raw { axes, scale })])
    }

    fn set(firsts: &[i16]) -> Dataset {
        let clip = |&first: &i16| Clip {
            name: String::new(),
            label: 0,
            split: Split::Train,
            group: String::new(),
            samples: vec![first, 2, 3, 4],
        };
        Dataset {
            labels: vec!["a".into()],
            clips: firsts.iter().map(clip).collect(),
            noise: Vec::new(),
            warnings: Vec::new(),
            kept: Kept::default(),
        }
    }

    fn features(set: &Dataset, i: usize, front_end: &FrontEnd) -> Vec<f32> {
        let mut out = vec![99.0];
        set.features(i, front_end, &mut out);
        out
    }

    #[test]
    fn features_come_back_from_the_file() {
        let (mut set, by) = (set(&[1, 5, 1]), front_end(0.5));
        set.keep_features(&by, "one", None);
        assert_eq!(set.kept().map(|_| ()), None, "nobody asked for any");
        for i in 0..3 {
            assert_eq!(features(&set, i, &by)[1..], [1.0, 1.5, 2.0]);
        }
        let file = set.kept().unwrap();
        set.keep_features(&by, "one", Some(&file));
        // Two recordings are the same.
        assert_eq!((set.n_features_read(), set.kept()), (3, None));
        // What is read is taken as it is: these recordings were never computed.
        let twice = set.clips[1].clone();
        set.clips[1].samples[1] = 77;
        assert_eq!(features(&set, 1, &by), [2.5, 1.0, 1.5, 2.0]);
        // Scales come behind what is kept.
        assert_eq!(
            features(&set, 0, &by.clone().scaled(&[4.0])),
            [2.0, 4.0, 6.0, 8.0]
        );
        // Another front end computes.
        assert_eq!(features(&set, 1, &front_end(1.0))[1], 77.0);
        // Recordings that are gone leave the file.
        set.clips = vec![twice];
        set.keep_features(&by, "one", Some(&file));
        assert_eq!(set.n_features_read(), 1);
        assert!(set.kept().is_some_and(|left| left.len() < file.len()));
    }

    #[test]
    fn a_file_of_others_or_a_damaged_one_counts_as_none() {
        let (mut all, by) = (set(&[1, 5]), front_end(0.5));
        all.keep_features(&by, "one", None);
        let expected = [0, 1].map(|i| features(&all, i, &by));
        let file = all.kept().unwrap();
        let mut read = |by: &FrontEnd, program, file: &[u8]| {
            all.keep_features(by, program, Some(file));
            all.n_features_read()
        };
        assert_eq!(read(&by, "one", &file), 2);
        assert_eq!(read(&by, "two", &file), 0);
        assert_eq!(read(&front_end(1.0), "one", &file), 0);
        for at in (0..file.len()).step_by(7) {
            let mut damaged = file.clone();
            damaged[at] ^= 4;
            assert_eq!(read(&by, "one", &damaged), 0, "byte {at}");
            assert_eq!(read(&by, "one", &file[..at]), 0, "cut at {at}");
        }
        assert_eq!([0, 1].map(|i| features(&all, i, &by)), expected);
    }
}
