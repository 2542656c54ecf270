//! Checks of a configuration, attribute by attribute. Unknown values are not checked; Terraform has checked types, and that required arguments are written.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::effective::{is_ineffectual, is_unset_text};
use crate::schema::{Attribute, Nesting, Object, Shape};
use crate::value::{Path, Step, Value};

/// Required arguments that are null, and null elements of lists and maps: Terraform checks neither. Looked at in validation, in planning and before anything
/// is applied, because a value may become known late.
pub(crate) fn missing(object: &Object, config: &Value, at: &Path, found: &mut Diagnostics) {
    for attribute in &object.attributes {
        let value = config.attribute(&attribute.name);
        let place = at.join(Step::Attribute(attribute.name.clone()));
        if attribute.required && value.is_null() {
            let detail =
                format!("`{place}` is null, and a value is required. Check the variable, the condition or the look-up that it comes from.");
            found.add(Diagnostic::error("Missing required argument", detail).at(place.clone()));
        }
        if attribute.is_output() {
            continue;
        }
        let inner = match &attribute.shape {
            Shape::Nested(_, inner) => Some(inner),
            Shape::Plain(_) => None,
        };
        match (&attribute.shape, value) {
            (Shape::Nested(Nesting::Single, inner), Value::Map(_)) => missing(inner, value, &place, found),
            (_, Value::List(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    missing_element(inner, element, &index_of(&place, index), found);
                }
            }
            (_, Value::Map(entries)) => {
                for (key, entry) in entries {
                    missing_element(inner, entry, &place.join(Step::Key(key.clone())), found);
                }
            }
            _ => {}
        }
    }
}

fn missing_element(inner: Option<&Object>, element: &Value, place: &Path, found: &mut Diagnostics) {
    match (inner, element) {
        (_, Value::Null) => refuse(Some("It is null; leave it out.".to_owned()), place, found),
        (Some(inner), Value::Map(_)) => missing(inner, element, place, found),
        _ => {}
    }
}

/// Checks every attribute of an object.
pub fn object(object: &Object, config: &Value, write_only_allowed: bool, at: &Path, found: &mut Diagnostics) {
    for attribute in &object.attributes {
        let value = config.attribute(&attribute.name);
        let place = at.join(Step::Attribute(attribute.name.clone()));
        if attribute.write_only && !value.is_null() && !write_only_allowed {
            found.add(Diagnostic::error("Write-only argument needs Terraform 1.11", format!("`{place}` is never stored, which this version of the client cannot do. Use Terraform or OpenTofu 1.11 or newer, or leave the argument out.")).at(place.clone()));
        }
        let is_left_out = value.is_null() || (attribute.block.is_some() && is_ineffectual(attribute, value));
        if let (Some(why), false) = (&attribute.deprecated, is_left_out) {
            found.add(Diagnostic::warning(format!("`{place}` is deprecated"), why.clone()).at(place.clone()));
        }
        if !is_unset_text(attribute, value) {
            check(attribute, value, &place, found);
        }
        match (&attribute.shape, value) {
            (Shape::Nested(Nesting::Single, inner), Value::Map(_)) => self::object(inner, value, write_only_allowed, &place, found),
            (Shape::Nested(Nesting::List, inner), Value::List(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    self::object(inner, element, write_only_allowed, &index_of(&place, index), found);
                }
            }
            (Shape::Nested(Nesting::Map, inner), Value::Map(entries)) => {
                for (key, entry) in entries {
                    self::object(inner, entry, write_only_allowed, &place.join(Step::Key(key.clone())), found);
                }
            }
            _ => {}
        }
    }
}

fn check(attribute: &Attribute, value: &Value, place: &Path, found: &mut Diagnostics) {
    for check in &attribute.checks {
        if check.whole {
            refuse(check.refusal(value), place, found);
            continue;
        }
        match value {
            Value::List(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    refuse(check.refusal(element), &index_of(place, index), found);
                }
            }
            Value::Map(entries) => {
                for (key, entry) in entries {
                    refuse(check.refusal(entry), &place.join(Step::Key(key.clone())), found);
                }
            }
            other => refuse(check.refusal(other), place, found),
        }
    }
}

fn refuse(why: Option<String>, place: &Path, found: &mut Diagnostics) {
    if let Some(why) = why {
        found.add(Diagnostic::error(format!("Invalid value for {place}"), why).at(place.clone()));
    }
}

fn index_of(place: &Path, index: usize) -> Path {
    place.join(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)))
}
