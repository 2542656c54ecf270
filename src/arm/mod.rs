//! What this process knows of Azure Resource Manager (ARM), shared by every resource: role assignments at a scope are listed once it pays, roles and
//! clusters are read once.
//!
//! Nothing is kept from one process to the next, and nothing is believed against a write that this process made.

mod api;
mod assignments;
mod clusters;
mod definitions;
pub mod roles;
mod scope;
mod writing;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::azure::{self, Error};
use crate::client::OperationClient;
use crate::client::cached::Cached;
use crate::client::read_through_cache::ReadThroughCache;

pub use api::{NoRole, Role};
pub use assignments::{Assignment, AssignmentId, Properties, name_of};
pub(crate) use clusters::all as clusters_in;
pub use clusters::{AadProfile, AgentPool, Cluster};
pub use definitions::{Definition, Permission};
pub use scope::{Level, Scope};

/// The version of the role assignments and role definitions API.
pub const AUTHORIZATION: &str = "2022-04-01";

/// The version of the managed clusters API: the newest that the contract describes, so that a cluster that is written back keeps what it has.
pub const CLUSTERS: &str = "2026-04-01";

/// The shared part of reading Azure Resource Manager.
#[derive(Debug, Default)]
pub struct State {
    /// Role assignments by the scope that they were made at.
    assignments: Mutex<HashMap<String, Arc<ReadThroughCache>>>,
    definitions: Cached<Vec<Definition>>,
    clusters: Cached<Cluster>,
    /// Clusters by the resource group or subscription that they are in.
    clusters_in: Cached<Vec<Arc<Cluster>>>,
}

impl State {
    /// The role assignments that were made at a scope.
    fn assignments(&self, scope: &Scope) -> Arc<ReadThroughCache> {
        let mut assignments = self.assignments.lock().unwrap_or_else(PoisonError::into_inner);
        assignments.entry(scope.key()).or_insert_with(|| Arc::new(ReadThroughCache::new(assignments::source(scope)))).clone()
    }
}

/// Azure Resource Manager, for one operation.
#[derive(Clone, Copy, Debug)]
pub struct Arm<'a> {
    client: &'a OperationClient,
    state: &'a State,
}

impl<'a> Arm<'a> {
    /// For one operation, with what this process knows.
    pub(crate) fn new(client: &'a OperationClient, state: &'a State) -> Self {
        Self { client, state }
    }

    /// The client of all operations, and what this process knows.
    fn shared(self) -> Result<(&'a Arc<azure::Client>, &'a State), Error> {
        Ok((self.client.azure()?, self.state))
    }
}
