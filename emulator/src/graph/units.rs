//! Special requests of administrative units: creating a group inside of one.

use serde_json::Value;

use super::{
    model::{
        context::{Context, FoundObject, HandlerResult, Outcome},
        error::GraphError,
    },
    rows, write,
};
use crate::{directory::links::UNIT_MEMBERS, http::Payload, store::Change};

/// `POST /directory/administrativeUnits/{id}/members` with a group in the body.
pub fn create_member(context: &Context<'_>, unit: &FoundObject) -> HandlerResult {
    let body = context.body()?;
    let kind = body.get("@odata.type").and_then(|kind| kind.as_str()).unwrap_or_default();
    let kind = kind.trim_start_matches('#').trim_start_matches("microsoft.graph.");
    // Unverified: the text. Only groups can be created so.
    let collection = rows::of_kind(kind)
        .filter(|row| row.kind == "group")
        .ok_or_else(|| GraphError::bad_request("The type of the object to create must be microsoft.graph.group."))?;
    let (found, mut changes) = write::created(context, collection, &body)?;
    changes.push(Change::Link { relation: UNIT_MEMBERS, from: unit.key.clone(), to: found.key.clone() });
    let mut response = write::creation_answer(context, &found);
    // The collection has objects of several types.
    if let Payload::Json(Value::Object(body)) = &mut response.body {
        body.insert("@odata.type".into(), collection.odata_type().into());
    }
    Ok(Outcome { response, changes })
}
