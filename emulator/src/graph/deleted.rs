//! `/directory/deletedItems`: what was deleted in the last 30 days (service-behaviour section 1.6).

use axum::http::StatusCode;
use serde_json::Value;

use super::{
    collection::Collection,
    context::{Context, Found, Handled, Outcome, is_guid},
    error::GraphError,
    list::{self, Listed},
    path::Single,
    query::Query,
    render::{Form, entity},
    rows, write,
};
use crate::{
    answer::Answer,
    store::{Change, Key, Properties},
};

/// How long deleted objects are kept.
const KEPT_HOURS: i64 = 30 * 24;

/// Answers a request below `/directory/deletedItems`.
pub fn handle(context: &Context<'_>) -> Handled {
    let rest = context.path.rest();
    let method = context.call.method.as_str();
    let Some(single) = &context.path.single else {
        return match (method, rest.as_slice()) {
            ("GET", [cast]) => list::page(context, listed(cast)?),
            ("GET", [cast, "$count"]) => list::count(context, listed(cast)?),
            _ => Err(GraphError::method_not_allowed()),
        };
    };
    let found = find(context, single)?;
    match (method, rest.as_slice()) {
        ("GET", []) => {
            let query = Query::of(context.call, None, context.beta())?;
            Ok(Outcome::ok(entity(context, &found, Form::of(&query, true))))
        }
        ("DELETE", []) => {
            let bin = found.collection.bin.unwrap_or(found.collection.table);
            let mut changes = vec![Change::Remove { table: bin, key: found.key.clone() }];
            changes.extend(write::unlinks(context, &found.key));
            Ok(Outcome::written(changes))
        }
        ("POST", ["restore"]) => restore(context, found),
        _ => Err(GraphError::method_not_allowed()),
    }
}

fn listed(cast: &str) -> Result<Listed<'static>, GraphError> {
    let kind = cast.strip_prefix("microsoft.graph.").unwrap_or(cast);
    let row = rows::of_kind(kind).and_then(|row| Some((row, row.bin?)));
    row.map(|(row, bin)| Listed::Table(row, bin)).ok_or_else(|| GraphError::no_such_segment(cast))
}

fn find(context: &Context<'_>, single: &Single) -> Result<Found, GraphError> {
    let Single::Id(id) = single else { return Err(GraphError::method_not_allowed()) };
    if !is_guid(id) {
        return Err(GraphError::invalid_id(id));
    }
    let key: Key = id.to_lowercase().into();
    rows::COLLECTIONS
        .iter()
        .find_map(|&collection: &&'static Collection| {
            let row = context.view.get(collection.bin?, &key)?;
            Some(Found { collection, key: key.clone(), row })
        })
        .ok_or_else(|| GraphError::not_found(id))
}

fn restore(context: &Context<'_>, found: Found) -> Handled {
    let Found { collection, key, row } = found;
    let mut row = Properties::clone(&row);
    row.remove("deletedDateTime");
    let body = context.call.json().ok().flatten().unwrap_or_default();
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
    let found = Found { collection, key: key.clone(), row: row.into() };
    let answer = Answer::json(StatusCode::OK, entity(context, &found, Form::plain(true)));
    let changes = vec![Change::Remove { table: bin, key: key.clone() }, Change::Put { table: collection.table, key, row: found.row }];
    Ok(Outcome { answer, changes })
}

/// The changes that empty the bins of what has been there too long at `now`.
pub fn expired(view: crate::store::View<'_>, now: jiff::Timestamp) -> Vec<Change> {
    let mut out = Vec::new();
    let too_old = |row: &Properties| {
        let deleted = row.get("deletedDateTime").and_then(Value::as_str).and_then(|at| at.parse::<jiff::Timestamp>().ok());
        deleted.is_some_and(|at| now.duration_since(at).as_hours() >= KEPT_HOURS)
    };
    for table in rows::COLLECTIONS.iter().filter_map(|row| row.bin) {
        for (key, _) in view.rows(table, None).filter(|(_, row)| too_old(row)) {
            for &relation in rows::RELATIONS {
                let unlink = |from: &Key, to: &Key| Change::Unlink { relation, from: from.clone(), to: to.clone() };
                out.extend(view.links(relation, &key, None).map(|to| unlink(&key, &to)));
                out.extend(view.links_to(relation, &key, None).map(|from| unlink(&from, &key)));
            }
            out.push(Change::Remove { table, key });
        }
    }
    out
}
