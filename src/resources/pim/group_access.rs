//! Membership or ownership of a group, as eligibilities and active assignments grant it.

use framework::moved::ForeignState;
use framework::schema::check::is_uuid;
use framework::{Context, Diagnostic, Model, Result, View};
use serde::Deserialize;

use super::grant::managed::GrantTarget;
use super::grant::terms::GrantTerms;
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::pim::grant_key::{self, GrantKey};
use crate::pim::terms::{Expiration, Ticket};
use crate::pim::{ACCESS, GrantKind};
use crate::services::Services;

/// A principal's access to a group.
#[derive(Clone, Debug, Model)]
pub struct GroupAccess {
    /// Object ID of the group. It must be neither dynamic nor synchronised from on premises.
    #[attr(identity, replace, case_insensitive, check(uuid()))]
    pub group_id: String,
    /// Object ID of the user, group or service principal.
    #[attr(identity, replace, case_insensitive, check(uuid()))]
    pub principal_id: String,
    /// Type of access to the group: `member` or `owner`.
    #[attr(identity, default("member"), replace, check(one_of(ACCESS)))]
    pub access: String,
}

impl GroupAccess {
    /// The import ID of a grant of this access.
    pub(super) fn import_id(&self) -> String {
        format!("{}/{}/{}", self.group_id, self.access, self.principal_id)
    }
}

impl GrantTarget for GroupAccess {
    fn import(id: &str, _: GrantKind) -> Result<(Self, Option<String>)> {
        let ImportId { group, access, principal, schedule } = parse_import_id(id)?;
        Ok((GroupAccess { group_id: group, principal_id: principal, access }, schedule))
    }

    fn foreign_id(from: &ForeignState<'_>) -> Result<String> {
        Ok(format!("{}/{}/{}", from.required("group_id")?, from.required("assignment_type")?, from.required("principal_id")?))
    }

    fn foreign_terms(from: &ForeignState<'_>) -> GrantTerms {
        GrantTerms {
            justification: from.text("justification").map(str::to_owned),
            ticket: Ticket::from_foreign(from, "ticket_number", "ticket_system"),
            expiration: Expiration::from_foreign(from.text("duration").map(str::to_owned)),
            ..GrantTerms::absent()
        }
    }

    /// The principal of a grant that was imported by the ID of its schedule.
    async fn resolve(&mut self, kind: GrantKind, schedule_id: &str, cx: &Context<Services>) -> Result<bool> {
        if self.principal_id.is_empty() {
            let Some(principal) = principal_of(kind, schedule_id, cx).await? else { return Ok(false) };
            self.principal_id = principal;
        }
        Ok(true)
    }

    fn key(&self, kind: GrantKind) -> Result<GrantKey> {
        grant_key::of_group(kind, &self.group_id, &self.principal_id, &self.access)
    }

    fn planned_key(kind: GrantKind, planned: View<'_>) -> Option<GrantKey> {
        let access = planned_access(planned)?;
        grant_key::of_group(kind, &planned.get::<String>("group_id")?, &planned.get::<String>("principal_id")?, &access).ok()
    }

    fn describe(&self, kind: GrantKind) -> String {
        format!("{} of {} as {} of the group {}", kind.noun(), self.principal_id, self.access, self.group_id)
    }
}

/// The parts of an import ID. The ID of a schedule does not name the principal.
#[derive(Debug, Default, PartialEq)]
struct ImportId {
    group: String,
    access: String,
    principal: String,
    schedule: Option<String>,
}

/// Reads an import id: `<group>/<access>/<principal>`, or the service's id of the schedule, `<group>_<access>_<guid>`, as azuread has it.
fn parse_import_id(id: &str) -> Result<ImportId> {
    let trimmed = id.trim();
    let slashed: Vec<&str> = trimmed.split('/').collect();
    let joined: Vec<&str> = trimmed.split('_').collect();
    let known = |access: &str| ACCESS.contains(&access.to_lowercase().as_str());
    match (slashed.as_slice(), joined.as_slice()) {
        ([group, access, principal], _) if is_uuid(group) && known(access) && is_uuid(principal) => {
            Ok(ImportId { group: group.to_lowercase(), access: access.to_lowercase(), principal: principal.to_lowercase(), schedule: None })
        }
        (_, [group, access, guid]) if is_uuid(group) && known(access) && is_uuid(guid) => Ok(ImportId {
            group: group.to_lowercase(),
            access: access.to_lowercase(),
            principal: String::new(),
            schedule: Some(trimmed.to_owned()),
        }),
        _ => Err(Diagnostic::error(
            format!("{id:?} is not the import id of a grant"),
            "Give the object ids of the group and of the principal with `member` or `owner` between them, `<group>/member/<principal>`, or the service's id of the \
             schedule, `<group>_member_<guid>`, which azuread uses.",
        )),
    }
}

/// The access in a configuration, which may leave it to its default, or in a plan; none while it is unknown.
pub(crate) fn planned_access(planned: View<'_>) -> Option<String> {
    Some(planned.get::<Option<String>>("access")?.unwrap_or_else(|| "member".to_owned()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    principal_id: Option<String>,
}

/// The principal of a schedule; none if there is no schedule with that ID.
async fn principal_of(kind: GrantKind, schedule: &str, cx: &Context<Services>) -> Result<Option<String>> {
    let template = match kind {
        GrantKind::Eligibility => "/identityGovernance/privilegedAccess/group/eligibilitySchedules/{id}",
        GrantKind::Assignment => "/identityGovernance/privilegedAccess/group/assignmentSchedules/{id}",
    };
    match cx.api.client().send(Request::get(template).with("id", schedule)).await.and_then(|answer| answer.json::<Schedule>()) {
        Ok(found) => Ok(found.principal_id),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(could_not(format!("read the schedule {schedule}"))(error)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn every_spelling_names_the_same_grant() {
        let (group, principal) = ("0f1e2d3c-0000-4000-8000-00000000abcd", "0f1e2d3c-0000-4000-8000-000000000001");
        let expected = ImportId { group: group.into(), access: "member".into(), principal: principal.into(), schedule: None };
        for id in [format!("{group}/member/{principal}"), format!(" {}/Member/{principal}", group.to_uppercase())] {
            assert_eq!(parse_import_id(&id).unwrap(), expected, "{id}");
        }
        let schedule = format!("{group}_owner_{principal}");
        assert_eq!(
            parse_import_id(&schedule).unwrap(),
            ImportId { group: group.into(), access: "owner".into(), principal: String::new(), schedule: Some(schedule.clone()) }
        );
        for wrong in ["", group, "a/member/b", &format!("{group}/guest/{principal}"), &format!("{group}/{principal}")] {
            assert!(parse_import_id(wrong).unwrap_err().detail.contains("`<group>/member/<principal>`"), "{wrong}");
        }
    }
}
