//! Values that have members but no identity: how they are read, filled up and merged.
//!
//! Some services describe their objects by types inside of types. A row names them ([`Shape::Complex`]), and what a
//! client sends is checked against them member by member; an answer has every member, null or empty if need be.

use serde_json::{Map, Value};

use super::property::{Property, Shape};

/// A type of values that have members.
#[derive(Debug)]
pub struct Complex {
    /// Graph's type, without `microsoft.graph.`.
    pub kind: &'static str,
    /// Its members.
    pub members: &'static [Property],
    /// The types that a value has to be one of, and says so in `@odata.type`; empty when this is the one.
    pub derived: &'static [&'static Complex],
    /// A member by whose value the type is known where there is no `@odata.type`: its name, and each value with the type.
    pub discriminator: Option<(&'static str, &'static [(&'static str, &'static Complex)])>,
}

impl Complex {
    /// A type of its own.
    pub const fn new(kind: &'static str, members: &'static [Property]) -> Self {
        Self { kind, members, derived: &[], discriminator: None }
    }

    /// A type that others are derived from.
    pub const fn one_of(kind: &'static str, derived: &'static [&'static Self]) -> Self {
        Self { kind, members: &[], derived, discriminator: None }
    }

    /// Types are also known by the value of a member.
    pub const fn discriminated_by(mut self, member: &'static str, values: &'static [(&'static str, &'static Self)]) -> Self {
        self.discriminator = Some((member, values));
        self
    }

    /// The type that a value is of, by its `@odata.type`.
    fn of(&'static self, value: &Map<String, Value>) -> Option<&'static Self> {
        if self.derived.is_empty() {
            return Some(self);
        }
        named(self.derived, value).or_else(|| {
            let (member, values) = self.discriminator.filter(|_| !value.contains_key("@odata.type"))?;
            let given = value.get(member)?.as_str()?;
            values.iter().find(|(name, _)| name.eq_ignore_ascii_case(given)).map(|(_, kind)| *kind)
        })
    }
}

impl PartialEq for Complex {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for Complex {}

/// Which of some types an object says in `@odata.type` that it is.
pub fn named(types: &'static [&'static Complex], object: &Map<String, Value>) -> Option<&'static Complex> {
    let name = object.get("@odata.type")?.as_str()?;
    let name = name.trim_start_matches('#').trim_start_matches("microsoft.graph.");
    types.iter().copied().find(|one| one.kind == name)
}

/// The member that a value does not fit.
#[derive(Debug, PartialEq, Eq)]
pub struct Mismatch(pub String);

/// Reads what a client gives for a property: known members of the right JSON, names of enumerations in their own letter
/// case, without control information; `beta` says whether members of that version are known. What is not given stays away. Null takes away what may be null.
pub fn accept(property: &Property, value: &Value, beta: bool) -> Result<Value, Mismatch> {
    let wrong = || Mismatch(property.name.to_owned());
    match (property.shape, value) {
        (Shape::Texts | Shape::Objects | Shape::Complexes(_), Value::Null) => Err(wrong()),
        (_, Value::Null) if property.required => Err(wrong()),
        (_, Value::Null) => Ok(Value::Null),
        (Shape::Text, Value::String(text)) => one_name(property, text).map(Value::String).ok_or_else(wrong),
        (Shape::Names, Value::String(text)) => {
            let names: Option<Vec<String>> = text.split(',').map(|name| one_name(property, name.trim())).collect();
            Ok(Value::String(names.ok_or_else(wrong)?.join(",")))
        }
        (Shape::Texts, Value::Array(all)) => {
            let names: Option<Vec<Value>> = all.iter().map(|one| one_name(property, one.as_str()?).map(Value::String)).collect();
            names.map(Value::Array).ok_or_else(wrong)
        }
        (Shape::Complex(kind), Value::Object(object)) => accept_members(kind, object, beta).map_err(|inner| inside(property, &inner)),
        (Shape::Complexes(kind), Value::Array(all)) => {
            let one = |one: &Value| {
                one.as_object()
                    .ok_or_else(wrong)
                    .and_then(|object| accept_members(kind, object, beta).map_err(|inner| inside(property, &inner)))
            };
            all.iter().map(one).collect::<Result<_, _>>().map(Value::Array)
        }
        (Shape::Complex(_) | Shape::Complexes(_) | Shape::Text | Shape::Texts | Shape::Names, _) => Err(wrong()),
        _ if property.accepts(value) => Ok(value.clone()),
        _ => Err(wrong()),
    }
}

/// A text in the letter case of the enumeration, where there is one. That the letter case does not count is unverified:
/// the service's own texts and pages write `All` where the metadata has `all`.
fn one_name(property: &Property, text: &str) -> Option<String> {
    if property.values.is_empty() {
        return (text.chars().count() <= property.max).then(|| text.to_owned());
    }
    property.values.iter().find(|name| name.eq_ignore_ascii_case(text)).map(|&name| name.to_owned())
}

fn accept_members(kind: &'static Complex, object: &Map<String, Value>, beta: bool) -> Result<Value, Mismatch> {
    let of = kind.of(object).ok_or_else(|| Mismatch("@odata.type".into()))?;
    let mut out = Map::new();
    if !kind.derived.is_empty() {
        out.insert("@odata.type".into(), format!("#microsoft.graph.{}", of.kind).into());
    }
    for (name, value) in object {
        if let Some(name) = name.strip_suffix("@odata.bind") {
            let member = member(of, name, beta)?;
            let id = value.as_str().and_then(bound_id).ok_or_else(|| Mismatch(name.to_owned()))?;
            out.insert(member.name.into(), serde_json::json!({"id": id}));
        } else if !name.starts_with('@') && !name.contains("@odata.") {
            let member = member(of, name, beta)?;
            out.insert(member.name.into(), accept(member, value, beta)?);
        }
    }
    Ok(Value::Object(out))
}

fn member(of: &'static Complex, name: &str, beta: bool) -> Result<&'static Property, Mismatch> {
    of.members.iter().find(|member| member.name == name && (beta || !member.beta)).ok_or_else(|| Mismatch(name.to_owned()))
}

/// The id at the end of a reference: `.../policies/{id}` or `.../policies('{id}')`.
fn bound_id(reference: &str) -> Option<&str> {
    let last = reference.rsplit('/').next()?;
    let id = match last.split_once("('") {
        Some((_, id)) => id.strip_suffix("')")?,
        None => last,
    };
    (!id.is_empty()).then_some(id)
}

fn inside(property: &Property, inner: &Mismatch) -> Mismatch {
    Mismatch(format!("{}/{}", property.name, inner.0))
}

/// Merges an accepted value into an old one: objects member by member, everything else replaces the old value.
/// An object of another type is another object.
pub fn merge(old: &Value, new: Value) -> Value {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) if old.get("@odata.type") == new.get("@odata.type") => {
            let mut out = old.clone();
            for (name, value) in new {
                let value = merge(old.get(&name).unwrap_or(&Value::Null), value);
                out.insert(name, value);
            }
            Value::Object(out)
        }
        (_, new) => new,
    }
}

/// A value with every member, as answers have it. A member that a value cannot be without is missed.
pub fn complete(property: &Property, value: Value) -> Result<Value, Mismatch> {
    match (property.shape, value) {
        (Shape::Complex(kind), Value::Object(object)) => complete_members(kind, object).map_err(|inner| inside(property, &inner)),
        (Shape::Complexes(kind), Value::Array(all)) => {
            let one = |one| match one {
                Value::Object(object) => complete_members(kind, object).map_err(|inner| inside(property, &inner)),
                other => Ok(other),
            };
            all.into_iter().map(one).collect::<Result<_, _>>().map(Value::Array)
        }
        (_, Value::Null) if property.required => Err(Mismatch(property.name.to_owned())),
        (_, Value::Null) => Ok(property.empty_value()),
        (_, value) => Ok(value),
    }
}

fn complete_members(kind: &'static Complex, mut object: Map<String, Value>) -> Result<Value, Mismatch> {
    let of = kind.of(&object).ok_or_else(|| Mismatch("@odata.type".into()))?;
    for member in of.members {
        let value = object.remove(member.name).unwrap_or(Value::Null);
        // What only beta knows is shown where it is set (unverified: in v1.0).
        if member.beta && value.is_null() {
            continue;
        }
        object.insert(member.name.into(), complete(member, value)?);
    }
    Ok(Value::Object(object))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use serde_json::json;

    use super::*;
    use crate::graph::model::property::{complex, complexes, names, number, text, texts};

    static PET: Complex = Complex::new("pet", &[text("name").required(), number("legs"), texts("friends").one_of(&["cat", "dog"])]);
    static CIRCLE: Complex = Complex::new("circle", &[number("radius").required()]);
    static SHAPE: Complex = Complex::one_of("shape", &[&CIRCLE]);
    static HOUSE: Complex =
        Complex::new("house", &[complex("pet", &PET), complexes("shapes", &SHAPE), names("colours").one_of(&["red", "blue"])]);
    static PROPERTY: Property = complex("house", &HOUSE);

    #[test]
    fn what_is_known_is_accepted_and_filled_up() {
        let given = json!({
            "pet": {"name": "Rex", "friends": ["Cat"], "@odata.type": "#microsoft.graph.pet"},
            "shapes": [{"@odata.type": "microsoft.graph.circle", "radius": 2}], "colours": "Red, blue",
        });
        let accepted = accept(&PROPERTY, &given, false).unwrap();
        assert_eq!(
            complete(&PROPERTY, accepted).unwrap(),
            json!({
                "pet": {"name": "Rex", "legs": null, "friends": ["cat"]},
                "shapes": [{"@odata.type": "#microsoft.graph.circle", "radius": 2}], "colours": "red,blue",
            })
        );
        assert_eq!(complete(&PROPERTY, json!({})).unwrap(), json!({"pet": null, "shapes": [], "colours": null}));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (given, path) in [
            (json!({"cat": {}}), "house/cat"),
            (json!({"pet": {"legs": "four"}}), "house/legs"),
            (json!({"pet": {"friends": "cat"}}), "house/friends"),
            (json!({"pet": {"friends": null}}), "house/friends"),
            (json!({"pet": {"friends": ["bird"]}}), "house/friends"),
            (json!({"shapes": [{"radius": 1}]}), "house/@odata.type"),
            (json!({"colours": "green"}), "house/colours"),
            (json!([]), "house"),
        ] {
            let Mismatch(at) = accept(&PROPERTY, &given, false).unwrap_err();
            assert_eq!(at.rsplit('/').next(), path.rsplit('/').next(), "{given}");
        }
        assert_eq!(complete(&PROPERTY, json!({"pet": {}})), Err(Mismatch("house/pet/name".into())));
    }

    #[test]
    fn objects_are_merged_and_lists_are_not() {
        let old = json!({"pet": {"name": "Rex", "legs": 4, "friends": ["cat"]}, "shapes": [{"a": 1}]});
        let new = json!({"pet": {"legs": null, "friends": []}});
        assert_eq!(merge(&old, new), json!({"pet": {"name": "Rex", "legs": null, "friends": []}, "shapes": [{"a": 1}]}));
        assert_eq!(merge(&json!({"@odata.type": "a", "x": 1}), json!({"@odata.type": "b"})), json!({"@odata.type": "b"}));
        assert_eq!(bound_id("https://host/v1.0/policies('a')"), Some("a"));
        assert_eq!(bound_id("https://host/v1.0/policies/a"), Some("a"));
    }
}
