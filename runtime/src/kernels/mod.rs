//! The int8 kernels: TFLite's operators on one sample (batch 1), in TFLite's memory order.
//!
//! A kernel takes its resolved parameters (a struct that can be built in a `const`), its
//! operands, and its output. Slices must have exactly the lengths that the parameters say; the
//! preparation of a graph on the host guarantees it, and a kernel never reads or writes outside
//! of them. No kernel allocates or needs scratch memory. Each has a twin of the same name in C
//! (`impulse_kernels.h`) that computes the same bits.

mod add;
pub mod arena;
mod avg_pool2d;
mod column_depthwise_conv2d;
mod concatenation;
mod conv2d;
mod depthwise_conv2d;
mod fully_connected;
mod gemm;
mod helium;
mod helium_addition;
mod helium_conv2d;
mod helium_depthwise_conv2d;
mod helium_fully_connected;
mod helium_square_depthwise_conv2d;
mod history;
mod lag;
mod lookup;
mod max_pool2d;
mod mean;
mod mul;
mod packed_conv2d;
mod packed_fully_connected;
mod packed_rows;
mod pad;
mod planar_depthwise_conv2d;
mod quad_fully_connected;
mod relu;
mod softmax;
mod triple;
mod triple_conv2d;

pub use add::{Add, AddOperand, add, add_in_place};
pub use avg_pool2d::avg_pool2d;
pub use column_depthwise_conv2d::{ColumnDepthwiseConv2d, column_depthwise_conv2d};
pub use concatenation::{Concatenation, concatenation};
pub use conv2d::{Conv2d, conv2d};
pub use depthwise_conv2d::depthwise_conv2d;
pub use fully_connected::{FullyConnected, fully_connected};
pub use gemm::{GEMM_LINEAR, GEMM_TWICE, Gemm};
pub use helium_addition::{adds_on_helium, helium_addition, helium_addition_in_place};
pub use helium_conv2d::{HeliumConv2d, helium_conv2d};
pub use helium_depthwise_conv2d::{HELIUM_TAPS, HeliumDepthwiseConv2d, helium_depthwise_conv2d};
pub use helium_fully_connected::{HeliumFullyConnected, helium_fully_connected};
pub use helium_square_depthwise_conv2d::{
    HeliumSquareDepthwiseConv2d, helium_square_depthwise_conv2d,
};
pub use history::{History, history};
pub use lookup::{Lookup, RESULTS, lookup, lookup_in_place};
pub use max_pool2d::{Pool2d, max_pool2d};
pub use mean::{Mean, mean};
pub use mul::{Mul, mul, mul_in_place};
pub use packed_conv2d::{PackedConv2d, Places, packed_conv2d};
pub use packed_fully_connected::packed_fully_connected;
pub use packed_rows::{PackedRows, packed_rows};
pub use pad::{Pad, pad};
pub use planar_depthwise_conv2d::{PlanarDepthwiseConv2d, planar_depthwise_conv2d};
pub use quad_fully_connected::{QuadFullyConnected, quad_fully_connected};
pub use relu::{Relu, relu, relu_in_place};
pub use softmax::{EXPONENTIALS_MAX, Softmax, softmax, softmax_in_place};
pub use triple::{TRIPLE_LINEAR, TRIPLE_TWICE, Triple};
pub use triple_conv2d::{TripleConv2d, triple_conv2d};
