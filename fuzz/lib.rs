//! What every target holds: no panic, places within the text, formatting that is done at once, and
//! conversions that the other reader takes.

use impulse_dsl::{Syntax, compile, format, parse};
use impulse_ir::Place;

/// Reads, checks, formats and converts a text.
pub fn drive(text: &str, syntax: Syntax) {
    let (spec, problems) = compile(text, syntax);
    assert!(spec.is_some() || !problems.is_empty());
    for problem in &problems {
        if let Place::Spec(span) = problem.place {
            assert!(text.get(span.start..span.end).is_some(), "{problem:?}");
        }
    }
    let Ok(once) = format(text, syntax, syntax) else {
        return;
    };
    assert_eq!(format(&once, syntax, syntax).as_ref(), Ok(&once));
    let other = match syntax {
        Syntax::Impulse => Syntax::Yaml,
        Syntax::Yaml => Syntax::Impulse,
    };
    if let Ok(converted) = format(text, syntax, other) {
        let (found, problems) = parse(&converted, other);
        assert!(problems.is_empty(), "{problems:?} in {converted:?}");
        assert_eq!(found, parse(text, syntax).0, "{converted:?}");
    }
}
