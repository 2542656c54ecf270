//! `aksaccess_pim_activation_requests`: activations that wait for an approval.

use framework::{Context, DataSource, Model, Result};
use serde::Deserialize;

use super::pim_group_grants::filter;
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::pim::ACCESS;
use crate::services::Services;

/// Lists activations of memberships and ownerships of groups that wait for an approval: who asks, why, and until when.
///
/// With `group_id` or `principal_id` those for a group or by a principal. Without either, those that wait for the approval of the signed-in user. The
/// permission `PrivilegedAssignmentSchedule.Read.AzureADGroup` is needed.
#[derive(Clone, Debug, Model)]
pub struct PimActivationRequests {
    /// Object ID of the group.
    #[attr(check(uuid()))]
    group_id: Option<String>,
    /// Object ID of the user who asks.
    #[attr(check(uuid()))]
    principal_id: Option<String>,
    /// Only those for this access, `member` or `owner`.
    #[attr(check(one_of(ACCESS)))]
    access: Option<String>,
    /// The results, the oldest first.
    #[attr(output)]
    requests: Option<Vec<Waiting>>,
}

/// An activation that waits for an approval.
#[derive(Clone, Debug, Model)]
pub struct Waiting {
    /// Id of the request, by which it is approved or denied.
    #[attr(output)]
    id: Option<String>,
    /// Object ID of the group.
    #[attr(output)]
    group_id: Option<String>,
    /// Object ID of the user who asks.
    #[attr(output)]
    principal_id: Option<String>,
    /// `member` or `owner`.
    #[attr(output)]
    access: Option<String>,
    /// Why.
    #[attr(output)]
    justification: Option<String>,
    /// Number of the ticket, if one was given.
    #[attr(output)]
    ticket_number: Option<String>,
    /// System that has the ticket.
    #[attr(output)]
    ticket_system: Option<String>,
    /// When it was asked for.
    #[attr(output)]
    requested_at: Option<String>,
    /// For how long, as an ISO 8601 duration, if it was asked so.
    #[attr(output)]
    duration: Option<String>,
    /// Until when, if it was asked so.
    #[attr(output)]
    end: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ActivationRequestResponse {
    id: String,
    status: Option<String>,
    action: Option<String>,
    group_id: Option<String>,
    principal_id: Option<String>,
    access_id: Option<String>,
    justification: Option<String>,
    ticket_info: Option<Ticket>,
    created_date_time: Option<String>,
    schedule_info: Option<Schedule>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Ticket {
    ticket_number: Option<String>,
    ticket_system: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Schedule {
    expiration: Option<Expiration>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Expiration {
    duration: Option<String>,
    end_date_time: Option<String>,
}

impl DataSource for PimActivationRequests {
    type Api = Services;
    const NAME: &'static str = "pim_activation_requests";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let request = if self.group_id.is_none() && self.principal_id.is_none() {
            Request::get("/identityGovernance/privilegedAccess/group/assignmentScheduleRequests/filterByCurrentUser(on='approver')")
        } else {
            Request::get("/identityGovernance/privilegedAccess/group/assignmentScheduleRequests")
                .query("$filter", filter(self.group_id.as_ref(), self.principal_id.as_ref()))
        };
        let mut found: Vec<ActivationRequestResponse> =
            cx.api.client().list(request).await.map_err(could_not("list activations that wait for an approval"))?;
        // Whether the service filters by status is not documented.
        found.retain(|request| {
            request.status.as_deref() == Some("PendingApproval")
                && request.action.as_deref().is_some_and(|action| action.eq_ignore_ascii_case("selfActivate"))
                && self.access.as_ref().is_none_or(|access| request.access_id.as_ref() == Some(access))
        });
        found.sort_by(|one, other| (&one.created_date_time, &one.id).cmp(&(&other.created_date_time, &other.id)));
        let waiting = found.into_iter().map(|request| {
            let (ticket, schedule) = (request.ticket_info.unwrap_or_default(), request.schedule_info.unwrap_or_default());
            let expiration = schedule.expiration.unwrap_or_default();
            Waiting {
                id: Some(request.id),
                group_id: request.group_id,
                principal_id: request.principal_id,
                access: request.access_id,
                justification: request.justification,
                ticket_number: ticket.ticket_number,
                ticket_system: ticket.ticket_system,
                requested_at: request.created_date_time,
                duration: expiration.duration,
                end: expiration.end_date_time,
            }
        });
        self.requests = Some(waiting.collect());
        Ok(())
    }
}
