//! What an operation of a resource gets: a handle for each service, and the client below them.

use std::sync::Arc;
use std::time::Duration;

use crate::arm::{self, Arm};
use crate::client::OperationClient;
use crate::conditional_access::{self, ConditionalAccess};
use crate::directory::{self, Directory};
use crate::pim::{self, Pim};

/// What this process knows of each service, shared by all operations.
#[derive(Debug, Default)]
pub struct States {
    pub(crate) directory: directory::State,
    pub(crate) arm: arm::State,
    pub(crate) pim: pim::State,
    pub(crate) conditional_access: conditional_access::State,
}

/// The services, for one operation on one object.
#[derive(Debug)]
pub struct Services {
    client: OperationClient,
    states: Arc<States>,
}

impl AsRef<OperationClient> for Services {
    fn as_ref(&self) -> &OperationClient {
        &self.client
    }
}

impl Services {
    /// The services for an operation that has that client.
    pub fn new(client: OperationClient, states: Arc<States>) -> Self {
        Self { client, states }
    }

    /// Requests of any kind, and the operation's time.
    pub fn client(&self) -> &OperationClient {
        &self.client
    }

    /// Users, groups and other objects of Microsoft Entra ID.
    pub fn directory(&self) -> Directory<'_> {
        Directory::new(&self.client, &self.states.directory)
    }

    /// Azure Resource Manager: roles, scopes and clusters.
    pub fn arm(&self) -> Arm<'_> {
        Arm::new(&self.client, &self.states.arm)
    }

    /// Privileged Identity Management.
    pub fn pim(&self) -> Pim<'_> {
        Pim::new(&self.client, &self.states.pim)
    }

    /// Conditional access policies and what they refer to.
    pub fn conditional_access(&self) -> ConditionalAccess<'_> {
        ConditionalAccess::new(&self.client, &self.states.conditional_access)
    }

    /// Whether a membership exists that was requested a moment ago, waiting until replicas must show it. False if that cannot be found out.
    pub(crate) async fn is_member_by_now(&self, of: impl Into<directory::MembersOf>, member: uuid::Uuid) -> bool {
        let stale_until = self.client.consistency_window_end().ok();
        self.directory().is_member(of, member, stale_until).await.is_ok_and(|there| there)
    }

    /// The same with a time of its own, which no interruption ends: to undo what an operation has begun whose time is over.
    pub fn with_time(&self, time: Duration) -> Self {
        Self { client: self.client.with_time(time), states: self.states.clone() }
    }
}
