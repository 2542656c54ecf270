//! The error of a value on the wire or in a state file, with its path.

use std::fmt;

use super::{Path, Step};

/// Bytes or text that are no value of the type, or a value that is not of the type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong there.
    pub what: String,
}

impl WireError {
    /// Something wrong with the value itself.
    pub(super) fn new(what: impl fmt::Display) -> Self {
        WireError { path: Path::root(), what: what.to_string() }
    }

    /// The same error, seen from one step further out. Paths are put together on the way out, so that they cost nothing where
    /// nothing is wrong.
    pub(super) fn within(mut self, step: Step) -> Self {
        self.path.0.insert(0, step);
        self
    }

    /// An attribute that an object must have and has not.
    pub(super) fn missing(name: &str) -> Self {
        WireError { path: Path::attribute(name), what: "this attribute is missing".to_owned() }
    }

    /// An attribute that the type does not have.
    pub(super) fn unsupported(name: &str) -> Self {
        WireError::new(format_args!("there is no attribute {name:?} here"))
    }

    /// An attribute that is there twice.
    pub(super) fn duplicate(name: &str) -> Self {
        WireError { path: Path::attribute(name), what: "this attribute is there twice".to_owned() }
    }

    /// A tuple of the wrong length.
    pub(super) fn tuple_length(required: usize, given: impl fmt::Display) -> Self {
        WireError::new(format_args!("a tuple of {required} elements is required, not of {given}"))
    }

    /// Nesting that is not followed any further.
    pub(super) fn too_deep() -> Self {
        WireError::new(format_args!("values nested more than {} levels deep are not read", super::MAX_DEPTH))
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() { f.write_str(&self.what) } else { write!(f, "{}: {}", self.path, self.what) }
    }
}

impl std::error::Error for WireError {}
