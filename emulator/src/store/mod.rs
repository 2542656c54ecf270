//! The tenant's truth: rows of JSON in tables, and links between them.
//!
//! The store knows nothing of Graph. Whoever writes decides on a list of [`Change`]s first and hands it over whole:
//! either all of them happen, or none.

mod links;
mod table;
mod view;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value};

pub use links::Links;
pub use table::Table;
pub use view::View;

/// Names a row within its table.
pub type Key = Arc<str>;
/// The properties of a row. What is not in it is null or empty.
pub type Properties = Map<String, Value>;
/// A row, shared with whoever is just reading it.
pub type Row = Arc<Properties>;

/// One thing that a write does.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Puts a row in the place of what was there, if anything.
    Put {
        /// Table.
        table: &'static str,
        /// Key of the row.
        key: Key,
        /// The row.
        row: Row,
    },
    /// Takes a row away.
    Remove {
        /// Table.
        table: &'static str,
        /// Key of the row.
        key: Key,
    },
    /// Links two rows.
    Link {
        /// Kind of link.
        relation: &'static str,
        /// Where it starts.
        from: Key,
        /// Where it leads.
        to: Key,
    },
    /// Takes a link away.
    Unlink {
        /// Kind of link.
        relation: &'static str,
        /// Where it starts.
        from: Key,
        /// Where it leads.
        to: Key,
    },
}

/// A table's name and the properties that are looked up by value.
#[derive(Debug, Clone, Copy)]
pub struct TableSpec {
    /// Name.
    pub name: &'static str,
    /// Properties with an index. Values are found without regard to case.
    pub indexed: &'static [&'static str],
}

/// All tables and links.
#[derive(Debug)]
pub struct Store {
    tables: BTreeMap<&'static str, Table>,
    links: BTreeMap<&'static str, Links>,
}

impl Store {
    /// An empty store with these tables and relations.
    pub fn new(tables: &[TableSpec], relations: &[&'static str]) -> Self {
        Self {
            tables: tables.iter().map(|spec| (spec.name, Table::new(spec.indexed))).collect(),
            links: relations.iter().map(|name| (*name, Links::default())).collect(),
        }
    }

    /// Makes the changes, in order.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            match change {
                Change::Put { table, key, row } => self.tables.entry(table).or_default().put(key, row),
                Change::Remove { table, key } => self.tables.entry(table).or_default().remove(&key),
                Change::Link { relation, from, to } => self.links.entry(relation).or_default().add(from, to),
                Change::Unlink { relation, from, to } => self.links.entry(relation).or_default().remove(&from, &to),
            }
        }
    }

    /// The store as it is: what writes are decided by.
    pub fn truth(&self) -> View<'_> {
        View::new(self)
    }

    fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    fn relation(&self, name: &str) -> Option<&Links> {
        self.links.get(name)
    }
}
