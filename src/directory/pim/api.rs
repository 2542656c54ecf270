//! What resources ask of Privileged Identity Management, shared with all others of the process.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard};
use uuid::Uuid;

use super::{Area, Kind, Layer, Pim, Policy, Row};
use crate::azure::Error;
use crate::provider::Azure;

/// How long after a removal the service may still say that what was removed is there (docs/services/pim.md#actions: seen for some 12 seconds).
const REMOVAL: SignedDuration = SignedDuration::from_secs(60);

impl Azure {
    fn pim(&self) -> Result<&Pim, Error> {
        Ok(&self.directory()?.pim)
    }

    /// What that principal has there.
    pub(crate) async fn granted(&self, kind: Kind, layer: Layer, area: &Area, principal: Uuid) -> Result<Vec<Row>, Error> {
        let (client, directory) = self.shared()?;
        directory.pim.shelf(kind, layer, area).of(client, principal, &self.budget).await
    }

    /// What that principal has there, read now.
    pub(crate) async fn granted_now(&self, kind: Kind, layer: Layer, area: &Area, principal: Uuid) -> Result<Vec<Row>, Error> {
        let (client, directory) = self.shared()?;
        directory.pim.shelf(kind, layer, area).look(client, principal, &self.budget).await
    }

    /// What anybody has there.
    pub(crate) async fn all_granted(&self, kind: Kind, layer: Layer, area: &Area) -> Result<Arc<Vec<Row>>, Error> {
        let (client, directory) = self.shared()?;
        directory.pim.shelf(kind, layer, area).all(client, &self.budget).await
    }

    /// The policies of an area; of a scope that of one role.
    pub(crate) async fn policies(&self, area: &Area, role: Option<&str>) -> Result<Arc<Vec<Policy>>, Error> {
        let (client, directory) = self.shared()?;
        let policies = directory.pim.policies(area);
        match area {
            Area::Group(_) => policies.all(client, &self.budget).await,
            Area::Scope(_) => policies.ask(client, role, &self.budget).await.map(Arc::new),
        }
    }

    /// The policies of an area, read now.
    pub(crate) async fn policies_now(&self, area: &Area, role: Option<&str>) -> Result<Vec<Policy>, Error> {
        let (client, directory) = self.shared()?;
        directory.pim.policies(area).ask(client, role, &self.budget).await
    }

    /// Waits until nobody changes the policies there; nobody will until the answer is dropped.
    pub(crate) async fn may_grant(&self, area: &Area) -> Result<OwnedRwLockReadGuard<()>, Error> {
        let gate = self.pim()?.gate(area);
        Ok(self.budget.waiting(gate.read_owned()).await?)
    }

    /// Waits until nobody writes there; nobody will until the answer is dropped.
    pub(crate) async fn may_change_policy(&self, area: &Area) -> Result<OwnedRwLockWriteGuard<()>, Error> {
        let gate = self.pim()?.gate(area);
        Ok(self.budget.waiting(gate.write_owned()).await?)
    }

    /// Something was written there: nothing that was read before is believed any more.
    pub(crate) fn wrote_there(&self, area: &Area) {
        if let Ok(pim) = self.pim() {
            pim.written(area);
        }
    }

    /// This process removed a grant.
    pub(crate) fn removed_grant(&self, id: &str) {
        if let (Ok(pim), Ok(now)) = (self.pim(), self.now()) {
            lock(pim).insert(id.to_owned(), now);
        }
    }

    /// Until when the service may say that a grant is there which this process removed; none if it removed none.
    pub(crate) fn lingers_until(&self, id: &str) -> Option<Timestamp> {
        let removed = lock(self.pim().ok()?).get(id).copied()?;
        removed.checked_add(REMOVAL).ok()
    }
}

fn lock(pim: &Pim) -> std::sync::MutexGuard<'_, HashMap<String, Timestamp>> {
    pim.removed.lock().unwrap_or_else(PoisonError::into_inner)
}
