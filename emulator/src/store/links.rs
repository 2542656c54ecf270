//! Links of one kind, readable from both ends.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Bound,
};

use super::Key;

/// The links of one relation.
#[derive(Debug, Default)]
pub struct Links {
    forward: HashMap<Key, BTreeSet<Key>>,
    backward: HashMap<Key, BTreeSet<Key>>,
}

impl Links {
    /// Whether the link is there.
    pub fn has(&self, from: &str, to: &str) -> bool {
        self.forward.get(from).is_some_and(|all| all.contains(to))
    }

    /// Where the links of a row lead, in the order of the keys, after `after`.
    pub fn from<'a>(&'a self, from: &str, after: Option<&'a str>) -> impl Iterator<Item = &'a Key> + use<'a> {
        in_order(self.forward.get(from), after)
    }

    /// Where the links to a row start.
    pub fn to<'a>(&'a self, to: &str, after: Option<&'a str>) -> impl Iterator<Item = &'a Key> + use<'a> {
        in_order(self.backward.get(to), after)
    }

    pub(super) fn add(&mut self, from: Key, to: Key) {
        self.forward.entry(from.clone()).or_default().insert(to.clone());
        self.backward.entry(to).or_default().insert(from);
    }

    pub(super) fn remove(&mut self, from: &str, to: &str) {
        remove_one(&mut self.forward, from, to);
        remove_one(&mut self.backward, to, from);
    }
}

fn in_order<'a>(keys: Option<&'a BTreeSet<Key>>, after: Option<&'a str>) -> impl Iterator<Item = &'a Key> + use<'a> {
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    keys.into_iter().flat_map(move |keys| keys.range::<str, _>((start, Bound::Unbounded)))
}

fn remove_one(side: &mut HashMap<Key, BTreeSet<Key>>, one: &str, other: &str) {
    if let Some(keys) = side.get_mut(one) {
        keys.remove(other);
        if keys.is_empty() {
            side.remove(one);
        }
    }
}
