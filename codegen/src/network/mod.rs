//! A network by itself, without feature blocks or decisions: int8 values in, int8 values out.
//!
//! The input is written into the arena and the outputs are read there, so that nothing is copied.
//! Of a network that runs incrementally (see [`impulse_ir::passes::incremental`]) the input is the new
//! rows, and the arena's end is kept from run to run.

mod rust;

use std::borrow::Cow;

use impulse_ir::Diagnostic;
use impulse_ir::board::Cpu;
use impulse_ir::diagnostic::codes;
use impulse_ir::graph::{Graph, TensorId};
use impulse_ir::passes;
use minijinja::{Value, context};
use quote::quote;

use crate::c::{fixed, steps, text};
use crate::model::{self, Net};
use crate::template::{c_header, origin_lines, render};
use crate::{File, Origin, escape};

/// A network resolved for emission by itself.
#[derive(Clone, Debug)]
pub struct Network<'g> {
    /// Its name.
    pub name: String,
    /// Prefix of everything global in C, name of the Rust crate.
    pub prefix: String,
    /// Its kernels and where activations lie.
    pub net: Net<'g>,
    /// Runs until every row of the first window has been given: 1 where the input is the window.
    pub n_runs: usize,
    input: Port,
    output: Port,
}

/// The input or the output.
#[derive(Clone, Copy, Debug)]
struct Port {
    len: usize,
    scale: f32,
    zero_point: i32,
}

impl<'g> Network<'g> {
    /// The network `graph` on `cpu`, whose input is a whole window.
    ///
    /// # Errors
    /// When it is not an int8 network of supported operators with one input and one output.
    pub fn new(name: &str, graph: &'g Graph, cpu: Cpu) -> Result<Self, Vec<Diagnostic>> {
        Self::of(name, Cow::Borrowed(graph), cpu, 1)
    }

    /// The same, run incrementally: the input is the `new_rows` of each window that the last one did
    /// not have.
    ///
    /// # Errors
    /// Those of [`Network::new`], and why it cannot run that way.
    pub fn incremental(
        name: &str,
        graph: &Graph,
        cpu: Cpu,
        new_rows: usize,
    ) -> Result<Self, Vec<Diagnostic>> {
        let streamed = passes::incremental(graph, new_rows).map_err(|reason| {
            let message = format!("the network cannot run on new rows alone: {reason}");
            vec![Diagnostic::general(codes::EMISSION, message)]
        })?;
        let rows = graph
            .inputs
            .first()
            .and_then(|id| graph.tensors[*id].shape.get(1));
        let n_runs = rows.map_or(1, |rows| rows.div_ceil(new_rows));
        Self::of(name, Cow::Owned(streamed), cpu, n_runs)
    }

    fn of(
        name: &str,
        graph: Cow<'g, Graph>,
        cpu: Cpu,
        n_runs: usize,
    ) -> Result<Self, Vec<Diagnostic>> {
        let net = Net::new(graph, cpu)?;
        Ok(Self {
            input: port(&net, net.program.input)?,
            output: port(&net, net.program.output)?,
            name: name.to_owned(),
            prefix: escape::prefix(name),
            net,
            n_runs,
        })
    }

    /// Size of the state, which is all RAM beside the stack.
    pub fn state_bytes(&self) -> usize {
        self.net.arena.bytes.next_multiple_of(4)
    }

    /// Values of the input of each run.
    pub fn input_len(&self) -> usize {
        self.input.len
    }

    /// Values of the output.
    pub fn output_len(&self) -> usize {
        self.output.len
    }

    /// The C library: `NAME.h`, `NAME.c` and the fixed C files that they need.
    ///
    /// # Errors
    /// When a template does not fill in.
    pub fn c(&self, origin: &Origin) -> Result<Vec<File>, Vec<Diagnostic>> {
        let values = self.values(origin);
        let header = render(include_str!("../../templates/network.h.jinja"), &values)?;
        let source = render(include_str!("../../templates/network.c.jinja"), &values)?;
        let mut files = fixed::needed(&format!("{header}\n{source}"), &self.net.kernels());
        files.push(File::text(format!("{}.h", self.prefix), header));
        files.push(File::text(format!("{}.c", self.prefix), source));
        Ok(files)
    }

    /// The `no_std` crate.
    ///
    /// # Errors
    /// When a template does not fill in.
    pub fn rust(&self, origin: &Origin) -> Result<Vec<File>, Vec<Diagnostic>> {
        let body = crate::rust::pretty(rust::items(self, &quote!(crate::runtime)))?;
        let runtime = crate::rust::vendor::runtime(&body)?;
        let values = context! {
            origin => origin_lines(origin),
            type_name => escape::type_name(&self.prefix),
            body,
            ..self.values(origin)
        };
        let mut files = vec![
            File::text(
                "Cargo.toml",
                render(include_str!("../../templates/Cargo.toml.jinja"), &values)?,
            ),
            File::text(
                "src/lib.rs",
                render(include_str!("../../templates/network.rs.jinja"), &values)?,
            ),
        ];
        files.extend(runtime);
        Ok(files)
    }

    /// What the templates fill in.
    fn values(&self, origin: &Origin) -> Value {
        let net = &self.net;
        context! {
            header => c_header(origin),
            name => escape::comment(&self.name),
            prefix => &self.prefix,
            upper => escape::constant(&self.prefix),
            abi => model::ABI,
            steps => steps::steps(net),
            n_inputs => self.input.len,
            n_outputs => self.output.len,
            n_runs => self.n_runs,
            state_bytes => self.state_bytes(),
            kept_bytes => net.arena.kept_bytes,
            input_offset => net.offset(net.program.input),
            output_offset => net.offset(net.program.output),
            input_scale => text::float(self.input.scale),
            input_zero_point => self.input.zero_point,
            output_scale => text::float(self.output.scale),
            output_zero_point => self.output.zero_point,
        }
    }
}

/// A port that `prepare` accepted: int8 with one scale.
fn port(net: &Net, tensor: TensorId) -> Result<Port, Vec<Diagnostic>> {
    let tensor = &net.graph.tensors[tensor];
    let quantization = tensor.quantization.as_ref();
    match quantization.map(|q| (q.scales.as_slice(), q.zero_points.as_slice())) {
        Some((&[scale], &[zero_point])) => Ok(Port {
            len: tensor.len(),
            scale,
            zero_point,
        }),
        _ => {
            let message = format!(
                "expected one scale of `{}`, found another number",
                tensor.name
            );
            Err(vec![Diagnostic::general(codes::EMISSION, message)])
        }
    }
}
