//! What this process knows of the directory, shared by every resource: Terraform asks for one object at a time, ten at once; the service can list
//! and can be written to in bulk.
//!
//! Nothing is kept from one process to the next, and nothing is believed against a write that this process made.

mod api;
mod declared;
mod gather;
mod groups_of;
mod identities;
mod memberships;
pub mod organization;
mod privileged;
mod removed_members;
#[cfg(test)]
mod tests;
mod writes;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::azure::{self, Error};
use crate::client::Client;
use crate::client::objects::{Objects, Reading};

pub use declared::Part;
pub use identities::{Identified, Identity};
pub use memberships::MembersOf;
pub use privileged::Privileged;

use gather::Gatherer;
use identities::Identities;
use memberships::Memberships;
use writes::Writes;

/// The shared part of reading and writing the directory.
#[derive(Debug)]
pub struct State {
    objects: Mutex<HashMap<Reading, Arc<Objects>>>,
    identities: Identities,
    organization: organization::Known,
    memberships: Arc<Memberships>,
    writes: Arc<Gatherer<Writes>>,
    /// Objects that are in state, or were until this process deleted them.
    managed: Mutex<HashSet<String>>,
    /// What those of them are that can be given roles, in the words of Azure Resource Manager.
    principals: Mutex<HashMap<String, &'static str>>,
    groups_of: groups_of::Known,
    names: declared::Names,
}

impl Default for State {
    fn default() -> Self {
        let memberships = Arc::<Memberships>::default();
        let writes = Gatherer::new(Writes { memberships: memberships.clone() });
        Self {
            objects: Mutex::default(),
            identities: Identities::default(),
            organization: organization::Known::default(),
            memberships,
            writes,
            managed: Mutex::default(),
            principals: Mutex::default(),
            groups_of: groups_of::Known::default(),
            names: declared::Names::default(),
        }
    }
}

impl State {
    /// The objects that are read in this way.
    pub fn objects(&self, reading: Reading) -> Arc<Objects> {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.entry(reading).or_insert_with(|| Arc::new(Objects::new(reading))).clone()
    }

    /// This configuration manages the object of that id. Answers whether that is news.
    pub fn manages(&self, id: &str) -> bool {
        self.managed.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_lowercase())
    }

    /// As [`State::manages`], for something that can be given roles: `User`, `Group`.
    pub fn manages_principal(&self, id: &str, kind: &'static str) -> bool {
        self.principals.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_lowercase(), kind);
        self.manages(id)
    }

    /// What an object is that this configuration manages and that can be given roles.
    pub fn managed_principal(&self, id: &str) -> Option<&'static str> {
        self.principals.lock().unwrap_or_else(PoisonError::into_inner).get(&id.to_lowercase()).copied()
    }

    /// Whether this configuration is known to manage the object of that id.
    pub fn is_managed(&self, id: &str) -> bool {
        self.managed.lock().unwrap_or_else(PoisonError::into_inner).contains(&id.to_lowercase())
    }

    /// This configuration manages the object of that id no more: it is gone.
    pub fn released(&self, id: &str) {
        self.managed.lock().unwrap_or_else(PoisonError::into_inner).remove(&id.to_lowercase());
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
    client: &'a Client,
    state: &'a State,
}

impl<'a> Directory<'a> {
    /// For one operation, with what this process knows.
    pub(crate) fn new(client: &'a Client, state: &'a State) -> Self {
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
