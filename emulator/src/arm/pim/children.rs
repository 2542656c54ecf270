//! `GET {scope}/providers/Microsoft.Authorization/eligibleChildResources`: what below a scope the caller can activate something at.

use axum::http::Method;
use serde_json::{Value, json};

use super::{ROLES, render};
use crate::{
    arm::{
        records::{
            clusters, management_groups, resource_groups,
            scope::{Scope, ancestors},
            subscriptions,
        },
        request::{
            context::{Context, Outcome},
            error::ArmError,
            filter,
            route::{Route, operation},
        },
    },
    directory::principals::with_groups,
    pim::text,
};

/// The routes of this module.
pub const ROUTES: &[Route] = &[Route {
    path: "/{scope}/providers/Microsoft.Authorization/eligibleChildResources",
    since: "2020-10-01",
    until: "2024-09-01",
    operations: &[operation(Method::GET, "", list)],
}];

/// Needs no role, because it is about the caller alone. Unverified: that what is below by several steps is listed, and that what lies above an eligibility is,
/// which is the way to it.
fn list(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let kinds =
        context.request.option("$filter").map(|written| kinds(&written).ok_or_else(|| filter::unsupported(&written))).transpose()?;
    let (view, here) = (context.view, context.scope());
    let mine = with_groups(view, &context.caller.object_id);
    let eligible: Vec<Scope> = view
        .rows(ROLES.eligibility.instances, None)
        .filter(|(_, row)| mine.iter().any(|id| id.as_ref() == text(row, "principalId")))
        .map(|(_, row)| Scope::new(text(&row, "scopeText")))
        .collect();
    let line = |scope: &Scope| ancestors(view, scope);
    let is_eligible = |scope: &Scope| {
        let above = line(scope);
        eligible.iter().any(|one| above.iter().any(|key| key == one.key()) || line(one).iter().any(|key| key == scope.key()))
    };
    let is_below = |scope: &Scope| scope.key() != here.key() && line(scope).iter().any(|key| key == here.key());
    let groups = view.rows(management_groups::TABLE, None).map(|(_, row)| format!("{}{}", management_groups::PREFIX, text(&row, "name")));
    let subscriptions = view.rows(subscriptions::TABLE, None).map(|(key, _)| format!("/subscriptions/{key}"));
    let rest = [resource_groups::TABLE, clusters::TABLE].into_iter().flat_map(|table| view.rows(table, None));
    let all = groups.chain(subscriptions).chain(rest.map(|(_, row)| text(&row, "id").to_owned()));
    let found = all.map(|id| Scope::new(&id)).filter(|scope| is_below(scope) && is_eligible(scope)).map(|scope| {
        let shown = render::scope(view, &scope);
        json!({"id": shown["id"], "name": shown["displayName"], "type": shown["type"]})
    });
    let wanted = |child: &Value| kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| child["type"] == kind.as_str()));
    Ok(Outcome::list(found.filter(wanted).collect()))
}

/// `resourceType eq 'subscription' or resourceType eq 'resourcegroup'`, in any letter case.
fn kinds(written: &str) -> Option<Vec<String>> {
    let lower = written.to_lowercase();
    let one = |part: &str| Some(part.trim().strip_prefix("resourcetype eq '")?.strip_suffix('\'')?.to_owned());
    lower.split(" or ").map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_from_the_filter() {
        let read = |text| kinds(text).map(|kinds| kinds.join(","));
        assert_eq!(read("resourceType eq 'Subscription'").as_deref(), Some("subscription"));
        assert_eq!(read("resourceType+eq+'x'"), None, "spaces have been decoded by then");
        assert_eq!(
            read("resourceType eq 'subscription' or resourceType eq 'ResourceGroup'").as_deref(),
            Some("subscription,resourcegroup")
        );
        assert_eq!(read("name eq 'x'"), None);
    }
}
