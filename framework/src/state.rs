//! The state to store: planned objects completed with the results of an apply, and objects that were read, reconciled with the prior state.

use crate::effective::{is_ineffectual, is_unset_text};
use crate::schema::{Attribute, Block, Nesting, Object, Shape};
use crate::value::{Value, msgpack};
use crate::view::View;

/// The object after a successful apply: every known planned value stands, since the service took it; what was unknown comes from `actual`.
///
/// Terraform refuses anything else (docs/terraform-protocol.md#applying). If the service changed a value, the next read shows it.
pub fn settle(planned: &Value, actual: &Value) -> Value {
    match (planned, actual) {
        (Value::Unknown(_), actual) => actual.clone(),
        (Value::Map(planned), Value::Map(actual)) => Value::Map(
            planned.iter().map(|(name, value)| (name.clone(), settle(value, actual.get(name).unwrap_or(&Value::Null)))).collect(),
        ),
        (Value::List(planned), Value::List(actual)) if planned.len() == actual.len() => {
            Value::List(planned.iter().zip(actual).map(|(planned, actual)| settle(planned, actual)).collect())
        }
        (Value::List(_), Value::Encoded(actual)) => settle(planned, &msgpack::decode_list(actual).unwrap_or_default()),
        (planned, _) => null_unknown(planned),
    }
}

/// The value with null in every place that is unknown: Terraform stores no unknown values.
pub fn null_unknown(value: &Value) -> Value {
    match value {
        Value::Unknown(_) => Value::Null,
        Value::Map(entries) => Value::Map(entries.iter().map(|(name, value)| (name.clone(), null_unknown(value))).collect()),
        Value::List(elements) => Value::List(elements.iter().map(null_unknown).collect()),
        other => other.clone(),
    }
}

/// The object after an update that failed: the prior values, and the planned values of the attributes that were applied.
pub fn partly_applied(prior: &Value, settled: &Value, applied: &[String]) -> Value {
    let (Value::Map(prior), Value::Map(settled)) = (prior, settled) else { return prior.clone() };
    Value::Map(
        prior
            .iter()
            .map(|(name, before)| {
                let value = if applied.contains(name) { settled.get(name).unwrap_or(before) } else { before };
                (name.clone(), value.clone())
            })
            .collect(),
    )
}

/// Reconciles an object that was read with the prior state, whose spelling is kept: an ID in another case, a list in another order, and null instead of
/// empty are no differences. `prior` is null after an import.
pub fn reconcile(object: &Object, prior: &Value, read: Value) -> Value {
    let Value::Map(mut read) = read else { return read };
    for attribute in &object.attributes {
        if let Some(value) = read.get_mut(&attribute.name) {
            let taken = std::mem::take(value);
            *value = reconcile_attribute(attribute, prior.attribute(&attribute.name), taken);
        }
    }
    Value::Map(read)
}

fn reconcile_attribute(attribute: &Attribute, prior: &Value, read: Value) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    if !prior.is_null() && !attribute.empty_is_value && is_ineffectual(attribute, prior) && is_ineffectual(attribute, &read) {
        return prior.clone();
    }
    if !prior.is_null() && attribute.are_same(prior, &read) {
        return prior.clone();
    }
    // A block in which nothing is set is stored as null, unless state has the block.
    if attribute.block == Some(Block::Optional) && prior.is_null() && is_ineffectual(attribute, &read) {
        return Value::Null;
    }
    match (&attribute.shape, read) {
        (Shape::Nested(_, inner), Value::Null) if attribute.block == Some(Block::Group) => inner.absent(),
        (Shape::Plain(_), Value::List(elements)) if attribute.unordered => Value::List(in_prior_order(attribute, prior, elements)),
        (Shape::Nested(Nesting::Single, inner), read) => reconcile(inner, prior, read),
        (Shape::Nested(Nesting::List, inner), Value::List(elements)) => {
            let before = prior.elements().unwrap_or_default();
            Value::List(
                elements
                    .into_iter()
                    .enumerate()
                    .map(|(at, element)| reconcile(inner, before.get(at).unwrap_or(&Value::Null), element))
                    .collect(),
            )
        }
        (Shape::Nested(Nesting::Map, inner), Value::Map(entries)) => Value::Map(
            entries
                .into_iter()
                .map(|(key, entry)| {
                    let before = prior.attribute(&key);
                    let entry = reconcile(inner, before, entry);
                    (key, entry)
                })
                .collect(),
        ),
        // Services return an empty text where nothing was set, and a configuration that leaves the attribute out could never agree with it.
        (_, read) if attribute.default.is_none() && is_unset_text(attribute, &read) => Value::Null,
        (_, read) => read,
    }
}

/// The elements in the order and spelling of the prior list, followed by new ones: a plan then shows drift as added and removed elements.
fn in_prior_order(attribute: &Attribute, prior: &Value, mut read: Vec<Value>) -> Vec<Value> {
    let mut fresh: std::collections::BTreeMap<String, Value> =
        read.iter().filter_map(|element| Some((attribute.element_key(element)?, element.clone()))).collect();
    let mut ordered: Vec<Value> = Vec::with_capacity(read.len());
    for before in prior.elements().unwrap_or_default() {
        if attribute.element_key(before).is_some_and(|key| fresh.remove(&key).is_some()) {
            ordered.push(before.clone());
        }
    }
    read.retain(|element| attribute.element_key(element).is_none_or(|key| fresh.remove(&key).is_some()));
    ordered.append(&mut read);
    ordered
}

/// The object to store: attributes that only the provider uses come from `from`, and no group is null.
pub fn complete(object: &Object, value: Value, from: &Value) -> Value {
    let Value::Map(mut attributes) = with_groups(object, value) else { return Value::Null };
    for attribute in object.attributes.iter().filter(|attribute| attribute.provider_only) {
        attributes.insert(attribute.name.clone(), from.attribute(&attribute.name).clone());
    }
    Value::Map(attributes)
}

/// The object with an object for every group that is null.
fn with_groups(object: &Object, value: Value) -> Value {
    let Value::Map(mut attributes) = value else { return value };
    for attribute in object.attributes.iter().filter(|attribute| attribute.block.is_some()) {
        let Shape::Nested(_, inner) = &attribute.shape else { continue };
        let value = attributes.remove(&attribute.name).unwrap_or_default();
        let value = if value.is_null() && attribute.block == Some(Block::Group) { inner.absent() } else { with_groups(inner, value) };
        attributes.insert(attribute.name.clone(), value);
    }
    Value::Map(attributes)
}

/// Replaces write-only attributes by null. Every object is passed through this before it is sent to Terraform (docs/terraform-protocol.md#other-flows).
pub fn without_write_only(object: &Object, value: Value) -> Value {
    let Value::Map(mut attributes) = value else { return value };
    for attribute in &object.attributes {
        let Some(value) = attributes.get_mut(&attribute.name) else { continue };
        if attribute.write_only {
            *value = Value::Null;
        } else if let Shape::Nested(nesting, inner) = &attribute.shape {
            let taken = std::mem::take(value);
            *value = match (nesting, taken) {
                (Nesting::List, Value::List(elements)) => {
                    Value::List(elements.into_iter().map(|element| without_write_only(inner, element)).collect())
                }
                (Nesting::Map, Value::Map(entries)) => {
                    Value::Map(entries.into_iter().map(|(key, entry)| (key, without_write_only(inner, entry))).collect())
                }
                (_, other) => without_write_only(inner, other),
            };
        }
    }
    Value::Map(attributes)
}

/// Generates the configuration of an object: attributes that are computed only, secret, deprecated, equal to their default, used only by the provider or
/// the same as the rest of the configuration makes them are null.
pub fn configuration(object: &Object, state: &Value) -> Value {
    let Value::Map(attributes) = state else { return state.clone() };
    let mut config = attributes.clone();
    for attribute in &object.attributes {
        let Some(value) = config.get_mut(&attribute.name) else { continue };
        let left_out = attribute.is_output()
            || attribute.write_only
            || attribute.sensitive
            || attribute.deprecated.is_some()
            || attribute.provider_only
            || attribute.default.as_ref() == Some(value);
        if left_out {
            *value = Value::Null;
        } else if let Shape::Nested(nesting, inner) = &attribute.shape {
            let taken = std::mem::take(value);
            *value = match (nesting, taken) {
                (Nesting::List, Value::List(elements)) => {
                    Value::List(elements.iter().map(|element| configuration(inner, element)).collect())
                }
                (Nesting::Map, Value::Map(entries)) => {
                    Value::Map(entries.iter().map(|(key, entry)| (key.clone(), configuration(inner, entry))).collect())
                }
                (_, other) => configuration(inner, &other),
            };
            if attribute.block == Some(Block::Optional) && is_ineffectual(attribute, value) {
                *value = Value::Null;
            }
        }
    }
    without_derived(object, Value::Map(config))
}

/// The configuration of an object in which nothing is set.
pub fn unset(object: &Object) -> Value {
    Value::object(object.attributes.iter().map(|attribute| (attribute.name.as_str(), Value::Null)))
}

/// The configuration without what follows from the rest of it. From the last attribute to the first, so that of two that follow from each other the one
/// that is declared first stays.
fn without_derived(object: &Object, mut config: Value) -> Value {
    for attribute in object.attributes.iter().rev() {
        let Some(derive) = attribute.computed_from else { continue };
        let mut rest = config.clone();
        let Value::Map(entries) = &mut rest else { continue };
        let Some(value) = entries.insert(attribute.name.clone(), Value::Null) else { continue };
        if !value.is_null() && derive(View::of(&rest), View::of(&Value::Null)).is_some_and(|derived| attribute.are_same(&derived, &value)) {
            config = rest;
        }
    }
    config
}

/// The planned object with the write-only values of the configuration put in, for the handler that is to use them.
pub fn with_write_only(object: &Object, planned: &Value, config: &Value) -> Value {
    let Value::Map(attributes) = planned else { return planned.clone() };
    let given = |attribute: &Attribute, planned: &Value, config: &Value| match (&attribute.shape, planned, config) {
        _ if attribute.write_only => config.clone(),
        (Shape::Nested(Nesting::Single, inner), planned, config) => with_write_only(inner, planned, config),
        (Shape::Nested(Nesting::List, inner), Value::List(planned), Value::List(config)) => Value::List(
            planned
                .iter()
                .enumerate()
                .map(|(at, element)| with_write_only(inner, element, config.get(at).unwrap_or(&Value::Null)))
                .collect(),
        ),
        (Shape::Nested(Nesting::Map, inner), Value::Map(planned), config) => {
            Value::Map(planned.iter().map(|(key, entry)| (key.clone(), with_write_only(inner, entry, config.attribute(key)))).collect())
        }
        _ => planned.clone(),
    };
    let mut given_attributes = attributes.clone();
    for attribute in &object.attributes {
        if let Some(value) = given_attributes.get_mut(&attribute.name) {
            *value = given(attribute, planned.attribute(&attribute.name), config.attribute(&attribute.name));
        }
    }
    Value::Map(given_attributes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Shape;
    use crate::value::Type;

    fn owners() -> Object {
        Object::new("A group.")
            .with(Attribute::new("owners", Shape::Plain(Type::list(Type::String)), false).unordered().case_insensitive())
            .with(Attribute::new("description", Shape::Plain(Type::String), false))
    }

    fn list(elements: &[&str]) -> Value {
        Value::List(elements.iter().map(|element| Value::from(*element)).collect())
    }

    #[test]
    fn known_planned_values_stand_and_unknown_ones_are_filled() {
        let planned = Value::object([
            ("id", Value::UNKNOWN),
            ("name", Value::from("a")),
            ("more", Value::object([("x", Value::UNKNOWN), ("y", Value::Null)])),
        ]);
        let actual = Value::object([
            ("id", Value::from("1")),
            ("name", Value::from("A")),
            ("more", Value::object([("x", Value::from(true)), ("y", Value::from("z"))])),
        ]);
        let settled = Value::object([
            ("id", Value::from("1")),
            ("name", Value::from("a")),
            ("more", Value::object([("x", Value::from(true)), ("y", Value::Null)])),
        ]);
        assert_eq!(settle(&planned, &actual), settled);
    }

    #[test]
    fn what_follows_from_the_rest_is_not_generated() {
        let text = |name: &str| Attribute::new(name, Shape::Plain(Type::String), false).computed();
        fn other(config: View<'_>, name: &str, turn: fn(&str) -> String) -> Option<Value> {
            config.get::<Option<String>>(name).flatten().map(|text| Value::from(turn(&text)))
        }
        let short = |config: View<'_>, _: View<'_>| other(config, "long", |long| long.trim_start_matches("long ").to_owned());
        let long = |config: View<'_>, _: View<'_>| other(config, "short", |short| format!("long {short}"));
        let object = Object::new("Two spellings.")
            .with(text("short").computed_from(short))
            .with(text("long").computed_from(long).case_insensitive());
        let both = |short: Value, long: &str| Value::object([("short", short), ("long", Value::from(long))]);
        let of_short = Value::object([("short", Value::from("a")), ("long", Value::Null)]);
        assert_eq!(configuration(&object, &both(Value::from("a"), "long a")), of_short);
        assert_eq!(configuration(&object, &both(Value::from("a"), "LONG A")), of_short, "in another spelling");
        // What the other attribute cannot express stays.
        assert_eq!(configuration(&object, &both(Value::Null, "other")), both(Value::Null, "other"));
        assert_eq!(configuration(&object, &both(Value::from("b"), "long a")), both(Value::from("b"), "long a"));
    }

    #[test]
    fn what_was_read_keeps_order_and_spelling_of_what_is_stored() {
        let prior = Value::object([("owners", list(&["b", "A", "c"])), ("description", Value::from(""))]);
        let same = Value::object([("owners", list(&["a", "b", "c"])), ("description", Value::Null)]);
        assert_eq!(reconcile(&owners(), &prior, same), prior);
        let changed = Value::object([("owners", list(&["new", "a", "b"])), ("description", Value::from("x"))]);
        let expected = Value::object([("owners", list(&["b", "A", "new"])), ("description", Value::from("x"))]);
        assert_eq!(reconcile(&owners(), &prior, changed), expected);
    }

    #[test]
    fn an_empty_text_of_a_service_is_none_unless_state_has_it_so() {
        let answered = |description: Value| Value::object([("owners", Value::Null), ("description", description)]);
        for prior in [Value::Null, answered(Value::Null), answered(Value::from("x"))] {
            assert_eq!(reconcile(&owners(), &prior, answered(Value::from(""))), answered(Value::Null), "{prior:?}");
        }
        assert_eq!(reconcile(&owners(), &answered(Value::from("")), answered(Value::Null)), answered(Value::from("")));
    }

    #[test]
    fn an_object_that_says_nothing_is_none() {
        let lock = Object::new("A lock.")
            .with(Attribute::new("bolts", Shape::Plain(Type::list(Type::String)), false).unordered())
            .with(Attribute::new("turns", Shape::Plain(Type::Number), false).default(1));
        let door = Object::new("A door.").with(Attribute::new("lock", Shape::Nested(Nesting::Single, lock), false));
        let with = |bolts: Value, turns: i64| Value::object([("lock", Value::object([("bolts", bolts), ("turns", Value::from(turns))]))]);
        let without = Value::object([("lock", Value::Null)]);
        for silent in [with(Value::Null, 1), with(Value::List(vec![]), 1)] {
            assert_eq!(reconcile(&door, &silent, without.clone()), silent);
        }
        for telling in [with(list(&["a"]), 1), with(Value::Null, 2)] {
            assert_eq!(reconcile(&door, &telling, without.clone()), without);
            assert_eq!(reconcile(&door, &without, telling.clone()), telling);
        }
    }

    #[test]
    fn a_group_that_an_older_state_has_as_null_is_an_object_when_it_is_complete() {
        let text = |name: &str| Attribute::new(name, Shape::Plain(Type::String), false).computed();
        let nested = |name: &str, inner: Object| Attribute::new(name, Shape::Nested(Nesting::Single, inner), true);
        let deep = Object::new("Deep.").with(text("y"));
        let policy = Object::new("A policy.")
            .with(
                nested("settings", Object::new("Settings.").with(text("x")).with(nested("deep", deep.clone()).group_block())).group_block(),
            )
            .with(nested("conditions", Object::new("Conditions.").with(nested("deep", deep).group_block())).block())
            .with(crate::Timeouts::minutes(1).block());
        let deep = Value::object([("y", Value::Null)]);
        let whole = |x: Value| {
            let settings = Value::object([("x", x), ("deep", deep.clone())]);
            let conditions = Value::object([("deep", deep.clone())]);
            Value::object([("settings", settings), ("conditions", conditions), ("timeouts", Value::from("t"))])
        };
        let conditions = Value::object([("deep", Value::Null)]);
        let from = Value::object([("timeouts", Value::from("t"))]);
        for (settings, x) in
            [(Value::Null, Value::Null), (Value::object([("x", Value::from("1")), ("deep", Value::Null)]), Value::from("1"))]
        {
            let older = Value::object([("settings", settings), ("conditions", conditions.clone()), ("timeouts", Value::Null)]);
            assert_eq!(complete(&policy, older, &from), whole(x));
        }
        assert_eq!(complete(&policy, Value::Null, &from), Value::Null);
    }

    #[test]
    fn after_a_failed_update_only_what_was_applied_is_new() {
        let prior = Value::object([("a", Value::from("1")), ("b", Value::from("1"))]);
        let settled = Value::object([("a", Value::from("2")), ("b", Value::from("2"))]);
        assert_eq!(partly_applied(&prior, &settled, &["b".to_owned()]), Value::object([("a", Value::from("1")), ("b", Value::from("2"))]));
    }
}
