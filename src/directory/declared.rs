//! Names that the configuration gives to several objects, names of objects that this run has created, and lists that it manages both whole and in part.
//!
//! Configurations of several instances. Terraform sends a provider the configuration of each instance before it plans it, and never of several at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Directory;

/// A kind of object and a name in lower case.
type Key = (&'static str, String);

/// What this run knows of names.
#[derive(Debug, Default)]
pub(super) struct Names {
    declared: Mutex<HashMap<Key, Declared>>,
    created: Mutex<HashMap<Key, String>>,
    lists: Mutex<HashMap<Key, ManagedList>>,
}

/// Which part of a list an instance of the configuration manages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The whole list: what is not listed is removed.
    Whole,
    /// One element; the others are left alone.
    Element,
}

/// Who manages a list.
#[derive(Clone, Copy, Debug, Default)]
struct ManagedList {
    whole: bool,
    element: bool,
    changes: bool,
}

/// How a name is declared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared {
    /// By how many instances.
    pub count: usize,
    /// Whether one of them wants to be the only one.
    pub is_exclusive: bool,
}

impl Declared {
    /// Whether several instances have the name and one of them wants it for itself.
    pub fn is_conflict(self) -> bool {
        self.count > 1 && self.is_exclusive
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Directory<'_> {
    /// Notes that one instance of the configuration gives its object this name.
    pub fn declare_name(&self, kind: &'static str, name: &str, is_exclusive: bool) {
        let mut declared = locked(&self.state.names.declared);
        let entry = declared.entry((kind, name.to_lowercase())).or_default();
        entry.count += 1;
        entry.is_exclusive |= is_exclusive;
    }

    /// How instances of the configuration declare this name, as far as Terraform has shown them.
    pub fn declared_name(&self, kind: &'static str, name: &str) -> Declared {
        let declared = |names: &Names| locked(&names.declared).get(&(kind, name.to_lowercase())).copied();
        declared(&self.state.names).unwrap_or_default()
    }

    /// Notes that an instance manages a list, or an element of it: `list` is the attribute that lists it all, `id` the object that has it. Answers whether
    /// the list is managed both ways. What is in state both ways already (no one `changes`) is none, so that it can be destroyed.
    pub fn manages_list(&self, list: &'static str, id: &str, part: Part, changes: bool) -> bool {
        let mut lists = locked(&self.state.names.lists);
        let managed = lists.entry((list, id.to_lowercase())).or_default();
        match part {
            Part::Whole => managed.whole = true,
            Part::Element => managed.element = true,
        }
        managed.changes |= changes;
        managed.whole && managed.element && managed.changes
    }

    /// Notes the name of an object that was created in this run: a listing may not show it yet.
    pub fn created_name(&self, kind: &'static str, name: &str, id: &str) {
        locked(&self.state.names.created).insert((kind, name.to_lowercase()), id.to_owned());
    }

    /// The id of the object of this name that was created last in this run.
    pub fn created_of_name(&self, kind: &'static str, name: &str) -> Option<String> {
        locked(&self.state.names.created).get(&(kind, name.to_lowercase())).cloned()
    }
}
