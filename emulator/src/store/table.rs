//! One table: rows in the order of their keys, and indexes by value.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
};

use serde_json::Value;

use super::{Key, Properties, Row};

/// Rows by key.
#[derive(Debug, Default)]
pub struct Table {
    rows: BTreeMap<Key, Row>,
    /// Per indexed property: the keys of the rows that have a value, the value in lower case.
    indexes: HashMap<&'static str, HashMap<String, BTreeSet<Key>>>,
}

impl Table {
    /// An empty table with an index for each of these properties.
    pub fn new(indexed: &[&'static str]) -> Self {
        Self { rows: BTreeMap::new(), indexes: indexed.iter().map(|name| (*name, HashMap::new())).collect() }
    }

    /// A row.
    pub fn get(&self, key: &str) -> Option<&Row> {
        self.rows.get(key)
    }

    /// The rows whose keys come after `after`, in order.
    pub fn after<'a>(&'a self, after: Option<&'a str>) -> impl Iterator<Item = (&'a Key, &'a Row)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range::<str, _>((start, Bound::Unbounded))
    }

    /// The keys of the rows with this text in an indexed property. `None`: the property has no index.
    pub fn with(&self, property: &str, value: &str) -> Option<impl Iterator<Item = &Key>> {
        let index = self.indexes.get(property)?;
        Some(index.get(&value.to_lowercase()).into_iter().flatten())
    }

    pub(super) fn put(&mut self, key: Key, row: Row) {
        self.remove(&key);
        for (property, index) in &mut self.indexes {
            if let Some(value) = indexed(&row, property) {
                index.entry(value).or_default().insert(key.clone());
            }
        }
        self.rows.insert(key, row);
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.indexes.values_mut().for_each(HashMap::clear);
    }

    pub(super) fn remove(&mut self, key: &str) {
        let Some(row) = self.rows.remove(key) else { return };
        for (property, index) in &mut self.indexes {
            let Some(value) = indexed(&row, property) else { continue };
            if let Some(keys) = index.get_mut(&value) {
                keys.remove(key);
                if keys.is_empty() {
                    index.remove(&value);
                }
            }
        }
    }
}

fn indexed(row: &Properties, property: &str) -> Option<String> {
    row.get(property).and_then(Value::as_str).map(str::to_lowercase)
}
