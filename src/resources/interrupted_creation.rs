//! What a process that was killed while it created something has left: the object exists, and no state has it.
//!
//! An answer that is lost is waited for in the same process (`client/creation.rs`); of a process that is gone nothing is known. So a plan that creates looks for an
//! object of the same content that was created within the last hour, where names are not unique, and warns. It lists each collection once.

use std::time::Duration;

use framework::{Change, Context, Diagnostic, Diagnostics, Resource, WarningKind};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use crate::conditional_access::Collection;
use crate::services::Services;

/// An interrupted creation may have made the object.
pub(crate) const MAY_EXIST: WarningKind = WarningKind {
    id: "object_may_exist",
    about: "An object of the same content was created within the last hour, and no resource has it in state: a run that was interrupted may have created it.",
};

/// How long the resources in state have to show themselves.
const PAUSE: Duration = Duration::from_secs(2);

/// How old such an object is at most.
const AGE: SignedDuration = SignedDuration::from_hours(1);

/// The planned resource, if this plan creates it and everything about it is known.
pub(super) fn created<R: Resource>(change: Change<'_>, cx: &Context<Services>) -> Option<R> {
    let is_new = change.prior.is_none() && !change.in_apply && cx.api.client().is_configured();
    if is_new { change.known() } else { None }
}

/// The beginning of the time in which an interrupted creation counts; none if no service has said what time it is.
pub(super) async fn since(cx: &Context<Services>) -> Option<Timestamp> {
    cx.api.client().time().await.ok()?.checked_sub(AGE).ok()
}

/// In a plan that creates: warns of objects of a collection that is read whole which are `same`. `created_at` is the id of an object and when it was created.
pub(super) async fn check<R: Resource, T: DeserializeOwned>(
    change: Change<'_>,
    collection: Collection,
    same: impl Fn(&R, &T) -> bool,
    created_at: impl Fn(&T) -> (String, Option<String>),
    cx: &Context<Services>,
    found: &mut Diagnostics,
) {
    let Some(planned) = created::<R>(change, cx) else { return };
    let there = match cx.api.conditional_access().all_listed::<T>(collection).await {
        Ok(there) => there.unwrap_or_default(),
        // It is a service to the user; what is wrong with the listing, others report.
        Err(error) => return tracing::info!(%error, "what interrupted runs have left cannot be looked for"),
    };
    let Some(since) = since(cx).await else { return };
    let same = there.iter().filter(|object| same(&planned, object)).map(created_at);
    report(&planned, same.collect(), since, cx, found).await;
}

/// Warns of those of these objects (ID, and when created) that were created since then and that no resource of this configuration has.
pub(super) async fn report<R: Resource>(
    planned: &R,
    same: Vec<(String, Option<String>)>,
    since: Timestamp,
    cx: &Context<Services>,
    found: &mut Diagnostics,
) {
    let recent = |at: &String| at.parse::<Timestamp>().is_ok_and(|at| at >= since);
    let mut same: Vec<(String, String)> = same.into_iter().filter_map(|(id, at)| Some((id, at.filter(recent)?))).collect();
    same.retain(|(id, _)| !cx.is_managed(id));
    // Terraform shows each object in state just before it plans it, and plans several instances at the same time.
    if same.is_empty() || cx.api.client().pause(PAUSE).await.is_err() {
        return;
    }
    for (id, at) in same.iter().filter(|(id, _)| !cx.is_managed(id)) {
        let (subject, name) = (planned.describe(), R::NAME);
        let detail = format!(
            "An object of the same content was created at {at}, and no resource of this configuration has it in state: its ID is {id}. A run that was interrupted while \
             it created {subject} leaves it so, and this plan creates a second one. If it is yours, import it:\n\nimport {{\n  to = aksaccess_{name}.NAME\n  id = \
             {id:?}\n}}"
        );
        let summary = format!("An interrupted run may have created {subject}");
        found.add(Diagnostic::warning(summary, detail).at_attribute("display_name").of(&MAY_EXIST));
    }
}
