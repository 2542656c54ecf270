//! Eligibilities and active assignments of groups.

use std::collections::HashSet;

use framework::value::Value;
use framework::{Change, Context, Diagnostic, Diagnostics, View};
use jiff::SignedDuration;
use uuid::Uuid;

use super::warning_kinds::{ELIGIBLE_IS_MEMBER, PERMANENT_BESIDE_ELIGIBLE, POLICY_REFUSES};
use crate::attributes::duration;
use crate::azure::Error;
use crate::directory::Identity;
use crate::pim::terms::Expiration;
use crate::pim::{GrantKind, GrantScope, Layer};
use crate::pim::{PolicyKey, Settings};
use crate::resources::membership::Named;
use crate::services::Services;

/// Reviews the grant of an access to a group.
pub(crate) async fn group_grant(kind: GrantKind, change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
    let mut found = Diagnostics::new();
    // In the apply walk the service reports the error.
    if change.in_apply || !cx.api.client().is_configured() {
        return found;
    }
    let (group, principal) = (Named::attribute(change.planned, "group_id"), Named::attribute(change.planned, "principal_id"));
    let who_is_new = change.touches("group_id") || change.touches("principal_id") || change.touches("access");
    if who_is_new {
        exist(kind, group.as_ref(), principal.as_ref(), change.planned, cx, &mut found).await;
    }
    let access = change.planned.get::<String>("access").unwrap_or_default();
    let Some(group) = group.filter(|_| !found.has_error()) else { return found };
    let terms_are_new = ["expiration", "justification", "ticket", "start"].into_iter().any(|name| change.touches(name));
    if terms_are_new {
        let policy_key = PolicyKey { area: GrantScope::Group(group.id), subject: access.clone() };
        match cx.api.pim().policy(&policy_key).await {
            Ok(Some(policy)) => refused(kind, &Settings::read(&policy.rules, policy_key.dialect()), change.planned, &mut found),
            Ok(None) => {}
            Err(error) => log_unchecked(&error),
        }
    }
    if let (true, Some(principal)) = (who_is_new, principal) {
        let policy_key = PolicyKey { area: GrantScope::Group(group.id), subject: access };
        if let Err(error) = both(kind, &policy_key, principal.id, change.planned, cx, &mut found).await {
            log_unchecked(&error);
        }
    }
    found
}

/// A failed lookup is no reason to refuse: the apply reports the error.
pub(super) fn log_unchecked(error: &Error) {
    tracing::info!(%error, "not reviewed");
}

/// Group and principal must be there and be of the right kind.
async fn exist(
    kind: GrantKind,
    group: Option<&Named>,
    principal: Option<&Named>,
    planned: View<'_>,
    cx: &Context<Services>,
    found: &mut Diagnostics,
) {
    let ids: HashSet<Uuid> = group.into_iter().chain(principal).map(|named| named.id).collect();
    let identities = match cx.api.directory().identities(&ids).await {
        Ok(identities) => identities,
        Err(error) => return log_unchecked(&error),
    };
    let of = |named: &Named| identities.get(&named.id).and_then(Option::as_deref);
    if let Some(group) = group {
        found.extend(wrong_group(group.id, of(group)).map(|wrong| placed(wrong, group)));
    }
    if let Some(principal) = principal {
        let active_in = group.and_then(of).filter(|_| kind == GrantKind::Assignment);
        let owner = planned.get::<String>("access").as_deref() == Some("owner");
        found.extend(wrong_principal(principal.id, of(principal), active_in, owner).map(|wrong| placed(wrong, principal)));
    }
}

/// A finding at its attribute.
pub(super) fn placed(wrong: Diagnostic, named: &Named) -> Diagnostic {
    wrong.at(named.at.clone())
}

/// Why Privileged Identity Management cannot have a group, if so (docs/services/pim.md#objects-and-life-cycle).
pub(super) fn wrong_group(id: Uuid, group: Option<&Identity>) -> Option<Diagnostic> {
    let (summary, detail) = match group {
        None => {
            let detail = format!("No object of the tenant has the object id {id}. Check for a mistyped id or a group of another tenant.");
            return Some(Diagnostic::error("This group does not exist", detail).absent(id));
        }
        Some(group) if !group.is_group() => ("This is not a group", format!("The object {id} is something else.")),
        Some(group) if group.is_dynamic() => (
            "A dynamic group cannot be under Privileged Identity Management",
            format!("The members of the group {id} follow from its rule. Take a group with assigned members."),
        ),
        Some(group) if group.is_synchronized() => (
            "A group from on premises cannot be under Privileged Identity Management",
            format!("The group {id} is synchronised from a directory on premises. Take a group of the cloud."),
        ),
        Some(_) => return None,
    };
    Some(Diagnostic::error(summary, detail))
}

/// Why a principal cannot be granted this, if so. `active_in` is the group of an active assignment.
pub(super) fn wrong_principal(id: Uuid, principal: Option<&Identity>, active_in: Option<&Identity>, owner: bool) -> Option<Diagnostic> {
    let Some(principal) = principal else {
        return Some(Diagnostic::error(
            "This principal does not exist",
            format!(
                "No object of the tenant has the object id {id}. Check for a mistyped id, an application id in place of its service principal's object id, \
                 or an object of another tenant."
            ),
        ).absent(id));
    };
    let group = active_in?;
    if group.is_assignable_to_role() && principal.is_group() {
        return Some(Diagnostic::error(
            "A group cannot be an active member of a role-assignable group",
            format!("The principal {id} is a group. Make it eligible with `aksaccess_pim_group_eligibility`, or name its members."),
        ));
    }
    if owner && !principal.can_own() {
        return Some(Diagnostic::error(
            "Only a user or a service principal can own a group",
            format!("The principal {id} is something else."),
        ));
    }
    None
}

/// Checks the grant against the policy.
pub(super) fn refused(kind: GrantKind, settings: &Settings, planned: View<'_>, found: &mut Diagnostics) {
    let (permanent_allowed, longest, justification, ticket) = match kind {
        GrantKind::Eligibility => {
            let it = &settings.eligible_assignment;
            (it.permanent_allowed, &it.maximum_duration, it.require_justification, it.require_ticket)
        }
        GrantKind::Assignment => {
            let it = &settings.active_assignment;
            (it.permanent_allowed, &it.maximum_duration, it.require_justification, it.require_ticket)
        }
    };
    let object = if kind == GrantKind::Eligibility { "eligible_assignment" } else { "active_assignment" };
    let mut refuse = |attribute: &str, why: String| {
        let detail = format!(
            "{why} That is how the policy is now; the apply fails unless something changes it first, such as a policy of this configuration that it `depends_on`."
        );
        found.add(Diagnostic::warning("The policy refuses this", detail).at_attribute(attribute).of(&POLICY_REFUSES));
    };
    if let Some(expiration) = planned.get::<Expiration>("expiration") {
        let longest_shown = longest.as_deref().unwrap_or("a duration");
        if expiration.permanent == Some(true) && permanent_allowed == Some(false) {
            refuse(
                "expiration",
                format!("`expiration.permanent` is true, but `{object}.permanent_allowed` is false, and {longest_shown} is the longest."),
            );
        }
        let length = expiration.duration.as_deref().and_then(duration::parse).or_else(|| length(planned, &expiration));
        let most = longest.as_deref().and_then(duration::parse).filter(|_| permanent_allowed == Some(false));
        if let (Some(length), Some(most)) = (length, most)
            && length > most
        {
            refuse(
                "expiration",
                format!("It would last for {}, but `{object}.maximum_duration` is {longest_shown}.", duration::show(length)),
            );
        }
    }
    for (attribute, required) in [("justification", justification), ("ticket", ticket)] {
        if required == Some(true) && planned.raw(attribute) == &Value::Null {
            refuse(attribute, format!("`{object}.require_{attribute}` is true, and `{attribute}` is not set."));
        }
    }
}

/// The duration of the grant, if it is known.
fn length(planned: View<'_>, expiration: &Expiration) -> Option<SignedDuration> {
    let end: jiff::Timestamp = expiration.end.as_deref()?.parse().ok()?;
    let start: jiff::Timestamp = planned.get::<Option<String>>("start")??.parse().ok()?;
    Some(end.duration_since(start))
}

/// Warns about a principal who is eligible and has permanent access, too.
pub(super) async fn both(
    kind: GrantKind,
    policy_key: &PolicyKey,
    principal: Uuid,
    planned: View<'_>,
    cx: &Context<Services>,
    found: &mut Diagnostics,
) -> Result<(), Error> {
    let (area, key) = (&policy_key.area, policy_key.key());
    let permanent = planned.inner("expiration").raw("permanent") == &Value::Bool(true);
    match kind {
        GrantKind::Assignment if !permanent => return Ok(()),
        GrantKind::Assignment => {
            let eligible = cx.api.pim().granted(GrantKind::Eligibility, Layer::Schedules, area, principal).await?;
            if eligible.iter().any(|row| row.subject == key && row.direct) {
                let detail = format!(
                    "{principal} can activate what it would have anyway. Let one of the two go, or give the active assignment an end."
                );
                found.add(
                    Diagnostic::warning("A permanent active assignment beside an eligibility", detail)
                        .at_attribute("expiration")
                        .of(&PERMANENT_BESIDE_ELIGIBLE),
                );
            }
        }
        GrantKind::Eligibility => {
            let active = cx.api.pim().granted(GrantKind::Assignment, Layer::Schedules, area, principal).await?;
            let own: Vec<_> = active.iter().filter(|row| row.subject == key && row.direct).collect();
            // A standing role assignment is listed among the active ones, too.
            if own.iter().any(|row| !row.activated && row.end.is_none()) {
                let what = policy_key.what();
                let detail = format!("{principal} has a permanent active assignment for {what}, so there is nothing to activate.");
                found.add(
                    Diagnostic::warning("An eligibility beside a permanent active assignment", detail)
                        .at_attribute("principal_id")
                        .of(&PERMANENT_BESIDE_ELIGIBLE),
                );
            } else if let GrantScope::Group(group) = *area
                && own.is_empty()
                && key == "member"
                && cx.api.directory().is_member(group, principal, None).await?
            {
                let detail = format!(
                    "{principal} is a member of the group {group} already, without Privileged Identity Management, so there is nothing to activate. Remove it from the group."
                );
                found.add(
                    Diagnostic::warning("Who is to be eligible is a member already", detail)
                        .at_attribute("principal_id")
                        .of(&ELIGIBLE_IS_MEMBER),
                );
            }
        }
    }
    Ok(())
}
