//! Weights in the order in which the kernels of cores without the DSP extension read them, with the
//! input's offset in the bias.

use impulse_runtime::kernels::{Conv2d, FullyConnected, QuadFullyConnected, TripleConv2d};

use super::linear::{SHORT, fit, steps};
use super::pack::{Filter, factor, linear, once_rounded};
use super::{Constants, Packed, Rescaling};

/// Sums of a part stay below this: three of them share 64 bits.
const SUM_LIMIT: i64 = 1 << 20;

/// A convolution, where its weights can be packed.
pub(super) fn conv2d(p: &Conv2d, c: &Constants) -> Option<(TripleConv2d, Packed)> {
    let n_taps = p.kernel[0] * p.kernel[1] * p.input[2];
    if p.dilation[1] != 1 {
        return None;
    }
    let mut filters: Vec<Filter> = c
        .weights
        .chunks_exact(n_taps)
        .enumerate()
        .map(|(f, weights)| Filter::new(&[weights], c.bias[f], p.input_offset, factor(c, f)))
        .collect();
    fill_fours(&mut filters)?;
    let taps = n_taps.next_multiple_of(4);
    let part = part(&filters, taps);
    let linear = (part == taps)
        .then(|| linear_rescaling(&filters, p))
        .flatten();
    let rescaling = match linear {
        Some(_) => Rescaling::Linear,
        None => Rescaling::Twice,
    };
    let words = match linear {
        Some(words) => words,
        None => filters.iter().map(twice).collect::<Option<_>>()?,
    };
    let mut stream = Vec::new();
    for (filters, words) in filters.chunks_exact(4).zip(words.chunks_exact(4)) {
        stream.extend(fours(filters));
        stream.extend(words.iter().flatten());
    }
    let params = TripleConv2d {
        input: p.input,
        output: p.output,
        kernel: p.kernel,
        stride: p.stride,
        row_dilation: p.dilation[0],
        pad: p.pad,
        taps,
        part,
        output_zero: p.output_offset,
        input_zero: i8::try_from(-p.input_offset).ok()?,
        clamp: p.clamp,
        clamps: p.clamp != [i8::MIN, i8::MAX],
        pointwise: p.kernel == [1, 1] && p.stride == [1, 1] && p.pad == [0, 0],
    };
    Some((params, Packed { stream, rescaling }))
}

/// A convolution with one output that sees its input from the start on, as a fully connected layer.
pub(super) fn single_conv2d(p: &Conv2d, c: &Constants) -> Option<(QuadFullyConnected, Packed)> {
    let neighbours = p.kernel[0] == 1 || (p.kernel[1] == p.input[1] && p.dilation[0] == 1);
    if p.output[..2] != [1, 1] || p.pad != [0, 0] || !neighbours || p.dilation[1] != 1 {
        return None;
    }
    let n_taps = p.kernel[0] * p.kernel[1] * p.input[2];
    let filters = c.weights.chunks_exact(n_taps).enumerate();
    let mut units: Vec<Filter> = filters
        .map(|(f, weights)| Filter::new(&[weights], c.bias[f], p.input_offset, factor(c, f)))
        .collect();
    fill_fours(&mut units)?;
    let own = linear_rescaling(&units, p)?;
    Some(quad([1, n_taps, p.output[2]], p.clamp, &units, &own, None))
}

/// A fully connected layer, where its weights can be packed.
pub(super) fn fully_connected(
    p: &FullyConnected,
    c: &Constants,
) -> Option<(QuadFullyConnected, Packed)> {
    if p.weight_offset != 0 {
        return None;
    }
    let rows = c.weights.chunks_exact(p.inputs).enumerate();
    let mut units: Vec<Filter> = rows
        .map(|(u, weights)| Filter::new(&[weights], c.bias[u], p.input_offset, factor(c, u)))
        .collect();
    fill_fours(&mut units)?;
    let of = |units: &[Filter]| {
        let reference = once_rounded(units, p)?;
        fit(&reference, &steps(&reference), 1, SHORT)
    };
    let (shared, each) = if p.per_unit {
        let each = units.chunks(1).map(of).collect::<Option<Vec<_>>>()?;
        (None, each)
    } else {
        let shared = of(&units)?;
        let rescaling = Rescaling::Shared([shared.factor, shared.addend, 0, 0]);
        (Some(rescaling), vec![shared; units.len()])
    };
    let own = units.iter().zip(each).map(|(unit, linear)| {
        let bias = i32::try_from(unit.bias + i64::from(linear.start)).ok()?;
        Some([bias, linear.factor, linear.addend])
    });
    let own = own.collect::<Option<Vec<_>>>()?;
    let shape = [p.rows, p.inputs, p.units];
    Some(quad(shape, p.clamp, &units, &own, shared))
}

/// `[rows, inputs, units]` with bias, factor and addend of each unit.
fn quad(
    [rows, inputs, n_units]: [usize; 3],
    clamp: [i8; 2],
    units: &[Filter],
    own: &[[i32; 3]],
    shared: Option<Rescaling>,
) -> (QuadFullyConnected, Packed) {
    let mut stream = Vec::new();
    for (units, own) in units.chunks_exact(4).zip(own.chunks_exact(4)) {
        // Inputs need not be a multiple of four.
        stream.extend(fours(units).take(inputs));
        stream.extend(own.iter().map(|[bias, ..]| *bias));
        if shared.is_none() {
            stream.extend(
                own.iter()
                    .flat_map(|[_, factor, addend]| [*factor, *addend]),
            );
        }
    }
    let params = QuadFullyConnected {
        rows,
        inputs,
        units: n_units,
        clamp,
        clamps: clamp != [i8::MIN, i8::MAX],
    };
    let rescaling = shared.unwrap_or(Rescaling::Linear);
    (params, Packed { stream, rescaling })
}

/// Filters of zeros beside the last.
fn fill_fours(filters: &mut Vec<Filter>) -> Option<()> {
    while !filters.len().is_multiple_of(4) {
        filters.push(Filter::zero(filters.last()?));
    }
    Some(())
}

/// The most taps whose products no input sums up to more than fits, in parts of about the same length.
fn part(filters: &[Filter], taps: usize) -> usize {
    let fits = |part: usize| {
        let parts = filters.iter().flat_map(|f| f.taps.chunks(part));
        parts
            .map(|taps| taps.iter().map(|w| 128 * i64::from(w.abs())).sum::<i64>())
            .all(|most| most < SUM_LIMIT)
    };
    (1..)
        .map(|n| taps.div_ceil(n).next_multiple_of(4))
        .find(|&part| part == 4 || fits(part))
        .unwrap_or(taps)
}

/// A word for each tap of four filters.
fn fours(filters: &[Filter]) -> impl Iterator<Item = i32> {
    let n = filters.first().map_or(0, |f| f.taps.len());
    (0..n).map(|tap| {
        let bytes = [0, 1, 2, 3].map(|f: usize| (filters[f].taps[tap] + 128) as u8);
        i32::from_le_bytes(bytes)
    })
}

/// Bias, factor and addend of each filter, where they are exact for all of them.
fn linear_rescaling(filters: &[Filter], p: &Conv2d) -> Option<Vec<[i32; 3]>> {
    let of = |filter: &Filter| {
        let linear = linear(filter, p.output_offset, p.clamp, 1, SHORT)?;
        let bias = i32::try_from(filter.bias + i64::from(linear.start)).ok()?;
        Some([bias, linear.factor, linear.addend])
    };
    filters.iter().map(of).collect()
}

/// Bias, multiplier and shift to the right of a filter.
fn twice(filter: &Filter) -> Option<[i32; 3]> {
    let (multiplier, shift) = filter.factor;
    let bias = i32::try_from(filter.bias).ok()?;
    // The zero point is shifted as far to the left.
    (-22..0)
        .contains(&shift)
        .then_some([bias, multiplier, -shift])
}

#[cfg(test)]
mod tests {
    use impulse_runtime::kernels;

    use super::*;

    /// A sequence of numbers without an order that matters.
    struct Draw(u32);

    impl Draw {
        fn next(&mut self) -> i32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 8).cast_signed()
        }

        fn below(&mut self, n: usize) -> usize {
            self.next() as usize % n
        }

        fn bytes(&mut self, n: usize) -> Vec<i8> {
            (0..n).map(|_| self.next() as i8).collect()
        }

        fn constants(&mut self, filters: usize, taps: usize) -> Constants {
            Constants {
                weights: self.bytes(filters * taps),
                bias: (0..filters).map(|_| self.next() % 40_000).collect(),
                multipliers: (0..filters).map(|_| (1 << 30) + 64 * self.next()).collect(),
                shifts: (0..filters).map(|_| -5 - self.below(6) as i8).collect(),
            }
        }
    }

    /// Runs a packed convolution in an arena of its own, at an address that is no multiple of four.
    fn run(p: &TripleConv2d, packed: &Packed, input: &[i8]) -> Vec<i8> {
        let output = input.len() + 1;
        let len = p.output.iter().product::<usize>();
        let scratch = (output + len).next_multiple_of(4);
        let mut arena = vec![77; scratch + p.scratch_bytes()];
        arena[1..=input.len()].copy_from_slice(input);
        let places = kernels::Places {
            input: 1,
            output,
            scratch,
        };
        let triple = match packed.rescaling {
            Rescaling::Twice => kernels::TRIPLE_TWICE,
            _ => kernels::TRIPLE_LINEAR,
        };
        kernels::triple_conv2d(p, &triple, &mut arena, &places, &packed.stream);
        arena[output..output + len].to_vec()
    }

    #[test]
    fn three_at_once_give_the_bits_of_the_plain_kernel() {
        let mut draw = Draw(3);
        let mut seen = [0; 4];
        for case in 0..300 {
            let kernel = [1 + draw.below(4), 1 + draw.below(4)];
            let (channels, filters) = (1 + draw.below(40), 1 + draw.below(9));
            let output = [1 + draw.below(5), 1 + draw.below(5)];
            let pad = [draw.below(kernel[0]), draw.below(kernel[1])];
            let stride = [1 + draw.below(2), 1 + draw.below(2)];
            let size = |i: usize| ((output[i] - 1) * stride[i] + kernel[i]).saturating_sub(pad[i]);
            let p = Conv2d {
                input: [size(0).max(1), size(1).max(1), channels],
                output: [output[0], output[1], filters],
                kernel,
                stride,
                dilation: [1, 1],
                pad,
                input_offset: draw.next() % 128,
                output_offset: if draw.below(2) == 0 { -128 } else { 9 },
                clamp: if draw.below(4) == 0 {
                    [-100, 90]
                } else {
                    [-128, 127]
                },
            };
            let input = draw.bytes(p.input.iter().product());
            let c = draw.constants(filters, kernel[0] * kernel[1] * channels);
            let (params, packed) = conv2d(&p, &c).unwrap();
            let mut expected = vec![0; p.output.iter().product()];
            let (multipliers, shifts) = (&c.multipliers, &c.shifts);
            kernels::conv2d(
                &p,
                &input,
                &c.weights,
                &c.bias,
                multipliers,
                shifts,
                &mut expected,
            );
            assert_eq!(
                run(&params, &packed, &input),
                expected,
                "case {case}: {p:?}"
            );
            seen[0] += usize::from(packed.rescaling == Rescaling::Linear);
            seen[1] += usize::from(packed.rescaling == Rescaling::Twice);
            seen[2] += usize::from(params.part < params.taps);
            seen[3] += usize::from(params.pointwise);
        }
        assert!(seen.iter().all(|&n| n > 3), "{seen:?}");
    }

    #[test]
    fn four_units_give_the_bits_of_the_plain_kernel() {
        let mut draw = Draw(5);
        let mut seen = [0; 2];
        for case in 0..200 {
            let p = FullyConnected {
                rows: 1 + draw.below(3),
                inputs: 1 + draw.below(90),
                units: 1 + draw.below(11),
                input_offset: draw.next() % 128,
                weight_offset: 0,
                output_offset: draw.next() % 128,
                clamp: [-128, 127],
                per_unit: draw.below(2) == 0,
            };
            let input = draw.bytes(p.rows * p.inputs);
            let mut c = draw.constants(p.units, p.inputs);
            if !p.per_unit {
                c.multipliers.truncate(1);
                c.shifts.truncate(1);
            }
            let Some((params, packed)) = fully_connected(&p, &c) else {
                continue;
            };
            let mut expected = vec![0; p.rows * p.units];
            let mut found = expected.clone();
            let (multipliers, shifts) = (&c.multipliers, &c.shifts);
            kernels::fully_connected(
                &p,
                &input,
                &c.weights,
                &c.bias,
                multipliers,
                shifts,
                &mut expected,
            );
            let shared = match &packed.rescaling {
                Rescaling::Shared(shared) => Some(shared),
                _ => None,
            };
            kernels::quad_fully_connected(&params, &input, &packed.stream, shared, &mut found);
            assert_eq!(found, expected, "case {case}: {p:?}");
            seen[usize::from(p.per_unit)] += 1;
        }
        assert!(seen.iter().all(|&n| n > 50), "{seen:?}");
    }

    #[test]
    fn a_convolution_with_one_output_is_a_fully_connected_layer() {
        let mut draw = Draw(9);
        let p = Conv2d {
            input: [5, 3, 7],
            output: [1, 1, 6],
            kernel: [4, 3],
            stride: [2, 2],
            dilation: [1, 1],
            pad: [0, 0],
            input_offset: 5,
            output_offset: -128,
            clamp: [-128, 127],
        };
        let c = draw.constants(6, 84);
        let (params, packed) = single_conv2d(&p, &c).unwrap();
        let input = draw.bytes(105);
        let (mut expected, mut found) = ([0; 6], [0; 6]);
        let (multipliers, shifts) = (&c.multipliers, &c.shifts);
        kernels::conv2d(
            &p,
            &input,
            &c.weights,
            &c.bias,
            multipliers,
            shifts,
            &mut expected,
        );
        kernels::quad_fully_connected(&params, &input[..84], &packed.stream, None, &mut found);
        assert_eq!(found, expected);
    }
}
