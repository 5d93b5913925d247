//! Weights in the order in which the kernels for Helium read them, with the input's offset in the
//! bias.

use impulse_runtime::kernels::{
    Add, Conv2d, FullyConnected, HELIUM_TAPS, HeliumConv2d, HeliumDepthwiseConv2d,
    HeliumFullyConnected, HeliumSquareDepthwiseConv2d, adds_on_helium,
};

use super::{Constants, Packed, Rescaling};

/// Taps that are multiplied at once.
const BLOCK: usize = 16;

/// A filter.
#[derive(Clone)]
struct Filter {
    /// Weights.
    taps: Vec<i8>,
    /// The bias for inputs without their offset.
    bias: i32,
    /// Multiplier and shift.
    factor: (i32, i8),
}

impl Filter {
    /// `None` where a sum may leave 32 bits without the offset.
    fn new(taps: Vec<i8>, bias: i32, input_offset: i32, factor: (i32, i8)) -> Option<Self> {
        let sum: i64 = taps.iter().map(|&w| i64::from(w)).sum();
        let size: i64 = taps.iter().map(|&w| i64::from(w).abs()).sum();
        let bias = i64::from(bias) + i64::from(input_offset) * sum;
        (bias.abs() + 128 * size < i64::from(i32::MAX)).then_some(Self {
            taps,
            bias: bias as i32,
            factor,
        })
    }

    /// What stands beside the last filters to make them a multiple.
    fn zero(like: &Filter) -> Self {
        Self {
            taps: vec![0; like.taps.len()],
            bias: 0,
            factor: like.factor,
        }
    }

    /// The weights of a block, zeros behind the last.
    fn block(&self, at: usize) -> impl Iterator<Item = i8> {
        let taps = self.taps.iter().skip(BLOCK * at).copied();
        taps.chain(std::iter::repeat(0)).take(BLOCK)
    }
}

/// Multiplier and shift of a channel.
fn factor(c: &Constants, channel: usize) -> (i32, i8) {
    let at = |n: usize| if n > 1 { channel } else { 0 };
    let (multipliers, shifts) = (&c.multipliers, &c.shifts);
    (multipliers[at(multipliers.len())], shifts[at(shifts.len())])
}

/// Words of bytes, a multiple of four.
fn words(bytes: impl Iterator<Item = i8>) -> Vec<i32> {
    let bytes: Vec<u8> = bytes.map(i8::cast_unsigned).collect();
    let words = bytes.as_chunks().0.iter();
    words.map(|&word| i32::from_le_bytes(word)).collect()
}

/// The stream of all filters for a product of matrices; `each` has its own rescaling.
fn stream(mut filters: Vec<Filter>, each: bool) -> Option<Vec<i32>> {
    let zero = Filter::zero(filters.last()?);
    filters.resize(filters.len().next_multiple_of(4), zero);
    let mut stream = Vec::new();
    for four in filters.chunks_exact(4) {
        for block in 0..four[0].taps.len().div_ceil(BLOCK) {
            stream.extend(words(four.iter().flat_map(|filter| filter.block(block))));
        }
        stream.extend(four.iter().map(|filter| filter.bias));
        if each {
            stream.extend(four.iter().map(|filter| filter.factor.0));
            stream.extend(words(four.iter().map(|filter| filter.factor.1)));
        }
    }
    Some(stream)
}

/// A convolution whose taps of a row lie side by side.
pub(super) fn conv2d(p: &Conv2d, c: &Constants) -> Option<(HeliumConv2d, Packed)> {
    let run = p.kernel[1] * p.input[2];
    if p.dilation[1] != 1 || c.shifts.iter().any(|&shift| shift >= 0) {
        return None;
    }
    let filters = c.weights.chunks_exact(run * p.kernel[0]).enumerate();
    let filters = filters
        .map(|(f, taps)| Filter::new(taps.to_vec(), c.bias[f], p.input_offset, factor(c, f)))
        .collect::<Option<Vec<_>>>()?;
    let whole_rows = run == p.input[1] * p.input[2] && p.dilation[0] == 1;
    let params = HeliumConv2d {
        input: p.input,
        output: p.output,
        kernel: p.kernel,
        stride: p.stride,
        row_dilation: p.dilation[0],
        pad: p.pad,
        input_zero: i8::try_from(-p.input_offset).ok()?,
        output_zero: i8::try_from(p.output_offset).ok()?,
        clamp: p.clamp,
        line: p.kernel[0] == 1 || whole_rows,
        pointwise: p.kernel == [1, 1] && p.stride == [1, 1] && p.pad == [0, 0],
    };
    let packed = Packed {
        stream: stream(filters, true)?,
        rescaling: Rescaling::Twice,
    };
    Some((params, packed))
}

/// A fully connected layer whose units are rescaled alike, by less than a quarter.
pub(super) fn fully_connected(
    p: &FullyConnected,
    c: &Constants,
) -> Option<(HeliumFullyConnected, Packed)> {
    // A product is shifted by more than 32 bits, of which the upper half of the product is 32 and
    // a rounding shift the others.
    if p.weight_offset != 0 || p.per_unit || c.shifts[0] > -2 {
        return None;
    }
    let units = c.weights.chunks_exact(p.inputs).zip(&c.bias);
    let units = units
        .map(|(taps, &bias)| Filter::new(taps.to_vec(), bias, p.input_offset, factor(c, 0)))
        .collect::<Option<Vec<_>>>()?;
    let params = HeliumFullyConnected {
        rows: p.rows,
        inputs: p.inputs,
        units: p.units,
        multiplier: c.multipliers[0],
        shift: i32::from(c.shifts[0]) + 1,
        output_zero: i8::try_from(p.output_offset).ok()?,
        clamp: p.clamp,
    };
    let packed = Packed {
        stream: stream(units, false)?,
        rescaling: Rescaling::Once,
    };
    Some((params, packed))
}

/// The channel of each lane of the four accumulators: as multiplication widens even and odd bytes,
/// and addition even and odd halves of these.
const LANES: [[usize; 4]; 4] = [[0, 4, 8, 12], [2, 6, 10, 14], [1, 5, 9, 13], [3, 7, 11, 15]];

/// A depthwise convolution of few taps with an output for each channel. Two products of int8 fit in
/// 16 bits unless all four factors are -128.
pub(super) fn depthwise_conv2d(
    p: &Conv2d,
    c: &Constants,
) -> Option<(HeliumDepthwiseConv2d, Packed)> {
    let ([_, _, channels], n_taps) = (p.input, p.kernel[0] * p.kernel[1]);
    if p.output[2] != channels
        || n_taps > HELIUM_TAPS
        || c.shifts.iter().any(|&shift| shift >= 0)
        || c.weights.contains(&i8::MIN)
    {
        return None;
    }
    let mut filters = (0..channels)
        .map(|channel| {
            let taps = c.weights.iter().skip(channel).step_by(channels);
            let (bias, factor) = (c.bias[channel], factor(c, channel));
            Filter::new(taps.copied().collect(), bias, p.input_offset, factor)
        })
        .collect::<Option<Vec<_>>>()?;
    let zero = Filter::zero(filters.last()?);
    filters.resize(channels.next_multiple_of(BLOCK), zero);
    let mut stream = Vec::new();
    for block in filters.chunks_exact(BLOCK) {
        stream.extend(LANES.as_flattened().iter().map(|&lane| block[lane].bias));
        for tap in 0..n_taps.next_multiple_of(2) {
            let taps = block.iter().map(|f| f.taps.get(tap).copied().unwrap_or(0));
            stream.extend(words(taps));
        }
        for lanes in LANES {
            stream.extend(lanes.map(|lane| block[lane].factor.0));
            stream.extend(words(lanes.iter().map(|&lane| block[lane].factor.1)));
        }
    }
    let params = HeliumDepthwiseConv2d {
        input: p.input,
        output: [p.output[0], p.output[1]],
        kernel: p.kernel,
        stride: p.stride,
        dilation: p.dilation,
        pad: p.pad,
        input_zero: i8::try_from(-p.input_offset).ok()?,
        output_zero: i8::try_from(p.output_offset).ok()?,
        clamp: p.clamp,
    };
    let rescaling = Rescaling::Twice;
    Some((params, Packed { stream, rescaling }))
}

/// A depthwise convolution with 3 × 3 taps and an output for each step of one row or column.
pub(super) fn square_depthwise_conv2d(
    p: &Conv2d,
    c: &Constants,
) -> Option<(HeliumSquareDepthwiseConv2d, Packed)> {
    let channels = p.input[2];
    if p.output[2] != channels
        || p.kernel != [3, 3]
        || p.stride != [1, 1]
        || p.dilation != [1, 1]
        || p.output[1] < 2
        || c.shifts.iter().any(|&shift| shift >= 0)
    {
        return None;
    }
    let mut stream = Vec::new();
    for channel in 0..channels {
        let taps = c.weights.iter().skip(channel).step_by(channels);
        let (bias, factor) = (c.bias[channel], factor(c, channel));
        let filter = Filter::new(taps.copied().collect(), bias, p.input_offset, factor)?;
        for column in 0..3 {
            let rows = [0, 1, 2].map(|row| filter.taps[3 * row + column]);
            stream.extend(words(rows.into_iter().chain([0])));
        }
        stream.extend([filter.bias, factor.0, i32::from(factor.1)]);
    }
    let params = HeliumSquareDepthwiseConv2d {
        input: p.input,
        output: [p.output[0], p.output[1]],
        pad: p.pad,
        input_zero: i8::try_from(-p.input_offset).ok()?,
        output_zero: i8::try_from(p.output_offset).ok()?,
        clamp: p.clamp,
        clamps: p.clamp != [i8::MIN, i8::MAX],
    };
    let rescaling = Rescaling::Twice;
    Some((params, Packed { stream, rescaling }))
}

/// An addition of two computed operands of one length.
pub(super) fn addition(p: &Add) -> Option<Add> {
    adds_on_helium(p).then_some(*p)
}
