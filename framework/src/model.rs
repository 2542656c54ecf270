//! Conversions between dynamic values and Rust structs: `#[derive(Model)]` implements [`Model`], and each type of a field implements [`Field`].

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::schema::{Attribute, Check, Nesting, Object, Shape};
use crate::value::{Number, Path, Step, Type, Value, msgpack};
use crate::view::View;

/// A struct that stands for an object of a schema. Derived, never written by hand.
pub trait Model: Sized {
    /// The declaration: attributes, flags and documentation.
    fn object() -> Object;

    /// The struct of an object value; what is null, unknown or missing becomes [`Field::absent`].
    fn from_value(value: &Value, at: &Path) -> Result<Self, Mismatch>;

    /// The object value of the struct.
    fn to_value(&self) -> Value;

    /// The object value of the struct as it is sent: long lists are [encoded](Value::Encoded).
    fn to_output(&self) -> Value;

    /// The struct in which everything is absent.
    fn absent() -> Self;
}

/// From how many elements on a list that is only sent is encoded at once.
const ENCODED_FROM: usize = 100;

/// A value that does not fit its declaration. It is a fault of the provider, or of a state that was edited by hand.
#[derive(Debug, thiserror::Error)]
#[error("{at}: expected {expected}, found {found}")]
pub struct Mismatch {
    /// Where.
    pub at: Path,
    /// The declared type.
    pub expected: &'static str,
    /// What was there instead.
    pub found: &'static str,
}

/// A type that a field of a [`Model`] can have.
pub trait Field: Sized {
    /// Whether an attribute of this type must be given by the configuration unless a flag says otherwise.
    const REQUIRED: bool = true;

    /// What values look like.
    fn shape() -> Shape;

    /// What stands for null and for not known yet: resource code never sees an unknown value.
    fn absent() -> Self;

    /// Out of a known value that is not null.
    fn from_known(value: &Value, at: &Path) -> Result<Self, Mismatch>;

    /// Into a value.
    fn to_value(&self) -> Value;

    /// Into a value that is only sent; see [`Model::to_output`].
    fn to_output(&self) -> Value {
        self.to_value()
    }

    /// The attribute of this type before any flag.
    fn attribute(name: &str) -> Attribute {
        Attribute::new(name, Self::shape(), Self::REQUIRED)
    }

    /// Out of any value.
    fn from_value(value: &Value, at: &Path) -> Result<Self, Mismatch> {
        match value {
            Value::Null | Value::Unknown(_) => Ok(Self::absent()),
            known => Self::from_known(known, at),
        }
    }
}

/// Reads one attribute of an object; the derive writes calls of it.
pub fn field<T: Field>(object: &Value, name: &str, at: &Path) -> Result<T, Mismatch> {
    T::from_value(object.attribute(name), &at.join(Step::Attribute(name.to_owned())))
}

fn mismatch<T>(at: &Path, expected: &'static str, value: &Value) -> Result<T, Mismatch> {
    let found = match value {
        Value::Null => "null",
        Value::Unknown(_) => "an unknown value",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Map(_) => "an object",
        Value::Dynamic(_) => "a dynamic value",
        Value::Encoded(_) => "an encoded list",
    };
    Err(Mismatch { at: at.clone(), expected, found })
}

impl View<'_> {
    /// Reads an attribute; none while something in it is unknown. Null becomes what the type makes of it: `None` of an option.
    pub fn get<T: Field>(&self, name: &str) -> Option<T> {
        let value = self.raw(name);
        if value.is_wholly_known() { T::from_value(value, &Path::attribute(name)).ok() } else { None }
    }
}

impl Field for String {
    fn shape() -> Shape {
        Shape::Plain(Type::String)
    }
    fn absent() -> Self {
        String::new()
    }
    fn from_known(value: &Value, at: &Path) -> Result<Self, Mismatch> {
        value.as_str().map_or_else(|| mismatch(at, "a string", value), |text| Ok(text.to_owned()))
    }
    fn to_value(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Field for SecretString {
    fn shape() -> Shape {
        Shape::Plain(Type::String)
    }
    fn absent() -> Self {
        SecretString::default()
    }
    fn from_known(value: &Value, at: &Path) -> Result<Self, Mismatch> {
        String::from_known(value, at).map(SecretString::from)
    }
    fn to_value(&self) -> Value {
        Value::from(self.expose_secret())
    }
    fn attribute(name: &str) -> Attribute {
        Attribute::new(name, Self::shape(), Self::REQUIRED).sensitive()
    }
}

impl Field for bool {
    fn shape() -> Shape {
        Shape::Plain(Type::Bool)
    }
    fn absent() -> Self {
        false
    }
    fn from_known(value: &Value, at: &Path) -> Result<Self, Mismatch> {
        match value {
            Value::Bool(truth) => Ok(*truth),
            other => mismatch(at, "a bool", other),
        }
    }
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Field for i64 {
    fn shape() -> Shape {
        Shape::Plain(Type::Number)
    }
    fn absent() -> Self {
        0
    }
    fn from_known(value: &Value, at: &Path) -> Result<Self, Mismatch> {
        match value {
            Value::Number(number) => number.as_i64().map_or_else(|| mismatch(at, "a whole number of 64 bits", value), Ok),
            other => mismatch(at, "a number", other),
        }
    }
    fn to_value(&self) -> Value {
        Value::from(*self)
    }
    /// Terraform's numbers have fractions and no bounds.
    fn attribute(name: &str) -> Attribute {
        Attribute::new(name, Self::shape(), Self::REQUIRED).check(Check::whole_number())
    }
}

impl Field for Number {
    fn shape() -> Shape {
        Shape::Plain(Type::Number)
    }
    fn absent() -> Self {
        Number::from(0i64)
    }
    fn from_known(value: &Value, at: &Path) -> Result<Self, Mismatch> {
        match value {
            Value::Number(number) => Ok(number.clone()),
            other => mismatch(at, "a number", other),
        }
    }
    fn to_value(&self) -> Value {
        Value::Number(self.clone())
    }
}

impl<T: Field> Field for Option<T> {
    const REQUIRED: bool = false;

    fn shape() -> Shape {
        T::shape()
    }
    fn absent() -> Self {
        None
    }
    fn from_known(value: &Value, at: &Path) -> Result<Self, Mismatch> {
        T::from_known(value, at).map(Some)
    }
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }
    fn to_output(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_output)
    }
    fn attribute(name: &str) -> Attribute {
        let mut attribute = T::attribute(name);
        attribute.required = false;
        attribute.optional = true;
        attribute.nullable = true;
        attribute
    }
}

impl<T: Field> Field for Vec<T> {
    fn shape() -> Shape {
        match T::shape() {
            Shape::Plain(of) => Shape::Plain(Type::list(of)),
            Shape::Nested(Nesting::Single, object) => Shape::Nested(Nesting::List, object),
            // A list of lists of objects has no nested form in the protocol.
            nested @ Shape::Nested(..) => Shape::Plain(Type::list(nested.ty())),
        }
    }
    fn absent() -> Self {
        Vec::new()
    }
    fn from_known(value: &Value, at: &Path) -> Result<Self, Mismatch> {
        let Some(elements) = value.elements() else { return mismatch(at, "a list", value) };
        let step = |index: usize| at.join(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)));
        elements.iter().enumerate().map(|(index, element)| T::from_value(element, &step(index))).collect()
    }
    fn to_value(&self) -> Value {
        Value::List(self.iter().map(T::to_value).collect())
    }
    fn to_output(&self) -> Value {
        if self.len() < ENCODED_FROM {
            return self.to_value();
        }
        // What cannot be encoded is reported when it is sent.
        msgpack::encode_list(T::shape().ty(), self.iter().map(T::to_value))
            .map_or_else(|_| self.to_value(), |list| Value::Encoded(Arc::new(list)))
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn shape() -> Shape {
        match T::shape() {
            Shape::Plain(of) => Shape::Plain(Type::map(of)),
            Shape::Nested(Nesting::Single, object) => Shape::Nested(Nesting::Map, object),
            nested @ Shape::Nested(..) => Shape::Plain(Type::map(nested.ty())),
        }
    }
    fn absent() -> Self {
        BTreeMap::new()
    }
    fn from_known(value: &Value, at: &Path) -> Result<Self, Mismatch> {
        let Some(entries) = value.entries() else { return mismatch(at, "a map", value) };
        entries.iter().map(|(key, entry)| Ok((key.clone(), T::from_value(entry, &at.join(Step::Key(key.clone())))?))).collect()
    }
    fn to_value(&self) -> Value {
        Value::Map(self.iter().map(|(key, entry)| (key.clone(), entry.to_value())).collect())
    }
}
