//! A network computed in one arena, in place where the plan says so, as emitted code does it.

use impulse_ir::exec::Int8;
use impulse_ir::graph::Graph;
use impulse_ir::kernel_args::{Call, Program, prepare};
use impulse_ir::plan::Arena;
use impulse_runtime::kernels::{self, arena::pair, arena::triple};
use proptest::prelude::*;

use crate::graphs::{Build, random};

/// Runs `program` on the bytes of an arena that is poisoned where nothing was written.
fn run(program: &Program, arena: &Arena, input: &[i8]) -> Vec<i8> {
    run_on(program, arena, &mut vec![0x5a; arena.bytes], input)
}

/// Runs `program` on the bytes of an arena.
pub fn run_on(program: &Program, arena: &Arena, bytes: &mut [i8], input: &[i8]) -> Vec<i8> {
    let range = |id: usize| {
        let buffer = arena
            .buffer(id)
            .expect("every computed tensor has its place");
        buffer.offset..buffer.offset + buffer.bytes
    };
    bytes[range(program.input)].copy_from_slice(input);
    for (step, in_place) in program.steps.iter().zip(&arena.in_place) {
        let (first, output) = (range(step.inputs[0]), range(step.output));
        match (&step.call, in_place) {
            (Call::Alias, _) => assert_eq!(first, output),
            (Call::Add(p, Some(constant)), None) => {
                let (a, out) = pair(bytes, first, output);
                kernels::add(p, a, constant, out);
            }
            (Call::Add(p, Some(constant)), Some(_)) => {
                kernels::add_in_place(p, &mut bytes[output], constant);
            }
            (Call::Concatenation(parts), _) => {
                for (p, id) in parts.iter().zip(&step.inputs) {
                    let (part, out) = pair(bytes, range(*id), output.clone());
                    kernels::concatenation(p, part, out);
                }
            }
            (Call::Add(p, None), None) => {
                let (a, b, out) = triple(bytes, [first, range(step.inputs[1])], output);
                kernels::add(p, a, b, out);
            }
            (Call::Add(p, None), Some(operand)) => {
                let p = if *operand == 0 { *p } else { p.swapped() };
                assert_eq!(range(step.inputs[*operand]), output);
                let (other, out) = pair(bytes, range(step.inputs[1 - operand]), output);
                kernels::add_in_place(&p, out, other);
            }
            (Call::Relu(p), Some(0)) => kernels::relu_in_place(p, &mut bytes[output]),
            (Call::Softmax(p, table), Some(0)) => {
                kernels::softmax_in_place(p, table, &mut bytes[output]);
            }
            (call, None) => {
                let (input, out) = pair(bytes, first, output);
                match call {
                    Call::Relu(p) => kernels::relu(p, input, out),
                    Call::MaxPool2d(p) => kernels::max_pool2d(p, input, out),
                    Call::Softmax(p, t) => kernels::softmax(p, input, t, out),
                    Call::Conv2d(p, c) => {
                        let (multipliers, shifts) = (&c.multipliers, &c.shifts);
                        kernels::conv2d(p, input, &c.weights, &c.bias, multipliers, shifts, out);
                    }
                    Call::DepthwiseConv2d(p, c) => {
                        let (multipliers, shifts) = (&c.multipliers, &c.shifts);
                        kernels::depthwise_conv2d(
                            p,
                            input,
                            &c.weights,
                            &c.bias,
                            multipliers,
                            shifts,
                            out,
                        );
                    }
                    Call::FullyConnected(p, c) => {
                        let (multipliers, shifts) = (&c.multipliers, &c.shifts);
                        kernels::fully_connected(
                            p,
                            input,
                            &c.weights,
                            &c.bias,
                            multipliers,
                            shifts,
                            out,
                        );
                    }
                    Call::AvgPool2d(p) => kernels::avg_pool2d(p, input, out),
                    Call::Pad(p) => kernels::pad(p, input, out),
                    Call::Mean(p) => kernels::mean(p, input, out),
                    Call::History(p) => kernels::history(p, input, out),
                    _ => panic!("{} is not part of these graphs", step.name),
                }
            }
            (_, Some(_)) => panic!("{} does not work in place", step.name),
        }
    }
    bytes[range(program.output)].to_vec()
}

fn check(graph: &Graph, input: &[i8]) -> Arena {
    graph.validate().unwrap();
    let program = prepare(graph).unwrap();
    let arena = Arena::new(&program, graph);
    for buffer in &arena.buffers {
        assert!(buffer.offset + buffer.bytes <= arena.bytes && buffer.offset % 4 == 0);
        assert_eq!(buffer.bytes, graph.tensors[buffer.tensor].len());
    }
    let mut int8 = Int8::new(graph).unwrap();
    assert_eq!(run(&program, &arena, input), int8.run(input));
    arena
}

proptest! {
    #[test]
    fn sharing_bytes_changes_nothing(seed: u32) {
        let graph = random(seed);
        let input: Vec<i8> = (0..60).map(|i| (seed.wrapping_mul(2 * i + 1) >> 24) as i8).collect();
        check(&graph, &input);
    }
}

#[test]
fn elementwise_kernels_take_over_what_dies() {
    let mut b = Build::new(&[1, 2, 2, 4], 1);
    let start = b.conv(0, 4);
    let relu = b.relu(start);
    let sum = b.add(start, relu);
    let flat = b.reshape_twice(sum);
    let output = b.softmax(flat);
    let graph = b.finish(output);
    let arena = check(&graph, &[7; 16]);
    // The convolution's result is still needed beside its RELU, so only the rest is in place.
    assert_eq!(arena.in_place, [None, None, Some(0), None, None, Some(0)]);
    assert_eq!(arena.bytes, 32);
}

#[test]
fn a_value_added_to_itself_is_not_overwritten_while_it_is_read() {
    let mut b = Build::new(&[1, 2, 2, 4], 1);
    let relu = b.relu(0);
    let other = b.reshape_twice(relu);
    let twice = b.add(relu, other);
    let graph = b.finish(twice);
    let arena = check(&graph, &[9; 16]);
    assert_eq!(arena.in_place, [Some(0), None, None, None]);
}

#[test]
fn a_chain_needs_its_two_largest_neighbours() {
    let mut b = Build::new(&[1, 8, 8, 1], 1);
    let mut last = 0;
    for filters in [2, 4, 3, 1] {
        last = b.conv(last, filters);
    }
    let graph = b.finish(last);
    assert_eq!(check(&graph, &[3; 64]).bytes, 64 * (4 + 3));
}
