//! Lifetimes, sharing, and the placement of blocks.
//!
//! Placement is greedy: blocks are taken in some order and each is put at the lowest offset that
//! is free over its lifetime. Several orders are tried and the smallest arena is kept (Pisarchyk
//! and Lee, "Efficient memory management for deep neural net inference", 2020, compare them).

use super::{Arena, Buffer};
use crate::graph::{Graph, TensorId};
use crate::kernel_args::{Call, Program, Step};

/// Offsets are multiples of this.
const ALIGNMENT: usize = 4;

/// Bytes that one or several tensors share, and when they are in use.
#[derive(Clone, Copy, Debug)]
struct Block {
    bytes: usize,
    first: usize,
    last: usize,
    offset: usize,
}

pub(super) fn layout(program: &Program, graph: &Graph) -> Arena {
    let n_steps = program.steps.len();
    let bytes = |id: TensorId| graph.tensors[id].len();
    let uses = last_uses(program, graph.tensors.len());
    let mut blocks: Vec<Block> = Vec::new();
    // The block of each tensor.
    let mut home: Vec<Option<usize>> = vec![None; graph.tensors.len()];
    let mut in_place = Vec::with_capacity(n_steps);
    let block = |id: TensorId, first: usize| Block {
        bytes: bytes(id),
        first,
        last: uses[id].max(first),
        offset: 0,
    };
    blocks.push(block(program.input, 0));
    home[program.input] = Some(0);
    for (at, step) in program.steps.iter().enumerate() {
        let taken_over = overlay(step, at, &home, &blocks);
        in_place.push(taken_over.filter(|_| !matches!(step.call, Call::Alias)));
        let shared = taken_over.and_then(|i| home[step.inputs[i]]);
        home[step.output] = Some(match shared {
            Some(index) => {
                blocks[index].last = blocks[index].last.max(uses[step.output]).max(at);
                index
            }
            None => {
                blocks.push(block(step.output, at));
                blocks.len() - 1
            }
        });
    }
    let total = place(&mut blocks);
    let buffers = home
        .iter()
        .enumerate()
        .filter_map(|(tensor, home)| {
            let block = blocks[(*home)?];
            let steps = [block.first, block.last];
            Some(Buffer {
                tensor,
                offset: block.offset,
                bytes: bytes(tensor),
                steps,
            })
        })
        .collect();
    Arena {
        bytes: total,
        buffers,
        in_place,
    }
}

/// The last step that reads each tensor. The network's output is needed after the last step.
fn last_uses(program: &Program, n_tensors: usize) -> Vec<usize> {
    let mut last = vec![0; n_tensors];
    for (at, step) in program.steps.iter().enumerate() {
        for &input in &step.inputs {
            last[input] = at;
        }
    }
    last[program.output] = program.steps.len();
    last
}

/// Which operand's bytes the output of `step` takes over: that of a reshape always, that of an
/// elementwise kernel where nothing needs the block later and no other operand lies in it.
fn overlay(step: &Step, at: usize, home: &[Option<usize>], blocks: &[Block]) -> Option<usize> {
    let dies = |i: usize| home[step.inputs[i]].is_some_and(|b| blocks[b].last <= at);
    match &step.call {
        Call::Alias => Some(0),
        Call::Relu(_) | Call::Softmax(..) => dies(0).then_some(0),
        Call::Add(_) => {
            let apart = home[step.inputs[0]] != home[step.inputs[1]];
            (0..2).find(|&i| apart && dies(i))
        }
        _ => None,
    }
}

/// Gives every block its offset and returns the arena's size.
fn place(blocks: &mut [Block]) -> usize {
    type Order = fn(&Block) -> (usize, usize);
    let orders: [Order; 4] = [
        |b| (usize::MAX - b.bytes, b.first),
        |b| (b.first, usize::MAX - b.bytes),
        |b| {
            (
                usize::MAX - b.bytes.saturating_mul(b.last - b.first + 1),
                b.first,
            )
        },
        |b| (usize::MAX - b.last, usize::MAX - b.bytes),
    ];
    let mut best = usize::MAX;
    let mut offsets = vec![0; blocks.len()];
    for order in orders {
        let mut sequence: Vec<usize> = (0..blocks.len()).collect();
        sequence.sort_by_key(|&i| (order(&blocks[i]), i));
        let placed = place_in_order(blocks, &sequence);
        let end = |(b, offset): (&Block, &usize)| offset + b.bytes;
        let total = blocks.iter().zip(&placed).map(end).max().unwrap_or(0);
        if total < best {
            (best, offsets) = (total, placed);
        }
    }
    for (block, offset) in blocks.iter_mut().zip(offsets) {
        block.offset = offset;
    }
    if blocks.is_empty() {
        0
    } else {
        best.next_multiple_of(ALIGNMENT)
    }
}

fn place_in_order(blocks: &[Block], sequence: &[usize]) -> Vec<usize> {
    let mut offsets = vec![0; blocks.len()];
    // Placed blocks in ascending order of their offset.
    let mut placed: Vec<usize> = Vec::with_capacity(blocks.len());
    for &index in sequence {
        let block = &blocks[index];
        let mut offset = 0;
        for &other in &placed {
            let (b, start) = (&blocks[other], offsets[other]);
            let meet = b.first <= block.last && block.first <= b.last;
            if meet && offset < start + b.bytes {
                if offset + block.bytes <= start {
                    break;
                }
                offset = (start + b.bytes).next_multiple_of(ALIGNMENT);
            }
        }
        offsets[index] = offset;
        let at = placed.partition_point(|&i| offsets[i] <= offset);
        placed.insert(at, index);
    }
    offsets
}
