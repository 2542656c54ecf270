//! Special requests of administrative units: creating a group inside of one.

use super::{
    model::{
        context::{Context, FoundObject, HandlerResult, Outcome},
        error::GraphError,
    },
    rows, write,
};
use crate::{directory::links::UNIT_MEMBERS, store::Change};

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
    Ok(Outcome { response: write::creation_answer(context, &found), changes })
}
