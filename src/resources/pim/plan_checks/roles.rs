//! Grants and policies of Azure roles.

use std::collections::HashSet;

use framework::{Change, Context, Diagnostics};

use super::grants::{both, log_unchecked, placed, refused, wrong_principal};
use super::policies::{activation, short_activation};
use crate::arm::{Scope, roles};
use crate::attributes::placement;
use crate::pim::{GrantKind, GrantScope};
use crate::pim::{PolicyKey, Settings};
use crate::resources::cluster_warnings;
use crate::resources::membership::Named;
use crate::services::Services;

/// Reviews the grant of an Azure role.
pub(crate) async fn role_grant(kind: GrantKind, change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
    let mut found = Diagnostics::new();
    // In the apply walk the service reports the error.
    if change.in_apply || !cx.api.client().is_configured() {
        return found;
    }
    let principal = Named::attribute(change.planned, "principal_id");
    if let Some(principal) = principal.as_ref().filter(|_| change.touches("principal_id")) {
        match cx.api.directory().identities(&HashSet::from([principal.id])).await {
            Ok(identities) => {
                let identity = identities.get(&principal.id).and_then(Option::as_deref);
                found.extend(wrong_principal(principal.id, identity, None, false).map(|wrong| placed(wrong, principal)));
            }
            Err(error) => log_unchecked(&error),
        }
    }
    cluster_warnings::plan_check(change, cx, &mut found).await;
    let Some(policy_key) = policy_key(change, cx, &mut found).await else { return found };
    let terms_are_new = ["scope", "role", "expiration", "justification", "ticket", "start"].into_iter().any(|name| change.touches(name));
    if terms_are_new && !found.has_error() {
        match cx.api.pim().policy(&policy_key).await {
            Ok(Some(policy)) => refused(kind, &Settings::read(&policy.rules, policy_key.dialect()), change.planned, &mut found),
            Ok(None) => {}
            Err(error) => log_unchecked(&error),
        }
    }
    let who_is_new = ["scope", "role", "principal_id"].into_iter().any(|name| change.touches(name));
    if let (true, false, Some(principal)) = (who_is_new, found.has_error(), principal)
        && let Err(error) = both(kind, &policy_key, principal.id, change.planned, cx, &mut found).await
    {
        log_unchecked(&error);
    }
    found
}

/// Reviews the policy of an Azure role.
pub(crate) async fn role_policy(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
    let mut found = Diagnostics::new();
    short_activation(change.planned, &mut found);
    if change.in_apply || !cx.api.client().is_configured() {
        return found;
    }
    let policy_key = policy_key(change, cx, &mut found).await;
    activation(change, policy_key.filter(|_| !found.has_error()).as_ref(), cx, &mut found).await;
    found
}

/// The key of the policy, if scope and role are known already. Reports a role that does not exist.
async fn policy_key(change: Change<'_>, cx: &Context<Services>, found: &mut Diagnostics) -> Option<PolicyKey> {
    let (role, scope) = (change.planned.get::<String>("role")?, change.planned.get::<Option<String>>("scope")??);
    let scope = Scope::parse(&scope).ok()?;
    match cx.api.arm().role(&scope, &role).await {
        Ok(role) => Some(PolicyKey { area: GrantScope::scope(&scope.to_string()), subject: roles::id_at(&scope, &role.id) }),
        Err(why) => {
            placement::role_is_missing(&role, &scope, why, found);
            None
        }
    }
}
