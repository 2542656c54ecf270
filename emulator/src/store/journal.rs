//! What changed, in order: for those who ask what is new since they asked before.

use std::collections::VecDeque;

use uuid::Uuid;

use super::{Change, Key, Row};

/// Changes that are remembered.
const MOST: usize = 100_000;

/// A change that is remembered: which row or link, and not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
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
pub struct Moment {
    /// Which life: a store that was opened again, or made fresh, has another one.
    pub life: Uuid,
    /// How many changes there had been.
    pub number: u64,
}

/// The last changes of a store. They are not kept on the disk: whoever asks after a restart has to begin anew.
#[derive(Debug)]
pub struct Journal {
    life: Uuid,
    /// Number of the first change in `last`.
    first: u64,
    last: VecDeque<Changed>,
}

impl Default for Journal {
    fn default() -> Self {
        Self { life: Uuid::new_v4(), first: 0, last: VecDeque::new() }
    }
}

impl Journal {
    /// Now.
    pub fn now(&self) -> Moment {
        Moment { life: self.life, number: self.first + self.last.len() as u64 }
    }

    /// What changed since a moment, oldest first; `None` if that is not known any more.
    pub fn since(&self, moment: Moment) -> Option<impl Iterator<Item = &Changed>> {
        let known = moment.life == self.life && moment.number >= self.first && moment.number <= self.now().number;
        let skip = usize::try_from(moment.number.saturating_sub(self.first)).ok()?;
        known.then(|| self.last.iter().skip(skip))
    }

    /// Forgets everything: whoever asked before has to begin anew.
    pub fn begin_anew(&mut self) {
        *self = Self::default();
    }

    /// Takes changes down that are about to be made. `before`: a row as it is until then.
    pub(super) fn write<'r>(&mut self, changes: &[Change], before: impl Fn(&str, &str) -> Option<&'r Row>) {
        for change in changes {
            self.last.push_back(match change {
                Change::Put { table, key, row } => {
                    Changed::Row { table, key: key.clone(), names: before(table, key).map(|before| differing(before, row)) }
                }
                Change::Remove { table, key } => Changed::Row { table, key: key.clone(), names: None },
                Change::Link { relation, from, to } | Change::Unlink { relation, from, to } => {
                    Changed::Link { relation, from: from.clone(), to: to.clone() }
                }
            });
        }
        while self.last.len() > MOST {
            self.last.pop_front();
            self.first += 1;
        }
    }
}

/// The properties that are not the same in two rows.
fn differing(before: &Row, after: &Row) -> Vec<String> {
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
        let keys = |moment| -> Option<Vec<String>> {
            let since = journal.since(moment)?;
            Some(
                since
                    .map(|changed| match changed {
                        Changed::Row { key, .. } | Changed::Link { from: key, .. } => key.to_string(),
                    })
                    .collect(),
            )
        };
        assert_eq!(keys(start).unwrap(), ["a", "b", "c"]);
        assert_eq!(keys(middle).unwrap(), ["c"]);
        assert_eq!(keys(Moment { number: 9, ..start }), None, "not yet");
        let many: Vec<Change> = (0..MOST).map(|_| removal("x")).collect();
        journal.write(&many, |_, _| None);
        assert!(journal.since(middle).is_none(), "forgotten");
        let before = journal.now();
        journal.begin_anew();
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
        let told: Vec<_> = journal.since(start).unwrap().cloned().collect();
        let names = |index: usize| match &told[index] {
            Changed::Row { names, .. } => names.clone(),
            Changed::Link { .. } => None,
        };
        assert_eq!(names(0).unwrap(), ["b", "gone", "new"]);
        assert_eq!(names(1), None);
    }
}
