//! Authentication contexts: names by which an application asks for more.

use serde_json::{Value, json};

use crate::{
    graph::model::{
        collection::{Collection, Service},
        context::{Context, FoundObject},
        draft::Draft,
        error::GraphError,
        property::{flag, text},
    },
    store::Row,
};

/// The row.
pub static CONTEXTS: Collection = Collection {
    path: "identity/conditionalAccess/authenticationContextClassReferences",
    table: "authenticationContextClassReferences",
    kind: "authenticationContextClassReference",
    label: "AuthenticationContextClassReference",
    service: Service::Policies,
    // The client chooses it, and may repeat it.
    properties: &[text("id"), text("description"), text("displayName").required().max(256), flag("isAvailable")],
    upserts: true,
    on_create: Some(create),
    on_update: Some(update),
    on_delete: Some(may_delete),
    deletable: true,
    ..Collection::DEFAULT
};

/// Whether an id is one of a context: `c1` to `c99`.
pub fn is_id(id: &str) -> bool {
    let number = id.strip_prefix('c').filter(|number| !number.starts_with(['0', '+']));
    number.and_then(|number| number.parse().ok()).is_some_and(|number: u8| (1..=99).contains(&number))
}

fn create(context: &Context<'_>, draft: &mut Draft) -> Result<(), GraphError> {
    let id = draft.values.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !is_id(&id) {
        // Unverified: the text.
        return Err(GraphError::malformed(format!("'{id}' is not the id of an authentication context: c1 to c99.")));
    }
    if context.truth.get(CONTEXTS.table, &id).is_some() {
        // Unverified: status and text.
        return Err(GraphError::malformed(format!("An authentication context with id {id} already exists.")));
    }
    draft.key = id.into();
    // Unverified: what holds when the client does not say.
    draft.values.entry("isAvailable").or_insert(json!(false));
    Ok(())
}

fn update(_: &Context<'_>, row: &Row, draft: &mut Draft) -> Result<(), GraphError> {
    let same = draft.values.remove("id").is_none_or(|id| row.get("id") == Some(&id));
    if same { Ok(()) } else { Err(GraphError::not_of_schema(CONTEXTS.label)) }
}

/// Only what is not published, and not in use. Unverified: the texts.
fn may_delete(context: &Context<'_>, found: &FoundObject) -> Result<(), GraphError> {
    if found.row.get("isAvailable") == Some(&json!(true)) {
        return Err(GraphError::malformed("An authentication context that is published cannot be deleted."));
    }
    let users = super::policies_with(context, "applications", &found.key);
    if users.is_empty() {
        return Ok(());
    }
    Err(GraphError::malformed(format!("The authentication context {} is used by {} and cannot be deleted.", found.key, users.join(", "))))
}
