//! What an operator takes from constants beside its operands, or from the shapes of its tensors:
//! axes, margins, shapes. The graph has these as attributes.

use impulse_ir::graph::{Graph, Tensor, TensorData, TensorId};

use super::options::Refused;
use super::read::RANK_MAX;

/// The tensors of an operator of the file.
pub struct Tensors<'a> {
    /// The tensors of the file.
    pub graph: &'a Graph,
    /// The operator's inputs, as in the file.
    pub inputs: &'a [Option<TensorId>],
    /// Its outputs.
    pub outputs: &'a [TensorId],
}

type Result<T> = core::result::Result<T, Refused>;

fn unsupported(message: String) -> Refused {
    Refused::Unsupported(message)
}

impl Tensors<'_> {
    fn input(&self, slot: usize) -> Result<&Tensor> {
        let id = self.inputs.get(slot).copied().flatten();
        let tensor = id.and_then(|id| self.graph.tensors.get(id));
        tensor.ok_or_else(|| unsupported(format!("input {slot} is missing")))
    }

    fn output(&self) -> Result<&Tensor> {
        let id = self.outputs.first();
        let tensor = id.and_then(|id| self.graph.tensors.get(*id));
        tensor.ok_or_else(|| unsupported("the output is missing".into()))
    }

    /// The numbers of a constant input.
    fn numbers(&self, slot: usize) -> Result<&[i32]> {
        let tensor = self.input(slot)?;
        match &tensor.data {
            Some(TensorData::I32(numbers)) => Ok(numbers),
            _ => Err(unsupported(format!(
                "input {slot} ('{}') is not an int32 constant",
                tensor.name
            ))),
        }
    }

    /// An axis of a tensor of `rank` dimensions; negative ones count from the end.
    fn axis(axis: i32, rank: usize) -> Result<usize> {
        let from_start = if axis < 0 {
            i64::from(axis) + rank as i64
        } else {
            i64::from(axis)
        };
        let found = usize::try_from(from_start).ok().filter(|at| *at < rank);
        found.ok_or_else(|| unsupported(format!("axis {axis} of {rank} dimensions")))
    }

    /// The axes of a MEAN, ascending.
    pub fn reduced(&self) -> Result<Vec<usize>> {
        let rank = self.input(0)?.shape.len();
        let numbers = self.numbers(1)?;
        if numbers.len() > RANK_MAX {
            return Err(unsupported(format!("{} axes", numbers.len())));
        }
        let axes: Result<Vec<usize>> = numbers.iter().map(|n| Self::axis(*n, rank)).collect();
        let mut axes = axes?;
        axes.sort_unstable();
        axes.dedup();
        Ok(axes)
    }

    /// The margins of a PAD, `[dimensions, 2]`.
    pub fn margins(&self) -> Result<Vec<[usize; 2]>> {
        let rank = self.input(0)?.shape.len();
        let shape = &self.input(1)?.shape;
        let numbers = self.numbers(1)?;
        if shape[..] != [rank, 2] || numbers.len() != 2 * rank {
            return Err(unsupported(format!(
                "margins of shape {shape:?} for {rank} dimensions"
            )));
        }
        let margin =
            |n: i32| usize::try_from(n).map_err(|_| unsupported(format!("a margin of {n} values")));
        let (pairs, _) = numbers.as_chunks::<2>();
        pairs
            .iter()
            .map(|[before, after]| Ok([margin(*before)?, margin(*after)?]))
            .collect()
    }

    /// The dimension along which a CONCATENATION joins.
    pub fn joined(&self, axis: i32) -> Result<usize> {
        Self::axis(axis, self.input(0)?.shape.len())
    }

    /// Whether the shape that a RESHAPE asks for, in a constant or in its options, is its
    /// output's; one dimension may be left open as −1.
    pub fn reshape(&self, in_options: &[i32]) -> Result<()> {
        let asked = match self.inputs.get(1).copied().flatten() {
            Some(_) => self.numbers(1)?,
            None => in_options,
        };
        let output = &self.output()?.shape;
        let open = asked.iter().filter(|n| **n == -1).count();
        let fits = asked.len() == output.len()
            && open <= 1
            && asked
                .iter()
                .zip(output)
                .all(|(n, d)| *n == -1 || usize::try_from(*n) == Ok(*d));
        // Files from before the shape was required have neither.
        if fits || asked.is_empty() {
            return Ok(());
        }
        Err(unsupported(format!(
            "shape {asked:?} for an output of shape {output:?}"
        )))
    }

    /// Whether an EXPAND_DIMS puts a dimension of 1 where its axis says.
    pub fn expand_dims(&self) -> Result<()> {
        let mut shape = self.input(0)?.shape.clone();
        let [axis] = *self.numbers(1)? else {
            return Err(unsupported("expected one axis".into()));
        };
        shape.insert(Self::axis(axis, shape.len() + 1)?, 1);
        self.has_shape(&shape)
    }

    /// Whether a SQUEEZE drops the dimensions that its options name, or all dimensions of 1.
    pub fn squeeze(&self, axes: &[i32]) -> Result<()> {
        let shape = &self.input(0)?.shape;
        let mut dropped = vec![axes.is_empty(); shape.len()];
        for axis in axes.iter().take(RANK_MAX) {
            dropped[Self::axis(*axis, shape.len())?] = true;
        }
        let is_one = |i: usize| shape[i] == 1;
        if !axes.is_empty() && (0..shape.len()).any(|i| dropped[i] && !is_one(i)) {
            return Err(unsupported(format!("axes {axes:?} of shape {shape:?}")));
        }
        let kept = (0..shape.len()).filter(|i| !(dropped[*i] && is_one(*i)));
        self.has_shape(&kept.map(|i| shape[i]).collect::<Vec<_>>())
    }

    /// Whether the depth multiplier of a depthwise convolution, 0 where it is not given, is that
    /// of its weights.
    pub fn depth_multiplier(&self, multiplier: i32) -> Result<()> {
        let channels = |tensor: &Tensor| tensor.shape.last().copied().unwrap_or(0);
        let (input, weights) = (channels(self.input(0)?), channels(self.input(1)?));
        let fits = usize::try_from(multiplier)
            .ok()
            .and_then(|m| m.checked_mul(input))
            == Some(weights);
        if multiplier == 0 || fits {
            return Ok(());
        }
        Err(unsupported(format!(
            "depth multiplier {multiplier} from {input} to {weights} channels"
        )))
    }

    fn has_shape(&self, expected: &[usize]) -> Result<()> {
        let found = &self.output()?.shape;
        if found == expected {
            return Ok(());
        }
        Err(unsupported(format!(
            "an output of shape {found:?}, expected {expected:?}"
        )))
    }
}
