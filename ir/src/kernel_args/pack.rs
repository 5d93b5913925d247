//! Weights in the order in which the packed kernels read them, with the input's offset in the bias.

mod columns;
#[cfg(test)]
mod tests;

use impulse_runtime::kernels::{
    Conv2d, FullyConnected, PackedConv2d, PackedRows, PlanarDepthwiseConv2d,
};
use impulse_runtime::quant::{rescale, rescale_once};

use super::linear::{FULL, Linear, Precision, Reference, fit, steps};
use super::{Constants, Packed, Rescaling};

pub(super) use columns::columns;

/// A filter as a product of matrices sees it.
pub(super) struct Filter {
    /// Weights, padded with zeros to groups of four taps.
    pub(super) taps: Vec<i32>,
    /// The bias for inputs without their offset.
    pub(super) bias: i64,
    /// Multiplier and shift.
    pub(super) factor: (i32, i32),
}

impl Filter {
    pub(super) fn new(lines: &[&[i8]], bias: i32, input_offset: i32, factor: (i32, i32)) -> Self {
        let mut taps = Vec::new();
        for line in lines {
            taps.extend(line.iter().map(|&w| i32::from(w)));
            taps.resize(taps.len().next_multiple_of(4), 0);
        }
        let sum: i64 = taps.iter().map(|&w| i64::from(w)).sum();
        Self {
            bias: i64::from(bias) + i64::from(input_offset) * sum,
            taps,
            factor,
        }
    }

    /// A channel of a depthwise convolution.
    fn depthwise(p: &Conv2d, c: &Constants, channel: usize) -> Self {
        let taps: Vec<i8> = c.weights[channel..]
            .iter()
            .step_by(p.output[2])
            .copied()
            .collect();
        Filter::new(
            &[&taps],
            c.bias[channel],
            p.input_offset,
            factor(c, channel),
        )
    }

    /// What stands beside the last of an odd number of filters.
    pub(super) fn zero(like: &Filter) -> Self {
        Self {
            taps: vec![0; like.taps.len()],
            bias: 0,
            factor: like.factor,
        }
    }

    /// Lowest and highest sum that an int8 input can bring about.
    pub(super) fn range(&self) -> [i64; 2] {
        let bound = |w: &i32, extreme: fn(i64, i64) -> i64| {
            extreme(i64::from(*w) * -128, i64::from(*w) * 127)
        };
        let low: i64 = self.taps.iter().map(|w| bound(w, i64::min)).sum();
        let high: i64 = self.taps.iter().map(|w| bound(w, i64::max)).sum();
        [self.bias + low, self.bias + high]
    }

    /// Whether the sum times 256 stays in 32 bits, with room for what a rescaling adds.
    pub(super) fn fits(&self) -> bool {
        self.range().iter().all(|x| x.abs() < 1 << 22)
    }
}

/// Multiplier and shift of a channel.
pub(super) fn factor(c: &Constants, channel: usize) -> (i32, i32) {
    let at = |n: usize| if n > 1 { channel } else { 0 };
    let multiplier = c.multipliers[at(c.multipliers.len())];
    (multiplier, i32::from(c.shifts[at(c.shifts.len())]))
}

/// A convolution, where its weights can be packed.
pub(super) fn conv2d(p: &Conv2d, c: &Constants) -> Option<(PackedConv2d, Packed)> {
    let p = &along_rows(p);
    if p.dilation[1] != 1 {
        return None;
    }
    let packed = convolution(p, c)?;
    let params = PackedConv2d {
        input: p.input,
        output: p.output,
        kernel: p.kernel,
        stride: p.stride,
        row_dilation: p.dilation[0],
        pad: p.pad,
        pair_words: packed.stream.len() / p.output[2].div_ceil(2),
        input_zero: i8::try_from(-p.input_offset).ok()?,
        clamp: p.clamp,
        clamps: p.clamp != [i8::MIN, i8::MAX],
    };
    Some((params, packed))
}

/// A convolution over one column of rows as one over a row of columns, which has the same bytes and whose
/// taps lie side by side.
fn along_rows(p: &Conv2d) -> Conv2d {
    if p.input[1] != 1 || p.kernel[1] != 1 || p.output[1] != 1 || p.dilation[0] != 1 {
        return *p;
    }
    let turned = |[height, width, channels]: [usize; 3]| [width, height, channels];
    let swapped = |[rows, columns]: [usize; 2]| [columns, rows];
    Conv2d {
        input: turned(p.input),
        output: turned(p.output),
        kernel: swapped(p.kernel),
        stride: swapped(p.stride),
        dilation: swapped(p.dilation),
        pad: swapped(p.pad),
        ..*p
    }
}

/// A convolution whose output `i` sees nothing but the channels of input `i`.
pub(super) fn pointwise(p: &Conv2d, c: &Constants) -> Option<(PackedRows, Packed)> {
    if p.kernel != [1, 1] || p.stride != [1, 1] || p.pad != [0, 0] {
        return None;
    }
    let packed = convolution(p, c)?;
    let sizes = [p.output[0] * p.output[1], p.input[2], p.output[2]];
    Some((rows(sizes, p.clamp, &packed), packed))
}

/// A layer of `[rows, inputs, units]`.
fn rows([rows, inputs, units]: [usize; 3], clamp: [i8; 2], packed: &Packed) -> PackedRows {
    PackedRows {
        rows,
        inputs,
        units,
        pair_words: packed.stream.len() / units.div_ceil(2),
        clamp,
        clamps: clamp != [i8::MIN, i8::MAX],
    }
}

/// The filters of a convolution.
fn convolution(p: &Conv2d, c: &Constants) -> Option<Packed> {
    let line = p.kernel[1] * p.input[2];
    let filters = c
        .weights
        .chunks_exact(line * p.kernel[0])
        .enumerate()
        .map(|(f, weights)| {
            let lines: Vec<&[i8]> = weights.chunks_exact(line).collect();
            Filter::new(&lines, c.bias[f], p.input_offset, factor(c, f))
        })
        .collect();
    twice_rounded(filters, p.output_offset, p.clamp)
}

/// Linear where that is exact for every filter, else the reference's own arithmetic.
fn twice_rounded(mut filters: Vec<Filter>, zero: i32, clamp: [i8; 2]) -> Option<Packed> {
    if filters
        .iter()
        .any(|f| !f.fits() || !(-22..0).contains(&f.factor.1))
    {
        return None;
    }
    if filters.len() % 2 == 1 {
        filters.push(Filter::zero(filters.last()?));
    }
    let fit = |f: &Filter, unit| linear(f, zero, clamp, unit, FULL);
    if let Some(packed) = linear_pairs(&filters, fit) {
        return Some(packed);
    }
    let pairs = filters.chunks_exact(2).map(|pair| {
        let mut words = head(pair, [pair[0].bias, 0])?;
        let shift = |i: usize| -pair[i].factor.1;
        let addend = |i: usize| (1 << (shift(i) - 1)) + (zero << shift(i));
        words.extend([pair[0].factor.0, addend(0), pair[1].factor.0, addend(1)]);
        words.extend([shift(0), shift(1)]);
        Some(words)
    });
    Some(Packed {
        stream: pairs.collect::<Option<Vec<_>>>()?.concat(),
        rescaling: Rescaling::Twice,
    })
}

/// Pairs of filters, each with a rescaling of its own.
fn linear_pairs(
    filters: &[Filter],
    fit: impl Fn(&Filter, i64) -> Option<Linear>,
) -> Option<Packed> {
    let pairs = filters.chunks_exact(2).map(|pair| {
        let (a, b) = (fit(&pair[0], 1)?, fit(&pair[1], 256)?);
        let starts = [pair[0].bias + i64::from(a.start), i64::from(b.start)];
        let mut words = head(pair, starts)?;
        words.extend([a.factor, a.addend, b.factor, b.addend]);
        Some(words)
    });
    Some(Packed {
        stream: pairs.collect::<Option<Vec<_>>>()?.concat(),
        rescaling: Rescaling::Linear,
    })
}

/// The first words of a pair: where its sums start (256 times the second's bias and what is added
/// to it), then the weights.
fn head(pair: &[Filter], starts: [i64; 2]) -> Option<Vec<i32>> {
    let first = i32::try_from(starts[0]).ok()?;
    let second = i32::try_from(256 * pair[1].bias + starts[1]).ok()?;
    let mut words = vec![first, second.wrapping_add(first)];
    let taps = pair[0]
        .taps
        .chunks_exact(4)
        .zip(pair[1].taps.chunks_exact(4));
    for (a, b) in taps {
        for [i, j] in [[0, 2], [1, 3]] {
            words.push(word([a[i], a[j]], [b[i], b[j]])?);
        }
    }
    Some(words)
}

/// Two taps of two filters; `None` where the second's are too low for the sum of both in 16 bits.
fn word(a: [i32; 2], b: [i32; 2]) -> Option<i32> {
    let half = |i: usize| i16::try_from(256 * b[i] + a[i]).ok();
    Some(i32::from(half(1)?) << 16 | i32::from(half(0)?) & 0xffff)
}

/// One multiplication that gives what the reference of convolutions gives for every sum of a filter.
pub(super) fn linear(
    filter: &Filter,
    zero: i32,
    clamp: [i8; 2],
    unit: i64,
    precision: Precision,
) -> Option<Linear> {
    linear_of(filter, rescale, zero, clamp, unit, precision)
}

/// The same for what `rescale` gives.
fn linear_of(
    filter: &Filter,
    rescale: fn(i32, i32, i32) -> i32,
    zero: i32,
    clamp: [i8; 2],
    unit: i64,
    precision: Precision,
) -> Option<Linear> {
    let (multiplier, shift) = filter.factor;
    let reference = Reference {
        result: |sum: i64| {
            i64::from((rescale(sum as i32, multiplier, shift) + zero).clamp(-128, 127))
        },
        range: filter.range(),
        factor: filter.factor,
        clamp,
    };
    fit(&reference, &steps(&reference), unit, precision)
}

/// A depthwise convolution, where it can run by planes and its rescaling is linear with that
/// `precision`.
pub(super) fn depthwise_conv2d(
    p: &Conv2d,
    c: &Constants,
    precision: Precision,
) -> Option<(PlanarDepthwiseConv2d, Packed)> {
    let channels = p.input[2];
    let square = p.stride[0] == p.stride[1] && p.stride[0] <= 2;
    let [rows, columns, outputs] = p.output;
    if p.kernel != [3, 3] || p.dilation != [1, 1] || !square || outputs != channels {
        return None;
    }
    let mut stream = Vec::new();
    for channel in 0..channels {
        let filter = Filter::depthwise(p, c, channel);
        if !filter.fits() {
            return None;
        }
        let linear = linear(&filter, p.output_offset, p.clamp, 1, precision)?;
        let byte = |w: i32| w & 0xff;
        stream.extend(
            filter.taps[..9]
                .chunks_exact(3)
                .map(|t| byte(t[0]) | byte(t[2]) << 8 | byte(t[1]) << 16),
        );
        let start = i32::try_from(filter.bias + i64::from(linear.start)).ok()?;
        stream.extend([start, linear.factor, linear.addend]);
    }
    let (output, stride) = ([rows, columns], p.stride[0]);
    let params = PlanarDepthwiseConv2d {
        input: p.input,
        output,
        stride,
        pad: p.pad,
        plane: PlanarDepthwiseConv2d::plane(p.input, output, stride, p.pad),
        input_zero: i8::try_from(-p.input_offset).ok()?,
        clamp: p.clamp,
        clamps: p.clamp != [i8::MIN, i8::MAX],
    };
    let rescaling = Rescaling::Linear;
    Some((params, Packed { stream, rescaling }))
}

/// A fully connected layer, where its weights can be packed. All units are rescaled alike where they
/// have one scale and the rows are few; four rows at a time share the weights otherwise.
pub(super) fn fully_connected(p: &FullyConnected, c: &Constants) -> Option<(PackedRows, Packed)> {
    if p.weight_offset != 0 {
        return None;
    }
    let weights = c.weights.chunks_exact(p.inputs).zip(&c.bias).enumerate();
    let mut units: Vec<Filter> = weights
        .map(|(unit, (weights, &bias))| {
            Filter::new(&[weights], bias, p.input_offset, factor(c, unit))
        })
        .collect();
    if units.iter().any(|unit| !unit.fits()) {
        return None;
    }
    if units.len() % 2 == 1 {
        units.push(Filter::zero(units.last()?));
    }
    let packed = if p.per_unit || p.rows >= 4 {
        linear_pairs(&units, |unit, scale| {
            linear_of(unit, rescale_once, p.output_offset, p.clamp, scale, FULL)
        })?
    } else {
        shared(p, &units)?
    };
    Some((rows([p.rows, p.inputs, p.units], p.clamp, &packed), packed))
}

/// Units that all have the same rescaling.
fn shared(p: &FullyConnected, units: &[Filter]) -> Option<Packed> {
    let reference = once_rounded(units, p)?;
    let steps = steps(&reference);
    let (a, b) = (
        fit(&reference, &steps, 1, FULL)?,
        fit(&reference, &steps, 256, FULL)?,
    );
    let pairs = units.chunks_exact(2).map(|pair| {
        let starts = [pair[0].bias + i64::from(a.start), i64::from(b.start)];
        head(pair, starts)
    });
    Some(Packed {
        stream: pairs.collect::<Option<Vec<_>>>()?.concat(),
        rescaling: Rescaling::Shared([a.factor, a.addend, b.factor, b.addend]),
    })
}

/// The rescaling of units that have one in common.
pub(super) fn once_rounded(
    units: &[Filter],
    p: &FullyConnected,
) -> Option<Reference<impl Fn(i64) -> i64>> {
    let ranges = || units.iter().map(Filter::range);
    let (factor, zero) = (units.first()?.factor, p.output_offset);
    Some(Reference {
        result: move |sum: i64| {
            let scaled = rescale_once(sum as i32, factor.0, factor.1);
            i64::from((scaled + zero).clamp(-128, 127))
        },
        range: [ranges().map(|r| r[0]).min()?, ranges().map(|r| r[1]).max()?],
        factor,
        clamp: p.clamp,
    })
}
