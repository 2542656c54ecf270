//! Values in state files: JSON, directed by the type (docs/terraform-protocol.md#state-json).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::dynamic::{check_agreement, settle};
use super::msgpack::decode_list;
use super::set_order::{sort_set, sorted_set};
use super::text::{nfc, push_json, replace_lone_surrogates};
use super::{MAX_DEPTH, Number, Step, Type, Value, WireError};

/// How many attributes that the JSON leaves out may be filled with null: so many in any case, and as many again for each byte of the
/// JSON. Two bytes (`{}`) would otherwise become an object of whatever size a type inside the same JSON says.
const ABSENT_ATTRIBUTES: usize = 65_536;
/// See [`ABSENT_ATTRIBUTES`].
const ABSENT_ATTRIBUTES_PER_BYTE: usize = 16;

/// Reads a value of that type as Terraform would: absent attributes are null, numbers and bools may be written as strings and the
/// other way round, and what comes after the value is ignored.
///
/// # Errors
/// The text is no value of the type; the error names the place.
pub fn decode(text: &[u8], of: &Type) -> Result<Value, WireError> {
    let text = std::str::from_utf8(text).map_err(|_| WireError::new("text must be UTF-8"))?;
    let text = replace_lone_surrogates(text);
    let json = serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>().next();
    let json = json.ok_or_else(|| WireError::new("a value is required"))?.map_err(WireError::new)?;
    Decoder { absent_left: ABSENT_ATTRIBUTES + ABSENT_ATTRIBUTES_PER_BYTE * text.len() }.value(json, of, 0)
}

/// Writes a value of that type as Terraform would: compact, names in the order of their bytes.
///
/// # Errors
/// The value is not of the type, or it is unknown or infinite somewhere, which JSON cannot express; the error names the place.
pub fn encode(value: &Value, of: &Type) -> Result<String, WireError> {
    let mut json = String::new();
    write(&mut json, value, of, 0)?;
    Ok(json)
}

/// Reads level by level, each inner value as a slice of the text: so numbers keep all their digits.
struct Decoder {
    absent_left: usize,
}

impl Decoder {
    fn value(&mut self, json: &RawValue, of: &Type, depth: usize) -> Result<Value, WireError> {
        let text = json.get();
        let is_string = text.starts_with('"');
        let is_nested = text.starts_with(['[', '{']);
        if text == "null" {
            return Ok(Value::Null);
        }
        if is_nested && depth == MAX_DEPTH {
            return Err(WireError::too_deep());
        }
        match of {
            Type::Bool => match string(json)?.as_ref() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                "1" if is_string => Ok(Value::Bool(true)),
                "0" if is_string => Ok(Value::Bool(false)),
                _ => Err(required(of)),
            },
            Type::Number if !is_nested => {
                let number: Number = string(json)?.parse().map_err(WireError::new)?;
                Ok(Value::Number(number))
            }
            Type::String if !is_nested => Ok(Value::String(nfc(&string(json)?).into_owned())),
            Type::Dynamic if text.starts_with('{') => self.dynamic(json, depth),
            Type::List(element) if text.starts_with('[') => {
                let elements = (0..).zip(parse::<Vec<&RawValue>>(json)?);
                let elements =
                    elements.map(|(at, json)| self.value(json, element, depth + 1).map_err(|error| error.within(Step::Index(at))));
                let elements: Vec<Value> = elements.collect::<Result<_, _>>()?;
                check_agreement(elements.iter(), element)?;
                Ok(Value::List(elements))
            }
            Type::Set(element) if text.starts_with('[') => {
                let elements = parse::<Vec<&RawValue>>(json)?.into_iter().map(|json| self.value(json, element, depth + 1));
                let mut elements: Vec<Value> = elements.collect::<Result<_, _>>()?;
                check_agreement(elements.iter(), element)?;
                sort_set(&mut elements);
                Ok(Value::List(elements))
            }
            Type::Tuple(types) if text.starts_with('[') => {
                let elements: Vec<&RawValue> = parse(json)?;
                if elements.len() != types.len() {
                    return Err(WireError::tuple_length(types.len(), elements.len()));
                }
                let elements = (0..).zip(elements).zip(types);
                let elements =
                    elements.map(|((at, json), of)| self.value(json, of, depth + 1).map_err(|error| error.within(Step::Index(at))));
                elements.collect::<Result<_, _>>().map(Value::List)
            }
            Type::Map(element) if text.starts_with('{') => {
                let entries = parse::<BTreeMap<String, &RawValue>>(json)?.into_iter().map(|(key, json)| {
                    let key = nfc(&key).into_owned();
                    let value = self.value(json, element, depth + 1).map_err(|error| error.within(Step::Key(key.clone())))?;
                    Ok((key, value))
                });
                let entries: BTreeMap<String, Value> = entries.collect::<Result<_, WireError>>()?;
                check_agreement(entries.values(), element)?;
                Ok(Value::Map(entries))
            }
            Type::Object(types) if text.starts_with('{') => self.object(parse(json)?, types, depth),
            _ => Err(required(of)),
        }
    }

    fn object(&mut self, given: BTreeMap<String, &RawValue>, types: &BTreeMap<String, Type>, depth: usize) -> Result<Value, WireError> {
        if let Some(name) = given.keys().find(|name| !types.contains_key(*name)) {
            return Err(WireError::unsupported(name));
        }
        let absent = types.len() - given.len();
        self.absent_left = self.absent_left.checked_sub(absent).ok_or_else(|| WireError::new("too many attributes are left out"))?;
        let attributes = types.iter().map(|(name, of)| {
            let value = match given.get(name) {
                Some(json) => self.value(json, of, depth + 1).map_err(|error| error.within(Step::Attribute(name.clone())))?,
                None => Value::Null,
            };
            Ok((name.clone(), value))
        });
        attributes.collect::<Result<_, _>>().map(Value::Map)
    }

    /// `{"value": ..., "type": ...}`.
    fn dynamic(&mut self, json: &RawValue, depth: usize) -> Result<Value, WireError> {
        let parts: BTreeMap<String, &RawValue> = parse(json)?;
        if let Some(name) = parts.keys().find(|name| *name != "type" && *name != "value") {
            return Err(WireError::unsupported(name));
        }
        let part = |name| parts.get(name).ok_or_else(|| WireError::new(format_args!("a dynamic value needs its {name}")));
        let of = Type::from_json(part("type")?.get().as_bytes()).map_err(WireError::new)?;
        let value = part("value")?;
        if of == Type::Dynamic {
            // Here a wrapper inside a wrapper is one level of nesting: every level reads the text of all inner ones again.
            return if depth == MAX_DEPTH { Err(WireError::too_deep()) } else { self.value(value, &of, depth + 1) };
        }
        let value = self.value(value, &of, depth)?;
        settle(value, of)
    }
}

fn parse<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Result<T, WireError> {
    serde_json::from_str(json.get()).map_err(WireError::new)
}

/// The text of a JSON string; of anything else, the JSON itself.
fn string(json: &RawValue) -> Result<Cow<'_, str>, WireError> {
    if json.get().starts_with('"') { parse(json) } else { Ok(Cow::Borrowed(json.get())) }
}

fn required(of: &Type) -> WireError {
    WireError::new(format_args!("{} is required", of.article()))
}

fn write(json: &mut String, value: &Value, of: &Type, depth: usize) -> Result<(), WireError> {
    match (of, value) {
        (_, Value::Null) => json.push_str("null"),
        (_, Value::Unknown(_)) => return Err(WireError::new("an unknown value cannot be written as JSON")),
        (Type::Bool, Value::Bool(truth)) => json.push_str(if *truth { "true" } else { "false" }),
        (Type::Number, Value::Number(number)) if number.is_infinite() => {
            return Err(WireError::new("an infinite number cannot be written as JSON"));
        }
        (Type::Number, Value::Number(number)) => json.push_str(&number.to_string()),
        (Type::String, Value::String(text)) => push_json(json, &nfc(text)),
        (Type::Dynamic, Value::Dynamic(inner)) if inner.0 != Type::Dynamic => {
            json.push_str("{\"value\":");
            write(json, &inner.1, &inner.0, depth)?;
            json.push_str(",\"type\":");
            json.push_str(&inner.0.to_json());
            json.push('}');
        }
        (_, Value::List(_) | Value::Map(_)) if depth == MAX_DEPTH => return Err(WireError::too_deep()),
        (Type::List(element), Value::List(elements)) => {
            check_agreement(elements.iter(), element)?;
            let write =
                |json: &mut _, (at, value): (i64, _)| write(json, value, element, depth + 1).map_err(|error| error.within(Step::Index(at)));
            sequence(json, "[]", (0..).zip(elements), write)?;
        }
        (Type::List(_), Value::Encoded(list)) => write(json, &decode_list(list)?, of, depth)?,
        (Type::Set(element), Value::List(elements)) => {
            check_agreement(elements.iter(), element)?;
            sequence(json, "[]", sorted_set(elements).into_iter(), |json, value| write(json, value, element, depth + 1))?;
        }
        (Type::Tuple(types), Value::List(elements)) => {
            if types.len() != elements.len() {
                return Err(WireError::tuple_length(types.len(), elements.len()));
            }
            sequence(json, "[]", (0..).zip(elements).zip(types), |json, ((at, value), of)| {
                write(json, value, of, depth + 1).map_err(|error| error.within(Step::Index(at)))
            })?;
        }
        (Type::Map(element), Value::Map(entries)) => {
            check_agreement(entries.values(), element)?;
            sequence(json, "{}", entries.iter(), |json, (key, value)| {
                push_json(json, &nfc(key));
                json.push(':');
                write(json, value, element, depth + 1).map_err(|error| error.within(Step::Key(key.clone())))
            })?;
        }
        (Type::Object(types), Value::Map(attributes)) => {
            if let Some(name) = attributes.keys().find(|name| !types.contains_key(*name)) {
                return Err(WireError::unsupported(name));
            }
            sequence(json, "{}", types.iter(), |json, (name, of)| {
                let value = attributes.get(name).ok_or_else(|| WireError::missing(name))?;
                push_json(json, name);
                json.push(':');
                write(json, value, of, depth + 1).map_err(|error| error.within(Step::Attribute(name.clone())))
            })?;
        }
        _ => return Err(required(of)),
    }
    Ok(())
}

/// Writes the items between the two brackets, with commas between them.
fn sequence<T>(
    json: &mut String,
    brackets: &str,
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut String, T) -> Result<(), WireError>,
) -> Result<(), WireError> {
    let (open, close) = brackets.split_at(1);
    json.push_str(open);
    for (at, item) in items.enumerate() {
        json.push_str(if at == 0 { "" } else { "," });
        write(json, item)?;
    }
    json.push_str(close);
    Ok(())
}

#[cfg(test)]
mod tests;
