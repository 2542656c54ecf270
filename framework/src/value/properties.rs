//! Property tests of the wire format and of state JSON, with arbitrary values and bytes.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::{Bounds, Number, Refinement, Type, Value, json, msgpack};

fn primitive() -> impl Strategy<Value = Type> {
    prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String)]
}

fn nested(leaf: impl Strategy<Value = Type> + 'static) -> impl Strategy<Value = Type> {
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            btree_map(text(), inner, 0..4).prop_map(Type::Object),
        ]
    })
}

fn any_type() -> impl Strategy<Value = Type> {
    nested(prop_oneof![3 => primitive(), 1 => Just(Type::Dynamic)])
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,6}", "[ -~]{0,40}", any::<String>()].prop_map(|text| super::text::nfc(&text).into_owned())
}

/// Numbers that are equal to their text; a large float64 is not (`tests/vectors/cty-vectors.json`, "max float64").
fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        (-200i64..200).prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>()
            .prop_filter("is its text", |float| !float.is_nan() && (float.is_infinite() || float.fract() != 0.0 || float.abs() < 9e15))
            .prop_map(|float| Number::try_from(float).unwrap()),
        "-?[0-9]{1,30}(\\.[0-9]{1,30})?(e-?[0-9]{1,3})?".prop_map(|text| text.parse().unwrap()),
        "-?[0-9]{150,250}(\\.[0-9]{1,250})?".prop_map(|text| text.parse().unwrap()),
    ]
}

fn unknown(of: &Type) -> BoxedStrategy<Value> {
    let bounds = match of {
        Type::Dynamic => return Just(Value::UNKNOWN).boxed(),
        Type::String => {
            text().prop_map(|text| Bounds { string_prefix: Some(text).filter(|text| !text.is_empty()), ..Bounds::default() }).boxed()
        }
        Type::Number => (option::of((-100i64..0, any::<bool>())), option::of((1i64..100, any::<bool>())))
            .prop_map(|(min, max)| Bounds {
                number_min: min.map(|(min, inclusive)| (min.into(), inclusive)),
                number_max: max.map(|(max, inclusive)| (max.into(), inclusive)),
                ..Bounds::default()
            })
            .boxed(),
        Type::List(_) | Type::Set(_) | Type::Map(_) => (option::of(1..100i64), option::of(100i64..i64::MAX))
            .prop_map(|(length_min, length_max)| Bounds { length_min, length_max, ..Bounds::default() })
            .boxed(),
        Type::Bool | Type::Tuple(_) | Type::Object(_) => Just(Bounds::default()).boxed(),
    };
    let known = (any::<bool>(), bounds).prop_map(|(not_null, bounds)| {
        Value::Unknown(Refinement { not_null, bounds: (bounds != Bounds::default()).then(|| Box::new(bounds)) })
    });
    known.boxed()
}

/// Elements that agree on their type where it is dynamic: then all are the same.
fn elements(of: &Type) -> BoxedStrategy<Vec<Value>> {
    if of.has_dynamic() {
        (value(of), 0..4usize).prop_map(|(value, count)| vec![value; count]).boxed()
    } else {
        vec(value(of), 0..5).boxed()
    }
}

fn value(of: &Type) -> BoxedStrategy<Value> {
    let known = match of {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => number().prop_map(Value::Number).boxed(),
        Type::String => text().prop_map(Value::String).boxed(),
        Type::Dynamic => {
            nested(primitive()).prop_flat_map(|of| (Just(of.clone()), value(&of)).prop_map(|typed| Value::Dynamic(Box::new(typed)))).boxed()
        }
        Type::List(element) => elements(element).prop_map(Value::List).boxed(),
        Type::Set(element) => elements(element).prop_map(Value::set).boxed(),
        Type::Map(element) => {
            (vec(text(), 4), elements(element)).prop_map(|(keys, elements)| Value::object(keys.into_iter().zip(elements))).boxed()
        }
        Type::Tuple(types) => types.iter().map(value).collect::<Vec<_>>().prop_map(Value::List).boxed(),
        Type::Object(types) => {
            let names: Vec<String> = types.keys().cloned().collect();
            let values = types.values().map(value).collect::<Vec<_>>();
            values.prop_map(move |values| Value::object(names.iter().cloned().zip(values))).boxed()
        }
    };
    prop_oneof![8 => known, 1 => Just(Value::Null), 1 => unknown(of)].boxed()
}

fn typed() -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(|of| (Just(of.clone()), value(&of)))
}

/// How many values there are in a value, and how many bytes of text.
fn size(value: &Value) -> (usize, usize) {
    let sum = |sizes: &mut dyn Iterator<Item = (usize, usize)>| sizes.fold((1, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
    match value {
        Value::String(text) => (1, text.len()),
        Value::List(elements) => sum(&mut elements.iter().map(size)),
        Value::Map(entries) => sum(&mut entries.iter().map(|(key, value)| (size(value).0, size(value).1 + key.len()))),
        Value::Dynamic(inner) => sum(&mut std::iter::once(size(&inner.1))),
        _ => (1, 0),
    }
}

/// Reading hostile bytes gives an error or a value that can be written and read again, and that is no larger than the bytes account for.
fn check_hostile(bytes: &[u8], of: &Type) -> Result<(), TestCaseError> {
    let Ok(value) = msgpack::decode(bytes, of) else { return Ok(()) };
    // Every value is a byte at least, but for the elements of pinned lists; NFC can make three bytes of one.
    let (values, text) = size(&value);
    prop_assert!(values <= bytes.len() + 65_536 && text <= 3 * bytes.len());
    let written = msgpack::encode(&value, of).unwrap();
    let again = msgpack::decode(&written, of).unwrap();
    prop_assert_eq!(msgpack::encode(&again, of).unwrap(), written);
    Ok(())
}

proptest! {
    #[test]
    fn what_is_written_is_read((of, value) in typed()) {
        let bytes = msgpack::encode(&value, &of).unwrap();
        let read = msgpack::decode(&bytes, &of);
        prop_assert_eq!(read.as_ref(), Ok(&value));
        prop_assert_eq!(msgpack::encode(&read.unwrap(), &of).unwrap(), bytes);
    }

    #[test]
    fn others_read_and_write_the_same_bytes((of, value) in typed()) {
        let bytes = msgpack::encode(&value, &of).unwrap();
        let mut rest = &bytes[..];
        let oracle = rmpv::decode::read_value(&mut rest).unwrap();
        prop_assert!(rest.is_empty());
        let mut again = Vec::new();
        rmpv::encode::write_value(&mut again, &oracle).unwrap();
        prop_assert_eq!(again, bytes);
    }

    #[test]
    fn what_is_written_as_json_is_read((of, value) in typed()) {
        match json::encode(&value, &of) {
            Ok(text) => {
                prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
                prop_assert_eq!(json::decode(text.as_bytes(), &of), Ok(value));
            }
            Err(error) => {
                let infinite = error.what.contains("infinite");
                prop_assert!(infinite || !value.is_wholly_known(), "{}", error);
            }
        }
    }

    #[test]
    fn types_survive_json(of in any_type()) {
        prop_assert_eq!(Type::from_json(of.to_json().as_bytes()), Ok(of));
    }

    #[test]
    fn hostile_bytes_do_no_harm(of in any_type(), bytes in vec(any::<u8>(), 0..200)) {
        check_hostile(&bytes, &of)?;
        let _ = json::decode(&bytes, &of);
        let _ = Type::from_json(&bytes);
    }

    #[test]
    fn damaged_values_do_no_harm((of, value) in typed(), damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut: prop::sample::Index) {
        let mut bytes = msgpack::encode(&value, &of).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check_hostile(&bytes, &of)?;
        check_hostile(&bytes[..cut.index(bytes.len())], &of)?;
        check_hostile(&bytes, &Type::Dynamic)?;
    }

    #[test]
    fn damaged_json_does_no_harm((of, value) in typed(), at: prop::sample::Index, byte: u8) {
        if let Ok(text) = json::encode(&value, &of) {
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(value) = json::decode(&bytes, &of) {
                let _ = json::encode(&value, &of);
                prop_assert!(msgpack::encode(&value, &of).is_ok());
            }
        }
    }

    #[test]
    fn sets_do_not_depend_on_the_order_of_their_making((of, elements) in primitive().prop_flat_map(|of| (Just(of.clone()), vec(value(&of), 0..8))), seed: u64) {
        let mut shuffled = elements.clone();
        shuffled.sort_by_key(|value| format!("{value:?}{seed}").bytes().fold(seed, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into())));
        let known = |set: Value| set.elements().unwrap().iter().filter(|value| value.is_wholly_known()).cloned().collect::<Vec<_>>();
        prop_assert_eq!(known(Value::set(shuffled)), known(Value::set(elements)), "{:?}", of);
    }
}
