//! The groups that a user or group belongs to, directly or through other groups: read once for each.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::Directory;
use crate::azure::{Error, Request};

impl Directory<'_> {
    /// Object ids, in lower case, of all groups that this object belongs to.
    pub async fn groups_of(&self, id: &str) -> Result<Arc<HashSet<String>>, Error> {
        let request =
            Request::post("/directoryObjects/{id}/getMemberGroups").with("id", id).json(&json!({ "securityEnabledOnly": false })).reads();
        let read = async || {
            let groups: Vec<String> = self.client.list(request).await?;
            Ok(groups.into_iter().map(|id| id.to_lowercase()).collect())
        };
        self.state.groups_of.get(id.to_lowercase(), &self.client.operation_context, read).await
    }

    /// Whether this run made an object a member of a group, or took it out, so lately that a read may not show it yet.
    pub fn recent_membership_write(&self, group: &str, member: &str) -> Option<bool> {
        let (group, member) = (Uuid::parse_str(group).ok()?, Uuid::parse_str(member).ok()?);
        self.state.memberships.of(group).recent_write(member)
    }
}
