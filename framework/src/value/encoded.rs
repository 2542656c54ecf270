//! A long list in the form in which it is sent. As single values, a list of 20,000 objects takes fifty times that memory.

use super::Type;

/// The elements of a list, encoded ([`msgpack::encode_list`](super::msgpack::encode_list)). Nothing is unknown in it, and nobody looks into it before it is sent.
#[derive(Debug, PartialEq)]
pub struct EncodedList {
    /// The type of each element.
    pub(super) element_type: Type,
    /// The number of elements.
    pub(super) length: u32,
    /// The elements in MessagePack, one after the other.
    pub(super) bytes: Vec<u8>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use std::sync::Arc;

    use super::super::{Type, Value, json, msgpack};

    #[test]
    fn an_encoded_list_is_sent_as_the_list_that_it_is() {
        let of = Type::object([("id".to_owned(), Type::String), ("on".to_owned(), Type::Bool)]);
        let element = |at: i64| {
            Value::object([("id", Value::from(format!("{at}"))), ("on", if at % 3 == 0 { Value::Null } else { Value::from(true) })])
        };
        for length in [0, 1, 15, 16, 70_000] {
            let list = Value::List((0..length).map(element).collect());
            let encoded = msgpack::encode_list(of.clone(), (0..length).map(element)).unwrap();
            assert_eq!((i64::from(encoded.length), msgpack::decode_list(&encoded).as_ref()), (length, Ok(&list)));
            let whole = Value::object([("all", Value::Encoded(Arc::new(encoded)))]);
            let ty = Type::object([("all".to_owned(), Type::list(of.clone()))]);
            let plain = Value::object([("all", list)]);
            assert_eq!(msgpack::encode(&whole, &ty), msgpack::encode(&plain, &ty));
            assert_eq!(json::encode(&whole, &ty), json::encode(&plain, &ty));
            assert!(whole.is_wholly_known() && !whole.attribute("all").is_null());
        }
        assert!(msgpack::encode_list(of, [Value::from("no object")].into_iter()).is_err());
    }
}
