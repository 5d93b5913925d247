//! The ways in which a file is made malformed. Each class takes a sound file and gives any number
//! of broken ones; most of them are the weaknesses that readers of this format had in public.

use crate::places::File;

/// A class of malformed files.
pub struct Class {
    pub name: &'static str,
    pub make: fn(&File) -> Vec<File>,
    /// Whether a file of the class may be harmless, with the outputs of the sound one.
    pub may_be_harmless: bool,
}

const fn class(name: &'static str, make: fn(&File) -> Vec<File>) -> Class {
    Class {
        name,
        make,
        may_be_harmless: false,
    }
}

const fn harmless(name: &'static str, make: fn(&File) -> Vec<File>) -> Class {
    Class {
        name,
        make,
        may_be_harmless: true,
    }
}

pub const CLASSES: &[Class] = &[
    class("truncated", truncated),
    class("wrong file identifier", |f| {
        patches(f, (4..8).collect(), &[b"X", b"\0"])
    }),
    class("wrong version", |f| {
        numbers(f, f.field(f.model(), 0), &[0, 2, 4, -1])
    }),
    class("root outside of the file", |f| {
        numbers(f, Some(0), &[-1, i32::MAX, f.bytes.len() as i32])
    }),
    class("offset outside of the file", offsets),
    class("vector longer than the file", lengths),
    class("broken list of fields", vtables),
    class("no subgraph", |f| numbers(f, f.vector(f.model(), 2), &[0])),
    class("stride of zero or less", |f| {
        options(
            f,
            |c| match c {
                3 | 4 | 1 | 17 => &[1, 2],
                _ => &[],
            },
            &[0, -1, i32::MIN],
        )
    }),
    harmless("stride that fits no shape", |f| {
        options(
            f,
            |c| match c {
                3 | 4 => &[1],
                _ => &[],
            },
            &[1000, i32::MAX],
        )
    }),
    class("dilation of zero or less", |f| {
        options(
            f,
            |c| match c {
                3 => &[4, 5],
                4 => &[5, 6],
                _ => &[],
            },
            &[0, -3],
        )
    }),
    class("pooling window of zero or less", |f| {
        options(
            f,
            |c| match c {
                1 | 17 => &[3, 4],
                _ => &[],
            },
            &[0, -1],
        )
    }),
    class("wrong depth multiplier", |f| {
        options(
            f,
            |c| match c {
                4 => &[3],
                _ => &[],
            },
            &[-1, 7, i32::MAX],
        )
    }),
    class("unknown padding", |f| {
        option_bytes(f, |c| matches!(c, 1 | 3 | 4 | 17).then_some(0), &[2, 255])
    }),
    class("unknown activation", |f| {
        option_bytes(f, activation_field, &[4, 5, 200])
    }),
    harmless("options of another operator", |f| {
        let places = operator_fields(f, 3);
        patches(f, places, &[&[99], &[33], &[255]])
    }),
    class("softmax factor that is no positive number", |f| {
        options_of(
            f,
            |c| if c == 25 { &[0] } else { &[] },
            &FLOATS.map(f32::to_le_bytes),
        )
    }),
    class("operator input out of range", |f| {
        numbers_at(f, ids(f, 1), &[9999, i32::MAX, i32::MIN + 1])
    }),
    class("operator output out of range", |f| {
        numbers_at(f, ids(f, 2), &[9999, -1, i32::MAX])
    }),
    class("no operands", |f| {
        vector_lengths(f, f.operators(), &[1, 2], &[0])
    }),
    class("network input or output out of range", |f| {
        let sub = f.subgraph();
        let places = [f.elements(sub, 1, 4), f.elements(sub, 2, 4)].concat();
        numbers_at(f, places, &[9999, -1, i32::MIN])
    }),
    class("no input or output", |f| {
        vector_lengths(f, vec![f.subgraph()], &[1, 2], &[0])
    }),
    class("operator code out of range", |f| {
        numbers_at(f, operator_fields(f, 0), &[77, -1])
    }),
    class("unsupported operator", |f| {
        let places: Vec<usize> = f
            .codes()
            .into_iter()
            .filter_map(|c| f.field(c, 3))
            .collect();
        numbers_at(f, places, &[121, 149, 9999])
    }),
    class("buffer out of range", |f| {
        numbers_at(f, tensor_fields(f, 2, |f, t| f.is_constant(t)), &[9999, -1])
    }),
    class("no buffer", |f| {
        numbers_at(f, tensor_fields(f, 2, |f, t| f.is_constant(t)), &[0])
    }),
    class("buffer too short", buffers_short),
    class("data outside of the model", |f| {
        tables(f, &f.elements(f.model(), 4, 4), |at| {
            vec![
                vec![
                    (0, offset_bytes(f, at)),
                    (1, 4096_u64.to_le_bytes().to_vec()),
                ],
                vec![(2, 64_u64.to_le_bytes().to_vec())],
            ]
        })
    }),
    class("negative or no dimension", |f| {
        numbers_at(f, dimensions(f), &[0, -1, i32::MIN])
    }),
    class("huge dimension", |f| {
        numbers_at(f, dimensions(f), &[0x7fff_ffff, 0x1000_0001])
    }),
    class("more memory than there is", |f| {
        exhausting(f, &[1 << 26, 1 << 27, 1 << 28])
    }),
    harmless("dimensions missing", |f| {
        vector_lengths(
            f,
            tensors_where(f, |f, t| f.elements(t, 0, 4).len() > 1),
            &[0],
            &[0, 1],
        )
    }),
    class("axis out of range", axes),
    class("negative or huge margin", |f| {
        let places = f.operands(1, |c| c == 34 || c == 60);
        let places = places
            .into_iter()
            .filter_map(|t| f.data(t))
            .flat_map(|at| [at + 8, at + 12]);
        numbers_at(f, places.collect(), &[-1, i32::MAX, 1 << 20])
    }),
    class("shape of a reshape that is not its output's", |f| {
        let places = f
            .operands(1, |c| c == 22)
            .into_iter()
            .filter_map(|t| f.data(t))
            .collect();
        numbers_at(f, places, &[0, -2, 12345])
    }),
    class("missing quantization", |f| {
        tables(f, &quantizations(f), |_| vec![vec![]])
    }),
    class("scale of zero, infinite or no number", |f| {
        let places = quantized(f, 2, 4).into_iter().step_by(3).collect();
        patches(
            f,
            places,
            &FLOATS
                .each_ref()
                .map(|x| x.to_le_bytes())
                .each_ref()
                .map(|b| &b[..]),
        )
    }),
    class("zero point out of range", |f| {
        let wide = [128_i64, -129, 1 << 40, i64::MIN].map(i64::to_le_bytes);
        let places = tensors_where(f, |f, t| !f.is_constant(t));
        let places = places.into_iter().filter_map(|t| f.quantization(t));
        let places = places.flat_map(|q| f.elements(q, 3, 8)).collect();
        patches(f, places, &wide.each_ref().map(|b| &b[..]))
    }),
    class("zero point of convolution weights", |f| {
        let places = f.operands(1, |c| c == 3 || c == 4);
        let places = places.into_iter().filter_map(|t| f.quantization(t));
        patches(
            f,
            places.flat_map(|q| f.elements(q, 3, 8)).take(2).collect(),
            &[&[3], &[200]],
        )
    }),
    class("fewer scales than channels", |f| {
        let weights = f.operands(1, |c| matches!(c, 3 | 4 | 9));
        let many = weights.into_iter().filter_map(|t| f.quantization(t));
        let many = many.filter(|q| f.elements(*q, 2, 4).len() > 2);
        vector_lengths(f, many.collect(), &[2], &[0, 2])
    }),
    class("fewer zero points than scales", |f| {
        let all = tensors_where(f, |f, t| f.quantization(t).is_some());
        vector_lengths(
            f,
            all.into_iter().filter_map(|t| f.quantization(t)).collect(),
            &[3],
            &[0],
        )
    }),
    class("channels of another dimension", |f| {
        let weights = f.operands(1, |c| matches!(c, 3 | 4));
        let many = weights.into_iter().filter_map(|t| f.quantization(t));
        let many = many.filter(|q| f.elements(*q, 2, 4).len() > 1);
        numbers_at(
            f,
            many.filter_map(|q| f.field(q, 6)).collect(),
            &[2, 17, -1],
        )
    }),
    harmless("bias with the weights' dimension of channels", |f| {
        let biases = f.operands(2, |c| matches!(c, 3 | 4 | 9));
        let many = biases.into_iter().filter_map(|t| f.field(t, 4));
        let with_dimension = |at: usize| {
            let q = f.follow(at);
            let scales = f.vector(q, 2).unwrap();
            let zero_points = f.vector(q, 3).unwrap();
            move |table: usize| {
                vec![
                    (
                        2,
                        ((scales as i64 - table as i64) as i32)
                            .to_le_bytes()
                            .to_vec(),
                    ),
                    (
                        3,
                        ((zero_points as i64 - table as i64) as i32)
                            .to_le_bytes()
                            .to_vec(),
                    ),
                    (6, 3_i32.to_le_bytes().to_vec()),
                ]
            }
        };
        many.map(|at| biased(f, at, with_dimension(at))).collect()
    }),
    class("bias of another length", |f| {
        let biases = f.operands(2, |c| matches!(c, 3 | 4 | 9));
        let mut made = Vec::new();
        for tensor in biases {
            let (dimension, data) = (f.elements(tensor, 0, 4)[0], f.data(tensor).unwrap());
            let n = f.i32(dimension);
            if n > 1 {
                let fewer = f.with(dimension, &(n - 1).to_le_bytes());
                made.push(fewer.with(data - 4, &(4 * (n - 1)).to_le_bytes()));
            }
        }
        made
    }),
    class("another type of values", |f| {
        let places = f
            .tensors()
            .into_iter()
            .filter_map(|t| f.field(t, 1))
            .collect();
        patches(f, places, &[&[1], &[3], &[4], &[7], &[17], &[99], &[255]])
    }),
    class("two producers of a value", |f| {
        let outputs = ids(f, 2);
        let input = f.elements(f.subgraph(), 1, 4)[0];
        let over_input = f.bytes[input..input + 4].to_vec();
        let mut made = patches(f, outputs.clone(), &[&over_input]);
        if let [first, .., last] = outputs[..] {
            let id = f.bytes[first..first + 4].to_vec();
            made.push(f.with(last, &id));
        }
        made
    }),
    class("a constant is written", |f| {
        let constant = f.tensors().iter().position(|t| f.is_constant(*t));
        constant.map_or_else(Vec::new, |id| numbers_at(f, ids(f, 2), &[id as i32]))
    }),
    class("a constant for output", |f| {
        let constant = f.tensors().iter().position(|t| f.is_constant(*t));
        let outputs = f.elements(f.subgraph(), 2, 4);
        constant.map_or_else(Vec::new, |id| numbers_at(f, outputs, &[id as i32]))
    }),
    class("a value depends on itself", |f| {
        let operators = f.operators().into_iter();
        let made = operators.filter_map(|op| {
            let output = *f.elements(op, 2, 4).first()?;
            let id = f.bytes[output..output + 4].to_vec();
            Some(f.with(*f.elements(op, 1, 4).first()?, &id))
        });
        made.collect()
    }),
    class("computed weights", |f| {
        let input = f.i32(f.elements(f.subgraph(), 1, 4)[0]);
        let operators = f
            .operators()
            .into_iter()
            .filter(|op| matches!(f.code(*op), 3 | 4 | 9));
        let slots = operators.flat_map(|op| f.elements(op, 1, 4).into_iter().skip(1));
        numbers_at(f, slots.collect(), &[input])
    }),
    class("a computed tensor that is a constant's, too", |f| {
        let entries = f.elements(f.subgraph(), 0, 4);
        let Some(constant) = f.tensors().into_iter().find(|t| f.is_constant(*t)) else {
            return Vec::new();
        };
        let computed = entries.iter().filter(|at| !f.is_constant(f.follow(**at)));
        let made = computed.map(|at| f.with(*at, &((constant - at) as u32).to_le_bytes()));
        made.collect()
    }),
    class("custom quantization", |f| {
        tables(f, &quantizations(f), |at| {
            vec![vec![(2, offset_bytes(f, at)), (4, vec![1])]]
        })
    }),
    class("code with an unaligned table", |f| {
        let places = f.elements(f.model(), 1, 4);
        let moved = places.iter().map(|at| (f.u32(*at) + 2).to_le_bytes());
        places
            .iter()
            .zip(moved)
            .map(|(at, to)| f.with(*at, &to))
            .collect()
    }),
];

const FLOATS: [f32; 5] = [0.0, -0.5, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];

fn patches(f: &File, places: Vec<usize>, values: &[&[u8]]) -> Vec<File> {
    let each = |at: usize| values.iter().map(move |value| (at, *value));
    let all = places.into_iter().flat_map(each);
    // A patch that changes nothing makes no malformed file.
    let changed = all.filter(|(at, value)| f.bytes[*at..at + value.len()] != **value);
    changed.map(|(at, value)| f.with(at, value)).collect()
}

fn numbers_at(f: &File, places: Vec<usize>, values: &[i32]) -> Vec<File> {
    let values: Vec<[u8; 4]> = values.iter().map(|v| v.to_le_bytes()).collect();
    patches(
        f,
        places,
        &values.iter().map(|v| &v[..]).collect::<Vec<_>>(),
    )
}

fn numbers(f: &File, place: Option<usize>, values: &[i32]) -> Vec<File> {
    numbers_at(f, place.into_iter().collect(), values)
}

fn truncated(f: &File) -> Vec<File> {
    let n = f.bytes.len();
    let ends = (0..8).chain((1..16).map(|i| n * i / 16)).chain([n - 4]);
    ends.map(|end| File {
        bytes: f.bytes[..end].to_vec(),
    })
    .collect()
}

/// Offsets of the larger parts, led to where nothing is.
fn offsets(f: &File) -> Vec<File> {
    let (model, sub) = (f.model(), f.subgraph());
    let mut places: Vec<usize> = [1, 2, 4]
        .into_iter()
        .filter_map(|i| f.field(model, i))
        .collect();
    places.extend([0, 1, 2, 3].into_iter().filter_map(|i| f.field(sub, i)));
    places.extend(f.elements(model, 2, 4));
    places.extend(f.elements(sub, 0, 4));
    places.extend(f.elements(sub, 3, 4));
    numbers_at(f, places, &[0x7fff_0000, f.bytes.len() as i32, -8])
}

fn lengths(f: &File) -> Vec<File> {
    let (model, sub) = (f.model(), f.subgraph());
    let mut places: Vec<usize> = [1, 2, 4]
        .into_iter()
        .filter_map(|i| f.vector(model, i))
        .collect();
    places.extend([0, 1, 2, 3].into_iter().filter_map(|i| f.vector(sub, i)));
    places.extend(
        f.tensors()
            .into_iter()
            .flat_map(|t| [0, 3].map(|i| f.vector(t, i)))
            .flatten(),
    );
    numbers_at(f, places, &[-1, 0x4000_0001])
}

fn vtables(f: &File) -> Vec<File> {
    let tables = [f.model(), f.subgraph()]
        .into_iter()
        .chain(f.operators())
        .chain(f.tensors());
    let mut made = Vec::new();
    for table in tables.take(6) {
        let back = f.i32(table);
        made.extend(numbers(f, Some(table), &[i32::MAX, i32::MIN, back + 1]));
        let vtable = f.vtable(table);
        made.extend(patches(f, vec![vtable], &[&[0xff, 0xff], &[5, 0]]));
        made.extend(patches(f, vec![vtable + 2], &[&[0xff, 0xff], &[1, 0]]));
    }
    made
}

/// The places of the options of the operators, by code.
fn options_of(f: &File, fields: fn(i32) -> &'static [usize], values: &[[u8; 4]]) -> Vec<File> {
    let mut places = Vec::new();
    for operator in f.operators() {
        if let Some(options) = f.field(operator, 4).map(|at| f.follow(at)) {
            places.extend(
                fields(f.code(operator))
                    .iter()
                    .filter_map(|i| f.field(options, *i)),
            );
        }
    }
    patches(
        f,
        places,
        &values.iter().map(|v| &v[..]).collect::<Vec<_>>(),
    )
}

fn options(f: &File, fields: fn(i32) -> &'static [usize], values: &[i32]) -> Vec<File> {
    let values: Vec<[u8; 4]> = values.iter().map(|v| v.to_le_bytes()).collect();
    options_of(f, fields, &values)
}

/// Options of a byte, one field for each code.
fn option_bytes(f: &File, field: fn(i32) -> Option<usize>, values: &[u8]) -> Vec<File> {
    let mut places = Vec::new();
    for operator in f.operators() {
        let options = f.field(operator, 4).map(|at| f.follow(at));
        let field = field(f.code(operator));
        places.extend(
            options
                .zip(field)
                .and_then(|(options, i)| f.field(options, i)),
        );
    }
    let values: Vec<[u8; 1]> = values.iter().map(|v| [*v]).collect();
    patches(
        f,
        places,
        &values.iter().map(|v| &v[..]).collect::<Vec<_>>(),
    )
}

fn activation_field(code: i32) -> Option<usize> {
    match code {
        3 => Some(3),
        4 => Some(4),
        1 | 17 => Some(5),
        9 | 0 | 18 => Some(0),
        2 => Some(1),
        _ => None,
    }
}

fn operator_fields(f: &File, field: usize) -> Vec<usize> {
    f.operators()
        .into_iter()
        .filter_map(|op| f.field(op, field))
        .collect()
}

/// The places of all operators' inputs (field 1) or outputs (2).
fn ids(f: &File, field: usize) -> Vec<usize> {
    f.operators()
        .into_iter()
        .flat_map(|op| f.elements(op, field, 4))
        .collect()
}

fn tensors_where(f: &File, of: fn(&File, usize) -> bool) -> Vec<usize> {
    f.tensors().into_iter().filter(|t| of(f, *t)).collect()
}

fn tensor_fields(f: &File, field: usize, of: fn(&File, usize) -> bool) -> Vec<usize> {
    tensors_where(f, of)
        .into_iter()
        .filter_map(|t| f.field(t, field))
        .collect()
}

/// Files in which vectors of these tables have another length.
fn vector_lengths(f: &File, tables: Vec<usize>, fields: &[usize], values: &[i32]) -> Vec<File> {
    let places = tables
        .into_iter()
        .flat_map(|t| fields.iter().filter_map(move |i| f.vector(t, *i)));
    let places: Vec<usize> = places.collect();
    let mut made = Vec::new();
    for at in places {
        let shorter: Vec<i32> = values.iter().copied().filter(|n| *n < f.i32(at)).collect();
        made.extend(numbers_at(f, vec![at], &shorter));
    }
    made
}

/// The offsets that lead to the quantization of computed int8 tensors.
fn quantizations(f: &File) -> Vec<usize> {
    tensor_fields(f, 4, |f, t| !f.is_constant(t))
}

/// Elements of the quantizations of int8 tensors.
fn quantized(f: &File, field: usize, size: usize) -> Vec<usize> {
    let int8 = tensors_where(f, |f, t| f.field(t, 1).is_some_and(|at| f.bytes[at] == 9));
    let tables = int8.into_iter().filter_map(|t| f.quantization(t));
    tables.flat_map(|q| f.elements(q, field, size)).collect()
}

type Fields = Vec<(usize, Vec<u8>)>;

/// Files in which the offsets at `places` lead to tables of their own.
fn tables(f: &File, places: &[usize], with: impl Fn(usize) -> Vec<Fields>) -> Vec<File> {
    let made = places.iter().flat_map(|at| {
        with(*at)
            .into_iter()
            .map(move |fields| f.with_table(*at, &fields))
    });
    made.collect()
}

/// Stands where an offset to a part of the old table would stand, which no reader gets to.
fn offset_bytes(_: &File, _: usize) -> Vec<u8> {
    vec![0; 4]
}

/// A file in which the quantization at `at` is a table at the end, whose fields lead back.
fn biased(f: &File, at: usize, fields: impl Fn(usize) -> Fields) -> File {
    // Offsets count forward only, so what the new table refers to is copied behind it.
    let q = f.follow(at);
    let (scales, points) = (f.vector(q, 2).unwrap(), f.vector(q, 3).unwrap());
    let copy = |start: usize, size: usize| {
        let len = 4 + size * f.u32(start) as usize;
        let mut bytes = f.bytes[start..start + len].to_vec();
        bytes.resize(len.next_multiple_of(8), 0);
        bytes
    };
    let numbers: Vec<usize> = fields(0).iter().map(|(field, _)| *field).collect();
    let empty: Fields = numbers
        .iter()
        .map(|i| (*i, 3_i32.to_le_bytes().to_vec()))
        .collect();
    let mut made = f.with_table(at, &empty);
    let table = made.follow(at);
    let scales_at = made.bytes.len();
    made.bytes.extend(copy(scales, 4));
    // Zero points of eight bytes are aligned behind their length of four.
    made.bytes.extend([0; 4]);
    let points_at = made.bytes.len();
    made.bytes.extend(copy(points, 8));
    for (field, to) in [(2, scales_at), (3, points_at)] {
        let place = made.field(table, field).unwrap();
        made = made.with(place, &((to - place) as u32).to_le_bytes());
    }
    made
}

fn dimensions(f: &File) -> Vec<usize> {
    f.tensors()
        .into_iter()
        .flat_map(|t| f.elements(t, 0, 4))
        .collect()
}

fn buffers_short(f: &File) -> Vec<File> {
    let constants = tensors_where(f, |f, t| f.is_constant(t));
    let places: Vec<usize> = constants.into_iter().filter_map(|t| f.data(t)).collect();
    let mut made = Vec::new();
    for at in places {
        let n = f.i32(at - 4);
        made.extend(numbers(f, Some(at - 4), &[n - 1, n / 2, 1]));
    }
    made
}

/// The last dimension of every tensor is `n`.
fn exhausting(f: &File, values: &[i32]) -> Vec<File> {
    let last: Vec<usize> = f
        .tensors()
        .iter()
        .filter_map(|t| f.elements(*t, 0, 4).pop())
        .collect();
    let each = |n: &i32| {
        last.iter()
            .fold(f.clone(), |f, at| f.with(*at, &n.to_le_bytes()))
    };
    values.iter().map(each).collect()
}

/// Axes of reductions, joints and inserted dimensions.
fn axes(f: &File) -> Vec<File> {
    let constants = f.operands(1, |c| c == 40 || c == 70);
    let places = constants.into_iter().filter_map(|t| f.data(t)).collect();
    let mut made = numbers_at(f, places, &[7, -9, i32::MAX, i32::MIN]);
    made.extend(options(
        f,
        |c| if c == 2 { &[0] } else { &[] },
        &[7, -9, i32::MIN],
    ));
    for operator in f.operators().into_iter().filter(|op| f.code(*op) == 43) {
        let squeezed = f
            .field(operator, 4)
            .map(|at| f.elements(f.follow(at), 0, 4));
        made.extend(numbers_at(f, squeezed.unwrap_or_default(), &[0, 9, -9]));
    }
    made
}
