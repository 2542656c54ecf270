//! The key of a grant (kind, scope, role or access, principal) and the requests about it.
//!
//! Everything that differs between groups (Microsoft Graph) and Azure roles (Azure Resource Manager) is in this file and in
//! [`crate::pim`].

use framework::Result;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::decision::{Action, End, ScheduleRequest};
use super::terms::Ticket;
use super::{GrantKind, GrantScope, RequestState};
use crate::attributes::{duration, object_id};
use crate::azure::Request;

/// The version of Azure Resource Manager's interface.
const ARM: &str = "2020-10-01";

/// The key of a grant.
#[derive(Clone, Debug)]
pub(crate) struct GrantKey {
    pub(crate) kind: GrantKind,
    pub(crate) area: GrantScope,
    /// `member` or `owner`; of a scope the whole id of the role definition.
    pub(crate) subject: String,
    pub(crate) principal: Uuid,
}

/// The reason of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RequestReason {
    pub(crate) justification: Option<String>,
    pub(crate) ticket: Option<Ticket>,
    /// What narrows an Azure role, and the version of its language. Unlike the others it is kept with the schedule.
    pub(crate) condition: Option<(String, String)>,
}

impl GrantKey {
    /// The identifier of the resource: `<group>/<access>/<principal>`, or as azurerm writes it, `<scope>|<role>|<principal>`.
    pub(crate) fn id(&self) -> String {
        let GrantKey { subject, principal, .. } = self;
        match &self.area {
            GrantScope::Group(group) => format!("{group}/{subject}/{principal}"),
            GrantScope::Scope(scope) => format!("{scope}|{subject}|{principal}"),
        }
    }

    /// The subject as rows of a listing have it.
    pub(crate) fn subject_key(&self) -> String {
        self.subject.rsplit('/').next().unwrap_or_default().to_lowercase()
    }

    /// The grant in messages.
    pub(crate) fn describe(&self) -> String {
        let what = self.kind.noun();
        match &self.area {
            GrantScope::Group(group) => format!("{what} of {} as {} of the group {group}", self.principal, self.subject),
            GrantScope::Scope(scope) => format!("{what} of {} for the role {} at {scope}", self.principal, self.subject_key()),
        }
    }

    /// The resource that manages it.
    pub(crate) fn resource(&self) -> &'static str {
        match (self.kind, &self.area) {
            (GrantKind::Eligibility, GrantScope::Group(_)) => "pim_group_eligibility",
            (GrantKind::Assignment, GrantScope::Group(_)) => "pim_group_assignment",
            (GrantKind::Eligibility, GrantScope::Scope(_)) => "pim_role_eligibility",
            (GrantKind::Assignment, GrantScope::Scope(_)) => "pim_role_assignment",
        }
    }

    /// The request for an action. It may be repeated: the service refuses to do the same twice, with an error of its own.
    ///
    /// In Azure Resource Manager the caller chooses the `name` of the request; Microsoft Graph generates one.
    pub(crate) fn request(&self, name: Uuid, action: Action, asked: Option<&ScheduleRequest>, reason: &RequestReason) -> Request {
        let mut body = Map::new();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
        set("principalId", json!(self.principal.to_string()));
        if let Some(asked) = asked {
            set("scheduleInfo", self.schedule(asked));
        }
        if let Some(justification) = &reason.justification {
            set("justification", json!(justification));
        }
        if let Some(ticket) = &reason.ticket {
            set("ticketInfo", json!({ "ticketNumber": ticket.number, "ticketSystem": ticket.system }));
        }
        match &self.area {
            GrantScope::Group(group) => {
                set("groupId", json!(group.to_string()));
                set("accessId", json!(self.subject));
                set("action", json!(action.graph()));
                Request::post(self.requests()).json(&body).repeatable()
            }
            GrantScope::Scope(scope) => {
                set("roleDefinitionId", json!(self.subject));
                set("requestType", json!(action.arm()));
                if let (Some((condition, version)), Some(_)) = (&reason.condition, asked) {
                    set("condition", json!(condition));
                    set("conditionVersion", json!(version));
                }
                Request::put(self.one_request())
                    .arm(ARM)
                    .with_path("scope", scope)
                    .with("id", name.to_string())
                    .json(&json!({ "properties": body }))
            }
        }
    }

    fn schedule(&self, asked: &ScheduleRequest) -> Value {
        let name = |graph: &'static str, arm: &'static str| if matches!(self.area, GrantScope::Group(_)) { graph } else { arm };
        let expiration = match asked.end {
            End::Never => json!({ "type": name("noExpiration", "NoExpiration") }),
            End::After(length) => json!({ "type": name("afterDuration", "AfterDuration"), "duration": duration::show(length) }),
            End::At(end) => json!({ "type": name("afterDateTime", "AfterDateTime"), "endDateTime": end.to_string() }),
        };
        json!({ "startDateTime": asked.start.to_string(), "expiration": expiration })
    }

    /// The ID of a schedule for state: in Azure Resource Manager, which sometimes returns only the last part, the whole resource ID.
    pub(crate) fn schedule_id(&self, id: &str) -> String {
        let GrantScope::Scope(scope) = &self.area else { return id.to_owned() };
        let schedules = match self.kind {
            GrantKind::Eligibility => "roleEligibilitySchedules",
            GrantKind::Assignment => "roleAssignmentSchedules",
        };
        let name = id.rsplit('/').next().unwrap_or_default();
        format!("{}/providers/Microsoft.Authorization/{schedules}/{name}", scope.trim_end_matches('/'))
    }

    /// The request that reads a request.
    pub(crate) fn reading(&self, request: &str) -> Request {
        self.about(Request::get(self.one_request()), request)
    }

    /// The request that cancels a pending request.
    pub(crate) fn cancelling(&self, request: &str) -> Request {
        let template = match (self.kind, &self.area) {
            (GrantKind::Eligibility, GrantScope::Group(_)) => {
                "/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests/{id}/cancel"
            }
            (GrantKind::Assignment, GrantScope::Group(_)) => {
                "/identityGovernance/privilegedAccess/group/assignmentScheduleRequests/{id}/cancel"
            }
            (GrantKind::Eligibility, GrantScope::Scope(_)) => {
                "/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/{id}/cancel"
            }
            (GrantKind::Assignment, GrantScope::Scope(_)) => {
                "/{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/{id}/cancel"
            }
        };
        self.about(Request::post(template).repeatable(), request)
    }

    fn about(&self, request: Request, id: &str) -> Request {
        // A path of Azure Resource Manager ends in the name.
        let id = id.rsplit('/').next().unwrap_or_default();
        match &self.area {
            GrantScope::Group(_) => request.with("id", id),
            GrantScope::Scope(scope) => request.arm(ARM).with_path("scope", scope).with("id", id),
        }
    }

    /// The request that lists all requests about grants of a kind in a group or at a scope.
    pub(crate) fn listing(kind: GrantKind, area: &GrantScope) -> Request {
        let of_group = |template, group: &Uuid| Request::get(template).query("$filter", format!("groupId eq '{group}'"));
        let of_scope = |template, scope: &str| Request::get(template).arm(ARM).with_path("scope", scope).query("$filter", "atScope()");
        match (kind, area) {
            (GrantKind::Eligibility, GrantScope::Group(group)) => {
                of_group("/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests", group)
            }
            (GrantKind::Assignment, GrantScope::Group(group)) => {
                of_group("/identityGovernance/privilegedAccess/group/assignmentScheduleRequests", group)
            }
            (GrantKind::Eligibility, GrantScope::Scope(scope)) => {
                of_scope("/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests", scope)
            }
            (GrantKind::Assignment, GrantScope::Scope(scope)) => {
                of_scope("/{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests", scope)
            }
        }
    }

    fn requests(&self) -> &'static str {
        match self.kind {
            GrantKind::Eligibility => "/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests",
            GrantKind::Assignment => "/identityGovernance/privilegedAccess/group/assignmentScheduleRequests",
        }
    }

    fn one_request(&self) -> &'static str {
        match (self.kind, &self.area) {
            (GrantKind::Eligibility, GrantScope::Group(_)) => "/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests/{id}",
            (GrantKind::Assignment, GrantScope::Group(_)) => "/identityGovernance/privilegedAccess/group/assignmentScheduleRequests/{id}",
            (GrantKind::Eligibility, GrantScope::Scope(_)) => {
                "/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/{id}"
            }
            (GrantKind::Assignment, GrantScope::Scope(_)) => {
                "/{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/{id}"
            }
        }
    }
}

/// A request as the service answers it.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Its id; in Azure Resource Manager its name.
    pub(crate) id: String,
    /// Where it stands.
    pub(crate) status: String,
    /// The schedule that it made; none while it is pending.
    pub(crate) schedule: Option<String>,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    /// How long it lasts, if it was asked so.
    pub(crate) length: Option<SignedDuration>,
    pub(crate) reason: RequestReason,
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let inner = if value["properties"].is_object() { &value["properties"] } else { &value };
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let instant = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let info = &inner["scheduleInfo"];
        let (start, expiration) = (instant(&info["startDateTime"]), &info["expiration"]);
        let length = expiration["duration"].as_str().and_then(duration::parse);
        let after = start.zip(length).and_then(|(start, length)| start.checked_add(length).ok());
        let ticket = &inner["ticketInfo"];
        let schedule = ["targetScheduleId", "targetRoleEligibilityScheduleId", "targetRoleAssignmentScheduleId"];
        Ok(Record {
            id: text(&value["name"]).or_else(|| text(&value["id"])).ok_or_else(|| serde::de::Error::missing_field("id"))?,
            status: text(&inner["status"]).ok_or_else(|| serde::de::Error::missing_field("status"))?,
            // Azure Resource Manager gives the whole id, and Graph the name (docs/services/pim.md#ids-at-subscription-scope).
            schedule: schedule
                .into_iter()
                .find_map(|name| text(&inner[name]))
                .map(|id| id.rsplit('/').next().unwrap_or_default().to_owned()),
            start,
            end: instant(&expiration["endDateTime"]).or(after),
            length,
            reason: RequestReason {
                justification: text(&inner["justification"]),
                ticket: text(&ticket["ticketNumber"])
                    .map(|number| Ticket { number, system: text(&ticket["ticketSystem"]).unwrap_or_default() }),
                condition: text(&inner["condition"]).zip(text(&inner["conditionVersion"])),
            },
        })
    }
}

impl Record {
    /// Where it stands.
    pub(crate) fn state(&self) -> RequestState {
        RequestState::of(&self.status)
    }
}

/// The grant of an access to a group.
///
/// # Errors
/// An id is none.
pub(crate) fn of_group(kind: GrantKind, group: &str, principal: &str, access: &str) -> Result<GrantKey> {
    Ok(GrantKey {
        kind,
        area: GrantScope::Group(object_id("group_id", group)?),
        subject: access.to_owned(),
        principal: object_id("principal_id", principal)?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_record_is_read_of_both_services() {
        let graph = json!({
            "id": "r", "status": "Provisioned", "targetScheduleId": "g_member_r", "justification": "why", "ticketInfo": {"ticketNumber": null, "ticketSystem": null},
            "scheduleInfo": {"startDateTime": "2026-01-01T00:00:00Z", "expiration": {"type": "afterDuration", "duration": "PT8H", "endDateTime": null}},
        });
        let arm = json!({
            "id": "/x/y", "name": "r", "properties": {"status": "Provisioned", "targetRoleEligibilityScheduleId": "s", "justification": "why",
            "scheduleInfo": {"startDateTime": "2026-01-01T00:00:00Z", "expiration": {"type": "AfterDateTime", "endDateTime": "2026-01-01T08:00:00Z"}}},
        });
        let (graph, arm): (Record, Record) = (serde_json::from_value(graph).unwrap(), serde_json::from_value(arm).unwrap());
        assert_eq!((graph.end, graph.start, &graph.reason), (arm.end, arm.start, &arm.reason));
        assert_eq!((graph.id, graph.schedule.as_deref(), arm.schedule.as_deref()), (arm.id, Some("g_member_r"), Some("s")));
        assert_eq!((graph.length.is_some(), arm.length), (true, None));
    }
}
