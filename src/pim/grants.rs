//! The schedules or instances of one group or scope. The first caller reads those of its principal, the second lists all.
//!
//! So one eligibility costs two requests (its schedule and its instance), and ten of one group cost four. Not being in a listing is never
//! believed without a read of one's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Mutex;
use uuid::Uuid;

use super::{GrantKind, GrantScope, Layer, Row};
use crate::azure::{Client, Error, OperationContext, Request, odata_literal};

/// The version of Azure Resource Manager's interface.
pub(crate) const ARM: &str = "2020-10-01";

/// One kind and layer of one area.
#[derive(Debug)]
pub(super) struct ScheduleCache {
    kind: GrantKind,
    layer: Layer,
    area: GrantScope,
    /// Somebody asked for itself.
    asked: AtomicBool,
    /// The service refuses to list.
    closed: AtomicBool,
    listed: Mutex<Option<Arc<Vec<Row>>>>,
}

impl ScheduleCache {
    pub(super) fn new(kind: GrantKind, layer: Layer, area: GrantScope) -> Self {
        Self { kind, layer, area, asked: AtomicBool::default(), closed: AtomicBool::default(), listed: Mutex::default() }
    }

    /// What is there of that principal.
    pub(super) async fn of(&self, client: &Client, principal: Uuid, operation_context: &OperationContext) -> Result<Vec<Row>, Error> {
        if !self.asked.swap(true, Ordering::SeqCst) || self.closed.load(Ordering::SeqCst) {
            return self.look(client, principal, operation_context).await;
        }
        let listed = match self.all(client, operation_context).await {
            Ok(listed) => listed,
            Err(error) if error.is_ended() || error.is_not_found() => return Err(error),
            Err(error) => {
                // Without the permission to list, single objects may still be readable.
                tracing::debug!(%error, "schedules cannot be listed");
                if error.is_denied() || error.is_rejected() {
                    self.closed.store(true, Ordering::SeqCst);
                }
                return self.look(client, principal, operation_context).await;
            }
        };
        let own: Vec<Row> = listed.iter().filter(|row| row.principal == principal).cloned().collect();
        if own.is_empty() { self.look(client, principal, operation_context).await } else { Ok(own) }
    }

    /// What is there of that principal, read now.
    pub(super) async fn look(&self, client: &Client, principal: Uuid, operation_context: &OperationContext) -> Result<Vec<Row>, Error> {
        let whose = format!("principalId eq {}", odata_literal(&principal.to_string()));
        let filter = match &self.area {
            GrantScope::Group(group) => format!("groupId eq {} and {whose}", odata_literal(&group.to_string())),
            GrantScope::Scope(_) => whose,
        };
        let found = client.list::<Row>(&self.request(filter), operation_context).await?;
        Ok(found.into_iter().filter(|row| row.principal == principal && self.is_at_scope(row)).collect())
    }

    /// Everything that is there, listed once.
    pub(super) async fn all(&self, client: &Client, operation_context: &OperationContext) -> Result<Arc<Vec<Row>>, Error> {
        let mut listed = operation_context.waiting(self.listed.lock()).await?;
        if let Some(rows) = &*listed {
            return Ok(rows.clone());
        }
        let filter = match &self.area {
            GrantScope::Group(group) => format!("groupId eq {}", odata_literal(&group.to_string())),
            GrantScope::Scope(_) => "atScope()".to_owned(),
        };
        let mut rows = client.list::<Row>(&self.request(filter), operation_context).await?;
        rows.retain(|row| self.is_at_scope(row));
        let rows = Arc::new(rows);
        *listed = Some(rows.clone());
        Ok(rows)
    }

    /// Whether it was granted at this very scope: the listing of a scope includes those above it.
    fn is_at_scope(&self, row: &Row) -> bool {
        match &self.area {
            GrantScope::Group(_) => true,
            GrantScope::Scope(scope) => row.area.trim_matches('/') == scope.to_lowercase().trim_matches('/'),
        }
    }

    fn request(&self, filter: String) -> Request {
        collection(self.kind, self.layer, &self.area).query("$filter", filter)
    }
}

/// The collection of schedules or instances.
fn collection(kind: GrantKind, layer: Layer, area: &GrantScope) -> Request {
    match area {
        GrantScope::Group(_) => Request::get(match (kind, layer) {
            (GrantKind::Eligibility, Layer::Schedules) => "/identityGovernance/privilegedAccess/group/eligibilitySchedules",
            (GrantKind::Eligibility, Layer::Instances) => "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
            (GrantKind::Assignment, Layer::Schedules) => "/identityGovernance/privilegedAccess/group/assignmentSchedules",
            (GrantKind::Assignment, Layer::Instances) => "/identityGovernance/privilegedAccess/group/assignmentScheduleInstances",
        }),
        GrantScope::Scope(scope) => Request::get(match (kind, layer) {
            (GrantKind::Eligibility, Layer::Schedules) => "/{scope}/providers/Microsoft.Authorization/roleEligibilitySchedules",
            (GrantKind::Eligibility, Layer::Instances) => "/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances",
            (GrantKind::Assignment, Layer::Schedules) => "/{scope}/providers/Microsoft.Authorization/roleAssignmentSchedules",
            (GrantKind::Assignment, Layer::Instances) => "/{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances",
        })
        .arm(ARM)
        .with_path("scope", scope),
    }
}
