//! Text of a user becomes text of a program in one place: identifiers and literals of C and Rust.
//!
//! Names of impulses are `[a-z][a-z0-9_]*` already; labels are any text.

/// A C string literal of `text`, quotes included. Bytes outside printable ASCII, the quote, the
/// backslash and `?` (trigraphs) become octal escapes of three digits, which no following
/// character can extend.
pub fn c_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' | b'?' => out.push_str(&format!("\\{byte:03o}")),
            b' '..=b'~' => out.push(byte as char),
            _ => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out.push('"');
    out
}

/// `text` for the inside of a one-line or block comment: line breaks and controls become spaces,
/// and no end of a comment can arise.
pub fn comment(text: &str) -> String {
    let flat: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    flat.replace("*/", "* /")
        .replace("/*", "/ *")
        .trim_end_matches('\\')
        .to_string()
}

/// An identifier in upper case for C macros and Rust constants: letters and digits of ASCII stay,
/// everything else becomes `_`; a leading digit, or nothing at all, gets a `_` in front. Two
/// labels may give one identifier: [`unique`] keeps them apart.
pub fn constant(text: &str) -> String {
    let mut out: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    if out.chars().next().is_none_or(|c| c.is_ascii_digit()) {
        out.insert(0, '_');
    }
    out
}

/// The name of the Rust type of an impulse: `yes_no` → `YesNo`.
pub fn type_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for part in name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|p| !p.is_empty())
    {
        let (first, rest) = part.split_at(1);
        out.push_str(&first.to_ascii_uppercase());
        out.push_str(rest);
    }
    if out.chars().next().is_none_or(|c| c.is_ascii_digit()) || out == "Self" {
        out.insert_str(0, "Impulse");
    }
    out
}

/// The impulse's name as the prefix of everything global in C and as the name of the Rust crate.
/// A reserved word of C or Rust gets `_impulse` behind it.
pub fn prefix(name: &str) -> String {
    let mut out: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if out.chars().next().is_none_or(|c| !c.is_ascii_alphabetic()) {
        out.insert_str(0, "impulse_");
    }
    if RESERVED.contains(&out.as_str()) {
        out.push_str("_impulse");
    }
    out
}

/// Constants of the texts, in their order, no two equal: a repeated one gets `_2`, `_3` … behind.
pub fn unique<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for text in texts {
        let base = constant(text);
        let mut name = base.clone();
        let mut number = 2;
        while taken.contains(&name) {
            name = format!("{base}_{number}");
            number += 1;
        }
        taken.push(name);
    }
    taken
}

/// Words that cannot name a crate, a module or a file's prefix in C or Rust. `impulse` would
/// collide with the prefix of the fixed files, `core`, `std` and `test` with crates.
const RESERVED: &[&str] = &[
    "abstract",
    "as",
    "async",
    "auto",
    "await",
    "become",
    "bool",
    "box",
    "break",
    "case",
    "char",
    "const",
    "continue",
    "core",
    "crate",
    "default",
    "do",
    "double",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "float",
    "fn",
    "for",
    "gen",
    "goto",
    "if",
    "impl",
    "impulse",
    "in",
    "inline",
    "int",
    "let",
    "long",
    "loop",
    "macro",
    "main",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "register",
    "restrict",
    "return",
    "runtime",
    "self",
    "short",
    "signed",
    "sizeof",
    "static",
    "std",
    "struct",
    "super",
    "switch",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typedef",
    "typeof",
    "union",
    "unsafe",
    "unsigned",
    "unsized",
    "use",
    "virtual",
    "void",
    "volatile",
    "where",
    "while",
    "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_hold_any_text() {
        assert_eq!(c_string("yes"), r#""yes""#);
        assert_eq!(c_string("a\"b\\"), r#""a\042b\134""#);
        assert_eq!(c_string("ü1"), r#""\303\2741""#);
        assert_eq!(c_string("??=\n"), r#""\077\077=\012""#);
    }

    #[test]
    fn comments_cannot_be_left() {
        assert_eq!(comment("a */ b\nc"), "a * / b c");
        assert_eq!(comment("*/*/"), "* /* /".replace("/*", "/ *"));
        assert_eq!(comment("x\\"), "x");
    }

    #[test]
    fn names_are_identifiers() {
        assert_eq!(constant("turn-on"), "TURN_ON");
        assert_eq!(constant("3 up"), "_3_UP");
        assert_eq!(constant(""), "_");
        assert_eq!(type_name("yes_no"), "YesNo");
        assert_eq!(type_name("self"), "ImpulseSelf");
        assert_eq!(prefix("yes_no"), "yes_no");
        assert_eq!(prefix("if"), "if_impulse");
        assert_eq!(prefix("2x"), "impulse_2x");
    }

    #[test]
    fn equal_names_are_told_apart() {
        assert_eq!(
            unique(["a b", "a-b", "a_b_2", "c"]),
            ["A_B", "A_B_2", "A_B_2_2", "C"]
        );
    }
}
