//! `$ref` below relationships: links between objects are added and removed.

use serde_json::json;

use super::{
    model::{
        collection::Link,
        context::{Context, FoundObject, HandlerResult, Outcome},
        error::GraphError,
        reference::{self, Reference},
    },
    pim,
    rows::{group_links, in_directory, refuse_on_premises},
};
use crate::{
    directory::{
        is_guid,
        links::{MEMBERS, OWNERS},
    },
    store::{Change, Key},
};

/// `POST .../members/$ref`
pub fn add(context: &Context<'_>, from: &FoundObject, link: &'static Link) -> HandlerResult {
    let Some(relation) = link.relation().filter(|_| !link.single) else { return Err(GraphError::method_not_allowed()) };
    let reference = reference::in_body(context, link)?;
    let added = [reference];
    group_links::check(context, from, link, &added)?;
    let [Reference { key: to, .. }] = added;
    Ok(Outcome::no_content(vec![Change::Link { relation, from: from.key.clone(), to }]))
}

/// `PUT .../manager/$ref`
pub fn set(context: &Context<'_>, from: &FoundObject, link: &'static Link) -> HandlerResult {
    let Some(relation) = link.relation().filter(|_| link.single) else { return Err(GraphError::method_not_allowed()) };
    let to = reference::in_body(context, link)?.key;
    let old = context.truth.links(relation, &from.key, None);
    let mut changes: Vec<Change> = old.into_iter().map(|to| Change::Unlink { relation, from: from.key.clone(), to }).collect();
    changes.push(Change::Link { relation, from: from.key.clone(), to });
    Ok(Outcome::no_content(changes))
}

/// `DELETE .../manager/$ref`
pub fn unset(context: &Context<'_>, from: &FoundObject, link: &'static Link) -> HandlerResult {
    let Some(relation) = link.relation().filter(|_| link.single) else { return Err(GraphError::method_not_allowed()) };
    let old = context.truth.links(relation, &from.key, None);
    if old.is_empty() {
        return Err(GraphError::not_found(link.name));
    }
    let unlink = |to| Change::Unlink { relation, from: from.key.clone(), to };
    Ok(Outcome::no_content(old.into_iter().map(unlink).collect()))
}

/// `DELETE .../members/{id}/$ref`
pub fn remove(context: &Context<'_>, from: &FoundObject, link: &'static Link, id: &str) -> HandlerResult {
    let Some(relation) = link.relation().filter(|_| !link.single) else { return Err(GraphError::method_not_allowed()) };
    if !is_guid(id) {
        return Err(GraphError::invalid_id(id));
    }
    let to: Key = id.to_lowercase().into();
    let live = in_directory(context.truth, &to).is_some();
    if !live || !context.truth.linked(relation, &from.key, &to) {
        return Err(GraphError::not_found(id));
    }
    if relation == OWNERS && is_last_owner(context, from, &to) {
        return Err(GraphError::bad_request("The group must have at least one owner, hence this owner cannot be removed."));
    }
    if relation == MEMBERS {
        group_links::refuse_dynamic(from)?;
        refuse_on_premises(&from.row)?;
    }
    let mut changes = pim::without_assignment(context.truth, relation, &from.key, &to);
    changes.push(Change::Unlink { relation, from: from.key.clone(), to });
    Ok(Outcome::no_content(changes))
}

/// Whether no owner that counts would be left. Service principals count for role-assignable groups only.
fn is_last_owner(context: &Context<'_>, group: &FoundObject, leaving: &Key) -> bool {
    let all_count = group.row.get("isAssignableToRole") == Some(&json!(true));
    let counts = |key: &Key| in_directory(context.truth, key).is_some_and(|owner| all_count || owner.collection.kind == "user");
    let counting: Vec<Key> = context.truth.links(OWNERS, &group.key, None).into_iter().filter(counts).collect();
    counting.len() == 1 && counting.contains(leaving)
}
