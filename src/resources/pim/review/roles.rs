//! Grants and policies of Azure roles.

use std::collections::HashSet;

use framework::value::Value;
use framework::{Change, Context, Findings, View};

use super::grants::{not_looked_at, placed, refused, wrong_principal};
use super::policies::{activation_text, short_activation, unused_context};
use crate::arm::{Scope, roles};
use crate::directory::pim::{Area, Kind};
use crate::provider::Azure;
use crate::resources::membership::Named;
use crate::resources::pim::policy::{Governed, Settings, nobody_approves};
use crate::resources::placement;

/// Reviews the grant of an Azure role.
pub(crate) async fn role_grant(kind: Kind, change: Change<'_>, cx: &mut Context<Azure>) -> Findings {
    let mut found = Findings::new();
    // In the apply walk the service itself tells.
    if change.in_apply || !cx.api.is_configured() {
        return found;
    }
    if let Some(principal) = Named::attribute(change.planned, "principal_id").filter(|_| change.touches("principal_id")) {
        match cx.api.identities(&HashSet::from([principal.id])).await {
            Ok(identities) => {
                let identity = identities.get(&principal.id).and_then(Option::as_deref);
                found.extend(wrong_principal(principal.id, identity, None, false).map(|wrong| placed(wrong, &principal, cx)));
            }
            Err(error) => not_looked_at(&error),
        }
    }
    let Some(governed) = governed(change, cx, &mut found).await else { return found };
    let terms_are_new = ["scope", "role", "expiration", "justification", "ticket", "start"].into_iter().any(|name| change.touches(name));
    if terms_are_new && !found.has_error() {
        match governed.find(cx).await {
            Ok(Some(policy)) => refused(kind, &Settings::read(&policy.rules, governed.dialect()), change.planned, &mut found),
            Ok(None) => {}
            Err(error) => not_looked_at(&error),
        }
    }
    found
}

/// Reviews the policy of an Azure role.
pub(crate) async fn role_policy(change: Change<'_>, cx: &mut Context<Azure>) -> Findings {
    let mut found = Findings::new();
    short_activation(change.planned, &mut found);
    if change.in_apply || !cx.api.is_configured() {
        return found;
    }
    let governed = governed(change, cx, &mut found).await;
    if change.touches("activation") {
        if let (Some(governed), false) = (governed, found.has_error())
            && has_no_approvers(change.planned, &governed, cx).await
        {
            found.add(nobody_approves());
        }
        if let Some(context) = activation_text(change.planned, "authentication_context").filter(|context| !context.is_empty()) {
            unused_context(context, cx, &mut found).await;
        }
    }
    found
}

/// Whose policy governs, if scope and role are known already. A role that is not there is told.
async fn governed(change: Change<'_>, cx: &Context<Azure>, found: &mut Findings) -> Option<Governed> {
    let (role, scope) = (change.planned.get::<String>("role")?, change.planned.get::<Option<String>>("scope")??);
    let scope = Scope::parse(&scope).ok()?;
    match cx.api.role(&scope, &role).await {
        Ok(role) => Some(Governed { area: Area::scope(&scope.to_string()), subject: roles::id_at(&scope, &role.id) }),
        Err(why) => {
            placement::role_is_missing(&role, &scope, why, found);
            None
        }
    }
}

/// Whether an approval is asked for that neither the configuration nor the service says who gives.
async fn has_no_approvers(planned: View<'_>, governed: &Governed, cx: &Context<Azure>) -> bool {
    let activation = planned.inner("activation");
    if activation.raw("require_approval") != &Value::Bool(true) {
        return false;
    }
    let approvers = activation.inner("approvers");
    let lists = ["user_ids", "group_ids"].map(|name| approvers.raw(name));
    if lists.iter().any(|list| list.is_unknown() || list.elements().is_some_and(|elements| !elements.is_empty())) {
        return false;
    }
    let Ok(Some(policy)) = governed.find(cx).await else { return false };
    let there = Settings::read(&policy.rules, governed.dialect()).activation.approvers.unwrap_or_default();
    [(lists[0], there.user_ids), (lists[1], there.group_ids)]
        .into_iter()
        .all(|(said, there)| !said.is_null() || there.is_none_or(|ids| ids.is_empty()))
}
