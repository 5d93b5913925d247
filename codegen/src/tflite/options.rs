//! From the builtin code and options of an operator in the file to [`OperatorKind`].

use impulse_ir::graph::{Conv2d, OperatorKind, Pool2d};
use impulse_ir::network::{Activation, Padding};

use super::attributes::Tensors;
use super::read::RANK_MAX;
use super::schema::{self, builtin, options_type};
use super::view::{Damaged, Table};

/// Why an operator cannot be taken.
pub enum Refused {
    /// The bytes are wrong.
    Damaged(Damaged),
    /// It, or one of its options, has no kernel here; what was found.
    Unsupported(String),
}

impl From<Damaged> for Refused {
    fn from(damaged: Damaged) -> Self {
        Refused::Damaged(damaged)
    }
}

/// TFLite's name of a builtin code.
pub fn operator_name(code: i32, custom: &str) -> String {
    if code == builtin::CUSTOM {
        return format!("CUSTOM '{custom}'");
    }
    let known = usize::try_from(code)
        .ok()
        .and_then(|code| schema::OPERATORS.get(code));
    known.map_or_else(|| format!("builtin {code}"), ToString::to_string)
}

/// The member of the union of options that belongs to an operator, where its options matter.
fn options_type_of(code: i32) -> Option<u8> {
    Some(match code {
        builtin::CONV_2D => options_type::CONV_2D,
        builtin::DEPTHWISE_CONV_2D => options_type::DEPTHWISE_CONV_2D,
        builtin::MAX_POOL_2D | builtin::AVERAGE_POOL_2D => options_type::POOL_2D,
        builtin::FULLY_CONNECTED => options_type::FULLY_CONNECTED,
        builtin::SOFTMAX => options_type::SOFTMAX,
        builtin::CONCATENATION => options_type::CONCATENATION,
        builtin::ADD => options_type::ADD,
        builtin::MUL => options_type::MUL,
        builtin::RESHAPE => options_type::RESHAPE,
        builtin::MEAN => options_type::REDUCER,
        builtin::SQUEEZE => options_type::SQUEEZE,
        _ => return None,
    })
}

/// The kind of the operator with builtin `code`, with what its constant tensors say. The union
/// `options` is of the member `found_type`.
pub fn kind(
    code: i32,
    found_type: u8,
    options: Option<Table<'_>>,
    tensors: &Tensors<'_>,
) -> Result<OperatorKind, Refused> {
    if let (Some(expected), Some(_)) = (options_type_of(code), &options)
        && expected != found_type
    {
        return Err(Refused::Unsupported(format!(
            "options of kind {found_type}, expected {expected}"
        )));
    }
    let options = Options(options);
    Ok(match code {
        builtin::CONV_2D => {
            use schema::conv2d::{ACTIVATION, DILATION_H, DILATION_W, PADDING, STRIDE_H, STRIDE_W};
            OperatorKind::Conv2d(Conv2d {
                stride: [options.size(STRIDE_H, 0)?, options.size(STRIDE_W, 0)?],
                dilation: [options.size(DILATION_H, 1)?, options.size(DILATION_W, 1)?],
                padding: options.padding(PADDING)?,
                activation: options.activation(ACTIVATION)?,
            })
        }
        builtin::DEPTHWISE_CONV_2D => {
            use schema::depthwise::{
                ACTIVATION, DILATION_H, DILATION_W, MULTIPLIER, PADDING, STRIDE_H, STRIDE_W,
            };
            tensors.depth_multiplier(options.number(MULTIPLIER, 0)?)?;
            OperatorKind::DepthwiseConv2d(Conv2d {
                stride: [options.size(STRIDE_H, 0)?, options.size(STRIDE_W, 0)?],
                dilation: [options.size(DILATION_H, 1)?, options.size(DILATION_W, 1)?],
                padding: options.padding(PADDING)?,
                activation: options.activation(ACTIVATION)?,
            })
        }
        builtin::MAX_POOL_2D => OperatorKind::MaxPool2d(options.pool()?),
        builtin::AVERAGE_POOL_2D => OperatorKind::AvgPool2d(options.pool()?),
        builtin::FULLY_CONNECTED => {
            use schema::fully_connected::{ACTIVATION, WEIGHTS_FORMAT};
            if options.byte(WEIGHTS_FORMAT)? != 0 {
                return Err(Refused::Unsupported("shuffled weights".into()));
            }
            OperatorKind::FullyConnected {
                activation: options.activation(ACTIVATION)?,
            }
        }
        builtin::MEAN => OperatorKind::Mean {
            axes: tensors.reduced()?,
            keep_dims: options.byte(schema::reducer::KEEP_DIMS)? != 0,
        },
        builtin::ADD => OperatorKind::Add {
            activation: options.activation(schema::add::ACTIVATION)?,
        },
        builtin::MUL => OperatorKind::Mul {
            activation: options.activation(schema::mul::ACTIVATION)?,
        },
        builtin::PAD | builtin::PADV2 => OperatorKind::Pad {
            margins: tensors.margins()?,
        },
        builtin::CONCATENATION => {
            use schema::concatenation::{ACTIVATION, AXIS};
            if options.activation(ACTIVATION)? != Activation::None {
                return Err(Refused::Unsupported("a fused activation".into()));
            }
            OperatorKind::Concatenation {
                axis: tensors.joined(options.number(AXIS, 0)?)?,
            }
        }
        builtin::RESHAPE => {
            tensors.reshape(&options.numbers(schema::reshape::SHAPE)?)?;
            OperatorKind::Reshape
        }
        // Other names for the same bytes under another shape.
        builtin::EXPAND_DIMS => {
            tensors.expand_dims()?;
            OperatorKind::Reshape
        }
        builtin::SQUEEZE => {
            tensors.squeeze(&options.numbers(schema::squeeze::AXES)?)?;
            OperatorKind::Reshape
        }
        builtin::SOFTMAX => {
            let beta = match options.0 {
                Some(table) => table.f32(schema::softmax::BETA, 0.0, "the options of SOFTMAX")?,
                None => 1.0,
            };
            OperatorKind::Softmax { beta }
        }
        builtin::LOGISTIC => OperatorKind::Logistic,
        builtin::RELU => OperatorKind::Relu,
        builtin::RELU6 => OperatorKind::Relu6,
        builtin::RELU_N1_TO_1 => OperatorKind::ReluN1To1,
        builtin::QUANTIZE => OperatorKind::Quantize,
        builtin::DEQUANTIZE => OperatorKind::Dequantize,
        _ => return Err(Refused::Unsupported("no kernel".into())),
    })
}

/// The options of an operator; where they are absent, every field has its default.
struct Options<'a>(Option<Table<'a>>);

const OPTIONS: &str = "the options of an operator";

impl Options<'_> {
    fn byte(&self, field: u16) -> Result<u8, Damaged> {
        self.0.map_or(Ok(0), |table| table.u8(field, 0, OPTIONS))
    }

    fn number(&self, field: u16, default: i32) -> Result<i32, Damaged> {
        self.0
            .map_or(Ok(default), |table| table.i32(field, default, OPTIONS))
    }

    fn numbers(&self, field: u16) -> Result<Vec<i32>, Damaged> {
        let Some(table) = &self.0 else {
            return Ok(Vec::new());
        };
        let numbers = table.vector(field, 4, OPTIONS)?;
        if numbers.len() > RANK_MAX {
            return Err(Damaged(OPTIONS));
        }
        Ok(numbers.i32s())
    }

    /// A count; negative ones become 0, which the graph's own checks refuse.
    fn size(&self, field: u16, default: i32) -> Result<usize, Damaged> {
        Ok(usize::try_from(self.number(field, default)?).unwrap_or(0))
    }

    fn padding(&self, field: u16) -> Result<Padding, Refused> {
        match self.byte(field)? {
            0 => Ok(Padding::Same),
            1 => Ok(Padding::Valid),
            other => Err(Refused::Unsupported(format!("padding {other}"))),
        }
    }

    fn activation(&self, field: u16) -> Result<Activation, Refused> {
        match self.byte(field)? {
            0 => Ok(Activation::None),
            1 => Ok(Activation::Relu),
            2 => Ok(Activation::ReluN1To1),
            3 => Ok(Activation::Relu6),
            other => {
                let name = schema::ACTIVATIONS
                    .get(usize::from(other))
                    .unwrap_or(&"unknown");
                Err(Refused::Unsupported(format!("fused activation {name}")))
            }
        }
    }

    fn pool(&self) -> Result<Pool2d, Refused> {
        use schema::pool2d::{ACTIVATION, PADDING, SIZE_H, SIZE_W, STRIDE_H, STRIDE_W};
        Ok(Pool2d {
            size: [self.size(SIZE_H, 0)?, self.size(SIZE_W, 0)?],
            stride: [self.size(STRIDE_H, 0)?, self.size(STRIDE_W, 0)?],
            padding: self.padding(PADDING)?,
            activation: self.activation(ACTIVATION)?,
        })
    }
}
