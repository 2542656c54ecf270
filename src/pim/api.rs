//! What resources ask of Privileged Identity Management, shared with all others of the process.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard};
use uuid::Uuid;

use super::{GrantKind, GrantScope, Layer, Pim, Policy, Row, State};
use crate::azure::Error;

/// How long after a removal the service may still report the grant as existing (docs/services/pim.md#actions: seen for some 12 seconds).
const REMOVAL: SignedDuration = SignedDuration::from_secs(60);

impl Pim<'_> {
    /// What that principal has there.
    pub async fn granted(&self, kind: GrantKind, layer: Layer, area: &GrantScope, principal: Uuid) -> Result<Vec<Row>, Error> {
        let (client, state) = self.shared()?;
        state.schedule_cache(kind, layer, area).of(client, principal, &self.client.operation_context).await
    }

    /// What that principal has there, read now.
    pub async fn granted_now(&self, kind: GrantKind, layer: Layer, area: &GrantScope, principal: Uuid) -> Result<Vec<Row>, Error> {
        let (client, state) = self.shared()?;
        state.schedule_cache(kind, layer, area).look(client, principal, &self.client.operation_context).await
    }

    /// What anybody has there.
    pub async fn all_granted(&self, kind: GrantKind, layer: Layer, area: &GrantScope) -> Result<Arc<Vec<Row>>, Error> {
        let (client, state) = self.shared()?;
        state.schedule_cache(kind, layer, area).all(client, &self.client.operation_context).await
    }

    /// The policies of an area; of a scope that of one role.
    pub async fn policies(&self, area: &GrantScope, role: Option<&str>) -> Result<Arc<Vec<Policy>>, Error> {
        let (client, state) = self.shared()?;
        let policies = state.policies(area);
        match area {
            GrantScope::Group(_) => policies.all(client, &self.client.operation_context).await,
            GrantScope::Scope(_) => policies.ask(client, role, &self.client.operation_context).await.map(Arc::new),
        }
    }

    /// The policies of an area, read now.
    pub async fn policies_now(&self, area: &GrantScope, role: Option<&str>) -> Result<Vec<Policy>, Error> {
        let (client, state) = self.shared()?;
        state.policies(area).ask(client, role, &self.client.operation_context).await
    }

    /// Waits until no policy of this scope is being changed, and prevents changes until the guard is dropped.
    pub async fn lock_grants(&self, area: &GrantScope) -> Result<OwnedRwLockReadGuard<()>, Error> {
        let policy_lock = self.state.policy_lock(area);
        Ok(self.client.operation_context.waiting(policy_lock.read_owned()).await?)
    }

    /// Waits until nothing is being written at this scope, and prevents writes until the guard is dropped.
    pub async fn lock_policies(&self, area: &GrantScope) -> Result<OwnedRwLockWriteGuard<()>, Error> {
        let policy_lock = self.state.policy_lock(area);
        Ok(self.client.operation_context.waiting(policy_lock.write_owned()).await?)
    }

    /// Something was written there: nothing that was read before is believed any more.
    pub fn mark_scope_written(&self, area: &GrantScope) {
        self.state.written(area);
    }

    /// This process removed a grant.
    pub fn record_removal(&self, id: &str) {
        if let Ok(now) = self.client.now() {
            lock(self.state).insert(id.to_owned(), now);
        }
    }

    /// Time until which the service may still report a grant that this process removed; none if it removed none.
    pub fn removal_visible_until(&self, id: &str) -> Option<Timestamp> {
        let removed = lock(self.state).get(id).copied()?;
        removed.checked_add(REMOVAL).ok()
    }
}

fn lock(pim: &State) -> std::sync::MutexGuard<'_, HashMap<String, Timestamp>> {
    pim.removed.lock().unwrap_or_else(PoisonError::into_inner)
}
