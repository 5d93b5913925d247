//! Shape rules of the operators, as TFLite has them.

use super::{Conv2d, Graph, Operator, OperatorKind, Pool2d, validate::MAX_ELEMENTS};
use crate::network::{Padding, window_output};

/// Whether the shapes of an operator's tensors fit together; the message says which do not.
/// All indices must be valid.
pub(super) fn check(graph: &Graph, operator: &Operator) -> Result<(), String> {
    let shape = |i: usize| {
        let id = operator.inputs.get(i).copied().flatten();
        id.map(|id| graph.tensors[id].shape.as_slice())
    };
    let output = graph.tensors[operator.outputs[0]].shape.as_slice();
    let Some(input) = shape(0) else {
        return Err("it has no input".into());
    };
    match &operator.kind {
        OperatorKind::Conv2d(c) => {
            let weights = needed(shape(1))?;
            let [filters, kernel_h, kernel_w, channels] = dimensions(weights)?;
            let [_, height, width, in_channels] = dimensions(input)?;
            if channels != in_channels {
                return Err(format!(
                    "weights for {channels} channels on an input with {in_channels} (grouped convolutions have no kernel)"
                ));
            }
            bias(shape(2), filters)?;
            let [h, w] = convolved([height, width], [kernel_h, kernel_w], c)?;
            same(output, &[1, h, w, filters])
        }
        OperatorKind::DepthwiseConv2d(c) => {
            let weights = needed(shape(1))?;
            let [one, kernel_h, kernel_w, filters] = dimensions(weights)?;
            let [_, height, width, channels] = dimensions(input)?;
            if one != 1 || filters % channels != 0 {
                return Err(format!(
                    "weights {weights:?} on {channels} channels, expected 1 first and a multiple of the channels last"
                ));
            }
            bias(shape(2), filters)?;
            let [h, w] = convolved([height, width], [kernel_h, kernel_w], c)?;
            same(output, &[1, h, w, filters])
        }
        OperatorKind::FullyConnected { .. } => {
            let [units, inputs] = dimensions(needed(shape(1))?)?;
            let values: usize = input.iter().product();
            if !values.is_multiple_of(inputs) {
                return Err(format!("weights for {inputs} inputs on {values} values"));
            }
            bias(shape(2), units)?;
            let total: usize = output.iter().product();
            if output.last() != Some(&units) || Some(total) != (values / inputs).checked_mul(units)
            {
                return Err(format!(
                    "output {output:?}, expected {} rows of {units}",
                    values / inputs
                ));
            }
            Ok(())
        }
        OperatorKind::MaxPool2d(p) | OperatorKind::AvgPool2d(p) => {
            let [_, height, width, channels] = dimensions(input)?;
            let [h, w] = pooled([height, width], p)?;
            same(output, &[1, h, w, channels])
        }
        OperatorKind::Mean { axes, keep_dims } => {
            if axes.is_empty() || axes.iter().any(|&a| a >= input.len()) {
                return Err(format!("mean over dimensions {axes:?} of {input:?}"));
            }
            let kept = |i: &usize| *keep_dims || !axes.contains(i);
            let expected: Vec<usize> = (0..input.len())
                .filter(kept)
                .map(|i| if axes.contains(&i) { 1 } else { input[i] })
                .collect();
            same(output, &expected)
        }
        OperatorKind::Add { .. } | OperatorKind::Mul { .. } => {
            same(output, &broadcast(input, needed(shape(1))?)?)
        }
        OperatorKind::Pad { margins } => {
            if shape(1).is_some_and(|value| value.iter().product::<usize>() != 1) {
                return Err("expected one number to pad with".into());
            }
            same(output, &padded(input, margins)?)
        }
        OperatorKind::Concatenation { axis } => {
            let shapes: Vec<&[usize]> = (0..operator.inputs.len()).filter_map(shape).collect();
            same(output, &joined(&shapes, *axis)?)
        }
        OperatorKind::Reshape => {
            let (from, to): (usize, usize) = (input.iter().product(), output.iter().product());
            if from == to {
                Ok(())
            } else {
                Err(format!("{input:?} has {from} values, {output:?} has {to}"))
            }
        }
        OperatorKind::Softmax { beta } => {
            if !beta.is_finite() || *beta <= 0.0 {
                return Err(format!("beta is {beta}, expected a number above 0"));
            }
            same(output, input)
        }
        OperatorKind::History => {
            let rows =
                |shape: &[usize]| (shape.len() > 1).then(|| [&shape[..1], &shape[2..]].concat());
            if rows(input).is_some() && rows(input) == rows(output) {
                Ok(())
            } else {
                Err(format!("rows of {input:?} are not those of {output:?}"))
            }
        }
        OperatorKind::Logistic
        | OperatorKind::Relu
        | OperatorKind::Relu6
        | OperatorKind::ReluN1To1
        | OperatorKind::Quantize
        | OperatorKind::Dequantize => same(output, input),
        OperatorKind::BatchNorm { .. } => {
            let channels = input.last().copied().unwrap_or(0);
            for i in 1..5 {
                same(needed(shape(i))?, &[channels])?;
            }
            same(output, input)
        }
    }
}

/// Multiply-accumulates of an operator, fewer where numbers do not fit.
pub(super) fn macs(graph: &Graph, operator: &Operator) -> u64 {
    let product = |dims: &[usize]| dims.iter().fold(1u64, |n, &d| n.saturating_mul(d as u64));
    let shape = |i: usize| {
        let id = operator.inputs.get(i).copied().flatten();
        id.map_or(&[][..], |id| graph.tensors[id].shape.as_slice())
    };
    let output = product(&graph.tensors[operator.outputs[0]].shape);
    match &operator.kind {
        OperatorKind::Conv2d(_) | OperatorKind::FullyConnected { .. } => {
            output.saturating_mul(product(shape(1).get(1..).unwrap_or_default()))
        }
        OperatorKind::DepthwiseConv2d(_) => {
            output.saturating_mul(product(shape(1).get(1..3).unwrap_or_default()))
        }
        OperatorKind::MaxPool2d(p) | OperatorKind::AvgPool2d(p) => {
            output.saturating_mul(product(&p.size))
        }
        OperatorKind::Reshape
        | OperatorKind::Pad { .. }
        | OperatorKind::Concatenation { .. }
        | OperatorKind::History => 0,
        OperatorKind::Mean { .. } => product(shape(0)),
        _ => output,
    }
}

/// The shape that two operands have together: missing dimensions and those of 1 are repeated.
fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, String> {
    let rank = a.len().max(b.len());
    let of = |shape: &[usize], i: usize| {
        let missing = rank - shape.len();
        if i < missing { 1 } else { shape[i - missing] }
    };
    (0..rank)
        .map(|i| match (of(a, i), of(b, i)) {
            (m, n) if m == n || n == 1 => Ok(m),
            (1, n) => Ok(n),
            _ => Err(format!("operands of shapes {a:?} and {b:?}")),
        })
        .collect()
}

fn padded(input: &[usize], margins: &[[usize; 2]]) -> Result<Vec<usize>, String> {
    if margins.len() != input.len() {
        return Err(format!(
            "margins of {} dimensions around {input:?}",
            margins.len()
        ));
    }
    let fits = |n: &usize| *n <= MAX_ELEMENTS;
    let around = input.iter().zip(margins).map(|(n, [before, after])| {
        let sum = n.checked_add(*before)?.checked_add(*after)?;
        [before, after].into_iter().all(fits).then_some(sum)
    });
    let all: Option<Vec<usize>> = around.collect();
    all.ok_or_else(|| format!("margins {margins:?} are too large"))
}

/// The shape of tensors joined along `axis`.
fn joined(shapes: &[&[usize]], axis: usize) -> Result<Vec<usize>, String> {
    let Some(mut all) = shapes.first().map(|first| first.to_vec()) else {
        return Err("it has no input".into());
    };
    if axis >= all.len() {
        return Err(format!("dimension {axis} of {all:?}"));
    }
    for shape in &shapes[1..] {
        let alike =
            shape.len() == all.len() && (0..all.len()).all(|i| i == axis || shape[i] == all[i]);
        if !alike {
            return Err(format!("operands of shapes {:?} and {shape:?}", shapes[0]));
        }
        all[axis] = all[axis].saturating_add(shape[axis]);
    }
    Ok(all)
}

/// Output height and width of a convolution, whose numbers are checked.
fn convolved(input: [usize; 2], kernel: [usize; 2], c: &Conv2d) -> Result<[usize; 2], String> {
    let mut output = [0; 2];
    for i in 0..2 {
        output[i] = slid(input[i], kernel[i], c.stride[i], c.dilation[i], c.padding)?;
    }
    Ok(output)
}

fn pooled(input: [usize; 2], p: &Pool2d) -> Result<[usize; 2], String> {
    let mut output = [0; 2];
    for i in 0..2 {
        output[i] = slid(input[i], p.size[i], p.stride[i], 1, p.padding)?;
    }
    Ok(output)
}

fn slid(
    input: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    padding: Padding,
) -> Result<usize, String> {
    let limits = 1..=MAX_ELEMENTS;
    if ![kernel, stride, dilation]
        .iter()
        .all(|n| limits.contains(n))
    {
        return Err(format!(
            "kernel {kernel}, stride {stride}, dilation {dilation}"
        ));
    }
    let reach = (kernel - 1).checked_mul(dilation).map(|n| n + 1);
    let reach = reach
        .filter(|n| limits.contains(n))
        .ok_or("the kernel is too large")?;
    match window_output(input, reach, stride, padding) {
        Some((output, _)) => Ok(output),
        None => Err(format!(
            "a window of {reach} does not fit into {input} without padding"
        )),
    }
}

fn needed(shape: Option<&[usize]>) -> Result<&[usize], String> {
    shape.ok_or_else(|| "an operand is missing".to_owned())
}

fn dimensions<const N: usize>(shape: &[usize]) -> Result<[usize; N], String> {
    shape
        .try_into()
        .map_err(|_| format!("shape {shape:?}, expected {N} dimensions"))
}

fn bias(shape: Option<&[usize]>, units: usize) -> Result<(), String> {
    match shape {
        Some(shape) if shape.iter().product::<usize>() != units => {
            Err(format!("bias {shape:?}, expected [{units}]"))
        }
        _ => Ok(()),
    }
}

fn same(found: &[usize], expected: &[usize]) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("shape {found:?}, expected {expected:?}"))
    }
}
