//! Every diagnostic code with its explanation: one row each, in order.
//!
//! Ranges: E01xx syntax · E02xx keys, values, units · E03xx features · E04xx network and shapes ·
//! E05xx budgets and boards · E06xx data · E07xx model files · E08xx training · E09xx files,
//! tools, environment.

/// A stable diagnostic code, such as `E0201`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u16);

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "E{:04}", self.0)
    }
}

impl core::str::FromStr for Code {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix(['E', 'e']).ok_or(())?;
        digits.parse().map(Code).map_err(|_| ())
    }
}

/// What `impulse explain` prints of a code.
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// One line.
    pub title: &'static str,
    /// Why it is an error, an example, and how to mend it.
    pub text: &'static str,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $number:literal, $title:literal, $text:literal;)*) => {
        $(#[doc = $title] pub const $name: Code = Code($number);)*
        /// Every code, in order of its number.
        pub const ALL: &[Explanation] = &[
            $(Explanation { code: $name, title: $title, text: $text },)*
        ];
    };
}

codes! {
    SYNTAX = 101, "the text is not a spec",
        "The parser met something that no rule of the language allows here. The message names what it expected.";
    UNKNOWN_KEY = 201, "unknown key",
        "A block has a key that the language does not know. The nearest known key is suggested.";
}

/// The explanation of `code`, if the code exists.
pub fn explain(code: Code) -> Option<&'static Explanation> {
    ALL.iter().find(|e| e.code == code)
}
