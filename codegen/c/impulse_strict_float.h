/* Included first by every source file that computes with floats: each operation is rounded by
 * itself, as binary32, in the order written. The same samples then give the same bits on every
 * machine, in C and in Rust. Not to be included by headers. */
#ifndef IMPULSE_STRICT_FLOAT_H
#define IMPULSE_STRICT_FLOAT_H

#include <float.h>

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__)
#error "compile without -ffast-math and its kin: they change results"
#endif

/* 16: wider only than _Float16. */
#if !defined(FLT_EVAL_METHOD) || (FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16)
#error "float expressions must be evaluated as float (on 32-bit x86: -msse2 -mfpmath=sse)"
#endif

/* A product and a sum must not become one fused operation. GCC's vectorizer fuses pairs of a sum
 * and a difference even where contraction is off (seen in GCC 12 at -O3 with FMA), so it stays
 * off, too. */
#if defined(__clang__)
#pragma clang fp contract(off)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off", "no-tree-vectorize", "no-tree-slp-vectorize")
#else
#pragma STDC FP_CONTRACT OFF
#endif

#endif
