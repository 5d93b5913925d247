//! Quantities: a number always carries its unit, and each key knows the dimension it expects.

/// What a number measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// A plain number.
    One,
    /// Seconds.
    Time,
    /// Seconds, or a number of samples.
    TimeOrSamples,
    /// Seconds, or a number of results.
    TimeOrResults,
    /// Hertz.
    Frequency,
    /// A part of the whole: `25%` or `0.25`.
    Share,
    /// Decibel.
    Level,
    /// Degrees.
    Angle,
    /// Bytes.
    Memory,
    /// Things that are counted, by this plural.
    Count(&'static str),
}

/// A unit of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// No unit.
    None,
    /// Seconds.
    Second,
    /// Samples.
    Sample,
    /// Results of the impulse, one per stride.
    Result,
    /// Hertz.
    Hertz,
    /// A share of 1.
    Share,
    /// Decibel.
    Decibel,
    /// Degrees of a turn.
    Degree,
    /// Bytes.
    Byte,
    /// A noun that counts.
    Noun,
}

/// A number in its base unit: seconds, hertz, bytes, a share of 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    /// The value in the base unit.
    pub value: f64,
    /// The base unit.
    pub unit: Unit,
}

struct Known {
    name: &'static str,
    unit: Unit,
    factor: f64,
}

const fn known(name: &'static str, unit: Unit, factor: f64) -> Known {
    Known { name, unit, factor }
}

const UNITS: &[Known] = &[
    known("s", Unit::Second, 1.0),
    known("ms", Unit::Second, 1e3),
    known("us", Unit::Second, 1e6),
    known("µs", Unit::Second, 1e6),
    known("μs", Unit::Second, 1e6),
    known("min", Unit::Second, -60.0),
    known("samples", Unit::Sample, 1.0),
    known("sample", Unit::Sample, 1.0),
    known("results", Unit::Result, 1.0),
    known("result", Unit::Result, 1.0),
    known("Hz", Unit::Hertz, 1.0),
    known("kHz", Unit::Hertz, -1e3),
    known("MHz", Unit::Hertz, -1e6),
    known("%", Unit::Share, 1e2),
    known("dB", Unit::Decibel, 1.0),
    known("deg", Unit::Degree, 1.0),
    known("B", Unit::Byte, 1.0),
    known("kB", Unit::Byte, -1e3),
    known("KB", Unit::Byte, -1e3),
    known("MB", Unit::Byte, -1e6),
    known("KiB", Unit::Byte, -1024.0),
    known("MiB", Unit::Byte, -1048576.0),
    known("filters", Unit::Noun, 1.0),
    known("filter", Unit::Noun, 1.0),
    known("neurons", Unit::Noun, 1.0),
    known("neuron", Unit::Noun, 1.0),
    known("units", Unit::Noun, 1.0),
    known("columns", Unit::Noun, 1.0),
    known("epochs", Unit::Noun, 1.0),
    known("epoch", Unit::Noun, 1.0),
    known("clips", Unit::Noun, 1.0),
    known("bands", Unit::Noun, 1.0),
    known("frames", Unit::Noun, 1.0),
];

/// Why a number does not measure what is expected.
pub(crate) enum Mismatch {
    /// No unit of this name.
    Unknown,
    /// A unit of another dimension, or none where one is needed.
    Dimension,
}

impl Dimension {
    /// Reads a number with its unit.
    pub(crate) fn read(self, number: f64, unit: Option<&str>) -> Result<Quantity, Mismatch> {
        let Some(name) = unit else {
            return match self {
                Dimension::One | Dimension::Count(_) => Ok(Quantity {
                    value: number,
                    unit: Unit::None,
                }),
                Dimension::Share => Ok(Quantity {
                    value: number,
                    unit: Unit::Share,
                }),
                _ => Err(Mismatch::Dimension),
            };
        };
        let Some(known) = UNITS.iter().find(|u| u.name == name) else {
            return Err(Mismatch::Unknown);
        };
        // A negative factor multiplies, a positive one divides: both are exact in decimal.
        let value = match known.factor {
            f if f < 0.0 => number * -f,
            f => number / f,
        };
        let fits = match self {
            Dimension::One => false,
            Dimension::Time => known.unit == Unit::Second,
            Dimension::TimeOrSamples => matches!(known.unit, Unit::Second | Unit::Sample),
            Dimension::TimeOrResults => matches!(known.unit, Unit::Second | Unit::Result),
            Dimension::Frequency => known.unit == Unit::Hertz,
            Dimension::Share => known.unit == Unit::Share,
            Dimension::Level => known.unit == Unit::Decibel,
            Dimension::Angle => known.unit == Unit::Degree,
            Dimension::Memory => known.unit == Unit::Byte,
            Dimension::Count(nouns) => {
                matches!(known.unit, Unit::Noun | Unit::Sample)
                    && nouns.split(", ").any(|n| n.starts_with(name))
            }
        };
        if fits {
            Ok(Quantity {
                value,
                unit: known.unit,
            })
        } else {
            Err(Mismatch::Dimension)
        }
    }

    /// What it expects: `a time such as 32 ms`.
    pub fn expected(self) -> &'static str {
        match self {
            Dimension::One => "a number without a unit",
            Dimension::Time => "a time in s, ms or us",
            Dimension::TimeOrSamples => "a time in s, ms or us, or a number of samples",
            Dimension::TimeOrResults => "a time in s or ms, or a number of results",
            Dimension::Frequency => "a frequency in Hz or kHz",
            Dimension::Share => "a share in %",
            Dimension::Level => "a level in dB",
            Dimension::Angle => "an angle in deg",
            Dimension::Memory => "a size in B, kB, KiB or MiB",
            Dimension::Count(_) => "a whole number",
        }
    }

    /// A value in the unit it is best read in.
    pub fn show(self, value: f64) -> String {
        match self {
            Dimension::One if value != 0.0 && value.abs() < 1e-6 => format!("{value:e}"),
            Dimension::One | Dimension::Count(_) => format!("{value}"),
            Dimension::Time | Dimension::TimeOrSamples | Dimension::TimeOrResults => {
                if value != 0.0 && value.abs() < 1e-3 {
                    format!("{} us", round(value * 1e6))
                } else if value.abs() < 1.0 && value != 0.0 {
                    format!("{} ms", round(value * 1e3))
                } else {
                    format!("{} s", round(value))
                }
            }
            Dimension::Frequency if value.abs() >= 1e6 => format!("{} MHz", round(value / 1e6)),
            Dimension::Frequency if value.abs() >= 1e3 => format!("{} kHz", round(value / 1e3)),
            Dimension::Frequency => format!("{} Hz", round(value)),
            Dimension::Share => format!("{}%", round(value * 100.0)),
            Dimension::Level => format!("{} dB", round(value)),
            Dimension::Angle => format!("{} deg", round(value)),
            Dimension::Memory if value >= 1048576.0 => {
                format!("{} MiB", (value / 1048576.0 * 100.0).round() / 100.0)
            }
            Dimension::Memory if value >= 1024.0 => format!("{} KiB", round(value / 1024.0)),
            Dimension::Memory => format!("{} B", round(value)),
        }
    }

    /// The noun of a count.
    pub fn noun(self) -> Option<&'static str> {
        match self {
            Dimension::Count(nouns) => nouns.split(", ").next().filter(|n| !n.is_empty()),
            _ => None,
        }
    }

    /// The names of the units it takes.
    pub(crate) fn units(self) -> Vec<&'static str> {
        let takes = |known: &&Known| self.read(0.0, Some(known.name)).is_ok();
        UNITS.iter().filter(takes).map(|known| known.name).collect()
    }
}

fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// Whether `name` is a unit of the language.
pub(crate) fn is_unit(name: &str) -> bool {
    UNITS.iter().any(|u| u.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_exact_in_their_base() {
        let read = |d: Dimension, n, u| d.read(n, u).ok().map(|q| q.value);
        assert_eq!(read(Dimension::Time, 32.0, Some("ms")), Some(0.032));
        assert_eq!(read(Dimension::Frequency, 16.0, Some("kHz")), Some(16000.0));
        assert_eq!(read(Dimension::Memory, 32.0, Some("KiB")), Some(32768.0));
        assert_eq!(read(Dimension::Share, 25.0, Some("%")), Some(0.25));
        assert_eq!(read(Dimension::Share, 0.25, None), Some(0.25));
        assert_eq!(read(Dimension::Time, 32.0, None), None);
        assert_eq!(read(Dimension::Time, 32.0, Some("kHz")), None);
        assert_eq!(
            read(Dimension::Count("filters, neurons"), 8.0, Some("neurons")),
            Some(8.0)
        );
        assert_eq!(
            read(Dimension::Count("filters"), 8.0, Some("filter")),
            Some(8.0)
        );
        assert_eq!(read(Dimension::Count("filters"), 8.0, Some("frames")), None);
    }
}
