//! Private state: a JSON object that Terraform stores beside the state of an object for the provider.
//!
//! They travel from apply to the next run's read and plan, and are lost whenever an answer leaves them out (docs/terraform-protocol.md#private-bytes): so
//! every answer carries them.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Set by an import, or by a move from another provider, until the read that follows.
const IMPORTED: &str = ".imported";

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Private(Map<String, Value>);

impl Private {
    /// Reads the bytes. What cannot be read is treated as nothing remembered: these facts make answers better, never right.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Private(serde_json::from_slice(bytes).unwrap_or_default())
    }

    /// The bytes; none when nothing is remembered.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() { Vec::new() } else { serde_json::to_vec(&self.0).unwrap_or_default() }
    }

    /// What an import or a move starts with.
    pub fn imported() -> Self {
        Private(Map::from_iter([(IMPORTED.to_owned(), Value::Bool(true))]))
    }

    /// Whether nothing was read since then.
    pub fn is_imported(&self) -> bool {
        self.0.contains_key(IMPORTED)
    }

    /// Something was read.
    pub fn was_read(&mut self) {
        self.0.remove(IMPORTED);
    }

    /// One fact.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.0.get(key).and_then(|value| serde_json::from_value(value.clone()).ok())
    }

    /// Sets one fact. One that has no JSON form is forgotten instead.
    pub fn set(&mut self, key: &str, value: impl serde::Serialize) {
        match serde_json::to_value(value) {
            Ok(value) => self.0.insert(key.to_owned(), value),
            Err(_) => self.0.remove(key),
        };
    }

    /// Forgets one fact.
    pub fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }
}
