//! The identity of an object: the attributes that name it at its service, as Terraform 1.12 and newer store them beside the state and take them in `import`
//! blocks. Which attributes these are is a flag of the declaration ([`Attribute::identity`](method@Attribute::identity)).

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Result};
use crate::schema::{Attribute, Object};
use crate::value::{Type, Value};

/// The attributes of the identity, in the order of declaration.
pub fn attributes(of: &Object) -> impl Iterator<Item = &Attribute> {
    of.attributes.iter().filter(|attribute| attribute.identity)
}

/// The type of the identity: an object of strings.
pub(crate) fn ty(of: &Object) -> Type {
    Type::object(attributes(of).map(|attribute| (attribute.name.clone(), Type::String)))
}

/// The identity of an object. Texts that are compared by a key are spelt as the key is. None while a part of it is null, empty or unknown.
pub(crate) fn of(object: &Object, state: &Value) -> Option<Value> {
    let mut parts = BTreeMap::new();
    for attribute in attributes(object) {
        let text = state.attribute(&attribute.name).as_str().filter(|text| !text.is_empty())?;
        let text = attribute.key.map_or_else(|| text.to_owned(), |key| key(text));
        parts.insert(attribute.name.clone(), Value::from(text));
    }
    (!parts.is_empty()).then_some(Value::Map(parts))
}

/// The identity to store: the stored one, unless the object has another. Another spelling is not another identity.
pub(crate) fn to_store(object: &Object, stored: Option<Value>, state: &Value) -> Option<Value> {
    let (Some(now), Some(before)) = (of(object, state), &stored) else { return of(object, state).or(stored) };
    let is_same = |attribute: &Attribute| attribute.are_same(before.attribute(&attribute.name), now.attribute(&attribute.name));
    if attributes(object).all(is_same) { stored } else { Some(now) }
}

/// Refuses an identity in which a part is null or empty. Terraform checks that the parts are written, not that they have a value.
pub(crate) fn complete(type_name: &str, object: &Object, identity: &Value) -> Result {
    let is_missing = |attribute: &&Attribute| identity.attribute(&attribute.name).as_str().is_none_or(str::is_empty);
    let missing: Vec<String> = attributes(object).filter(is_missing).map(|attribute| format!("`{}`", attribute.name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let all: Vec<String> = attributes(object).map(|attribute| format!("`{}`", attribute.name)).collect();
    Err(Diagnostic::error(
        format!("The identity of {type_name} lacks {}", missing.join(" and ")),
        format!("An `import` block with `identity` must give a value to each of {}. These are null or empty.", all.join(", ")),
    ))
}

/// What is wrong with the identity that a resource declares, one sentence each; empty when all is well.
pub fn lint_identity(name: &str, object: &Object) -> Vec<String> {
    if attributes(object).next().is_none() { vec![format!("{name}: no attribute is part of its identity")] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use crate::schema::Shape;

    fn text(name: &str) -> Attribute {
        Attribute::new(name, Shape::Plain(Type::String), true).replace()
    }

    fn membership() -> Object {
        Object::new("A membership.").with(text("group").identity().case_insensitive()).with(text("member").identity()).with(text("note"))
    }

    fn state(group: Value, member: Value) -> Value {
        Value::object([("group", group), ("member", member), ("note", Value::Null)])
    }

    fn identity(group: &str, member: &str) -> Value {
        Value::object([("group", Value::from(group)), ("member", Value::from(member))])
    }

    #[test]
    fn an_identity_is_whole_or_is_not_there() {
        assert_eq!(of(&membership(), &state("G".into(), "M".into())), Some(identity("g", "M")));
        for part in [Value::Null, Value::from(""), Value::UNKNOWN] {
            assert_eq!(of(&membership(), &state("g".into(), part.clone())), None, "{part:?}");
            let refused = complete("x_membership", &membership(), &state(part.clone(), "m".into()));
            assert_eq!(refused.unwrap_err().summary, "The identity of x_membership lacks `group`", "{part:?}");
        }
        assert_eq!(of(&membership(), &Value::Null), None);
        assert!(complete("x_membership", &membership(), &identity("g", "m")).is_ok());
    }

    #[test]
    fn the_stored_identity_stays_while_it_names_the_same_object() {
        let stored = Some(identity("G", "m"));
        assert_eq!(to_store(&membership(), stored.clone(), &state("g".into(), "m".into())), stored);
        assert_eq!(to_store(&membership(), stored.clone(), &Value::Null), stored);
        assert_eq!(to_store(&membership(), stored, &state("g".into(), "other".into())), Some(identity("g", "other")));
        assert_eq!(to_store(&membership(), None, &Value::Null), None);
    }
}
