//! Tables of a feature block as C.

use impulse_ir::features::mfcc::MfccTables;

use crate::c::text::{array, float, record};

/// Definitions of the tables of `mfcc` as `static const` arrays `NAME_taper`, `NAME_twiddles`,
/// `NAME_split`, `NAME_segment_bins`, `NAME_weights`, `NAME_dct`, and of the `impulse_mfcc`
/// structure `NAME` over them.
pub fn tables(mfcc: &MfccTables, name: &str) -> String {
    let table = |part: &str| format!("{name}_{part}");
    let floats = |part: &str, values: &[f32]| {
        array("float", &table(part), values.iter().copied().map(float))
    };
    let mut out = String::new();
    out.push_str(&floats("taper", &mfcc.taper));
    out.push_str(&floats("twiddles", &mfcc.twiddles));
    out.push_str(&floats("split", &mfcc.split));
    out.push_str(&array(
        "uint16_t",
        &table("segment_bins"),
        &mfcc.mel.segment_bins,
    ));
    out.push_str(&floats("weights", &mfcc.mel.weights));
    out.push_str(&floats("dct", &mfcc.dct));
    out.push('\n');
    let fft = format!(
        "{{.len = {}, .twiddles = {}, .split = {}}}",
        mfcc.fft_samples,
        table("twiddles"),
        table("split")
    );
    let mel = format!(
        "{{.first_bin = {}, .segment_bins = {}, .weights = {}}}",
        mfcc.mel.first_bin,
        table("segment_bins"),
        table("weights")
    );
    out.push_str(&record(
        "impulse_mfcc",
        name,
        &[
            ("frame_samples", mfcc.frame_samples.to_string()),
            ("hop_samples", mfcc.hop_samples.to_string()),
            ("n_filters", mfcc.n_filters.to_string()),
            ("n_coefficients", mfcc.n_coefficients.to_string()),
            ("pre_emphasis", float(mfcc.pre_emphasis)),
            ("log_floor", float(mfcc.log_floor)),
            ("taper", table("taper")),
            ("fft", fft),
            ("mel", mel),
            ("dct", table("dct")),
        ],
    ));
    out
}
