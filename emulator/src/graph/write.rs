//! Creates, updates and deletes objects: what all collections have in common. What is odd about one of them is in
//! the functions that its row names.

use axum::http::{StatusCode, header};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    model::{
        collection::{Collection, Link, Service},
        complex,
        context::{Context, FoundObject, HandlerResult, Outcome},
        draft::accept,
        error::GraphError,
        property::{Property, WriteAccess},
        reference::Reference,
        render::{Form, entity, reference},
    },
    pim,
};
use crate::{
    clock::seconds,
    http::Response,
    store::{Change, Key, Properties},
};

/// `POST` to a collection.
pub fn create(context: &Context<'_>, collection: &'static Collection) -> HandlerResult {
    let body = context.body()?;
    let (found, changes) = created(context, collection, &body)?;
    Ok(Outcome { response: creation_answer(context, &found), changes })
}

/// The object that a body describes, and the changes that make it.
pub fn created(
    context: &Context<'_>,
    collection: &'static Collection,
    body: &Map<String, Value>,
) -> Result<(FoundObject, Vec<Change>), GraphError> {
    let on_create = collection.on_create.ok_or_else(GraphError::method_not_allowed)?;
    let key: Key = Uuid::new_v4().to_string().into();
    let mut draft = accept(context, collection, key, body, WriteAccess::AfterCreation)?;
    if let Some(kind) = complex::named(collection.derived, body) {
        draft.values.insert("@odata.type".into(), json!(format!("#microsoft.graph.{}", kind.kind)));
    }
    for property in collection.properties.iter().filter(|property| property.required) {
        if draft.values.get(property.name).is_none_or(Value::is_null) {
            return Err(value_required(property, collection));
        }
    }
    on_create(context, &mut draft)?;
    draft.values.insert("id".into(), json!(draft.key.as_ref()));
    draft.values.retain(|_, value| !value.is_null());
    let found = FoundObject { collection, key: draft.key.clone(), row: draft.values.into() };
    let mut changes = vec![Change::Put { table: collection.table, key: found.key.clone(), row: found.row.clone() }];
    changes.extend(links(&found.key, &draft.binds));
    Ok((found, changes))
}

/// 201 with the default properties and the odd location.
pub fn creation_answer(context: &Context<'_>, found: &FoundObject) -> Response {
    Response::json(StatusCode::CREATED, entity(context, found, Form::plain(false)))
        .with_header(header::LOCATION, &reference(context, found))
}

/// `PATCH` of an object.
pub fn update(context: &Context<'_>, found: &FoundObject) -> HandlerResult {
    let body = context.body()?;
    Ok(Outcome::no_content(updated(context, found, &body)?))
}

/// The changes that a body asks for.
pub fn updated(context: &Context<'_>, found: &FoundObject, body: &Map<String, Value>) -> Result<Vec<Change>, GraphError> {
    let FoundObject { collection, key, row } = found;
    let on_update = collection.on_update.ok_or_else(GraphError::method_not_allowed)?;
    let mut draft = accept(context, collection, key.clone(), body, WriteAccess::AtCreation)?;
    let emptied =
        collection.properties.iter().find(|property| property.required && draft.values.get(property.name).is_some_and(Value::is_null));
    if let Some(property) = emptied {
        return Err(value_required(property, collection));
    }
    on_update(context, row, &mut draft)?;
    let mut new = Properties::clone(row);
    for (name, value) in draft.values {
        match value {
            Value::Null => {
                new.remove(&name);
            }
            value => merge(&mut new, name, value),
        }
    }
    let mut changes = Vec::new();
    if new != **row {
        changes.push(Change::Put { table: collection.table, key: key.clone(), row: new.into() });
    }
    changes.extend(links(key, &draft.binds));
    Ok(changes)
}

/// An object inside an object is merged, member by member.
fn merge(row: &mut Properties, name: String, value: Value) {
    match (row.get_mut(&name), value) {
        (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
        (_, value) => {
            row.insert(name, value);
        }
    }
}

/// `DELETE` of an object.
pub fn delete(context: &Context<'_>, found: &FoundObject) -> HandlerResult {
    let FoundObject { collection, key, row } = found;
    if !collection.deletable {
        return Err(GraphError::method_not_allowed());
    }
    if let Some(on_delete) = collection.on_delete {
        on_delete(context, found)?;
    }
    let mut changes = vec![Change::Remove { table: collection.table, key: key.clone() }];
    changes.extend(pim::forget(context.truth, key));
    match collection.bin.filter(|_| is_soft_deleted(context, found)) {
        Some(bin) => {
            let mut row = Properties::clone(row);
            row.insert("deletedDateTime".into(), json!(seconds(context.now)));
            // Its links stay, and come back with it.
            changes.push(Change::Put { table: bin, key: key.clone(), row: row.into() });
        }
        None => changes.extend(unlink_all(context, key)),
    }
    Ok(Outcome::no_content(changes))
}

/// Whether a deleted object goes to the bin.
fn is_soft_deleted(context: &Context<'_>, found: &FoundObject) -> bool {
    let unified = found.row.get("groupTypes").and_then(Value::as_array).is_some_and(|all| all.contains(&json!("Unified")));
    found.collection.kind != "group" || unified || context.config.switches.security_groups_are_soft_deleted
}

/// The changes that take away every link of an object.
pub fn unlink_all(context: &Context<'_>, key: &Key) -> Vec<Change> {
    let mut out = Vec::new();
    for &relation in crate::directory::links::RELATIONS {
        let from = context.truth.links(relation, key, None);
        out.extend(from.into_iter().map(|to| Change::Unlink { relation, from: key.clone(), to }));
        let to = context.truth.links_to(relation, key, None);
        out.extend(to.into_iter().map(|from| Change::Unlink { relation, from, to: key.clone() }));
    }
    out
}

fn links(key: &Key, binds: &[(&'static Link, Vec<Reference>)]) -> Vec<Change> {
    let mut out = Vec::new();
    for (link, references) in binds {
        let Some(relation) = link.relation() else { continue };
        out.extend(references.iter().map(|to| Change::Link { relation, from: key.clone(), to: to.key.clone() }));
    }
    out
}

fn value_required(property: &Property, collection: &Collection) -> GraphError {
    match collection.service {
        Service::Directory | Service::Governance => GraphError::value_required(property.name, collection.label),
        Service::ConditionalAccess | Service::Policies => GraphError::not_of_schema(collection.label),
    }
}
