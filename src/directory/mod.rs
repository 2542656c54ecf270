//! What this process knows of the directory, shared by every resource: Terraform asks for one object at a time, ten at once; the service can list
//! and can be written to in bulk.
//!
//! Nothing is kept from one process to the next, and nothing is believed against a write that this process made.

mod api;
mod declared;
mod gather;
mod groups_of;
mod identities;
mod listed;
mod memberships;
mod objects;
pub mod organization;
pub mod pim;
mod privileged;
pub mod recent;
pub mod removal;
pub mod restore;
#[cfg(test)]
mod tests;
mod writes;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Deserializer};
use uuid::Uuid;

pub use identities::{Identified, Identity};
pub use listed::Whole;
pub use objects::{Object, Objects, Reading, Source};
pub use privileged::Privileged;
pub use writes::Came;

use gather::Gatherer;
use identities::Identities;
use listed::Listed;
use memberships::Memberships;
use writes::Writes;

/// The shared part of reading and writing the directory.
#[derive(Debug)]
pub struct Directory {
    objects: Mutex<HashMap<Reading, Arc<Objects>>>,
    listed: Mutex<HashMap<Whole, Arc<Listed>>>,
    identities: Identities,
    organization: organization::Known,
    pim: pim::Pim,
    memberships: Arc<Memberships>,
    writes: Arc<Gatherer<Writes>>,
    /// Objects that are in state, or were until this process deleted them.
    managed: Mutex<HashSet<String>>,
    /// What those of them are that can be given roles, in the words of Azure Resource Manager.
    principals: Mutex<HashMap<String, &'static str>>,
    /// Users and groups that no conditional access policy may catch.
    emergency_access: Vec<String>,
    groups_of: groups_of::Known,
    names: declared::Names,
}

impl Default for Directory {
    fn default() -> Self {
        let memberships = Arc::<Memberships>::default();
        let writes = Gatherer::new(Writes { memberships: memberships.clone() });
        Self {
            objects: Mutex::default(),
            listed: Mutex::default(),
            identities: Identities::default(),
            organization: organization::Known::default(),
            pim: pim::Pim::default(),
            memberships,
            writes,
            managed: Mutex::default(),
            principals: Mutex::default(),
            emergency_access: Vec::new(),
            groups_of: groups_of::Known::default(),
            names: declared::Names::default(),
        }
    }
}

impl Directory {
    /// Nothing is known yet but whom no conditional access policy may catch, by object ids.
    pub fn protecting(emergency_access: Vec<String>) -> Self {
        Self { emergency_access, ..Self::default() }
    }

    /// The objects that are read in this way.
    pub fn objects(&self, reading: Reading) -> Arc<Objects> {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.entry(reading).or_insert_with(|| Arc::new(Objects::new(reading))).clone()
    }

    /// The objects of a collection that is read whole.
    fn listed(&self, whole: Whole) -> Arc<Listed> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.entry(whole).or_insert_with(|| Arc::new(Listed::new(whole))).clone()
    }

    /// This configuration manages the object of that id. Answers whether that is news.
    pub fn manages(&self, id: &str) -> bool {
        self.managed.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_lowercase())
    }

    /// As [`Directory::manages`], for something that can be given roles: `User`, `Group`.
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

/// Reads an object id.
fn object_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    let text = String::deserialize(deserializer)?;
    Uuid::parse_str(&text).map_err(serde::de::Error::custom)
}
