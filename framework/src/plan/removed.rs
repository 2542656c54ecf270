//! Attributes that are reset to a value when they are removed from the configuration, although the provider decides them if they were never configured.
//!
//! A plan cannot distinguish "never configured" from "removed" by configuration and state alone, since both have null in the configuration and a value in state.
//! So which settings were given is remembered beside the state by the apply, and a plan is made as if the configuration gave the value that a
//! removed one goes back to.
//!
//! What cannot be known: a setting that was added with the value it had already. Its plan has no difference, so Terraform applies nothing and drops the
//! private data of the plan, and a read, which it keeps, knows no configuration. Recording it in an attribute would show a change after every import.

use std::collections::BTreeSet;

use crate::private::Private;
use crate::schema::{Nesting, Object, Shape};
use crate::value::Value;

/// Where the settings are remembered.
const GIVEN: &str = ".given";

/// Names of settings, with a dot between an object and its attribute.
type Names = BTreeSet<String>;

/// The configuration with the value put in to which each setting goes back that was given and no longer is.
pub fn returning(object: &Object, config: &Value, private: &Private) -> Value {
    let given: Names = private.get(GIVEN).unwrap_or_default();
    if given.is_empty() { config.clone() } else { put_in(object, config, &given, "") }
}

/// Remembers which settings the configuration gives. After an apply that failed (`all` is false) those that were given before count as well, since
/// they may not have gone back.
pub fn remember(object: &Object, config: &Value, all: bool, private: &mut Private) {
    let mut given = Names::new();
    collect(object, config, "", &mut given);
    let before: Option<Names> = private.get(GIVEN);
    if !all {
        given.extend(before.iter().flatten().cloned());
    }
    if before.is_some() || !given.is_empty() {
        private.set(GIVEN, given);
    }
}

fn name(at: &str, attribute: &str) -> String {
    if at.is_empty() { attribute.to_owned() } else { format!("{at}.{attribute}") }
}

fn put_in(object: &Object, config: &Value, given: &Names, at: &str) -> Value {
    let mut attributes = config.entries().cloned().unwrap_or_default();
    for attribute in &object.attributes {
        let name = name(at, &attribute.name);
        let value = config.attribute(&attribute.name);
        let put = match (&attribute.shape, &attribute.reset_to) {
            (_, Some(removed)) if value.is_null() && given.contains(&name) => removed.clone(),
            (Shape::Nested(Nesting::Single, inner), None) if !value.is_unknown() => {
                let within = format!("{name}.");
                if !given.iter().any(|given| given.starts_with(&within)) {
                    continue;
                }
                put_in(inner, value, given, &name)
            }
            _ => continue,
        };
        attributes.insert(attribute.name.clone(), put);
    }
    // An object of which nothing is configured stays unconfigured.
    if config.is_null() && attributes.values().all(Value::is_null) {
        return Value::Null;
    }
    if config.is_null() {
        for attribute in &object.attributes {
            attributes.entry(attribute.name.clone()).or_insert(Value::Null);
        }
    }
    Value::Map(attributes)
}

fn collect(object: &Object, config: &Value, at: &str, given: &mut Names) {
    for attribute in &object.attributes {
        let name = name(at, &attribute.name);
        let value = config.attribute(&attribute.name);
        match &attribute.shape {
            _ if value.is_null() => {}
            _ if attribute.reset_to.is_some() => {
                given.insert(name);
            }
            Shape::Nested(Nesting::Single, inner) => collect(inner, value, &name, given),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Model;
    use crate::plan::{Walk, plan};

    /// A door.
    #[derive(Model, Debug)]
    struct Door {
        /// The name.
        name: String,
        /// How it is locked.
        #[attr(computed, use_state_for_unknown)]
        lock: Option<Lock>,
    }

    /// A lock.
    #[derive(Model, Debug)]
    struct Lock {
        /// How many turns.
        #[attr(computed, use_state_for_unknown, reset_to(1))]
        turns: Option<i64>,
        /// Who has a key.
        #[attr(computed, use_state_for_unknown, unordered, reset_to(Value::List(Vec::new())))]
        keepers: Option<Vec<String>>,
    }

    fn door(lock: Value) -> Value {
        Value::object([("name", Value::from("north")), ("lock", lock)])
    }

    fn lock(turns: Value, keepers: Value) -> Value {
        Value::object([("turns", turns), ("keepers", keepers)])
    }

    fn keepers() -> Value {
        Value::List(vec![Value::from("x")])
    }

    /// The plan of a configuration, when an earlier one was applied.
    fn planned(before: &Value, config: &Value, prior: &Value) -> Value {
        let mut private = Private::default();
        remember(&Door::object(), before, true, &mut private);
        let config = returning(&Door::object(), config, &private);
        plan(&Door::object(), &config, prior, Walk::Plan).planned
    }

    #[test]
    fn what_was_never_given_is_left_alone_and_what_was_taken_out_goes_back() {
        let prior = door(lock(Value::from(3), keepers()));
        let (three, none) = (door(lock(Value::from(3), Value::Null)), door(Value::Null));
        let returned = door(lock(Value::from(1), keepers()));
        for (before, config, expected) in [
            (&none, &none, &prior),
            (&three, &three, &prior),
            (&three, &door(lock(Value::Null, Value::Null)), &returned),
            (&three, &none, &returned),
            (&three, &door(lock(Value::Null, keepers())), &returned),
            (&door(lock(Value::Null, keepers())), &none, &door(lock(Value::from(3), Value::List(Vec::new())))),
        ] {
            assert_eq!(planned(before, config, &prior), *expected, "{before:?} then {config:?}");
        }
    }

    #[test]
    fn a_failed_apply_forgets_nothing_that_may_have_to_go_back() {
        let (three, none) = (door(lock(Value::from(3), Value::Null)), door(Value::Null));
        for (all, expected) in [(true, none.clone()), (false, door(lock(Value::from(1), Value::Null)))] {
            let mut private = Private::default();
            remember(&Door::object(), &three, true, &mut private);
            remember(&Door::object(), &none, all, &mut private);
            assert_eq!(returning(&Door::object(), &none, &private), expected);
        }
        assert_eq!(crate::schema::lint_schema("door", &Door::object()), Vec::<String>::new());
    }
}
