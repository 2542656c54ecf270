//! The body of a write: what it says, accepted in form.

use serde_json::{Map, Value};

use super::{
    collection::{Collection, Link, Service},
    complex,
    context::Context,
    error::GraphError,
    property::{Property, Shape, WriteAccess},
    reference::{self, Reference},
};
use crate::store::Key;

/// A write in the making: accepted in form, and on its way to be accepted in meaning.
#[derive(Debug)]
pub struct Draft {
    /// Id of the object.
    pub key: Key,
    /// The values to write; null takes a value away.
    pub values: Map<String, Value>,
    /// The objects to be linked to.
    pub binds: Vec<(&'static Link, Vec<Reference>)>,
}

/// Most links that one request can make.
const MAX_BINDS: usize = 20;

/// Checks the form of a body: known properties, of the right JSON, that may be written now. `too` is what may not be
/// written besides what is the service's own.
pub fn accept(
    context: &Context<'_>,
    collection: &'static Collection,
    key: Key,
    body: &Map<String, Value>,
    too: WriteAccess,
) -> Result<Draft, GraphError> {
    if collection.service == Service::ConditionalAccess {
        return accept_complex(context, collection, key, body, too);
    }
    let mut draft = Draft { key, values: Map::new(), binds: Vec::new() };
    for (name, value) in body {
        if let Some(link) = name.strip_suffix("@odata.bind") {
            let link = collection.link(link).filter(|link| link.relation().is_some());
            let link = link.ok_or_else(|| unknown(name))?;
            draft.binds.push((link, reference::resolve_binds(context, link, value)?));
        } else if name.starts_with('@') || name.contains("@odata.") {
            // Control information.
        } else {
            let property = collection.property(name, context.beta()).ok_or_else(|| unknown(name))?;
            if property.written == WriteAccess::ByService || property.written == too {
                // Clients that send whole objects of Privileged Identity Management send null for what the service fills in.
                if collection.service == Service::Governance && value.is_null() {
                    continue;
                }
                return Err(read_only(property, collection));
            }
            // An empty text is the directory's mistake, and elsewhere a text.
            let empty = *value == "" && property.shape == Shape::Text && collection.service == Service::Governance;
            if !value.is_null() && !empty && !property.accepts(value) {
                return Err(GraphError::invalid_value(property.name, collection.label));
            }
            // A list is emptied, and not made null.
            if value.is_null() && property.shape == Shape::Texts {
                return Err(GraphError::invalid_value(property.name, collection.label));
            }
            draft.values.insert(property.name.into(), value.clone());
        }
    }
    if draft.binds.iter().map(|(_, references)| references.len()).sum::<usize>() > MAX_BINDS {
        // Unverified: the text.
        return Err(GraphError::bad_request(format!(
            "The request has too many references: at most {MAX_BINDS} relationships can be added in one request."
        )));
    }
    Ok(draft)
}

/// The same for a service that has types inside of types, and one refusal for everything. What is derived must say its
/// type, also in an update.
fn accept_complex(
    context: &Context<'_>,
    collection: &'static Collection,
    key: Key,
    body: &Map<String, Value>,
    too: WriteAccess,
) -> Result<Draft, GraphError> {
    let refused = || GraphError::not_of_schema(collection.label);
    if !collection.derived.is_empty() && complex::named(collection.derived, body).is_none() {
        return Err(refused());
    }
    let mut values = Map::new();
    for (name, value) in body.iter().filter(|(name, _)| !name.starts_with('@') && !name.contains("@odata.")) {
        let property = collection.properties_of(body).find(|property| property.name == name && (context.beta() || !property.beta));
        let property =
            property.filter(|property| property.written != WriteAccess::ByService && property.written != too).ok_or_else(refused)?;
        values.insert(property.name.into(), complex::accept(property, value, context.beta()).map_err(|_| refused())?);
    }
    Ok(Draft { key, values, binds: Vec::new() })
}

/// Unverified: the text.
fn unknown(property: &str) -> GraphError {
    GraphError::bad_request(format!("Invalid property '{property}'."))
}

/// Unverified: the text.
fn read_only(property: &Property, collection: &Collection) -> GraphError {
    GraphError::bad_request(format!("Property '{}' of resource '{}' is read-only and cannot be set.", property.name, collection.label))
}
