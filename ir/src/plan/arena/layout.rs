//! Lifetimes, sharing, and the placement of blocks. What is kept from one run to the next lies
//! behind everything that is not.
//!
//! Placement is greedy: blocks are taken in some order and each is put at the lowest offset that
//! is free over its lifetime. Several orders are tried and the smallest arena is kept (Pisarchyk
//! and Lee, "Efficient memory management for deep neural net inference", 2020, compare them).
//!
//! The output of a kernel that reads its input in order may lie over it, if it begins low enough or where
//! the input begins ([`Call::overlap`]).

use impulse_runtime::kernels;

use super::{Arena, Buffer};
use crate::graph::{Graph, TensorId};
use crate::kernel_args::{Call, Overlap, Program, Step};

/// Offsets are multiples of this.
const ALIGNMENT: usize = 4;

/// Placements that are tried from each order.
const ROUNDS: usize = 24;

/// Bytes that one or several tensors share, and when they are in use.
#[derive(Clone, Copy, Debug)]
struct Block {
    bytes: usize,
    first: usize,
    last: usize,
    offset: usize,
    /// The block of the operand that may be overwritten while it is read, and how.
    over: Option<(usize, Overlap)>,
}

pub(super) fn layout(program: &Program, graph: &Graph, scratch_bytes: usize) -> Arena {
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
        over: None,
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
                let mut block = block(step.output, at);
                if let Call::History(_) = step.call {
                    // What is kept is never taken over.
                    block.last = n_steps;
                }
                block.over = over(step, at, &home, &blocks);
                blocks.push(block);
                blocks.len() - 1
            }
        });
    }
    // Scratch memory lives for its step only.
    let first_scratch = blocks.len();
    for (at, step) in program.steps.iter().enumerate() {
        blocks.push(Block {
            bytes: step.call.scratch_bytes(),
            first: at,
            last: at,
            offset: 0,
            over: None,
        });
    }
    let [total, kept] = place_all(program, &home, &mut blocks, scratch_bytes);
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
        kept_bytes: kept,
        buffers,
        in_place,
        scratch: blocks[first_scratch..].iter().map(|b| b.offset).collect(),
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
        Call::Relu(_) | Call::Softmax(..) | Call::Lookup(..) => dies(0).then_some(0),
        Call::Add(
            kernels::Add {
                len, second_len, ..
            },
            _,
        )
        | Call::HeliumAddition(kernels::Add {
            len, second_len, ..
        })
        | Call::Mul(
            kernels::Mul {
                len, second_len, ..
            },
            _,
        ) => match step.inputs[..] {
            [_] => dies(0).then_some(0),
            // What repeats is shorter than the output.
            [first, second] => {
                let long_enough = if len == second_len { 2 } else { 1 };
                let apart = home[first] != home[second];
                (0..long_enough).find(|&i| apart && dies(i))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The block that the output of `step` may overwrite while the kernel reads it.
fn over(
    step: &Step,
    at: usize,
    home: &[Option<usize>],
    blocks: &[Block],
) -> Option<(usize, Overlap)> {
    let operand = home[*step.inputs.first()?]?;
    let overlap = step.call.overlap()?;
    (blocks[operand].last <= at).then_some((operand, overlap))
}

/// Gives every block its offset and returns the arena's size and how much of it is kept: blocks
/// that a history writes lie behind the others and behind what `scratch_bytes` overwrite, one after
/// the other.
fn place_all(
    program: &Program,
    home: &[Option<usize>],
    blocks: &mut [Block],
    scratch_bytes: usize,
) -> [usize; 2] {
    let histories = program
        .steps
        .iter()
        .filter(|s| matches!(s.call, Call::History(_)));
    let kept: Vec<usize> = histories.filter_map(|s| home[s.output]).collect();
    let mut others: Vec<Block> = Vec::new();
    // The place of each block among the others.
    let mut moved = vec![None; blocks.len()];
    for (i, block) in blocks.iter_mut().enumerate() {
        if kept.contains(&i) {
            block.first = 0;
        } else {
            moved[i] = Some(others.len());
            others.push(*block);
        }
    }
    for block in &mut others {
        block.over = block.over.and_then(|(i, how)| Some((moved[i]?, how)));
    }
    let shared = place(&mut others);
    let mut others = others.iter();
    for (_, block) in blocks
        .iter_mut()
        .enumerate()
        .filter(|(i, _)| !kept.contains(i))
    {
        block.offset = others.next().map_or(0, |other| other.offset);
    }
    if kept.is_empty() {
        return [shared, 0];
    }
    let start = shared.max(scratch_bytes).next_multiple_of(ALIGNMENT);
    let mut end = start;
    for &i in &kept {
        blocks[i].offset = end;
        end = (end + blocks[i].bytes).next_multiple_of(ALIGNMENT);
    }
    [end, end - start]
}

/// Gives every block its offset and returns the size of all.
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
        // Each order as it is and with outputs before what they lie over; what lies highest then is
        // placed first in the next rounds.
        for round in 0..ROUNDS {
            let order = if round % 2 == 0 {
                &sequence
            } else {
                &outputs_first(blocks, &sequence)
            };
            let placed = place_in_order(blocks, order);
            let end = |i: usize| placed[i] + blocks[i].bytes;
            let Some(top) = (0..sequence.len()).max_by_key(|&at| (end(sequence[at]), at)) else {
                break;
            };
            let total = end(sequence[top]);
            if total < best {
                (best, offsets) = (total, placed);
            }
            if round % 2 == 1 {
                sequence[..=top].rotate_right(1);
            }
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

/// The same order, but for what may lie over another block, which comes right before that: only the
/// upper of the two can give way.
fn outputs_first(blocks: &[Block], sequence: &[usize]) -> Vec<usize> {
    let mut upon: Vec<Option<usize>> = vec![None; blocks.len()];
    for (i, block) in blocks.iter().enumerate() {
        if let Some((operand, _)) = block.over {
            upon[operand] = Some(i);
        }
    }
    let mut taken = vec![false; blocks.len()];
    let mut ordered = Vec::with_capacity(sequence.len());
    for &index in sequence {
        let chain = std::iter::successors(Some(index), |&i| upon[i].filter(|&j| !taken[j]));
        let chain: Vec<usize> = chain.collect();
        for i in chain.into_iter().rev() {
            if !taken[i] {
                taken[i] = true;
                ordered.push(i);
            }
        }
    }
    ordered
}

fn place_in_order(blocks: &[Block], sequence: &[usize]) -> Vec<usize> {
    let mut offsets = vec![0; blocks.len()];
    let mut placed: Vec<usize> = Vec::with_capacity(blocks.len());
    for &index in sequence {
        let ranges: Vec<[i64; 2]> = placed
            .iter()
            .flat_map(|&other| forbidden(blocks, index, other, offsets[other]))
            .collect();
        let mut offset = 0;
        while let Some(range) = ranges.iter().find(|r| r[0] < offset && offset < r[1]) {
            let free = usize::try_from(range[1].max(offset + 1)).unwrap_or(0);
            offset = free.next_multiple_of(ALIGNMENT) as i64;
        }
        offsets[index] = offset as usize;
        placed.push(index);
    }
    offsets
}

/// Between which offsets, both excluded, block `index` may not begin because of block `other` at
/// `start`.
fn forbidden(blocks: &[Block], index: usize, other: usize, start: usize) -> [[i64; 2]; 2] {
    let (block, b) = (&blocks[index], &blocks[other]);
    let meet = b.first <= block.last && block.first <= b.last && block.bytes * b.bytes > 0;
    if !meet {
        return [[0; 2]; 2];
    }
    let (start, own, its) = (start as i64, block.bytes as i64, b.bytes as i64);
    let one = |from: i64, to: i64| [[from, to], [0; 2]];
    match (block.over, b.over) {
        // The operand's bytes may be overwritten as long as they begin high enough.
        (Some((operand, Overlap::Lag(lag))), _) if operand == other => {
            one(start - lag, start + its)
        }
        (_, Some((operand, Overlap::Lag(lag)))) if operand == index => {
            one(start - own, start + lag)
        }
        (Some((operand, Overlap::SameStart)), _) if operand == other => both_sides(start, own, its),
        (_, Some((operand, Overlap::SameStart))) if operand == index => both_sides(start, own, its),
        _ => one(start - own, start + its),
    }
}

/// Anywhere that overlaps but exactly at `start`.
fn both_sides(start: i64, own: i64, its: i64) -> [[i64; 2]; 2] {
    [[start - own, start], [start, start + its]]
}
