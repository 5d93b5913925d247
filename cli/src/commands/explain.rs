//! `impulse explain`: what a diagnostic code means.

use impulse_ir::diagnostic::{Code, Diagnostic, codes};

use crate::args::Explain;
use crate::failure::Failure;
use crate::ui::print;

/// Prints the explanation of a code, or every code with its title.
///
/// # Errors
/// When there is no such code.
pub fn run(args: &Explain) -> Result<(), Failure> {
    let Some(text) = &args.code else {
        for entry in codes::ALL {
            print(&format!("{}  {}", entry.code, entry.title));
        }
        return Ok(());
    };
    let Some(entry) = text.parse::<Code>().ok().and_then(codes::explain) else {
        let message = format!("expected a diagnostic code such as E0201, found `{text}`");
        return Err(Diagnostic::general(codes::UNKNOWN_CODE, message)
            .hint("`impulse explain` lists all codes")
            .into());
    };
    print(&format!(
        "{}: {}\n\n{}",
        entry.code,
        entry.title,
        wrapped(entry.text, 80)
    ));
    Ok(())
}

/// Breaks each line of `text` at spaces so that none is longer than `width`; lines that are
/// indented (examples) stay as they are.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        if paragraph.starts_with(' ') {
            lines.push(paragraph.to_owned());
            continue;
        }
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_spaces() {
        assert_eq!(
            wrapped("one two three\n\n    an example line", 8),
            "one two\nthree\n\n    an example line"
        );
    }

    #[test]
    fn every_code_can_be_explained() {
        for entry in codes::ALL {
            assert!(
                run(&Explain {
                    code: Some(entry.code.to_string())
                })
                .is_ok()
            );
        }
        assert!(
            run(&Explain {
                code: Some("E9999".into())
            })
            .is_err()
        );
        assert!(
            run(&Explain {
                code: Some("ä".into())
            })
            .is_err()
        );
    }
}
