//! The tenant's truth: rows of JSON in tables, and links between them.
//!
//! The store knows nothing of Graph. A writer decides on a list of [`Change`]s first and hands it over whole:
//! either all of them happen, or none.

mod disk;
mod history;
mod journal;
mod links;
mod table;
mod view;

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::{Map, Value};

pub use disk::{Disk, DiskError};
pub use history::{History, UnreplicatedChanges};
pub use journal::{ChangedKey, Journal, Revision};
pub use links::Links;
pub use table::Table;
pub use view::View;

/// Names a row within its table.
pub type Key = Arc<str>;
/// The properties of a row. What is not in it is null or empty.
pub type Properties = Map<String, Value>;
/// A row, shared with its readers.
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
    /// Recent states that lagging replicas still show, where there are such replicas.
    history: Option<History>,
    /// Recent changes.
    journal: Journal,
    /// Where everything is kept, if it is.
    disk: Option<Disk>,
}

impl Store {
    /// An empty store with these tables and relations.
    pub fn new(tables: &[TableSpec], relations: &[&'static str], history: Option<History>) -> Self {
        Self {
            tables: tables.iter().map(|spec| (spec.name, Table::new(spec.indexed))).collect(),
            links: relations.iter().map(|name| (*name, Links::default())).collect(),
            history,
            journal: Journal::default(),
            disk: None,
        }
    }

    /// Keeps everything in this file from now on. What the file holds already must have been applied before.
    pub fn persist_to(&mut self, disk: Disk) {
        self.disk = Some(disk);
    }

    /// Where everything is kept.
    pub fn disk(&self) -> Option<&Disk> {
        self.disk.as_ref()
    }

    /// Makes the changes, all or none: first on the disk, then here. Replicas see them in their own time.
    pub fn commit(&mut self, changes: Vec<Change>, at: Timestamp) -> Result<(), DiskError> {
        if changes.is_empty() {
            return Ok(());
        }
        if let Some(disk) = &self.disk {
            disk.commit(&changes)?;
        }
        let tables = &self.tables;
        self.journal.write(&changes, |table, key| tables.get(table)?.get(key));
        if let Some(mut history) = self.history.take() {
            for change in changes {
                history.remember(self, &change, at);
                self.apply([change]);
            }
            self.history = Some(history);
        } else {
            self.apply(changes);
        }
        Ok(())
    }

    /// Makes the changes as if they had been made long ago: every replica knows them.
    pub fn commit_settled(&mut self, changes: Vec<Change>) -> Result<(), DiskError> {
        if let Some(disk) = &self.disk {
            disk.commit(&changes)?;
        }
        // It may be a million of them.
        self.journal.restart();
        self.apply(changes);
        Ok(())
    }

    /// Forgets everything, in memory only.
    pub fn clear(&mut self) {
        self.journal.restart();
        self.tables.values_mut().for_each(Table::clear);
        self.links.clear();
        if let Some(history) = &mut self.history {
            history.clear();
        }
    }

    /// Makes changes in memory only.
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
    pub fn latest(&self) -> View<'_> {
        View::new(self, None)
    }

    /// The store as somebody sees it who does not know the latest.
    pub fn without<'a>(&'a self, unreplicated: &'a UnreplicatedChanges) -> View<'a> {
        View::new(self, Some(unreplicated))
    }

    /// Changes that the replica which answers the `request`-th request has not received yet.
    pub fn unreplicated(&self, request: u64, now: Timestamp) -> UnreplicatedChanges {
        self.history.as_ref().map(|history| history.unreplicated(request, now)).unwrap_or_default()
    }

    fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    fn relation(&self, name: &str) -> Option<&Links> {
        self.links.get(name)
    }
}
