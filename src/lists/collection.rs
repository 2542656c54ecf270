//! Lists a collection of a service page by page.

use std::collections::HashSet;

use framework::{Context, Resource, Result, Results};
use serde::de::DeserializeOwned;

use crate::azure::{Listing, Request};
use crate::client::diagnose::could_not;
use crate::directory::{GroupRelation, RelatedObject, Select};
use crate::resources::Listed;
use crate::services::Services;

/// The largest page of Microsoft Graph (docs/services/graph.md#queries).
const LARGEST_PAGE: u64 = 999;

/// A request for a page that is no larger than what is wanted.
pub(super) fn paged<R: Resource>(request: Request, results: &Results<R>) -> Request {
    request.query("$top", results.remaining().clamp(1, LARGEST_PAGE).to_string())
}

/// Lists the elements of collections that pass `of`, which makes what people call them and the objects. One request for each page, and none after the last that
/// is wanted.
pub(super) async fn list<T: DeserializeOwned, R: Resource<Api = Services>>(
    requests: impl IntoIterator<Item = Request>,
    what: &str,
    mut of: impl FnMut(T) -> Option<(String, R)>,
    results: &mut Results<R>,
    cx: &mut Context<Services>,
) -> Result {
    for request in requests {
        let mut listing = Listing::new(request);
        while let Some(page) = cx.api.client().next_page::<T>(&mut listing).await.map_err(could_not(format!("list {what}")))? {
            for (name, object) in page.into_iter().filter_map(&mut of) {
                if results.push(name, object).await.is_break() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// Lists the objects of a resource that the service lists whole.
pub(super) async fn list_objects<R: Listed>(
    request: Request,
    what: &str,
    keep: impl Fn(&R) -> bool,
    results: &mut Results<R>,
    cx: &mut Context<Services>,
) -> Result {
    list([request], what, |answer| R::from_listing(answer).filter(|(_, object)| keep(object)), results, cx).await
}

/// Lists memberships: those of the import IDs `<group>/<member>`. Each member once, though a service principal can be in two collections.
pub(super) async fn list_members<R: Resource<Api = Services>>(
    collections: Vec<Request>,
    group: &str,
    what: &str,
    results: &mut Results<R>,
    cx: &mut Context<Services>,
) -> Result {
    let group = group.to_lowercase();
    let requests: Vec<Request> = collections.into_iter().map(|request| paged(request, results)).collect();
    let mut listed = HashSet::new();
    let of = |member: RelatedObject| {
        let object = R::import(&format!("{group}/{}", member.id)).ok()?;
        let name = member.user_principal_name.or(member.display_name).unwrap_or_else(|| member.id.clone());
        listed.insert(member.id.to_lowercase()).then_some((name, object))
    };
    list(requests, &format!("{what} of {group}"), of, results, cx).await
}

/// The collections in which the members or owners of a group are.
pub(super) fn related(group: &str, relation: GroupRelation) -> Vec<Request> {
    vec![relation.without_service_principals(group, Select::Names), relation.service_principals(group, Select::Names)]
}

/// Whether a name begins with a prefix, if one is given. Case means nothing, as in the filters of Microsoft Graph.
pub(super) fn begins(name: &str, prefix: Option<&String>) -> bool {
    prefix.is_none_or(|prefix| name.to_lowercase().starts_with(&prefix.to_lowercase()))
}
