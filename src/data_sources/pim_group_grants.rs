//! `aksaccess_pim_group_eligibilities` and `aksaccess_pim_group_assignments`: who can activate the membership or ownership of groups, and who has it.

use framework::{Context, DataSource, Diagnostics, Model, Result, View};

use crate::azure::{Request, odata_literal};
use crate::client::diagnose::could_not;
use crate::pim::ACCESS;
use crate::pim::Row;
use crate::services::Services;

/// Lists who is eligible for membership or ownership of a group, what a principal is eligible for, or both, through Privileged Identity Management (PIM).
///
/// What begins later is listed, too. The permission `PrivilegedEligibilitySchedule.Read.AzureADGroup` is needed.
#[derive(Clone, Debug, Model)]
pub struct PimGroupEligibilities {
    /// Object ID of the group.
    #[attr(check(uuid()))]
    group_id: Option<String>,
    /// Object ID of the user, group or service principal.
    #[attr(check(uuid()))]
    principal_id: Option<String>,
    /// Only those for this access, `member` or `owner`.
    #[attr(check(one_of(ACCESS)))]
    access: Option<String>,
    /// The results, in a fixed order.
    #[attr(output)]
    eligibilities: Option<Vec<Eligibility>>,
}

/// An eligibility that was found.
#[derive(Clone, Debug, Model)]
pub struct Eligibility {
    /// Identifier, also for import: `<group>/<access>/<principal>`.
    #[attr(output)]
    id: Option<String>,
    /// Object ID of the group.
    #[attr(output)]
    group_id: Option<String>,
    /// Object ID of the principal.
    #[attr(output)]
    principal_id: Option<String>,
    /// `member` or `owner`.
    #[attr(output)]
    access: Option<String>,
    /// When it begins or began.
    #[attr(output)]
    start: Option<String>,
    /// When it ends; null if never.
    #[attr(output)]
    end: Option<String>,
    /// Where it stands, such as `Provisioned`.
    #[attr(output)]
    status: Option<String>,
    /// ID of the schedule in the service. It changes with every request.
    #[attr(output)]
    schedule_id: Option<String>,
}

/// Lists who is an active member or owner of a group through Privileged Identity Management (PIM), of what a principal is, or both: by the hand of an
/// administrator, or by an activation.
///
/// What begins later is listed, too. The permission `PrivilegedAssignmentSchedule.Read.AzureADGroup` is needed.
#[derive(Clone, Debug, Model)]
pub struct PimGroupAssignments {
    /// Object ID of the group.
    #[attr(check(uuid()))]
    group_id: Option<String>,
    /// Object ID of the user, group or service principal.
    #[attr(check(uuid()))]
    principal_id: Option<String>,
    /// Only those for this access, `member` or `owner`.
    #[attr(check(one_of(ACCESS)))]
    access: Option<String>,
    /// The results, in a fixed order.
    #[attr(output)]
    assignments: Option<Vec<Assignment>>,
}

/// An active assignment that was found.
#[derive(Clone, Debug, Model)]
pub struct Assignment {
    /// Identifier: `<group>/<access>/<principal>`.
    #[attr(output)]
    id: Option<String>,
    /// Object ID of the group.
    #[attr(output)]
    group_id: Option<String>,
    /// Object ID of the principal.
    #[attr(output)]
    principal_id: Option<String>,
    /// `member` or `owner`.
    #[attr(output)]
    access: Option<String>,
    /// Whether the principal activated it, instead of having been assigned it.
    #[attr(output)]
    activated: Option<bool>,
    /// When it begins or began.
    #[attr(output)]
    start: Option<String>,
    /// When it ends; null if never.
    #[attr(output)]
    end: Option<String>,
    /// Where it stands, such as `Provisioned`.
    #[attr(output)]
    status: Option<String>,
    /// ID of the schedule in the service. It changes with every request.
    #[attr(output)]
    schedule_id: Option<String>,
}

/// The filter for a group, a principal or both: the service lists nothing without one.
pub(super) fn filter(group: Option<&String>, principal: Option<&String>) -> String {
    let parts = [("groupId", group), ("principalId", principal)];
    let parts = parts.into_iter().filter_map(|(property, id)| Some(format!("{property} eq {}", odata_literal(&id?.to_lowercase()))));
    parts.collect::<Vec<_>>().join(" and ")
}

async fn listed(
    request: Request,
    what: &str,
    group: Option<&String>,
    principal: Option<&String>,
    access: Option<&String>,
    cx: &Context<Services>,
) -> Result<Vec<Row>> {
    let found = cx.api.client().list::<Row>(request.query("$filter", filter(group, principal))).await;
    let mut rows = found.map_err(could_not(format!("list {what}")))?;
    rows.retain(|row| access.is_none_or(|access| row.subject == *access));
    rows.sort_by(|one, other| {
        (&one.area, &one.subject, one.principal, one.start).cmp(&(&other.area, &other.subject, other.principal, other.start))
    });
    Ok(rows)
}

fn needs_one(config: View<'_>, found: &mut Diagnostics) {
    if !config.is_set("group_id") && !config.is_set("principal_id") {
        found.error(
            "group_id",
            "Nothing is said to look for",
            "Set `group_id`, `principal_id` or both: the service lists nothing without one of them.",
        );
    }
}

fn id(row: &Row) -> Option<String> {
    Some(format!("{}/{}/{}", row.area, row.subject, row.principal))
}

impl DataSource for PimGroupEligibilities {
    type Api = Services;
    const NAME: &'static str = "pim_group_eligibilities";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let request = Request::get("/identityGovernance/privilegedAccess/group/eligibilitySchedules");
        let rows = listed(request, "eligibilities", self.group_id.as_ref(), self.principal_id.as_ref(), self.access.as_ref(), cx).await?;
        let found = rows.into_iter().map(|row| Eligibility {
            id: id(&row),
            group_id: Some(row.area),
            principal_id: Some(row.principal.to_string()),
            access: Some(row.subject),
            start: row.start.map(|start| start.to_string()),
            end: row.end.map(|end| end.to_string()),
            status: Some(row.status),
            schedule_id: Some(row.id),
        });
        self.eligibilities = Some(found.collect());
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        needs_one(config, found);
    }
}

impl DataSource for PimGroupAssignments {
    type Api = Services;
    const NAME: &'static str = "pim_group_assignments";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let request = Request::get("/identityGovernance/privilegedAccess/group/assignmentSchedules");
        let rows =
            listed(request, "active assignments", self.group_id.as_ref(), self.principal_id.as_ref(), self.access.as_ref(), cx).await?;
        let found = rows.into_iter().map(|row| Assignment {
            id: id(&row),
            group_id: Some(row.area),
            principal_id: Some(row.principal.to_string()),
            access: Some(row.subject),
            activated: Some(row.activated),
            start: row.start.map(|start| start.to_string()),
            end: row.end.map(|end| end.to_string()),
            status: Some(row.status),
            schedule_id: Some(row.id),
        });
        self.assignments = Some(found.collect());
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        needs_one(config, found);
    }
}
