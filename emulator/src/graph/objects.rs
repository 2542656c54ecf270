//! Requests that every collection answers: its list, its objects and their relationships.

use super::{
    actions, delta,
    model::{
        collection::{Collection, Link},
        context::{Context, FoundObject, HandlerResult, Outcome},
        error::GraphError,
        path::ObjectSelector,
        render::{self, Expand, entity},
    },
    pim,
    query::{
        Query,
        list::{self, ListSource, RelatedTypes},
    },
    references, rows, units, write,
};
use serde_json::Value;

/// Answers a request to a collection.
pub fn handle(context: &Context<'_>, collection: &'static Collection) -> HandlerResult {
    if let Some(handled) = pim::handle(context, collection) {
        return handled;
    }
    let rest = context.path.rest();
    let method = context.request.method.as_str();
    let all = ListSource::Table(collection, collection.table);
    let only = context
        .view
        .rows(collection.table, None)
        .next()
        .filter(|_| collection.singleton)
        .map(|(key, _)| ObjectSelector::Id(key.to_string()));
    let Some(single) = context.path.single.as_ref().or(only.as_ref()) else {
        return match (method, rest.as_slice()) {
            ("GET", []) => list::page(context, all),
            ("GET", ["$count"]) => list::count(context, all),
            ("GET", ["delta" | "delta()"]) if collection.delta => delta::respond(context, collection),
            ("POST", []) => write::create(context, collection),
            _ => Err(GraphError::method_not_allowed()),
        };
    };
    if method == "PATCH" && rest.is_empty() && (collection.upserts || context.request.prefers("create-if-missing")) {
        return upsert(context, collection, single);
    }
    let found = context.addressed(collection, single)?;
    let found = if method == "GET" { found } else { context.current(found)? };
    if let Some(handled) = collection.below.and_then(|below| below(context, &found, &rest)) {
        return handled;
    }
    match (method, rest.as_slice()) {
        ("GET", []) => {
            let query = Query::of(context.request, Some(collection), context.beta())?;
            Ok(Outcome::ok(entity(context, &found, query.form(false))))
        }
        ("PATCH", []) => write::update(context, &found),
        ("DELETE", []) => write::delete(context, &found),
        ("POST", ["members"]) if collection.kind == "administrativeUnit" => units::create_member(context, &found),
        ("POST", [name]) => actions::handle(context, &found, name).unwrap_or_else(|| Err(GraphError::no_such_segment(name))),
        (_, [name, below @ ..]) => {
            let link = collection.link(name).ok_or_else(|| GraphError::no_such_segment(name))?;
            relationship(context, &found, link, below)
        }
        _ => Err(GraphError::method_not_allowed()),
    }
}

/// Answers a request to `/directoryObjects`, where objects of every type are.
pub fn any_directory_object(context: &Context<'_>) -> HandlerResult {
    let rest = context.path.rest();
    let Some(ObjectSelector::Id(id)) = &context.path.single else {
        return match (context.request.method.as_str(), rest.as_slice()) {
            ("POST", ["getByIds"]) => actions::get_by_ids(context),
            _ => Err(GraphError::method_not_allowed()),
        };
    };
    if !crate::directory::is_guid(id) {
        return Err(GraphError::invalid_id(id));
    }
    let found = context.object(id).ok_or_else(|| GraphError::not_found(id))?;
    let found = if context.request.method == "GET" { found } else { context.current(found)? };
    match (context.request.method.as_str(), rest.as_slice()) {
        ("GET", []) => {
            let query = Query::of(context.request, None, context.beta())?;
            Ok(Outcome::ok(entity(context, &found, query.form(true))))
        }
        ("DELETE", []) => write::delete(context, &found),
        ("POST", [name]) => actions::handle(context, &found, name).unwrap_or_else(|| Err(GraphError::no_such_segment(name))),
        _ => Err(GraphError::method_not_allowed()),
    }
}

/// Answers what comes after the name of a relationship.
fn relationship(context: &Context<'_>, found: &FoundObject, link: &'static Link, below: &[&str]) -> HandlerResult {
    let related = ListSource::Related(link, &found.key, RelatedTypes::All);
    let listed = ListSource::Related(link, &found.key, listed_types(context, found, link));
    match (context.request.method.as_str(), below) {
        ("GET", []) if link.single => one_related(context, found, link),
        ("GET", []) => list::page(context, listed),
        ("GET", ["$ref"]) => list::references(context, listed),
        ("GET", ["$count"]) => list::count(context, related),
        ("GET", [cast]) => list::page(context, cast_to(found, link, cast)?),
        ("GET", [cast, "$count"]) => list::count(context, cast_to(found, link, cast)?),
        ("POST", ["$ref"]) => references::add(context, found, link),
        ("PUT", ["$ref"]) => references::set(context, found, link),
        ("DELETE", ["$ref"]) => references::unset(context, found, link),
        ("DELETE", [id, "$ref"]) => references::remove(context, found, link, id),
        _ => Err(GraphError::method_not_allowed()),
    }
}

/// What a listing without a cast shows: v1.0 leaves service principals out of the members and owners of groups
/// (<https://learn.microsoft.com/graph/api/group-list-members>), but counts them.
fn listed_types(context: &Context<'_>, found: &FoundObject, link: &Link) -> RelatedTypes {
    let left_out = found.collection.kind == "group"
        && ["members", "transitiveMembers", "owners"].contains(&link.name)
        && !context.beta()
        && !context.config.switches.members_list_service_principals;
    if left_out { RelatedTypes::Except("servicePrincipal") } else { RelatedTypes::All }
}

fn one_related(context: &Context<'_>, found: &FoundObject, link: &Link) -> HandlerResult {
    let query = Query::of(context.request, None, context.beta())?;
    let whole = Expand { link: link.name.to_owned(), select: query.select.clone(), expand: query.expand.clone() };
    match render::held(context, &found.row, link, &whole) {
        Some(Value::Null) => return Err(GraphError::not_found(link.name)),
        Some(value) => return Ok(Outcome::ok(value)),
        None => {}
    }
    let other = context.related(link, &found.key, None).iter().find_map(|key| context.object(key));
    match other {
        Some(other) => Ok(Outcome::ok(entity(context, &other, query.form(true)))),
        // The service names the relationship where an id would stand.
        None => Err(GraphError::not_found(link.name)),
    }
}

/// Types of the directory that the emulator has no objects of.
const WITHOUT_OBJECTS: &[&str] = &["application", "device", "directoryRole", "orgContact"];

fn cast_to<'f>(found: &'f FoundObject, link: &'static Link, cast: &str) -> Result<ListSource<'f>, GraphError> {
    let kind = cast.strip_prefix("microsoft.graph.").ok_or_else(GraphError::method_not_allowed)?;
    // Unverified: the text.
    let unsupported = || GraphError::unsupported_query(format!("The type cast '{cast}' is not supported here."));
    if WITHOUT_OBJECTS.contains(&kind) {
        return Ok(ListSource::Nothing);
    }
    let collection = rows::of_kind(kind).filter(|row| row.directory).ok_or_else(unsupported)?;
    Ok(ListSource::Related(link, &found.key, RelatedTypes::Only(collection)))
}

/// `PATCH groups(uniqueName='x')` with `Prefer: create-if-missing`, or of an id where that is the way to create.
fn upsert(context: &Context<'_>, collection: &'static Collection, single: &ObjectSelector) -> HandlerResult {
    let (property, name) = match single {
        ObjectSelector::Alternate(property, name) => (*property, name),
        ObjectSelector::Id(id) if collection.upserts => ("id", id),
        ObjectSelector::Id(_) => return Err(GraphError::method_not_allowed()),
    };
    // Whether it is missing must not be asked of a replica.
    match super::model::context::addressed(context.truth, collection, single) {
        Ok(found) => write::update(context, &found),
        Err(_) => {
            let mut body = context.body()?;
            body.insert(property.to_owned(), name.as_str().into());
            let (found, changes) = write::created(context, collection, &body)?;
            if collection.upserts {
                return Ok(Outcome::no_content(changes));
            }
            Ok(Outcome { response: write::creation_answer(context, &found), changes })
        }
    }
}
