//! Azure roles at a scope, as eligibilities and active assignments grant them.
//!
//! The ID of a role has several spellings, with or without the subscription in front of a built-in role's. So roles are compared by their GUID and never
//! by text (github.com/hashicorp/terraform-provider-azurerm/issues/31180: a grant that was created is never found).

use framework::moved::ForeignState;
use framework::schema::check::is_uuid;
use framework::{Context, Diagnostic, Diagnostics, Model, Result, View};
use serde::Deserialize;

use super::grant::managed::GrantTarget;
use super::grant::terms::GrantTerms;
use crate::arm::{Scope, roles};
use crate::attributes::object_id;
use crate::attributes::placement::{self, Placement};
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::pim::grant_key::GrantKey;
use crate::pim::terms::{Expiration, Ticket};
use crate::pim::{GrantKind, GrantScope};
use crate::resources::role_assignment::checks;
use crate::services::Services;

/// The version of Azure Resource Manager's interface.
const ARM: &str = "2020-10-01";

/// A principal's Azure role at a scope.
#[derive(Clone, Debug, Model)]
pub struct RoleAccess {
    /// Object ID of the user, group or service principal. Not an application (client) ID.
    #[attr(identity, replace, case_insensitive, check(uuid()))]
    pub principal_id: String,
    /// The role and the scope.
    #[attr(flatten, identity(&["scope", "role_definition_id"]))]
    pub placement: Placement,
    /// A condition that narrows what the role allows, in the language of Azure's attribute-based access control. Such as which roles
    /// may be given on, and to which types of principals. Not every role can have one.
    #[attr(normalize(checks::condition_key), check(length(1, 8192)), check(checks::balanced()))]
    pub condition: Option<String>,
    /// Version of the language of the condition: `2.0`, which is also what it is when omitted.
    #[attr(computed, use_state_for_unknown, computed_from(checks::condition_version), check(one_of(&["1.0", "2.0"])))]
    pub condition_version: Option<String>,
}

/// Checks of the attributes of [`RoleAccess`].
pub(super) fn validate(config: View<'_>, found: &mut Diagnostics) {
    placement::validate(config, found);
    checks::validate(config, found);
}

impl RoleAccess {
    /// The import ID of a grant of this role.
    pub(super) fn import_id(&self) -> String {
        format!("{}|{}", self.placement.import_id(), self.principal_id)
    }
}

impl GrantTarget for RoleAccess {
    fn import(id: &str, kind: GrantKind) -> Result<(Self, Option<String>)> {
        let ImportId { scope, role, principal, schedule } = parse_import_id(id, kind)?;
        let placement = Placement { scope, role, ..Placement::absent() };
        Ok((RoleAccess { principal_id: principal, placement, ..RoleAccess::absent() }, schedule))
    }

    fn foreign_id(from: &ForeignState<'_>) -> Result<String> {
        from.required("id").map(str::to_owned)
    }

    fn foreign_terms(from: &ForeignState<'_>) -> GrantTerms {
        GrantTerms {
            justification: from.text("justification").map(str::to_owned),
            ticket: from.block("ticket").and_then(|ticket| Ticket::from_foreign(&ticket, "number", "system")),
            expiration: Expiration::from_foreign(foreign_duration(from)),
            ..GrantTerms::absent()
        }
    }

    /// Principal, scope and role of a grant that was imported by the ID of its schedule, and the ID of a custom role.
    async fn resolve(&mut self, _: GrantKind, schedule_id: &str, cx: &Context<Services>) -> Result<bool> {
        if self.principal_id.is_empty() {
            let Some(schedule) = read_schedule(schedule_id, cx).await? else { return Ok(false) };
            self.principal_id = schedule.principal_id.to_lowercase();
            self.placement.scope = Some(schedule.scope);
            self.placement.role = schedule.role_definition_id;
        }
        resolve_placement(&mut self.placement, cx).await?;
        Ok(true)
    }

    fn key(&self, kind: GrantKind) -> Result<GrantKey> {
        key(kind, self.placement.scope.as_deref(), &self.placement.role_definition_id, &self.principal_id)
    }

    fn planned_key(kind: GrantKind, planned: View<'_>) -> Option<GrantKey> {
        let (scope, role) = placement::scope_and_role(planned)?;
        key(kind, Some(&scope.to_string()), &role, &planned.get::<String>("principal_id")?).ok()
    }

    fn describe(&self, kind: GrantKind) -> String {
        format!("{} of {} for {}", kind.noun(), self.principal_id, self.placement.describe())
    }

    fn condition(&self) -> Option<(String, String)> {
        self.condition.clone().zip(self.condition_version.clone())
    }

    fn set_condition(&mut self, condition: Option<(String, String)>) {
        (self.condition, self.condition_version) = condition.unzip();
    }
}

/// Looks up what is not known of a placement: ID and name of the role, and the cluster of the scope.
pub(super) async fn resolve_placement(placement: &mut Placement, cx: &Context<Services>) -> Result {
    let scope = placement::parsed("scope", placement.scope.as_deref().unwrap_or_default())?;
    if placement.role_definition_id.is_empty() {
        let role = cx.api.arm().role(&scope, &placement.role).await.map_err(|why| placement::no_role(&placement.role, &scope, why))?;
        placement.role_definition_id = match roles::named(&role.id) {
            roles::Named::BuiltIn(built_in) => built_in.id(),
            _ => role.id,
        };
        placement.role_name = role.name;
    }
    if cx.just_imported() {
        placement.role = placement.role_name.clone().unwrap_or_else(|| placement.role_definition_id.clone());
    }
    placement.set_scope(&scope);
    Ok(())
}

/// The scope of a grant, and the ID of the role as it is written there.
pub(super) fn area_and_role(scope: Option<&str>, role_definition_id: &str) -> Result<(GrantScope, String)> {
    let scope = placement::parsed("scope", scope.unwrap_or_default())?;
    Ok((GrantScope::scope(&scope.to_string()), roles::id_at(&scope, role_definition_id)))
}

/// The key of the grant of a role.
fn key(kind: GrantKind, scope: Option<&str>, role_definition_id: &str, principal: &str) -> Result<GrantKey> {
    let (area, subject) = area_and_role(scope, role_definition_id)?;
    Ok(GrantKey { kind, area, subject, principal: object_id("principal_id", principal)? })
}

/// The parts of an import ID.
#[derive(Debug, Default, PartialEq)]
struct ImportId {
    scope: Option<String>,
    role: String,
    principal: String,
    /// Resource ID of the schedule, which names no other part.
    schedule: Option<String>,
}

/// Reads an import id: `<scope>|<role>|<principal>`, as azurerm has it, or the resource ID of the schedule.
fn parse_import_id(id: &str, kind: GrantKind) -> Result<ImportId> {
    let trimmed = id.trim();
    let schedules = schedules(kind);
    let is_schedule = trimmed.to_lowercase().contains(&format!("/providers/microsoft.authorization/{}/", schedules.to_lowercase()));
    match trimmed.split('|').map(str::trim).collect::<Vec<_>>().as_slice() {
        [scope, role, principal] if Scope::parse(scope).is_ok() && !role.is_empty() && is_uuid(principal) => {
            Ok(ImportId { scope: Some((*scope).to_owned()), role: (*role).to_owned(), principal: principal.to_lowercase(), schedule: None })
        }
        [path] if is_schedule => Ok(ImportId { schedule: Some((*path).to_owned()), ..ImportId::default() }),
        _ => Err(Diagnostic::error(
            format!("{id:?} is not the import id of a grant"),
            format!(
                "Give scope, role (name or id) and object id of the principal with bars between them, `<scope>|<role>|<principal>`, which azurerm understands, too, or the \
                 resource ID of the schedule, `<scope>/providers/Microsoft.Authorization/{schedules}/<guid>`."
            ),
        )),
    }
}

fn schedules(kind: GrantKind) -> &'static str {
    match kind {
        GrantKind::Eligibility => "roleEligibilitySchedules",
        GrantKind::Assignment => "roleAssignmentSchedules",
    }
}

#[derive(Deserialize)]
struct Schedule {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    scope: String,
    role_definition_id: String,
    principal_id: String,
}

/// Reads a schedule by its resource ID; none if there is none.
async fn read_schedule(path: &str, cx: &Context<Services>) -> Result<Option<Properties>> {
    let request = Request::get("/{schedule}").arm(ARM).with_path("schedule", path);
    match cx.api.client().send(request).await.and_then(|answer| answer.json::<Schedule>()) {
        Ok(Schedule { properties }) => Ok(Some(properties)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(could_not(format!("read the schedule {path}"))(error)),
    }
}

/// The duration of a grant in azurerm's state, which has it in days or in hours.
fn foreign_duration(from: &ForeignState<'_>) -> Option<String> {
    let expiration = from.block("schedule")?.block("expiration")?;
    let number = |name: &str| expiration.number(name).filter(|number| *number > 0);
    number("duration_days").map(|days| format!("P{days}D")).or_else(|| number("duration_hours").map(|hours| format!("PT{hours}H")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    const PRINCIPAL: &str = "0f1e2d3c-0000-4000-8000-000000000001";
    const SCOPE: &str = "/subscriptions/6b085460-5f21-477e-ba44-1035046e9101/resourceGroups/rg";

    #[test]
    fn a_grant_is_named_by_scope_role_and_principal_or_by_its_schedule() {
        let role = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
        for role in [role, "Reader"] {
            let id = parse_import_id(&format!("{SCOPE}|{role}|{PRINCIPAL}"), GrantKind::Eligibility).unwrap();
            assert_eq!((id.scope.as_deref(), id.role.as_str(), id.principal.as_str()), (Some(SCOPE), role, PRINCIPAL));
        }
        let schedule = format!("{SCOPE}/providers/Microsoft.Authorization/roleEligibilitySchedules/{PRINCIPAL}");
        assert_eq!(parse_import_id(&schedule, GrantKind::Eligibility).unwrap().schedule.as_deref(), Some(schedule.as_str()));
        for wrong in
            ["", SCOPE, &format!("{SCOPE}|Reader"), &format!("x|Reader|{PRINCIPAL}"), &schedule.replace("Eligibility", "Assignment")]
        {
            assert!(parse_import_id(wrong, GrantKind::Eligibility).unwrap_err().detail.contains("<scope>|<role>|<principal>"), "{wrong}");
        }
    }

    #[test]
    fn every_spelling_of_a_role_has_the_same_key() {
        let short = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
        let long = format!("/subscriptions/6b085460-5f21-477e-ba44-1035046e9101{short}");
        let of = |role: &str| key(GrantKind::Eligibility, Some(SCOPE), role, PRINCIPAL).unwrap();
        assert_eq!(of(short).id(), of(&long).id());
        assert_eq!(of(short).subject_key(), "acdd72a7-3385-48ef-bd42-f606fba81ae7");
    }
}
