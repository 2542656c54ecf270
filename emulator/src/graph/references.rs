//! References to other objects: `@odata.bind` in bodies, and `$ref` below relationships.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    collection::{Collection, Link},
    context::{Context, Found, Handled, Outcome, addressed, in_directory},
    error::GraphError,
    path::Single,
    pim, rows, write,
};
use crate::{
    directory::{
        is_guid,
        links::{MEMBERS, OWNERS},
    },
    store::{Change, Key},
};

/// An object that is linked to.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Its id.
    pub key: Key,
    /// What it is.
    pub collection: &'static Collection,
}

/// Most owners of a group.
const MOST_OWNERS: usize = 100;

/// The objects that `members@odata.bind` and the like name.
pub fn bound(context: &Context<'_>, link: &Link, value: &Value) -> Result<Vec<Reference>, GraphError> {
    let urls: Vec<&Value> = match value {
        Value::Array(urls) if !link.single => urls.iter().collect(),
        url @ Value::String(_) if link.single => vec![url],
        _ => return Err(GraphError::malformed(format!("'{}@odata.bind' is not a list of references.", link.name))),
    };
    let mut out: Vec<Reference> = Vec::new();
    for url in urls {
        let reference = resolve(context, link, url)?;
        if out.iter().any(|other| other.key == reference.key) {
            return Err(GraphError::bad_request("Request contains a property with duplicate values."));
        }
        out.push(reference);
    }
    Ok(out)
}

/// `POST .../members/$ref`
pub fn add(context: &Context<'_>, from: &Found, link: &'static Link) -> Handled {
    let Some(relation) = link.relation().filter(|_| !link.single) else { return Err(GraphError::method_not_allowed()) };
    let reference = in_body(context, link)?;
    let added = [reference];
    check(context, from, link, &added)?;
    let [Reference { key: to, .. }] = added;
    Ok(Outcome::written(vec![Change::Link { relation, from: from.key.clone(), to }]))
}

/// `PUT .../manager/$ref`
pub fn set(context: &Context<'_>, from: &Found, link: &'static Link) -> Handled {
    let Some(relation) = link.relation().filter(|_| link.single) else { return Err(GraphError::method_not_allowed()) };
    let to = in_body(context, link)?.key;
    let old = context.truth.links(relation, &from.key, None);
    let mut changes: Vec<Change> = old.into_iter().map(|to| Change::Unlink { relation, from: from.key.clone(), to }).collect();
    changes.push(Change::Link { relation, from: from.key.clone(), to });
    Ok(Outcome::written(changes))
}

/// `DELETE .../manager/$ref`
pub fn unset(context: &Context<'_>, from: &Found, link: &'static Link) -> Handled {
    let Some(relation) = link.relation().filter(|_| link.single) else { return Err(GraphError::method_not_allowed()) };
    let old = context.truth.links(relation, &from.key, None);
    if old.is_empty() {
        return Err(GraphError::not_found(link.name));
    }
    let unlink = |to| Change::Unlink { relation, from: from.key.clone(), to };
    Ok(Outcome::written(old.into_iter().map(unlink).collect()))
}

/// `DELETE .../members/{id}/$ref`
pub fn remove(context: &Context<'_>, from: &Found, link: &'static Link, id: &str) -> Handled {
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
        refuse_dynamic(from)?;
        rows::refuse_on_premises(&from.row)?;
    }
    let mut changes = pim::without_assignment(context.truth, relation, &from.key, &to);
    changes.push(Change::Unlink { relation, from: from.key.clone(), to });
    Ok(Outcome::written(changes))
}

/// Whether these objects may be linked to: none of them is linked already, and the group may have them.
pub fn check(context: &Context<'_>, from: &Found, link: &Link, added: &[Reference]) -> Result<(), GraphError> {
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

/// What is special about groups.
fn check_group(context: &Context<'_>, from: &Found, relation: &str, added: &[Reference]) -> Result<(), GraphError> {
    if relation == OWNERS {
        let owners = context.truth.links(OWNERS, &from.key, None).into_iter().filter(|key| in_directory(context.truth, key).is_some());
        return owners_within_quota(owners.count() + added.len());
    }
    refuse_dynamic(from)?;
    // Unverified: that owners, which are not synchronized, can be changed.
    rows::refuse_on_premises(&from.row)?;
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
    if count <= MOST_OWNERS {
        return Ok(());
    }
    Err(GraphError::new(
        StatusCode::FORBIDDEN,
        "Directory_QuotaExceeded",
        format!(
            "Unable to perform operation as '{count}' would exceed the maximum quota count '{MOST_OWNERS}' for \
             forward-link 'owners'."
        ),
    ))
}

/// Members of a dynamic group follow its rule. Unverified: status and text of the refusal.
fn refuse_dynamic(group: &Found) -> Result<(), GraphError> {
    let types = group.row.get("groupTypes").and_then(Value::as_array);
    if types.is_some_and(|types| types.contains(&json!("DynamicMembership"))) {
        return Err(GraphError::denied());
    }
    Ok(())
}

/// Whether no owner that counts would be left. Service principals count for role-assignable groups only.
fn is_last_owner(context: &Context<'_>, group: &Found, leaving: &Key) -> bool {
    let all_count = group.row.get("isAssignableToRole") == Some(&json!(true));
    let counts = |key: &Key| in_directory(context.truth, key).is_some_and(|owner| all_count || owner.collection.kind == "user");
    let counting: Vec<Key> = context.truth.links(OWNERS, &group.key, None).into_iter().filter(counts).collect();
    counting.len() == 1 && counting.contains(leaving)
}

fn in_body(context: &Context<'_>, link: &Link) -> Result<Reference, GraphError> {
    let body = write::body(context)?;
    match body.get("@odata.id") {
        Some(url) => resolve(context, link, url),
        None => Err(not_a_reference()),
    }
}

fn not_a_reference() -> GraphError {
    GraphError::bad_request("Not a valid reference update.")
}

/// The object that a URL names: `.../directoryObjects/{id}`, `.../users/{id or name}` and so on.
fn resolve(context: &Context<'_>, link: &Link, url: &Value) -> Result<Reference, GraphError> {
    let url = url.as_str().ok_or_else(not_a_reference)?;
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url,
    };
    let path = crate::http::text::percent_decode(path);
    let (set, id) = match path.trim_end_matches('/').strip_suffix("')").and_then(|path| path.rsplit_once("('")) {
        Some((set, id)) => (set, id),
        None => path.trim_end_matches('/').rsplit_once('/').ok_or_else(not_a_reference)?,
    };
    let set = set.trim_start_matches("v1.0/").trim_start_matches("beta/").trim_start_matches('/');
    // The address that `@odata.id` and `Location` have ends in the type's name.
    let (set, id) = match set.rsplit_once('/') {
        Some((_, guid)) if id.starts_with("Microsoft.DirectoryServices.") => ("directoryObjects", guid),
        _ => (set, id),
    };
    let found = if set == "directoryObjects" {
        if !is_guid(id) {
            return Err(GraphError::invalid_id(id));
        }
        context.object(id).ok_or_else(|| GraphError::not_found(id))?
    } else {
        let collection = rows::directory().find(|collection| collection.path == set).ok_or_else(not_a_reference)?;
        addressed(context.view, collection, &Single::Id(id.to_owned()))?
    };
    if !link.accepts.contains(&found.collection.kind) {
        // Unverified: the text.
        return Err(GraphError::bad_request(format!(
            "The reference target '{}' of type '{}' is invalid for the '{}' reference.",
            found.key, found.collection.label, link.name
        )));
    }
    Ok(Reference { key: found.key, collection: found.collection })
}
