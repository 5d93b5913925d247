//! `ADD` on Helium.

use super::add::Add;
use super::helium;

/// Whether Helium's sum is that of [`super::add()`]: of operands of one length, none of which is
/// enlarged.
pub const fn adds_on_helium(p: &Add) -> bool {
    let [first, second] = &p.operands;
    p.second_len == p.len && first.shift <= 0 && second.shift <= 0 && p.shift <= 0
}

fn numbers(p: &Add) -> [i32; 11] {
    let [a, b] = &p.operands;
    let [low, high] = p.clamp.map(i32::from);
    [
        a.offset,
        a.multiplier,
        b.offset,
        b.multiplier,
        p.multiplier,
        p.output_offset,
        a.shift,
        b.shift,
        p.shift,
        low,
        high,
    ]
}

/// Sum of `first` and `second` into `output`, all `[len]`. Equal to TFLite's reference kernel to the
/// bit where [`adds_on_helium`].
pub fn helium_addition(p: &Add, first: &[i8], second: &[i8], output: &mut [i8]) {
    helium::add(&numbers(p), Some(first), second, output);
}

/// [`helium_addition`] that leaves the sum in its first operand.
pub fn helium_addition_in_place(p: &Add, first: &mut [i8], second: &[i8]) {
    helium::add(&numbers(p), None, second, first);
}
