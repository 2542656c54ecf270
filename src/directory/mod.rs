//! Shared reads and batched writes of the directory: Terraform asks for one object at a time, ten in parallel; the service can list and be written to in
//! bulk.
//!
//! Caches live as long as the process, and writes of this process take precedence over answers of replicas that lag.

mod api;
mod batcher;
mod declared;
mod groups_of;
mod identities;
mod membership_writer;
mod memberships;
pub mod organization;
mod principals;
mod privileged;
mod related;
mod removed_members;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::azure::{self, Error};
use crate::client::OperationClient;
use crate::client::cached::Cached;
use crate::client::read_through_cache::{Projection, ReadThroughCache};

pub use declared::Part;
pub use identities::{Identified, Identity};
pub use memberships::MembersOf;
pub use privileged::Privileged;
pub use related::{GroupRelation, RelatedObject, SERVICE_PRINCIPAL, Select};

use batcher::Batcher;
use identities::Identities;
use membership_writer::MembershipWriter;
use memberships::Memberships;

/// The shared part of reading and writing the directory.
#[derive(Debug)]
pub struct State {
    objects: Mutex<HashMap<Projection, Arc<ReadThroughCache>>>,
    identities: Identities,
    organization: organization::OrganizationCache,
    memberships: Arc<Memberships>,
    membership_writes: Arc<Batcher<MembershipWriter>>,
    /// Principal types, as Azure Resource Manager names them, of objects of this configuration.
    principals: Mutex<HashMap<String, &'static str>>,
    /// By object id in lower case.
    groups_of: Cached<HashSet<String>>,
    principal_cache: principals::PrincipalCache,
    /// What was created lately, by collection.
    created: Cached<Vec<Box<RawValue>>>,
    names: declared::Names,
}

impl Default for State {
    fn default() -> Self {
        let memberships = Arc::<Memberships>::default();
        let membership_writes = Batcher::new(MembershipWriter { memberships: memberships.clone() });
        Self {
            objects: Mutex::default(),
            identities: Identities::default(),
            organization: organization::OrganizationCache::default(),
            memberships,
            membership_writes,
            principals: Mutex::default(),
            groups_of: Cached::default(),
            principal_cache: principals::PrincipalCache::default(),
            created: Cached::default(),
            names: declared::Names::default(),
        }
    }
}

impl State {
    /// The objects that are read in this way.
    pub fn objects(&self, reading: Projection) -> Arc<ReadThroughCache> {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.entry(reading).or_insert_with(|| Arc::new(ReadThroughCache::new(reading))).clone()
    }

    /// Notes an object of this configuration that can be given roles: `User`, `Group`.
    pub fn note_principal(&self, id: &str, kind: &'static str) {
        self.principals.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_lowercase(), kind);
    }

    /// What an object of this configuration is that can be given roles.
    pub fn noted_principal(&self, id: &str) -> Option<&'static str> {
        self.principals.lock().unwrap_or_else(PoisonError::into_inner).get(&id.to_lowercase()).copied()
    }

    /// The object of that id if it is one of this configuration: its kind, and nothing else.
    fn noted_identity(&self, id: Uuid) -> Option<Arc<Identity>> {
        self.noted_principal(&id.to_string()).map(|kind| Arc::new(Identity::of_kind(kind)))
    }

    /// This process wrote the object of that id: nothing that was listed is believed about it any more.
    pub fn written(&self, id: &str) {
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.values().for_each(|objects| objects.written(id));
    }
}

/// The directory of Microsoft Entra ID, for one operation.
#[derive(Clone, Copy, Debug)]
pub struct Directory<'a> {
    client: &'a OperationClient,
    state: &'a State,
}

impl<'a> Directory<'a> {
    /// For one operation, with what this process knows.
    pub(crate) fn new(client: &'a OperationClient, state: &'a State) -> Self {
        Self { client, state }
    }

    /// The client of all operations, and what this process knows.
    fn shared(self) -> Result<(&'a Arc<azure::Client>, &'a State), Error> {
        Ok((self.client.azure()?, self.state))
    }
}

/// Reads an object id.
fn object_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    let text = String::deserialize(deserializer)?;
    Uuid::parse_str(&text).map_err(serde::de::Error::custom)
}
