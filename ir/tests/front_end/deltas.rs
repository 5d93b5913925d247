//! Differences over the frames of a window against the formula of the HTK Book in f64.

use std::slice::from_ref;

use impulse_ir::exec::FrontEnd;
use impulse_ir::features::{Arithmetic, Deltas, FeatureBlock, Mfe, Normalize};

use crate::{example, noise, second, with};

/// `d(t) = Σ θ·(c(t + θ) − c(t − θ)) / 2Σθ²`, the ends repeated.
fn regression(values: &[f64], width: i64) -> Vec<f64> {
    let last = values.len() as i64 - 1;
    let at = |t: i64| values[t.clamp(0, last) as usize];
    let norm: i64 = (1..=width).map(|theta| 2 * theta * theta).sum();
    let slope = |t: i64| {
        let terms = (1..=width).map(|theta| theta as f64 * (at(t + theta) - at(t - theta)));
        terms.sum::<f64>() / norm as f64
    };
    (0..=last).map(slope).collect()
}

fn check(block: FeatureBlock, n_columns: usize, deltas: Deltas) {
    let window = second();
    assert_eq!(block.problems(&window), []);
    let mut samples = noise(8000, 5, 3);
    samples.extend(noise(8000, 6, 10));
    let front_end = FrontEnd::new(&window, &[block]);
    let mut out = Vec::new();
    front_end.features(&samples, &mut out);
    let orders = if deltas.second { 3 } else { 2 };
    assert_eq!(front_end.shape(), [49, n_columns * orders]);
    for column in 0..n_columns {
        let values = |order: usize| {
            let rows = out.chunks_exact(n_columns * orders);
            let column = n_columns * order + column;
            rows.map(move |row| f64::from(row[column]))
                .collect::<Vec<_>>()
        };
        let mut expected = values(0);
        for order in 1..orders {
            expected = regression(&expected, deltas.width as i64);
            for (got, expected) in values(order).iter().zip(&expected) {
                assert!((got - expected).abs() < 1e-5 * (1.0 + expected.abs()));
            }
        }
        let largest = values(1).iter().fold(0.0f64, |m, x| m.max(x.abs()));
        assert!(largest > 0.01, "column {column} rises and falls");
    }
}

#[test]
fn they_are_those_of_the_book() {
    let deltas = |width, second| Deltas { width, second };
    for normalize in [Normalize::None, Normalize::Mean, Normalize::MeanVariance] {
        for deltas in [deltas(2, true), deltas(1, false), deltas(9, true)] {
            let mfcc = with(|b| (b.normalize, b.deltas) = (normalize, Some(deltas)));
            check(FeatureBlock::Mfcc(mfcc), 13, deltas);
        }
    }
    let of_mfcc = example();
    let mfe = Mfe {
        stft: of_mfcc.stft,
        mel: of_mfcc.mel,
        log_floor: of_mfcc.log_floor,
        normalize: Normalize::Mean,
        deltas: Some(deltas(3, true)),
        arithmetic: Arithmetic::Float,
    };
    check(FeatureBlock::Mfe(mfe), 32, deltas(3, true));
}

#[test]
fn blocks_side_by_side_keep_their_columns_apart() {
    let deltas = Some(Deltas {
        width: 2,
        second: false,
    });
    let with_deltas = FeatureBlock::Mfcc(with(|b| b.deltas = deltas));
    let plain = FeatureBlock::Mfcc(example());
    let samples = noise(16_000, 7, 4);
    let features = |blocks: &[FeatureBlock]| {
        let mut out = Vec::new();
        FrontEnd::new(&second(), blocks).features(&samples, &mut out);
        out
    };
    let alone = [features(from_ref(&with_deltas)), features(from_ref(&plain))];
    let both = features(&[with_deltas, plain]);
    for (row, both) in both.chunks_exact(39).enumerate() {
        assert_eq!(both[..26], alone[0][26 * row..][..26]);
        assert_eq!(both[26..], alone[1][13 * row..][..13]);
    }
}
