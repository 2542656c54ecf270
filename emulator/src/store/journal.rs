//! The log of changes in order, for delta queries.

use std::collections::VecDeque;

use uuid::Uuid;

use super::{Change, Key, Row};

/// Changes that are remembered.
const MAX_CHANGES: usize = 100_000;

/// A change that is remembered: which row or link, and not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedKey {
    /// A row was put or taken away.
    Row {
        /// Table.
        table: &'static str,
        /// Key of the row.
        key: Key,
        /// The properties that changed; `None`: all of them, because the row is new or gone.
        names: Option<Vec<String>>,
    },
    /// A link was made or taken away.
    Link {
        /// Kind of link.
        relation: &'static str,
        /// Where it starts.
        from: Key,
        /// Where it leads.
        to: Key,
    },
}

/// A moment in the life of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// Which life: a store that was opened again, or made fresh, has another one.
    pub life: Uuid,
    /// How many changes there had been.
    pub number: u64,
}

/// The last changes of a store. They are not kept on the disk: a client that asks after a restart must start again.
#[derive(Debug)]
pub struct Journal {
    life: Uuid,
    /// Number of the first change in `last`.
    first: u64,
    last: VecDeque<ChangedKey>,
}

impl Default for Journal {
    fn default() -> Self {
        Self { life: Uuid::new_v4(), first: 0, last: VecDeque::new() }
    }
}

impl Journal {
    /// Now.
    pub fn now(&self) -> Revision {
        Revision { life: self.life, number: self.first + self.last.len() as u64 }
    }

    /// Changes since a moment, oldest first; `None` if they are no longer kept.
    pub fn since(&self, revision: Revision) -> Option<impl Iterator<Item = &ChangedKey>> {
        let known = revision.life == self.life && revision.number >= self.first && revision.number <= self.now().number;
        let skip = usize::try_from(revision.number.saturating_sub(self.first)).ok()?;
        known.then(|| self.last.iter().skip(skip))
    }

    /// Forgets everything: a client that asked before must start again.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// Takes changes down that are about to be made. `before`: a row as it is until then.
    pub(super) fn write<'r>(&mut self, changes: &[Change], before: impl Fn(&str, &str) -> Option<&'r Row>) {
        for change in changes {
            self.last.push_back(match change {
                Change::Put { table, key, row } => {
                    ChangedKey::Row { table, key: key.clone(), names: before(table, key).map(|before| changed_properties(before, row)) }
                }
                Change::Remove { table, key } => ChangedKey::Row { table, key: key.clone(), names: None },
                Change::Link { relation, from, to } | Change::Unlink { relation, from, to } => {
                    ChangedKey::Link { relation, from: from.clone(), to: to.clone() }
                }
            });
        }
        while self.last.len() > MAX_CHANGES {
            self.last.pop_front();
            self.first += 1;
        }
    }
}

/// The properties that are not the same in two rows.
fn changed_properties(before: &Row, after: &Row) -> Vec<String> {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use super::*;

    fn removal(key: &str) -> Change {
        Change::Remove { table: "groups", key: key.into() }
    }

    #[test]
    fn what_is_new_since_a_moment_is_told_as_long_as_it_is_known() {
        let mut journal = Journal::default();
        let start = journal.now();
        journal.write(&[removal("a"), removal("b")], |_, _| None);
        let middle = journal.now();
        journal.write(&[removal("c")], |_, _| None);
        let keys = |revision| -> Option<Vec<String>> {
            let since = journal.since(revision)?;
            Some(
                since
                    .map(|changed| match changed {
                        ChangedKey::Row { key, .. } | ChangedKey::Link { from: key, .. } => key.to_string(),
                    })
                    .collect(),
            )
        };
        assert_eq!(keys(start).unwrap(), ["a", "b", "c"]);
        assert_eq!(keys(middle).unwrap(), ["c"]);
        assert_eq!(keys(Revision { number: 9, ..start }), None, "not yet");
        let many: Vec<Change> = (0..MAX_CHANGES).map(|_| removal("x")).collect();
        journal.write(&many, |_, _| None);
        assert!(journal.since(middle).is_none(), "forgotten");
        let before = journal.now();
        journal.restart();
        assert!(journal.since(before).is_none());
    }

    #[test]
    fn a_changed_row_is_told_by_the_properties_that_changed() {
        let row = |value: serde_json::Value| -> Row { value.as_object().unwrap().clone().into() };
        let before = row(serde_json::json!({"a": 1, "b": 2, "gone": 3}));
        let mut journal = Journal::default();
        let start = journal.now();
        let put = |key: &str| Change::Put { table: "groups", key: key.into(), row: row(serde_json::json!({"a": 1, "b": 5, "new": 4})) };
        journal.write(&[put("known"), put("new")], |_, key| (key == "known").then_some(&before));
        let listed: Vec<_> = journal.since(start).unwrap().cloned().collect();
        let names = |index: usize| match &listed[index] {
            ChangedKey::Row { names, .. } => names.clone(),
            ChangedKey::Link { .. } => None,
        };
        assert_eq!(names(0).unwrap(), ["b", "gone", "new"]);
        assert_eq!(names(1), None);
    }
}
