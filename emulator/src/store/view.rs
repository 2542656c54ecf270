//! A read-only view of the store: its latest state, or the state of a replica that lags behind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{ChangedKey, Key, Revision, Row, Store, history::UnreplicatedChanges};

/// The store as one reader sees it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    store: &'a Store,
    /// Changes that this reader has not received yet.
    unreplicated: Option<&'a UnreplicatedChanges>,
}

impl<'a> View<'a> {
    pub(super) fn new(store: &'a Store, unreplicated: Option<&'a UnreplicatedChanges>) -> Self {
        Self { store, unreplicated }
    }

    /// Now, as the store counts.
    pub fn revision(&self) -> Revision {
        self.store.journal.now()
    }

    /// Changes since a moment, oldest first; `None` if they are no longer kept.
    pub fn since(&self, revision: Revision) -> Option<impl Iterator<Item = &'a ChangedKey> + use<'a>> {
        self.store.journal.since(revision)
    }

    /// A row.
    pub fn get(&self, table: &str, key: &str) -> Option<Row> {
        match self.old_rows(table).and_then(|rows| rows.get(key)) {
            Some(old) => old.clone(),
            None => self.store.table(table)?.get(key).cloned(),
        }
    }

    /// The rows of a table whose keys come after `after`, in order.
    pub fn rows<'b>(&self, table: &str, after: Option<&'b str>) -> Box<dyn Iterator<Item = (Key, Row)> + 'b>
    where
        'a: 'b,
    {
        let now = self.store.table(table).into_iter().flat_map(move |table| table.after(after));
        let now = now.map(|(key, row)| (key.clone(), row.clone()));
        let Some(old) = self.old_rows(table) else { return Box::new(now) };
        let mut rows: BTreeMap<Key, Row> = now.collect();
        for (key, row) in old.iter().filter(|(key, _)| after.is_none_or(|after| key.as_ref() > after)) {
            match row {
                Some(row) => rows.insert(key.clone(), row.clone()),
                None => rows.remove(key),
            };
        }
        Box::new(rows.into_iter())
    }

    /// The keys of the rows with this text in an indexed property, without regard to case. `None`: no index.
    pub fn with(&self, table: &str, property: &str, value: &str) -> Option<Vec<Key>> {
        let mut keys: Vec<Key> = self.store.table(table)?.with(property, value)?.cloned().collect();
        if let Some(old) = self.old_rows(table) {
            keys.extend(old.keys().cloned());
            let value = value.to_lowercase();
            keys.retain(|key| {
                let row = self.get(table, key);
                let text = row.as_ref().and_then(|row| row.get(property)).and_then(Value::as_str);
                text.is_some_and(|text| text.to_lowercase() == value)
            });
            keys.sort_unstable();
            keys.dedup();
        }
        Some(keys)
    }

    /// The keys of the rows whose text in an indexed property can begin so, and perhaps of others. `None`: no index, or more than `max` rows.
    pub fn starting_with(&self, table: &str, property: &str, start: &str, max: usize) -> Option<Vec<Key>> {
        let mut keys: Vec<Key> = self.store.table(table)?.starting_with(property, start)?.take(max + 1).cloned().collect();
        if keys.len() > max {
            return None;
        }
        keys.extend(self.old_rows(table).into_iter().flat_map(|old| old.keys().cloned()));
        Some(keys)
    }

    /// So many keys of all rows in the order of an indexed property, after a value and a key. `None`: no index, or this reader sees an older state.
    pub fn sorted(&self, table: &str, property: &str, after: Option<(&str, &str)>, descending: bool, count: usize) -> Option<Vec<Key>> {
        if self.old_rows(table).is_some_and(|old| !old.is_empty()) {
            return None;
        }
        Some(self.store.table(table)?.sorted(property, after, descending)?.take(count).cloned().collect())
    }

    /// Whether a link is there.
    pub fn linked(&self, relation: &str, from: &str, to: &str) -> bool {
        let old = self.old_links(relation).find(|(one, two, _)| one.as_ref() == from && two.as_ref() == to);
        match old {
            Some((_, _, there)) => *there,
            None => self.store.relation(relation).is_some_and(|links| links.has(from, to)),
        }
    }

    /// Where the links of a row lead, in the order of the keys, after `after`.
    pub fn links(&self, relation: &str, from: &str, after: Option<&str>) -> Vec<Key> {
        let now = self.store.relation(relation).into_iter().flat_map(|links| links.from(from, after)).cloned();
        let old = self.old_links(relation).filter(|(one, ..)| one.as_ref() == from).map(|(_, to, there)| (to, *there));
        with_unreplicated(now, old, after)
    }

    /// Where the links to a row start, in the order of the keys, after `after`.
    pub fn links_to(&self, relation: &str, to: &str, after: Option<&str>) -> Vec<Key> {
        let now = self.store.relation(relation).into_iter().flat_map(|links| links.to(to, after)).cloned();
        let old = self.old_links(relation).filter(|(_, two, _)| two.as_ref() == to).map(|(from, _, there)| (from, *there));
        with_unreplicated(now, old, after)
    }

    fn old_rows(&self, table: &str) -> Option<&'a std::collections::HashMap<Key, Option<Row>>> {
        self.unreplicated?.rows.get(table)
    }

    fn old_links(&self, relation: &str) -> impl Iterator<Item = &'a (Key, Key, bool)> + use<'a> {
        self.unreplicated.and_then(|unreplicated| unreplicated.links.get(relation)).into_iter().flatten()
    }
}

/// The ends of links as they are, with those that were otherwise put back.
fn with_unreplicated<'o>(now: impl Iterator<Item = Key>, old: impl Iterator<Item = (&'o Key, bool)>, after: Option<&str>) -> Vec<Key> {
    let mut old = old.filter(|(key, _)| after.is_none_or(|after| key.as_ref() > after)).peekable();
    if old.peek().is_none() {
        return now.collect();
    }
    let mut keys: BTreeSet<Key> = now.collect();
    for (key, there) in old {
        if there {
            keys.insert(key.clone());
        } else {
            keys.remove(key);
        }
    }
    keys.into_iter().collect()
}
