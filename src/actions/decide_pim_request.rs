//! `aksaccess_decide_pim_request`: the signed-in user approves or denies an activation.

use framework::schema::Check;
use framework::schema::check::is_uuid;
use framework::{Action, Context, Diagnostic, Diagnostics, Model, Progress, Result, View};
use serde::Deserialize;
use serde_json::json;

use super::activation::{only_for_users, signed_in_user};
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::services::Services;

/// The version of Azure Resource Manager's interface for approvals (learn.microsoft.com/rest/api/authorization/role-assignment-approval).
const ARM: &str = "2021-01-01-preview";

const WHAT: &str = "decide on a request";

/// Approves or denies an activation that waits for the approval of the signed-in user, through Privileged Identity Management (PIM).
///
/// The data source `aksaccess_pim_activation_requests` lists what waits. Nobody decides on their own request. Only a signed-in user can decide, and no application:
/// a plan refuses it.
#[derive(Clone, Debug, Model)]
pub(super) struct DecidePimRequest {
    /// The request: for a group its ID; for an Azure role its resource ID, `<scope>/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/<name>`.
    #[attr(check(request_id()))]
    request_id: String,
    /// `approve` or `deny`.
    #[attr(check(one_of(&["approve", "deny"])))]
    decision: String,
    /// Why.
    #[attr(check(length(1, 500)))]
    justification: String,
}

/// The path between a scope and the name of a request about an Azure role.
const REQUESTS: &str = "/providers/microsoft.authorization/roleassignmentschedulerequests/";

/// The scope and the name in the resource ID of a request.
fn split(id: &str) -> Option<(&str, &str)> {
    // ASCII lower-casing keeps every byte in its place.
    let at = id.to_ascii_lowercase().rfind(REQUESTS)?;
    let (scope, name) = (id.get(..at)?, id.get(at + REQUESTS.len()..)?);
    is_uuid(name).then_some((scope, name))
}

fn request_id() -> Check {
    Check::text("be a UUID, or the resource ID of a request about an Azure role", |text| is_uuid(text) || split(text).is_some())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stage {
    id: String,
    name: Option<String>,
    #[serde(flatten)]
    of_group: StageStatus,
    /// Of Azure Resource Manager.
    properties: Option<StageStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StageStatus {
    assigned_to_me: Option<bool>,
    status: Option<String>,
}

impl Stage {
    /// Whether it waits for the signed-in user.
    fn is_open(&self) -> bool {
        let status = self.properties.as_ref().unwrap_or(&self.of_group);
        status.assigned_to_me != Some(false) && ["InProgress", "Initializing"].contains(&status.status.as_deref().unwrap_or("InProgress"))
    }
}

impl Action for DecidePimRequest {
    type Api = Services;
    const NAME: &'static str = "decide_pim_request";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";

    async fn invoke(self, progress: &Progress, cx: &mut Context<Services>) -> Result {
        signed_in_user(WHAT, cx).await?;
        let id = self.request_id.as_str();
        let what = || could_not(format!("{} the request {id}", self.decision));
        let role = split(id);
        let stages = match role {
            Some((scope, name)) => Request::get("/{scope}/providers/Microsoft.Authorization/roleAssignmentApprovals/{id}/stages")
                .arm(ARM)
                .with_path("scope", scope)
                .with("id", name),
            None => Request::get("/identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages").with("id", id),
        };
        let stages: Vec<Stage> = cx.api.client().list(stages).await.map_err(what())?;
        let Some(stage) = stages.iter().find(|stage| stage.is_open()) else {
            return Err(Diagnostic::error(
                format!("The request {id} does not wait for you"),
                "It has been decided, or others decide on it: the policy names the approvers, and nobody decides on their own request.",
            ));
        };
        progress.report(format!("Deciding on the request {id}: {}.", self.decision));
        let result = if self.decision == "approve" { "Approve" } else { "Deny" };
        let body = json!({ "reviewResult": result, "justification": self.justification });
        let name = stage.name.as_deref().unwrap_or(&stage.id);
        let request = match role {
            Some((scope, approval)) => {
                Request::patch("/{scope}/providers/Microsoft.Authorization/roleAssignmentApprovals/{id}/stages/{stage}")
                    .arm(ARM)
                    .with_path("scope", scope)
                    .with("id", approval)
                    .with("stage", name)
                    .json(&body)
            }
            None => Request::patch("/identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages/{stage}")
                .with("id", id)
                .with("stage", &stage.id)
                .json(&body),
        };
        cx.api.client().send(request).await.map_err(what())?;
        progress.report(if result == "Approve" { "Approved." } else { "Denied." });
        Ok(())
    }

    async fn plan_check(_config: View<'_>, cx: &mut Context<Services>) -> Diagnostics {
        only_for_users(WHAT, cx).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_of_a_request_is_in_its_id() {
        let name = "0f1e2d3c-0000-4000-8000-00000000abcd";
        let id = format!("/subscriptions/s/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/{name}");
        assert_eq!(split(&id), Some(("/subscriptions/s", name)));
        assert_eq!(split(name), None);
        assert_eq!(split("/subscriptions/s/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/x"), None);
    }
}
