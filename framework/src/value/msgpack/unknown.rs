//! Decodes unknown values and their refinements (docs/terraform-protocol.md#unknown-values).

use super::super::text::nfc;
use super::super::unknown::Bounds;
use super::super::{Number, Refinement, Type, Value, WireError};
use super::decode::{number, utf8};
use super::reader::{Reader, Token};
use super::{REFINED, key};

/// Terraform refuses a payload that is longer.
const MAX_PAYLOAD: usize = 1024;

/// How many elements one message may make up by pinning the lengths of lists of which nothing else is known. Each list
/// costs ten bytes, whatever its length. Terraform itself writes such lists element by element.
pub(super) const MAX_PINNED_ELEMENTS: usize = 65_536;

/// The unknown value of that type that an extension stands for. It is known after all if what is known of it leaves only one value.
pub(super) fn decode(kind: i8, payload: &[u8], of: &Type, elements_left: &mut usize) -> Result<Value, WireError> {
    if payload.len() <= 1 {
        return Ok(Value::UNKNOWN);
    }
    // The written specification takes any other extension for an unknown value too; Terraform does not.
    if kind != REFINED {
        return Err(WireError::new(format_args!("there is no extension of type {kind} with {} bytes", payload.len())));
    }
    if payload.len() > MAX_PAYLOAD {
        return Err(WireError::new("an unknown value has too many refinements"));
    }
    let mut reader = Reader::new(payload);
    // Here nil stands for whatever is empty, zero or false, as in the library that Terraform reads with.
    let length = match reader.token()? {
        Token::Map(length) => length,
        Token::Nil => 0,
        _ => return Err(WireError::new("the refinements of an unknown value must be a map")),
    };
    if *of == Type::Dynamic {
        return Ok(Value::UNKNOWN);
    }
    let mut known = DecodedRefinements::default();
    for at in 0..length {
        let key = integer(&mut reader, "what is known of an unknown value must have integer keys")?;
        // A newer Terraform may know more of a value. What follows the last key is not looked at.
        if !known.read(key, &mut reader, of)? && at + 1 < length {
            reader.skip()?;
        }
    }
    known.value(of, elements_left)
}

#[derive(Default)]
struct DecodedRefinements {
    null: Option<bool>,
    bounds: Bounds,
}

impl DecodedRefinements {
    /// Reads what belongs to the key, if it is one.
    fn read(&mut self, key: i64, reader: &mut Reader, of: &Type) -> Result<bool, WireError> {
        match (key, of) {
            (key::NULLNESS, _) => self.nullness(reader)?,
            (key::STRING_PREFIX, Type::String) => self.prefix(reader)?,
            (key::NUMBER_MIN | key::NUMBER_MAX, Type::Number) => self.number(key, reader)?,
            (key::LENGTH_MIN | key::LENGTH_MAX, Type::List(_) | Type::Set(_) | Type::Map(_)) => self.length(key, reader)?,
            (key::STRING_PREFIX..=key::LENGTH_MAX, _) => {
                return Err(WireError::new(format_args!("refinement {key} does not apply to {}", of.article())));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn nullness(&mut self, reader: &mut Reader) -> Result<(), WireError> {
        let null = match reader.token()? {
            Token::Bool(null) => null,
            Token::Nil => false,
            _ => return Err(WireError::new("whether an unknown value is null must be a bool")),
        };
        if self.null.is_some_and(|before| before != null) {
            return Err(contradiction());
        }
        self.null = Some(null);
        Ok(())
    }

    fn prefix(&mut self, reader: &mut Reader) -> Result<(), WireError> {
        let bytes = match reader.token()? {
            Token::Text(bytes) => bytes,
            Token::Nil => b"",
            _ => return Err(WireError::new("the prefix of an unknown string must be a string")),
        };
        let prefix = nfc(utf8(bytes)?).into_owned();
        let before = self.bounds.string_prefix.take().unwrap_or_default();
        let (short, long) = if prefix.len() < before.len() { (prefix, before) } else { (before, prefix) };
        if !long.starts_with(&short) {
            return Err(contradiction());
        }
        self.bounds.string_prefix = Some(long).filter(|prefix| !prefix.is_empty());
        Ok(())
    }

    fn number(&mut self, key: i64, reader: &mut Reader) -> Result<(), WireError> {
        let bound = match reader.token()? {
            Token::Array(2) => (number(reader.token()?)?, reader.token()?),
            _ => return Err(WireError::new("the bound of an unknown number must be an array of a number and a bool")),
        };
        let (bound, Token::Bool(inclusive)) = bound else {
            return Err(WireError::new("whether a bound is inclusive must be a bool"));
        };
        // Of two bounds on one side the tighter one counts, of two equal ones the exclusive one.
        let is_tighter = |before: &Option<(Number, bool)>, above: bool| {
            before.as_ref().is_none_or(|(before, before_inclusive)| match bound.cmp(before) {
                std::cmp::Ordering::Equal => *before_inclusive,
                ordering => ordering.is_gt() == above,
            })
        };
        let (side, above) = match key {
            key::NUMBER_MIN => (&mut self.bounds.number_min, true),
            _ => (&mut self.bounds.number_max, false),
        };
        if is_tighter(side, above) {
            *side = Some((bound, inclusive));
        }
        if let (Some((min, min_inclusive)), Some((max, max_inclusive))) = (&self.bounds.number_min, &self.bounds.number_max) {
            // Two equal bounds that are both exclusive leave nothing either, but Terraform takes them.
            if min > max || (min == max && min_inclusive != max_inclusive) {
                return Err(contradiction());
            }
        }
        Ok(())
    }

    fn length(&mut self, key: i64, reader: &mut Reader) -> Result<(), WireError> {
        let bound = integer(reader, "the bound of a length must be an integer")?;
        let bounds = &mut self.bounds;
        match key {
            // Zero is no bound, and what is below zero is none either.
            key::LENGTH_MIN => bounds.length_min = bounds.length_min.max(Some(bound).filter(|&bound| bound > 0)),
            // go-cty encodes "no bound" as the largest integer.
            _ if bound == i64::MAX => {}
            _ => bounds.length_max = Some(bounds.length_max.map_or(bound, |before| before.min(bound))),
        }
        if bounds.length_max.is_some_and(|max| max < bounds.length_min.unwrap_or(0)) {
            return Err(contradiction());
        }
        Ok(())
    }

    fn value(self, of: &Type, elements_left: &mut usize) -> Result<Value, WireError> {
        if self.null == Some(true) {
            return Ok(Value::Null);
        }
        let not_null = self.null == Some(false);
        let bounds = self.bounds;
        if not_null {
            match (&bounds.number_min, &bounds.number_max) {
                (Some((min, true)), Some((max, true))) if min == max => return Ok(Value::Number(min.clone())),
                _ => {}
            }
            match (of, bounds.length_max) {
                (Type::Map(_), Some(0)) => return Ok(Value::Map(Default::default())),
                (Type::List(_) | Type::Set(_), Some(0)) => return Ok(Value::List(Vec::new())),
                (Type::Set(_), Some(1)) if bounds.length_min == Some(1) => return Ok(Value::List(vec![Value::UNKNOWN])),
                (Type::List(_), Some(length)) if bounds.length_min == Some(length) => return pinned_list(length, elements_left),
                _ => {}
            }
        }
        let bounds = (bounds != Bounds::default()).then(|| Box::new(bounds));
        Ok(Value::Unknown(Refinement { not_null, bounds }))
    }
}

fn pinned_list(length: i64, elements_left: &mut usize) -> Result<Value, WireError> {
    match usize::try_from(length).ok().and_then(|length| elements_left.checked_sub(length).map(|left| (length, left))) {
        Some((length, left)) => {
            *elements_left = left;
            Ok(Value::List(vec![Value::UNKNOWN; length]))
        }
        None => Err(WireError::new(format_args!("more than {MAX_PINNED_ELEMENTS} unknown elements are not made up"))),
    }
}

fn integer(reader: &mut Reader, otherwise: &str) -> Result<i64, WireError> {
    match reader.token()? {
        Token::Integer(integer) => Ok(integer),
        Token::Nil => Ok(0),
        _ => Err(WireError::new(otherwise)),
    }
}

fn contradiction() -> WireError {
    WireError::new("the refinements of the unknown value contradict each other")
}
