//! From the record of a spec, which the schema has checked key by key, to the typed [`Impulse`].

use impulse_ir::{Span, Spanned};

use crate::model::{
    AudioFeatures, Augment, Block, ClassWeights, Cutoff, Data, Decide, Deltas, Faults, Features,
    Frame, Group, Impulse, Layer, Mask, Missing, Network, Noise, Optimizer, Place, Quantize,
    SensorFeatures, SensorKind, Start, Target, Train, Window,
};
use crate::record::{Content, Field, Record, Value};
use crate::syntax::Syntax;

/// The typed spec. `faulty` says whether anything was reported so far.
pub(crate) fn lower(record: &Record, faulty: bool, syntax: Syntax) -> Impulse {
    let block = |name| record.record(name);
    Impulse {
        name: record.text("impulse"),
        data: block("data").map(|r| with_place(r, data(r))),
        window: block("window").and_then(|w| {
            let sensors = w.fields.iter().filter_map(|field| match &field.content {
                Content::Record(inner) => Some(inner),
                Content::Values(_) => None,
            });
            let mut sensors = sensors;
            sensors.next().map(|r| with_place(r, window(r)))
        }),
        augment: block("augment").map(|r| with_place(r, augment(r))),
        features: record
            .records("features")
            .flat_map(|features| features.fields.iter())
            .filter_map(|field| match &field.content {
                Content::Record(inner) => features(inner),
                Content::Values(_) => None,
            })
            .collect(),
        network: block("network").map(|r| with_place(r, network(r))),
        train: block("train").map(|r| with_place(r, train(r))),
        quantize: block("quantize").map(|r| with_place(r, quantize(r))),
        decide: block("decide").map(|r| with_place(r, decide(r))),
        targets: record
            .records("target")
            .flat_map(|targets| targets.records("board"))
            .map(target)
            .collect(),
        faults: Faults {
            any: faulty,
            top: record.fault.is_some(),
            given: record.fields.iter().map(|f| f.key.name).collect(),
            empty: empty_choices(record),
            syntax: Some(syntax),
        },
    }
}

/// Blocks that only choose what stands in them, and that hold nothing.
fn empty_choices(record: &Record) -> Vec<(&'static str, Span)> {
    let choices = ["window", "features", "target"];
    let records = choices.iter().flat_map(|name| record.records(name));
    records
        .filter(|r| r.fields.is_empty() && r.fault.is_none())
        .map(|r| (r.block.name, r.name.span))
        .collect()
}

fn with_place<T>(record: &Record, value: T) -> Block<T> {
    Block {
        value,
        span: record.span,
        name_span: record.name.span,
        missing: record.missing(),
        fault: record.fault,
    }
}

fn share(record: &Record, name: &str) -> Option<Spanned<f64>> {
    record
        .number(name)
        .map(|n| Spanned::new(n.value.value, n.span))
}

fn data(record: &Record) -> Data {
    Data {
        path: record.text("path"),
        labels: record.texts("labels"),
        group: record.record("group").map(|r| {
            with_place(
                r,
                Group {
                    filename: r.text("filename"),
                    column: r.text("column"),
                },
            )
        }),
        validate: share(record, "validate"),
        test: share(record, "test"),
    }
}

fn window(record: &Record) -> Window {
    Window {
        kind: match record.block.name {
            "motion" => SensorKind::Motion,
            "image" => SensorKind::Image,
            _ => SensorKind::Audio,
        },
        axes: record.texts("axes"),
        range: record.number("range"),
        size: record.value("size").and_then(sizes),
        color: record.text("color"),
        resize: record.text("resize"),
        interpolate: record.text("interpolate"),
        rate: record.number("rate"),
        length: record.number("length"),
        stride: record.number("stride"),
    }
}

fn augment(record: &Record) -> Augment {
    let mask = |name| {
        record.record(name).map(|r| {
            with_place(
                r,
                Mask {
                    bands: r.count("bands"),
                    width: r.count("width"),
                },
            )
        })
    };
    Augment {
        noise: record.record("noise").map(|r| {
            let noise = Noise {
                source: r.text("source"),
                level: r.range("level"),
                chance: share(r, "chance"),
            };
            with_place(r, noise)
        }),
        shift: record.number("shift"),
        gain: record.range("gain"),
        mirror: record.text("mirror"),
        moved: share(record, "move"),
        zoom: share(record, "zoom"),
        turn: record.number("turn"),
        brightness: share(record, "brightness"),
        mask_time: mask("mask_time"),
        mask_frequency: mask("mask_frequency"),
    }
}

fn features(record: &Record) -> Option<Features> {
    let audio = || with_place(record, audio_features(record));
    let sensor = || with_place(record, sensor_features(record));
    Some(match record.block.name {
        "mfcc" => Features::Mfcc(audio()),
        "mfe" => Features::Mfe(audio()),
        "spectrogram" => Features::Spectrogram(audio()),
        "spectral" => Features::Spectral(sensor()),
        "wavelet" => Features::Wavelet(sensor()),
        "flatten" => Features::Flatten(sensor()),
        "raw" => Features::Raw(sensor()),
        "image" => Features::Image(sensor()),
        _ => return None,
    })
}

fn sensor_features(record: &Record) -> SensorFeatures {
    let cutoff = |name| {
        record.record(name).map(|r| {
            let cutoff = Cutoff {
                cutoff: r.number("cutoff"),
                order: r.count("order"),
            };
            with_place(r, cutoff)
        })
    };
    SensorFeatures {
        axes: record.texts("axes"),
        scale: record.number("scale"),
        decimate: record.count("decimate"),
        low_pass: cutoff("low_pass"),
        high_pass: cutoff("high_pass"),
        fft: record.count("fft"),
        overlap: record.text("overlap"),
        log: record.text("log"),
        low_frequencies: record.text("low_frequencies"),
        family: record.text("family"),
        levels: record.count("levels"),
        statistics: record.texts("statistics"),
        color: record.text("color"),
    }
}

fn audio_features(record: &Record) -> AudioFeatures {
    AudioFeatures {
        frame: record.record("frame").map(|r| {
            with_place(
                r,
                Frame {
                    length: r.number("length"),
                    every: r.number("every"),
                },
            )
        }),
        filters: record.count("filters"),
        coefficients: record.count("coefficients"),
        fft: record.count("fft"),
        low: record.number("low"),
        high: record.number("high"),
        pre_emphasis: record.number("pre_emphasis"),
        taper: record.text("taper"),
        // `scale` is the mel scale of the blocks that have one.
        axes: record.texts("axes"),
        factor: record.number("scale"),
        scale: record.text("scale"),
        equal_area: record.text("equal_area"),
        floor: record.number("floor"),
        lifter: record.number("lifter"),
        compat: record.text("compat"),
        arithmetic: record.text("arithmetic"),
        sliding: record.count("sliding"),
        spectrum: record.text("spectrum"),
        log: record.text("log"),
        deltas: record.record("deltas").map(|r| {
            let deltas = Deltas {
                order: r.text("order"),
                width: r.count("width"),
            };
            with_place(r, deltas)
        }),
        normalize: record.text("normalize"),
    }
}

fn network(record: &Record) -> Network {
    Network {
        from: record.text("from"),
        preset: record.text("preset"),
        layers: layers(record),
    }
}

fn layers(record: &Record) -> Vec<Layer> {
    let records = record
        .fields
        .iter()
        .filter_map(|field| match &field.content {
            Content::Record(inner) => Some(layer(inner)),
            Content::Values(_) => None,
        });
    records.collect()
}

fn layer(record: &Record) -> Layer {
    let size = |name: &str| record.value(name).and_then(sizes);
    let units_are_labels = record.text("units").is_some();
    Layer {
        keyword: record.name.clone(),
        filters: record.count("filters").or(record.count("units")),
        units_are_labels,
        kernel: size("kernel").or(size("size")),
        stride: size("stride"),
        padding: record.text("padding"),
        activation: record.text("activation"),
        max_norm: share(record, "max_norm"),
        bias: record.text("bias"),
        multiplier: record.count("multiplier"),
        expand: record.count("expand"),
        share: share(record, "share"),
        shape: record
            .value("shape")
            .filter(|v| matches!(v.value, Value::Dims(_)))
            .and_then(sizes),
        columns: record.count("shape"),
        layers: layers(record),
        span: Place(record.span),
        missing: Missing {
            keys: record.missing(),
            fault: record.fault,
        },
    }
}

/// One number or several, as a list.
fn sizes(value: &Spanned<Value>) -> Option<Spanned<Vec<u64>>> {
    let sizes = match &value.value {
        Value::Count(n) => vec![*n],
        Value::Dims(dims) => dims.iter().map(|d| *d as u64).collect(),
        _ => return None,
    };
    Some(Spanned::new(sizes, value.span))
}

fn train(record: &Record) -> Train {
    let optimizers = ["adam", "adamw", "sgd", "rmsprop"].into_iter();
    let mut optimizers: Vec<Block<Optimizer>> = optimizers
        .filter_map(|name| Some((name, record.record(name)?)))
        .map(|(name, r)| {
            let optimizer = Optimizer {
                name: name.to_owned(),
                rate: share(r, "rate"),
                decay: share(r, "decay"),
                momentum: share(r, "momentum"),
            };
            with_place(r, optimizer)
        })
        .collect();
    optimizers.sort_by_key(|o| o.span.start);
    Train {
        epochs: record.count("epochs"),
        batch: record.count("batch"),
        optimizers,
        schedule: record.text("schedule"),
        warmup: record.count("warmup"),
        mixup: share(record, "mixup"),
        patience: record.count("patience"),
        class_weights: record.field("class_weights").and_then(class_weights),
        keep: record.text("keep"),
        seed: record.count("seed"),
        seeds: record.count("seeds"),
        folds: record.count("folds"),
        start: record.record("start").map(|r| {
            let from = r.text("from");
            with_place(r, Start { from })
        }),
        freeze: record.texts("freeze"),
    }
}

fn class_weights(field: &Field) -> Option<Spanned<ClassWeights>> {
    let Content::Values(values) = &field.content else {
        return None;
    };
    let span = values
        .iter()
        .fold(values.first()?.0.span, |s: Span, (v, _)| s.to(v.span));
    let numbers: Option<Vec<f64>> = values
        .iter()
        .map(|(v, _)| match v.value {
            Value::Number(n) => Some(n.value),
            _ => None,
        })
        .collect();
    let weights = match (&values.first()?.0.value, numbers) {
        (_, Some(numbers)) => ClassWeights::Given(numbers),
        (Value::Text(word), None) if values.len() == 1 => ClassWeights::Named(word.clone()),
        // A word among numbers: the check reports the length.
        _ => ClassWeights::Given(Vec::new()),
    };
    Some(Spanned::new(weights, span))
}

fn quantize(record: &Record) -> Quantize {
    Quantize {
        kind: record.text("type"),
        column_scales: record.text("column_scales"),
        finetune: record.text("finetune"),
        finetune_epochs: record.count("finetune"),
    }
}

fn decide(record: &Record) -> Decide {
    Decide {
        threshold: share(record, "threshold"),
        average: record.number("average"),
        suppress: record.number("suppress"),
        ignore: record.texts("ignore"),
    }
}

fn target(record: &Record) -> Target {
    Target {
        board: record.name.clone(),
        ram: share(record, "ram"),
        flash: share(record, "flash"),
        latency: share(record, "latency"),
    }
}
