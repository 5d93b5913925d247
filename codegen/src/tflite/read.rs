//! Reading: from the bytes of a `.tflite` file to a [`Graph`].

use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::graph::{
    DType, Graph, OPERANDS_MAX, Operator, Quantization, Tensor, TensorData, TensorId,
};

use super::attributes::Tensors;
use super::options::{self, Refused};
use super::schema::{self, builtin, tensor_type};
use super::view::{Damaged, Table, Vector};

/// Most dimensions of a tensor.
pub const RANK_MAX: usize = 8;
/// Most tensors or operators.
pub const PARTS_MAX: usize = 1 << 12;

/// The network in the bytes of a `.tflite` file. Tensor `i` of the graph is tensor `i` of the
/// file; the constants that only say an output's shape or a reduction's axes are not operands of
/// the graph's operators, and vanish where nothing comes after them.
///
/// # Errors
/// Every operator, option and tensor type that is not supported, by name and index; or what is
/// wrong with the bytes; or what [`Graph::validate`] finds.
pub fn read(bytes: &[u8]) -> Result<Graph, Vec<Diagnostic>> {
    let mut reader = Reader {
        budget: bytes.len().saturating_mul(16),
        problems: Vec::new(),
    };
    let mut graph = reader
        .model(bytes)
        .map_err(|damaged| vec![damaged_file(damaged.0)])?;
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    graph.validate()?;
    drop_trailing(&mut graph);
    Ok(graph)
}

fn damaged_file(what: &str) -> Diagnostic {
    let message = format!("expected a TensorFlow Lite model, found {what} broken or cut off");
    Diagnostic::general(codes::TFLITE_DAMAGED, message)
        .hint("get the file again, or convert the network again")
}

struct Reader {
    /// Bytes that may still be decoded. Parts of a file may be shared, but not so often that a
    /// small file fills the memory.
    budget: usize,
    problems: Vec<Diagnostic>,
}

/// An operator's code and, for a custom one, its name.
struct Code {
    builtin: i32,
    custom: String,
}

impl Reader {
    fn model(&mut self, bytes: &[u8]) -> Result<Graph, Damaged> {
        let has_identifier = bytes.get(4..8) == Some(schema::IDENTIFIER.as_bytes());
        if !has_identifier {
            return Err(Damaged("the mark of such a file"));
        }
        let model = Table::root(bytes)?;
        let version = model.u32(schema::model::VERSION, "the version")?;
        if version != schema::VERSION {
            let message = format!(
                "expected version {} of the format, found {version}",
                schema::VERSION
            );
            self.problems
                .push(Diagnostic::general(codes::TFLITE_DAMAGED, message));
        }
        let codes = self.operator_codes(&model)?;
        let buffers = model.vector(schema::model::BUFFERS, 4, "the buffers")?;
        self.spend(buffers.len(), "the buffers")?;
        let buffers = buffers.tables().collect::<Result<Vec<_>, _>>()?;
        let mut subgraphs = model
            .vector(schema::model::SUBGRAPHS, 4, "the subgraphs")?
            .tables();
        let Some(subgraph) = subgraphs.next() else {
            return Err(Damaged("the subgraphs"));
        };
        let n_more = subgraphs.count();
        if n_more > 0 {
            let message = format!("expected one subgraph, found {}", n_more + 1);
            self.problems
                .push(Diagnostic::general(codes::TFLITE_OPERATOR, message));
        }
        let mut graph = self.subgraph(&subgraph?, &codes, &buffers)?;
        graph.input_scales = self.input_scales(&model, &buffers)?;
        Ok(graph)
    }

    /// What a file of this program says about its features; that of others says nothing.
    fn input_scales(
        &mut self,
        model: &Table<'_>,
        buffers: &[Table<'_>],
    ) -> Result<Vec<f32>, Damaged> {
        const WHAT: &str = "the metadata";
        let entries = model.vector(schema::model::METADATA, 4, WHAT)?;
        self.spend(entries.len(), WHAT)?;
        for entry in entries.tables() {
            let entry = entry?;
            if entry.vector(schema::metadata::NAME, 1, WHAT)?.bytes()
                != schema::INPUT_SCALES.as_bytes()
            {
                continue;
            }
            let buffer = entry.u32(schema::metadata::BUFFER, WHAT)? as usize;
            let buffer = buffers.get(buffer).ok_or(Damaged(WHAT))?;
            let bytes = buffer.vector(schema::buffer::DATA, 1, WHAT)?.bytes();
            self.spend(bytes.len(), WHAT)?;
            let (words, rest) = bytes.as_chunks::<4>();
            let scales: Vec<f32> = words.iter().map(|w| f32::from_le_bytes(*w)).collect();
            // A power of two: its products are exact.
            let sound = |s: &f32| s.is_normal() && *s > 0.0 && s.to_bits().trailing_zeros() >= 23;
            if !rest.is_empty() || !scales.iter().all(sound) {
                return Err(Damaged(WHAT));
            }
            return Ok(scales);
        }
        Ok(Vec::new())
    }

    fn operator_codes(&mut self, model: &Table<'_>) -> Result<Vec<Code>, Damaged> {
        use schema::operator_code::{BUILTIN, CUSTOM, DEPRECATED_BUILTIN};
        const WHAT: &str = "the operator codes";
        let tables = model.vector(schema::model::OPERATOR_CODES, 4, WHAT)?;
        self.spend(tables.len(), WHAT)?;
        let mut codes = Vec::with_capacity(tables.len());
        for table in tables.tables() {
            let table = table?;
            // Codes up to 126 may stand in the old field alone; the larger of the two holds.
            let old = i32::from(table.i8(DEPRECATED_BUILTIN, 0, WHAT)?);
            let builtin = table.i32(BUILTIN, 0, WHAT)?.max(old);
            codes.push(Code {
                builtin,
                custom: self.string(&table, CUSTOM, WHAT)?,
            });
        }
        Ok(codes)
    }

    fn subgraph(
        &mut self,
        subgraph: &Table<'_>,
        codes: &[Code],
        buffers: &[Table<'_>],
    ) -> Result<Graph, Damaged> {
        use schema::subgraph::{INPUTS, NAME, OPERATORS, OUTPUTS, TENSORS};
        let mut graph = Graph {
            name: self.string(subgraph, NAME, "its name")?,
            ..Graph::default()
        };
        let tensors = subgraph.vector(TENSORS, 4, "the tensors")?;
        let tensors = self.limited(tensors, PARTS_MAX, "the tensors")?;
        for (idx, table) in tensors.tables().enumerate() {
            let tensor = self.tensor(idx, &table?, buffers)?;
            graph.tensors.push(tensor);
        }
        graph.inputs = self.ids(subgraph.vector(INPUTS, 4, "the inputs")?, "the inputs")?;
        graph.outputs = self.ids(subgraph.vector(OUTPUTS, 4, "the outputs")?, "the outputs")?;
        let operators = subgraph.vector(OPERATORS, 4, "the operators")?;
        let operators = self.limited(operators, PARTS_MAX, "the operators")?;
        for (idx, table) in operators.tables().enumerate() {
            let operator = self.operator(idx, &table?, codes, &graph)?;
            graph.operators.extend(operator);
        }
        Ok(graph)
    }

    fn tensor(
        &mut self,
        idx: usize,
        table: &Table<'_>,
        buffers: &[Table<'_>],
    ) -> Result<Tensor, Damaged> {
        use schema::tensor::{
            BUFFER, EXTERNAL_BUFFER, IS_VARIABLE, NAME, QUANTIZATION, SHAPE, SPARSITY, TYPE,
        };
        const WHAT: &str = "a tensor";
        let name = self.string(table, NAME, WHAT)?;
        let shape = self
            .limited(table.vector(SHAPE, 4, WHAT)?, RANK_MAX, WHAT)?
            .i32s();
        let shape: Vec<usize> = shape
            .into_iter()
            .map(|d| usize::try_from(d).unwrap_or(0))
            .collect();
        let code = table.i8(TYPE, tensor_type::FLOAT32, WHAT)?;
        let dtype = match code {
            tensor_type::FLOAT32 => DType::F32,
            tensor_type::INT32 => DType::I32,
            tensor_type::INT8 => DType::I8,
            other => {
                let names = schema::TENSOR_TYPES;
                let found = usize::try_from(other).ok().and_then(|code| names.get(code));
                self.refuse_tensor(idx, &name, found.unwrap_or(&"another type"));
                DType::I8
            }
        };
        if table.has(SPARSITY) {
            self.refuse_tensor(idx, &name, "sparse data");
        }
        if table.u8(IS_VARIABLE, 0, WHAT)? != 0 {
            self.refuse_tensor(idx, &name, "a variable");
        }
        let buffer = table.u32(BUFFER, WHAT)? as usize;
        let buffer = buffers
            .get(buffer)
            .ok_or(Damaged("the buffer of a tensor"))?;
        let outside = buffer.u64(schema::buffer::OFFSET, WHAT)? > 1
            || buffer.u64(schema::buffer::SIZE, WHAT)? > 1;
        if outside || table.u32(EXTERNAL_BUFFER, WHAT)? != 0 {
            self.refuse_tensor(idx, &name, "data outside of the model");
        }
        let quantization = match table.table(QUANTIZATION, WHAT)? {
            Some(found) => self.quantization(idx, &name, &shape, &found)?,
            None => None,
        };
        let data = buffer.vector(schema::buffer::DATA, 1, "the data of a tensor")?;
        self.spend(data.len(), "the data of a tensor")?;
        if !data.len().is_multiple_of(dtype.bytes()) {
            return Err(Damaged("the data of a tensor"));
        }
        let data = (data.len() > 0).then(|| constant(dtype, data.bytes()));
        Ok(Tensor {
            name,
            shape,
            dtype,
            quantization,
            data,
        })
    }

    fn quantization(
        &mut self,
        idx: usize,
        name: &str,
        shape: &[usize],
        table: &Table<'_>,
    ) -> Result<Option<Quantization>, Damaged> {
        use schema::quantization::{DETAILS_TYPE, DIMENSION, SCALE, ZERO_POINT};
        const WHAT: &str = "the quantization of a tensor";
        if table.u8(DETAILS_TYPE, 0, WHAT)? != 0 {
            self.refuse_tensor(idx, name, "a custom quantization");
        }
        let scales = table.vector(SCALE, 4, WHAT)?;
        let zero_points = table.vector(ZERO_POINT, 8, WHAT)?;
        self.spend(scales.len() * 4 + zero_points.len() * 8, WHAT)?;
        let scales = scales.f32s();
        if scales.is_empty() {
            return Ok(None);
        }
        // Where there are none, all are 0.
        if table.has(ZERO_POINT) && zero_points.len() != scales.len() {
            return Err(Damaged(WHAT));
        }
        let mut points = zero_points.i64s().into_iter().map(i32::try_from);
        let mut zero_points = Vec::with_capacity(scales.len());
        for point in &mut points {
            zero_points.push(point.map_err(|_| Damaged(WHAT))?);
        }
        if zero_points.is_empty() {
            zero_points.resize(scales.len(), 0);
        }
        let axis = table.i32(DIMENSION, 0, WHAT)?;
        // Of a bias, whose only dimension is that of its channels, converters write the weights'.
        let axis = if scales.len() == 1 || (shape.len() == 1 && scales.len() == shape[0]) {
            0
        } else {
            usize::try_from(axis).unwrap_or(usize::MAX)
        };
        Ok(Some(Quantization {
            scales,
            zero_points,
            axis,
        }))
    }

    /// The operator, unless it is refused.
    fn operator(
        &mut self,
        idx: usize,
        table: &Table<'_>,
        codes: &[Code],
        graph: &Graph,
    ) -> Result<Option<Operator>, Damaged> {
        use schema::operator::{CODE, INPUTS, OPTIONS, OPTIONS_TYPE, OUTPUTS};
        const WHAT: &str = "an operator";
        let code = codes
            .get(table.u32(CODE, WHAT)? as usize)
            .ok_or(Damaged("an operator's code"))?;
        let inputs = self
            .limited(table.vector(INPUTS, 4, WHAT)?, OPERANDS_MAX, WHAT)?
            .i32s();
        // −1 stands for an optional input that is absent.
        let id = |id: i32| match usize::try_from(id) {
            Ok(id) => Ok(Some(id)),
            Err(_) if id == -1 => Ok(None),
            Err(_) => Err(Damaged("the inputs of an operator")),
        };
        let inputs: Result<Vec<Option<TensorId>>, Damaged> = inputs.into_iter().map(id).collect();
        let mut inputs = inputs?;
        let outputs = self.limited(table.vector(OUTPUTS, 4, WHAT)?, OPERANDS_MAX, WHAT)?;
        let outputs = self.ids(outputs, WHAT)?;
        let options = table.table(OPTIONS, "the options of an operator")?;
        let tensors = Tensors {
            graph,
            inputs: &inputs,
            outputs: &outputs,
        };
        let found_type = table.u8(OPTIONS_TYPE, 0, WHAT)?;
        let found = options::kind(code.builtin, found_type, options, &tensors);
        let kind = match found {
            Ok(kind) => kind,
            Err(Refused::Damaged(damaged)) => return Err(damaged),
            Err(Refused::Unsupported(why)) => {
                let name = options::operator_name(code.builtin, &code.custom);
                let message = format!("operator {idx} ({name}) is not supported: {why}");
                let hint = "replace it by layers that are supported, and convert again";
                let refused = Diagnostic::general(codes::TFLITE_OPERATOR, message).hint(hint);
                self.problems.push(refused);
                return Ok(None);
            }
        };
        // The operands of the graph: a missing bias is there as None, shapes and axes are not.
        match code.builtin {
            builtin::CONV_2D | builtin::DEPTHWISE_CONV_2D | builtin::FULLY_CONNECTED => {
                inputs.resize(inputs.len().max(3), None);
            }
            builtin::RESHAPE | builtin::MEAN | builtin::PAD | builtin::EXPAND_DIMS => {
                inputs.truncate(1);
            }
            builtin::PADV2 if inputs.len() > 1 => {
                inputs.remove(1);
            }
            _ => {}
        }
        Ok(Some(Operator {
            kind,
            inputs,
            outputs,
        }))
    }

    fn refuse_tensor(&mut self, idx: usize, name: &str, found: &str) {
        let message = format!(
            "tensor {idx} ('{name}'): expected int8, int32 or float32 values, found {found}"
        );
        let hint = "convert the network with full int8 quantization, inputs and outputs included";
        self.problems
            .push(Diagnostic::general(codes::TFLITE_TENSOR, message).hint(hint));
    }

    fn ids(&mut self, vector: Vector<'_>, what: &'static str) -> Result<Vec<TensorId>, Damaged> {
        self.spend(vector.len() * 4, what)?;
        vector
            .i32s()
            .into_iter()
            .map(|id| usize::try_from(id).map_err(|_| Damaged(what)))
            .collect()
    }

    fn string(
        &mut self,
        table: &Table<'_>,
        field: u16,
        what: &'static str,
    ) -> Result<String, Damaged> {
        self.spend(table.vector(field, 1, what)?.len(), what)?;
        // Names are shown in a terminal: whatever could command it is replaced.
        Ok(table
            .string(field, what)?
            .replace(char::is_control, "\u{fffd}"))
    }

    fn limited<'a>(
        &mut self,
        vector: Vector<'a>,
        most: usize,
        what: &'static str,
    ) -> Result<Vector<'a>, Damaged> {
        if vector.len() > most {
            return Err(Damaged(what));
        }
        self.spend(vector.len() * 4, what)?;
        Ok(vector)
    }

    fn spend(&mut self, n_bytes: usize, what: &'static str) -> Result<(), Damaged> {
        self.budget = self.budget.checked_sub(n_bytes).ok_or(Damaged(what))?;
        Ok(())
    }
}

fn constant(dtype: DType, bytes: &[u8]) -> TensorData {
    let (words, _) = bytes.as_chunks::<4>();
    match dtype {
        DType::I8 => TensorData::I8(bytes.iter().map(|b| b.cast_signed()).collect()),
        DType::I32 => TensorData::I32(words.iter().map(|w| i32::from_le_bytes(*w)).collect()),
        DType::F32 => TensorData::F32(words.iter().map(|w| f32::from_le_bytes(*w)).collect()),
    }
}

/// Drops the tensors after the last one that is used: the writer puts its own helpers there.
fn drop_trailing(graph: &mut Graph) {
    let by_operators = graph
        .operators
        .iter()
        .flat_map(|op| op.inputs.iter().flatten().chain(&op.outputs));
    let last = by_operators
        .chain(&graph.inputs)
        .chain(&graph.outputs)
        .max();
    graph.tensors.truncate(last.map_or(0, |last| last + 1));
}
