//! What a person activates and deactivates: the membership or ownership of a group, or an Azure role at a scope.

use framework::{Context, Diagnostic, Diagnostics, Model, Result, View};
use jiff::Timestamp;

use crate::arm::roles;
use crate::attributes::placement;
use crate::azure::Caller;
use crate::client::diagnose::could_not;
use crate::pim::grant_key::{self, GrantKey};
use crate::pim::{ACCESS, GrantKind, GrantScope, Layer, Row};
use crate::services::Services;

/// A group or a role.
#[derive(Clone, Debug, Model)]
pub(super) struct ActivationTarget {
    /// Object ID of the group. Either this or `role`.
    #[attr(case_insensitive, check(uuid()))]
    group_id: Option<String>,
    /// Type of access to the group: `member` or `owner`.
    #[attr(default("member"), check(one_of(ACCESS)))]
    access: String,
    /// The Azure role: its name, or an ID of its definition. Needs `cluster_id` or `scope`.
    #[attr(semantic_equality(roles::same), check(length(1, 1024)))]
    role: Option<String>,
    /// Resource ID of the AKS cluster at which the role counts.
    #[attr(semantic_equality(placement::same_scope), check(placement::is_cluster()))]
    cluster_id: Option<String>,
    /// The scope of the role: any of Azure Resource Manager.
    #[attr(semantic_equality(placement::same_scope), check(placement::is_scope()))]
    scope: Option<String>,
}

/// Checks that one thing is named, and wholly.
pub(super) fn validate(config: View<'_>, found: &mut Diagnostics) {
    let is_set = |name: &str| config.is_set(name);
    let is_certain = |name: &str| is_set(name) && config.raw(name).is_wholly_known();
    if !is_set("group_id") && !is_set("role") {
        found.add(Diagnostic::error("Nothing to activate", "Give `group_id`, or `role` with `cluster_id` or `scope`."));
    }
    if is_certain("group_id") && is_certain("role") {
        found.error("role", "Too much to activate", "Give either `group_id` or `role`: one action activates one thing.");
    }
    if is_certain("role") && !is_set("cluster_id") && !is_set("scope") {
        found.error("role", "The scope of the role is missing", "Give `cluster_id` or `scope`.");
    }
    if is_certain("cluster_id") && is_certain("scope") {
        found.error("scope", "The scope is given twice", "Give either `cluster_id` or `scope`.");
    }
}

/// Refuses, in a plan, an action that the service refuses to every application. A failed sign-in is reported elsewhere.
pub(super) async fn only_for_users(what: &str, cx: &Context<Services>) -> Diagnostics {
    let mut found = Diagnostics::new();
    if let Ok(caller) = cx.api.client().caller().await
        && !caller.is_user()
    {
        found.add(refused_to_applications(what));
    }
    found
}

fn refused_to_applications(what: &str) -> Diagnostic {
    Diagnostic::error(
        format!("An application cannot {what}"),
        "Privileged Identity Management accepts this from a signed-in user alone, and Terraform signs in as an application. Sign in as a user, with the Azure CLI for \
         one, or let the user do it with the program `aksaccess`.",
    )
}

/// The signed-in user.
///
/// # Errors
/// An application signed in, or it is not known who.
pub(super) async fn signed_in_user(what: &str, cx: &Context<Services>) -> Result<Caller> {
    let caller = cx.api.client().caller().await.map_err(could_not(what))?;
    if !caller.is_user() {
        return Err(refused_to_applications(what));
    }
    Ok(caller)
}

impl ActivationTarget {
    /// The key of the active assignment that an activation makes.
    pub(super) async fn key(&self, what: &str, cx: &Context<Services>) -> Result<GrantKey> {
        let caller = signed_in_user(what, cx).await?;
        let principal = caller.object_id.ok_or_else(|| {
            Diagnostic::error(
                "It is not known who signed in",
                "The token does not have the object ID of the user that Terraform signs in as.",
            )
        })?;
        if let Some(group) = &self.group_id {
            return grant_key::of_group(GrantKind::Assignment, group, &principal, &self.access);
        }
        let scope = placement::parsed("scope", self.scope.as_deref().or(self.cluster_id.as_deref()).unwrap_or_default())?;
        let text = self.role.as_deref().unwrap_or_default();
        let role = cx.api.arm().role(&scope, text).await.map_err(|why| placement::no_role(text, &scope, why))?;
        Ok(GrantKey {
            kind: GrantKind::Assignment,
            area: GrantScope::scope(&scope.to_string()),
            subject: roles::id_at(&scope, &role.id),
            principal: crate::attributes::object_id("principal_id", &principal)?,
        })
    }
}

/// What is in force of a grant: of several rows the one that lasts longest.
pub(super) async fn in_force(key: &GrantKey, cx: &Context<Services>) -> Result<Option<Row>> {
    let what = || could_not(format!("read {}", key.describe()));
    let rows = cx.api.pim().granted_now(key.kind, Layer::Instances, &key.area, key.principal).await.map_err(what())?;
    let now = cx.api.client().now().map_err(what())?;
    let subject = key.subject_key();
    let in_force = rows.into_iter().filter(|row| row.subject == subject && row.end.is_none_or(|end| end > now));
    Ok(in_force.max_by_key(|row| row.end.unwrap_or(Timestamp::MAX)))
}
