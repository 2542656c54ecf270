//! Persistence of the store in one file: a commit is on the disk before it is acknowledged.
//!
//! redb and not SQLite: it is Rust all the way down, needs no C compiler beside the one for TLS, and the store only
//! ever asks it for "all of it" at the start and "these changes, together" afterwards.

use std::{
    cell::Cell,
    io,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::Once,
};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use serde_json::Value;

use super::{Change, TableSpec};
use crate::private;

/// (table, key) to the row as JSON.
const ROWS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("rows");
/// (relation, from, to).
const LINKS: TableDefinition<'_, (&str, &str, &str), ()> = TableDefinition::new("links");
/// Properties of the file itself, and the clock.
const NOTES: TableDefinition<'_, &str, &str> = TableDefinition::new("notes");
/// The form of the file, in the note `format`.
const FORMAT: &str = "1";

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// The database library said so.
    #[error("{path}: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// The library's error.
        source: redb::Error,
    },
    /// The file is no database, or not whole.
    #[error("{path} is damaged: put a copy in its place, or delete it to begin with a fresh tenant")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// Another process works with it.
    #[error("{path} is in use by another emulator")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is whole and holds something else.
    #[error("{path} was not written by this version of the emulator")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
}

/// An open file.
#[derive(Debug)]
pub struct Disk {
    /// Always there, until it is closed in `drop`.
    database: Option<Database>,
    path: PathBuf,
}

impl Drop for Disk {
    /// Closing it writes, and so it panics as well where the file is damaged. Everything that was acknowledged is on the disk already.
    fn drop(&mut self) {
        let database = self.database.take();
        let close = || {
            drop(database);
            Ok(())
        };
        if let Err(error) = guarded(close, &self.path) {
            tracing::debug!(%error, "the file was not closed in good order");
        }
    }
}

impl Disk {
    /// Opens the file, or makes a new one; only the user can read it. Only one process can have it open.
    pub fn open(path: &Path) -> Result<Self, DiskError> {
        let create = || {
            let file = private::open_file(path)?;
            Database::builder().create_file(file).map_err(redb::Error::from)
        };
        let database = guarded(create, path)?;
        Ok(Self { database: Some(database), path: path.into() })
    }

    /// Everything in the file, as changes to an empty store. `None`: it is new.
    pub fn load(&self, tables: &[TableSpec], relations: &[&'static str]) -> Result<Option<Vec<Change>>, DiskError> {
        match self.note("format")? {
            None => return Ok(None),
            Some(format) if format != FORMAT => return Err(DiskError::Foreign { path: self.path.clone() }),
            Some(_) => {}
        }
        let read = || -> Result<Option<Vec<Change>>, redb::Error> {
            let transaction = self.database()?.begin_read()?;
            let mut out = Vec::new();
            for entry in transaction.open_table(ROWS)?.iter()? {
                let (name, row) = entry?;
                let (table, key) = name.value();
                let table = tables.iter().find(|spec| spec.name == table).map(|spec| spec.name);
                let row = serde_json::from_slice(row.value()).ok();
                let (Some(table), Some(Value::Object(row))) = (table, row) else { return Ok(None) };
                out.push(Change::Put { table, key: key.into(), row: row.into() });
            }
            for entry in transaction.open_table(LINKS)?.iter()? {
                let (name, _) = entry?;
                let (relation, from, to) = name.value();
                let Some(relation) = relations.iter().copied().find(|known| *known == relation) else { return Ok(None) };
                out.push(Change::Link { relation, from: from.into(), to: to.into() });
            }
            Ok(Some(out))
        };
        let changes = guarded(read, &self.path)?;
        changes.map(Some).ok_or_else(|| DiskError::Foreign { path: self.path.clone() })
    }

    /// Writes changes, all or none.
    pub fn commit(&self, changes: &[Change]) -> Result<(), DiskError> {
        self.transaction(|transaction| write(transaction, changes))
    }

    /// Writes changes in the place of everything there was.
    pub fn replace(&self, changes: &[Change]) -> Result<(), DiskError> {
        self.transaction(|transaction| {
            transaction.delete_table(ROWS)?;
            transaction.delete_table(LINKS)?;
            write(transaction, changes)?;
            transaction.open_table(NOTES)?.insert("format", FORMAT)?;
            Ok(())
        })
    }

    /// A note.
    pub fn note(&self, name: &str) -> Result<Option<String>, DiskError> {
        let read = || -> Result<Option<String>, redb::Error> {
            let transaction = self.database()?.begin_read()?;
            let notes = match transaction.open_table(NOTES) {
                Ok(notes) => notes,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            Ok(notes.get(name)?.map(|text| text.value().to_owned()))
        };
        guarded(read, &self.path)
    }

    /// Writes a note.
    pub fn write_note(&self, name: &str, text: &str) -> Result<(), DiskError> {
        self.transaction(|transaction| {
            transaction.open_table(NOTES)?.insert(name, text)?;
            Ok(())
        })
    }

    fn database(&self) -> Result<&Database, redb::Error> {
        self.database.as_ref().ok_or(redb::Error::DatabaseClosed)
    }

    fn transaction(&self, act: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>) -> Result<(), DiskError> {
        let all = || -> Result<(), redb::Error> {
            // Durable by default: the commit returns when the disk has it.
            let transaction = self.database()?.begin_write()?;
            act(&transaction)?;
            Ok(transaction.commit()?)
        };
        guarded(all, &self.path)
    }
}

/// Does something with a file that may not be whole: of some damage the library says so, at other damage it panics.
fn guarded<T>(act: impl FnOnce() -> Result<T, redb::Error>, path: &Path) -> Result<T, DiskError> {
    thread_local! {
        static CATCHES_PANICS: Cell<bool> = const { Cell::new(false) };
    }
    static HOOK_INSTALLED: Once = Once::new();
    // A caught panic is reported as one sentence, without a trace.
    HOOK_INSTALLED.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !CATCHES_PANICS.get() {
                usual(panic);
            }
        }));
    });
    CATCHES_PANICS.set(true);
    let done = panic::catch_unwind(AssertUnwindSafe(act));
    CATCHES_PANICS.set(false);
    let path = path.to_owned();
    match done {
        Ok(Ok(done)) => Ok(done),
        Err(_) | Ok(Err(redb::Error::Corrupted(_))) => Err(DiskError::Damaged { path }),
        Ok(Err(redb::Error::Io(error))) if [io::ErrorKind::InvalidData, io::ErrorKind::UnexpectedEof].contains(&error.kind()) => {
            Err(DiskError::Damaged { path })
        }
        Ok(Err(redb::Error::DatabaseAlreadyOpen)) => Err(DiskError::InUse { path }),
        Ok(Err(source)) => Err(DiskError::Database { path, source }),
    }
}

fn write(transaction: &WriteTransaction, changes: &[Change]) -> Result<(), redb::Error> {
    let mut rows = transaction.open_table(ROWS)?;
    let mut links = transaction.open_table(LINKS)?;
    for change in changes {
        match change {
            Change::Put { table, key, row } => {
                let text = Value::Object(row.as_ref().clone()).to_string();
                rows.insert((*table, key.as_ref()), text.as_bytes())?;
            }
            Change::Remove { table, key } => {
                rows.remove((*table, key.as_ref()))?;
            }
            Change::Link { relation, from, to } => {
                links.insert((*relation, from.as_ref(), to.as_ref()), ())?;
            }
            Change::Unlink { relation, from, to } => {
                links.remove((*relation, from.as_ref(), to.as_ref()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use serde_json::json;

    use super::*;

    const TABLES: &[TableSpec] = &[TableSpec { name: "groups", indexed: &[] }];
    const RELATIONS: &[&str] = &["members"];

    fn put(key: &str, name: &str) -> Change {
        let row = json!({"displayName": name}).as_object().unwrap().clone();
        Change::Put { table: "groups", key: key.into(), row: row.into() }
    }

    #[test]
    fn what_was_committed_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tenant.redb");
        let link = |to: &str| Change::Link { relation: "members", from: "a".into(), to: to.into() };
        let disk = Disk::open(&path).unwrap();
        assert_eq!(disk.load(TABLES, RELATIONS).unwrap(), None);
        disk.replace(&[put("old", "Old")]).unwrap();
        disk.replace(&[put("a", "A"), put("b", "B"), link("x"), link("y")]).unwrap();
        disk.commit(&[
            put("a", "A2"),
            Change::Remove { table: "groups", key: "b".into() },
            Change::Unlink { relation: "members", from: "a".into(), to: "x".into() },
        ])
        .unwrap();
        disk.write_note("ahead", "5").unwrap();
        drop(disk);
        let disk = Disk::open(&path).unwrap();
        assert_eq!(disk.load(TABLES, RELATIONS).unwrap().unwrap(), [put("a", "A2"), link("y")]);
        assert_eq!(disk.note("ahead").unwrap().unwrap(), "5");
        assert!(matches!(disk.load(&[], RELATIONS), Err(DiskError::Foreign { .. })));
        assert!(matches!(Disk::open(&path), Err(DiskError::InUse { .. })), "two cannot have it open");
    }

    #[test]
    fn damage_of_any_kind_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tenant.redb");
        let disk = Disk::open(&path).unwrap();
        disk.replace(&(0..500).map(|number| put(&number.to_string(), "A name that takes some room in a page")).collect::<Vec<_>>())
            .unwrap();
        drop(disk);
        let whole = std::fs::read(&path).unwrap();
        let mut refused = 0;
        for step in 0..60 {
            let mut bytes = whole.clone();
            match step % 2 {
                0 => bytes.truncate(whole.len() / 60 * step),
                _ => bytes.iter_mut().skip(step * 137).step_by(997).for_each(|byte| *byte ^= 0xff),
            }
            std::fs::write(&path, bytes).unwrap();
            let read = Disk::open(&path).and_then(|disk| disk.load(TABLES, RELATIONS));
            refused += usize::from(read.is_err());
        }
        // An empty file is a new one, and not every byte is in use.
        assert!(refused >= 50, "{refused} of 60");
    }

    #[test]
    fn a_file_of_something_else_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tenant.redb");
        std::fs::write(&path, "nonsense ".repeat(1000)).unwrap();
        assert!(matches!(Disk::open(&path), Err(DiskError::Damaged { .. })));
    }
}
