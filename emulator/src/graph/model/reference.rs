//! References to other objects in bodies: `@odata.bind`, and `@odata.id`.

use serde_json::Value;

use super::{
    collection::{Collection, Link},
    context::{Context, addressed},
    error::GraphError,
    path::ObjectSelector,
};
use crate::{directory::is_guid, http::text::percent_decode, store::Key};

/// An object that is linked to.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Its id.
    pub key: Key,
    /// Its type.
    pub collection: &'static Collection,
}

/// The objects that `members@odata.bind` and the like name.
pub fn resolve_binds(context: &Context<'_>, link: &Link, value: &Value) -> Result<Vec<Reference>, GraphError> {
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

/// The object that the body of a request below `$ref` names.
pub fn in_body(context: &Context<'_>, link: &Link) -> Result<Reference, GraphError> {
    let body = context.body()?;
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
    let path = percent_decode(path);
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
        let collection = context.directory().find(|collection| collection.path == set).ok_or_else(not_a_reference)?;
        addressed(context.view, collection, &ObjectSelector::Id(id.to_owned()))?
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
