// Starts `impulse lsp` for specs in both spellings.
"use strict";

const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function activate() {
  const command = workspace.getConfiguration("impulse").get("path", "impulse");
  client = new LanguageClient(
    "impulse",
    "Impulse",
    { command, args: ["lsp"] },
    // Of YAML files the server looks at those alone that begin an impulse.
    { documentSelector: [{ language: "impulse" }, { language: "yaml" }] },
  );
  return client.start();
}

function deactivate() {
  return client && client.stop();
}

module.exports = { activate, deactivate };
