//! `/directory/deletedItems`: what was deleted in the last 30 days (docs/services/graph.md#deleted-objects).

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    model::{
        collection::Collection,
        context::{Context, FoundObject, HandlerResult, Outcome},
        error::GraphError,
        path::ObjectSelector,
        render::{Form, entity},
    },
    query::{
        Query,
        list::{self, ListSource},
    },
    rows, write,
};
use crate::{
    directory::{is_guid, links},
    http::Response,
    store::{Change, Key, Properties, View},
};

/// Retention of deleted objects, in hours.
const RETENTION_HOURS: i64 = 30 * 24;

/// Answers a request below `/directory/deletedItems`.
pub fn handle(context: &Context<'_>) -> HandlerResult {
    let rest = context.path.rest();
    let method = context.request.method.as_str();
    let Some(single) = &context.path.single else {
        return match (method, rest.as_slice()) {
            ("GET", [cast]) => list::page(context, listed(cast)?),
            ("GET", [cast, "$count"]) => list::count(context, listed(cast)?),
            _ => Err(GraphError::method_not_allowed()),
        };
    };
    one(context, |view| find(view, single, rows::COLLECTIONS.iter().copied().filter(|row| row.bin_path.is_none())))
}

/// Answers a request to the place that a collection has for its deleted objects.
pub fn of_collection(context: &Context<'_>, collection: &'static Collection) -> HandlerResult {
    let rest = context.path.rest();
    let all = ListSource::Table(collection, collection.bin.unwrap_or(collection.table));
    let Some(single) = &context.path.single else {
        return match (context.request.method.as_str(), rest.as_slice()) {
            ("GET", []) => list::page(context, all),
            ("GET", ["$count"]) => list::count(context, all),
            _ => Err(GraphError::method_not_allowed()),
        };
    };
    one(context, |view| {
        let ObjectSelector::Id(id) = single else { return Err(GraphError::method_not_allowed()) };
        find(view, single, std::iter::once(collection)).map_err(|_| collection.not_found(id))
    })
}

/// Answers a request to one deleted object.
fn one(context: &Context<'_>, find: impl Fn(View<'_>) -> Result<FoundObject, GraphError>) -> HandlerResult {
    let rest = context.path.rest();
    let method = context.request.method.as_str();
    let found = find(context.view)?;
    // A write is decided by what is so.
    let found = if method == "GET" { found } else { find(context.truth)? };
    let typed = found.collection.directory;
    match (method, rest.as_slice()) {
        ("GET", []) => {
            let query = Query::of(context.request, Some(found.collection).filter(|_| !typed), context.beta())?;
            Ok(Outcome::ok(entity(context, &found, query.form(typed))))
        }
        ("DELETE", []) => {
            let bin = found.collection.bin.unwrap_or(found.collection.table);
            let mut changes = vec![Change::Remove { table: bin, key: found.key.clone() }];
            changes.extend(write::unlink_all(context, &found.key));
            Ok(Outcome::no_content(changes))
        }
        ("POST", ["restore"]) => restore(context, found),
        _ => Err(GraphError::method_not_allowed()),
    }
}

fn listed(cast: &str) -> Result<ListSource<'static>, GraphError> {
    let kind = cast.strip_prefix("microsoft.graph.").unwrap_or(cast);
    let row = rows::of_kind(kind).and_then(|row| Some((row, row.bin?)));
    row.map(|(row, bin)| ListSource::Table(row, bin)).ok_or_else(|| GraphError::no_such_segment(cast))
}

fn find(view: View<'_>, single: &ObjectSelector, among: impl Iterator<Item = &'static Collection>) -> Result<FoundObject, GraphError> {
    let ObjectSelector::Id(id) = single else { return Err(GraphError::method_not_allowed()) };
    if !is_guid(id) {
        return Err(GraphError::invalid_id(id));
    }
    let key: Key = id.to_lowercase().into();
    among
        .filter_map(|collection| {
            let row = view.get(collection.bin?, &key)?;
            Some(FoundObject { collection, key: key.clone(), row })
        })
        .next()
        .ok_or_else(|| GraphError::not_found(id))
}

fn restore(context: &Context<'_>, found: FoundObject) -> HandlerResult {
    let FoundObject { collection, key, row } = found;
    let mut row = Properties::clone(&row);
    row.remove("deletedDateTime");
    let body = context.request.json().ok().flatten().unwrap_or_default();
    if let Some(name) = body.get("newUserPrincipalName").filter(|name| name.is_string() && collection.kind == "user") {
        row.insert("userPrincipalName".into(), name.clone());
    }
    // Unverified: that a collision is answered like one at creation.
    for property in ["uniqueName", "userPrincipalName"] {
        if let Some(value) = row.get(property).and_then(Value::as_str) {
            context.must_be_unique(collection, property, value, &key)?;
        }
    }
    let bin = collection.bin.unwrap_or(collection.table);
    let found = FoundObject { collection, key: key.clone(), row: row.into() };
    let response = Response::json(StatusCode::OK, entity(context, &found, Form::plain(collection.directory)));
    let changes = vec![Change::Remove { table: bin, key: key.clone() }, Change::Put { table: collection.table, key, row: found.row }];
    Ok(Outcome { response, changes })
}

/// The changes that empty the bins of what has been there too long at `now`.
pub fn expired(view: View<'_>, now: Timestamp) -> Vec<Change> {
    let mut out = Vec::new();
    for table in rows::COLLECTIONS.iter().filter_map(|row| row.bin) {
        for (key, _) in view.rows(table, None).filter(|(_, row)| expiry(row).is_some_and(|at| at <= now)) {
            for &relation in links::RELATIONS {
                let unlink = |from: &Key, to: &Key| Change::Unlink { relation, from: from.clone(), to: to.clone() };
                out.extend(view.links(relation, &key, None).into_iter().map(|to| unlink(&key, &to)));
                out.extend(view.links_to(relation, &key, None).into_iter().map(|from| unlink(&from, &key)));
            }
            out.push(Change::Remove { table, key });
        }
    }
    out
}

/// When the next object in a bin vanishes.
pub fn next_expiry(view: View<'_>) -> Option<Timestamp> {
    let bins = rows::COLLECTIONS.iter().filter_map(|row| row.bin);
    bins.flat_map(|bin| view.rows(bin, None)).filter_map(|(_, row)| expiry(&row)).min()
}

fn expiry(row: &Properties) -> Option<Timestamp> {
    let deleted: Timestamp = row.get("deletedDateTime")?.as_str()?.parse().ok()?;
    deleted.checked_add(SignedDuration::from_hours(RETENTION_HOURS)).ok()
}
