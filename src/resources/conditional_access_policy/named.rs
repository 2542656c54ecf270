//! Whether what a policy names is there: a mistyped id fails in the plan, and not in the night in which somebody cannot sign in.

use std::collections::HashSet;

use framework::value::{Path, Step, Value};
use framework::{Change, Context, Diagnostic, Diagnostics};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::conditional_access::{Collection, LOCATIONS, STRENGTHS, ids};
use crate::directory::Identity;
use crate::services::Services;

/// The trusted addresses of multifactor authentication: a policy can name them, and nobody can read them (docs/services/conditional-access.md#policies).
const MFA_TRUSTED_ADDRESSES: &str = "00000000-0000-0000-0000-000000000000";

/// All compliant network locations, which Global Secure Access brings along in every tenant; no collection lists it
/// (learn.microsoft.com/entra/global-secure-access/how-to-compliant-network).
const COMPLIANT_NETWORKS: &str = "3d46dbda-8382-466a-856d-eb00cbc6b910";

type IsKind = fn(&Identity) -> bool;

/// Lists of directory objects: where, what an element is called, and what it has to be.
const OBJECTS: [(&str, &str, IsKind); 6] = [
    ("conditions.users.included_users", "user", Identity::is_user),
    ("conditions.users.excluded_users", "user", Identity::is_user),
    ("conditions.users.included_groups", "group", Identity::is_group),
    ("conditions.users.excluded_groups", "group", Identity::is_group),
    ("conditions.client_applications.included_service_principals", "service principal", Identity::is_service_principal),
    ("conditions.client_applications.excluded_service_principals", "service principal", Identity::is_service_principal),
];

const PLACES: [&str; 2] = ["conditions.locations.included_locations", "conditions.locations.excluded_locations"];
const STRENGTH: &str = "grant_controls.authentication_strength_policy_id";

/// Ids in a place that were not there before, with where they stand.
fn new_ids(change: Change<'_>, place: &str) -> Vec<(Path, Uuid)> {
    fn uuids(value: &Value) -> Vec<(Option<usize>, Uuid)> {
        // azuread's ids of locations and strengths are paths.
        let id = |value: &Value| value.as_str().and_then(|text| Uuid::parse_str(ids::location_id(ids::strength_id(text))).ok());
        match value {
            Value::List(elements) => elements.iter().enumerate().filter_map(|(at, element)| Some((Some(at), id(element)?))).collect(),
            single => id(single).map(|id| (None, id)).into_iter().collect(),
        }
    }
    let before: HashSet<Uuid> =
        change.prior.map(|prior| uuids(prior.find(place))).unwrap_or_default().into_iter().map(|(_, id)| id).collect();
    let at = |index: Option<usize>| match index {
        Some(index) => Path::nested(place).join(Step::Index(i64::try_from(index).unwrap_or(i64::MAX))),
        None => Path::nested(place),
    };
    uuids(change.planned.find(place)).into_iter().filter(|(_, id)| !before.contains(id)).map(|(index, id)| (at(index), id)).collect()
}

/// What is newly named must exist and be of the right kind, if it is known already. What only apply knows was made in the same run.
pub(super) async fn plan_check(change: Change<'_>, cx: &mut Context<Services>, found: &mut Diagnostics) {
    if change.in_apply || !cx.api.client().is_configured() {
        return;
    }
    objects(change, cx, found).await;
    let locations = PLACES.iter().flat_map(|place| new_ids(change, place));
    for (at, id) in locations.filter(|(_, id)| ![MFA_TRUSTED_ADDRESSES, COMPLIANT_NETWORKS].contains(&id.to_string().as_str())) {
        missing(LOCATIONS, "named location", at, id, cx, found).await;
    }
    for (at, id) in new_ids(change, STRENGTH) {
        missing(STRENGTHS, "authentication strength", at, id, cx, found).await;
    }
}

async fn objects(change: Change<'_>, cx: &Context<Services>, found: &mut Diagnostics) {
    let named: Vec<_> = OBJECTS
        .iter()
        .flat_map(|(place, noun, fits)| new_ids(change, place).into_iter().map(move |(at, id)| (at, id, noun, fits)))
        .collect();
    if named.is_empty() {
        return;
    }
    let identities = match cx.api.directory().identities(&named.iter().map(|(_, id, _, _)| *id).collect()).await {
        Ok(identities) => identities,
        // Not being allowed to look is no reason to refuse: the service checks it.
        Err(error) => return tracing::info!(%error, "not checked"),
    };
    for (at, id, noun, fits) in named {
        if !identities.get(&id).and_then(Option::as_deref).is_some_and(fits) {
            found.add(nothing(noun, id, "Check for a mistyped id, an object of another kind or tenant, or one that was deleted.").at(at));
        }
    }
}

async fn missing(whole: Collection, noun: &str, at: Path, id: Uuid, cx: &Context<Services>, found: &mut Diagnostics) {
    if cx.api.conditional_access().is_noted(&id.to_string()) {
        return;
    }
    match cx.api.conditional_access().listed::<Json>(whole, &id.to_string(), None, |_| true).await {
        Ok(_) => {}
        Err(error) if error.is_not_found() => found.add(nothing(noun, id, "Check for a mistyped id, or one of another tenant.").at(at)),
        Err(error) => tracing::info!(%error, "not checked"),
    }
}

fn nothing(noun: &str, id: Uuid, advice: &str) -> Diagnostic {
    Diagnostic::error(format!("This {noun} does not exist"), format!("No {noun} of the tenant has the id {id}. {advice}")).absent(id)
}
