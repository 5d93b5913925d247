//! Graphs built operator by operator.

use impulse_ir::graph::{
    Conv2d, DType, Graph, Operator, OperatorKind, Pool2d, Quantization, Tensor, TensorData,
    TensorId,
};
use impulse_ir::network::{Activation, Padding};

/// A graph under construction, with numbers from a generator of its own.
pub struct Build {
    pub graph: Graph,
    state: u32,
}

impl Build {
    /// A graph with an input of this shape.
    pub fn new(shape: &[usize], seed: u32) -> Self {
        let mut build = Build {
            graph: Graph::default(),
            state: seed,
        };
        let input = build.activations(shape);
        build.graph.inputs = vec![input];
        build
    }

    /// Knuth's linear congruential generator.
    pub fn below(&mut self, limit: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        (self.state >> 8) as usize % limit
    }

    pub fn shape(&self, id: TensorId) -> Vec<usize> {
        self.graph.tensors[id].shape.clone()
    }

    pub fn tensor(
        &mut self,
        shape: &[usize],
        dtype: DType,
        scales: &[f32],
        data: Option<TensorData>,
    ) -> TensorId {
        let id = self.graph.tensors.len();
        let quantization = Quantization {
            scales: scales.to_vec(),
            zero_points: vec![0; scales.len()],
            axis: 0,
        };
        self.graph.tensors.push(Tensor {
            name: format!("t{id}"),
            shape: shape.to_vec(),
            dtype,
            quantization: Some(quantization),
            data,
        });
        id
    }

    pub fn activations(&mut self, shape: &[usize]) -> TensorId {
        self.tensor(shape, DType::I8, &[0.05], None)
    }

    pub fn operator(
        &mut self,
        kind: OperatorKind,
        inputs: &[TensorId],
        shape: &[usize],
    ) -> TensorId {
        let output = self.activations(shape);
        let inputs = inputs.iter().map(|&id| Some(id)).collect();
        self.graph.operators.push(Operator {
            kind,
            inputs,
            outputs: vec![output],
        });
        output
    }

    /// A pointwise convolution of `[1, h, w, c]` to `filters` channels.
    pub fn conv(&mut self, input: TensorId, filters: usize) -> TensorId {
        let [_, h, w, c] = self.shape(input)[..] else {
            panic!("four dimensions")
        };
        let weights = (0..filters * c).map(|_| self.below(255) as i8).collect();
        let scales = vec![0.01; filters];
        let weights = self.tensor(
            &[filters, 1, 1, c],
            DType::I8,
            &scales,
            Some(TensorData::I8(weights)),
        );
        let bias = TensorData::I32((0..filters as i32).map(|i| 50 * i).collect());
        let bias = self.tensor(&[filters], DType::I32, &scales, Some(bias));
        let options = Conv2d {
            stride: [1, 1],
            dilation: [1, 1],
            padding: Padding::Same,
            activation: Activation::None,
        };
        self.operator(
            OperatorKind::Conv2d(options),
            &[input, weights, bias],
            &[1, h, w, filters],
        )
    }

    pub fn max_pool(&mut self, input: TensorId) -> TensorId {
        let [_, h, w, c] = self.shape(input)[..] else {
            panic!("four dimensions")
        };
        let options = Pool2d {
            size: [2, 2],
            stride: [2, 2],
            padding: Padding::Same,
            activation: Activation::None,
        };
        let shape = [1, h.div_ceil(2), w.div_ceil(2), c];
        self.operator(OperatorKind::MaxPool2d(options), &[input], &shape)
    }

    pub fn relu(&mut self, input: TensorId) -> TensorId {
        let shape = self.shape(input);
        self.operator(OperatorKind::Relu, &[input], &shape)
    }

    pub fn add(&mut self, a: TensorId, b: TensorId) -> TensorId {
        let shape = self.shape(a);
        self.operator(
            OperatorKind::Add {
                activation: Activation::Relu,
            },
            &[a, b],
            &shape,
        )
    }

    /// There and back again under another shape: two operators.
    pub fn reshape_twice(&mut self, input: TensorId) -> TensorId {
        let shape = self.shape(input);
        let flat = self.operator(
            OperatorKind::Reshape,
            &[input],
            &[1, shape.iter().product()],
        );
        self.operator(OperatorKind::Reshape, &[flat], &shape)
    }

    pub fn softmax(&mut self, input: TensorId) -> TensorId {
        let shape = self.shape(input);
        let output = self.operator(OperatorKind::Softmax { beta: 1.0 }, &[input], &shape);
        let quantization = Quantization {
            scales: vec![1.0 / 256.0],
            zero_points: vec![-128],
            axis: 0,
        };
        self.graph.tensors[output].quantization = Some(quantization);
        output
    }

    /// The graph with this output.
    pub fn finish(mut self, output: TensorId) -> Graph {
        self.graph.outputs = vec![output];
        self.graph
    }
}

/// A graph of some twenty operators whose operands are drawn from everything computed before.
pub fn random(seed: u32) -> Graph {
    let mut b = Build::new(&[1, 4, 3, 5], seed);
    let mut known = vec![b.graph.inputs[0]];
    for _ in 0..12 + b.below(12) {
        // Mostly recent values, so that lifetimes differ.
        let at = known.len() - 1 - b.below(known.len().min(4));
        let input = known[at];
        let made = match b.below(7) {
            0 | 1 => {
                let filters = 1 + b.below(9);
                b.conv(input, filters)
            }
            2 => b.max_pool(input),
            3 => b.relu(input),
            4 => b.reshape_twice(input),
            _ => {
                let shape = b.shape(input);
                let same: Vec<_> = known
                    .iter()
                    .copied()
                    .filter(|&id| b.shape(id) == shape)
                    .collect();
                let other = same[b.below(same.len())];
                b.add(input, other)
            }
        };
        known.push(made);
    }
    let last = known[known.len() - 1];
    let output = b.softmax(last);
    b.finish(output)
}
