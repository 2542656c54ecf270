//! One line of the log, as hclog writes it.
//!
//! Constraints (docs/terraform-protocol.md#logs): a timestamp with other than six fractional digits makes Terraform show the line raw; an
//! `@`-member that is not a string crashes Terraform; a line of more than 64 KiB is read in pieces, none of which is JSON.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata};

use crate::printable::printable;

/// Longest line including its newline, in bytes: the size of Terraform's read buffer.
pub(super) const MAX_LINE_BYTES: usize = 64 * 1024;
/// Ends a value that was truncated.
const TRUNCATED: &str = "... (cut)";

/// The members of a line, or what a span adds to its lines. All values are strings.
#[derive(Debug, Default, Clone)]
pub(super) struct Members(BTreeMap<String, String>);

impl Members {
    /// The fields of an event. Its message becomes `@message`; a span's field of that name does not.
    pub fn of(event: &Event<'_>) -> Self {
        let mut members = Self::default();
        event.record(&mut members);
        let message = members.0.remove("message").unwrap_or_default();
        members.0.insert("@message".into(), message);
        members
    }

    /// Adds the fields of an outer span that no inner one has.
    pub fn add_outer(&mut self, outer: &Members) {
        for (name, value) in &outer.0 {
            self.0.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }

    /// The line, with its end.
    pub fn into_json_line(mut self, event: &Metadata<'_>, now: Timestamp) -> Vec<u8> {
        let level = match *event.level() {
            Level::TRACE => "trace",
            Level::DEBUG => "debug",
            Level::INFO => "info",
            Level::WARN => "warn",
            Level::ERROR => "error",
        };
        self.0.insert("@level".into(), level.into());
        self.0.insert("@module".into(), event.target().into());
        self.0.insert("@timestamp".into(), format!("{now:.6}"));
        self.truncate();
        // A map of strings is always JSON.
        let mut line = serde_json::to_vec(&self.0).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// Shortens the longest values until the line is short enough.
    fn truncate(&mut self) {
        loop {
            let length: usize = 2 + self.0.iter().map(|(name, value)| 6 + in_json(name) + in_json(value)).sum::<usize>();
            let Some(excess) = length.checked_sub(MAX_LINE_BYTES).filter(|excess| *excess > 0) else {
                return;
            };
            let longest = self.0.iter_mut().max_by_key(|(_, value)| in_json(value));
            match longest {
                Some((_, value)) if in_json(value) > TRUNCATED.len() => {
                    let keep = in_json(value).saturating_sub(excess + TRUNCATED.len());
                    *value = format!("{}{TRUNCATED}", prefix(value, keep));
                }
                // Thousands of members, all of them short.
                _ => self.0.retain(|name, _| name.starts_with('@')),
            }
        }
    }

    fn insert(&mut self, field: &Field, value: String) {
        let name = field.name().strip_prefix("r#").unwrap_or(field.name());
        // hclog's own members are not for fields.
        let name = name.strip_prefix('@').map_or_else(|| name.to_owned(), |rest| format!("_{rest}"));
        self.0.insert(name, printable(&value));
    }
}

impl Visit for Members {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}"));
    }
}

/// Bytes that a text takes in JSON, without its quotes.
fn in_json(text: &str) -> usize {
    text.chars().map(escaped).sum()
}

/// Bytes that a character takes in a JSON string, as serde_json writes it.
fn escaped(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..'\u{20}' => 6,
        _ => character.len_utf8(),
    }
}

/// As much of the beginning of `text` as takes at most `room` bytes in JSON.
fn prefix(text: &str, room: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, character)| {
        used += escaped(*character);
        used > room
    });
    end.map_or(text, |(end, _)| text.split_at(end).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_serde_json() {
        let text: String = (0..=0xff).chain(0x2020..0x2030).filter_map(char::from_u32).chain(['\u{1f600}']).collect();
        for character in text.chars() {
            let written = serde_json::Value::from(character.to_string()).to_string();
            assert_eq!(escaped(character) + 2, written.len(), "{character:?}");
        }
        assert_eq!(prefix("a\"b", 2), "a");
        assert_eq!(prefix("a\"b", 3), "a\"");
        assert_eq!(prefix("ab", 9), "ab");
    }
}
