//! What this process knows of Privileged Identity Management (PIM): schedules, instances and policies of groups and of Azure scopes.
//!
//! The IDs of schedules and policies change at every write (docs/services/pim.md#objects-and-life-cycle and docs/services/pim.md#policies-of-groups),
//! also at those of other callers. So objects are identified by their keys, and looked up again for every write; writes of this process to the policies of one group
//! wait for each other.

mod api;
pub mod decision;
pub mod grant_key;
mod grants;
mod policies;
mod policy_key;
mod row;
pub mod rules;
pub mod settings;
mod status;
pub mod terms;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::RwLock;
use uuid::Uuid;

use crate::azure::{self, Error};
use crate::client::OperationClient;

pub use policies::Policy;
pub use policy_key::PolicyKey;
pub use row::Row;
pub(crate) use settings::Settings;
pub use status::RequestState;

use grants::ScheduleCache;
use policies::Policies;

/// What is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GrantKind {
    /// The right to activate.
    Eligibility,
    /// Access itself.
    Assignment,
}

impl GrantKind {
    /// In words, as at the beginning of a grant's description.
    pub fn noun(self) -> &'static str {
        match self {
            GrantKind::Eligibility => "the eligibility",
            GrantKind::Assignment => "the active assignment",
        }
    }
}

/// Where grants and policies belong.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GrantScope {
    /// A group of Microsoft Entra ID, through Microsoft Graph.
    Group(Uuid),
    /// A scope of Azure Resource Manager.
    Scope(String),
}

impl GrantScope {
    /// A scope; the case of its letters means nothing.
    pub fn scope(scope: &str) -> Self {
        GrantScope::Scope(format!("/{}", scope.trim_matches('/')))
    }

    /// The key of the scope in caches.
    fn key(&self) -> String {
        match self {
            GrantScope::Group(id) => id.to_string(),
            GrantScope::Scope(scope) => scope.to_lowercase(),
        }
    }
}

impl fmt::Display for GrantScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrantScope::Group(id) => write!(f, "the group {id}"),
            GrantScope::Scope(scope) => write!(f, "the scope {scope}"),
        }
    }
}

/// The ways of belonging to a group, as the service calls them.
pub const ACCESS: &[&str] = &["member", "owner"];

/// Which of the two layers is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// The rules: also what begins later.
    Schedules,
    /// What is in force.
    Instances,
}

/// What is known, and who may write.
#[derive(Debug, Default)]
pub struct State {
    schedule_caches: Mutex<HashMap<(GrantKind, Layer, String), Arc<ScheduleCache>>>,
    policies: Mutex<HashMap<String, Arc<Policies>>>,
    /// Requests about grants read-lock an area; changes of its policies, which they disturb and are disturbed by, write-lock it.
    policy_locks: Mutex<HashMap<String, Arc<RwLock<()>>>>,
    /// Grants that this process removed, and when.
    removed: Mutex<HashMap<String, Timestamp>>,
}

impl State {
    fn schedule_cache(&self, kind: GrantKind, layer: Layer, area: &GrantScope) -> Arc<ScheduleCache> {
        let mut schedule_caches = self.schedule_caches.lock().unwrap_or_else(PoisonError::into_inner);
        schedule_caches.entry((kind, layer, area.key())).or_insert_with(|| Arc::new(ScheduleCache::new(kind, layer, area.clone()))).clone()
    }

    fn policies(&self, area: &GrantScope) -> Arc<Policies> {
        let mut policies = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        policies.entry(area.key()).or_insert_with(|| Arc::new(Policies::new(area.clone()))).clone()
    }

    fn policy_lock(&self, area: &GrantScope) -> Arc<RwLock<()>> {
        let mut policy_locks = self.policy_locks.lock().unwrap_or_else(PoisonError::into_inner);
        policy_locks.entry(area.key()).or_default().clone()
    }

    /// This process wrote there: nothing that was read before is believed any more.
    fn written(&self, area: &GrantScope) {
        let key = area.key();
        self.schedule_caches.lock().unwrap_or_else(PoisonError::into_inner).retain(|(_, _, of), _| *of != key);
        self.policies.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

/// Privileged Identity Management, for one operation.
#[derive(Clone, Copy, Debug)]
pub struct Pim<'a> {
    client: &'a OperationClient,
    state: &'a State,
}

impl<'a> Pim<'a> {
    /// For one operation, with what this process knows.
    pub(crate) fn new(client: &'a OperationClient, state: &'a State) -> Self {
        Self { client, state }
    }

    /// The client of all operations, and what this process knows.
    fn shared(self) -> Result<(&'a Arc<azure::Client>, &'a State), Error> {
        Ok((self.client.azure()?, self.state))
    }
}
