//! The last owner of a group who counts cannot be removed.
//!
//! Of an ordinary group that is the last owner who is a user (<https://learn.microsoft.com/en-us/graph/api/group-delete-owners>); of one that can be given roles
//! a service principal counts, too (<https://github.com/microsoftgraph/msgraph-metadata/issues/653>).

use std::collections::HashSet;

use framework::{Change, Context, Diagnostics, View};
use uuid::Uuid;

use super::existing::Namesake;
use super::links::OWNERS;
use crate::services::Services;

/// The owners in a list; none if one of them is not known yet.
fn known(view: View<'_>) -> Option<Vec<Uuid>> {
    let owners = view.get::<Option<Vec<String>>>("owners").flatten()?;
    owners.iter().map(|id| Uuid::parse_str(id).ok()).collect()
}

/// Refuses owners of whom none is a user, for a group that has a user among its owners. `adopted` is the group that a creation would adopt.
pub(super) async fn one_who_counts_remains(change: Change<'_>, adopted: Option<Namesake>, cx: &Context<Services>, found: &mut Diagnostics) {
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
        // Not being allowed to look is no reason to refuse: the service will tell.
        Err(error) => tracing::info!(%error, "owners are not checked"),
    }
}
