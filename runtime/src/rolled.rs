//! Loops that are to stay loops.

/// Called in the body of a loop, keeps the compiler from writing the body several times over: on the
/// chip, flash is short and a branch costs little. It is no instruction itself. A few turns of a
/// constant number are unrolled all the same; [`opaque`] hides the number.
///
/// LLVM leaves a loop alone that holds assembly, which is what the hint becomes.
#[inline(always)]
pub fn keep_rolled() {
    #[cfg(target_arch = "arm")]
    core::hint::black_box(());
}

/// `x`, of which the compiler then knows nothing: that it, or the length of a slice in it, is a
/// constant, by which it would unroll a loop.
#[inline(always)]
pub fn opaque<T>(x: T) -> T {
    #[cfg(target_arch = "arm")]
    return core::hint::black_box(x);
    #[cfg(not(target_arch = "arm"))]
    x
}
