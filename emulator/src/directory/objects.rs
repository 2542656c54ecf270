//! Directory objects of any type, found by their id.

use super::{groups, service_principals, users};
use crate::store::{Key, Row, View};

/// Table of the administrative units.
pub const ADMINISTRATIVE_UNITS: &str = "administrativeUnits";

/// The tables of the objects that have an id of the directory, in the order in which they are searched.
const TABLES: [&str; 4] = [groups::TABLE, users::TABLE, service_principals::TABLE, ADMINISTRATIVE_UNITS];

/// An object of the directory.
#[derive(Debug, Clone)]
pub struct Object {
    /// Table that it is in; it determines its type.
    pub table: &'static str,
    /// Object id, in lower case.
    pub key: Key,
    /// Its properties.
    pub row: Row,
}

/// Finds an object by its id, in whatever letter case; `None` if there is none, or only a deleted one.
pub fn find(view: View<'_>, id: &str) -> Option<Object> {
    let key: Key = id.to_lowercase().into();
    TABLES.into_iter().find_map(|table| view.get(table, &key).map(|row| Object { table, key: key.clone(), row }))
}

/// Whether a text has the form of an object id: 36 characters, hexadecimal with hyphens.
pub fn is_guid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// The security identifier of a user or group: `S-1-12-1-` and the id's 16 bytes, in the order of .NET's `Guid.ToByteArray`, as four 32-bit
/// numbers. Source: docs/services/graph.md#reading-groups.
pub fn security_identifier(id: &str) -> String {
    let bytes = uuid::Uuid::try_parse(id).unwrap_or_default().to_bytes_le();
    let numbers =
        bytes.chunks_exact(4).map(|four| four.iter().rev().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)).to_string());
    format!("S-1-12-1-{}", numbers.collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_security_identifier_is_the_id_as_four_numbers() {
        // 0x04030201, 0x08070605 and so on, whatever the letter case.
        assert_eq!(
            security_identifier("04030201-0605-0807-090A-0b0c0d0e0f10"),
            format!("S-1-12-1-{}-{}-{}-{}", 0x0403_0201_u32, 0x0807_0605_u32, 0x0c0b_0a09_u32, 0x100f_0e0d_u32)
        );
    }
}
