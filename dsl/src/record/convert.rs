//! Makes values of atoms: the right type, unit and range for each key.

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span, Spanned};

use super::Value;
use super::reader::Place;
use crate::schema::{Accept, Key, expected};
use crate::suggest;
use crate::tree::{Atom, Slot, Written};
use crate::units::{Dimension, Mismatch, Quantity, Unit};

/// Most samples or results: a count of them has no bound in seconds.
const TICKS_MAX: f64 = 1e9;

/// The YAML scalar as text, where text is expected: behind its key whatever it looks like, beside
/// a block's name when it is in quotes or reads as no value.
pub(super) fn whole_text(slot: &Slot, accepts: &[Accept], place: Place) -> Option<Spanned<String>> {
    let scalar = slot.scalar.as_ref()?;
    if !accepts.iter().any(|a| matches!(a, Accept::Text)) {
        return None;
    }
    let pattern = matches!(slot.atom.value, Atom::Pattern(_)) && scalar.n_atoms == 1;
    if pattern && accepts.iter().any(|a| matches!(a, Accept::Pattern)) {
        return None;
    }
    let is_text = match place {
        Place::Named => true,
        Place::Positional => {
            let stray = matches!(slot.atom.value, Atom::Stray(_));
            stray || scalar.quoted && !scalar.text.value.starts_with('"')
        }
    };
    is_text.then(|| scalar.text.clone())
}

/// Whether a value beside a block's name is of a type.
pub(super) fn takes_slot(accept: Accept, slot: &Slot) -> bool {
    takes(accept, &slot.atom.value)
        || matches!(accept, Accept::Text)
            && whole_text(slot, &[accept], Place::Positional).is_some()
}

/// Whether an atom is of a type, whatever its unit and size.
pub(super) fn takes(accept: Accept, atom: &Atom) -> bool {
    match (accept, atom) {
        (Accept::Number(..) | Accept::Count(..), Atom::Quantity(_)) => true,
        (Accept::AtMost(_), Atom::AtMost | Atom::Quantity(_)) => true,
        (Accept::Range(..), Atom::Range(..)) => true,
        (Accept::Words(words), Atom::Word(word)) => words.contains(&word.as_str()),
        (Accept::Name, Atom::Word(_)) => true,
        (Accept::Text, Atom::Text(_)) => true,
        (Accept::Pattern, Atom::Pattern(_)) => true,
        (Accept::Dims(..), Atom::Dims(_)) => true,
        _ => false,
    }
}

/// An atom as one of the types that its key takes.
pub(super) fn convert(
    key: &Key,
    accepts: &[Accept],
    atom: &Spanned<Atom>,
) -> Result<Value, Box<Diagnostic>> {
    let mut problem: Option<Diagnostic> = None;
    for accept in accepts {
        if !takes(*accept, &atom.value) {
            continue;
        }
        match convert_to(key, *accept, accepts, atom) {
            Ok(value) => return Ok(value),
            Err(diagnostic) => {
                problem.get_or_insert(diagnostic);
            }
        }
    }
    Err(Box::new(
        problem.unwrap_or_else(|| wrong_type(key, accepts, atom)),
    ))
}

fn mismatch(
    code: impulse_ir::Code,
    key: &Key,
    accepts: &[Accept],
    span: Span,
    found: &str,
) -> Diagnostic {
    let message = format!(
        "`{}` expects {}, found {found}",
        key.name,
        expected(accepts)
    );
    Diagnostic::error(code, span, message)
}

fn wrong_type(key: &Key, accepts: &[Accept], atom: &Spanned<Atom>) -> Diagnostic {
    let found = atom.value.describe();
    let diagnostic = mismatch(codes::WRONG_VALUE, key, accepts, atom.span, &found);
    let one_number = accepts.iter().any(|a| matches!(a, Accept::Count(..)));
    let text = accepts.iter().any(|a| matches!(a, Accept::Text));
    match &atom.value {
        Atom::Word(found) => {
            let words = accepts.iter().flat_map(|a| match a {
                Accept::Words(words) => *words,
                _ => &[],
            });
            match suggest::name(found, words.copied()) {
                Some(word) => diagnostic.fix(atom.span, word, format!("did you mean `{word}`?")),
                None if text => {
                    diagnostic.fix(atom.span, crate::tree::quote(found), "put it in quotes")
                }
                None => diagnostic,
            }
        }
        Atom::Dims(dims) if one_number => match dims.first() {
            Some(first) if dims.iter().all(|d| d == first) => {
                diagnostic.fix(atom.span, first.to_string(), "give one number")
            }
            _ => diagnostic,
        },
        Atom::Quantity(_) | Atom::Dims(_) | Atom::Range(..) if text => {
            let quoted = crate::tree::quote(&atom.value.as_written());
            diagnostic.fix(atom.span, quoted, "put it in quotes")
        }
        Atom::Quantity(written) if accepts.iter().any(|a| matches!(a, Accept::Range(..))) => {
            let text = written.text();
            let example = match written.number {
                n if n < 0.0 => format!("{text}..{}", text.trim_start_matches('-')),
                _ => format!("-{text}..{text}"),
            };
            let level = accepts
                .iter()
                .any(|a| matches!(a, Accept::Range(Dimension::Level, ..)));
            match level && written.number != 0.0 {
                true => diagnostic.hint(format!("a range has two ends, such as `{example}`")),
                false => diagnostic.hint("a range has two ends with `..` between them"),
            }
        }
        _ => diagnostic,
    }
}

fn convert_to(
    key: &Key,
    accept: Accept,
    accepts: &[Accept],
    atom: &Spanned<Atom>,
) -> Result<Value, Diagnostic> {
    let out_of_range = |found: &str| mismatch(codes::OUT_OF_RANGE, key, accepts, atom.span, found);
    match (accept, &atom.value) {
        (Accept::Number(dimension, from, to), Atom::Quantity(written)) => {
            let quantity = measure(key, accept, dimension, accepts, written)?;
            let ticks = matches!(quantity.unit, Unit::Sample | Unit::Result);
            let (from, to) = if ticks { (0.0, TICKS_MAX) } else { (from, to) };
            if !(from..=to).contains(&quantity.value) {
                let diagnostic = out_of_range(&written.text());
                return Err(percent_meant(diagnostic, dimension, to, written));
            }
            Ok(Value::Number(quantity))
        }
        (Accept::AtMost(dimension), Atom::Quantity(written)) => {
            let quantity = measure(key, accept, dimension, accepts, written)?;
            if !(quantity.value > 0.0 && quantity.value < 1e15) {
                return Err(out_of_range(&written.text()));
            }
            Ok(Value::Number(quantity))
        }
        (Accept::Count(dimension, from, to), Atom::Quantity(written)) => {
            let quantity = measure(key, accept, dimension, accepts, written)?;
            let value = quantity.value;
            if value.fract() != 0.0 || !(from as f64..=to as f64).contains(&value) {
                return Err(out_of_range(&written.text()));
            }
            Ok(Value::Count(value as u64))
        }
        (Accept::Range(dimension, from, to), Atom::Range(low, high)) => range(
            key,
            accept,
            dimension,
            accepts,
            (low, high),
            atom,
            from..=to,
        ),
        (Accept::Dims(least, most, from, to), Atom::Dims(dims)) => {
            let sizes = dims.iter().all(|d| (from..=to).contains(&(*d as u64)));
            if !sizes || !(least..=most).contains(&dims.len()) {
                return Err(out_of_range(&atom.value.text()));
            }
            Ok(Value::Dims(dims.clone()))
        }
        (_, Atom::Word(text) | Atom::Text(text) | Atom::Pattern(text)) => {
            Ok(Value::Text(text.clone()))
        }
        _ => Err(wrong_type(key, accepts, atom)),
    }
}

fn range(
    key: &Key,
    accept: Accept,
    dimension: Dimension,
    accepts: &[Accept],
    (first, second): (&Written, &Written),
    atom: &Spanned<Atom>,
    bounds: std::ops::RangeInclusive<f64>,
) -> Result<Value, Diagnostic> {
    let text = atom.value.text();
    // `10..30 dB`: the first number takes the unit of the second.
    let mut low = first.clone();
    if low.unit.is_none() {
        low.unit.clone_from(&second.unit);
    }
    if low.unit.is_none() && dimension != Dimension::One {
        let found = format!("{text} without a unit");
        let diagnostic = mismatch(codes::WRONG_UNIT, key, accepts, atom.span, &found);
        let unit = dimension.units().first().copied().unwrap_or_default();
        return Err(match accepts {
            [_] => {
                let text = format!("{} {unit}..{} {unit}", first.digits, second.digits);
                let message = format!("such as `{text}`");
                diagnostic.fix(atom.span, text, message)
            }
            _ => diagnostic,
        });
    }
    let low = measure(key, accept, dimension, accepts, &low)?;
    let high = measure(key, accept, dimension, accepts, second)?;
    if low.value > high.value {
        let message = format!("`{}` expects the lower end first, found {text}", key.name);
        let turned = format!("{}..{}", second.text(), first.text());
        let diagnostic = Diagnostic::error(codes::OUT_OF_RANGE, atom.span, message);
        return Err(diagnostic.fix(atom.span, turned, "turn it round"));
    }
    if !(bounds.contains(&low.value) && bounds.contains(&high.value)) {
        return Err(mismatch(
            codes::OUT_OF_RANGE,
            key,
            accepts,
            atom.span,
            &text,
        ));
    }
    Ok(Value::Range(low, high))
}

/// `25` where a share is expected is most likely 25%.
fn percent_meant(
    diagnostic: Diagnostic,
    dimension: Dimension,
    to: f64,
    written: &Written,
) -> Diagnostic {
    let share = dimension == Dimension::Share && written.unit.is_none();
    if share && (0.0..=to * 100.0).contains(&written.number) {
        let text = format!("{}%", written.digits);
        let message = format!("did you mean `{text}`?");
        return diagnostic.fix(written.span, text, message);
    }
    diagnostic
}

/// A number with its unit as the dimension that its key expects.
fn measure(
    key: &Key,
    accept: Accept,
    dimension: Dimension,
    accepts: &[Accept],
    written: &Written,
) -> Result<Quantity, Diagnostic> {
    let unit = written.unit.as_ref().map(|u| u.value.as_str());
    let problem = match dimension.read(written.number, unit) {
        Ok(quantity) if quantity.value.is_finite() => return Ok(quantity),
        Ok(_) => {
            let found = written.text();
            return Err(mismatch(
                codes::OUT_OF_RANGE,
                key,
                accepts,
                written.span,
                &found,
            ));
        }
        Err(problem) => problem,
    };
    let units = dimension.units();
    let expects = match accept {
        Accept::Count(..) => accept.describe(),
        _ => dimension.expected().to_owned(),
    };
    let message = |found: &str| format!("`{}` expects {expects}, found {found}", key.name);
    match (&written.unit, problem) {
        (Some(unit), Mismatch::Unknown) => {
            let found = crate::tree::shorten(&unit.value);
            let diagnostic = Diagnostic::error(
                codes::UNKNOWN_UNIT,
                unit.span,
                format!("unknown unit `{found}`"),
            );
            Err(match suggest::unit(&unit.value, &units) {
                Some(name) => diagnostic.fix(unit.span, name, format!("did you mean `{name}`?")),
                None => diagnostic.hint(format!("`{}` expects {expects}", key.name)),
            })
        }
        (Some(unit), Mismatch::Dimension) => {
            let diagnostic =
                Diagnostic::error(codes::WRONG_UNIT, written.span, message(&written.text()));
            Err(match dimension {
                Dimension::One | Dimension::Count(_) => diagnostic.fix(
                    Span::new(written.span.start, unit.span.end),
                    written.digits.clone(),
                    "leave the unit out",
                ),
                _ => diagnostic,
            })
        }
        (None, _) => {
            let found = format!("{} without a unit", written.text());
            let diagnostic = Diagnostic::error(codes::WRONG_UNIT, written.span, message(&found));
            Err(match likely_unit(accept, dimension, written) {
                Some(text) => {
                    let message = format!("such as `{text}`");
                    diagnostic.fix(written.span, text, message)
                }
                None => diagnostic,
            })
        }
    }
}

/// A bare number with the unit that it most likely has.
fn likely_unit(accept: Accept, dimension: Dimension, written: &Written) -> Option<String> {
    let number = written.number;
    let unit =
        match dimension {
            Dimension::Time | Dimension::TimeOrSamples | Dimension::TimeOrResults => {
                if number >= 10.0 { "ms" } else { "s" }
            }
            Dimension::Frequency => match accept {
                Accept::Number(_, from, _) if number < from => "kHz",
                _ => "Hz",
            },
            Dimension::Level => "dB",
            Dimension::Angle => "deg",
            Dimension::Memory if number < 2048.0 => "KiB",
            Dimension::Memory => "B",
            Dimension::Share => return Some(format!("{}%", written.digits)),
            Dimension::One | Dimension::Count(_) => return None,
        };
    Some(format!("{} {unit}", written.digits))
}
