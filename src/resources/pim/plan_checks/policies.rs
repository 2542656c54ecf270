//! Policies, of groups above all; those of roles are reviewed alike.

use std::collections::HashSet;

use framework::value::Value;
use framework::{Change, Context, Diagnostic, Diagnostics, View};
use jiff::SignedDuration;
use serde::Deserialize;
use uuid::Uuid;

use super::grants::{log_unchecked, placed, wrong_group};
use super::warning_kinds::{APPROVER_ONLY_OWNS, SELF_APPROVAL, SHORT_ACTIVATION, UNUSED_CONTEXT};
use crate::attributes::duration;
use crate::azure::{Error, Request};
use crate::directory::{GroupRelation, RelatedObject, SERVICE_PRINCIPAL, Select};
use crate::pim::{GrantKind, GrantScope, Layer};
use crate::pim::{PolicyKey, Settings};
use crate::resources::membership::Named;
use crate::resources::pim::policy::{no_approvers, setting};
use crate::services::Services;

/// How many ids a message names.
const NAMED: usize = 10;

/// Reviews a policy of a group.
pub(crate) async fn group_policy(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
    let mut found = Diagnostics::new();
    short_activation(change.planned, &mut found);
    // In the apply walk the service reports the error.
    if change.in_apply || !cx.api.client().is_configured() {
        return found;
    }
    let group = Named::attribute(change.planned, "group_id");
    let mut known = None;
    if let Some(group) = group {
        if change.touches("group_id") {
            match cx.api.directory().identities(&HashSet::from([group.id])).await {
                Ok(identities) => {
                    let identity = identities.get(&group.id).and_then(Option::as_deref);
                    found.extend(wrong_group(group.id, identity).map(|wrong| placed(wrong, &group)));
                }
                Err(error) => log_unchecked(&error),
            }
        }
        if !found.has_error() {
            let access = change.planned.get::<String>("access");
            known = access.map(|subject| PolicyKey { area: GrantScope::Group(group.id), subject });
        }
    }
    activation(change, known.as_ref(), cx, &mut found).await;
    found
}

/// Who approves, and which context is wanted.
pub(super) async fn activation(change: Change<'_>, policy_key: Option<&PolicyKey>, cx: &Context<Services>, found: &mut Diagnostics) {
    if change.touches("activation") {
        approval(change, policy_key, cx, found).await;
        if let Some(context) = activation_text(change.planned, "authentication_context").filter(|context| !context.is_empty()) {
            unused_context(context, cx, found).await;
        }
    }
}

fn activation_text<'v>(planned: View<'v>, name: &str) -> Option<&'v str> {
    planned.inner("activation").raw(name).as_str()
}

pub(super) fn short_activation(planned: View<'_>, found: &mut Diagnostics) {
    let longest = activation_text(planned, "maximum_duration");
    if longest.and_then(duration::parse).is_some_and(|longest| longest < SignedDuration::from_hours(1)) {
        let detail = "A token lives for an hour and cannot be taken back: a user of kubectl or kubelogin keeps the access for 60 to 75 minutes, however short the \
                      activation is.";
        found.add(
            Diagnostic::warning("The activation ends before the token does", detail)
                .at(setting("activation", "maximum_duration"))
                .of(&SHORT_ACTIVATION),
        );
    }
}

/// Who approves, and whether that is a good idea.
async fn approval(change: Change<'_>, policy_key: Option<&PolicyKey>, cx: &Context<Services>, found: &mut Diagnostics) {
    let activation = change.planned.inner("activation");
    if activation.raw("require_approval") != &Value::Bool(true) {
        return;
    }
    let ids = |name: &str| -> Option<Vec<Uuid>> {
        let value = named_approvers(change, name);
        let elements = value.elements();
        let known = value.is_wholly_known().then(|| elements.unwrap_or_default());
        Some(known?.iter().filter_map(|id| Uuid::parse_str(id.as_str()?).ok()).collect())
    };
    let (users, groups) = (ids("user_ids"), ids("group_ids"));
    if let (Some(users), Some(groups)) = (&users, &groups)
        && users.is_empty()
        && groups.is_empty()
        && !has_approvers_already(change, policy_key, cx).await
    {
        return found.add(no_approvers());
    }
    let Some(policy_key) = policy_key else { return };
    if let Err(error) = self_approval(policy_key, users.unwrap_or_default(), groups.unwrap_or_default(), cx, found).await {
        log_unchecked(&error);
    }
}

/// The planned approvers of a kind. Null where the configuration names none and nothing is known of them yet: they are as the service has them.
fn named_approvers<'v>(change: Change<'v>, name: &str) -> &'v Value {
    let of = |view: View<'v>| view.inner("activation").inner("approvers").raw(name);
    let planned = of(change.planned);
    if planned.is_unknown() && of(change.config).is_null() { &Value::Null } else { planned }
}

/// Whether the policy has approvers that are not configured.
async fn has_approvers_already(change: Change<'_>, policy_key: Option<&PolicyKey>, cx: &Context<Services>) -> bool {
    let says_nothing = named_approvers(change, "user_ids").is_null() && named_approvers(change, "group_ids").is_null();
    let (Some(policy_key), true) = (policy_key, says_nothing) else { return false };
    let policy = cx.api.pim().policy(policy_key).await.ok().flatten();
    let approvers = policy.map(|policy| Settings::read(&policy.rules, policy_key.dialect()).activation.approvers).unwrap_or_default();
    [approvers.user_ids, approvers.group_ids].into_iter().flatten().any(|ids| !ids.is_empty())
}

async fn self_approval(
    policy_key: &PolicyKey,
    users: Vec<Uuid>,
    groups: Vec<Uuid>,
    cx: &Context<Services>,
    found: &mut Diagnostics,
) -> Result<(), Error> {
    let at = || setting("activation", "approvers");
    let own = if let GrantScope::Group(group) = policy_key.area { Some(group) } else { None };
    if own.is_some_and(|group| groups.contains(&group)) {
        let detail = "The approvers are the group itself: a member who has activated can approve the next, and their own prolongation. Take a group of its own.";
        found.add(Diagnostic::warning("Who is a member can approve", detail).at(at()).of(&SELF_APPROVAL));
    }
    let rows = cx.api.pim().all_granted(GrantKind::Eligibility, Layer::Schedules, &policy_key.area).await?;
    let key = policy_key.key();
    let eligible: HashSet<Uuid> = rows.iter().filter(|row| row.subject == key).map(|row| row.principal).collect();
    let mut selves: HashSet<Uuid> = users.iter().chain(&groups).filter(|id| eligible.contains(id)).copied().collect();
    for approvers in groups.iter().filter(|id| Some(**id) != own) {
        let members = cx.api.directory().members(*approvers, None).await?;
        selves.extend(members.intersection(&eligible));
        for inner in eligible.iter().filter(|id| !members.contains(id) && *id != approvers) {
            selves.extend(shared(*inner, &members, cx).await?);
        }
        only_owners(*approvers, &members, cx, found).await?;
    }
    if !selves.is_empty() {
        let mut named: Vec<String> = selves.iter().map(Uuid::to_string).collect();
        named.sort_unstable();
        named.truncate(NAMED);
        let detail = format!("Eligible and among the approvers: {}. Somebody else should approve.", named.join(", "));
        found.add(Diagnostic::warning("Who is eligible can approve", detail).at(at()).of(&SELF_APPROVAL));
    }
    Ok(())
}

/// Which of these are members of an eligible group. What is no group has none.
async fn shared(eligible: Uuid, among: &HashSet<Uuid>, cx: &Context<Services>) -> Result<Vec<Uuid>, Error> {
    let identities = cx.api.directory().identities(&HashSet::from([eligible])).await?;
    if !identities.get(&eligible).and_then(Option::as_deref).is_some_and(crate::directory::Identity::is_group) {
        return Ok(Vec::new());
    }
    Ok(cx.api.directory().members(eligible, None).await?.intersection(among).copied().collect())
}

/// Approvers who own their group without being its members.
async fn only_owners(approvers: Uuid, members: &HashSet<Uuid>, cx: &Context<Services>, found: &mut Diagnostics) -> Result<(), Error> {
    // A service principal never approves, so it needs no warning, whether or not the service lists it here.
    let request = GroupRelation::Owners.without_service_principals(&approvers.to_string(), Select::Id);
    let owners = cx.api.client().list::<RelatedObject>(request).await?;
    let only: Vec<String> = owners
        .into_iter()
        .filter(|owner| owner.kind != SERVICE_PRINCIPAL)
        .map(|owner| owner.id)
        .filter(|owner| Uuid::parse_str(owner).is_ok_and(|owner| !members.contains(&owner)))
        .take(NAMED)
        .collect();
    if !only.is_empty() {
        let detail = format!(
            "The group of approvers {approvers} has owners who are not its members: {}. An owner cannot approve; make them members if they shall.",
            only.join(", ")
        );
        found.add(Diagnostic::warning("Owners cannot approve", detail).at(setting("activation", "approvers")).of(&APPROVER_ONLY_OWNS));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Access {
    state: Option<String>,
    conditions: Option<serde_json::Value>,
}

/// Warns about an authentication context that no conditional access policy uses: it protects nothing, or blocks everyone.
async fn unused_context(context: &str, cx: &Context<Services>, found: &mut Diagnostics) {
    let policies = match cx.api.client().list::<Access>(Request::get("/identity/conditionalAccess/policies")).await {
        Ok(policies) => policies,
        Err(error) => return log_unchecked(&error),
    };
    let uses = |policy: &Access| {
        let contexts =
            policy.conditions.as_ref().map(|conditions| &conditions["applications"]["includeAuthenticationContextClassReferences"]);
        contexts.and_then(serde_json::Value::as_array).is_some_and(|contexts| contexts.iter().any(|used| used == context))
    };
    if !policies.iter().any(|policy| policy.state.as_deref() == Some("enabled") && uses(policy)) {
        let detail = format!(
            "No enabled conditional access policy includes the authentication context {context}, so nothing is asked for, or nobody can activate. If this configuration makes \
             such a policy, all is well."
        );
        found.add(
            Diagnostic::warning("No conditional access policy uses this authentication context", detail)
                .at(setting("activation", "authentication_context"))
                .of(&UNUSED_CONTEXT),
        );
    }
}
