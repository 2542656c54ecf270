//! What resources ask of the directory, shared with all others of the process.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::identities::Likely;
use super::membership_writer::{MembershipChange, MembershipOperation};
use super::related::advanced;
use super::{Directory, Identified, Identity, MembersOf, Privileged};
use crate::azure::{Api, Error, Request};
use crate::client::read_through_cache::Projection;
use crate::client::removal::Outcome;

impl Directory<'_> {
    /// An object, read together with what others want to know.
    pub async fn object<T: DeserializeOwned>(&self, reading: Projection, id: &str) -> Result<T, Error> {
        let (client, directory) = self.shared()?;
        directory.objects(reading).get(client, id, &self.client.operation_context).await?.parse()
    }

    /// Whether that object is a member of the group or administrative unit. One that was made a member a moment ago (`stale_until`, by the service's clock) may not be
    /// seen yet: then it is looked for again.
    pub async fn is_member(&self, of: impl Into<MembersOf>, member: Uuid, stale_until: Option<Timestamp>) -> Result<bool, Error> {
        let (client, directory) = self.shared()?;
        let group = directory.memberships.of(of);
        let gone = |error: Error| if error.is_not_found() { Ok(false) } else { Err(error) };
        if group.has(client, member, &self.client.operation_context).await.or_else(gone)? {
            return Ok(true);
        }
        let look = async || group.look(client, member, &self.client.operation_context).await.or_else(gone);
        if !self.client.may_be_stale(stale_until)? {
            return Ok(false);
        }
        client.until(Api::Graph, stale_until, &self.client.operation_context, look, |seen| !matches!(seen, Ok(false))).await
    }

    /// Every member of the group. Of one that was made a moment ago (`stale_until`, by the service's clock) not being found is not believed at once.
    pub async fn members(&self, group: Uuid, stale_until: Option<Timestamp>) -> Result<HashSet<Uuid>, Error> {
        let (client, directory) = self.shared()?;
        let group = directory.memberships.of(group);
        client
            .retry_until_found(Api::Graph, stale_until, &self.client.operation_context, || {
                group.all(client, &self.client.operation_context)
            })
            .await
    }

    /// Every member of the group, read now, whatever was read and written before.
    pub async fn list_members(&self, group: Uuid, stale_until: Option<Timestamp>) -> Result<HashSet<Uuid>, Error> {
        let (client, directory) = self.shared()?;
        let group = directory.memberships.of(group);
        client
            .retry_until_found(Api::Graph, stale_until, &self.client.operation_context, || {
                group.list_all(client, &self.client.operation_context)
            })
            .await
    }

    /// Which of these are members of the group, looked for one by one.
    pub async fn find_members(&self, group: Uuid, members: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
        let (client, directory) = self.shared()?;
        directory.memberships.of(group).look_for(client, members, &self.client.operation_context).await
    }

    /// Whether that object is a member, read now, whatever was read and written before; of what does not exist nothing is one.
    pub async fn is_member_now(&self, of: impl Into<MembersOf>, member: Uuid) -> Result<bool, Error> {
        let (client, directory) = self.shared()?;
        let look = directory.memberships.of(of).look(client, member, &self.client.operation_context).await;
        look.or_else(|error| if error.is_not_found() { Ok(false) } else { Err(error) })
    }

    /// Adds members to the group. Returns the outcome of each, in their order. Waits for new objects that replicas may not show yet.
    pub async fn add_members(&self, group: Uuid, members: &[Uuid]) -> Vec<Result<Outcome, Error>> {
        self.write_members(group, MembershipOperation::Add, members, None).await
    }

    /// Removes members from the group. Returns the outcome of each, in their order. Until `stale_until`, by the clock of the service, replicas may not
    /// show their memberships: see [`confirm`](crate::client::removal::confirm).
    pub async fn remove_members(&self, group: Uuid, members: &[Uuid], stale_until: Option<Timestamp>) -> Vec<Result<Outcome, Error>> {
        self.write_members(group, MembershipOperation::Remove, members, stale_until).await
    }

    async fn write_members(
        &self,
        group: Uuid,
        operation: MembershipOperation,
        members: &[Uuid],
        stale_until: Option<Timestamp>,
    ) -> Vec<Result<Outcome, Error>> {
        if members.is_empty() {
            return Vec::new();
        }
        let written = async {
            let (client, directory) = self.shared()?;
            directory
                .membership_writes
                .submit(
                    client,
                    MembershipChange { group, operation, members: members.to_vec(), stale_until },
                    &self.client.operation_context,
                )
                .await
        };
        written.await.unwrap_or_else(|error| members.iter().map(|_| Err(error.clone())).collect())
    }

    /// What the objects with these IDs are. Batched with other callers, and cached. An object that is in this configuration's state exists, though a replica
    /// may not show it yet: it is then known by its kind alone.
    pub async fn identities(&self, ids: &HashSet<Uuid>) -> Result<Identified, Error> {
        let (client, directory) = self.shared()?;
        let mut found = directory.identities.of(client, ids, Likely::Anything, &self.client.operation_context).await?;
        for (id, identity) in found.iter_mut().filter(|(_, identity)| identity.is_none()) {
            *identity = directory.noted_identity(*id);
        }
        Ok(found)
    }

    /// What the principal of a role is; none if there is no such object. As [`Directory::identities`], optimized for groups.
    pub async fn principal(&self, id: Uuid) -> Result<Option<Arc<Identity>>, Error> {
        let (client, directory) = self.shared()?;
        let found = directory.identities.of(client, &[id].into(), Likely::Groups, &self.client.operation_context).await?.remove(&id);
        Ok(found.flatten().or_else(|| directory.noted_identity(id)))
    }

    /// Notes an object of this configuration that can be given roles, with what Azure Resource Manager calls its kind: `User`, `Group`.
    pub fn note_principal(&self, id: &str, kind: &'static str) {
        self.state.note_principal(id, kind);
    }

    /// What Azure Resource Manager calls this kind of principal: known without asking of those that this configuration manages. None of what there is
    /// not, or of what cannot be one.
    pub async fn principal_type(&self, id: Uuid) -> Result<Option<&'static str>, Error> {
        if let Some(kind) = self.state.noted_principal(&id.to_string()) {
            return Ok(Some(kind));
        }
        Ok(self.principal(id).await?.and_then(|identity| identity.principal_type()))
    }

    /// The IDs of these that no object of the directory has.
    pub async fn missing_objects(&self, ids: &[String]) -> Result<HashSet<String>, Error> {
        let ids = ids.iter().filter_map(|id| Uuid::parse_str(id).ok()).collect();
        let identities = self.identities(&ids).await?;
        Ok(identities.into_iter().filter(|(_, identity)| identity.is_none()).map(|(id, _)| id.to_string()).collect())
    }

    /// The members of the group through Privileged Identity Management.
    pub async fn privileged_members(&self, group: Uuid) -> Result<Privileged, Error> {
        let (client, _) = self.shared()?;
        Privileged::of(client, group, &self.client.operation_context).await
    }
}

impl Directory<'_> {
    /// The objects of a collection that were created since then, as they were when this was first called for the collection.
    pub async fn created_since(&self, collection: &'static str, select: &str, since: Timestamp) -> Result<Arc<Vec<Box<RawValue>>>, Error> {
        let filter = format!("createdDateTime ge {}", since.strftime("%Y-%m-%dT%H:%M:%SZ"));
        // Filters on this property are advanced queries (learn.microsoft.com/graph/aad-advanced-queries).
        let request = advanced(Request::get(collection).query("$filter", filter).query("$select", select).query("$top", "999"));
        let read = async || self.client.list::<Box<RawValue>>(request).await;
        self.state.created.get(collection.to_owned(), &self.client.operation_context, read).await
    }
}
