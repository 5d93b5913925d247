//! One line each: `yes_no.impulse:3:5: error[E0201]: unknown key …`, which editors and scripts read.

use super::Finding;

/// A line for each finding, with what mends it.
pub fn render(findings: &[Finding<'_>]) -> String {
    let mut text = String::new();
    for finding in findings {
        if let Some(file) = finding.file() {
            text.push_str(&file);
            if let Some((start, _)) = finding.range() {
                text.push_str(&format!(":{}:{}", start.line, start.column));
            }
            text.push_str(": ");
        }
        let diagnostic = finding.diagnostic;
        let (severity, code) = (finding.severity(), diagnostic.code);
        text.push_str(&format!("{severity}[{code}]: {}", diagnostic.message));
        for hint in &diagnostic.hints {
            text.push_str(&format!("; {}", hint.message));
        }
        text.push('\n');
    }
    text
}
