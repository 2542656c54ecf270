//! The vocabulary of the rows that describe what Graph serves: one row per collection.

use super::{context::Context, error::GraphError, property::Property, write::Draft};
use crate::store::Row;

/// Checks a new object, and fills in what the service knows.
pub type OnCreate = fn(&Context<'_>, &mut Draft) -> Result<(), GraphError>;
/// Checks an update of an object, and fills in what changes with it.
pub type OnUpdate = fn(&Context<'_>, &Row, &mut Draft) -> Result<(), GraphError>;

/// A collection of objects of one type.
#[derive(Debug)]
pub struct Collection {
    /// Where it is, below the version: `groups`, `directory/administrativeUnits`.
    pub path: &'static str,
    /// Table of the store.
    pub table: &'static str,
    /// Table that deleted objects wait in for 30 days, if there is one.
    pub bin: Option<&'static str>,
    /// Graph's type, without `microsoft.graph.`.
    pub kind: &'static str,
    /// The type's name in error texts and identifiers.
    pub label: &'static str,
    /// Whether its objects are directory objects: known by id at `/directoryObjects` too.
    pub directory: bool,
    /// Properties that can stand in the place of the id, as in `groups(uniqueName='x')`.
    pub alternate_keys: &'static [&'static str],
    /// Properties that are looked up by value.
    pub indexed: &'static [&'static str],
    /// Properties of which a listing must compare one with `eq`; without it the answer is empty.
    pub required_filter: &'static [&'static str],
    /// Its properties.
    pub properties: &'static [Property],
    /// Its relationships.
    pub links: &'static [Link],
    /// Whether single objects can be found by a name instead of their id: `users/{userPrincipalName}`.
    pub named_by: Option<&'static str>,
    /// How objects are created, where clients may do so: checks, and fills in, what a row cannot say.
    pub on_create: Option<OnCreate>,
    /// How objects are updated, where clients may do so.
    pub on_update: Option<OnUpdate>,
    /// Whether clients may delete objects.
    pub deletable: bool,
}

/// A relationship of a collection's objects.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// Name in paths and in `$expand`.
    pub name: &'static str,
    /// Relations of the store that it reads.
    pub relations: &'static [&'static str],
    /// Whether it reads them from their start or from their end, or leads somewhere else.
    pub direction: Direction,
    /// Whether links of links count.
    pub transitive: bool,
    /// Whether there is at most one.
    pub single: bool,
    /// What may be linked to by clients; empty when they cannot write it.
    pub accepts: &'static [&'static str],
}

/// Where a relationship leads.
#[derive(Debug, Clone, Copy)]
pub enum Direction {
    /// From the link's start to its end.
    Forward,
    /// From its end to its start.
    Backward,
    /// To what the object itself holds under the relationship's name, of this collection if it is of one. Not a
    /// relation of the store.
    Inside(Option<&'static Collection>),
    /// To the object whose id is in this property: of the directory, or of a collection. Not a relation of the store.
    Named(&'static str, Option<&'static Collection>),
}

/// A relationship to many, written by clients.
pub const fn many(name: &'static str, relation: &'static [&'static str], accepts: &'static [&'static str]) -> Link {
    Link { name, relations: relation, direction: Direction::Forward, transitive: false, single: false, accepts }
}

/// A relationship that is another one, read from its end.
pub const fn reverse(name: &'static str, relations: &'static [&'static str]) -> Link {
    Link { name, relations, direction: Direction::Backward, transitive: false, single: false, accepts: &[] }
}

/// A relationship to what the object holds itself.
pub const fn inside(name: &'static str, collection: Option<&'static Collection>) -> Link {
    Link { name, relations: &[], direction: Direction::Inside(collection), transitive: false, single: false, accepts: &[] }
}

/// A relationship to the one object whose id is in a property.
pub const fn named(name: &'static str, property: &'static str, collection: Option<&'static Collection>) -> Link {
    Link { name, relations: &[], direction: Direction::Named(property, collection), transitive: false, single: true, accepts: &[] }
}

impl Link {
    /// At most one.
    pub const fn single(mut self) -> Self {
        self.single = true;
        self
    }

    /// Links of links count.
    pub const fn transitive(mut self) -> Self {
        self.transitive = true;
        self
    }

    /// The relation that clients write, if they can.
    pub fn relation(&self) -> Option<&'static str> {
        if self.accepts.is_empty() { None } else { self.relations.first().copied() }
    }
}

impl Collection {
    /// A property, its name in whatever letter case; `beta` says whether the caller is at `/beta`.
    pub fn property(&self, name: &str, beta: bool) -> Option<&'static Property> {
        self.properties.iter().find(|property| property.name.eq_ignore_ascii_case(name) && (beta || !property.beta))
    }

    /// A relationship.
    pub fn link(&self, name: &str) -> Option<&'static Link> {
        self.links.iter().find(|link| link.name == name)
    }

    /// The type's full name, as `@odata.type` has it.
    pub fn odata_type(&self) -> String {
        format!("#microsoft.graph.{}", self.kind)
    }
}
