//! Products of 32 by 16 bits. A core that multiplies 32 by 32 bits to 64 takes them as they are
//! written; a Cortex-M0, whose products have 32 bits, takes halves, with the same results.

/// Whether products of 64 bits would be calls of a library: ARMv6-M, the one kind of `arm` here
/// without compare-and-swap.
const SHORT: bool = cfg!(all(target_arch = "arm", not(target_has_atomic = "32")));

/// `⌊(x·c + y·s) / 2¹⁵⌋`, which must fit in 32 bits, with `c` and `s` within ±32 767.
#[inline(always)]
pub(super) fn turn(x: i32, y: i32, c: i32, s: i32) -> i32 {
    if SHORT {
        turn_by_halves(x, y, c, s)
    } else {
        ((i64::from(x) * i64::from(c) + i64::from(y) * i64::from(s)) >> 15) as i32
    }
}

/// `⌊x·w / 2¹⁶⌋`, with `w` at most 2¹⁵.
#[inline(always)]
pub(super) fn taper(x: i32, w: u16) -> i32 {
    if SHORT {
        taper_by_halves(x, w)
    } else {
        ((i64::from(x) * i64::from(w)) >> 16) as i32
    }
}

/// `power · share`, with `share` at most 2¹⁵ and `power` at most 2³¹.
#[inline(always)]
pub(super) fn share(power: u32, share: u32) -> u64 {
    if SHORT {
        share_by_halves(power, share)
    } else {
        u64::from(power) * u64::from(share)
    }
}

#[inline(always)]
fn turn_by_halves(x: i32, y: i32, c: i32, s: i32) -> i32 {
    let low = (x & 0x7fff) * c + (y & 0x7fff) * s;
    (x >> 15) * c + (y >> 15) * s + (low >> 15)
}

#[inline(always)]
fn taper_by_halves(x: i32, w: u16) -> i32 {
    let low = (x as u32 & 0xffff) * u32::from(w);
    (x >> 16) * i32::from(w) + (low >> 16) as i32
}

#[inline(always)]
fn share_by_halves(power: u32, share: u32) -> u64 {
    (u64::from((power >> 16) * share) << 16) + u64::from((power & 0xffff) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_give_the_same() {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state
        };
        let largest = 759_250_124; // 2^29.5
        let edges = [largest, -largest, 0, -1, 0x7fff, 0x8000, -0x8000];
        for i in 0..20_000 {
            let mut number = || match i {
                0..2000 => edges[next() as usize / 7 % edges.len()],
                // The magnitude of both together is what a rotation keeps.
                _ => (next() as i32) >> (next() >> 27) >> 3,
            };
            let (x, y) = (number(), number());
            let mut factor = || match next() >> 29 {
                0 => 32_767,
                1 => -32_767,
                _ => i32::from((next() >> 16) as i16).max(-32_767),
            };
            let (c, s) = (factor(), factor());
            let exact = (i64::from(x) * i64::from(c) + i64::from(y) * i64::from(s)) >> 15;
            if let Ok(exact) = i32::try_from(exact) {
                assert_eq!(turn(x, y, c, s), exact);
                assert_eq!(turn_by_halves(x, y, c, s), exact, "{x} {y} {c} {s}");
            }
            let (x, w) = (next() as i32, (next() >> 16) as u16 % 32_769);
            assert_eq!(taper_by_halves(x, w), taper(x, w));
            let power = next() >> 1;
            assert_eq!(
                share_by_halves(power, u32::from(w)),
                share(power, u32::from(w))
            );
        }
        for x in [i32::MIN, i32::MAX] {
            assert_eq!(taper_by_halves(x, 32_768), taper(x, 32_768));
        }
        assert_eq!(share_by_halves(1 << 31, 32_768), 1 << 46);
    }
}
