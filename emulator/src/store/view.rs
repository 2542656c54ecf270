//! How readers see the store.

use super::{Key, Row, Store};

/// The store as one reader sees it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    store: &'a Store,
}

impl<'a> View<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self { store }
    }

    /// A row.
    pub fn get(&self, table: &str, key: &str) -> Option<Row> {
        self.store.table(table)?.get(key).cloned()
    }

    /// The rows of a table whose keys come after `after`, in order.
    pub fn rows<'b>(&self, table: &str, after: Option<&'b str>) -> impl Iterator<Item = (Key, Row)> + use<'a, 'b>
    where
        'a: 'b,
    {
        self.store.table(table).into_iter().flat_map(move |table| table.after(after)).map(|(key, row)| (key.clone(), row.clone()))
    }

    /// The keys of the rows with this text in an indexed property, without regard to case. `None`: no index.
    pub fn with(&self, table: &str, property: &str, value: &str) -> Option<Vec<Key>> {
        Some(self.store.table(table)?.with(property, value)?.cloned().collect())
    }

    /// Whether a link is there.
    pub fn linked(&self, relation: &str, from: &str, to: &str) -> bool {
        self.store.relation(relation).is_some_and(|links| links.has(from, to))
    }

    /// Where the links of a row lead, in the order of the keys, after `after`.
    pub fn links<'b>(&self, relation: &str, from: &str, after: Option<&'b str>) -> impl Iterator<Item = Key> + use<'a, 'b>
    where
        'a: 'b,
    {
        let links = self.store.relation(relation).map(|links| links.from(from, after));
        links.into_iter().flatten().cloned()
    }

    /// Where the links to a row start, in the order of the keys, after `after`.
    pub fn links_to<'b>(&self, relation: &str, to: &str, after: Option<&'b str>) -> impl Iterator<Item = Key> + use<'a, 'b>
    where
        'a: 'b,
    {
        let links = self.store.relation(relation).map(|links| links.to(to, after));
        links.into_iter().flatten().cloned()
    }
}
