//! Dynamic values of Terraform's type system, and their three forms: [`msgpack`] on the wire, [`json`] in state files,
//! and [`Value`] here.
//!
//! A value is meaningless without its [`Type`]: a list, a set and a tuple look alike, and so do a map and an object.
//! Everything that reads or writes bytes is therefore directed by a type (docs/terraform-protocol.md#values).

mod dynamic;
mod encoded;
mod error;
pub mod json;
pub mod msgpack;
mod number;
mod path;
mod set_order;
mod text;
mod types;
mod unknown;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use encoded::EncodedList;
pub use error::WireError;
pub use number::{Number, NumberError};
pub use path::{Path, Step};
pub use types::{MAX_DEPTH, Type, TypeError};
pub use unknown::{Bounds, Refinement};

/// A value of some [`Type`], known, null or unknown.
///
/// Equality is Terraform's: numbers by value, sets as sets (they are kept sorted and without duplicates), strings in NFC.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Null of any type.
    #[default]
    Null,
    /// Not known before apply; what is known all the same is in the refinement.
    Unknown(Refinement),
    /// A truth value.
    Bool(bool),
    /// An exact number.
    Number(Number),
    /// Text in NFC.
    String(String),
    /// The elements of a list, set or tuple, in order; of a set, sorted and without duplicates.
    List(Vec<Value>),
    /// The entries of a map, or the attributes of an object.
    Map(BTreeMap<String, Value>),
    /// A value in a place whose type is "dynamic", with the type that it has.
    Dynamic(Box<(Type, Value)>),
    /// A list that was found, in the form in which it is sent.
    Encoded(Arc<EncodedList>),
}

impl Value {
    /// An unknown value of which nothing more is known.
    pub const UNKNOWN: Value = Value::Unknown(Refinement::NONE);

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Whether this is unknown itself; what is inside is not looked at.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown(_))
    }

    /// Whether nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Value::Unknown(_) => false,
            Value::List(elements) => elements.iter().all(Value::is_wholly_known),
            Value::Map(entries) => entries.values().all(Value::is_wholly_known),
            Value::Dynamic(inner) => inner.1.is_wholly_known(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Encoded(_) => true,
        }
    }

    /// The attributes of an object or the entries of a map; none for anything else.
    pub fn entries(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The elements of a list, set or tuple; none for anything else.
    pub fn elements(&self) -> Option<&[Value]> {
        match self {
            Value::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text; none for anything that is not a known string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The attribute of an object, or null when there is no such attribute or no object.
    pub fn attribute(&self, name: &str) -> &Value {
        self.entries().and_then(|entries| entries.get(name)).unwrap_or(&Value::Null)
    }

    /// A set of the given elements: sorted and without duplicates.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Value {
        let mut elements: Vec<Value> = elements.into_iter().collect();
        set_order::sort_set(&mut elements);
        Value::List(elements)
    }

    /// An object of the given attributes.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Map(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// An object with the attributes of another one, too.
    pub fn with_all(mut self, other: Value) -> Value {
        if let (Value::Map(attributes), Value::Map(others)) = (&mut self, other) {
            attributes.extend(others);
        }
        self
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(Number::from(number))
    }
}

#[cfg(test)]
mod properties;
