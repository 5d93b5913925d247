use super::*;
use crate::diagnostic::codes;

const SPAN: Span = Span::new(3, 9);

fn conv(filters: usize, kernel: [usize; 2], stride: [usize; 2], padding: Padding) -> Conv {
    Conv {
        filters,
        kernel,
        stride,
        padding,
        activation: Activation::Relu,
        bias: true,
        max_norm: None,
    }
}

fn same(filters: usize, kernel: [usize; 2]) -> Conv {
    conv(filters, kernel, [1, 1], Padding::Same)
}

fn pool2() -> LayerKind {
    LayerKind::MaxPool(Pool {
        size: [2, 1],
        stride: [2, 1],
        padding: Padding::Same,
    })
}

fn dense(units: usize) -> LayerKind {
    LayerKind::Dense(Dense {
        units,
        activation: Activation::None,
        bias: true,
        max_norm: None,
    })
}

/// The shape after pushing `kinds`, or the first error.
fn shape(input: &[usize], kinds: Vec<LayerKind>) -> Result<Shape, (u16, String, Vec<String>)> {
    let mut builder = Builder::new(input.to_vec());
    for kind in kinds {
        builder.push(kind, SPAN).map_err(|d| {
            assert_eq!(d.place, crate::Place::Spec(SPAN));
            (
                d.code.0,
                d.message,
                d.hints.into_iter().map(|h| h.message).collect::<Vec<_>>(),
            )
        })?;
    }
    Ok(builder.shape().to_vec())
}

#[test]
fn the_small_keyword_network_has_1347_weights() {
    let mut b = Builder::new(vec![49, 13]);
    for kind in [
        LayerKind::Conv1d(same(8, [3, 1])),
        pool2(),
        LayerKind::Dropout(0.25),
        LayerKind::Conv1d(same(16, [3, 1])),
        pool2(),
        LayerKind::Dropout(0.25),
        LayerKind::Flatten,
        dense(3),
        LayerKind::Softmax,
    ] {
        b.push(kind, SPAN).unwrap();
    }
    let network = b.finish(SPAN).unwrap();
    assert_eq!(network.n_weights(), 1347);
    assert_eq!(network.nodes[4].shape, [13, 16]);
    assert_eq!(network.nodes[3].name, "conv1d_2");
    assert_eq!(network.output(), &[3]);
}

#[test]
fn two_dimensional_layers_get_a_channel() {
    let mut b = Builder::new(vec![49, 13]);
    b.push(
        LayerKind::Conv2d(conv(8, [10, 4], [2, 2], Padding::Same)),
        SPAN,
    )
    .unwrap();
    let network = b.finish(SPAN).unwrap();
    assert_eq!(network.nodes[0].kind, LayerKind::Reshape);
    assert_eq!(network.nodes[0].shape, [49, 13, 1]);
    assert_eq!(network.output(), &[25, 7, 8]);
}

#[test]
fn a_residual_adds_the_value_it_began_with() {
    let mut b = Builder::new(vec![20, 8]);
    let skip = b.current();
    b.push(LayerKind::Conv1d(same(8, [3, 1])), SPAN).unwrap();
    b.add(skip, Activation::Relu, SPAN).unwrap();
    assert_eq!(b.network().nodes[1].inputs, [0, 1]);
    b.push(LayerKind::Conv1d(same(4, [3, 1])), SPAN).unwrap();
    let error = b.add(skip, Activation::None, SPAN).unwrap_err();
    assert_eq!(error.code, codes::ADD_SHAPES);
    assert_eq!(
        error.hints[0].message,
        "give its last convolution 8 filters"
    );
}

#[test]
fn a_shape_that_does_not_fit_comes_with_one_that_does() {
    let check = |input: &[usize], kind, code, hint: &str| {
        let (found, message, hints) = shape(input, vec![kind]).unwrap_err();
        assert_eq!(found, code, "{message}");
        assert_eq!(hints, [hint], "{message}");
    };
    check(
        &[49, 13],
        dense(3),
        401,
        "put `flatten` or `global_avg_pool` before it",
    );
    let conv1 = LayerKind::Conv1d(same(8, [3, 1]));
    check(
        &[49, 13, 2],
        conv1.clone(),
        401,
        "put `reshape 49x26` before it",
    );
    check(&[637], conv1, 401, "put `reshape 637x1` before it");
    let wide = LayerKind::Conv1d(conv(8, [60, 1], [1, 1], Padding::Valid));
    check(
        &[49, 13],
        wide,
        402,
        "use `padding same`, or a kernel of at most 49",
    );
    let uneven = LayerKind::DepthwiseConv1d(same(20, [3, 1]));
    check(&[49, 13], uneven, 401, "26 filters would match");
}

#[test]
fn reshape_keeps_the_number_of_values() {
    let mut b = Builder::new(vec![637]);
    let error = b.reshape(&[50, 13], SPAN).unwrap_err();
    assert_eq!(
        error.message,
        "`reshape 50x13` has 650 values, expected 637 as in 637"
    );
    assert_eq!(error.hints[0].message, "`reshape 49x13` would match");
    b.reshape(&[49, 13], SPAN).unwrap();
    assert_eq!(b.shape(), [49, 13]);
    assert_eq!(b.reshape(&[0, 13], SPAN).unwrap_err().code, codes::RESHAPE);
}

#[test]
fn sizes_are_bounded() {
    let huge = LayerKind::Conv1d(same(usize::MAX, [3, 1]));
    assert_eq!(shape(&[49, 13], vec![huge]).unwrap_err().0, 406);
    let none = LayerKind::Conv1d(same(0, [3, 1]));
    assert_eq!(shape(&[49, 13], vec![none]).unwrap_err().0, 405);
    assert_eq!(
        shape(&[49, 13], vec![LayerKind::Dropout(1.0)])
            .unwrap_err()
            .0,
        405
    );
    assert_eq!(
        Builder::new(vec![4]).finish(SPAN).unwrap_err().code,
        codes::EMPTY_NETWORK
    );
}

#[test]
fn valid_and_same_follow_tensorflow() {
    for (padding, kernel, stride, expect) in [
        (Padding::Same, 3, 1, vec![49, 8]),
        (Padding::Same, 3, 2, vec![25, 8]),
        (Padding::Valid, 3, 1, vec![47, 8]),
        (Padding::Valid, 3, 2, vec![24, 8]),
        (Padding::Valid, 49, 1, vec![1, 8]),
    ] {
        let kind = LayerKind::Conv1d(conv(8, [kernel, 1], [stride, 1], padding));
        assert_eq!(shape(&[49, 13], vec![kind]).unwrap(), expect);
    }
}
