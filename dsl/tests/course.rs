//! The three networks of the reference course, word for word, with the number of weights that
//! Keras gives for each.

use impulse_dsl::{Syntax, compile, format};
use impulse_ir::network::{Activation, LayerKind, Network, Padding};
use impulse_ir::spec::NetworkSource;

/// The network of a spec whose features are 49 x 13 = 637 values, in both spellings the same.
fn network(layers: &str) -> Network {
    let text = format!(
        "impulse course\ndata \"clips\" {{ labels yes, no, unknown }}\n\
         window audio {{ rate 16 kHz, length 1 s }}\n\
         features mfcc {{ frame 32 ms every 20 ms, filters 32, coefficients 13 }}\n\
         network {{\n{layers}}}\n"
    );
    let layers = |text: &str, syntax| {
        let (spec, problems) = compile(text, syntax);
        assert!(problems.is_empty(), "{problems:?}");
        match spec.unwrap().network {
            NetworkSource::Layers(mut network) => {
                network
                    .nodes
                    .iter_mut()
                    .for_each(|n| n.span = Default::default());
                network
            }
            NetworkSource::File(path) => panic!("{path}"),
        }
    };
    let network = layers(&text, Syntax::Impulse);
    let yaml = format(&text, Syntax::Impulse, Syntax::Yaml).unwrap();
    assert_eq!(layers(&yaml, Syntax::Yaml), network);
    assert_eq!(network.input, [49, 13]);
    assert_eq!(network.output(), &[3]);
    network
}

fn shapes(network: &Network) -> Vec<&[usize]> {
    network.nodes.iter().map(|n| n.shape.as_slice()).collect()
}

#[test]
fn conv1d_of_8_and_16_filters() {
    let network = network(
        "  conv1d    8 filters, kernel 3, relu
           max_pool  2, stride 2, padding same
           dropout   25%
           conv1d    16 filters, kernel 3, relu
           max_pool  2, stride 2, padding same
           dropout   25%
           flatten
           dense     labels, softmax\n",
    );
    assert_eq!(network.n_weights(), 320 + 400 + 627);
    let expected: [&[usize]; 9] = [
        &[49, 8],
        &[25, 8],
        &[25, 8],
        &[25, 16],
        &[13, 16],
        &[13, 16],
        &[208],
        &[3],
        &[3],
    ];
    assert_eq!(shapes(&network), expected);
    assert_eq!(network.nodes[2].kind, LayerKind::Dropout(0.25));
}

#[test]
fn conv2d_of_8_and_16_filters() {
    let network = network(
        "  conv2d    8 filters, kernel 3, relu, max_norm 1, padding same
           max_pool  2, stride 2, padding same
           dropout   25%
           conv2d    16 filters, kernel 3, relu, max_norm 1, padding same
           max_pool  2, stride 2, padding same
           dropout   25%
           flatten
           dense     labels, softmax\n",
    );
    assert_eq!(network.n_weights(), 80 + 1168 + 2499);
    assert_eq!(
        network.nodes[0].shape,
        [49, 13, 1],
        "a picture of one channel"
    );
    let LayerKind::Conv2d(first) = &network.nodes[1].kind else {
        panic!("{:?}", network.nodes[1]);
    };
    assert_eq!((first.kernel, first.stride), ([3, 3], [1, 1]));
    assert_eq!((first.padding, first.max_norm), (Padding::Same, Some(1.0)));
    assert_eq!(first.activation, Activation::Relu);
    assert_eq!(network.nodes[2].shape, [25, 7, 8]);
}

#[test]
fn conv1d_of_30_and_10_neurons_on_637_features() {
    let network = network(
        "  flatten
           reshape   13 columns
           conv1d    30 neurons, kernel 5, relu
           max_pool  2
           dropout   25%
           conv1d    10 neurons, kernel 5, relu
           max_pool  2
           dropout   25%
           flatten
           dense     labels, softmax\n",
    );
    assert_eq!(network.nodes[0].shape, [637]);
    assert_eq!(network.nodes[1].shape, [49, 13]);
    assert_eq!(network.n_weights(), 1980 + 1510 + 393);
}
