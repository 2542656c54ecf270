//! Read access to an object with unknown values, for checks: getters return none for a value that is not known.

use crate::value::Value;

/// An object value of which some attributes may be unknown. `View::get`, which reads a field, is defined with the types of fields (`model.rs`).
#[derive(Clone, Copy, Debug)]
pub struct View<'a>(&'a Value);

impl<'a> View<'a> {
    /// Looks at an object.
    pub fn of(object: &'a Value) -> Self {
        View(object)
    }

    /// The object as a value.
    pub(crate) fn value(&self) -> &'a Value {
        self.0
    }

    /// The value of an attribute as it is.
    pub fn raw(&self, name: &str) -> &'a Value {
        self.0.attribute(name)
    }

    /// Whether an attribute has a value, known or not.
    pub fn is_set(&self, name: &str) -> bool {
        !self.raw(name).is_null()
    }

    /// The value at the end of nested attributes, written with dots: `conditions.users.included_users`. Unknown if anything on the way is, null if anything
    /// on the way is null.
    pub fn find(&self, dotted: &str) -> &'a Value {
        let mut value = self.0;
        for name in dotted.split('.') {
            if value.is_unknown() {
                break;
            }
            value = value.attribute(name);
        }
        value
    }

    /// Whether the value at this path is set: not null, and no empty text or collection. None while that is not known.
    pub fn says(&self, dotted: &str) -> Option<bool> {
        match self.find(dotted) {
            Value::Unknown(_) => None,
            Value::List(elements) => Some(!elements.is_empty()),
            // A block over something unknown, in which nothing is known, may turn out to be absent.
            Value::Map(entries) if entries.values().any(|inside| inside.is_unknown()) => {
                entries.values().any(|inside| !inside.is_null() && !inside.is_unknown()).then_some(true)
            }
            Value::Map(entries) => Some(!entries.is_empty()),
            Value::String(text) => Some(!text.is_empty()),
            value => Some(!value.is_null()),
        }
    }

    /// The known texts of the list there; none while any of it is unknown.
    pub fn texts(&self, dotted: &str) -> Option<Vec<&'a str>> {
        let value = self.find(dotted);
        if !value.is_wholly_known() {
            return None;
        }
        Some(value.elements().unwrap_or_default().iter().filter_map(Value::as_str).collect())
    }

    /// Looks into a nested object.
    pub fn inner(&self, name: &str) -> View<'a> {
        View(self.0.attribute(name))
    }
}
