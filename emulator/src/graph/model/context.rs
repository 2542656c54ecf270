//! The context of one Graph request.

pub use crate::outcome::Outcome;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    collection::{Collection, Collections, Direction, Link},
    config::GraphConfig,
    error::GraphError,
    path::{ObjectSelector, Path},
};
use crate::{
    caller::Caller,
    directory::{is_guid, links},
    http::Request,
    store::{Key, Row, View},
};

/// A request in the middle of being handled.
#[derive(Debug)]
pub struct Context<'a> {
    /// How this tenant's Graph behaves.
    pub config: &'a GraphConfig,
    /// Everything that is served.
    pub collections: Collections,
    /// The store as this caller sees it.
    pub view: View<'a>,
    /// The store as it is. Writes are decided by it.
    pub truth: View<'a>,
    /// The request.
    pub request: &'a Request,
    /// Who is calling.
    pub caller: &'a Caller,
    /// The address of the request.
    pub path: &'a Path,
    /// `https://host/v1.0`
    pub base: String,
    /// The tenant's time.
    pub now: Timestamp,
}

/// The result of a handler.
pub type HandlerResult = Result<Outcome, GraphError>;

/// An object that was found.
#[derive(Debug, Clone)]
pub struct FoundObject {
    /// The object.
    pub collection: &'static Collection,
    /// Its id.
    pub key: Key,
    /// Its properties.
    pub row: Row,
}

impl<'a> Context<'a> {
    /// Whether the caller is at `/beta`.
    pub fn beta(&self) -> bool {
        self.path.beta
    }

    /// A directory object by id, whatever its type, if it is there for this caller.
    pub fn object(&self, id: &str) -> Option<FoundObject> {
        in_directory(self.collections, self.view, id)
    }

    /// Whether there is a directory object of this id, whatever this caller sees.
    pub fn is_in_directory(&self, id: &str) -> bool {
        in_directory(self.collections, self.truth, id).is_some()
    }

    /// The collections whose objects are directory objects.
    pub fn directory(&self) -> impl Iterator<Item = &'static Collection> + use<> {
        self.collections.iter().copied().filter(|row| row.directory)
    }

    /// The body of a write, which must be an object.
    pub fn body(&self) -> Result<Map<String, Value>, GraphError> {
        // Unverified: the text for other JSON than an object.
        let unreadable = || {
            GraphError::malformed(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid \
                 JSON format.",
            )
        };
        match self.request.json() {
            Ok(Some(Value::Object(body))) => Ok(body),
            Ok(None) => Err(GraphError::malformed("Empty Payload. JSON content expected.")),
            _ => Err(unreadable()),
        }
    }

    /// The object that a path names.
    pub fn addressed(&self, collection: &'static Collection, single: &ObjectSelector) -> Result<FoundObject, GraphError> {
        addressed(self.view, collection, single)
    }

    /// The object that this caller found, in its latest state: a write must not be based on a state that only a replica still has.
    pub fn current(&self, found: FoundObject) -> Result<FoundObject, GraphError> {
        match self.truth.get(found.collection.table, &found.key) {
            Some(row) => Ok(FoundObject { row, ..found }),
            None => Err(found.collection.not_found(&found.key)),
        }
    }

    /// Refuses a value that another live object of the collection has. The property must have an index.
    pub fn must_be_unique(&self, collection: &'static Collection, property: &str, value: &str, except: &str) -> Result<(), GraphError> {
        let others = self.truth.with(collection.table, property, value).unwrap_or_default();
        match others.iter().find(|key| key.as_ref() != except) {
            Some(other) => Err(GraphError::conflict(property, collection.label, other)),
            None => Ok(()),
        }
    }

    /// The live objects that a relationship leads to, in the order of their ids, after `after`.
    pub fn related(&self, link: &Link, from: &str, after: Option<&str>) -> Vec<Key> {
        related(self.view, link, from, after)
    }
}

/// A directory object by id.
pub fn in_directory(collections: Collections, view: View<'_>, id: &str) -> Option<FoundObject> {
    let key: Key = id.to_lowercase().into();
    let mut directory = collections.iter().copied().filter(|row| row.directory);
    directory.find_map(|collection| view.get(collection.table, &key).map(|row| FoundObject { collection, key: key.clone(), row }))
}

/// The object of a collection that a path names.
pub fn addressed(view: View<'_>, collection: &'static Collection, single: &ObjectSelector) -> Result<FoundObject, GraphError> {
    let not_found = |name: &str| collection.not_found(name);
    let (property, value) = match single {
        ObjectSelector::Id(id) if !collection.directory => {
            let key: Key = if is_guid(id) { id.to_lowercase().into() } else { id.as_str().into() };
            let row = view.get(collection.table, &key).ok_or_else(|| not_found(id))?;
            return Ok(FoundObject { collection, key, row });
        }
        ObjectSelector::Id(id) if is_guid(id) => {
            let key: Key = id.to_lowercase().into();
            let row = view.get(collection.table, &key).ok_or_else(|| not_found(id))?;
            return Ok(FoundObject { collection, key, row });
        }
        ObjectSelector::Id(name) => match collection.named_by {
            Some(property) => (property, name),
            None => return Err(GraphError::invalid_id(name)),
        },
        ObjectSelector::Alternate(property, value) => (*property, value),
    };
    let keys = view.with(collection.table, property, value).unwrap_or_default();
    keys.into_iter()
        .find_map(|key| view.get(collection.table, &key).map(|row| FoundObject { collection, key, row }))
        .ok_or_else(|| not_found(value))
}

/// Where a relationship leads, one step or all the way, without what is deleted.
pub fn related(view: View<'_>, link: &Link, from: &str, after: Option<&str>) -> Vec<Key> {
    let step = |key: &str, after: Option<&str>| -> Vec<Key> {
        let relations = link.relations.iter();
        match link.direction {
            Direction::Forward => relations.flat_map(|relation| view.links(relation, key, after)).collect(),
            Direction::Backward => relations.flat_map(|relation| view.links_to(relation, key, after)).collect(),
            Direction::Inside(_) | Direction::Named(..) => Vec::new(),
        }
    };
    if link.transitive {
        // It must be followed whole before it can be cut.
        let mut keys = links::reachable(view, from, |key| step(key, None));
        if let Some(after) = after {
            keys.retain(|key| key.as_ref() > after);
        }
        return keys;
    }
    let mut keys = step(from, after);
    if link.relations.len() > 1 {
        keys.sort_unstable();
        keys.dedup();
    }
    keys
}
