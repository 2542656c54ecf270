//! State JSON, case by case.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use super::*;

fn of(json: &str) -> Type {
    Type::from_json(json.as_bytes()).unwrap()
}

fn error(text: &str, json: &str) -> String {
    decode(text.as_bytes(), &of(json)).unwrap_err().to_string()
}

#[test]
fn reads_indented_state() {
    let object = of(r#"["object",{"id":"string","n":"number","tags":["map","string"],"gone":["list","string"]}]"#);
    let text = "{\n  \"id\": \"e\u{301}\",\n  \"n\": 0.1000000000000000055511151231257827,\n  \"tags\": {\n    \"a\": null\n  }\n}\n";
    let value = decode(text.as_bytes(), &object).unwrap();
    assert_eq!(value.attribute("id").as_str(), Some("é"));
    assert_eq!(value.attribute("gone"), &Value::Null);
    let written = encode(&value, &object).unwrap();
    assert_eq!(written, r#"{"gone":null,"id":"é","n":0.1000000000000000055511151231257827,"tags":{"a":null}}"#);
}

#[test]
fn is_as_lenient_as_terraform() {
    for (text, json, value) in [
        ("1E+2", r#""string""#, Value::from("1E+2")),
        ("false", r#""string""#, Value::from("false")),
        ("\"0\"", r#""bool""#, Value::from(false)),
        ("\" 1e2\"", r#""string""#, Value::from(" 1e2")),
        ("\"1e2\"", r#""number""#, Value::from(100i64)),
        ("{\"a\":1,\"a\":2}", r#"["map","number"]"#, Value::object([("a", Value::from(2i64))])),
        (" [1 , 2] trailing", r#"["list","number"]"#, Value::List(vec![1i64.into(), 2i64.into()])),
        (
            "{\"type\":\"dynamic\",\"value\":{\"value\":true,\"type\":\"bool\"}}",
            r#""dynamic""#,
            Value::Dynamic(Box::new((Type::Bool, true.into()))),
        ),
        (
            "{\"type\":[\"list\",\"dynamic\"],\"value\":[null]}",
            r#""dynamic""#,
            Value::Dynamic(Box::new((Type::list(Type::Dynamic), Value::List(vec![Value::Null])))),
        ),
        (r#"{"\ud800":1}"#, r#"["map","number"]"#, Value::object([("\u{fffd}", Value::from(1i64))])),
    ] {
        assert_eq!(decode(text.as_bytes(), &of(json)), Ok(value), "{text}");
    }
}

#[test]
fn errors_name_the_place() {
    let object = r#"["object",{"a":["list","string"],"m":["map",["object",{"x":"bool"}]],"s":["set","bool"],"t":["tuple",["bool","bool"]],"d":"dynamic"}]"#;
    for (text, what) in [
        (r#"{"a":["","","",[]]}"#, "a[3]: a string is required"),
        (r#"{"m":{"k k":{"x":"yes"}}}"#, "m[\"k k\"].x: a bool is required"),
        (r#"{"m":{"k":{"x":1}}}"#, "m[\"k\"].x: a bool is required"),
        (r#"{"m":{"k":{"y":true}}}"#, "m[\"k\"]: there is no attribute \"y\" here"),
        (r#"{"s":[true,"x"]}"#, "s: a bool is required"),
        (r#"{"t":[true]}"#, "t: a tuple of 2 elements is required, not of 1"),
        (r#"{"t":[true,{}]}"#, "t[1]: a bool is required"),
        (r#"{"t":{}}"#, "t: a tuple is required"),
        (r#"{"d":"x"}"#, "d: a value with its type is required"),
        (r#"{"d":{"value":1}}"#, "d: a dynamic value needs its type"),
        (r#"{"d":{"type":"bool"}}"#, "d: a dynamic value needs its value"),
        (r#"{"d":{"type":"bool","value":true,"x":1}}"#, "d: there is no attribute \"x\" here"),
        (
            r#"{"d":{"type":["list","dynamic"],"value":[{"type":"bool","value":true},{"type":"string","value":""}]}}"#,
            "d: all elements must be of one type, not \"bool\" and \"string\"",
        ),
        ("[]", "an object is required"),
        ("", "a value is required"),
    ] {
        assert_eq!(error(text, object), what, "{text}");
    }
    assert!(error("{", object).contains("EOF"));
    assert_eq!(decode(b"\"\xff\"", &Type::String).unwrap_err().to_string(), "text must be UTF-8");
}

#[test]
fn what_json_has_no_words_for_is_refused() {
    let list = of(r#"["list","number"]"#);
    let error = |value| encode(&Value::List(vec![Value::Null, value]), &list).unwrap_err().to_string();
    assert_eq!(error(Value::UNKNOWN), "[1]: an unknown value cannot be written as JSON");
    assert_eq!(error(Value::Number("-Inf".parse().unwrap())), "[1]: an infinite number cannot be written as JSON");
    assert_eq!(error(Value::from("x")), "[1]: a number is required");
    assert!(encode(&Value::Dynamic(Box::new((Type::Dynamic, Value::Null))), &Type::Dynamic).is_err());
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| {
        let of = format!("{}\"bool\"{}", "[\"list\",".repeat(depth), "]".repeat(depth));
        format!("{{\"type\":{of},\"value\":{}true{}}}", "[".repeat(depth), "]".repeat(depth))
    };
    let value = decode(nested(MAX_DEPTH).as_bytes(), &Type::Dynamic).unwrap();
    assert_eq!(encode(&value, &Type::Dynamic).map(|json| json.len()), Ok(nested(MAX_DEPTH).len()));
    for depth in [MAX_DEPTH + 1, 100_000] {
        assert!(error(&nested(depth), "\"dynamic\"").contains("nested more than"), "{depth}");
    }
    let wrapped = |depth: usize| format!("{}null{}", "{\"type\":\"dynamic\",\"value\":".repeat(depth), "}".repeat(depth));
    assert_eq!(decode(wrapped(MAX_DEPTH).as_bytes(), &Type::Dynamic), Ok(Value::Null));
    assert!(error(&wrapped(10_000), "\"dynamic\"").contains("nested more than"));
    // Nobody looks into what is not wanted.
    assert_eq!(error(&"[".repeat(1_000_000), "\"string\""), error("[", "\"string\"").replace("column 1", "column 1000000"));
}

#[test]
fn absent_attributes_are_bounded() {
    let names: Vec<String> = (0..2_000).map(|at| format!("\"{at}\":\"bool\"")).collect();
    let text = |objects: usize| {
        format!("{{\"type\":[\"list\",[\"object\",{{{}}}]],\"value\":[{}]}}", names.join(","), vec!["{}"; objects].join(","))
    };
    assert!(decode(text(10).as_bytes(), &Type::Dynamic).is_ok());
    assert!(error(&text(1_000), "\"dynamic\"").contains("too many attributes are left out"));
}

/// Go's `big.Float` keeps the sign of zero, and go-cty writes its text (cty/json/marshal.go).
#[test]
fn negative_zero_keeps_its_sign() {
    use super::super::msgpack;
    let float = msgpack::decode(b"\xcb\x80\x00\x00\x00\x00\x00\x00\x00", &Type::Number).unwrap();
    let text = msgpack::decode(b"\xa2-0", &Type::Number).unwrap();
    let read = decode(b"-0", &Type::Number).unwrap();
    for value in [float, text, read, decode(b"-0.000", &Type::Number).unwrap(), decode(b"\"-0e5\"", &Type::Number).unwrap()] {
        assert_eq!(encode(&value, &Type::Number).unwrap(), "-0");
        // MessagePack has integers for whole numbers, and these have one zero.
        assert_eq!(msgpack::encode(&value, &Type::Number).unwrap(), b"\x00");
        assert_eq!(value, Value::from(0));
    }
    assert_eq!(encode(&decode(b"0", &Type::Number).unwrap(), &Type::Number).unwrap(), "0");
}
