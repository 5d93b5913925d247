//! Tables and numbers as tokens, and as text that people can scroll past.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

/// Columns that packed lines keep to.
const WIDTH: usize = 100;

/// `[1, 2, 3]`, literals without a suffix.
pub(crate) fn list<T: Number>(values: impl IntoIterator<Item = T>) -> TokenStream {
    let literals = values.into_iter().map(Number::tokens);
    quote!([#(#literals),*])
}

/// `static NAME: [TYPE; LEN] = […];`
pub(crate) fn table<T: Number>(name: &proc_macro2::Ident, values: &[T]) -> TokenStream {
    let (len, ty, values) = (values.len(), T::ty(), list(values.iter().copied()));
    quote!(static #name: [#ty; #len] = #values;)
}

/// A number that a table holds.
pub(crate) trait Number: Copy {
    /// Its literal, in a place where its type is known.
    fn tokens(self) -> TokenStream;
    /// The name of its type.
    fn ty() -> TokenStream;
}

macro_rules! integers {
    ($($ty:ty),*) => {$(
        impl Number for $ty {
            fn tokens(self) -> TokenStream {
                // The magnitude of the lowest value is no value of the type.
                let magnitude = Literal::i128_unsuffixed((self as i128).abs());
                signed((self as i128) < 0, magnitude)
            }
            fn ty() -> TokenStream {
                quote!($ty)
            }
        }
    )*};
}

integers!(u8, u16, u32, u64, i8, i16, i32, usize);

impl Number for f32 {
    fn tokens(self) -> TokenStream {
        // The shortest decimal that reads back as the same f32.
        signed(self.is_sign_negative(), Literal::f32_unsuffixed(self.abs()))
    }
    fn ty() -> TokenStream {
        quote!(f32)
    }
}

/// A sign is a token of its own.
fn signed(negative: bool, magnitude: Literal) -> TokenStream {
    if negative {
        quote!(-#magnitude)
    } else {
        quote!(#magnitude)
    }
}

impl Number for bool {
    fn tokens(self) -> TokenStream {
        self.into_token_stream()
    }
    fn ty() -> TokenStream {
        quote!(bool)
    }
}

/// Joins lines that hold nothing but one number and a comma, as the formatter leaves them.
pub(super) fn pack(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for line in text.lines() {
        let word = line.trim_start();
        let indent = line.len() - word.len();
        if !is_number(word) {
            if column > 0 {
                out.push('\n');
            }
            column = 0;
            out.push_str(line);
            out.push('\n');
        } else if column > 0 && column + 1 + word.len() <= WIDTH {
            out.push(' ');
            out.push_str(word);
            column += 1 + word.len();
        } else {
            if column > 0 {
                out.push('\n');
            }
            out.push_str(&line[..indent]);
            out.push_str(word);
            column = line.len();
        }
    }
    out
}

/// `-12,` or `1.5e-7,`.
fn is_number(word: &str) -> bool {
    let Some(number) = word.strip_suffix(',') else {
        return false;
    };
    number.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && number
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | 'e'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_and_nothing_else() {
        let text = "static A: [i8; 3] = [\n    1,\n    -2,\n    3,\n];\nfn f() {\n    g(\n        1.5e-7,\n        x,\n    )\n}\n";
        let packed = pack(text);
        assert!(packed.contains("= [\n    1, -2, 3,\n];\n"), "{packed}");
        assert!(
            packed.contains("g(\n        1.5e-7,\n        x,\n    )"),
            "{packed}"
        );
    }

    #[test]
    fn packed_lines_are_not_too_long() {
        let text = format!("[\n{}]\n", "    -100,\n".repeat(50));
        let packed = pack(&text);
        assert!(packed.lines().all(|l| l.len() <= WIDTH));
        assert_eq!(packed.matches("-100,").count(), 50);
        assert!(packed.lines().count() < 8);
    }

    #[test]
    fn floats_keep_their_value() {
        for x in [0.1f32, 1.0, -1e-30, f32::MIN_POSITIVE] {
            let text = list([x]).to_string();
            let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            assert_eq!(
                digits.trim_matches(['[', ']']).parse::<f32>(),
                Ok(x),
                "{text}"
            );
        }
    }
}
