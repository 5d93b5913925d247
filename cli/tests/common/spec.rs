//! A spec for tests.

/// A spec that trains in moments.
pub const SPEC: &str = r#"impulse tones

data "clips" {
  labels    low, high
  validate  25%
  test      25%
}

window audio {
  rate    8 kHz
  length  400 ms
  stride  100 ms
}

features mfcc {
  frame         32 ms every 20 ms
  filters       16
  coefficients  8
}

network {
  conv1d    4 filters, kernel 3, relu
  max_pool  2
  flatten
  dense     labels, softmax
}

train    { epochs 6, batch 8, adam 0.01 }
quantize int8
decide   { threshold 0.7, average 200 ms, suppress 300 ms }

target emulator-m4 {
  ram     < 32 KiB
  flash   < 128 KiB
  latency < 100 ms
}
"#;
