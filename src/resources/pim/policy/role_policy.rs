//! `aksaccess_pim_role_policy`: the policy of an Azure role at a scope.
//!
//! A policy is that of one role at one scope; policies of the scopes above do not apply (docs/services/pim.md#policies-of-azure-roles).

use framework::moved::Source;
use framework::{Change, Context, Diagnostic, Diagnostics, Existence, Model, Resource, Result, Timeouts, View, WarningKind};

use super::checks;
use super::managed::ManagedPolicy;
use crate::arm::Scope;
use crate::attributes::enumerations;
use crate::attributes::placement::{self, Placement};
use crate::client::diagnose::could_not;
use crate::pim::{PolicyKey, Settings};
use crate::resources::pim::plan_checks;
use crate::resources::pim::role_access;
use crate::resources::takeover::{azurerm, by_id};
use crate::services::Services;

/// Manages the policy of Privileged Identity Management (PIM) for an Azure role at a scope: how long, with whose approval and under which conditions it is
/// assigned and activated there.
///
/// Every role has a policy at every scope, which counts only there: that of a subscription says nothing about a cluster in it. It cannot be made or removed.
/// Settings that the configuration does not mention are left as they are, and shown; a setting that leaves the configuration goes back to the service's usual
/// default (for Azure roles taken from those of groups, and not verified for every role), if an apply has set it: one that was added with the value that it
/// had anyway was no change, so nothing was applied, and it stays. Destroying the resource puts the whole policy back to these
/// defaults, or leaves it as it is with `on_destroy = "keep"`.
///
/// The policy is known by its scope and role, for the service gives it another id with every change. Microsoft Entra ID P2 or Governance is needed, and the
/// role Owner or User Access Administrator at the scope.
///
/// Import ids are `<scope>|<role>`, azurerm's `<role definition id>|<scope>`, and the service's resource ID of the policy.
#[derive(Clone, Debug, Model)]
pub struct PimRolePolicy {
    /// Identifier of the policy. Stable, unlike the service's own ID.
    #[attr(use_state_for_unknown)]
    pub id: String,
    /// The role and the scope.
    #[attr(flatten, identity(&["scope", "role_definition_id"]))]
    pub placement: Placement,
    /// The settings.
    #[attr(flatten)]
    pub settings: Settings,
    /// What destroying does: `reset` puts every setting back to the service's default; `keep` leaves the policy as it is.
    #[attr(default("reset"), check(enumerations::reset_or_keep()))]
    pub on_destroy: String,
}

impl ManagedPolicy for PimRolePolicy {
    fn policy_key(&self) -> Result<PolicyKey> {
        let (area, subject) = role_access::area_and_role(self.placement.scope.as_deref(), &self.placement.role_definition_id)?;
        Ok(PolicyKey { area, subject })
    }

    /// What is not known yet: for which role a policy is that was imported by its id, and the id of a custom role.
    async fn resolve(&mut self, cx: &Context<Services>) -> Result<bool> {
        if self.placement.role.is_empty() {
            let scope = placement::parsed("scope", self.placement.scope.as_deref().unwrap_or_default())?;
            let (area, _) = role_access::area_and_role(self.placement.scope.as_deref(), "")?;
            let policies = cx.api.pim().policies_now(&area, None).await.map_err(could_not(format!("list the policies at {scope}")))?;
            let wanted = self.id.rsplit('/').next().unwrap_or_default();
            let found =
                policies.into_iter().find(|policy| policy.id.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(wanted)));
            let Some(policy) = found else { return Ok(false) };
            self.placement.role = policy.subject;
        }
        role_access::resolve_placement(&mut self.placement, cx).await?;
        Ok(true)
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn set(&mut self, id: String, settings: Settings) {
        (self.id, self.settings) = (id, settings);
    }
}

impl Resource for PimRolePolicy {
    type Api = Services;
    const NAME: &'static str = "pim_role_policy";
    const MOVED_FROM: &'static [Source<Self>] = &[azurerm("azurerm_role_management_policy", by_id)];
    const SUBCATEGORY: &'static str = "Privileged Identity Management";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const WARNING_KINDS: &'static [&'static WarningKind] = plan_checks::POLICY_WARNINGS;

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        format!("the policy for {}", self.placement.describe())
    }

    fn planned_id(planned: View<'_>) -> Option<String> {
        let (scope, role) = placement::scope_and_role(planned)?;
        let (area, subject) = role_access::area_and_role(Some(&scope.to_string()), &role).ok()?;
        Some(PolicyKey { area, subject }.id())
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        self.write(cx).await
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        self.read_settings(cx).await
    }

    async fn update(&mut self, _: &Self, cx: &mut Context<Services>) -> Result {
        self.write(cx).await
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        if self.on_destroy == "keep" { Ok(()) } else { self.policy_key()?.reset(cx).await }
    }

    fn import(id: &str) -> Result<Self> {
        let trimmed = id.trim();
        let of = |scope: &str, role: &str| PimRolePolicy {
            id: trimmed.to_owned(),
            placement: Placement { scope: Some(scope.to_owned()), role: role.to_owned(), ..Placement::absent() },
            on_destroy: "reset".to_owned(),
            ..PimRolePolicy::absent()
        };
        let is_scope = |text: &str| Scope::parse(text).is_ok();
        match trimmed.split('|').map(str::trim).collect::<Vec<_>>().as_slice() {
            // azurerm names the role first.
            [role, scope] if role.to_lowercase().contains("/roledefinitions/") && is_scope(scope) => Ok(of(scope, role)),
            [scope, role] if is_scope(scope) && !role.is_empty() => Ok(of(scope, role)),
            [path] => match scope_of_policy(path) {
                // The ID of a policy does not name its role.
                Some(scope) => Ok(of(&scope, "")),
                None => Err(wrong_import(id)),
            },
            _ => Err(wrong_import(id)),
        }
    }

    fn import_by_identity(identified: Self) -> Result<Self> {
        Self::import(&identified.placement.import_id())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        checks::validate(config, found);
        placement::validate(config, found);
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        plan_checks::role_policy(change, cx).await
    }
}

/// The scope in the resource ID of a policy.
fn scope_of_policy(path: &str) -> Option<String> {
    const POLICIES: &str = "/providers/microsoft.authorization/rolemanagementpolicies/";
    // ASCII lower-casing keeps every byte in its place.
    let at = path.to_ascii_lowercase().rfind(POLICIES)?;
    let scope = path.get(..at)?;
    // At a subscription the service's ids begin with its provider, and the scope does not.
    const SUBSCRIPTION: &str = "/providers/microsoft.subscription";
    let prefixed = scope.to_ascii_lowercase().starts_with(&format!("{SUBSCRIPTION}/subscriptions/"));
    let scope = if prefixed { scope.get(SUBSCRIPTION.len()..)? } else { scope };
    Some(if scope.is_empty() { "/".to_owned() } else { scope.to_owned() })
}

fn wrong_import(id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("{id:?} is not the import id of a role's policy"),
        "Give scope and role (name or id) with a bar between them, `<scope>|<role>`, azurerm's `<role definition id>|<scope>`, or the resource ID of the policy, \
         `<scope>/providers/Microsoft.Authorization/roleManagementPolicies/<guid>`.",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn every_spelling_names_the_same_policy() {
        let scope = "/subscriptions/6b085460-5f21-477e-ba44-1035046e9101";
        let role = format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7");
        for (id, expected) in [
            (format!("{scope}|Reader"), "Reader"),
            (format!("{scope}|{role}"), role.as_str()),
            (format!("{role}|{scope}"), role.as_str()),
            (format!("{scope}/providers/Microsoft.Authorization/roleManagementPolicies/x"), ""),
            (format!("/providers/Microsoft.Subscription{scope}/providers/Microsoft.Authorization/roleManagementPolicies/x"), ""),
        ] {
            let it = PimRolePolicy::import(&id).unwrap();
            assert_eq!((it.placement.scope.as_deref(), it.placement.role.as_str()), (Some(scope), expected), "{id}");
        }
        for wrong in ["", "Reader", "x|Reader", scope] {
            assert!(PimRolePolicy::import(wrong).unwrap_err().detail.contains("<scope>|<role>"), "{wrong}");
        }
    }
}
