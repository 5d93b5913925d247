//! Whole runs on small networks and made-up clips.

use core::sync::atomic::{AtomicBool, Ordering};

use impulse_ir::Span;
use impulse_ir::diagnostic::{Diagnostic, Place, codes};
use impulse_ir::network::{Activation, Builder, Conv, Dense, LayerKind, Network, Padding, Pool};
use impulse_ir::spec::{ClassWeights, Keep, Optimizer, Schedule, Train};

use impulse_ir::weights::{FloatTensor, Weights};

use crate::checkpoint::{Checkpoints, Resumed};
use crate::fit::{Examples, Fitted, Options, Stopped, fit, fit_with, predict};
use crate::random::{Purpose, stream, unit};
use crate::transfer;

const FRAMES: usize = 12;
const LABELS: usize = 3;

fn network(norm: bool, max_norm: Option<f32>) -> Result<Network, Diagnostic> {
    let conv = |filters| {
        LayerKind::Conv1d(Conv {
            filters,
            kernel: [3, 1],
            stride: [1, 1],
            padding: Padding::Same,
            activation: if norm {
                Activation::None
            } else {
                Activation::Relu
            },
            bias: true,
            max_norm,
        })
    };
    let pool = Pool {
        size: [2, 1],
        stride: [2, 1],
        padding: Padding::Same,
    };
    let dense = Dense {
        units: LABELS,
        activation: Activation::None,
        bias: true,
        max_norm,
    };
    let mut layers = vec![conv(8)];
    if norm {
        layers.extend([LayerKind::BatchNorm, LayerKind::Relu]);
    }
    layers.extend([
        LayerKind::MaxPool(pool),
        LayerKind::Dropout(0.25),
        conv(5),
        LayerKind::Flatten,
    ]);
    layers.extend([LayerKind::Dense(dense), LayerKind::Softmax]);
    let mut builder = Builder::new(vec![FRAMES, 4]);
    for (i, layer) in layers.into_iter().enumerate() {
        builder.push(layer, Span::new(i, i + 1))?;
    }
    builder.finish(Span::default())
}

/// Noise with a bump, whose channel tells the label, at a place that differs.
fn clips(n: usize, seed: u64) -> Examples {
    let mut random = stream(seed, Purpose::Weights, 7);
    let mut set = Examples::default();
    for i in 0..n {
        let label = i % LABELS;
        let at = (unit(&mut random) * (FRAMES - 2) as f32) as usize;
        let mut clip: Vec<f32> = (0..FRAMES * 4).map(|_| unit(&mut random) - 0.5).collect();
        for frame in at..at + 2 {
            clip[frame * 4 + label] += 1.5;
        }
        set.features.extend(clip);
        set.labels.push(label);
    }
    set
}

fn settings(epochs: usize) -> Train {
    Train {
        epochs,
        batch: 10,
        optimizer: Optimizer::Adam {
            learning_rate: 0.01,
        },
        schedule: Schedule::Cosine,
        warmup_epochs: 0,
        mixup: 0.0,
        patience_epochs: None,
        class_weights: ClassWeights::Balanced,
        keep: Keep::Last,
        seed: 4,
        seeds: 1,
        folds: 4,
        start: None,
        freeze: Vec::new(),
    }
}

fn train(network: &Network, settings: &Train) -> Result<Fitted, Diagnostic> {
    let never = AtomicBool::new(false);
    fit(
        network,
        settings,
        LABELS,
        &clips(93, 1),
        &clips(30, 2),
        &never,
        &mut |_| {},
    )
}

fn accuracy(network: &Network, fitted: &Fitted, clips: &Examples) -> Result<f32, Diagnostic> {
    let scores = predict(network, &fitted.weights, &clips.features)?;
    let hit = |(scores, label): (&[f32], &usize)| {
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        scores.iter().all(|s| *s <= scores[*label])
    };
    let hits = scores
        .chunks_exact(LABELS)
        .zip(&clips.labels)
        .filter(|pair| hit(*pair))
        .count();
    Ok(hits as f32 / clips.len() as f32)
}

#[test]
fn learns_with_every_optimizer() -> Result<(), Diagnostic> {
    let network = network(false, None)?;
    for optimizer in [
        Optimizer::Adam {
            learning_rate: 0.01,
        },
        Optimizer::AdamW {
            learning_rate: 0.01,
            decay: 0.01,
        },
        Optimizer::Sgd {
            learning_rate: 0.05,
            momentum: 0.9,
        },
        Optimizer::RmsProp {
            learning_rate: 0.005,
        },
    ] {
        let fitted = train(
            &network,
            &Train {
                optimizer,
                ..settings(25)
            },
        )?;
        let history = &fitted.history;
        assert_eq!(
            (history.len(), fitted.kept_epoch, fitted.stopped),
            (25, 25, Stopped::Finished)
        );
        let losses = (history[0].loss, history[24].loss);
        assert!(losses.1 < 0.5 * losses.0, "{optimizer:?}: {losses:?}");
        let accuracy = accuracy(&network, &fitted, &clips(300, 3))?;
        // A third is chance; 93 clips with noise teach no more for certain.
        assert!(accuracy > 0.7, "{optimizer:?}: {accuracy}");
    }
    Ok(())
}

#[test]
fn mixed_clips_teach_what_clips_teach() -> Result<(), Diagnostic> {
    for norm in [false, true] {
        let network = network(norm, None)?;
        let mixed = Train {
            mixup: 0.3,
            warmup_epochs: 2,
            ..settings(25)
        };
        let fitted = train(&network, &mixed)?;
        let rates: Vec<f32> = fitted.history.iter().map(|r| r.learning_rate).collect();
        assert!(rates[0] < 0.006 && rates[1] < 0.01 && rates[2] > rates[1]);
        let accuracy = accuracy(&network, &fitted, &clips(300, 3))?;
        assert!(accuracy > 0.7, "{accuracy}");
        let plain = Train {
            mixup: 0.0,
            ..mixed
        };
        assert_ne!(train(&network, &plain)?.weights, fitted.weights);
    }
    Ok(())
}

#[test]
fn threads_do_not_change_a_bit() -> Result<(), Diagnostic> {
    for (norm, mixup) in [(false, 0.0), (true, 0.0), (false, 0.2), (true, 0.2)] {
        let network = network(norm, Some(1.0))?;
        let settings = Train {
            mixup,
            ..settings(3)
        };
        let with_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.map(|pool| pool.install(|| train(&network, &settings)))
        };
        let (Ok(one), Ok(two)) = (with_threads(1), with_threads(2)) else {
            return Ok(());
        };
        assert_eq!(one?, two?);
    }
    Ok(())
}

#[test]
fn batch_norm_serves_single_clips_after_training() -> Result<(), Diagnostic> {
    let network = network(true, None)?;
    let fitted = train(&network, &settings(25))?;
    let test = clips(60, 3);
    assert!(accuracy(&network, &fitted, &test)? > 0.9);
    let all = predict(&network, &fitted.weights, &test.features)?;
    let one = predict(&network, &fitted.weights, &test.features[..FRAMES * 4])?;
    assert_eq!(one, all[..LABELS]);
    Ok(())
}

#[test]
fn keeps_the_weights_asked_for() -> Result<(), Diagnostic> {
    let network = network(false, None)?;
    let rough = Train {
        optimizer: Optimizer::Adam { learning_rate: 0.1 },
        ..settings(12)
    };
    let rough = Train {
        schedule: Schedule::Constant,
        ..rough
    };
    let best = train(
        &network,
        &Train {
            keep: Keep::Best,
            ..rough.clone()
        },
    )?;
    let loss = |i: usize| best.history[i].validation_loss.unwrap_or(f32::NAN);
    assert!((0..12).all(|i| loss(best.kept_epoch - 1) <= loss(i)));
    // The run up to the best epoch ends with the same weights.
    let again = train(
        &network,
        &Train {
            epochs: best.kept_epoch,
            ..rough.clone()
        },
    )?;
    assert_eq!(best.weights, again.weights);
    let averaged = train(
        &network,
        &Train {
            keep: Keep::Averaged,
            ..rough.clone()
        },
    )?;
    assert_ne!(averaged.weights, train(&network, &rough)?.weights);
    assert!(averaged.history[11].validation_accuracy > Some(0.6));
    Ok(())
}

#[test]
fn max_norm_bounds_each_filter() -> Result<(), Diagnostic> {
    let network = network(false, Some(0.7))?;
    let fitted = train(&network, &settings(5))?;
    for name in ["conv1d_1.weight", "conv1d_2.weight", "dense_1.weight"] {
        let tensor = &fitted.weights[name];
        let norms = tensor
            .data
            .chunks_exact(tensor.data.len() / tensor.shape[0]);
        let norms: Vec<f32> = norms
            .map(|w| w.iter().map(|v| v * v).sum::<f32>().sqrt())
            .collect();
        assert!(norms.iter().all(|n| *n <= 0.7001), "{name}: {norms:?}");
        assert!(norms.iter().any(|n| *n > 0.69), "{name}: {norms:?}");
    }
    Ok(())
}

#[test]
fn patience_and_the_stop_flag_end_the_run() -> Result<(), Diagnostic> {
    let network = network(false, None)?;
    let stuck = Train {
        optimizer: Optimizer::Sgd {
            learning_rate: 0.0,
            momentum: 0.0,
        },
        patience_epochs: Some(3),
        ..settings(50)
    };
    let fitted = train(&network, &stuck)?;
    assert_eq!(
        (fitted.stopped, fitted.history.len()),
        (Stopped::Patience, 4)
    );

    let stop = AtomicBool::new(false);
    let mut seen = 0;
    let fitted = fit(
        &network,
        &settings(50),
        LABELS,
        &clips(30, 1),
        &Examples::default(),
        &stop,
        &mut |r| {
            assert_eq!(r.validation_loss, None);
            seen = r.epoch;
            stop.store(r.epoch == 2, Ordering::Relaxed);
        },
    )?;
    assert_eq!(
        (fitted.stopped, fitted.history.len(), seen),
        (Stopped::Asked, 2, 2)
    );
    assert_eq!(fitted.weights.len(), 6);
    Ok(())
}

#[test]
fn divergence_names_epoch_and_layer() -> Result<(), Diagnostic> {
    let network = network(false, None)?;
    let wild = Train {
        optimizer: Optimizer::Sgd {
            learning_rate: 1e30,
            momentum: 0.0,
        },
        ..settings(5)
    };
    let Err(diagnostic) = train(&network, &wild) else {
        panic!("trained with a rate of 1e30")
    };
    assert_eq!(diagnostic.code, codes::TRAINING_DIVERGED);
    assert!(
        diagnostic.message.contains("batch 1 of epoch 1")
            || diagnostic.message.contains("batch 2 of epoch 1"),
        "{}",
        diagnostic.message
    );
    // Which layer runs over first depends on the signs of the first gradients; the place is its.
    let named = network
        .nodes
        .iter()
        .find(|node| diagnostic.message.contains(&format!("`{}`", node.name)));
    assert!(named.is_some(), "{}", diagnostic.message);
    let span = named.map(|node| Place::Spec(node.span));
    assert_eq!(Some(diagnostic.place), span);
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> Result<(), Diagnostic> {
    let network = network(false, None)?;
    let never = AtomicBool::new(false);
    let code = |settings: &Train, n_labels, train: &Examples, validation: &Examples| {
        fit(
            &network,
            settings,
            n_labels,
            train,
            validation,
            &never,
            &mut |_| {},
        )
        .err()
        .map(|d| d.code)
    };
    let (good, none) = (clips(9, 1), Examples::default());
    let unfit = Some(codes::TRAINING_UNFIT);
    assert_eq!(code(&settings(1), 4, &good, &none), unfit);
    assert_eq!(code(&settings(1), LABELS, &none, &none), unfit);
    assert_eq!(
        code(
            &Train {
                batch: 0,
                ..settings(1)
            },
            LABELS,
            &good,
            &none
        ),
        unfit
    );
    let foreign = Examples {
        labels: vec![3; 9],
        ..good.clone()
    };
    assert_eq!(code(&settings(1), LABELS, &foreign, &none), unfit);
    let short = Examples {
        labels: vec![0; 10],
        ..good.clone()
    };
    assert_eq!(code(&settings(1), LABELS, &good, &short), unfit);
    assert_eq!(code(&settings(1), LABELS, &good, &good), None);

    let fitted = train(&network, &settings(1))?;
    let ragged = predict(&network, &fitted.weights, &[0.0; 5]);
    assert_eq!(ragged.err().map(|d| d.code), unfit);
    let mut less = fitted.weights.clone();
    less.remove("conv1d_2.bias");
    let missing = predict(&network, &less, &[]);
    assert_eq!(missing.err().map(|d| d.code), Some(codes::WEIGHTS_MISMATCH));
    Ok(())
}

/// Checkpoints in memory, saved after each epoch.
#[derive(Default)]
struct Kept {
    given: Option<Vec<u8>>,
    saved: Vec<Vec<u8>>,
    found: Option<Resumed>,
}

impl Checkpoints for Kept {
    fn load(&mut self) -> Option<Vec<u8>> {
        self.given.clone()
    }

    fn is_due(&mut self) -> bool {
        true
    }

    fn save(&mut self, bytes: &[u8]) {
        self.saved.push(bytes.to_vec());
    }

    fn resumed(&mut self, found: Resumed) {
        self.found = Some(found);
    }
}

fn train_with(settings: &Train, kept: &mut Kept, key: &str) -> Result<Fitted, Diagnostic> {
    let options = Options {
        checkpoints: Some(kept),
        key,
        start: None,
        steps: None,
    };
    let (train, validation) = (clips(63, 1), clips(30, 2));
    let never = AtomicBool::new(false);
    let network = network(true, None)?;
    fit_with(
        &network,
        settings,
        LABELS,
        &train,
        &validation,
        options,
        &never,
        &mut |_| {},
    )
}

#[test]
fn a_run_goes_on_from_every_checkpoint_with_the_same_bits() -> Result<(), Diagnostic> {
    for (keep, seeds) in [
        (Keep::Last, 1),
        (Keep::Averaged, 1),
        (Keep::Best, 1),
        (Keep::Last, 2),
    ] {
        let settings = Train {
            keep,
            seeds,
            folds: 2,
            mixup: 0.2,
            patience_epochs: (keep == Keep::Best).then_some(3),
            ..settings(6)
        };
        let mut whole = Kept::default();
        let expected = train_with(&settings, &mut whole, "a")?;
        assert_eq!(whole.found, None);
        assert_eq!(expected.seed_losses.len(), if seeds == 2 { 2 } else { 0 });
        for bytes in &whole.saved {
            let mut again = Kept {
                given: Some(bytes.clone()),
                ..Kept::default()
            };
            assert_eq!(train_with(&settings, &mut again, "a")?, expected);
            assert!(
                matches!(again.found, Some(Resumed::At { epoch: 1.., .. })),
                "{:?}",
                again.found
            );
            assert!(again.saved.len() < whole.saved.len());
        }
    }
    Ok(())
}

#[test]
fn damaged_and_foreign_checkpoints_are_noticed() -> Result<(), Diagnostic> {
    let mut whole = Kept::default();
    let expected = train_with(&settings(3), &mut whole, "a")?;
    let bytes = whole.saved[1].clone();
    let found = |bytes: &[u8], key: &str| {
        let mut again = Kept {
            given: Some(bytes.to_vec()),
            ..Kept::default()
        };
        let fitted = train_with(&settings(3), &mut again, key)?;
        assert_eq!(fitted, expected);
        Ok::<_, Diagnostic>(again.found)
    };
    assert_eq!(found(&bytes, "b")?, Some(Resumed::Other));
    for at in (0..bytes.len()).step_by(bytes.len() / 7) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert_eq!(found(&changed, "a")?, Some(Resumed::Damaged), "{at}");
        assert_eq!(found(&bytes[..at], "a")?, Some(Resumed::Damaged), "{at}");
    }
    // Sound, but of another network.
    let mut other = crate::checkpoint::Writer::new("a");
    other.floats(&[]);
    other.count(3);
    assert_eq!(found(&other.finish(), "a")?, Some(Resumed::Damaged));
    Ok(())
}

#[test]
fn a_seed_is_chosen_by_the_clips_left_out() -> Result<(), Diagnostic> {
    let settings = Train {
        seeds: 3,
        folds: 3,
        ..settings(4)
    };
    let network = network(false, None)?;
    let chosen = train(&network, &settings)?;
    let lowest = chosen
        .seed_losses
        .iter()
        .copied()
        .fold(f32::INFINITY, f32::min);
    let at = chosen.seed_losses.iter().position(|l| *l == lowest);
    assert_eq!(at.map(|at| settings.seed + at as u64), Some(chosen.seed));
    assert!(chosen.seed_losses.iter().all(|l| (0.05..3.0).contains(l)));
    let alone = Train {
        seed: chosen.seed,
        seeds: 1,
        ..settings
    };
    assert_eq!(train(&network, &alone)?.weights, chosen.weights);
    Ok(())
}

#[test]
fn training_starts_from_weights_and_leaves_frozen_layers() -> Result<(), Diagnostic> {
    let network = network(true, None)?;
    let first = train(&network, &settings(6))?;
    let freeze = ["conv1d_1", "batch_norm_1"].map(str::to_owned).to_vec();
    assert_eq!(transfer::notes(&network, &first.weights, &freeze)?, [""; 0]);
    let short = Train {
        freeze: freeze.clone(),
        ..settings(2)
    };
    let started = |weights: &Weights, settings: &Train| {
        let options = Options {
            start: Some(weights),
            ..Options::default()
        };
        let never = AtomicBool::new(false);
        let (train, validation) = (clips(93, 1), clips(30, 2));
        fit_with(
            &network,
            settings,
            LABELS,
            &train,
            &validation,
            options,
            &never,
            &mut |_| {},
        )
    };
    let second = started(&first.weights, &short)?;
    for (name, tensor) in &second.weights {
        let layer = name.rsplit_once('.').map_or("", |(layer, _)| layer);
        let same = first.weights[name] == *tensor;
        assert_eq!(same, freeze.iter().any(|f| f == layer), "{name}");
    }
    assert!(second.history[0].loss < 0.7 * first.history[0].loss);

    let mut other = first.weights.clone();
    if let Some(tensor) = other.remove("dense_1.weight") {
        other.insert("dens_1.weight".into(), tensor);
    }
    if let Some(tensor) = other.get_mut("conv1d_2.bias") {
        tensor.shape = vec![1, 5];
    }
    let notes = transfer::notes(&network, &other, &[])?;
    assert_eq!(
        notes,
        [
            "`conv1d_2.bias` has the shape [5] here and [1, 5] there",
            "`dense_1.weight` is not there; did you mean `dens_1.weight`?"
        ]
    );
    let frozen = transfer::notes(&network, &other, &["dense_1".to_owned()]);
    assert_eq!(frozen.err().map(|d| d.code), Some(codes::WEIGHTS_MISMATCH));
    let none = transfer::notes(
        &network,
        &Weights::from([(
            "x.weight".into(),
            FloatTensor {
                shape: vec![1],
                data: vec![0.0],
            },
        )]),
        &[],
    );
    assert_eq!(none.err().map(|d| d.code), Some(codes::WEIGHTS_MISMATCH));
    Ok(())
}
