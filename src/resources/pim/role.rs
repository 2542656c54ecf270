//! Which Azure role, and where: what grants of roles and their policies have in common.
//!
//! The odd thing: the id of a role has many spellings, with the subscription in front of a built-in one's or without; so roles are compared by their GUID and
//! never by text (azurerm#31180: what was made is never found).

use framework::moved::{ForeignState, Source};
use framework::schema::check::is_uuid;
use framework::value::Value;
use framework::{Context, Diagnostic, Resource, Result, View};
use serde::Deserialize;

use crate::arm::{Scope, roles};
use crate::attributes::object_id;
use crate::attributes::placement;
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::pim::grant_key::GrantKey;
use crate::pim::{GrantScope, Kind};
use crate::resources::takeover::azurerm;
use crate::services::Services;

/// The version of Azure Resource Manager's interface.
const ARM: &str = "2020-10-01";

/// Attributes of a resource that say which role and where.
pub(super) struct At<'a> {
    pub(super) role: &'a mut String,
    pub(super) cluster_id: &'a mut Option<String>,
    pub(super) namespace: &'a mut Option<String>,
    pub(super) node_pool: &'a mut Option<String>,
    pub(super) scope: &'a mut Option<String>,
    pub(super) role_definition_id: &'a mut String,
    pub(super) role_name: &'a mut Option<String>,
}

/// The attributes of a resource as [`At`].
macro_rules! at {
    ($it:expr) => {
        $crate::resources::pim::role::At {
            role: &mut $it.role,
            cluster_id: &mut $it.cluster_id,
            namespace: &mut $it.namespace,
            node_pool: &mut $it.node_pool,
            scope: &mut $it.scope,
            role_definition_id: &mut $it.role_definition_id,
            role_name: &mut $it.role_name,
        }
    };
}

pub(super) use at;

impl At<'_> {
    /// Finds out what is not known yet: the id and name of the role, and of which cluster the scope is.
    pub(super) async fn settle(&mut self, cx: &Context<Services>) -> Result {
        let scope = placement::parsed("scope", self.scope.as_deref().unwrap_or_default())?;
        if self.role_definition_id.is_empty() {
            let role = cx.api.arm().role(&scope, self.role).await.map_err(|why| placement::no_role(self.role, &scope, why))?;
            *self.role_definition_id = match roles::named(&role.id) {
                roles::Named::BuiltIn(built_in) => built_in.id(),
                _ => role.id,
            };
            *self.role_name = role.name;
        }
        if cx.just_imported() {
            *self.role = self.role_name.clone().unwrap_or_else(|| self.role_definition_id.clone());
        }
        *self.cluster_id = scope.cluster().map(|cluster| cluster.to_string());
        *self.namespace = scope.namespace().map(str::to_owned);
        *self.node_pool = scope.node_pool().map(str::to_owned);
        *self.scope = Some(scope.to_string());
        Ok(())
    }
}

/// The area of a scope, and the role's id as it is written there.
pub(super) fn area_and_role(scope: Option<&str>, role_definition_id: &str) -> Result<(GrantScope, String)> {
    let scope = placement::parsed("scope", scope.unwrap_or_default())?;
    Ok((GrantScope::scope(&scope.to_string()), roles::id_at(&scope, role_definition_id)))
}

/// What tells the grant of a role from others.
pub(super) fn place(kind: Kind, scope: Option<&str>, role_definition_id: &str, principal: &str) -> Result<GrantKey> {
    let (area, subject) = area_and_role(scope, role_definition_id)?;
    Ok(GrantKey { kind, area, subject, principal: object_id("principal_id", principal)? })
}

/// What an import id says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Named {
    pub(super) scope: Option<String>,
    pub(super) role: String,
    pub(super) principal: String,
    /// The service's id, which tells nothing else.
    pub(super) schedule: Option<String>,
}

/// Reads an import id: `<scope>|<role>|<principal>`, as azurerm has it, or the resource ID of the schedule.
pub(super) fn named(id: &str, kind: Kind) -> Result<Named> {
    let trimmed = id.trim();
    let schedules = schedules(kind);
    let is_schedule = trimmed.to_lowercase().contains(&format!("/providers/microsoft.authorization/{}/", schedules.to_lowercase()));
    match trimmed.split('|').map(str::trim).collect::<Vec<_>>().as_slice() {
        [scope, role, principal] if Scope::parse(scope).is_ok() && !role.is_empty() && is_uuid(principal) => {
            Ok(Named { scope: Some((*scope).to_owned()), role: (*role).to_owned(), principal: principal.to_lowercase(), schedule: None })
        }
        [path] if is_schedule => Ok(Named { schedule: Some((*path).to_owned()), ..Named::default() }),
        _ => Err(Diagnostic::error(
            format!("{id:?} is not the import id of a grant"),
            format!(
                "Give scope, role (name or id) and object id of the principal with bars between them, `<scope>|<role>|<principal>`, which azurerm understands, too, or the \
                 resource ID of the schedule, `<scope>/providers/Microsoft.Authorization/{schedules}/<guid>`."
            ),
        )),
    }
}

fn schedules(kind: Kind) -> &'static str {
    match kind {
        Kind::Eligibility => "roleEligibilitySchedules",
        Kind::Assignment => "roleAssignmentSchedules",
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

/// What a schedule is about; none if there is none of that id.
pub(super) async fn of_schedule(path: &str, cx: &Context<Services>) -> Result<Option<Named>> {
    match cx
        .api
        .client()
        .send(Request::get("/{schedule}").arm(ARM).with_path("schedule", path))
        .await
        .and_then(|answer| answer.json::<Schedule>())
    {
        Ok(Schedule { properties }) => Ok(Some(Named {
            scope: Some(properties.scope),
            role: properties.role_definition_id,
            principal: properties.principal_id.to_lowercase(),
            schedule: Some(path.to_owned()),
        })),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(could_not(format!("read the schedule {path}"))(error)),
    }
}

/// The version of a condition's language, where there is a condition.
pub(super) fn condition_version(config: View<'_>, _: View<'_>) -> Option<Value> {
    Some(match config.get::<Option<String>>("condition") {
        None => Value::UNKNOWN,
        Some(None) => Value::Null,
        Some(Some(_)) => Value::from("2.0"),
    })
}

/// azurerm's resource of that kind.
pub(super) const fn peer<R: Resource>(kind: Kind, take: fn(&ForeignState<'_>) -> Result<R>) -> Source<R> {
    let type_name = match kind {
        Kind::Eligibility => "azurerm_pim_eligible_role_assignment",
        Kind::Assignment => "azurerm_pim_active_role_assignment",
    };
    azurerm(type_name, take)
}

/// How long a grant of azurerm lasts, which counts in days or in hours.
pub(super) fn length_in(from: &ForeignState<'_>) -> Option<String> {
    let expiration = from.block("schedule")?.block("expiration")?;
    let number = |name: &str| expiration.number(name).filter(|number| *number > 0);
    number("duration_days").map(|days| format!("P{days}D")).or_else(|| number("duration_hours").map(|hours| format!("PT{hours}H")))
}

/// Declares the grant of an Azure role, which is the same for eligibilities and active assignments but for its kind and what is to be said about it.
macro_rules! role_grant {
    ($(#[$about:meta])* pub struct $name:ident as $resource:literal, $kind:expr) => {
        $crate::resources::pim::declarations::grant! {
            $(#[$about])*
            pub struct $name as $resource {
                /// Object ID of the user, group or service principal. Not an application (client) ID.
                #[attr(replace, case_insensitive, check(uuid()))]
                pub principal_id: String,
                /// The role: the name of a built-in or custom role in any case, or the ID of a role definition, whole or its last part alone.
                #[attr(aliases(&["role_definition_id", "role_name"]), semantic_equality($crate::arm::roles::same), check(length(1, 1024)))]
                pub role: String,
                /// Resource ID of the AKS cluster at which, or inside of which, the role counts.
                #[attr(computed, use_state_for_unknown, semantic_equality($crate::attributes::placement::same_scope), computed_from($crate::attributes::placement::cluster_id), check($crate::attributes::placement::is_cluster()))]
                pub cluster_id: Option<String>,
                /// Kubernetes namespace in the cluster `cluster_id` in which alone the role counts. It need not exist.
                #[attr(computed, use_state_for_unknown, case_insensitive, computed_from($crate::attributes::placement::namespace), check($crate::attributes::placement::is_namespace()))]
                pub namespace: Option<String>,
                /// Node pool of the cluster `cluster_id` for which alone the role counts.
                #[attr(computed, use_state_for_unknown, case_insensitive, computed_from($crate::attributes::placement::node_pool), check($crate::attributes::placement::is_node_pool()))]
                pub node_pool: Option<String>,
                /// The scope: any of Azure Resource Manager. Follows from `cluster_id`, `namespace` and `node_pool` where these are given.
                #[attr(computed, use_state_for_unknown, replace, semantic_equality($crate::attributes::placement::same_scope), computed_from($crate::attributes::placement::scope), check($crate::attributes::placement::is_scope()))]
                pub scope: Option<String>,
                /// ID of the role definition; of a built-in role without a subscription.
                #[attr(output, use_state_for_unknown, replace, recompute_when(&["role"]), semantic_equality($crate::arm::roles::same), computed_from($crate::attributes::placement::role_definition_id))]
                pub role_definition_id: String,
                /// Name of the role.
                #[attr(output, use_state_for_unknown, recompute_when(&["role"]), computed_from($crate::attributes::placement::role_name))]
                pub role_name: Option<String>,
                /// A condition that narrows what the role allows, in the language of Azure's attribute-based access control. Such as which roles
                /// may be given on, and to which types of principals. Not every role can have one.
                #[attr(normalize($crate::resources::role_assignment::checks::condition_key), check(length(1, 8192)), check($crate::resources::role_assignment::checks::balanced()))]
                pub condition: Option<String>,
                /// Version of the language of the condition: `2.0`, which is also what it is when omitted.
                #[attr(computed, use_state_for_unknown, computed_from($crate::resources::pim::role::condition_version), check(one_of(&["1.0", "2.0"])))]
                pub condition_version: Option<String>,
            }
        }

        impl $name {
            const PEER: framework::moved::Source<Self> = $crate::resources::pim::role::peer($kind, Self::taken);
            const WARNINGS: &'static [&'static framework::WarningKind] = $crate::resources::pim::plan_checks::ROLE_GRANT_WARNINGS;

            fn describe(&self) -> String {
                let (role, scope) = (if self.role.is_empty() { "a role" } else { &self.role }, self.scope.as_deref().unwrap_or("an unknown scope"));
                format!("{} of {} for {role} at {scope}", $kind.word(), self.principal_id)
            }

            /// The service forgets justification, ticket and length after some weeks, so azurerm's state is asked for them, too.
            fn taken(from: &framework::moved::ForeignState<'_>) -> Result<Self> {
                let ticket = from.block("ticket");
                let ticket = ticket.and_then(|ticket| $crate::pim::terms::Ticket::taken(&ticket, "number", "system"));
                let justification = from.text("justification").map(str::to_owned);
                let expiration = $crate::pim::terms::Expiration::taken($crate::resources::pim::role::length_in(from));
                Ok($name { justification, ticket, expiration, ..Self::from_import(from.required("id")?)? })
            }

            fn planned_place(planned: View<'_>) -> Option<GrantKey> {
                let (scope, role) = $crate::attributes::placement::scope_and_role(planned)?;
                $crate::resources::pim::role::place($kind, Some(&scope.to_string()), &role, &planned.get::<String>("principal_id")?).ok()
            }

            async fn place(&self, _: &Context<Services>) -> Result<GrantKey> {
                $crate::resources::pim::role::place($kind, self.scope.as_deref(), &self.role_definition_id, &self.principal_id)
            }

            /// What is not known yet: an import by the id of a schedule knows nothing else, and only Azure knows the id of a custom role.
            async fn find_place(&mut self, cx: &Context<Services>) -> Result<bool> {
                if self.principal_id.is_empty() {
                    let Some(named) = $crate::resources::pim::role::of_schedule(self.schedule_id.as_deref().unwrap_or_default(), cx).await? else { return Ok(false) };
                    self.principal_id = named.principal;
                    self.scope = named.scope;
                    self.role = named.role;
                }
                $crate::resources::pim::role::at!(self).settle(cx).await?;
                Ok(true)
            }

            fn from_import(id: &str) -> Result<Self> {
                let named = $crate::resources::pim::role::named(id, $kind)?;
                Ok($name {
                    id: id.to_owned(),
                    principal_id: named.principal,
                    scope: named.scope,
                    role: named.role,
                    schedule_id: named.schedule,
                    ..$name::absent()
                })
            }

            fn validate_more(config: View<'_>, found: &mut Diagnostics) {
                $crate::attributes::placement::validate(config, found);
                if config.is_set("condition_version") && !config.is_set("condition") {
                    found.error("condition_version", "`condition_version` needs `condition`", "Give the condition, or leave its version out.");
                }
            }

            async fn review_more(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
                $crate::resources::pim::plan_checks::role_grant($kind, change, cx).await
            }

            fn condition(&self) -> Option<(String, String)> {
                self.condition.clone().zip(self.condition_version.clone())
            }

            fn put_condition(&mut self, condition: Option<(String, String)>) {
                (self.condition, self.condition_version) = condition.unzip();
            }
        }
    };
}

pub(super) use role_grant;

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
            let named = named(&format!("{SCOPE}|{role}|{PRINCIPAL}"), Kind::Eligibility).unwrap();
            assert_eq!((named.scope.as_deref(), named.role.as_str(), named.principal.as_str()), (Some(SCOPE), role, PRINCIPAL));
        }
        let schedule = format!("{SCOPE}/providers/Microsoft.Authorization/roleEligibilitySchedules/{PRINCIPAL}");
        assert_eq!(named(&schedule, Kind::Eligibility).unwrap().schedule.as_deref(), Some(schedule.as_str()));
        for wrong in
            ["", SCOPE, &format!("{SCOPE}|Reader"), &format!("x|Reader|{PRINCIPAL}"), &schedule.replace("Eligibility", "Assignment")]
        {
            assert!(named(wrong, Kind::Eligibility).unwrap_err().detail.contains("<scope>|<role>|<principal>"), "{wrong}");
        }
    }

    #[test]
    fn a_place_is_the_same_however_its_role_is_spelt() {
        let short = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
        let long = format!("/subscriptions/6b085460-5f21-477e-ba44-1035046e9101{short}");
        let of = |role: &str| place(Kind::Eligibility, Some(SCOPE), role, PRINCIPAL).unwrap();
        assert_eq!(of(short).id(), of(&long).id());
        assert_eq!(of(short).subject_key(), "acdd72a7-3385-48ef-bd42-f606fba81ae7");
    }
}
