//! The types of Terraform's type system, and their JSON spelling (docs/terraform-protocol.md#types).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::text::{nfc, push_json};

/// How many levels deep types and values may be nested, one level for each list, set, map, tuple or object. Deeper ones are refused, so
/// that nothing that walks a type or value can run out of stack. Configurations stay below twenty.
pub const MAX_DEPTH: usize = 128;

/// A type as it stands in a schema.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `"bool"`.
    Bool,
    /// `"number"`.
    Number,
    /// `"string"`.
    String,
    /// `"dynamic"`: the value brings its own type along.
    Dynamic,
    /// `["list", T]`.
    List(Box<Type>),
    /// `["set", T]`.
    Set(Box<Type>),
    /// `["map", T]`.
    Map(Box<Type>),
    /// `["tuple", [T...]]`.
    Tuple(Vec<Type>),
    /// `["object", {"name": T}]`. The third element, names of optional attributes, only matters where types are converted and is dropped.
    Object(BTreeMap<String, Type>),
}

/// Why some JSON is not a [`Type`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypeError {
    /// Not JSON, or not the JSON of a type at that place.
    #[error("a type is required: {0}")]
    Json(String),
    /// A name that is no type.
    #[error("there is no type {0:?}")]
    Unknown(String),
    /// An array of the wrong length.
    #[error("a type of kind {0:?} has other parts")]
    Parts(String),
    /// A name among the optional attributes that is no attribute.
    #[error("the optional attribute {0:?} is no attribute")]
    Optional(String),
    /// More than [`MAX_DEPTH`] levels.
    #[error("types nested more than {MAX_DEPTH} levels deep are not read")]
    TooDeep,
}

impl From<serde_json::Error> for TypeError {
    fn from(error: serde_json::Error) -> Self {
        TypeError::Json(error.to_string())
    }
}

impl Type {
    /// A list of that type.
    pub fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    /// A set of that type.
    pub fn set(element: Type) -> Type {
        Type::Set(Box::new(element))
    }

    /// A map of that type.
    pub fn map(element: Type) -> Type {
        Type::Map(Box::new(element))
    }

    /// An object of these attributes.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Type)>) -> Type {
        Type::Object(attributes.into_iter().map(|(name, of)| (name.into(), of)).collect())
    }

    /// Reads the JSON of a type, with any white space and with nothing after it.
    ///
    /// # Errors
    /// The JSON is not that of a type, or it is nested more than [`MAX_DEPTH`] levels deep.
    pub fn from_json(json: &[u8]) -> Result<Type, TypeError> {
        // Level by level, each inner type as a slice of the text: the library's own limit counts brackets, of which an object has two.
        // The text is read as often as there are levels, so that those are counted first.
        if brackets(json) > 2 * MAX_DEPTH {
            return Err(TypeError::TooDeep);
        }
        read(serde_json::from_slice(json)?, 0)
    }

    /// The JSON of the type as Terraform writes it: compact, names in the order of their bytes.
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        self.push_json(&mut json);
        json
    }

    /// What a value of the type is called in an error: "a list".
    pub(super) fn article(&self) -> &'static str {
        match self {
            Type::Bool => "a bool",
            Type::Number => "a number",
            Type::String => "a string",
            Type::Dynamic => "a value with its type",
            Type::List(_) => "a list",
            Type::Set(_) => "a set",
            Type::Map(_) => "a map",
            Type::Tuple(_) => "a tuple",
            Type::Object(_) => "an object",
        }
    }

    /// Whether "dynamic" occurs anywhere in it.
    pub(super) fn has_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.has_dynamic(),
            Type::Tuple(elements) => elements.iter().any(Type::has_dynamic),
            Type::Object(attributes) => attributes.values().any(Type::has_dynamic),
        }
    }

    fn push_json(&self, json: &mut String) {
        let (kind, element) = match self {
            Type::Bool => return json.push_str("\"bool\""),
            Type::Number => return json.push_str("\"number\""),
            Type::String => return json.push_str("\"string\""),
            Type::Dynamic => return json.push_str("\"dynamic\""),
            Type::List(element) => ("list", element),
            Type::Set(element) => ("set", element),
            Type::Map(element) => ("map", element),
            Type::Tuple(elements) => {
                json.push_str("[\"tuple\",[");
                for (at, element) in elements.iter().enumerate() {
                    json.push_str(if at == 0 { "" } else { "," });
                    element.push_json(json);
                }
                return json.push_str("]]");
            }
            Type::Object(attributes) => {
                json.push_str("[\"object\",{");
                for (at, (name, of)) in attributes.iter().enumerate() {
                    json.push_str(if at == 0 { "" } else { "," });
                    push_json(json, name);
                    json.push(':');
                    of.push_json(json);
                }
                return json.push_str("}]");
            }
        };
        json.push_str("[\"");
        json.push_str(kind);
        json.push_str("\",");
        element.push_json(json);
        json.push(']');
    }
}

/// How many brackets are open at most at one time; those in strings count too, which no name of an attribute has.
fn brackets(json: &[u8]) -> usize {
    let mut open = 0usize;
    let mut most = 0;
    for byte in json {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

fn read(json: &RawValue, depth: usize) -> Result<Type, TypeError> {
    if json.get().starts_with('"') {
        let name: Cow<str> = serde_json::from_str(json.get())?;
        return match name.as_ref() {
            "bool" => Ok(Type::Bool),
            "number" => Ok(Type::Number),
            "string" => Ok(Type::String),
            "dynamic" => Ok(Type::Dynamic),
            _ => Err(TypeError::Unknown(name.into_owned())),
        };
    }
    let parts: Vec<&RawValue> = serde_json::from_str(json.get())?;
    let (kind, parts) = match parts.split_first() {
        Some((kind, parts)) => (serde_json::from_str::<String>(kind.get())?, parts),
        None => return Err(TypeError::Json("the array is empty".to_owned())),
    };
    if depth == MAX_DEPTH {
        return Err(TypeError::TooDeep);
    }
    let inner = |json: &RawValue| read(json, depth + 1);
    match (kind.as_str(), parts) {
        ("list", [element]) => Ok(Type::list(inner(element)?)),
        ("set", [element]) => Ok(Type::set(inner(element)?)),
        ("map", [element]) => Ok(Type::map(inner(element)?)),
        ("tuple", [elements]) => {
            let elements: Vec<&RawValue> = serde_json::from_str(elements.get())?;
            elements.into_iter().map(inner).collect::<Result<_, _>>().map(Type::Tuple)
        }
        ("object", [attributes, optional @ ..]) if optional.len() <= 1 => {
            let attributes: BTreeMap<String, &RawValue> = serde_json::from_str(attributes.get())?;
            let attributes = attributes.into_iter().map(|(name, of)| Ok((nfc(&name).into_owned(), inner(of)?)));
            let attributes: BTreeMap<String, Type> = attributes.collect::<Result<_, TypeError>>()?;
            if let [optional] = optional {
                let names: Vec<String> = serde_json::from_str(optional.get())?;
                if let Some(name) = names.into_iter().find(|name| !attributes.contains_key(nfc(name).as_ref())) {
                    return Err(TypeError::Optional(name));
                }
            }
            Ok(Type::Object(attributes))
        }
        ("list" | "set" | "map" | "tuple" | "object", _) => Err(TypeError::Parts(kind)),
        _ => Err(TypeError::Unknown(kind)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn reads_and_writes() {
        let json = r#"["object",{"a":["list","string"],"b":["set","number"],"c":["map","bool"],"d":["tuple",["dynamic",["tuple",[]]]],"e":["object",{}]}]"#;
        let of = Type::from_json(json.as_bytes()).unwrap();
        assert_eq!(of.to_json(), json);
        let spaced = json.replace(',', " ,\n\t").replace('[', "[ ");
        assert_eq!(Type::from_json(format!(" {spaced} \n").as_bytes()).unwrap(), of);
    }

    #[test]
    fn sorts_and_normalizes_names_and_drops_optional_ones() {
        let of = Type::from_json("[\"object\",{\"z\":\"bool\",\"e\u{301}<\":\"string\"},[\"z\"]]".as_bytes()).unwrap();
        assert_eq!(of.to_json(), "[\"object\",{\"z\":\"bool\",\"é\\u003c\":\"string\"}]");
    }

    #[test]
    fn refuses_what_is_no_type() {
        for json in [
            "",
            "null",
            "1",
            "{}",
            "[]",
            "string",
            "\"text\"",
            "\"string\" x",
            "\"string\"\"string\"",
            "[\"list\"]",
            "[\"list\",\"string\",\"string\"]",
            "[\"list\",null]",
            "[\"tuple\",\"string\"]",
            "[\"tuple\",{}]",
            "[\"object\",[]]",
            "[\"object\",{\"a\":\"bool\"},[\"b\"]]",
            "[\"object\",{},[],[]]",
            "[\"capsule\",\"x\"]",
            "[1,\"string\"]",
            "[\"list\",\"string\"",
            "[\"list\",\"string\"]]",
        ] {
            assert!(Type::from_json(json.as_bytes()).is_err(), "{json}");
        }
        assert!(Type::from_json(b"\"\xff\"").is_err());
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |kind: &str, end: &str, depth: usize| {
            Type::from_json(format!("{}\"bool\"{}", kind.repeat(depth), end.repeat(depth)).as_bytes())
        };
        for (kind, end) in [("[\"list\",", "]"), ("[\"object\",{\"a\":", "}]"), ("[\"tuple\",[", "]]")] {
            assert!(nested(kind, end, MAX_DEPTH).is_ok(), "{kind}");
            assert_eq!(nested(kind, end, MAX_DEPTH + 1), Err(TypeError::TooDeep), "{kind}");
            assert_eq!(nested(kind, end, 20_000), Err(TypeError::TooDeep), "{kind}");
        }
    }
}
