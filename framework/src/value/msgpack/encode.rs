//! Encodes values as MessagePack.

use super::super::dynamic::check_agreement;
use super::super::number::WireNumber;
use super::super::set_order::sorted_set;
use super::super::text::nfc;
use super::super::{EncodedList, MAX_DEPTH, Number, Refinement, Step, Type, Value, WireError};
use super::{REFINED, key, prefix};

/// Writes a value of that type, byte for byte as Terraform would.
///
/// # Errors
/// The value is not of the type; the error names the place.
pub fn encode(value: &Value, of: &Type) -> Result<Vec<u8>, WireError> {
    let mut encoder = Encoder { bytes: Vec::new() };
    encoder.value(value, of, 0)?;
    Ok(encoder.bytes)
}

/// Encodes a list element by element, each as it comes.
///
/// # Errors
/// An element is not of the type, or there are more than a list can have.
pub fn encode_list(element_type: Type, elements: impl Iterator<Item = Value>) -> Result<EncodedList, WireError> {
    let mut encoder = Encoder { bytes: Vec::new() };
    let mut length = 0u32;
    for element in elements {
        encoder.value(&element, &element_type, 1).map_err(|error| error.within(Step::Index(length.into())))?;
        length = length.checked_add(1).ok_or_else(|| WireError::new("a list has too many elements"))?;
    }
    encoder.bytes.shrink_to_fit();
    Ok(EncodedList { element_type, length, bytes: encoder.bytes })
}

struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    fn value(&mut self, value: &Value, of: &Type, depth: usize) -> Result<(), WireError> {
        match (of, value) {
            (_, Value::Null) => self.bytes.push(0xc0),
            (Type::Dynamic, Value::Unknown(_)) => self.unknown(&Refinement::NONE, of),
            (_, Value::Unknown(known)) => self.unknown(known, of),
            (Type::Bool, Value::Bool(truth)) => self.bool(*truth),
            (Type::Number, Value::Number(number)) => self.number(number),
            (Type::String, Value::String(text)) => self.string(text),
            (Type::Dynamic, Value::Dynamic(inner)) if inner.0 != Type::Dynamic => return self.dynamic(&inner.0, &inner.1, depth),
            (_, Value::List(_) | Value::Map(_)) if depth == MAX_DEPTH => return Err(WireError::too_deep()),
            (Type::List(element), Value::List(elements)) => {
                check_agreement(elements.iter(), element)?;
                self.array(elements.len())?;
                for (at, value) in (0..).zip(elements) {
                    self.value(value, element, depth + 1).map_err(|error| error.within(Step::Index(at)))?;
                }
            }
            (Type::List(_), Value::Encoded(list)) => {
                self.array(list.length as usize)?;
                self.bytes.extend_from_slice(&list.bytes);
            }
            (Type::Set(element), Value::List(elements)) => {
                check_agreement(elements.iter(), element)?;
                let elements = sorted_set(elements);
                self.array(elements.len())?;
                elements.into_iter().try_for_each(|value| self.value(value, element, depth + 1))?;
            }
            (Type::Tuple(types), Value::List(elements)) => {
                if types.len() != elements.len() {
                    return Err(WireError::tuple_length(types.len(), elements.len()));
                }
                self.array(elements.len())?;
                for ((at, value), of) in (0..).zip(elements).zip(types) {
                    self.value(value, of, depth + 1).map_err(|error| error.within(Step::Index(at)))?;
                }
            }
            (Type::Map(element), Value::Map(entries)) => {
                check_agreement(entries.values(), element)?;
                self.map(entries.len())?;
                for (key, value) in entries {
                    self.string(key);
                    self.value(value, element, depth + 1).map_err(|error| error.within(Step::Key(key.clone())))?;
                }
            }
            (Type::Object(types), Value::Map(attributes)) => {
                if let Some(name) = attributes.keys().find(|name| !types.contains_key(*name)) {
                    return Err(WireError::unsupported(name));
                }
                self.map(types.len())?;
                for (name, of) in types {
                    let value = attributes.get(name).ok_or_else(|| WireError::missing(name))?;
                    self.string(name);
                    self.value(value, of, depth + 1).map_err(|error| error.within(Step::Attribute(name.clone())))?;
                }
            }
            _ => return Err(WireError::new(format_args!("{} is required", of.article()))),
        }
        Ok(())
    }

    fn dynamic(&mut self, of: &Type, value: &Value, depth: usize) -> Result<(), WireError> {
        self.array(2)?;
        let json = of.to_json();
        let length = length(json.len())?;
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(length), _) => self.bytes.extend([0xc4, length]),
            (_, Ok(length)) => self.tagged(0xc5, length.to_be_bytes()),
            _ => self.tagged(0xc6, length.to_be_bytes()),
        }
        self.bytes.extend_from_slice(json.as_bytes());
        self.value(value, of, depth)
    }

    /// What is known of an unknown value is written as far as it applies to the type.
    fn unknown(&mut self, known: &Refinement, of: &Type) {
        let mut entries = Encoder { bytes: Vec::new() };
        let mut count = 0;
        let mut entry = |key: i64, write: &dyn Fn(&mut Encoder)| {
            entries.integer(key);
            write(&mut entries);
            count += 1;
        };
        if known.not_null {
            entry(key::NULLNESS, &|entries| entries.bool(false));
        }
        if let Some(bounds) = &known.bounds {
            if let (Type::String, Some(text)) = (of, &bounds.string_prefix) {
                let text = nfc(text);
                entry(key::STRING_PREFIX, &|entries| entries.string(prefix::cut(&text)));
            }
            for (key, bound) in [(key::NUMBER_MIN, &bounds.number_min), (key::NUMBER_MAX, &bounds.number_max)] {
                if let (Type::Number, Some((number, inclusive))) = (of, bound) {
                    entry(key, &|entries| {
                        entries.bytes.push(0x92);
                        entries.number(number);
                        entries.bool(*inclusive);
                    });
                }
            }
            for (key, bound) in [(key::LENGTH_MIN, bounds.length_min), (key::LENGTH_MAX, bounds.length_max)] {
                if let (Type::List(_) | Type::Set(_) | Type::Map(_), Some(length)) = (of, bound) {
                    entry(key, &|entries| entries.integer(length));
                }
            }
        }
        if count == 0 {
            return self.bytes.extend([0xd4, 0x00, 0x00]);
        }
        let entries = entries.bytes;
        match u16::try_from(entries.len() + 1) {
            Ok(4) => self.bytes.push(0xd6),
            Ok(8) => self.bytes.push(0xd7),
            Ok(16) => self.bytes.push(0xd8),
            Ok(length) => match u8::try_from(length) {
                Ok(length) => self.bytes.extend([0xc7, length]),
                Err(_) => self.tagged(0xc8, length.to_be_bytes()),
            },
            Err(_) => self.tagged(0xc9, (entries.len() as u32 + 1).to_be_bytes()),
        }
        self.bytes.extend([REFINED.cast_unsigned(), 0x80 | count]);
        self.bytes.extend(entries);
    }

    fn bool(&mut self, truth: bool) {
        self.bytes.push(if truth { 0xc3 } else { 0xc2 });
    }

    fn number(&mut self, number: &Number) {
        match number.wire() {
            WireNumber::Integer(integer) => self.integer(integer),
            WireNumber::Float(float) => self.tagged(0xcb, float.to_be_bytes()),
            WireNumber::Text(text) => self.string(&text),
        }
    }

    /// The shortest form: unsigned ones for what is not negative.
    fn integer(&mut self, integer: i64) {
        match integer {
            -0x20..=0x7f => self.bytes.push(integer as u8),
            0x80..=0xff => self.tagged(0xcc, (integer as u8).to_be_bytes()),
            0x100..=0xffff => self.tagged(0xcd, (integer as u16).to_be_bytes()),
            0x1_0000..=0xffff_ffff => self.tagged(0xce, (integer as u32).to_be_bytes()),
            0x1_0000_0000.. => self.tagged(0xcf, integer.to_be_bytes()),
            -0x80..=-0x21 => self.tagged(0xd0, (integer as i8).to_be_bytes()),
            -0x8000..=-0x81 => self.tagged(0xd1, (integer as i16).to_be_bytes()),
            -0x8000_0000..=-0x8001 => self.tagged(0xd2, (integer as i32).to_be_bytes()),
            _ => self.tagged(0xd3, integer.to_be_bytes()),
        }
    }

    fn string(&mut self, text: &str) {
        let text = nfc(text);
        match text.len() {
            length @ 0..=31 => self.bytes.push(0xa0 | length as u8),
            length @ 32..=0xff => self.bytes.extend([0xd9, length as u8]),
            length @ 0x100..=0xffff => self.tagged(0xda, (length as u16).to_be_bytes()),
            length => self.tagged(0xdb, (length as u32).to_be_bytes()),
        }
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn array(&mut self, elements: usize) -> Result<(), WireError> {
        match length(elements)? {
            few @ 0..=15 => self.bytes.push(0x90 | few as u8),
            some @ 16..=0xffff => self.tagged(0xdc, (some as u16).to_be_bytes()),
            many => self.tagged(0xdd, many.to_be_bytes()),
        }
        Ok(())
    }

    fn map(&mut self, entries: usize) -> Result<(), WireError> {
        match length(entries)? {
            few @ 0..=15 => self.bytes.push(0x80 | few as u8),
            some @ 16..=0xffff => self.tagged(0xde, (some as u16).to_be_bytes()),
            many => self.tagged(0xdf, many.to_be_bytes()),
        }
        Ok(())
    }

    fn tagged<const N: usize>(&mut self, tag: u8, bytes: [u8; N]) {
        self.bytes.push(tag);
        self.bytes.extend(bytes);
    }
}

/// A length in the range of MessagePack.
fn length(length: usize) -> Result<u32, WireError> {
    u32::try_from(length).map_err(|_| WireError::new("more than 4 GiB cannot be sent"))
}
