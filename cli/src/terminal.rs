//! The only place of this program that prints: text of services and other people reaches a terminal without what controls one.

use std::fmt::Display;
use std::io::{self, Write};

use framework::printable::{printable, printable_json, printable_line};
use serde_json::Value;

use crate::failure::Failure;

/// Prints text and a line end to standard output.
pub fn print(text: impl Display) -> Result<(), Failure> {
    to_output(&printable(&text.to_string()))
}

/// Prints lines of fields with tabs between them: a field stays a field and a line a line, whatever somebody wrote into it.
pub fn print_fields(lines: &[Vec<String>]) -> Result<(), Failure> {
    let line = |fields: &Vec<String>| fields.iter().map(|field| printable_line(field)).collect::<Vec<_>>().join("\t") + "\n";
    to_output(lines.iter().map(line).collect::<String>().trim_end_matches('\n'))
}

/// Prints a JSON value, on several lines.
pub fn print_json(value: &Value) -> Result<(), Failure> {
    to_output(&printable_json(&format!("{value:#}")))
}

/// Prints JSON text as it is, but for characters that it can escape.
pub fn print_json_text(json: &str) -> Result<(), Failure> {
    to_output(&printable_json(json))
}

/// Prints text of this program itself, such as commands for a shell, as it is.
pub fn print_verbatim(text: &str) -> Result<(), Failure> {
    to_output(text.trim_end_matches('\n'))
}

/// Prints a message to standard error. A closed standard error is ignored.
pub fn message(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{}", printable(&text.to_string()));
}

fn to_output(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let end = if text.is_empty() { "" } else { "\n" };
    let printed = write!(out, "{text}{end}").and_then(|()| out.flush());
    printed.map_err(|error| Failure::new(format!("cannot print: {error}")))
}
