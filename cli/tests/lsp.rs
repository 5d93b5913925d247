//! The language server, driven over its protocol in a process of its own.

#[path = "common/spec.rs"]
mod spec;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use spec::SPEC;

const NATIVE: &str = "file:///project/tones.impulse";
const YAML: &str = "file:///project/tones.yaml";

/// An editor that talks to the server.
struct Editor {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    n_requests: u64,
    version: u64,
}

impl Editor {
    /// Starts the server and shakes hands; `encodings` are the editor's ways to count columns.
    fn start(encodings: &[&str]) -> (Self, Value) {
        let mut process = Command::new(env!("CARGO_BIN_EXE_impulse"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = process.stdin.take().unwrap();
        let from = BufReader::new(process.stdout.take().unwrap());
        let mut editor = Editor {
            process,
            to,
            from,
            n_requests: 0,
            version: 0,
        };
        let general = json!({ "positionEncodings": encodings });
        let capabilities = json!({ "general": general });
        let params = json!({ "processId": null, "rootUri": null, "capabilities": capabilities });
        let result = editor.ask("initialize", params);
        editor.tell("initialized", json!({}));
        (editor, result)
    }

    fn send(&mut self, mut message: Value) {
        message["jsonrpc"] = json!("2.0");
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.to.flush().unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(
                self.from.read_line(&mut line).unwrap() > 0,
                "the server has gone"
            );
            match line.trim().split_once(": ") {
                Some(("Content-Length", n)) => length = n.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.from.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(json!({ "method": method, "params": params }));
    }

    /// The result of a request.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.request(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer:#}");
        answer["result"].clone()
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.n_requests += 1;
        self.send(json!({ "id": self.n_requests, "method": method, "params": params }));
        let answer = self.receive();
        assert_eq!(answer["id"], self.n_requests, "{answer:#}");
        answer
    }

    /// Opens a document; its diagnostics.
    fn open(&mut self, uri: &str, language: &str, text: &str) -> Vec<Value> {
        let document = json!({ "uri": uri, "languageId": language, "version": 0, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        self.diagnostics(uri)
    }

    /// Replaces its text; its diagnostics.
    fn change(&mut self, uri: &str, text: &str) -> Vec<Value> {
        self.version += 1;
        let document = json!({ "uri": uri, "version": self.version });
        let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        self.tell("textDocument/didChange", params);
        self.diagnostics(uri)
    }

    fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        let note = self.receive();
        assert_eq!(
            note["method"], "textDocument/publishDiagnostics",
            "{note:#}"
        );
        assert_eq!(note["params"]["uri"], uri);
        note["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// Asks at the place of `|` in `text`, which the document gets without it.
    fn ask_at(&mut self, method: &str, uri: &str, text: &str) -> Value {
        let before = text.split('|').next().unwrap();
        self.change(uri, &text.replacen('|', "", 1));
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
        let position = json!({ "line": line, "character": column });
        self.ask(
            method,
            json!({ "textDocument": { "uri": uri }, "position": position }),
        )
    }

    fn labels(&mut self, uri: &str, text: &str) -> Vec<String> {
        let items = self.ask_at("textDocument/completion", uri, text);
        let items = items.as_array().unwrap().iter();
        items
            .map(|i| i["label"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Says good-bye; the server must end well.
    fn end(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        assert!(self.process.wait().unwrap().success());
    }
}

/// The text with the edits of an answer made in it. Columns count UTF-16 units, of text that has
/// ASCII alone.
fn edited(text: &str, edits: &Value) -> String {
    let offset = |at: &Value| {
        let lines = text
            .split_inclusive('\n')
            .take(at["line"].as_u64().unwrap() as usize);
        lines.map(str::len).sum::<usize>() + at["character"].as_u64().unwrap() as usize
    };
    let mut text_now = text.to_owned();
    for edit in edits.as_array().unwrap().iter().rev() {
        let range = offset(&edit["range"]["start"])..offset(&edit["range"]["end"]);
        text_now.replace_range(range, edit["newText"].as_str().unwrap());
    }
    text_now
}

fn as_yaml(text: &str) -> String {
    impulse_dsl::format(
        text,
        impulse_dsl::Syntax::Impulse,
        impulse_dsl::Syntax::Yaml,
    )
    .unwrap()
}

#[test]
fn diagnostics_come_while_typing() {
    let (mut editor, hello) = Editor::start(&["utf-16"]);
    assert_eq!(hello["serverInfo"]["name"], "impulse");
    assert_eq!(editor.open(NATIVE, "impulse", SPEC), Vec::<Value>::new());
    let found = editor.change(NATIVE, &SPEC.replace("epochs", "epocs"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["code"], "E0201");
    assert_eq!(found[0]["severity"], 1);
    let start = json!({ "line": 27, "character": 11 });
    assert_eq!(found[0]["range"]["start"], start);
    assert!(
        found[0]["message"]
            .as_str()
            .unwrap()
            .contains("did you mean `epochs`?")
    );
    // A budget that is broken is said at the layer, with the budget beside it.
    let found = editor.change(NATIVE, &SPEC.replace("4 filters", "1800 filters"));
    let ram = found.iter().find(|d| d["code"] == "E0501").unwrap();
    assert_eq!(ram["range"]["start"]["line"], 22);
    assert_eq!(
        ram["relatedInformation"][0]["location"]["range"]["start"]["line"],
        32
    );
    assert_eq!(editor.change(NATIVE, SPEC), Vec::<Value>::new());
    // The other spelling; and YAML that is no spec.
    let yaml = as_yaml(SPEC);
    assert_eq!(editor.open(YAML, "yaml", &yaml), Vec::<Value>::new());
    let found = editor.change(YAML, &yaml.replace("epochs", "epocs"));
    assert_eq!(found[0]["code"], "E0201");
    assert_eq!(
        editor.change(YAML, "services:\n  web: {}\n"),
        Vec::<Value>::new()
    );
    editor.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": YAML } }),
    );
    assert_eq!(editor.diagnostics(YAML), Vec::<Value>::new());
    editor.end();
}

#[test]
fn keys_values_boards_and_units_are_completed() {
    let (mut editor, _) = Editor::start(&["utf-16"]);
    editor.open(NATIVE, "impulse", "");
    editor.open(YAML, "yaml", "");
    for (uri, text, expect) in [
        (NATIVE, "impulse a\nwin|", "window"),
        (NATIVE, "window audio {\n  |", "stride"),
        (NATIVE, "window audio {\n  rate 16 |\n}", "kHz"),
        (NATIVE, "network {\n  conv1d 8 filters, padding |", "valid"),
        (NATIVE, "target na|", "nano33"),
        (YAML, "impulse: a\nwindow:\n  audio:\n    le|", "length"),
        (YAML, "impulse: a\nwindow:\n  audio:\n    rate: 16 |", "kHz"),
        (YAML, "impulse: a\nquantize: |", "int8"),
        (YAML, "impulse: a\ntarget:\n  |", "nano33"),
    ] {
        let labels = editor.labels(uri, text);
        assert!(
            labels.iter().any(|l| l == expect),
            "no {expect} at {text}: {labels:?}"
        );
    }
    // What was begun is replaced, also behind letters that count twice.
    let text = "# 🎤 µ\nwindow audio { str|";
    let items = editor.ask_at("textDocument/completion", NATIVE, text);
    let stride = items
        .as_array()
        .unwrap()
        .iter()
        .find(|i| i["label"] == "stride")
        .unwrap();
    let start = json!({ "line": 1, "character": 15 });
    assert_eq!(stride["textEdit"]["range"]["start"], start);
    assert!(stride["detail"].as_str().unwrap().contains("how often"));
    editor.end();
}

#[test]
fn hover_shows_shape_ram_and_latency() {
    let (mut editor, _) = Editor::start(&["utf-16"]);
    editor.open(NATIVE, "impulse", SPEC);
    editor.open(YAML, "yaml", "");
    let yaml = as_yaml(SPEC);
    for (uri, text) in [
        (NATIVE, SPEC.replace("conv1d ", "con|v1d ")),
        (YAML, yaml.replace("conv1d:", "con|v1d:")),
    ] {
        let hover = editor.ask_at("textDocument/hover", uri, &text);
        let shown = hover["contents"]["value"].as_str().unwrap();
        // 4 filters of 3 x 8 weights and a bias, on 19 frames.
        for part in [
            "[19, 8] → [19, 4]",
            "100 weights",
            "emulator-m4",
            "of RAM in use",
            " µs",
            "1,824 MACs",
        ] {
            assert!(shown.contains(part), "no {part} in {shown}");
        }
        assert!(shown.contains("Convolution over time"), "{shown}");
    }
    let hover = editor.ask_at(
        "textDocument/hover",
        NATIVE,
        &SPEC.replace("coefficients", "coeffi|cients"),
    );
    let shown = hover["contents"]["value"].as_str().unwrap();
    assert!(
        shown.contains("[19, 8]") && shown.contains("ms") && shown.contains("kept"),
        "{shown}"
    );
    let nothing = editor.ask_at(
        "textDocument/hover",
        NATIVE,
        &SPEC.replace("impulse tones\n", "impulse tones\n|"),
    );
    assert_eq!(nothing, Value::Null);
    editor.end();
}

#[test]
fn documents_are_formatted() {
    let (mut editor, _) = Editor::start(&["utf-16"]);
    let untidy = SPEC
        .replace("  rate    8 kHz", "rate 8 kHz")
        .replace("  stride", "\n\n\n   stride");
    editor.open(NATIVE, "impulse", &untidy);
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let params = json!({ "textDocument": { "uri": NATIVE }, "options": options });
    let edits = editor.ask("textDocument/formatting", params.clone());
    let syntax = impulse_dsl::Syntax::Impulse;
    let tidy = edited(&untidy, &edits);
    assert_eq!(tidy, impulse_dsl::format(&untidy, syntax, syntax).unwrap());
    assert_ne!(tidy, untidy);
    editor.change(NATIVE, &tidy);
    assert_eq!(
        editor.ask("textDocument/formatting", params.clone()),
        json!([])
    );
    editor.change(NATIVE, "impulse {{{");
    assert_eq!(editor.ask("textDocument/formatting", params), Value::Null);
    editor.end();
}

#[test]
fn quick_fixes_mend_what_they_say() {
    let (mut editor, _) = Editor::start(&["utf-16"]);
    editor.open(NATIVE, "impulse", "");
    editor.open(YAML, "yaml", "");
    let yaml = as_yaml(SPEC);
    for (uri, text, code) in [
        (NATIVE, SPEC.replace("epochs", "epocs"), "E0201"),
        (NATIVE, SPEC.replace("4 filters", "1800 filters"), "E0501"),
        (YAML, yaml.replace("max_pool", "maxpool"), "E0201"),
        (YAML, yaml.replace("emulator-m4", "emulator-m44"), "E0510"),
    ] {
        let found = editor.change(uri, &text);
        let wrong = found.iter().find(|d| d["code"] == code);
        let wrong = wrong.unwrap_or_else(|| panic!("no {code}: {found:#?}"));
        let context = json!({ "diagnostics": [wrong] });
        let document = json!({ "uri": uri });
        let params =
            json!({ "textDocument": document, "range": wrong["range"], "context": context });
        let actions = editor.ask("textDocument/codeAction", params);
        let actions = actions.as_array().unwrap();
        let of_code = |a: &&Value| a["diagnostics"][0]["code"] == code;
        let fix = actions
            .iter()
            .find(of_code)
            .unwrap_or_else(|| panic!("{actions:#?}"));
        assert_eq!(fix["kind"], "quickfix");
        let mended = edited(&text, &fix["edit"]["changes"][uri]);
        let left = editor.change(uri, &mended);
        assert!(
            left.iter().all(|d| d["code"] != code),
            "{mended}\n{left:#?}"
        );
    }
    editor.end();
}

#[test]
fn columns_are_counted_as_the_editor_wishes() {
    // The label before the mistake has a letter of one character, two units and four bytes.
    let text = SPEC.replace("labels    low, high", "labels    low, \"🎤\", high, 7 kHz");
    for (encodings, column) in [(&["utf-16"][..], 29), (&["utf-16", "utf-8"], 31)] {
        let (mut editor, hello) = Editor::start(encodings);
        let chosen = encodings.last().unwrap();
        assert_eq!(&hello["capabilities"]["positionEncoding"], chosen);
        let found = editor.open(NATIVE, "impulse", &text);
        assert_eq!(
            found[0]["range"]["start"]["character"], column,
            "{found:#?}"
        );
        editor.end();
    }
}

#[test]
fn what_it_does_not_know_is_an_answer_too() {
    let (mut editor, _) = Editor::start(&[]);
    let answer = editor.request("textDocument/rename", json!({}));
    assert_eq!(answer["error"]["code"], -32601, "{answer:#}");
    let answer = editor.request("textDocument/hover", json!({ "textDocument": 7 }));
    assert_eq!(answer["error"]["code"], -32602, "{answer:#}");
    editor.tell("textDocument/didOpen", json!({ "nothing": true }));
    editor.tell("$/unknown", json!({}));
    // Broken texts of all kinds, then a good one.
    editor.open(NATIVE, "impulse", "");
    let many = "{".repeat(5000);
    for text in [
        "\0",
        "\u{feff}impulse",
        "impulse a\r\nnetwork {",
        &many,
        "\"",
        "/",
        "🎤",
    ] {
        editor.change(NATIVE, text);
        let last = json!({ "line": 0, "character": 9999 });
        let at = json!({ "textDocument": { "uri": NATIVE }, "position": last });
        editor.ask("textDocument/completion", at.clone());
        editor.ask("textDocument/hover", at);
    }
    assert_eq!(editor.change(NATIVE, SPEC), Vec::<Value>::new());
    editor.end();
}
