//! Validation of members and owners of groups.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::refuse_on_premises;
use crate::{
    directory::links::OWNERS,
    graph::model::{
        collection::Link,
        context::{Context, FoundObject},
        error::GraphError,
        reference::Reference,
    },
};

/// Most owners of a group.
const MAX_OWNERS: usize = 100;

/// Whether these objects may be linked to: none of them is linked already, and the group may have them.
pub fn check(context: &Context<'_>, from: &FoundObject, link: &Link, added: &[Reference]) -> Result<(), GraphError> {
    let Some(relation) = link.relation() else { return Ok(()) };
    let duplicate = added.iter().any(|to| context.truth.linked(relation, &from.key, &to.key));
    if duplicate {
        return Err(GraphError::bad_request(format!(
            "One or more added object references already exist for the following modified properties: '{}'.",
            link.name
        )));
    }
    if from.collection.kind == "group" {
        check_group(context, from, relation, added)?;
    }
    Ok(())
}

/// Rules that only groups have.
fn check_group(context: &Context<'_>, from: &FoundObject, relation: &str, added: &[Reference]) -> Result<(), GraphError> {
    if relation == OWNERS {
        let owners = context.truth.links(OWNERS, &from.key, None).into_iter().filter(|key| context.is_in_directory(key));
        return owners_within_quota(owners.count() + added.len());
    }
    refuse_dynamic(from)?;
    // Unverified: that owners, which are not synchronized, can be changed.
    refuse_on_premises(&from.row)?;
    let groups = added.iter().any(|to| to.collection.kind == "group");
    if added.iter().any(|to| to.key == from.key) {
        // Unverified: status and text.
        return Err(GraphError::invalid_properties());
    }
    members_allowed(from.row.get("groupTypes"), from.row.get("isAssignableToRole"), groups, added)
}

/// Whether a group of this kind may have these members.
pub fn members_allowed(types: Option<&Value>, assignable: Option<&Value>, groups: bool, added: &[Reference]) -> Result<(), GraphError> {
    let unified = types.and_then(Value::as_array).is_some_and(|types| types.contains(&json!("Unified")));
    if unified && added.iter().any(|to| to.collection.kind != "user") {
        // Unverified: the text. That only users can be members is documented.
        return Err(GraphError::bad_request("Only users can be members of a Microsoft 365 group."));
    }
    if groups && assignable == Some(&json!(true)) {
        // Unverified: the text, and that it is refused at all (docs/services/graph.md#members-and-owners).
        return Err(GraphError::bad_request("A role-assignable group cannot have another group as a member."));
    }
    Ok(())
}

/// Refuses more owners than a group can have.
pub fn owners_within_quota(count: usize) -> Result<(), GraphError> {
    if count <= MAX_OWNERS {
        return Ok(());
    }
    Err(GraphError::new(
        StatusCode::FORBIDDEN,
        "Directory_QuotaExceeded",
        format!(
            "Unable to perform operation as '{count}' would exceed the maximum quota count '{MAX_OWNERS}' for \
             forward-link 'owners'."
        ),
    ))
}

/// Members of a dynamic group follow its rule. Unverified: status and text of the refusal.
pub fn refuse_dynamic(group: &FoundObject) -> Result<(), GraphError> {
    let types = group.row.get("groupTypes").and_then(Value::as_array);
    if types.is_some_and(|types| types.contains(&json!("DynamicMembership"))) {
        return Err(GraphError::denied());
    }
    Ok(())
}
