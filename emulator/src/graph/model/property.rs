//! The declaration of one property of a collection.

use serde_json::{Value, json};

use super::complex::Complex;

/// One property of a type of object.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Name, in the service's own letter case.
    pub name: &'static str,
    /// Which JSON it is.
    pub shape: Shape,
    /// When it is in an answer.
    pub shown: Visibility,
    /// Who may write it.
    pub written: WriteAccess,
    /// Whether an object cannot be without it.
    pub required: bool,
    /// Longest text, in characters.
    pub max: usize,
    /// The texts that it can have; empty for any.
    pub values: &'static [&'static str],
    /// Operators and functions that `$filter` may use on it, separated by spaces; empty for none.
    pub filter: &'static str,
    /// Those of the operators that need advanced queries, and `null` if that does as a value.
    pub advanced: &'static str,
    /// Whether directory objects can be sorted by it.
    pub sorted: SortOrder,
    /// Whether only `/beta` knows it.
    pub beta: bool,
}

/// The JSON type of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// An instant, as a string.
    Instant,
    /// An array of strings.
    Texts,
    /// An object.
    Object,
    /// An array of objects.
    Objects,
    /// A string of names with commas between them.
    Names,
    /// An object of a type whose members are known.
    Complex(&'static Complex),
    /// An array of such objects.
    Complexes(&'static Complex),
}

/// Whether a response contains a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Unless `$select` leaves it out.
    ByDefault,
    /// Only when `$select` names it.
    OnSelect,
    /// Only when it has a value, or `$select` names it.
    WhenSet,
}

/// Whether clients can write a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteAccess {
    /// Clients, at any time.
    Freely,
    /// Clients, and only when they create the object.
    AtCreation,
    /// Clients, and only in a later update.
    AfterCreation,
    /// The service.
    ByService,
}

/// Whether lists of directory objects can be sorted by a property (learn.microsoft.com/graph/aad-advanced-queries).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortOrder {
    /// They cannot.
    Unsupported,
    /// In every query.
    Default,
    /// In advanced queries.
    Advanced,
}

/// A string property.
pub const fn text(name: &'static str) -> Property {
    property(name, Shape::Text)
}

/// A boolean property.
pub const fn flag(name: &'static str) -> Property {
    property(name, Shape::Flag)
}

/// A property that is a whole number.
pub const fn number(name: &'static str) -> Property {
    property(name, Shape::Number)
}

/// A property that is an instant.
pub const fn instant(name: &'static str) -> Property {
    property(name, Shape::Instant)
}

/// A property that is a list of strings.
pub const fn texts(name: &'static str) -> Property {
    property(name, Shape::Texts)
}

/// A property that is an object.
pub const fn object(name: &'static str) -> Property {
    property(name, Shape::Object)
}

/// A property that is a list of objects.
pub const fn objects(name: &'static str) -> Property {
    property(name, Shape::Objects)
}

/// A property that is some names of an enumeration, with commas between them.
pub const fn names(name: &'static str) -> Property {
    property(name, Shape::Names)
}

/// A property that is an object whose members are known.
pub const fn complex(name: &'static str, kind: &'static Complex) -> Property {
    property(name, Shape::Complex(kind))
}

/// A property that is a list of objects whose members are known.
pub const fn complexes(name: &'static str, kind: &'static Complex) -> Property {
    property(name, Shape::Complexes(kind))
}

const fn property(name: &'static str, shape: Shape) -> Property {
    Property {
        name,
        shape,
        shown: Visibility::ByDefault,
        written: WriteAccess::Freely,
        required: false,
        max: usize::MAX,
        values: &[],
        filter: "",
        advanced: "",
        sorted: SortOrder::Unsupported,
        beta: false,
    }
}

impl Property {
    /// In answers only when `$select` names it.
    pub const fn on_select(mut self) -> Self {
        self.shown = Visibility::OnSelect;
        self
    }

    /// In answers only when there is a value, or `$select` names it.
    pub const fn when_set(mut self) -> Self {
        self.shown = Visibility::WhenSet;
        self
    }

    /// Written by the service alone.
    pub const fn by_service(mut self) -> Self {
        self.written = WriteAccess::ByService;
        self
    }

    /// Immutable: written at creation or never.
    pub const fn at_creation(mut self) -> Self {
        self.written = WriteAccess::AtCreation;
        self
    }

    /// Refused at creation, accepted later.
    pub const fn after_creation(mut self) -> Self {
        self.written = WriteAccess::AfterCreation;
        self
    }

    /// An object cannot be without it.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// At most so many characters.
    pub const fn max(mut self, max: usize) -> Self {
        self.max = max;
        self
    }

    /// One of these texts.
    pub const fn one_of(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    /// `$filter` may use these operators and functions.
    pub const fn filter(mut self, operators: &'static str) -> Self {
        self.filter = operators;
        self
    }

    /// These of the operators, and `null` as a value, need advanced queries.
    pub const fn advanced(mut self, operators: &'static str) -> Self {
        self.advanced = operators;
        self
    }

    /// Lists can be sorted by it.
    pub const fn sorted(mut self, sorted: SortOrder) -> Self {
        self.sorted = sorted;
        self
    }

    /// Known to `/beta` only.
    pub const fn beta(mut self) -> Self {
        self.beta = true;
        self
    }

    /// The value that an answer shows when the object has none.
    pub fn empty_value(&self) -> Value {
        match self.shape {
            Shape::Texts | Shape::Objects | Shape::Complexes(_) => json!([]),
            _ => Value::Null,
        }
    }

    /// Whether a client may give this value. Null is checked by the caller.
    ///
    /// An empty string is refused, as the directory does for users and groups (unverified: for which properties).
    pub fn accepts(&self, value: &Value) -> bool {
        match self.shape {
            Shape::Text | Shape::Names => value.as_str().is_some_and(|text| {
                !text.is_empty() && text.chars().count() <= self.max && (self.values.is_empty() || self.values.contains(&text))
            }),
            Shape::Flag => value.is_boolean(),
            Shape::Number => value.is_i64() || value.is_u64(),
            Shape::Instant => value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
            Shape::Texts => value.as_array().is_some_and(|all| all.iter().all(Value::is_string)),
            Shape::Object | Shape::Complex(_) => value.is_object(),
            Shape::Objects | Shape::Complexes(_) => value.as_array().is_some_and(|all| all.iter().all(Value::is_object)),
        }
    }
}
