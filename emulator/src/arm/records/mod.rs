//! The tables of Azure Resource Manager in the store, and look-ups in them. Nothing here knows of requests.

pub mod assignments;
pub mod built_in;
pub mod clusters;
pub mod management_groups;
pub mod principals;
pub mod resource_groups;
pub mod roles;
pub mod scope;
pub mod subscriptions;

use jiff::Timestamp;
use serde_json::Value;

use crate::store::{Change, Key, Properties, Row};

/// A change that puts a row.
pub fn put(table: &'static str, key: impl Into<Key>, row: impl Into<Row>) -> Change {
    Change::Put { table, key: key.into(), row: row.into() }
}

/// A JSON object as a row; of anything else an empty row.
pub fn properties(value: Value) -> Properties {
    match value {
        Value::Object(row) => row,
        _ => Properties::new(),
    }
}

/// An instant as Azure Resource Manager writes it: seven decimals of a second.
pub fn instant(at: Timestamp) -> String {
    format!("{}.{:07}Z", at.strftime("%Y-%m-%dT%H:%M:%S"), at.subsec_nanosecond() / 100)
}
