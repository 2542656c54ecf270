//! The wire format, case by case; the recorded vectors are in `tests/cty_vectors.rs`.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::value::{Bounds, MAX_DEPTH, Refinement, Type, Value};

fn of(json: &str) -> Type {
    Type::from_json(json.as_bytes()).unwrap()
}

fn error(bytes: &[u8], json: &str) -> String {
    decode(bytes, &of(json)).unwrap_err().to_string()
}

/// `[["list", ["list", ... "string"]], [[... "a"]]]`
fn nested_lists(depth: usize) -> Vec<u8> {
    let json = format!("{}\"string\"{}", "[\"list\",".repeat(depth), "]".repeat(depth));
    let mut bytes = vec![0x92, 0xc6];
    bytes.extend((json.len() as u32).to_be_bytes());
    bytes.extend(json.bytes());
    bytes.extend(vec![0x91; depth]);
    bytes.extend(b"\xa1a");
    bytes
}

#[test]
fn errors_name_the_place() {
    let object =
        r#"["object",{"a":["list","string"],"m":["map",["object",{"x":"bool"}]],"s":["set","bool"],"t":["tuple",["bool","bool"]]}]"#;
    for (bytes, what) in [
        (&b"\x84\xa1a\x94\xa0\xa0\xa0\x05"[..], "a[3]: a string is required"),
        (b"\x84\xa1a\x90\xa1m\x81\xa3k k\x81\xa1x\xa0", "m[\"k k\"].x: a bool is required"),
        (b"\x84\xa1a\x90\xa1m\x81\xa1k\x80", "m[\"k\"].x: this attribute is missing"),
        (b"\x84\xa1a\x90\xa1m\x80\xa1s\x92\xc2\xa0", "s: a bool is required"),
        (b"\x84\xa1a\x90\xa1m\x80\xa1s\x90\xa1t\x92\xc2\x00", "t[1]: a bool is required"),
        (b"\x84\xa1a\x90\xa1m\x80\xa1s\x90\xa1t\x91\xc2", "t: a tuple of 2 elements is required, not of 1"),
        (b"\x80", "a: this attribute is missing"),
        (b"\x82\xa1a\x90\xa1a\x90", "a: this attribute is there twice"),
        (b"\x81\xa1z\x90", "there is no attribute \"z\" here"),
        (b"\x81\xc0\x90", "the names of attributes must be strings"),
        (b"\x85", "an object of 4 attributes is required, not of 5"),
        (b"\x90", "an object is required"),
        (b"\x81\xa1a\x91\xa1\xff", "a[0]: text must be UTF-8"),
        (b"\x81\xa1a\x91", "a[0]: the bytes end in the middle of the value"),
        (b"\x81\xa1a\xc1", "a: 0xc1 is no MessagePack"),
    ] {
        assert_eq!(error(bytes, object), what);
    }
}

#[test]
fn values_that_do_not_fit_are_not_written() {
    let object = of(r#"["object",{"a":["list","string"],"d":"dynamic","t":["tuple",["bool"]]}]"#);
    let value = |a, d, t| Value::object([("a", a), ("d", d), ("t", t)]);
    let string = |text: &str| Value::Dynamic(Box::new((Type::String, Value::from(text))));
    for (value, what) in [
        (Value::from("x"), "an object is required"),
        (Value::object([("a", Value::Null)]), "d: this attribute is missing"),
        (Value::object([("z", Value::Null)]), "there is no attribute \"z\" here"),
        (value(Value::List(vec!["x".into(), true.into()]), Value::Null, Value::Null), "a[1]: a string is required"),
        (value(Value::Null, "x".into(), Value::Null), "d: a value with its type is required"),
        (value(Value::Null, Value::Dynamic(Box::new((Type::Dynamic, string("x")))), Value::Null), "d: a value with its type is required"),
        (value(Value::Null, Value::Dynamic(Box::new((Type::Bool, "x".into()))), Value::Null), "d: a bool is required"),
        (value(Value::Null, string("x"), Value::List(vec![])), "t: a tuple of 1 elements is required, not of 0"),
    ] {
        assert_eq!(encode(&value, &object).unwrap_err().to_string(), what);
    }
}

#[test]
fn elements_of_a_collection_have_one_type() {
    let wrapped = |of: Type, value: Value| Value::Dynamic(Box::new((of, value)));
    let mixed = Value::List(vec![wrapped(Type::String, "x".into()), Value::Null, wrapped(Type::Number, 1i64.into())]);
    let what = "all elements must be of one type, not \"string\" and \"number\"";
    assert_eq!(encode(&mixed, &of(r#"["list","dynamic"]"#)).unwrap_err().to_string(), what);
    // Where one object has a null and the other a string, the types differ too.
    let objects = of(r#"["list",["object",{"a":"dynamic"}]]"#);
    let value = Value::List(vec![Value::object([("a", wrapped(Type::String, "x".into()))]), Value::object([("a", Value::Null)])]);
    assert!(encode(&value, &objects).unwrap_err().to_string().starts_with("all elements must be of one type"));
    // A tuple may mix.
    assert!(encode(&mixed, &of(r#"["tuple",["dynamic","dynamic","dynamic"]]"#)).is_ok());
}

#[test]
fn a_dynamic_value_has_the_type_that_it_is_of() {
    // list(dynamic) of two strings, all said to be dynamic
    let bytes = b"\x92\xc4\x12[\"list\",\"dynamic\"]\x93\x92\xc4\x08\"string\"\xa1b\xc0\x92\xc4\x08\"string\"\xa1a";
    let value = decode(bytes, &Type::Dynamic).unwrap();
    let strings = Value::List(vec!["b".into(), Value::Null, "a".into()]);
    assert_eq!(value, Value::Dynamic(Box::new((Type::list(Type::String), strings))));
    assert_eq!(encode(&value, &Type::Dynamic).unwrap(), b"\x92\xc4\x11[\"list\",\"string\"]\x93\xa1b\xc0\xa1a");
}

#[test]
fn nesting_is_bounded() {
    let deepest = nested_lists(MAX_DEPTH);
    let value = decode(&deepest, &Type::Dynamic).unwrap();
    let written = encode(&value, &Type::Dynamic).unwrap();
    assert_eq!(decode(&written, &Type::Dynamic), Ok(value.clone()));
    drop(value.clone());
    for depth in [MAX_DEPTH + 1, 5_000, 100_000] {
        assert!(error(&nested_lists(depth), "\"dynamic\"").contains("nested more than 128 levels"), "{depth}");
    }
    // Deeper than the bound by the type of the schema, on the way in and out.
    let deep_type = (0..=MAX_DEPTH).fold(Type::String, |of, _| Type::list(of));
    let deep_value = (0..=MAX_DEPTH).fold(Value::from("x"), |value, _| Value::List(vec![value]));
    assert!(encode(&deep_value, &deep_type).unwrap_err().what.contains("nested more than"));
    assert!(decode(&[0x91; MAX_DEPTH + 1], &deep_type).unwrap_err().what.contains("nested more than"));
}

#[test]
fn nesting_through_many_dynamic_values_is_bounded_too() {
    // Each level is a tuple of one dynamic value.
    let level = b"\x92\xc4\x15[\"tuple\",[\"dynamic\"]]\x91";
    let nested = |depth: usize| [level.repeat(depth), b"\xc0".to_vec()].concat();
    assert!(decode(&nested(MAX_DEPTH), &Type::Dynamic).is_ok());
    assert!(error(&nested(MAX_DEPTH + 1), "\"dynamic\"").contains("nested more than"));
    assert!(error(&nested(200_000), "\"dynamic\"").contains("nested more than"));
}

#[test]
fn all_that_is_read_fits_a_small_stack() {
    let small = std::thread::Builder::new().stack_size(1 << 20);
    let run = || {
        let value = decode(&nested_lists(MAX_DEPTH), &Type::Dynamic).unwrap();
        let copy = value.clone();
        assert_eq!(value, copy);
        drop((value, copy));
        assert!(decode(&[0x92; 1 << 20], &Type::Dynamic).is_err());
    };
    small.spawn(run).unwrap().join().unwrap();
}

#[test]
fn lengths_that_are_only_claimed_cost_nothing() {
    for (header, json) in [
        (&b"\xdd\xff\xff\xff\xff"[..], r#"["list","string"]"#),
        (b"\xdd\xff\xff\xff\xff", r#"["set","string"]"#),
        (b"\xdf\xff\xff\xff\xff", r#"["map","string"]"#),
        (b"\xdb\xff\xff\xff\xff", r#""string""#),
        (b"\xc9\xff\xff\xff\xff\x0c", r#""string""#),
    ] {
        assert!(error(header, json).contains("the bytes end"), "{json}");
    }
}

#[test]
fn a_pinned_length_makes_a_list_within_bounds() {
    let pinned = |length: u32| {
        let [a, b, c, d] = length.to_be_bytes();
        vec![0xc7, 15, 12, 0x83, 1, 0xc2, 5, 0xce, a, b, c, d, 6, 0xce, a, b, c, d]
    };
    let list = of(r#"["list","string"]"#);
    assert_eq!(decode(&pinned(3), &list), Ok(Value::List(vec![Value::UNKNOWN; 3])));
    assert_eq!(decode(&pinned(65_536), &list).unwrap().elements().unwrap().len(), 65_536);
    assert!(decode(&pinned(65_537), &list).is_err());
    assert!(decode(&pinned(u32::MAX), &list).is_err());
    // The bound is for the whole message.
    let lists = [vec![0x92], pinned(40_000), pinned(40_000)].concat();
    assert!(error(&lists, r#"["list",["list","string"]]"#).starts_with("[1]: more than 65536"));
    // Sets and maps stay unknown.
    let bounds = Bounds { length_min: Some(3), length_max: Some(3), ..Bounds::default() };
    let unknown = Value::Unknown(Refinement { not_null: true, bounds: Some(Box::new(bounds)) });
    assert_eq!(decode(&pinned(3), &of(r#"["map","string"]"#)).as_ref(), Ok(&unknown));
    assert_eq!(decode(&pinned(3), &of(r#"["set","string"]"#)).as_ref(), Ok(&unknown));
    // A set of exactly one element has one unknown element.
    assert_eq!(decode(&pinned(1), &of(r#"["set","string"]"#)), Ok(Value::List(vec![Value::UNKNOWN])));
    assert_eq!(decode(&pinned(0), &of(r#"["map","string"]"#)), Ok(Value::Map(Default::default())));
}

#[test]
fn refinements_that_contradict_are_refused() {
    for (payload, json) in [
        (&b"\x82\x03\x92\x05\xc3\x04\x92\x04\xc3"[..], r#""number""#),
        (b"\x82\x03\x92\x05\xc2\x04\x92\x05\xc3", r#""number""#),
        (b"\x82\x05\x03\x06\x02", r#"["list","string"]"#),
        (b"\x82\x06\x02\x05\x03", r#"["map","string"]"#),
        (b"\x82\x02\xa2ab\x02\xa2ac", r#""string""#),
        (b"\x82\x01\xc2\x01\xc3", r#""bool""#),
    ] {
        let extension = [&[0xc7, payload.len() as u8, 12], payload].concat();
        assert_eq!(error(&extension, json), "the refinements of the unknown value contradict each other", "{payload:x?}");
    }
}

#[test]
fn repeated_refinements_keep_the_tighter_bound() {
    let read = |payload: &[u8], json| decode(&[&[0xc7, payload.len() as u8, 12], payload].concat(), &of(json)).unwrap();
    let bounds = |bounds| Value::Unknown(Refinement { not_null: false, bounds: Some(Box::new(bounds)) });
    assert_eq!(
        read(b"\x84\x03\x92\x05\xc3\x03\x92\x04\xc3\x04\x92\x09\xc3\x04\x92\x09\xc2", r#""number""#),
        bounds(Bounds { number_min: Some((5i64.into(), true)), number_max: Some((9i64.into(), false)), ..Bounds::default() })
    );
    assert_eq!(
        read(b"\x82\x02\xa1a\x02\xa3abc", r#""string""#),
        bounds(Bounds { string_prefix: Some("abc".to_owned()), ..Bounds::default() })
    );
    assert_eq!(read(b"\x82\x06\x09\x06\x07", r#"["set","bool"]"#), bounds(Bounds { length_max: Some(7), ..Bounds::default() }));
    assert_eq!(read(b"\x82\x05\xff\x06\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", r#"["set","bool"]"#), Value::UNKNOWN);
}

#[test]
fn nil_is_nothing_in_what_is_known() {
    let read = |payload: &[u8], json| decode(&[&[0xc7, payload.len() as u8, 12], payload].concat(), &of(json)).unwrap();
    let not_null = Value::Unknown(Refinement { not_null: true, bounds: None });
    assert_eq!(read(b"\xc0\x00", r#""string""#), Value::UNKNOWN);
    assert_eq!(read(b"\x81\x01\xc0", r#""string""#), not_null);
    assert_eq!(read(b"\x81\x02\xc0", r#""string""#), Value::UNKNOWN);
    assert_eq!(read(b"\x82\x01\xc2\x06\xc0", r#"["list","bool"]"#), Value::List(vec![]));
}

#[test]
fn refinements_that_do_not_apply_are_not_written() {
    let bounds = Bounds { string_prefix: Some("a".to_owned()), length_min: Some(1), ..Bounds::default() };
    let unknown = Value::Unknown(Refinement { not_null: true, bounds: Some(Box::new(bounds)) });
    assert_eq!(encode(&unknown, &Type::Bool).unwrap(), b"\xc7\x03\x0c\x81\x01\xc2");
    assert_eq!(encode(&unknown, &Type::list(Type::Bool)).unwrap(), b"\xc7\x05\x0c\x82\x01\xc2\x05\x01");
    assert_eq!(encode(&unknown, &Type::Dynamic).unwrap(), b"\xd4\x00\x00");
}

#[test]
fn sets_are_sorted_whatever_their_maker_did() {
    let set = Value::List(vec!["b".into(), Value::Null, "a".into(), Value::UNKNOWN, "b".into()]);
    assert_eq!(encode(&set, &Type::set(Type::String)).unwrap(), b"\x94\xa1a\xa1b\xd4\x00\x00\xc0");
}

#[test]
fn refinements_that_are_not_known_are_skipped() {
    let read = |payload: &[u8], json| decode(&[&[0xc8, (payload.len() >> 8) as u8, payload.len() as u8, 12], payload].concat(), &of(json));
    let not_null = || Value::Unknown(Refinement { not_null: true, bounds: None });
    let deep = [&[0x91; 900][..], b"\xc0"].concat();
    let extension = b"\xc7\x03\x0c\x81\x01\xc2";
    let values: [&[u8]; 14] = [
        b"\xc0",
        b"\xc3",
        b"\x05",
        b"\xd3\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00",
        b"\xa3abc",
        b"\xc4\x02\xff\xfe",
        b"\x92\x01\xc3",
        b"\x82\x01\x92\x01\x02\xa1a\xc0",
        b"\xdd\x00\x00\x00\x01\x02",
        b"\xde\x00\x01\x01\x02",
        b"\xd4\x00\x00",
        extension,
        &deep,
    ];
    for value in values {
        for key in [&b"\x07"[..], b"\x7f", b"\xff", b"\xcf\x00\x00\x00\xff\x00\x00\x00\x00"] {
            for json in [r#""string""#, r#""number""#, r#"["list","string"]"#, r#"["object",{"a":"bool"}]"#] {
                let first = [b"\x82", key, value, b"\x01\xc2"].concat();
                assert_eq!(read(&first, json), Ok(not_null()), "{key:x?} {value:x?} before what is known");
                let last = [b"\x82\x01\xc2", key, value].concat();
                assert_eq!(read(&last, json), Ok(not_null()), "{key:x?} {value:x?} after what is known");
            }
        }
    }
    // What is not there cannot be skipped.
    assert_eq!(error(b"\xc7\x08\x0c\x82\x07\xdd\xff\xff\xff\xff\x01", r#""string""#), "the bytes end in the middle of the value");
}

#[test]
fn numbers_in_text_take_bounded_time() {
    let texts =
        ["1e99999", "1e2147483647", "-1e-2147483647", "1p2147483647", "1e9223372036854775807", "1e-9223372036854775808", "0e999999999999"];
    let long = [format!("{}e9", "9".repeat(1 << 20)), format!("0.{}1", "0".repeat(1 << 20)), format!("1e{}", "9".repeat(1 << 20))];
    let begun = std::time::Instant::now();
    for text in texts.into_iter().chain(long.iter().map(String::as_str)) {
        let bytes = [&[0xdb][..], &(text.len() as u32).to_be_bytes(), text.as_bytes()].concat();
        for value in [decode(&bytes, &Type::Number), crate::value::json::decode(text.as_bytes(), &Type::Number)].into_iter().flatten() {
            assert!(encode(&value, &Type::Number).unwrap().len() < 11_000, "{text:.20}");
        }
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}
