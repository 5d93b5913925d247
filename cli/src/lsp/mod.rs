//! `impulse lsp`: the language server, over standard input and output.
//!
//! It answers from what a document was at its last change: diagnostics while typing, completion,
//! hover with shape, RAM and latency, formatting, and quick fixes from the hints.

mod actions;
mod completion;
mod diagnostics;
mod document;
mod hover;

use std::collections::BTreeMap;

use gen_lsp_types as lsp;
use impulse_ir::diagnostic::{Diagnostic, codes};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::Failure;
use crate::lines::Columns;
use document::Document;

/// Serves until the editor says good-bye.
///
/// # Errors
/// When the editor does not speak the protocol, or goes away without a word.
pub fn run() -> Result<(), Failure> {
    let (connection, threads) = Connection::stdio();
    let failed = |e: &dyn std::fmt::Display| {
        let message = format!("the editor broke off the conversation: {e}");
        Diagnostic::general(codes::PROTOCOL, message)
    };
    let (id, params) = connection.initialize_start().map_err(|e| failed(&e))?;
    let columns = columns(&params);
    let result = lsp::InitializeResult {
        capabilities: capabilities(columns),
        server_info: Some(lsp::ServerInfo {
            name: "impulse".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    let result = serde_json::to_value(result).unwrap_or_default();
    connection
        .initialize_finish(id, result)
        .map_err(|e| failed(&e))?;
    let mut server = Server {
        documents: BTreeMap::new(),
        columns,
    };
    for message in &connection.receiver {
        let answers = match message {
            Message::Request(request) => {
                if connection
                    .handle_shutdown(&request)
                    .map_err(|e| failed(&e))?
                {
                    break;
                }
                vec![server.answer(request).into()]
            }
            Message::Notification(notification) => server.note(notification),
            Message::Response(_) => Vec::new(),
        };
        for answer in answers {
            connection.sender.send(answer).map_err(|e| failed(&e))?;
        }
    }
    drop(connection);
    threads.join().map_err(|e| failed(&e).into())
}

/// The editor's way to count columns: bytes where it can, else UTF-16 units as all can.
fn columns(params: &Value) -> Columns {
    let offered = &params["capabilities"]["general"]["positionEncodings"];
    let utf8 = offered
        .as_array()
        .is_some_and(|all| all.iter().any(|e| e == "utf-8"));
    if utf8 { Columns::Utf8 } else { Columns::Utf16 }
}

fn capabilities(columns: Columns) -> lsp::ServerCapabilities {
    lsp::ServerCapabilities {
        position_encoding: Some(match columns {
            Columns::Utf8 => lsp::PositionEncodingKind::UTF8,
            _ => lsp::PositionEncodingKind::UTF16,
        }),
        // A spec is at most 256 KiB: whole texts are simple, and quick enough.
        text_document_sync: Some(lsp::TextDocumentSync::Kind(lsp::TextDocumentSyncKind::Full)),
        completion_provider: Some(lsp::CompletionOptions {
            trigger_characters: Some([" ", ","].map(str::to_owned).to_vec()),
            ..Default::default()
        }),
        hover_provider: Some(lsp::HoverProvider::Bool(true)),
        document_formatting_provider: Some(lsp::DocumentFormattingProvider::Bool(true)),
        code_action_provider: Some(lsp::CodeActionProvider::CodeActionOptions(
            lsp::CodeActionOptions {
                code_action_kinds: Some(vec![lsp::CodeActionKind::QuickFix]),
                ..Default::default()
            },
        )),
        ..Default::default()
    }
}

/// The open documents, by their URI.
struct Server {
    documents: BTreeMap<String, Document>,
    columns: Columns,
}

impl Server {
    fn answer(&self, request: Request) -> Response {
        let Request { id, method, params } = request;
        let answer = match method.as_str() {
            "textDocument/completion" => self.ask(params, |p: lsp::CompletionParams| {
                let at = p.text_document_position_params;
                let document = self.documents.get(&at.text_document.uri.0)?;
                Some(completion::complete(document, at.position))
            }),
            "textDocument/hover" => self.ask(params, |p: lsp::HoverParams| {
                let at = p.text_document_position_params;
                let document = self.documents.get(&at.text_document.uri.0)?;
                hover::hover(document, at.position)
            }),
            "textDocument/formatting" => self.ask(params, |p: lsp::DocumentFormattingParams| {
                let document = self.documents.get(&p.text_document.uri.0)?;
                document.formatted()
            }),
            "textDocument/codeAction" => self.ask(params, |p: lsp::CodeActionParams| {
                let document = self.documents.get(&p.text_document.uri.0)?;
                Some(actions::actions(document, &p))
            }),
            other => {
                let message = format!("expected a request of a spec, found `{other}`");
                return Response::new_err(id, ErrorCode::MethodNotFound as i32, message);
            }
        };
        match answer {
            Ok(value) => Response::new_ok(id, value),
            Err(message) => Response::new_err(id, ErrorCode::InvalidParams as i32, message),
        }
    }

    /// Reads the parameters and answers with JSON; `null` where there is nothing to say.
    fn ask<P: DeserializeOwned, R: Serialize>(
        &self,
        params: Value,
        answer: impl FnOnce(P) -> Option<R>,
    ) -> Result<Value, String> {
        let params = serde_json::from_value(params).map_err(|e| e.to_string())?;
        serde_json::to_value(answer(params)).map_err(|e| e.to_string())
    }

    /// Takes a change of a document; what follows is its diagnostics.
    fn note(&mut self, notification: Notification) -> Vec<Message> {
        let Notification { method, params } = notification;
        let changed = match method.as_str() {
            "textDocument/didOpen" => {
                serde_json::from_value(params)
                    .ok()
                    .map(|p: lsp::DidOpenTextDocumentParams| {
                        let opened = p.text_document;
                        let (uri, version) = (opened.uri.0, opened.version);
                        let language = String::from(opened.language_id);
                        let document = Document::new(uri.clone(), &language, self.columns);
                        self.documents.insert(uri.clone(), document);
                        (uri, version, opened.text)
                    })
            }
            "textDocument/didChange" => serde_json::from_value(params).ok().and_then(
                |p: lsp::DidChangeTextDocumentParams| {
                    let of = p.text_document;
                    let whole = p.content_changes.into_iter().next_back()?;
                    let lsp::TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(
                        whole,
                    ) = whole
                    else {
                        return None;
                    };
                    Some((of.text_document_identifier.uri.0, of.version, whole.text))
                },
            ),
            "textDocument/didClose" => {
                let uri = params["textDocument"]["uri"].as_str().unwrap_or_default();
                self.documents.remove(uri);
                return vec![publish(uri.to_owned(), None, Vec::new())];
            }
            _ => None,
        };
        let Some((uri, version, text)) = changed else {
            return Vec::new();
        };
        let Some(document) = self.documents.get_mut(&uri) else {
            return Vec::new();
        };
        document.set_text(text);
        let found = diagnostics::of(document);
        vec![publish(uri, Some(version), found)]
    }
}

fn publish(uri: String, version: Option<i32>, diagnostics: Vec<lsp::Diagnostic>) -> Message {
    let uri = lsp::Uri(uri);
    let params = lsp::PublishDiagnosticsParams {
        uri,
        version,
        diagnostics,
    };
    Notification::new("textDocument/publishDiagnostics".to_owned(), params).into()
}
