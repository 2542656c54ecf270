//! One table: rows in the order of their keys, and indexes by value.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
};

use serde_json::Value;

use super::{Key, Properties, Row};

/// The rows of a table by the value of one property.
#[derive(Debug, Default)]
struct Index {
    /// The keys of the rows that have a value, the value in lower case.
    by_value: BTreeMap<String, BTreeSet<Key>>,
    /// The keys of those that have none.
    without: BTreeSet<Key>,
}

impl Index {
    /// The keys in the order of the values, after a value and a key; rows without a value count as those with an empty one.
    fn sorted<'a>(&'a self, after: Option<(&'a str, &'a str)>, descending: bool) -> Box<dyn Iterator<Item = &'a Key> + 'a> {
        let (value, key) = after.unzip();
        let is_after = move |one: &str, of: &Key| match (value, key) {
            (Some(value), Some(key)) => one != value || of.as_ref() > key,
            _ => true,
        };
        let none = self.without.iter().filter(move |key| is_after("", key));
        let keys = move |(value, keys): (&'a String, &'a BTreeSet<Key>)| keys.iter().filter(move |key| is_after(value, key));
        if descending {
            let end = value.map_or(Bound::Unbounded, Bound::Included);
            Box::new(self.by_value.range::<str, _>((Bound::Unbounded, end)).rev().flat_map(keys).chain(none))
        } else {
            let start = value.map_or(Bound::Unbounded, Bound::Included);
            let none = none.filter(move |_| value.is_none_or(str::is_empty));
            Box::new(none.chain(self.by_value.range::<str, _>((start, Bound::Unbounded)).flat_map(keys)))
        }
    }
}

/// Rows by key.
#[derive(Debug, Default)]
pub struct Table {
    rows: BTreeMap<Key, Row>,
    /// Per indexed property.
    indexes: HashMap<&'static str, Index>,
}

impl Table {
    /// An empty table with an index for each of these properties.
    pub fn new(indexed: &[&'static str]) -> Self {
        Self { rows: BTreeMap::new(), indexes: indexed.iter().map(|name| (*name, Index::default())).collect() }
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
        Some(index.by_value.get(&value.to_lowercase()).into_iter().flatten())
    }

    /// The keys of the rows whose text in an indexed property begins so, in whatever order. `None`: the property has no index.
    pub fn starting_with(&self, property: &str, start: &str) -> Option<impl Iterator<Item = &Key>> {
        let index = self.indexes.get(property)?;
        let start = start.to_lowercase();
        let values = index.by_value.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        Some(values.take_while(move |(value, _)| value.starts_with(&start)).flat_map(|(_, keys)| keys).collect::<Vec<_>>().into_iter())
    }

    /// The keys of all rows in the order of an indexed property, after a value and a key. `None`: the property has no index.
    pub fn sorted<'a>(
        &'a self,
        property: &str,
        after: Option<(&'a str, &'a str)>,
        descending: bool,
    ) -> Option<impl Iterator<Item = &'a Key> + 'a> {
        Some(self.indexes.get(property)?.sorted(after, descending))
    }

    pub(super) fn put(&mut self, key: Key, row: Row) {
        self.remove(&key);
        for (property, index) in &mut self.indexes {
            match indexed(&row, property) {
                Some(value) => index.by_value.entry(value).or_default().insert(key.clone()),
                None => index.without.insert(key.clone()),
            };
        }
        self.rows.insert(key, row);
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.indexes.values_mut().for_each(|index| *index = Index::default());
    }

    pub(super) fn remove(&mut self, key: &str) {
        let Some(row) = self.rows.remove(key) else { return };
        for (property, index) in &mut self.indexes {
            let Some(value) = indexed(&row, property) else {
                index.without.remove(key);
                continue;
            };
            if let Some(keys) = index.by_value.get_mut(&value) {
                keys.remove(key);
                if keys.is_empty() {
                    index.by_value.remove(&value);
                }
            }
        }
    }
}

fn indexed(row: &Properties, property: &str) -> Option<String> {
    row.get(property).and_then(Value::as_str).map(str::to_lowercase)
}
