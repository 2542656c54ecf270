//! Recent states of the store, as replicas that lag behind still see it.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::{Change, Key, Row, Store};
use crate::random;

/// Number of replicas that answer reads.
const REPLICAS: u64 = 3;
/// The longest that any replica lags behind.
const MAX_LAG: SignedDuration = SignedDuration::from_secs(6);

/// How long a replica may lag with what is in a table or relation. The service promises nothing, and reports range
/// from milliseconds to half a minute (docs/services/graph.md#replication); these are short enough for tests and long enough
/// to break a client that believes every read. Unverified: that links lag longer than objects.
fn longest(name: &str) -> SignedDuration {
    match name {
        "members" | "owners" | "administrativeUnitMembers" => MAX_LAG,
        // About five seconds, as measured after a PATCH.
        "conditionalAccessPolicies" | "namedLocations" => MAX_LAG,
        // Azure Resource Manager reads what it wrote (docs/services/graph.md#replication).
        name if name.starts_with("role") => SignedDuration::ZERO,
        "subscriptions" | "resourceGroups" | "managementGroups" | "managedClusters" | "clusterOperations" => SignedDuration::ZERO,
        _ => SignedDuration::from_secs(4),
    }
}

/// The last few seconds.
#[derive(Debug)]
pub struct History {
    seed: u64,
    /// Oldest first.
    past: VecDeque<PastChange>,
    number: u64,
}

/// One change, and what was there before it.
#[derive(Debug)]
struct PastChange {
    at: Timestamp,
    number: u64,
    before: PreviousValue,
}

#[derive(Debug)]
enum PreviousValue {
    Row { table: &'static str, key: Key, row: Option<Row> },
    Link { relation: &'static str, from: Key, to: Key, there: bool },
}

/// Changes that one replica has not received yet, with the previous values.
#[derive(Debug, Default)]
pub struct UnreplicatedChanges {
    /// By table and key.
    pub rows: HashMap<&'static str, HashMap<Key, Option<Row>>>,
    /// By relation: from, to, and whether the link was there.
    pub links: HashMap<&'static str, Vec<(Key, Key, bool)>>,
}

impl History {
    /// No past yet. The seed decides how long each replica lags with each change.
    pub fn new(seed: u64) -> Self {
        Self { seed, past: VecDeque::new(), number: 0 }
    }

    /// Forgets the past: what there was is nowhere to be seen any more.
    pub fn clear(&mut self) {
        self.past.clear();
    }

    /// Remembers what a change is about to overwrite.
    pub fn remember(&mut self, store: &Store, change: &Change, at: Timestamp) {
        while self.past.front().is_some_and(|past| at.duration_since(past.at) > MAX_LAG) {
            self.past.pop_front();
        }
        let before = match change {
            Change::Put { table, key, .. } | Change::Remove { table, key } => {
                PreviousValue::Row { table, key: key.clone(), row: store.latest().get(table, key) }
            }
            Change::Link { relation, from, to } | Change::Unlink { relation, from, to } => {
                PreviousValue::Link { relation, from: from.clone(), to: to.clone(), there: store.latest().linked(relation, from, to) }
            }
        };
        self.number += 1;
        self.past.push_back(PastChange { at, number: self.number, before });
    }

    /// Changes that the replica which answers the `request`-th request has not received yet. An application's requests hop from
    /// one replica to another.
    pub fn unreplicated(&self, request: u64, now: Timestamp) -> UnreplicatedChanges {
        let replica = random::within(self.seed, 0xCAFE, request, 0..=REPLICAS - 1);
        let mut out = UnreplicatedChanges::default();
        for past in &self.past {
            let name = match &past.before {
                PreviousValue::Row { table, .. } => table,
                PreviousValue::Link { relation, .. } => relation,
            };
            if now.duration_since(past.at) >= self.lag(replica, past.number, longest(name)) {
                continue;
            }
            // The oldest change that is unseen hides all that came after it.
            match &past.before {
                PreviousValue::Row { table, key, row } => {
                    out.rows.entry(table).or_default().entry(key.clone()).or_insert_with(|| row.clone());
                }
                PreviousValue::Link { relation, from, to, there } => {
                    let links = out.links.entry(relation).or_default();
                    if !links.iter().any(|(one, two, _)| one == from && two == to) {
                        links.push((from.clone(), to.clone(), *there));
                    }
                }
            }
        }
        out
    }

    /// Half of the time a replica is up to date; otherwise it lags for anything up to the longest.
    fn lag(&self, replica: u64, number: u64, longest: SignedDuration) -> SignedDuration {
        let fraction = 2.0 * random::fraction(self.seed, replica, number) - 1.0;
        SignedDuration::try_from_secs_f64(longest.as_secs_f64() * fraction.max(0.0)).unwrap_or_default()
    }
}
