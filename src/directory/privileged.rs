//! Who is a member of a group through Privileged Identity Management (PIM): for a while, by an activation or an assignment that ends.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use uuid::Uuid;

use super::object_id;
use crate::azure::{Client, Error, OperationContext, Request, odata_literal};

/// The active assignments of a group, as of now.
#[derive(Debug, Default)]
pub struct Privileged {
    /// By principal: whether the access expires.
    members: HashMap<Uuid, bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instance {
    access_id: String,
    assignment_type: Option<String>,
    end_date_time: Option<String>,
    #[serde(deserialize_with = "object_id")]
    principal_id: Uuid,
}

impl Privileged {
    /// Asks PIM. A tenant without it has no such members.
    pub(super) async fn of(client: &Client, group: Uuid, operation_context: &OperationContext) -> Result<Self, Error> {
        let filter = format!("groupId eq {}", odata_literal(&group.to_string()));
        let request = Request::get("/identityGovernance/privilegedAccess/group/assignmentScheduleInstances").query("$filter", filter);
        let mut listed = client.list(&request, operation_context).await;
        if matches!(&listed, Err(error) if error.is_not_found()) {
            // A member who is missing from this answer would lose the membership: a single answer is not believed.
            listed = client.list(&request, operation_context).await;
        }
        let instances: Vec<Instance> = match listed {
            Ok(instances) => instances,
            // No licence, or a group that was never taken into PIM.
            Err(error) if error.is_unlicensed() || error.is_not_found() => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut members = HashMap::new();
        for instance in instances.into_iter().filter(|instance| instance.access_id.eq_ignore_ascii_case("member")) {
            let ends =
                instance.end_date_time.is_some() || instance.assignment_type.is_some_and(|kind| kind.eq_ignore_ascii_case("activated"));
            *members.entry(instance.principal_id).or_default() |= ends;
        }
        Ok(Self { members })
    }

    /// Whether PIM makes that principal a member now.
    pub fn has(&self, principal: &Uuid) -> bool {
        self.members.contains_key(principal)
    }

    /// Whether PIM makes that principal a member for a while.
    pub fn has_for_a_while(&self, principal: &Uuid) -> bool {
        self.members.get(principal) == Some(&true)
    }

    /// These without those that PIM makes members.
    pub fn unlisted(&self, of: impl IntoIterator<Item = Uuid>) -> HashSet<Uuid> {
        of.into_iter().filter(|principal| !self.has(principal)).collect()
    }
}
