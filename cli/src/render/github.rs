//! Workflow commands, which GitHub shows beside the lines of a pull request.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use super::Finding;

/// A workflow command for each finding.
pub fn render(findings: &[Finding<'_>]) -> String {
    let mut text = String::new();
    for finding in findings {
        let mut properties = vec![format!("title={}", finding.diagnostic.code)];
        if let Some(file) = finding.file() {
            properties.push(format!("file={}", property(&file)));
        }
        if let Some((start, end)) = finding.range() {
            properties.push(format!("line={},col={}", start.line, start.column));
            // A range within one line only: GitHub refuses columns of another.
            if let Some(end) = end {
                properties.push(match end.line == start.line {
                    true => format!("endColumn={}", end.column),
                    false => format!("endLine={}", end.line),
                });
            }
        }
        let mut message = finding.diagnostic.message.clone();
        for hint in &finding.diagnostic.hints {
            message.push_str(&format!("\nhelp: {}", hint.message));
        }
        let (severity, properties) = (finding.severity(), properties.join(","));
        text.push_str(&format!("::{severity} {properties}::{}\n", data(&message)));
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
