//! SARIF 2.1.0, which code scanning services read.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use impulse_ir::Span;
use impulse_ir::diagnostic::{Code, codes};
use serde_json::{Value, json};

use super::{Finding, one_based};
use crate::failure::Source;

/// The log: one run with its rules, results and fixes.
pub fn render(findings: &[Finding<'_>]) -> String {
    let mut used: Vec<Code> = findings.iter().map(|f| f.diagnostic.code).collect();
    used.sort_unstable();
    used.dedup();
    let results: Vec<Value> = findings.iter().map(|f| result(f, &used)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "impulse",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": used.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    // Strings, numbers and lists alone: nothing in it can fail to be written.
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn rule(code: Code) -> Value {
    let Some(entry) = codes::explain(code) else {
        return json!({ "id": code.to_string() });
    };
    json!({
        "id": code.to_string(),
        "shortDescription": { "text": entry.title },
        "help": { "text": entry.text },
    })
}

fn result(finding: &Finding<'_>, rules: &[Code]) -> Value {
    let diagnostic = finding.diagnostic;
    let mut message = diagnostic.message.clone();
    for hint in &diagnostic.hints {
        message.push_str(&format!("\n{}", hint.message));
    }
    let mut result = json!({
        "ruleId": diagnostic.code.to_string(),
        "ruleIndex": rules.iter().position(|code| *code == diagnostic.code),
        "level": finding.severity(),
        "message": { "text": message },
    });
    if let Some(file) = finding.file() {
        let mut physical = json!({ "artifactLocation": { "uri": uri(&file) } });
        if let Some((start, end)) = finding.range() {
            let mut region = json!({ "startLine": start.line, "startColumn": start.column });
            if let Some(end) = end {
                region["endLine"] = json!(end.line);
                region["endColumn"] = json!(end.column);
            }
            physical["region"] = region;
        }
        result["locations"] = json!([{ "physicalLocation": physical }]);
    }
    let fixes: Vec<Value> = match (finding.file(), finding.source) {
        (Some(file), Some(source)) => diagnostic
            .hints
            .iter()
            .filter_map(|hint| {
                let (span, new) = (hint.span?, hint.replacement.as_ref()?);
                Some(fix(&hint.message, &file, span, new, source))
            })
            .collect(),
        _ => Vec::new(),
    };
    if !fixes.is_empty() {
        result["fixes"] = Value::Array(fixes);
    }
    result
}

fn fix(message: &str, file: &str, span: Span, new: &str, source: &Source) -> Value {
    let [start, end] = one_based(span, source);
    json!({
        "description": { "text": message },
        "artifactChanges": [{
            "artifactLocation": { "uri": uri(file) },
            "replacements": [{
                "deletedRegion": {
                    "startLine": start.line, "startColumn": start.column,
                    "endLine": end.line, "endColumn": end.column,
                },
                "insertedContent": { "text": new },
            }],
        }],
    })
}

/// A path as a URI reference (RFC 3986): absolute paths as `file:` URIs, others relative.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
