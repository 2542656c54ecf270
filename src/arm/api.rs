//! What resources ask of Azure Resource Manager, shared with all others of the process.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::definitions::{by_guid, by_name, home};
use super::roles::{self, Named};
use super::{Arm, Assignment, AssignmentId, Cluster, Definition, Scope, assignments, clusters};
use crate::azure::{Api, Client, Error, OperationContext};
use crate::client::consistency::CONSISTENCY_WINDOW;
use crate::client::removal::{self, Outcome, Removals};

/// A role as an assignment refers to it.
#[derive(Clone, Debug)]
pub struct Role {
    /// The id of its definition, under the subscription of the scope if it is in one.
    pub id: String,
    /// The last part of it.
    pub guid: Uuid,
    /// Its name, where it is known.
    pub name: Option<String>,
}

/// Why a role was not found.
#[derive(Debug)]
pub enum NoRole {
    /// The service did not answer.
    Error(Error),
    /// There is none.
    Missing,
    /// Several have the name; their ids.
    Ambiguous(Vec<String>),
}

impl<'a> Arm<'a> {
    /// The subscription of Azure resources that do not name one, if there is one.
    pub fn subscription_id(&self) -> Result<Option<&'a str>, Error> {
        Ok(self.client.azure()?.subscription_id())
    }

    /// A role assignment; read together with others at its scope. Not being listed is never believed.
    pub async fn assignment(&self, id: &AssignmentId) -> Result<Assignment, Error> {
        let (client, resources) = self.shared()?;
        resources.assignments(&id.scope).get(client, &id.to_string(), &self.client.operation_context).await?.parse()
    }

    /// The role assignment that has that name at that scope, if there is one.
    pub async fn find_assignment(&self, id: &AssignmentId) -> Result<Option<Assignment>, Error> {
        let (client, resources) = self.shared()?;
        let found = resources.assignments(&id.scope).find(client, &id.to_string(), &self.client.operation_context).await?;
        found.map(|object| object.parse()).transpose()
    }

    /// Reads a role assignment without the cache; until `until`, by the clock of the service, repeatedly until the answer shows the last write.
    pub async fn assignment_now(
        &self,
        id: &AssignmentId,
        until: Option<Timestamp>,
        shows: impl Fn(&Assignment) -> bool,
    ) -> Result<Assignment, Error> {
        let (client, _) = self.shared()?;
        let read = || async { client.send(&id.request(), &self.client.operation_context).await?.json() };
        let settled = |read: &Result<Assignment, Error>| match read {
            Ok(read) => shows(read),
            Err(error) => !error.is_not_found(),
        };
        client.until(Api::Arm, until, &self.client.operation_context, read, settled).await
    }

    /// Creates or changes a role assignment. Waits for a new principal that replicas may not show yet.
    pub async fn put_assignment(
        &self,
        id: &AssignmentId,
        properties: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Assignment, Error> {
        let (client, resources) = self.shared()?;
        resources.assignments(&id.scope).written(&id.to_string());
        let until = client.now(Api::Arm).checked_add(CONSISTENCY_WINDOW).ok();
        let put = || async { client.send(&id.put(properties), &self.client.operation_context).await?.json() };
        let settled = |put: &Result<Assignment, Error>| !matches!(put, Err(error) if error.is_principal_missing());
        client.until(Api::Arm, until, &self.client.operation_context, put, settled).await
    }

    /// Deletes a role assignment, and confirms it if the service found none; it may have been written until shortly before `stale_until`. That it is
    /// gone already is no error.
    pub async fn delete_assignment(&self, id: &AssignmentId, stale_until: Option<Timestamp>) -> Result<(), Error> {
        let (client, resources) = self.shared()?;
        resources.assignments(&id.scope).written(&id.to_string());
        self.client.remove_one(&Deletion { client, operation_context: &self.client.operation_context, id }, stale_until).await.map(drop)
    }

    /// Every role assignment at a scope, those that are inherited from above included.
    pub async fn assignments_at(&self, scope: &Scope) -> Result<Vec<Assignment>, Error> {
        self.client.list(assignments::all(scope)).await
    }

    /// Every role assignment at a scope, those that are inherited from above and those at what is inside of it included.
    ///
    /// Only the listing of a whole subscription is documented to show what was made further inside (it is what the Azure CLI uses); whether that of a
    /// smaller scope does is not verified. So the subscription is listed, and the scope itself only by those who may not.
    pub async fn assignments_in(&self, scope: &Scope) -> Result<Vec<Assignment>, Error> {
        let place = |assignment: &Assignment| assignment.properties.scope.as_deref().and_then(|scope| Scope::parse(scope).ok());
        let mut all = self.assignments_at(scope).await?;
        let inside = match scope.subscription_id().and_then(|id| Scope::parse(&format!("/subscriptions/{id}")).ok()) {
            Some(subscription) => match self.client.list::<Assignment>(assignments::listed(&subscription)).await {
                Err(error) if error.is_forbidden() => self.client.list(assignments::listed(scope)).await?,
                listed => listed?,
            },
            None => self.client.list(assignments::listed(scope)).await?,
        };
        all.extend(inside.into_iter().filter(|other| place(other).is_some_and(|place| place != *scope && scope.covers(&place))));
        Ok(all)
    }

    /// The role that a text names, as it is known at a scope. Built-in roles of the table cost no request; each other role costs one.
    pub async fn role(&self, scope: &Scope, text: &str) -> Result<Role, NoRole> {
        match roles::named(text) {
            Named::BuiltIn(known) => {
                let guid = Uuid::try_parse(known.guid).map_err(|_| NoRole::Missing)?;
                Ok(Role { id: roles::id_at(scope, &known.id()), guid, name: Some(known.name.to_owned()) })
            }
            Named::Guid(_) | Named::Id(..) | Named::Name(_) => {
                let definition = self.definition(scope, text).await?;
                let guid = definition.guid().ok_or(NoRole::Missing)?;
                Ok(Role { id: definition.id, guid, name: Some(definition.properties.role_name) })
            }
        }
    }

    /// The definition of the role that a text names, as it is known at a scope.
    pub async fn definition(&self, scope: &Scope, text: &str) -> Result<Definition, NoRole> {
        let (client, resources) = self.shared().map_err(NoRole::Error)?;
        let home = home(scope);
        let guid = match roles::named(text) {
            Named::BuiltIn(role) => Uuid::try_parse(role.guid).ok(),
            Named::Guid(guid) | Named::Id(guid, _) => Some(guid),
            Named::Name(_) => None,
        };
        let key = format!("{}|{}", home.key(), guid.map_or_else(|| text.to_lowercase(), |guid| guid.to_string()));
        let read = async || match guid {
            Some(guid) => Ok(vec![client.send(&by_guid(&home, guid), &self.client.operation_context).await?.json()?]),
            None => client.list(&by_name(&home, text), &self.client.operation_context).await,
        };
        let found = match resources.definitions.get(key, &self.client.operation_context, read).await {
            Ok(found) => found,
            Err(error) if error.is_role_missing() => return Err(NoRole::Missing),
            Err(error) => return Err(NoRole::Error(error)),
        };
        match found.as_slice() {
            [] => Err(NoRole::Missing),
            [one] => Ok(one.clone()),
            several => Err(NoRole::Ambiguous(several.iter().map(|definition| definition.id.clone()).collect())),
        }
    }

    /// A cluster, read once for all callers.
    pub async fn cluster(&self, id: &Scope) -> Result<Arc<Cluster>, Error> {
        let (client, resources) = self.shared()?;
        let read = async || client.send(&clusters::request(id), &self.client.operation_context).await?.json();
        resources.clusters.get(id.key(), &self.client.operation_context, read).await
    }

    /// The clusters of a resource group or of a subscription, listed once for all callers.
    pub async fn clusters_in(&self, scope: &Scope) -> Result<Vec<Arc<Cluster>>, Error> {
        let (client, resources) = self.shared()?;
        let read =
            async || Ok(client.list(&clusters::all(scope), &self.client.operation_context).await?.into_iter().map(Arc::new).collect());
        Ok(resources.clusters_in.get(scope.key(), &self.client.operation_context, read).await?.to_vec())
    }

    /// This process wrote a cluster: what was read of it is not believed any more.
    pub fn mark_cluster_written(&self, id: &Scope) {
        if let Ok((_, resources)) = self.shared() {
            resources.clusters.forget(&id.key());
            let mut above = id.parent();
            while let Some(scope) = above {
                resources.clusters_in.forget(&scope.key());
                above = scope.parent();
            }
        }
    }
}

/// A role assignment that is deleted.
struct Deletion<'a> {
    client: &'a Client,
    operation_context: &'a OperationContext,
    id: &'a AssignmentId,
}

impl Removals for Deletion<'_> {
    async fn remove(&self, _: &[usize]) -> Vec<Result<Outcome, Error>> {
        let sent = self.client.send(&self.id.delete(), self.operation_context).await;
        // 204 means that there was none, 200 that it was deleted (learn.microsoft.com/rest/api/authorization/role-assignments/delete).
        vec![sent.map(|answer| if answer.is_no_content() { Outcome::AlreadyApplied } else { Outcome::Applied })]
    }

    async fn exist(&self, _: &[usize]) -> Vec<Result<bool, Error>> {
        vec![removal::found(self.client.send(&self.id.request(), self.operation_context).await)]
    }
}
