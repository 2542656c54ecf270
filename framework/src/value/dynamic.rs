//! The concrete types of values whose declared type is "dynamic".
//!
//! A value of type `list(dynamic)` whose elements are strings *is* a `list(string)`, and all elements of a collection must agree; where
//! they do not, Terraform crashes (docs/terraform-protocol.md#types).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Type, Value, WireError};

/// The value with the type that it has itself, as it belongs in [`Value::Dynamic`]: "dynamic" remains in that type only where the
/// value is null, unknown or empty.
pub(super) fn settle(value: Value, of: Type) -> Result<Value, WireError> {
    if !of.has_dynamic() {
        return Ok(Value::Dynamic(Box::new((of, value))));
    }
    let own = own_type(&value, &of)?.into_owned();
    Ok(Value::Dynamic(Box::new((own, strip(value, &of)))))
}

/// Refuses a collection whose elements are of different types.
pub(super) fn check_agreement<'a>(elements: impl Iterator<Item = &'a Value>, element_type: &'a Type) -> Result<(), WireError> {
    if element_type.has_dynamic() { common_type(elements, element_type).map(drop) } else { Ok(()) }
}

/// The type of a value that fits `of`. It is borrowed wherever it is `of` itself: a million nulls of a large type must not
/// become a million copies of that type.
fn own_type<'a>(value: &'a Value, of: &'a Type) -> Result<Cow<'a, Type>, WireError> {
    let rebuilt = match (of, value) {
        (Type::Dynamic, Value::Dynamic(inner)) => return Ok(Cow::Borrowed(&inner.0)),
        (Type::List(element), Value::List(elements)) => changed(common_type(elements.iter(), element)?, element).map(Type::list),
        (Type::Set(element), Value::List(elements)) => changed(common_type(elements.iter(), element)?, element).map(Type::set),
        (Type::Map(element), Value::Map(entries)) => changed(common_type(entries.values(), element)?, element).map(Type::map),
        (Type::Tuple(types), Value::List(elements)) => {
            let own: Vec<Cow<Type>> = elements.iter().zip(types).map(|(element, of)| own_type(element, of)).collect::<Result<_, _>>()?;
            let same = own.iter().zip(types).all(|(own, of)| is_same(own, of));
            (!same).then(|| Type::Tuple(own.into_iter().map(Cow::into_owned).collect()))
        }
        (Type::Object(types), Value::Map(attributes)) => {
            let own = types.iter().map(|(name, of)| Ok((name, own_type(attributes.get(name).unwrap_or(&Value::Null), of)?)));
            let own: BTreeMap<&String, Cow<Type>> = own.collect::<Result<_, WireError>>()?;
            let same = own.values().zip(types.values()).all(|(own, of)| is_same(own, of));
            (!same).then(|| Type::Object(own.into_iter().map(|(name, of)| (name.clone(), of.into_owned())).collect()))
        }
        _ => None,
    };
    Ok(rebuilt.map_or(Cow::Borrowed(of), Cow::Owned))
}

/// The type that all elements have; those of which nothing is known, not even the type, fit any.
fn common_type<'a>(elements: impl Iterator<Item = &'a Value>, element_type: &'a Type) -> Result<Cow<'a, Type>, WireError> {
    let mut common = Cow::Borrowed(element_type);
    for (at, element) in elements.enumerate() {
        let own = own_type(element, element_type)?;
        if at == 0 || *common == Type::Dynamic {
            common = own;
        } else if *own != Type::Dynamic && !is_same(&own, &common) && own != common {
            let what = format_args!("all elements must be of one type, not {} and {}", common.to_json(), own.to_json()).to_string();
            return Err(WireError::new(what));
        }
    }
    Ok(common)
}

/// Whether the two are one and the same type in memory, which spares a comparison.
fn is_same(own: &Type, of: &Type) -> bool {
    std::ptr::eq(own, of)
}

fn changed(own: Cow<Type>, of: &Type) -> Option<Type> {
    if is_same(&own, of) { None } else { Some(own.into_owned()) }
}

/// Takes the types off all values inside that carry their own.
fn strip(value: Value, of: &Type) -> Value {
    match (of, value) {
        (Type::Dynamic, Value::Dynamic(inner)) => inner.1,
        (Type::List(element) | Type::Set(element), Value::List(elements)) => {
            Value::List(elements.into_iter().map(|value| strip(value, element)).collect())
        }
        (Type::Map(element), Value::Map(entries)) => {
            Value::Map(entries.into_iter().map(|(key, value)| (key, strip(value, element))).collect())
        }
        (Type::Tuple(types), Value::List(elements)) => {
            Value::List(elements.into_iter().zip(types).map(|(value, of)| strip(value, of)).collect())
        }
        (Type::Object(types), Value::Map(mut attributes)) => {
            for (name, of) in types {
                if let Some(value) = attributes.get_mut(name) {
                    *value = strip(std::mem::take(value), of);
                }
            }
            Value::Map(attributes)
        }
        (_, value) => value,
    }
}
