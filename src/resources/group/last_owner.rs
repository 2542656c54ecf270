//! Who owns a group, and that the last owner who counts cannot be removed.
//!
//! Of an ordinary group that is the last owner who is a user (<https://learn.microsoft.com/en-us/graph/api/group-delete-owners>); of one that can be given roles
//! a service principal counts, too (<https://github.com/microsoftgraph/msgraph-metadata/issues/653>).

use std::collections::HashSet;

use framework::{Change, Context, Diagnostic, Diagnostics, View};
use uuid::Uuid;

use super::existing::Namesake;
use super::json::{EXPANDED_AT_MOST, GroupResponse, READING_WITH_OWNERS};
use super::links::OWNERS;
use crate::azure::Error;
use crate::client::consistency;
use crate::services::Services;

/// The owners in a list; none if one of them is not known yet.
fn known(view: View<'_>) -> Option<Vec<Uuid>> {
    let owners = view.get::<Option<Vec<String>>>("owners").flatten()?;
    owners.iter().map(|id| Uuid::parse_str(id).ok()).collect()
}

/// Refuses owners of whom none is a user, for a group that has a user among its owners. `adopted` is the group that a creation would adopt.
pub(super) async fn check_last_owner(change: Change<'_>, adopted: Option<Namesake>, cx: &Context<Services>, found: &mut Diagnostics) {
    let Some(planned) = known(change.planned) else { return };
    let all_count = change.planned.get::<bool>("assignable_to_role") != Some(false)
        || adopted.as_ref().is_some_and(|group| group.is_assignable_to_role == Some(true));
    let id = change.prior.and_then(|prior| prior.get::<String>("id")).or(adopted.map(|group| group.id));
    let Some(id) = id.filter(|_| !planned.is_empty() && !all_count && !change.in_apply && cx.api.client().is_configured()) else { return };
    if !change.touches("owners") {
        return;
    }
    let checked = async {
        let prior = match change.prior.and_then(known) {
            Some(prior) => prior,
            None => OWNERS.of(&id, cx).await?.iter().filter_map(|id| Uuid::parse_str(id).ok()).collect(),
        };
        if prior.iter().all(|id| planned.contains(id)) {
            return Ok(false);
        }
        let all: HashSet<Uuid> = prior.iter().chain(&planned).copied().collect();
        let identities = cx.api.directory().identities(&all).await?;
        let is = |id: &Uuid, user: bool| identities.get(id).and_then(Option::as_ref).is_some_and(|identity| identity.is_user() == user);
        Ok::<_, crate::azure::Error>(prior.iter().any(|id| is(id, true)) && planned.iter().all(|id| is(id, false)))
    };
    match checked.await {
        Ok(true) => found.error(
            "owners",
            "The last owner who is a user cannot be removed",
            "Microsoft Graph refuses it: a service principal does not count as the last owner of a group, unless roles can be assigned to the group. Keep a user among \
             `owners`, or leave `owners` out to no longer manage them.",
        ),
        Ok(false) => {}
        // A failed lookup is no reason to refuse: the apply reports the error.
        Err(error) => tracing::info!(%error, "owners are not checked"),
    }
}

/// Whether an object owns a group. Read repeatedly after a write, until the owner is visible.
pub(crate) async fn is_owner(group: Uuid, owner: Uuid, cx: &Context<Services>) -> Result<bool, Error> {
    if !consistency::may_be_stale(cx)
        && gone(among(cx.api.directory().object(READING_WITH_OWNERS, &group.to_string()).await, owner, cx).await)?
    {
        return Ok(true);
    }
    let is_seen = |seen: &Result<bool, Error>| !matches!(seen, Ok(false));
    cx.api.client().until(consistency::stale_until(cx), || is_owner_now(group, owner, cx), is_seen).await
}

/// Whether an object owns a group, read now. Read together with the group, since the listing of v1.0 leaves service principals out.
pub(crate) async fn is_owner_now(group: Uuid, owner: Uuid, cx: &Context<Services>) -> Result<bool, Error> {
    let read = async { cx.api.client().send(READING_WITH_OWNERS.request(&group.to_string())).await?.json() };
    gone(among(read.await, owner, cx).await)
}

/// A group that does not exist has no owners.
fn gone(there: Result<bool, Error>) -> Result<bool, Error> {
    there.or_else(|error| if error.is_not_found() { Ok(false) } else { Err(error) })
}

/// Whether an object is among the owners of a group that was read, which may not be all of them.
async fn among(read: Result<GroupResponse, Error>, owner: Uuid, cx: &Context<Services>) -> Result<bool, Error> {
    let read = read?;
    let is_this = |id: &str| Uuid::parse_str(id).is_ok_and(|id| id == owner);
    if read.owners.iter().any(|owner| is_this(&owner.id)) || read.owners.len() < EXPANDED_AT_MOST {
        return Ok(read.owners.iter().any(|owner| is_this(&owner.id)));
    }
    Ok(OWNERS.of(&read.id, cx).await?.iter().any(|id| is_this(id)))
}

/// Warns that the owner which is replaced is the last who counts: whether the new one comes first is not known in a plan.
pub(crate) async fn last_is_replaced(prior: View<'_>, cx: &Context<Services>, found: &mut Diagnostics) {
    let id = |name: &str| prior.get::<String>(name).and_then(|id| Uuid::parse_str(&id).ok());
    let (Some(group), Some(owner)) = (id("group_id"), id("owner_id")) else { return };
    let checked = async {
        let read: GroupResponse = cx.api.directory().object(READING_WITH_OWNERS, &group.to_string()).await?;
        let owners: HashSet<Uuid> = read.owners.iter().filter_map(|owner| Uuid::parse_str(&owner.id).ok()).collect();
        let identities = cx.api.directory().identities(&owners).await?;
        let is_user = |id: &Uuid| identities.get(id).and_then(Option::as_ref).is_some_and(|identity| identity.is_user());
        let all_count = read.is_assignable_to_role == Some(true);
        let others = owners.iter().filter(|id| **id != owner && (all_count || is_user(id))).count();
        Ok::<_, Error>(owners.contains(&owner) && (all_count || is_user(&owner)) && others == 0)
    };
    match checked.await {
        Ok(true) => {
            let detail = format!(
                "Microsoft Graph does not let the owner {owner} of the group {group} go before another user owns it, and leaves it in place. Let a user come first with \
                 `lifecycle {{ create_before_destroy = true }}`."
            );
            found.add(Diagnostic::warning("The last owner who is a user is replaced", detail).at_attribute("owner_id"));
        }
        Ok(false) => {}
        Err(error) => tracing::info!(%error, "owners are not checked"),
    }
}
