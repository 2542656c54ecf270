//! What this process knows of conditional access: policies, named locations, authentication contexts and strengths, each listed once for all who ask.
//!
//! Nothing is kept from one process to the next, and nothing is believed against a write that this process made.

mod api;
mod collection_cache;
pub(crate) mod conditions;
pub(crate) mod controls;
pub(crate) mod graph_format;
pub(crate) mod ids;
pub(crate) mod policy;
pub(crate) mod session;
pub(crate) mod values;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::azure::{self, Error};
use crate::client::OperationClient;

pub use collection_cache::Collection;

use collection_cache::CollectionCache;

/// Where policies are.
pub(crate) const POLICIES: Collection =
    Collection { one: "/identity/conditionalAccess/policies/{id}", all: "/identity/conditionalAccess/policies" };

/// Where named locations are.
pub(crate) const LOCATIONS: Collection =
    Collection { one: "/identity/conditionalAccess/namedLocations/{id}", all: "/identity/conditionalAccess/namedLocations" };

/// Where authentication strengths are.
pub(crate) const STRENGTHS: Collection =
    Collection { one: "/policies/authenticationStrengthPolicies/{id}", all: "/policies/authenticationStrengthPolicies" };

/// Where authentication contexts are.
pub(crate) const CONTEXTS: Collection = Collection {
    one: "/identity/conditionalAccess/authenticationContextClassReferences/{id}",
    all: "/identity/conditionalAccess/authenticationContextClassReferences",
};

/// The shared part of reading conditional access.
#[derive(Debug, Default)]
pub struct State {
    listed: Mutex<HashMap<Collection, Arc<CollectionCache>>>,
    /// Users and groups that no conditional access policy may catch.
    emergency_access: Vec<String>,
    /// Ids, in lower case, of objects that are in this configuration's state.
    noted: Mutex<HashSet<String>>,
}

impl State {
    /// Nothing is known yet but whom no conditional access policy may catch, by object ids.
    pub fn protecting(emergency_access: Vec<String>) -> Self {
        Self { emergency_access, ..Self::default() }
    }

    /// The objects of a collection that is read whole.
    fn listed(&self, whole: Collection) -> Arc<CollectionCache> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.entry(whole).or_insert_with(|| Arc::new(CollectionCache::new(whole))).clone()
    }
}

/// Conditional access, for one operation.
#[derive(Clone, Copy, Debug)]
pub struct ConditionalAccess<'a> {
    client: &'a OperationClient,
    state: &'a State,
}

impl<'a> ConditionalAccess<'a> {
    /// For one operation, with what this process knows.
    pub(crate) fn new(client: &'a OperationClient, state: &'a State) -> Self {
        Self { client, state }
    }

    /// The client of all operations, and what this process knows.
    fn shared(self) -> Result<(&'a Arc<azure::Client>, &'a State), Error> {
        Ok((self.client.azure()?, self.state))
    }
}
