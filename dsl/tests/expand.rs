//! Presets and bottlenecks: what they mean, and how they are written out.

use impulse_dsl::{Syntax, compile, expand, format};
use impulse_ir::Span;
use impulse_ir::diagnostic::Place;
use impulse_ir::network::{LayerKind, Network};
use impulse_ir::spec::{NetworkSource, Spec};

const PRESETS: [(&str, usize, usize); 6] = [
    ("keyword_tiny", 20, 1_371),
    ("keyword_small", 40, 8_380),
    ("keyword", 40, 23_262),
    ("conv1d", 13, 320 + 400 + 13 * 16 * 12 + 12),
    ("conv2d", 13, 80 + 1_168 + 13 * 4 * 16 * 12 + 12),
    ("ds_cnn", 13, 22_604),
];

fn text(network: &str, coefficients: usize) -> String {
    format!(
        "# words\nimpulse words\ndata \"clips\" {{\n  labels yes, no, up, down, left, right, on, off, stop, go, unknown, silence\n}}\n\
         window audio {{ rate 16 kHz, length 1 s }}\n\
         features mfcc {{ frame 32 ms every 20 ms, filters 40, coefficients {coefficients} }}  # seen\n{network}\n"
    )
}

fn spec(text: &str, syntax: Syntax) -> Spec {
    let (spec, problems) = compile(text, syntax);
    assert!(problems.is_empty(), "{problems:?} in\n{text}");
    spec.unwrap()
}

fn network(spec: &Spec) -> &Network {
    match &spec.network {
        NetworkSource::Layers(network) => network,
        NetworkSource::File(path) => panic!("{path}"),
    }
}

/// Written out in both spellings it means the same, stays as it is the second time, and needs
/// neither presets nor bottlenecks.
fn check(text: &str) -> String {
    let meaning = spec(text, Syntax::Impulse).model_text();
    let full = expand(text, Syntax::Impulse).unwrap();
    assert_eq!(spec(&full, Syntax::Impulse).model_text(), meaning, "{full}");
    assert_eq!(expand(&full, Syntax::Impulse).unwrap(), full);
    assert_eq!(
        format(&full, Syntax::Impulse, Syntax::Impulse).unwrap(),
        full
    );
    assert!(
        !full.contains("bottleneck") && !full.contains("keyword"),
        "{full}"
    );
    let yaml = format(text, Syntax::Impulse, Syntax::Yaml).unwrap();
    assert_eq!(spec(&yaml, Syntax::Yaml).model_text(), meaning, "{yaml}");
    assert_eq!(
        spec(
            &format(&yaml, Syntax::Yaml, Syntax::Impulse).unwrap(),
            Syntax::Impulse
        )
        .model_text(),
        meaning
    );
    let full_yaml = expand(&yaml, Syntax::Yaml).unwrap();
    assert_eq!(
        spec(&full_yaml, Syntax::Yaml).model_text(),
        meaning,
        "{full_yaml}"
    );
    assert_eq!(expand(&full_yaml, Syntax::Yaml).unwrap(), full_yaml);
    full
}

#[test]
fn presets_have_their_size_and_are_written_out() {
    for (name, coefficients, n_weights) in PRESETS {
        let text = text(&format!("network {name}"), coefficients);
        let spec = spec(&text, Syntax::Impulse);
        assert_eq!(network(&spec).n_weights(), n_weights, "{name}");
        let at = text.rfind(name).unwrap();
        for node in &network(&spec).nodes {
            assert_eq!(node.span, Span::new(at, at + name.len()), "{}", node.name);
        }
        let full = check(&text);
        assert!(
            full.starts_with("# words\n") && full.contains("# seen"),
            "{full}"
        );
        let formatted = format(&text, Syntax::Impulse, Syntax::Impulse).unwrap();
        assert!(
            formatted.contains(&format!("\nnetwork {name}\n")),
            "{formatted}"
        );
        let yaml = format(&text, Syntax::Impulse, Syntax::Yaml).unwrap();
        assert!(yaml.contains(&format!("\nnetwork: {name}\n")), "{yaml}");
    }
}

#[test]
fn a_bottleneck_is_the_layers_it_stands_for() {
    let full = check(&text(
        "network {\n  # first\n  bottleneck 8 filters, stride 2, expand 2, kernel 5  # gone\n  # kept\n  relu  # too\n  \
         residual {\n    bottleneck 8 filters\n    relu\n  }\n  global_avg_pool, dense labels, softmax\n}",
        13,
    ));
    let expected = "\
network {
  # first
  conv1d            26 filters, kernel 1, bias no
  batch_norm
  relu
  depthwise_conv1d  kernel 5, stride 2, bias no
  batch_norm
  relu
  conv1d            8 filters, kernel 1, bias no
  batch_norm
  # kept
  relu  # too
  residual {
    residual {
      conv1d            24 filters, kernel 1, bias no
      batch_norm
      relu
      depthwise_conv1d  kernel 9, bias no
      batch_norm
      relu
      conv1d            8 filters, kernel 1, bias no
      batch_norm
    }
    relu
  }
";
    assert!(full.contains(expected), "{full}");
}

#[test]
fn the_input_is_added_where_shapes_allow() {
    let sums = |layer: &str| {
        let spec = spec(
            &text(
                &format!("network {{\n{layer}\nflatten\ndense labels, softmax\n}}"),
                13,
            ),
            Syntax::Impulse,
        );
        let is_sum = |n: &&impulse_ir::network::Node| matches!(n.kind, LayerKind::Add(_));
        network(&spec).nodes.iter().filter(is_sum).count()
    };
    assert_eq!(sums("bottleneck 13 filters"), 1);
    assert_eq!(sums("bottleneck 12 filters"), 0);
    assert_eq!(sums("bottleneck 13 filters, stride 2"), 0);
}

/// The message of the only problem, and the text that it is reported at.
fn problem(network: &str) -> (String, String) {
    let text = text(network, 13);
    let (spec, problems) = compile(&text, Syntax::Impulse);
    assert!(spec.is_none());
    let [problem] = problems.as_slice() else {
        panic!("{problems:?}");
    };
    let Place::Spec(span) = problem.place else {
        panic!("{problem:?}");
    };
    let hints: Vec<&str> = problem.hints.iter().map(|h| h.message.as_str()).collect();
    let message = format!("{}; {}", problem.message, hints.join("; "));
    (message, text[span.start..span.end].to_owned())
}

#[test]
fn problems_stand_at_the_word() {
    for (network, message, at) in [
        (
            "network keyword_smal",
            "did you mean `keyword_small`?",
            "keyword_smal",
        ),
        (
            "network keyword { flatten }",
            "found a preset and layers; leave a preset or layers out",
            "flatten",
        ),
        (
            "network {\n  flatten\n  bottleneck 4 filters\n  dense labels, softmax\n}",
            "`bottleneck` expects a shape of time x channels, found 637",
            "bottleneck 4 filters",
        ),
        (
            "network { bottleneck expand 2, flatten, dense labels, softmax }",
            "`bottleneck` has no `filters`",
            "bottleneck",
        ),
    ] {
        let (found, place) = problem(network);
        assert!(found.contains(message), "{found}");
        assert_eq!(place, at, "{found}");
    }
}
