//! From an energy to a level in integers.

use super::multiply::turn;

/// `log2(1 + i/64) − i/64`, with 19 fractional bits.
const CURVE: [u16; 65] = [
    0, 3535, 6891, 10074, 13088, 15938, 18630, 21167, 23554, 25795, 27894, 29855, 31681, 33377,
    34945, 36389, 37711, 38915, 40004, 40981, 41847, 42607, 43261, 43814, 44266, 44621, 44881,
    45047, 45121, 45106, 45004, 44816, 44545, 44191, 43757, 43244, 42654, 41988, 41249, 40436,
    39552, 38598, 37576, 36486, 35330, 34110, 32826, 31479, 30070, 28602, 27074, 25488, 23845,
    22146, 20391, 18582, 16720, 14805, 12838, 10821, 8754, 6637, 4472, 2260, 0,
];

/// What a level is: a logarithm of a power, between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The lowest level, with the fractional bits of what `factor` makes.
    pub floor: i32,
    /// What a binary logarithm of 16 fractional bits is multiplied by, with 15 fractional bits and within
    /// ±32 767: `ln 2`, or `10·log10(2)/4`, which leaves 14 fractional bits of a level in decibel.
    pub factor: i32,
    /// Binary places between the energies of an unshifted spectrum and powers of samples from −1
    /// to 1.
    pub places: i32,
    /// How many of those fractional bits a level loses, 1..=16.
    pub shift: u32,
    /// The highest level, in what is left.
    pub max: i32,
}

impl Level {
    /// The level of an energy whose spectrum was shifted down by `shift` bits; `gain` is added to
    /// the binary logarithm, with 16 fractional bits.
    #[inline]
    pub fn of(&self, energy: u64, shift: u32, gain: i32) -> i32 {
        let mut log = self.floor;
        if energy > 0 {
            let places = self.places - 2 * shift as i32;
            let log2 = log2(energy) - (places << 16) + gain;
            log = log.max(turn(log2, 0, self.factor, 0));
        }
        let level = (log + (1 << (self.shift - 1))) >> self.shift;
        level.min(self.max)
    }
}

/// The binary logarithm of a number that is not 0, with 16 fractional bits; at most 6·10⁻⁵ off.
pub fn log2(x: u64) -> i32 {
    let exponent = 63 - x.leading_zeros();
    // The digits below the leading one.
    let fraction = ((x << x.leading_zeros()) >> 31) as u32;
    let segment = (fraction >> 26) as usize;
    let rest = (fraction >> 10) as i32 & 0xffff;
    let [low, high] = [segment, segment + 1].map(|i| i32::from(CURVE[i]));
    let curve = low + (((high - low) * rest) >> 16);
    ((exponent as i32) << 16) + (((fraction >> 13) as i32 + curve + 4) >> 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_near_and_never_falls() {
        let mut largest = 0.0f64;
        let mut last = log2(1);
        assert_eq!(last, 0);
        for i in 1u64..40_000 {
            // From 1 to beyond 2^63.
            let x = libm::exp2(f64::from(i as u32) * 63.9 / 40_000.0) as u64;
            let found = log2(x);
            assert!(found >= last, "{x}");
            last = found;
            let error = f64::from(found) / 65_536.0 - libm::log2(x as f64);
            largest = largest.max(error.abs());
        }
        assert!(largest < 6e-5, "{largest}");
        assert_eq!([1u64 << 40, u64::MAX].map(log2), [40 << 16, 64 << 16]);
    }

    #[test]
    fn levels_have_bounds() {
        let level = Level {
            floor: -(13 << 16),
            factor: 22_713,
            places: 37,
            shift: 5,
            max: 30_000,
        };
        assert_eq!(level.of(0, 0, 0), -(13 << 11));
        assert_eq!(level.of(1, 0, 0), -(13 << 11));
        assert_eq!(level.of(1 << 37, 0, 0), 0);
        // ln 4, shifted or gained.
        assert_eq!(
            [level.of(1 << 37, 1, 0), level.of(1 << 37, 0, 2 << 16)],
            [2839; 2]
        );
        assert_eq!(level.of(1 << 63, 0, 0), 30_000);
    }
}
