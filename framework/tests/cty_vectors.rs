//! Everything that go-cty was seen to do with values, as recorded in `tests/vectors/cty-vectors.json`, or in the file that
//! the environment variable `CTY_VECTORS` names. The records say for themselves what is expected; none is known here by its name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests may panic, and this one tells what it ran")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use framework::value::{Bounds, MAX_DEPTH, Number, Refinement, Type, Value, WireError, json, msgpack};
use serde_json::Value as Json;

/// What a record expects that did not happen.
type Outcome = Result<(), String>;
/// What is done with the records of one section.
type Check = fn(&Json) -> Outcome;

#[test]
fn cty_vectors() {
    let file = std::env::var_os("CTY_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/cty-vectors.json"), PathBuf::from);
    let text = std::fs::read(&file).unwrap_or_else(|error| panic!("cannot read the vectors {}: {error}", file.display()));
    let vectors: Json = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{} is not JSON: {error}", file.display()));

    let sections: [(&str, Check); 4] =
        [("golden", golden), ("alternate_encodings", alternate), ("malformed", malformed), ("json_decode", json_decode)];
    let mut failures = Vec::new();
    for (section, run) in sections {
        let records = vectors[section].as_array().map_or(&[][..], Vec::as_slice);
        assert!(!records.is_empty(), "there is nothing in section {section}");
        for record in records {
            let name = record["name"].as_str().unwrap_or("without name");
            let outcome = catch_unwind(AssertUnwindSafe(|| run(record))).unwrap_or_else(|_| Err("panicked".to_owned()));
            if let Err(why) = outcome {
                failures.push(format!("{section}, {name}: {why}"));
            }
        }
        println!("cty vectors, {section}: {} run", records.len());
    }
    assert!(failures.is_empty(), "{} vectors failed:\n{}", failures.len(), failures.join("\n"));
}

/// What go-cty writes: we must write the same and be able to read it.
fn golden(record: &Json) -> Outcome {
    let (of, bytes) = (type_of(record), bytes_of(record));
    let value = described(&record["value"], &of);
    let decoded = msgpack::decode(&bytes, &of).map_err(|error| format!("not read: {error}"))?;
    let round_trip = record["go_cty_roundtrip_equal"] == true;
    if round_trip && decoded != value {
        return Err(format!("read as {decoded:?}"));
    }
    let open_order = leaves_order_open(&value, &of);
    let written = msgpack::encode(&value, &of).map_err(|error| format!("not written: {error}"))?;
    // A fraction in decimal may stand for the text or for the float64, which are written differently.
    if !same_bytes(&written, &bytes, &of, open_order) && !has_fraction(&value) {
        return Err(format!("written as {}", hex(&written)));
    }
    let again = msgpack::encode(&decoded, &of).map_err(|error| format!("not written again: {error}"))?;
    if !same_bytes(&again, &bytes, &of, open_order) {
        return Err(format!("written again as {}", hex(&again)));
    }
    match (record["cty_json"].as_str(), record["cty_json_error"].as_str()) {
        (Some(expected), None) => {
            let text = json::encode(&value, &of).map_err(|error| format!("not written as JSON: {error}"))?;
            let back = json::decode(expected.as_bytes(), &of).map_err(|error| format!("JSON not read: {error}"))?;
            if text != expected && !(open_order && text.len() == expected.len() && back == value) {
                return Err(format!("JSON is {text}"));
            }
            if round_trip && back != value {
                return Err(format!("JSON read as {back:?}"));
            }
            Ok(())
        }
        (None, Some(why)) if why.starts_with("omitted") => Ok(()),
        (None, Some(_)) => json::encode(&value, &of).err().map(drop).ok_or_else(|| "JSON not refused".to_owned()),
        _ => Err("the record says nothing of JSON, or two things".to_owned()),
    }
}

/// Other bytes that go-cty reads.
fn alternate(record: &Json) -> Outcome {
    assert_eq!(record["result"], "ok", "an alternate encoding is one that is read");
    as_decoded(record, msgpack::decode(&bytes_of(record), &type_of(record)))
}

/// Bytes at which go-cty errs, dies, or reads more than it should.
fn malformed(record: &Json) -> Outcome {
    let (of, bytes) = (type_of(record), bytes_of(record));
    let decoded = catch_unwind(AssertUnwindSafe(|| msgpack::decode(&bytes, &of))).map_err(|_| "panicked".to_owned())?;
    let refused = |decoded: Result<Value, WireError>| match decoded {
        Err(_) => Ok(()),
        Ok(value) => Err(format!("read as {value:.200?}")),
    };
    match record["result"].as_str() {
        Some("error" | "panic" | "process death") => refused(decoded),
        Some("ok") if record["conforms_to_type"] == false => refused(decoded),
        // What we refuse though go-cty does not.
        Some("ok") if has_invalid_text(&bytes) => refused(decoded),
        Some("ok") if constructed_depth(record).is_some_and(|depth| depth > MAX_DEPTH) => refused(decoded),
        Some("ok") if decoded.as_ref().is_err_and(|error| is_documented(error, record)) => Ok(()),
        Some("ok") => as_decoded(record, decoded),
        other => Err(format!("there is no result {other:?}")),
    }
}

/// What go-cty makes of JSON.
fn json_decode(record: &Json) -> Outcome {
    let (of, text) = (type_of(record), record["json_text"].as_str().expect("json_text"));
    let decoded = json::decode(text.as_bytes(), &of);
    match (record["result"].as_str(), decoded) {
        (Some("ok"), Ok(value)) if value == described(&record["decoded"], &of) => Ok(()),
        (Some("ok"), Err(error)) if is_documented(&error, record) => Ok(()),
        (Some("error" | "panic" | "process death"), Err(_)) => Ok(()),
        (_, decoded) => Err(format!("read as {decoded:?}")),
    }
}

/// Whether it is a refusal that the documentation announces, and the record itself shows its reason.
fn is_documented(error: &WireError, record: &Json) -> bool {
    let decoded = &record["decoded"];
    if error.what.contains("nested") {
        let brackets = record["json_text"].as_str().map_or(0, |text| text.matches(['[', '{']).count());
        return brackets > MAX_DEPTH || (brackets == 0 && nesting(&bytes_of(record)) > MAX_DEPTH);
    }
    if error.what.contains("digits") {
        return longest_number(decoded) > Number::MAX_DIGITS;
    }
    if error.what.contains("made up") {
        return decoded["elems_repeat"]["count"].as_u64().is_some_and(|count| count > 65_536);
    }
    error.what.contains("in one another") && record["msgpack_hex_repeat"]["count"].as_u64().is_some_and(|count| count >= 100_000)
}

fn longest_number(description: &Json) -> usize {
    match description {
        Json::Array(elements) => elements.iter().map(longest_number).max().unwrap_or(0),
        Json::Object(entries) => {
            let number = entries.get("number").and_then(Json::as_str).map_or(0, str::len);
            number.max(entries.values().map(longest_number).max().unwrap_or(0))
        }
        _ => 0,
    }
}

/// Checks the value that was read, and what is written of it, against `decoded` and `canonical_hex`.
fn as_decoded(record: &Json, decoded: Result<Value, WireError>) -> Outcome {
    let of = type_of(record);
    let value = decoded.map_err(|error| format!("not read: {error}"))?;
    let expected = record.get("decoded").map(|decoded| described(decoded, &of));
    if expected.as_ref().is_some_and(|expected| *expected != value) {
        return Err(format!("read as {value:.200?}"));
    }
    // Where nothing is said of it, the bytes themselves are the canonical ones.
    let canonical = record["canonical_hex"].as_str().map_or_else(|| bytes_of(record), unhex);
    let written = msgpack::encode(&value, &of).map_err(|error| format!("not written: {error}"))?;
    if !same_bytes(&written, &canonical, &of, leaves_order_open(&value, &of)) {
        return Err(format!("written as {:.200}", hex(&written)));
    }
    Ok(())
}

/// The order of set elements that are no primitives is go-cty's own affair; then the same elements in any order will do.
fn same_bytes(these: &[u8], those: &[u8], of: &Type, open_order: bool) -> bool {
    these == those || (open_order && these.len() == those.len() && msgpack::decode(these, of) == msgpack::decode(those, of))
}

fn leaves_order_open(value: &Value, of: &Type) -> bool {
    fn in_type(of: &Type) -> bool {
        match of {
            Type::Bool | Type::Number | Type::String | Type::Dynamic => false,
            Type::Set(element) => !matches!(**element, Type::Bool | Type::Number | Type::String),
            Type::List(element) | Type::Map(element) => in_type(element),
            Type::Tuple(elements) => elements.iter().any(in_type),
            Type::Object(attributes) => attributes.values().any(in_type),
        }
    }
    in_type(of) || any(value, &|value| matches!(value, Value::Dynamic(inner) if in_type(&inner.0)))
}

fn has_fraction(value: &Value) -> bool {
    any(value, &|value| match value {
        Value::Number(number) => !number.is_integer() && !number.is_infinite(),
        Value::Unknown(Refinement { bounds: Some(bounds), .. }) => {
            [&bounds.number_min, &bounds.number_max].into_iter().flatten().any(|(number, _)| !number.is_integer())
        }
        _ => false,
    })
}

fn any(value: &Value, is: &dyn Fn(&Value) -> bool) -> bool {
    is(value)
        || match value {
            Value::List(elements) => elements.iter().any(|value| any(value, is)),
            Value::Map(entries) => entries.values().any(|value| any(value, is)),
            Value::Dynamic(inner) => any(&inner.1, is),
            _ => false,
        }
}

/// The value of that type that a description stands for. The elements of its sets may be in any order there.
fn described(description: &Json, of: &Type) -> Value {
    in_order(as_written(description), of)
}

fn as_written(description: &Json) -> Value {
    let (kind, rest) = match description.as_object().map(|object| object.iter().collect::<Vec<_>>()).as_deref() {
        Some([(kind, rest)]) => (kind.as_str(), *rest),
        // `approximately` is there for the reader.
        Some([_, _]) if description.get("number_float64_bits").is_some() => ("number_float64_bits", &description["number_float64_bits"]),
        _ => panic!("no description: {description}"),
    };
    let text = || rest.as_str().expect("a string");
    let repeated = || (&rest["unit"], usize::try_from(rest["count"].as_u64().expect("count")).unwrap());
    match kind {
        "null" => Value::Null,
        "bool" => Value::Bool(rest.as_bool().expect("a bool")),
        "string" => Value::from(text()),
        "string_repeat" => Value::from(repeated().0.as_str().expect("unit").repeat(repeated().1)),
        "number" => Value::Number(number(text())),
        "number_float64_bits" => Value::Number(f64::from_bits(u64::from_str_radix(text(), 16).unwrap()).try_into().unwrap()),
        "elems" => Value::List(rest.as_array().expect("elems").iter().map(as_written).collect()),
        "elems_repeat" => Value::List(vec![as_written(repeated().0); repeated().1]),
        "entries" => Value::object(rest.as_object().expect("entries").iter().map(|(key, value)| (key, as_written(value)))),
        "unknown" => Value::Unknown(refinement(rest)),
        "dynamic" => Value::Dynamic(Box::new((type_of(rest), as_written(&rest["value"])))),
        _ => panic!("no description: {description}"),
    }
}

fn in_order(value: Value, of: &Type) -> Value {
    match (of, value) {
        (Type::Set(element), Value::List(elements)) => Value::set(elements.into_iter().map(|value| in_order(value, element))),
        (Type::List(element), Value::List(elements)) => Value::List(elements.into_iter().map(|value| in_order(value, element)).collect()),
        (Type::Tuple(types), Value::List(elements)) => {
            assert_eq!(types.len(), elements.len(), "elements of a tuple");
            Value::List(elements.into_iter().zip(types).map(|(value, of)| in_order(value, of)).collect())
        }
        (Type::Map(element), Value::Map(entries)) => Value::object(entries.into_iter().map(|(key, value)| (key, in_order(value, element)))),
        (Type::Object(types), Value::Map(attributes)) => Value::object(attributes.into_iter().map(|(name, value)| {
            let of = &types[&name];
            (name, in_order(value, of))
        })),
        (Type::Dynamic, Value::Dynamic(inner)) => {
            let (of, value) = *inner;
            let value = in_order(value, &of);
            Value::Dynamic(Box::new((of, value)))
        }
        (_, value) => value,
    }
}

fn number(text: &str) -> Number {
    text.replace("inf", "Inf").parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refinement(description: &Json) -> Refinement {
    let bound = |name| {
        let bound = description.get(name)?;
        Some((number(bound["value"].as_str().expect("value")), bound["inclusive"].as_bool().expect("inclusive")))
    };
    let length = |name| description.get(name).map(|length: &Json| length.as_i64().expect("a length"));
    let known = ["not_null", "string_prefix", "number_min", "number_max", "len_min", "len_max"];
    assert!(description.as_object().expect("unknown").keys().all(|key| known.contains(&key.as_str())), "{description}");
    let bounds = Bounds {
        string_prefix: description.get("string_prefix").map(|prefix| prefix.as_str().expect("string_prefix").to_owned()),
        number_min: bound("number_min"),
        number_max: bound("number_max"),
        length_min: length("len_min"),
        length_max: length("len_max"),
    };
    let bounds = (bounds != Bounds::default()).then(|| Box::new(bounds));
    Refinement { not_null: description["not_null"] == true, bounds }
}

fn type_of(record: &Json) -> Type {
    Type::from_json(record["type"].to_string().as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", record["type"]))
}

fn bytes_of(record: &Json) -> Vec<u8> {
    let bytes = if let Some(text) = record["msgpack_hex"].as_str() {
        unhex(text)
    } else if let Some(repeat) = record.get("msgpack_hex_repeat") {
        let part = |name| unhex(repeat[name].as_str().expect(name));
        let count = usize::try_from(repeat["count"].as_u64().expect("count")).unwrap();
        [part("prefix"), part("unit").repeat(count), part("suffix")].concat()
    } else {
        constructed(record["construct"].as_str().expect("the record has no bytes"))
    };
    if let Some(length) = record["msgpack_length"].as_u64() {
        assert_eq!(bytes.len() as u64, length, "the length of the bytes");
    }
    bytes
}

/// `outer wrapper [bin(type JSON), value]; type JSON is ["list", repeated 3 times around "string"; value is 0x91 repeated 3 times then a178`
fn constructed(text: &str) -> Vec<u8> {
    let between = |start: &str, end: &str| {
        let rest = text.split_once(start).unwrap_or_else(|| panic!("no {start:?} in {text:?}")).1;
        if end.is_empty() { rest } else { rest.split_once(end).unwrap_or_else(|| panic!("no {end:?} in {text:?}")).0 }
    };
    let (kind, innermost) = (between("type JSON is ", " repeated "), between(" around ", ";"));
    let depth: usize = between(&format!("type JSON is {kind} repeated "), " times").parse().unwrap();
    let header = between("value is 0x", " repeated ");
    let headers: usize = between(&format!("value is 0x{header} repeated "), " times").parse().unwrap();
    let json = format!("{}{innermost}{}", kind.repeat(depth), "]".repeat(depth));
    let mut bytes = vec![0x92, 0xc6];
    if let Ok(length) = u16::try_from(json.len()) {
        bytes = vec![0x92, 0xc5];
        bytes.extend(length.to_be_bytes());
    } else {
        bytes.extend(u32::try_from(json.len()).unwrap().to_be_bytes());
    }
    bytes.extend(json.into_bytes());
    bytes.extend(unhex(header).repeat(headers));
    bytes.extend(unhex(between(" times then ", "").trim()));
    bytes
}

fn constructed_depth(record: &Json) -> Option<usize> {
    let text = record["construct"].as_str()?;
    text.split(" repeated ").skip(1).map(|rest| rest.split(' ').next().unwrap().parse().unwrap()).max()
}

/// The same bytes, read by somebody else; nothing if that one cannot.
fn oracle(bytes: &[u8]) -> Option<rmpv::Value> {
    rmpv::decode::read_value_with_max_depth(&mut &*bytes, 2 * MAX_DEPTH).ok()
}

fn has_invalid_text(bytes: &[u8]) -> bool {
    fn in_value(value: &rmpv::Value) -> bool {
        match value {
            rmpv::Value::String(text) => text.is_err(),
            rmpv::Value::Array(elements) => elements.iter().any(in_value),
            rmpv::Value::Map(entries) => entries.iter().any(|(key, value)| in_value(key) || in_value(value)),
            _ => false,
        }
    }
    oracle(bytes).is_some_and(|value| in_value(&value))
}

fn nesting(bytes: &[u8]) -> usize {
    fn in_value(value: &rmpv::Value) -> usize {
        match value {
            rmpv::Value::Array(elements) => 1 + elements.iter().map(in_value).max().unwrap_or(0),
            rmpv::Value::Map(entries) => 1 + entries.iter().map(|(_, value)| in_value(value)).max().unwrap_or(0),
            _ => 0,
        }
    }
    // More than rmpv can follow is more than we do.
    oracle(bytes).map_or(usize::MAX, |value| in_value(&value))
}

fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "{text}");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
