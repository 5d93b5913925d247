//! The int8 network on the host: the device's kernels on one buffer per tensor.

use impulse_runtime::kernels;

use crate::board::Cpu;
use crate::diagnostic::Diagnostic;
use crate::graph::{Graph, TensorId};
use crate::kernel_args::{Call, Packed, Program, Rescaling, Step, prepare, prepare_for};

/// An executor with the activations of its last run.
#[derive(Clone, Debug)]
pub struct Int8 {
    program: Program,
    /// A buffer per tensor, empty for constants.
    tensors: Vec<Vec<i8>>,
}

impl Int8 {
    /// Prepares a graph; fails on the first operator that has no int8 form ([`prepare`] lists all).
    pub fn new(graph: &Graph) -> Result<Int8, Diagnostic> {
        let program = prepare(graph).map_err(|mut all| all.swap_remove(0))?;
        Ok(Self::of(program, graph))
    }

    /// The same with the kernels that are chosen for `cpu`, which give the same bits.
    pub fn for_cpu(graph: &Graph, cpu: Cpu) -> Result<Int8, Diagnostic> {
        let program = prepare_for(graph, cpu).map_err(|mut all| all.swap_remove(0))?;
        Ok(Self::of(program, graph))
    }

    fn of(program: Program, graph: &Graph) -> Int8 {
        let mut tensors = vec![Vec::new(); graph.tensors.len()];
        tensors[program.input] = vec![0; graph.tensors[program.input].len()];
        for step in &program.steps {
            tensors[step.output] = vec![0; graph.tensors[step.output].len()];
        }
        Int8 { program, tensors }
    }

    /// Number of input values.
    pub fn input_len(&self) -> usize {
        self.tensors[self.program.input].len()
    }

    /// Computes the network. `input` has the network's input in memory order; where it is shorter
    /// the rest counts as 0, what is too much is ignored.
    pub fn run(&mut self, input: &[i8]) -> &[i8] {
        let target = &mut self.tensors[self.program.input];
        let n = target.len().min(input.len());
        target[..n].copy_from_slice(&input[..n]);
        target[n..].fill(0);
        for step in &self.program.steps {
            run_step(step, &mut self.tensors);
        }
        &self.tensors[self.program.output]
    }

    /// Forgets the rows that a network which runs incrementally has kept.
    pub fn reset(&mut self) {
        for step in &self.program.steps {
            if let Call::History(_) = step.call {
                self.tensors[step.output].fill(0);
            }
        }
    }

    /// The values of every tensor after a run, by [`TensorId`]; empty for constants.
    pub fn tensors(&self) -> &[Vec<i8>] {
        &self.tensors
    }

    /// The values of one tensor.
    pub fn tensor(&self, id: TensorId) -> &[i8] {
        self.tensors.get(id).map_or(&[], Vec::as_slice)
    }

    /// The calls it makes.
    pub fn program(&self) -> &Program {
        &self.program
    }
}

fn run_step(step: &Step, tensors: &mut [Vec<i8>]) {
    let mut output = std::mem::take(&mut tensors[step.output]);
    let input = &tensors[step.inputs[0]];
    // Of an addition or a product, what repeats.
    let second = || match step.call.constant_operand() {
        Some(constant) => constant,
        None => step.inputs.get(1).map_or(&[][..], |&id| &tensors[id]),
    };
    match &step.call {
        Call::Add(p, _) => kernels::add(p, input, second(), &mut output),
        Call::HeliumAddition(p) => kernels::helium_addition(p, input, second(), &mut output),
        Call::Mul(p, _) => kernels::mul(p, input, second(), &mut output),
        Call::Concatenation(parts) => {
            for (p, &id) in parts.iter().zip(&step.inputs) {
                kernels::concatenation(p, &tensors[id], &mut output);
            }
        }
        call => run_unary(call, input, &mut output),
    }
    tensors[step.output] = output;
}

/// Any call with one operand.
fn run_unary(call: &Call, input: &[i8], output: &mut [i8]) {
    match call {
        Call::Conv2d(p, c) => {
            kernels::conv2d(
                p,
                input,
                &c.weights,
                &c.bias,
                &c.multipliers,
                &c.shifts,
                output,
            );
        }
        Call::DepthwiseConv2d(p, c) => {
            let (multipliers, shifts) = (&c.multipliers, &c.shifts);
            kernels::depthwise_conv2d(p, input, &c.weights, &c.bias, multipliers, shifts, output);
        }
        Call::FullyConnected(p, c) => {
            let (multipliers, shifts) = (&c.multipliers, &c.shifts);
            kernels::fully_connected(p, input, &c.weights, &c.bias, multipliers, shifts, output);
        }
        Call::PackedConv2d(p, c) => in_arena(call, input, output, |arena, places| {
            kernels::packed_conv2d::<false>(p, gemm(c), arena, places, &c.stream);
        }),
        Call::PackedPointwise(p, c) | Call::PackedFullyConnected(p, c) => {
            in_arena(call, input, output, |arena, places| {
                let stream = &c.stream;
                if let Rescaling::Shared(shared) = &c.rescaling {
                    kernels::packed_fully_connected::<false>(p, arena, places, stream, shared);
                } else {
                    kernels::packed_rows::<false>(p, gemm(c), arena, places, stream);
                }
            });
        }
        Call::PlanarDepthwiseConv2d(p, c) => in_arena(call, input, output, |arena, places| {
            kernels::planar_depthwise_conv2d(p, arena, places, &c.stream);
        }),
        Call::ColumnDepthwiseConv2d(p, c) => in_arena(call, input, output, |arena, places| {
            kernels::column_depthwise_conv2d(p, arena, places, &c.stream);
        }),
        Call::HeliumConv2d(p, c) => in_arena(call, input, output, |arena, places| {
            kernels::helium_conv2d(p, arena, places, &c.stream);
        }),
        Call::HeliumDepthwiseConv2d(p, c) => in_arena(call, input, output, |arena, places| {
            kernels::helium_depthwise_conv2d(p, arena, places, &c.stream);
        }),
        Call::HeliumSquareDepthwiseConv2d(p, c) => {
            in_arena(call, input, output, |arena, places| {
                kernels::helium_square_depthwise_conv2d(p, arena, places, &c.stream);
            });
        }
        Call::HeliumFullyConnected(p, c) => in_arena(call, input, output, |arena, places| {
            kernels::helium_fully_connected(p, arena, places, &c.stream);
        }),
        Call::TripleConv2d(p, c) => {
            let triple = match c.rescaling {
                Rescaling::Twice => kernels::TRIPLE_TWICE,
                _ => kernels::TRIPLE_LINEAR,
            };
            in_arena(call, input, output, |arena, places| {
                kernels::triple_conv2d(p, &triple, arena, places, &c.stream);
            });
        }
        Call::QuadFullyConnected(p, c) => {
            let shared = match &c.rescaling {
                Rescaling::Shared(shared) => Some(shared),
                _ => None,
            };
            kernels::quad_fully_connected(p, input, &c.stream, shared, output);
        }
        Call::MaxPool2d(p) => kernels::max_pool2d(p, input, output),
        Call::AvgPool2d(p) => kernels::avg_pool2d(p, input, output),
        Call::Mean(p) => kernels::mean(p, input, output),
        Call::Relu(p) => kernels::relu(p, input, output),
        Call::Softmax(p, table) => kernels::softmax(p, input, table, output),
        Call::History(p) => kernels::history(p, input, output),
        Call::Alias => output.copy_from_slice(input),
        Call::Pad(p) => kernels::pad(p, input, output),
        Call::Lookup(p, table) => {
            // `prepare` makes tables of exactly this length.
            if let Ok(table) = table.as_slice().try_into() {
                kernels::lookup(p, input, table, output);
            }
        }
        // Have several operands and are called by `run_step`.
        Call::Add(..) | Call::HeliumAddition(_) | Call::Mul(..) | Call::Concatenation(_) => {}
    }
}

/// The products of matrices with a layer's rescaling.
fn gemm(c: &Packed) -> &'static kernels::Gemm {
    match c.rescaling {
        Rescaling::Twice => &kernels::GEMM_TWICE,
        _ => &kernels::GEMM_LINEAR,
    }
}

/// Runs a kernel that works in an arena on buffers of their own.
fn in_arena(
    call: &Call,
    input: &[i8],
    output: &mut [i8],
    run: impl FnOnce(&mut [i8], &kernels::Places),
) {
    let at = input.len().next_multiple_of(4);
    let places = kernels::Places {
        input: 0,
        output: at,
        scratch: (at + output.len()).next_multiple_of(4),
    };
    let mut arena = vec![0; places.scratch + call.scratch_bytes()];
    arena[..input.len()].copy_from_slice(input);
    run(&mut arena, &places);
    output.copy_from_slice(&arena[at..at + output.len()]);
}
