//! `aksaccess_pim_role_assignment`: who has an Azure role at a scope for a while, by the hand of an administrator.
//!
//! Everything that is odd about it is told in [`super::grant`] and [`super::role`].

use framework::value::Value;
use framework::{Change, Context, Findings, Model, Result, View};

use super::declare::grant;
use super::place::Place;
use super::review;
use super::role::{self, at};
use crate::arm::roles;
use crate::directory::pim::Kind;
use crate::provider::Azure;
use crate::resources::placement;

grant! {
    /// Gives a user, group or service principal an Azure role at a scope through Privileged Identity Management (PIM): at once, and mostly for a while.
    ///
    /// Unlike an eligibility (`aksaccess_pim_role_eligibility`) it is access itself, without activation. What shall last is better an `aksaccess_role_assignment`.
    ///
    /// Changes are made in place, without a gap: also what prolongs it. One that has come to its end by itself is no difference and is not made again by itself;
    /// one that somebody removed before is made anew. The service removes nothing within five minutes of making it: destroying waits for that, within the
    /// `delete` timeout. Microsoft Entra ID P2 or Governance is needed, and the role Owner or User Access Administrator at the scope.
    ///
    /// Import ids are `<scope>|<role>|<principal>`, as `azurerm_pim_active_role_assignment` has it, and the resource ID of the schedule.
    pub struct PimRoleAssignment as "pim_role_assignment" {
        /// Object ID of the user, group or service principal. Not an application (client) ID.
        #[attr(replace, caseless, check(uuid()))]
        pub principal_id: String,
        /// The role: the name of a built-in or custom role in any case, or the ID of a role definition, whole or its last part alone.
        #[attr(aliases(&["role_definition_id", "role_name"]), same(roles::same), check(length(1, 1024)))]
        pub role: String,
        /// Resource ID of the AKS cluster at which, or inside of which, the role counts.
        #[attr(computed, stable, same(placement::same_scope), derived(placement::cluster_id), check(placement::is_cluster()))]
        pub cluster_id: Option<String>,
        /// Kubernetes namespace in the cluster `cluster_id` in which alone the role counts. It need not exist.
        #[attr(computed, stable, caseless, derived(placement::namespace), check(placement::is_namespace()))]
        pub namespace: Option<String>,
        /// Node pool of the cluster `cluster_id` for which alone the role counts.
        #[attr(computed, stable, caseless, derived(placement::node_pool), check(placement::is_node_pool()))]
        pub node_pool: Option<String>,
        /// The scope: any of Azure Resource Manager. Follows from `cluster_id`, `namespace` and `node_pool` where these are given.
        #[attr(computed, stable, replace, same(placement::same_scope), derived(placement::scope), check(placement::is_scope()))]
        pub scope: Option<String>,
        /// ID of the role definition; of a built-in role without a subscription.
        #[attr(output, stable, replace, renewed_by(&["role"]), same(roles::same), derived(placement::role_definition_id))]
        pub role_definition_id: String,
        /// Name of the role.
        #[attr(output, stable, renewed_by(&["role"]), derived(placement::role_name))]
        pub role_name: Option<String>,
        /// A condition that narrows what the role allows, in the language of Azure's attribute-based access control. Only some roles of storage accounts
        /// can have one here.
        #[attr(check(length(1, 8192)))]
        pub condition: Option<String>,
        /// Version of the language of the condition: `2.0`, which is also what it is when omitted.
        #[attr(computed, stable, derived(condition_version), check(one_of(&["1.0", "2.0"])))]
        pub condition_version: Option<String>,
    }
}

/// The version of a condition's language, where there is a condition.
fn condition_version(config: View<'_>, _: View<'_>) -> Option<Value> {
    Some(match config.get::<Option<String>>("condition") {
        None => Value::UNKNOWN,
        Some(None) => Value::Null,
        Some(Some(_)) => Value::from("2.0"),
    })
}

impl PimRoleAssignment {
    fn describe(&self) -> String {
        let (role, scope) = (if self.role.is_empty() { "a role" } else { &self.role }, self.scope.as_deref().unwrap_or("an unknown scope"));
        format!("the active assignment of {} for {role} at {scope}", self.principal_id)
    }

    async fn place(&self, _: &Context<Azure>) -> Result<Place> {
        role::place(Kind::Assignment, self.scope.as_deref(), &self.role_definition_id, &self.principal_id)
    }

    /// What is not known yet: an import by the id of a schedule knows nothing else, and only Azure knows the id of a custom role.
    async fn find_place(&mut self, cx: &Context<Azure>) -> Result<bool> {
        if self.principal_id.is_empty() {
            let Some(named) = role::of_schedule(self.schedule_id.as_deref().unwrap_or_default(), cx).await? else { return Ok(false) };
            self.principal_id = named.principal;
            self.scope = named.scope;
            self.role = named.role;
        }
        at!(self).settle(cx).await?;
        Ok(true)
    }

    fn from_import(id: &str) -> Result<Self> {
        let named = role::named(id, Kind::Assignment)?;
        Ok(PimRoleAssignment {
            id: id.to_owned(),
            principal_id: named.principal,
            scope: named.scope,
            role: named.role,
            schedule_id: named.schedule,
            ..PimRoleAssignment::absent()
        })
    }

    fn validate_more(config: View<'_>, found: &mut Findings) {
        placement::validate(config, found);
        if config.is_set("condition_version") && !config.is_set("condition") {
            found.error("condition_version", "`condition_version` needs `condition`", "Give the condition, or leave its version out.");
        }
    }

    async fn review_more(change: Change<'_>, cx: &mut Context<Azure>) -> Findings {
        review::role_grant(Kind::Assignment, change, cx).await
    }

    fn condition(&self) -> Option<(String, String)> {
        self.condition.clone().zip(self.condition_version.clone())
    }

    fn put_condition(&mut self, condition: Option<(String, String)>) {
        (self.condition, self.condition_version) = condition.unzip();
    }
}
