//! Makes a [`Plan`].

use impulse_runtime::bytes::f32_len_for;
use impulse_runtime::decide::DecideState;
use impulse_runtime::stream::FramesState;

use super::{Arena, Item, ItemKind, NetworkPlan, Plan, StepCost};
use crate::board::{Board, Cpu, FirmwareBuffer};
use crate::cost::{self, code};
use crate::features::layout::ArrayKind;
use crate::features::{DeviceArgs, Part};
use crate::kernel_args::{Call, Program, Step, prepare_for};
use crate::pipeline::Pipeline;

pub(super) fn plan(pipeline: &Pipeline, board: &Board) -> Plan {
    let program = prepare_for(&pipeline.graph, board.cpu).ok();
    let arena = program
        .as_ref()
        .map(|p| Arena::new(p, &pipeline.graph))
        .unwrap_or_default();
    let args = DeviceArgs::new(pipeline).ok();
    let steps = program.as_ref().map_or(&[][..], |p| &p.steps);
    Plan {
        ram: ram(
            args.as_ref(),
            &arena,
            board.firmware(&pipeline.window.sensor).0,
        ),
        stack_bytes: stack_bytes(program.as_ref(), args.as_ref(), board.cpu),
        flash: flash(pipeline, args.as_ref(), steps, board),
        steps: costs(pipeline, args.as_ref(), steps, &arena, board.cpu),
        clock_hz: board.clock_hz,
        cycles_per_instruction: cost::cycles_per_instruction(board.cpu),
        arena,
    }
}

/// The emitted state, field by field with its padding, and the board's buffers.
fn ram(args: Option<&DeviceArgs>, arena: &Arena, buffers: &[FirmwareBuffer]) -> Vec<Item> {
    let mut items = Vec::new();
    let mut add = |kind, name: &str, bytes: usize| {
        items.push(Item {
            name: name.to_owned(),
            kind,
            bytes: bytes as u64,
        });
    };
    if let Some(args) = args {
        let layout = &args.layout;
        let work = 4 * layout.scratch_len().max(f32_len_for(arena.bytes));
        let states = layout.streams.len() * size_of::<FramesState>();
        let words = states + size_of::<DecideState>() + size_of::<i32>();
        let mut arrays = 0;
        for array in layout.arrays() {
            let bytes = array.len * array.element.bytes();
            let (kind, name) = match array.kind {
                ArrayKind::Samples(stream) => match layout.streams[stream].frames.n_frames {
                    1 => (ItemKind::Samples, "samples of a window".to_owned()),
                    _ => (ItemKind::Samples, "samples of a frame".to_owned()),
                },
                ArrayKind::Features(_) if layout.parts.len() == 1 => {
                    (ItemKind::Features, "features of a window".to_owned())
                }
                ArrayKind::Features(part) => {
                    let name = format!("{} of a window", layout.parts[part].name);
                    (ItemKind::Features, name)
                }
                ArrayKind::Input => (ItemKind::Features, "input of the network".to_owned()),
            };
            arrays += bytes;
            add(kind, &name, bytes);
        }
        // The history, the scores, their averages, whether a result is ready, and which streams
        // have their part of it.
        let scores =
            (args.average_results + 2) * args.n_labels + 1 + usize::from(layout.keeps_input());
        let padding = (arrays + scores).next_multiple_of(4) - (arrays + scores);
        add(
            ItemKind::Work,
            "work: features and activations in turn",
            work,
        );
        add(
            ItemKind::State,
            "stream, scores and decisions",
            words + scores + padding,
        );
    }
    for buffer in buffers {
        let (name, bytes) = (buffer.name.clone(), buffer.bytes);
        items.push(Item {
            name,
            kind: ItemKind::BoardBuffers,
            bytes,
        });
    }
    items
}

/// A bound: twice the deepest chain of frames as gcc reports them, for compilers that spill more.
fn stack_bytes(program: Option<&Program>, args: Option<&DeviceArgs>, cpu: Cpu) -> u64 {
    let frames = program
        .iter()
        .flat_map(|p| &p.steps)
        .map(|s| cost::footprint(&s.call, cpu).stack_bytes);
    let parts = args.iter().flat_map(|a| &a.layout.parts);
    let blocks = parts.map(|part| part.tables.device().stack_bytes());
    let deepest = frames.chain(blocks).max().unwrap_or(0);
    (2 * (deepest + cost::INTERFACE_STACK_BYTES)).next_multiple_of(64)
}

fn flash(
    pipeline: &Pipeline,
    args: Option<&DeviceArgs>,
    steps: &[Step],
    board: &Board,
) -> Vec<Item> {
    let (mut items, mut kernels) = constants(steps, board.cpu, |at, step| {
        let layer = layer(pipeline, at, step);
        if layer.is_empty() {
            step.name.clone()
        } else {
            layer
        }
    });
    let mut add = |kind, name: String, bytes: u64| {
        if bytes > 0 {
            items.push(Item { name, kind, bytes });
        }
    };
    if let Some(args) = args {
        for (part, quantize) in args.layout.parts.iter().zip(&args.quantize) {
            let device = part.tables.device();
            let scaling = part.scaling(quantize);
            let by_column = scaling.map_or(quantize.table_bytes(), |s| s.table_bytes());
            let tables = (device.flash_bytes() + by_column) as u64;
            add(ItemKind::Tables, format!("tables of {}", part.name), tables);
            for (name, bytes) in device.code(board.cpu) {
                if !kernels.iter().any(|(known, _)| *known == name) {
                    kernels.push((name, bytes));
                }
            }
        }
        for code in fixed_rows_code(&args.layout.parts) {
            kernels.push(code.on(board.cpu));
        }
        for code in rows_code(&args.layout.parts) {
            let (name, bytes) = code.on(board.cpu);
            if !kernels.iter().any(|(known, _)| *known == name) {
                kernels.push((name, bytes));
            }
        }
        let parameters: usize = args
            .layout
            .parts
            .iter()
            .map(|part| part.tables.device().parameter_bytes())
            .sum();
        // Rows and place of each block beside the first.
        let parameters = parameters + 40 * (args.layout.parts.len() - 1);
        let labels = pipeline.labels.iter();
        let names: usize = labels.map(|l| 4 + aligned(l.len() + 1)).sum();
        let fixed = cost::FIXED_PARAMETER_BYTES + (parameters + aligned(args.n_labels)) as u64;
        let name = "parameters of features and decision".to_owned();
        add(ItemKind::Parameters, name, fixed);
        add(
            ItemKind::Parameters,
            "names of the labels".to_owned(),
            names as u64,
        );
    }
    let n_calls = steps.iter().filter(|s| !matches!(s.call, Call::Alias));
    let n_blocks = args.map_or(0, |args| args.layout.parts.len());
    let interface = cost::interface_code_bytes(n_calls.count(), n_blocks);
    let mut parts = args.iter().flat_map(|args| &args.layout.parts);
    let (library, division) = match parts.all(|part| part.tables.is_fixed()) {
        true => (code::INTEGER_LIBRARY, code::INTEGER_DIVISION),
        false => (code::LIBRARY, code::WITHOUT_DIVISION),
    };
    let fixed = [
        code::STREAM.on(board.cpu),
        ("interface", interface),
        library.on(board.cpu),
    ];
    let division = (board.cpu == Cpu::CortexM0).then(|| division.on(board.cpu));
    for (name, bytes) in kernels.into_iter().chain(fixed).chain(division) {
        add(ItemKind::Code, format!("code of {name}"), bytes);
    }
    let name = "firmware of the board".to_owned();
    let (_, firmware_bytes) = board.firmware(&pipeline.window.sensor);
    add(ItemKind::BoardCode, name, firmware_bytes);
    items
}

/// What brings rows of blocks in integers to the network's input.
fn fixed_rows_code(parts: &[Part]) -> Vec<cost::fixed::Code> {
    let fixed = || parts.iter().filter(|part| part.tables.is_fixed());
    let mut all = Vec::new();
    if fixed().any(|part| part.normalize.is_some()) {
        all.push(cost::fixed::NORMALIZE);
    }
    if fixed().any(|part| part.deltas.is_some()) {
        all.push(cost::fixed::DELTAS);
    }
    if fixed().any(|part| part.normalize.is_none()) {
        all.push(cost::fixed::ROWS);
    }
    all
}

/// What brings rows of those in float there.
fn rows_code(parts: &[Part]) -> Vec<code::Code> {
    let mut floats = parts.iter().filter(|part| !part.tables.is_fixed());
    let mut all = Vec::new();
    let waits = |normalized: bool| {
        let mut floats = floats.clone();
        floats.any(|part| part.normalize.is_some() == normalized)
    };
    if waits(false) {
        all.push(code::ROWS);
    }
    if waits(true) {
        all.extend([code::NORMALIZE, code::INVERSE_SQRT]);
    }
    if floats.clone().any(|part| part.deltas.is_some()) {
        all.push(code::DELTAS);
    }
    if floats.next().is_some() {
        all.push(code::QUANTIZE);
    }
    all
}

/// What each step, of the name that `name` says, keeps in flash, and the code of the kernels, each once.
fn constants(
    steps: &[Step],
    cpu: Cpu,
    name: impl Fn(usize, &Step) -> String,
) -> (Vec<Item>, Vec<(&'static str, u64)>) {
    let (mut items, mut kernels) = (Vec::new(), Vec::new());
    let mut add = |kind, name: String, bytes: u64| {
        if bytes > 0 {
            items.push(Item { name, kind, bytes });
        }
    };
    for (at, step) in steps.iter().enumerate() {
        let footprint = cost::footprint(&step.call, cpu);
        let name = name(at, step);
        add(
            ItemKind::Weights,
            format!("weights of {name}"),
            weight_bytes(&step.call),
        );
        add(
            ItemKind::Parameters,
            format!("parameters of {name}"),
            footprint.params_bytes + rescaling_bytes(&step.call),
        );
        add(
            ItemKind::Tables,
            format!("table of {name}"),
            table_bytes(&step.call),
        );
        let own = (step.call.kernel(), footprint.code_bytes);
        for code in [own].into_iter().chain(cost::shared_code(&step.call, cpu)) {
            if !kernels.contains(&code) {
                kernels.push(code);
            }
        }
    }
    (items, kernels)
}

pub(super) fn network(program: &Program, cpu: Cpu) -> NetworkPlan {
    let (mut flash, kernels) = constants(&program.steps, cpu, |_, step| step.name.clone());
    let calls: Vec<&Call> = program.steps.iter().map(|step| &step.call).collect();
    let calls: Vec<&Call> = calls
        .into_iter()
        .filter(|call| !matches!(call, Call::Alias))
        .collect();
    let interface = [(
        "the interface and the library",
        cost::network_code_bytes(&calls, cpu),
    )];
    flash.extend(
        kernels
            .into_iter()
            .chain(interface)
            .map(|(name, bytes)| Item {
                name: format!("code of {name}"),
                kind: ItemKind::Code,
                bytes,
            }),
    );
    NetworkPlan {
        flash,
        stack_bytes: stack_bytes(Some(program), None, cpu),
        instructions: calls
            .iter()
            .map(|call| cost::call_instructions(call, cpu))
            .sum(),
    }
}

/// Bytes of an array or text that the next one is aligned behind.
fn aligned(bytes: usize) -> usize {
    bytes.next_multiple_of(4)
}

/// Weights and biases; where they are packed, with the rescaling between them.
fn weight_bytes(call: &Call) -> u64 {
    let plain = call.constants();
    let packed = call.packed();
    let plain = plain.map_or(0, |c| aligned(c.weights.len()) + 4 * c.bias.len());
    (plain + packed.map_or(0, |c| 4 * c.stream.len())) as u64
}

fn rescaling_bytes(call: &Call) -> u64 {
    call.constants().map_or(0, |c| {
        (4 * c.multipliers.len() + aligned(c.shifts.len())) as u64
    })
}

fn table_bytes(call: &Call) -> u64 {
    match call {
        Call::Softmax(_, table) => 4 * table.len() as u64,
        Call::Lookup(_, table) => table.len() as u64,
        call => aligned(call.constant_operand().map_or(0, <[i8]>::len)) as u64,
    }
}

/// The features of one stride, then the network.
fn costs(
    pipeline: &Pipeline,
    args: Option<&DeviceArgs>,
    steps: &[Step],
    arena: &Arena,
    cpu: Cpu,
) -> Vec<StepCost> {
    let mut costs = Vec::new();
    if let Some(args) = args {
        costs.extend(args.layout.parts.iter().map(|p| feature_cost(args, p, cpu)));
        let parts = args.layout.parts.iter();
        let instructions = parts.map(|p| normalize_instructions(p, cpu));
        costs.push(StepCost {
            name: "normalize".to_owned(),
            operator: "normalize".to_owned(),
            layer: String::new(),
            ram_bytes: args.n_features() as u64,
            macs: args.n_features() as u64,
            instructions: instructions.sum(),
            flash_bytes: 0,
        });
    }
    let computing = steps.iter().enumerate();
    let computing = computing.filter(|(_, step)| !matches!(step.call, Call::Alias));
    costs.extend(computing.map(|(at, step)| StepCost {
        name: step.name.clone(),
        operator: pipeline.graph.operators[at].kind.name().to_owned(),
        layer: layer(pipeline, at, step),
        ram_bytes: arena.live_bytes(at) as u64,
        macs: step.call.macs(),
        instructions: cost::call_instructions(&step.call, cpu),
        flash_bytes: weight_bytes(&step.call)
            + rescaling_bytes(&step.call)
            + table_bytes(&step.call),
    }));
    costs
}

/// Instructions that bring a window of `part` to the network's input.
fn normalize_instructions(part: &Part, cpu: Cpu) -> u64 {
    let deltas = part.deltas;
    if part.tables.is_fixed() {
        let differences = deltas.map_or(0, |deltas| {
            cost::fixed::deltas_instructions(deltas, part.len(), cpu)
        });
        return cost::fixed::normalize_instructions(part.normalize, part.len(), cpu) + differences;
    }
    cost::normalize_instructions(part.normalize, part.len(), cpu)
        + deltas.map_or(0, |deltas| {
            cost::deltas_instructions(deltas, part.len(), cpu)
        })
}

/// A feature block's rows of one stride.
fn feature_cost(args: &DeviceArgs, part: &Part, cpu: Cpu) -> StepCost {
    let device = part.tables.device();
    let frames = args.layout.streams[part.stream].frames;
    let rows = frames.stride_samples as f64 / frames.hop_samples.max(1) as f64;
    let store = match part.tables.is_fixed() {
        true => cost::fixed::store_instructions(part.normalize, part.n_columns),
        false => cost::store_instructions(part.n_columns, cpu),
    };
    let row = device.instructions(cpu) + store;
    // Samples are handed over once, however many blocks look at them.
    let first = args
        .layout
        .parts
        .iter()
        .position(|p| p.stream == part.stream);
    let is_first = first.is_some_and(|i| args.layout.parts[i].name == part.name);
    let samples = match is_first {
        true => frames.stride_samples as u64 * cost::SAMPLE_INSTRUCTIONS,
        false => 0,
    };
    StepCost {
        name: part.name.clone(),
        operator: part.name.clone(),
        layer: String::new(),
        ram_bytes: 4 * device.scratch_len() as u64,
        macs: (device.macs() as f64 * rows) as u64,
        instructions: (row as f64 * rows) as u64 + samples,
        flash_bytes: device.flash_bytes() as u64,
    }
}

/// The node of the network that operator `at` comes from. Lowering names tensors after nodes,
/// `conv1d_1` and `conv1d_1.weight`, and a pass may have put another node's result behind it.
fn layer(pipeline: &Pipeline, at: usize, step: &Step) -> String {
    let tensors = &pipeline.graph.tensors;
    let operands = pipeline.graph.operators.get(at).map(|op| &op.inputs);
    let weights = operands
        .and_then(|inputs| *inputs.get(1)?)
        .filter(|id| tensors[*id].is_constant());
    let name = &tensors[weights.unwrap_or(step.output)].name;
    name.split('.').next().unwrap_or_default().to_owned()
}
