//! Decodes values from MessagePack.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::dynamic::{check_agreement, settle};
use super::super::set_order::sort_set;
use super::super::text::nfc;
use super::super::{EncodedList, MAX_DEPTH, Number, Step, Type, Value, WireError};
use super::reader::{Malformed, Reader, Token};
use super::unknown;

/// How many "dynamic" values may be wrapped in one another, each saying that the type of the next one is "dynamic". Terraform reads
/// such wrappers and its stack overflows somewhere below a million.
const MAX_WRAPPERS: usize = 100_000;

/// Reads a value of that type. Bytes after it are ignored, as Terraform does.
///
/// # Errors
/// The bytes are no value of the type; the error names the place.
pub fn decode(bytes: &[u8], of: &Type) -> Result<Value, WireError> {
    Decoder { reader: Reader::new(bytes), elements_left: unknown::MAX_PINNED_ELEMENTS }.value(of, 0)
}

/// The list as single values.
///
/// # Errors
/// None: what was encoded can be decoded.
pub fn decode_list(list: &EncodedList) -> Result<Value, WireError> {
    let mut decoder = Decoder { reader: Reader::new(&list.bytes), elements_left: unknown::MAX_PINNED_ELEMENTS };
    decoder.elements(list.length, &list.element_type, 0, |at, error| error.within(Step::Index(at.into()))).map(Value::List)
}

struct Decoder<'a> {
    reader: Reader<'a>,
    /// How many elements may still be made up for lists of which only the length is known.
    elements_left: usize,
}

impl From<Malformed> for WireError {
    fn from(malformed: Malformed) -> Self {
        WireError::new(malformed)
    }
}

impl Decoder<'_> {
    fn value(&mut self, of: &Type, depth: usize) -> Result<Value, WireError> {
        match (of, self.reader.token()?) {
            (_, Token::Extension(kind, payload)) => unknown::decode(kind, payload, of, &mut self.elements_left),
            (_, Token::Nil) => Ok(Value::Null),
            (Type::Bool, Token::Bool(truth)) => Ok(Value::Bool(truth)),
            (Type::Number, token) => number(token).map(Value::Number),
            (Type::String, Token::Text(bytes)) => Ok(Value::String(nfc(utf8(bytes)?).into_owned())),
            (Type::Dynamic, Token::Array(2)) => self.dynamic(depth),
            (Type::Dynamic, _) => Err(WireError::new("an array of a type and a value is required")),
            (_, Token::Array(_) | Token::Map(_)) if depth == MAX_DEPTH => Err(WireError::too_deep()),
            (Type::List(element), Token::Array(length)) => {
                let elements = self.elements(length, element, depth, |at, error| error.within(Step::Index(at.into())))?;
                Ok(Value::List(elements))
            }
            (Type::Set(element), Token::Array(length)) => {
                let mut elements = self.elements(length, element, depth, |_, error| error)?;
                sort_set(&mut elements);
                Ok(Value::List(elements))
            }
            (Type::Tuple(types), Token::Array(length)) => self.tuple(length, types, depth),
            (Type::Map(element), Token::Map(length)) => self.map(length, element, depth),
            (Type::Object(types), Token::Map(length)) => self.object(length, types, depth),
            _ => Err(WireError::new(format_args!("{} is required", of.article()))),
        }
    }

    /// The elements of a list or set. `locate` puts their place into an error.
    fn elements(
        &mut self,
        length: u32,
        element: &Type,
        depth: usize,
        locate: impl Fn(u32, WireError) -> WireError,
    ) -> Result<Vec<Value>, WireError> {
        // No memory is set aside for a length that is only claimed.
        let mut elements = Vec::new();
        for at in 0..length {
            elements.push(self.value(element, depth + 1).map_err(|error| locate(at, error))?);
        }
        check_agreement(elements.iter(), element)?;
        Ok(elements)
    }

    fn tuple(&mut self, length: u32, types: &[Type], depth: usize) -> Result<Value, WireError> {
        if usize::try_from(length) != Ok(types.len()) {
            return Err(WireError::tuple_length(types.len(), length));
        }
        let elements = (0..).zip(types).map(|(at, of)| self.value(of, depth + 1).map_err(|error| error.within(Step::Index(at))));
        elements.collect::<Result<_, _>>().map(Value::List)
    }

    fn map(&mut self, length: u32, element: &Type, depth: usize) -> Result<Value, WireError> {
        let mut entries = BTreeMap::new();
        for _ in 0..length {
            // Terraform skips one byte of a key that is no string and takes the key for empty.
            let key = self.reader.text_or_skip()?.map_or(Ok(Cow::Borrowed("")), |bytes| utf8(bytes).map(nfc))?;
            let value = self.value(element, depth + 1).map_err(|error| error.within(Step::Key(key.clone().into_owned())))?;
            // The last of several equal keys counts, as in Terraform.
            entries.insert(key.into_owned(), value);
        }
        check_agreement(entries.values(), element)?;
        Ok(Value::Map(entries))
    }

    /// An object must have every attribute once. Terraform takes an empty map for any object, and a duplicate attribute in place of
    /// a missing one, and is then left with a value of another type (docs/terraform-protocol.md#values); here both are errors.
    fn object(&mut self, length: u32, types: &BTreeMap<String, Type>, depth: usize) -> Result<Value, WireError> {
        if usize::try_from(length).is_ok_and(|length| length > types.len()) {
            return Err(WireError::new(format_args!("an object of {} attributes is required, not of {length}", types.len())));
        }
        let mut attributes = BTreeMap::new();
        for _ in 0..length {
            let Token::Text(name) = self.reader.token()? else {
                return Err(WireError::new("the names of attributes must be strings"));
            };
            let name = utf8(name)?;
            let of = types.get(name).ok_or_else(|| WireError::unsupported(name))?;
            let value = self.value(of, depth + 1).map_err(|error| error.within(Step::Attribute(name.to_owned())))?;
            if attributes.insert(name.to_owned(), value).is_some() {
                return Err(WireError::duplicate(name));
            }
        }
        match types.keys().find(|name| !attributes.contains_key(*name)) {
            Some(name) => Err(WireError::missing(name)),
            None => Ok(Value::Map(attributes)),
        }
    }

    /// A value that brings its type along, after the header of the array that holds the two.
    fn dynamic(&mut self, depth: usize) -> Result<Value, WireError> {
        let mut of = self.wrapped_type()?;
        for _ in 0..MAX_WRAPPERS {
            if of != Type::Dynamic {
                let value = self.value(&of, depth)?;
                return settle(value, of);
            }
            match self.reader.token()? {
                Token::Nil => return Ok(Value::Null),
                Token::Extension(kind, payload) => return unknown::decode(kind, payload, &of, &mut self.elements_left),
                Token::Array(2) => of = self.wrapped_type()?,
                _ => return Err(WireError::new("an array of a type and a value is required")),
            }
        }
        Err(WireError::new(format_args!("more than {MAX_WRAPPERS} dynamic values in one another are not read")))
    }

    fn wrapped_type(&mut self) -> Result<Type, WireError> {
        match self.reader.token()? {
            Token::Text(json) => Type::from_json(json).map_err(WireError::new),
            _ => Err(WireError::new("the type of a dynamic value must be binary or a string")),
        }
    }
}

/// A number in any of its forms.
pub(super) fn number(token: Token) -> Result<Number, WireError> {
    match token {
        Token::Integer(integer) => Ok(Number::from(integer)),
        Token::Large(integer) => Ok(Number::from(integer)),
        Token::Float(float) => Number::try_from(float).map_err(WireError::new),
        Token::Text(bytes) => utf8(bytes)?.parse().map_err(WireError::new),
        _ => Err(WireError::new("a number is required")),
    }
}

/// Decodes text. Terraform passes text that is not UTF-8 through unchanged; it is refused here.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, WireError> {
    std::str::from_utf8(bytes).map_err(|_| WireError::new("text must be UTF-8"))
}
