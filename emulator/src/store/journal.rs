//! What changed, in order: for those who ask what is new since they asked before.

use std::collections::VecDeque;

use uuid::Uuid;

use super::{Change, Key};

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

    pub(super) fn write(&mut self, changes: &[Change]) {
        for change in changes {
            self.last.push_back(match change {
                Change::Put { table, key, .. } | Change::Remove { table, key } => Changed::Row { table, key: key.clone() },
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
        journal.write(&[removal("a"), removal("b")]);
        let middle = journal.now();
        journal.write(&[removal("c")]);
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
        journal.write(&many);
        assert!(journal.since(middle).is_none(), "forgotten");
        let before = journal.now();
        journal.begin_anew();
        assert!(journal.since(before).is_none());
    }
}
