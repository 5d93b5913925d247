//! What every target holds: no panic; of specs places within the text, formatting that is done at
//! once, and conversions that the other reader takes; of networks what is written is read again, and
//! passes change no bit.

use impulse_codegen::tflite;
use impulse_dsl::{Syntax, compile, format, parse};
use impulse_ir::exec::{Float, Int8};
use impulse_ir::kernel_args::prepare;
use impulse_ir::plan::Arena;
use impulse_ir::{Place, passes};

/// Most multiplications of a network that is computed, so that a run stays short.
const MACS_MAX: u64 = 1 << 20;

/// Reads, checks, formats and converts a text.
pub fn drive(text: &str, syntax: Syntax) {
    let (spec, problems) = compile(text, syntax);
    assert!(spec.is_some() || !problems.is_empty());
    for problem in &problems {
        if let Place::Spec(span) = problem.place {
            assert!(text.get(span.start..span.end).is_some(), "{problem:?}");
        }
    }
    let Ok(once) = format(text, syntax, syntax) else {
        return;
    };
    assert_eq!(format(&once, syntax, syntax).as_ref(), Ok(&once));
    let other = match syntax {
        Syntax::Impulse => Syntax::Yaml,
        Syntax::Yaml => Syntax::Impulse,
    };
    if let Ok(converted) = format(text, syntax, other) {
        let (found, problems) = parse(&converted, other);
        assert!(problems.is_empty(), "{problems:?} in {converted:?}");
        assert_eq!(found, parse(text, syntax).0, "{converted:?}");
    }
}

/// Reads a network, writes and reads it again, plans it, and computes it before and after the passes.
pub fn network(bytes: &[u8]) {
    let graph = match tflite::read(bytes) {
        Ok(graph) => graph,
        Err(problems) => return assert!(!problems.is_empty()),
    };
    assert_eq!(graph.validate(), Ok(()));
    // Not the graphs are compared but their bytes: a constant may hold what is no number.
    if let Ok(written) = tflite::write(&graph) {
        let again = tflite::read(&written).expect("what was written is read");
        assert_eq!(tflite::write(&again).as_ref(), Ok(&written));
    }
    if graph.tensors.iter().map(|t| t.len()).sum::<usize>() > MACS_MAX as usize {
        return;
    }
    let Ok(program) = prepare(&graph) else {
        if let Ok(float) = Float::new(&graph) {
            float.run(&[0.5]);
        }
        return;
    };
    if program.steps.iter().map(|step| step.call.macs()).sum::<u64>() > MACS_MAX {
        return;
    }
    let arena = Arena::new(&program, &graph);
    for buffer in &arena.buffers {
        assert!(buffer.offset + buffer.bytes <= arena.bytes);
    }
    let mut before = Int8::new(&graph).expect("it was prepared");
    let mut after = Int8::new(&passes::run_int8(graph)).expect("passes keep what can run");
    for seed in [1_u8, 77] {
        let bytes = (0..before.input_len()).map(|i| seed.wrapping_mul((i as u8) | 1).cast_signed());
        let input: Vec<i8> = bytes.collect();
        assert_eq!(before.run(&input), after.run(&input));
    }
}
