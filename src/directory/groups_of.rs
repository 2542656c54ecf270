//! The groups that a user or group belongs to, directly or through other groups: asked once for each.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use uuid::Uuid;

use super::Directory;
use crate::azure::{Error, Request};

/// By object id in lower case.
#[derive(Debug, Default)]
pub(super) struct GroupsOfCache(Mutex<HashMap<String, Arc<HashSet<String>>>>);

impl Directory<'_> {
    /// Object ids, in lower case, of all groups that this object belongs to.
    pub async fn groups_of(&self, id: &str) -> Result<Arc<HashSet<String>>, Error> {
        let key = id.to_lowercase();
        let known = &self.state.groups_of.0;
        if let Some(groups) = known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(groups.clone());
        }
        let request =
            Request::post("/directoryObjects/{id}/getMemberGroups").with("id", id).json(&json!({ "securityEnabledOnly": false })).reads();
        let groups: Vec<String> = self.client.list(request).await?;
        let groups: Arc<HashSet<String>> = Arc::new(groups.into_iter().map(|id| id.to_lowercase()).collect());
        known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, groups.clone());
        Ok(groups)
    }

    /// Whether this run made an object a member of a group, or took it out, so lately that a read may not show it yet.
    pub fn recent_membership_write(&self, group: &str, member: &str) -> Option<bool> {
        let (group, member) = (Uuid::parse_str(group).ok()?, Uuid::parse_str(member).ok()?);
        self.state.memberships.of(group).recent_write(member)
    }
}
