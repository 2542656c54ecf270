//! Hostile bytes as a value, under a type that the bytes choose themselves.
//!
//! `cargo +nightly fuzz run msgpack_decode` in the folder above. The first byte chooses a type; the rest is read under it as MessagePack
//! and as state JSON. Whatever is read must be written, and what was written must be read as the same bytes again.
#![no_main]

use framework::value::{Type, json, msgpack};
use libfuzzer_sys::fuzz_target;

const TYPES: [&str; 12] = [
    r#""dynamic""#,
    r#""string""#,
    r#""number""#,
    r#""bool""#,
    r#"["list","string"]"#,
    r#"["set","number"]"#,
    r#"["map","number"]"#,
    r#"["tuple",["string","number","dynamic"]]"#,
    r#"["object",{"a":"string","b":"number"}]"#,
    r#"["list",["object",{"a":"dynamic"}]]"#,
    r#"["set",["object",{"a":"string","b":["set","bool"]}]]"#,
    r#"["map",["list","dynamic"]]"#,
];

fuzz_target!(|input: &[u8]| {
    let Some((&choice, bytes)) = input.split_first() else { return };
    let of = TYPES[usize::from(choice) % TYPES.len()];
    let of = Type::from_json(of.as_bytes()).expect("the type is well-formed");

    if let Ok(value) = msgpack::decode(bytes, &of) {
        let written = msgpack::encode(&value, &of).expect("what was read can be written");
        let again = msgpack::decode(&written, &of).expect("what was written can be read");
        assert_eq!(msgpack::encode(&again, &of).expect("and written again"), written);
    }
    if let Ok(value) = json::decode(bytes, &of) {
        msgpack::encode(&value, &of).expect("what was read from JSON can be written");
        // An infinity may be read from a string and cannot be written as JSON.
        if let Ok(text) = json::encode(&value, &of) {
            let again = json::decode(text.as_bytes(), &of).expect("what was written can be read");
            assert_eq!(json::encode(&again, &of).expect("and written again"), text);
        }
    }
    if let Ok(of) = Type::from_json(bytes) {
        assert_eq!(Type::from_json(of.to_json().as_bytes()), Ok(of));
    }
});
