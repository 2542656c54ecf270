//! Effective values: the value that resource code gets where users can write the same thing in several ways.
//!
//! Three rules hold for every attribute. An empty text in an optional attribute means that it is not set, as in other providers of this field: empty columns
//! of a CSV file and `default = ""` produce it. Where empty is a value of its own, the attribute says so ([`Attribute::empty_is_value`]). In a list without order an
//! element that is repeated counts once. A block that may be left out, and in which nothing is set, counts as left out. What is planned and stored stays as it was written.

use std::collections::HashSet;

use crate::schema::{Attribute, Block, Nesting, Object, Shape};
use crate::value::Value;
use crate::view::View;

/// Whether the value is an empty text that means "not set" in this attribute.
pub(crate) fn is_unset_text(attribute: &Attribute, value: &Value) -> bool {
    attribute.optional && !attribute.empty_is_value && value.as_str() == Some("")
}

/// The planned object as resource code sees it: without empty texts that mean "not set" and without repeated elements of lists that have no order.
pub(crate) fn effective(object: &Object, value: &Value) -> Value {
    let effective = convert(object, value, &|attribute, value| match value {
        Value::List(elements) if attribute.unordered => Value::List(without_repetitions(attribute, elements)),
        other => unset(attribute, other),
    });
    with_derived(object, value, effective)
}

/// The planned object without empty texts that mean "not set", as checks of a plan see it.
pub(crate) fn planned_without_empty_texts(object: &Object, value: &Value) -> Value {
    with_derived(object, value, without_empty_texts(object, value))
}

/// Fills in what follows from the rest of the object where an empty text is `written`: Terraform has it planned as it is written.
fn with_derived(object: &Object, written: &Value, mut value: Value) -> Value {
    for attribute in object.attributes.iter().filter(|attribute| is_unset_text(attribute, written.attribute(&attribute.name))) {
        let computed_from = attribute.computed_from.and_then(|derive| derive(View::of(&value), View::of(&Value::Null)));
        if let (Some(computed_from), Value::Map(entries)) = (computed_from, &mut value) {
            entries.insert(attribute.name.clone(), computed_from);
        }
    }
    value
}

/// The imported object as resource code sees it. Unlike in a plan and after an apply, an empty text is no request for the default: it is left where nothing was read yet.
pub(crate) fn effective_state(object: &Object, value: &Value) -> Value {
    let effective = convert(object, value, &|attribute, value| match value {
        Value::List(elements) if attribute.unordered => Value::List(without_repetitions(attribute, elements)),
        other if attribute.default.is_some() => other.clone(),
        other => unset(attribute, other),
    });
    with_derived(object, value, effective)
}

/// The object without empty texts that mean "not set". Lists keep their elements, so that a check can point at one.
pub(crate) fn without_empty_texts(object: &Object, value: &Value) -> Value {
    convert(object, value, &unset)
}

fn unset(attribute: &Attribute, value: &Value) -> Value {
    if is_unset_text(attribute, value) { attribute.default.clone().unwrap_or(Value::Null) } else { value.clone() }
}

fn without_repetitions(attribute: &Attribute, elements: &[Value]) -> Vec<Value> {
    let mut seen = HashSet::new();
    elements.iter().filter(|element| attribute.element_key(element).is_none_or(|key| seen.insert(key))).cloned().collect()
}

fn convert(object: &Object, value: &Value, of: &impl Fn(&Attribute, &Value) -> Value) -> Value {
    let Value::Map(entries) = value else { return value.clone() };
    let mut entries = entries.clone();
    for attribute in &object.attributes {
        let Some(value) = entries.get_mut(&attribute.name) else { continue };
        *value = match (&attribute.shape, &*value) {
            (Shape::Plain(_), plain) => of(attribute, plain),
            (Shape::Nested(Nesting::Single, inner), value) => {
                let meant = convert(inner, value, of);
                if attribute.block == Some(Block::Optional) && is_ineffectual(attribute, &meant) { Value::Null } else { meant }
            }
            (Shape::Nested(Nesting::List, inner), Value::List(elements)) => {
                Value::List(elements.iter().map(|element| convert(inner, element, of)).collect())
            }
            (Shape::Nested(Nesting::Map, inner), Value::Map(entries)) => {
                Value::Map(entries.iter().map(|(key, entry)| (key.clone(), convert(inner, entry, of))).collect())
            }
            (_, other) => other.clone(),
        };
    }
    Value::Map(entries)
}

/// Nothing, however it is written.
pub(crate) fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::List(elements) => elements.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

/// Whether a value is absent, or an object whose attributes are all absent or equal to their defaults.
pub(crate) fn is_ineffectual(attribute: &Attribute, value: &Value) -> bool {
    match (&attribute.shape, value) {
        (Shape::Nested(Nesting::Single, inner), Value::Map(_)) => inner.attributes.iter().all(|attribute| {
            let value = value.attribute(&attribute.name);
            [&attribute.default, &attribute.same_as_unset].into_iter().flatten().any(|nothing| nothing == value)
                || is_ineffectual(attribute, value)
        }),
        _ if attribute.empty_is_value => value.is_null(),
        _ => is_absent(value),
    }
}

/// Whether the two values of an attribute are the same to the service: equal, or equal but for spelling, an order that means nothing, and blocks that are left
/// out or say nothing.
pub(crate) fn has_same_effect(attribute: &Attribute, one: &Value, other: &Value) -> bool {
    if attribute.provider_only || attribute.are_same(one, other) {
        return true;
    }
    if attribute.block == Some(Block::Optional) && is_ineffectual(attribute, one) && is_ineffectual(attribute, other) {
        return true;
    }
    match (&attribute.shape, one, other) {
        (Shape::Nested(Nesting::Single, inner), Value::Map(_), Value::Map(_)) => inner
            .attributes
            .iter()
            .all(|attribute| has_same_effect(attribute, one.attribute(&attribute.name), other.attribute(&attribute.name))),
        _ => false,
    }
}
