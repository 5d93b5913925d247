//! Views of one memory: the front end's scratch, f32 or int32, and the network's int8 activations
//! are never alive at the same time, so they share it.

/// The bytes of `numbers`, as int8: four for each number.
///
/// What was stored in one view has no meaning in the other.
#[allow(
    unsafe_code,
    reason = "the one place where memory is seen as another type"
)]
pub fn as_i8_mut(numbers: &mut [f32]) -> &mut [i8] {
    let len = size_of_val(numbers);
    // SAFETY: the pointer comes from an exclusive borrow of `len` initialized bytes, which the
    // result keeps; i8 has alignment 1; every bit pattern is a valid i8, and every bit pattern
    // left behind is a valid f32.
    unsafe { core::slice::from_raw_parts_mut(numbers.as_mut_ptr().cast::<i8>(), len) }
}

/// `numbers` as int32: of blocks that compute in integers.
///
/// What was stored in one view has no meaning in the other.
#[allow(
    unsafe_code,
    reason = "the one place where memory is seen as another type"
)]
pub fn as_i32_mut(numbers: &mut [f32]) -> &mut [i32] {
    let len = numbers.len();
    // SAFETY: the pointer comes from an exclusive borrow of `len` initialized f32, which the result
    // keeps; i32 has their size and alignment; every bit pattern is a valid number of both.
    unsafe { core::slice::from_raw_parts_mut(numbers.as_mut_ptr().cast::<i32>(), len) }
}

/// Numbers of f32 that hold `n_bytes` bytes.
pub const fn f32_len_for(n_bytes: usize) -> usize {
    n_bytes.div_ceil(size_of::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_views_are_one_memory() {
        let mut numbers = [0.0f32; 3];
        let bytes = as_i8_mut(&mut numbers);
        assert_eq!(bytes.len(), 12);
        bytes[4..8].copy_from_slice(&1.5f32.to_ne_bytes().map(|b| b as i8));
        assert_eq!(numbers, [0.0, 1.5, 0.0]);
        as_i32_mut(&mut numbers)[2] = 0x4000_0000;
        assert_eq!(numbers, [0.0, 1.5, 2.0]);
    }

    #[test]
    fn a_part_of_a_number_takes_a_whole_one() {
        assert_eq!([0, 1, 4, 5].map(f32_len_for), [0, 1, 1, 2]);
    }
}
