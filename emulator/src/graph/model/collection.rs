//! The vocabulary of the rows that describe what Graph serves: one row per collection.

use serde_json::{Map, Value};

use super::{
    complex::{self, Complex},
    context::{Context, FoundObject, HandlerResult},
    draft::Draft,
    error::GraphError,
    property::Property,
};
use crate::store::{Properties, Row};

/// Checks a new object, and fills in what the service knows.
pub type OnCreate = fn(&Context<'_>, &mut Draft) -> Result<(), GraphError>;
/// Checks an update of an object, and fills in what changes with it.
pub type OnUpdate = fn(&Context<'_>, &Row, &mut Draft) -> Result<(), GraphError>;

/// Refuses to delete an object.
pub type OnDelete = fn(&Context<'_>, &FoundObject) -> Result<(), GraphError>;
/// Adds to an answer what is not in the row.
pub type OnRead = fn(&Context<'_>, &mut Map<String, Value>);

/// Answers a request for something below an object that is no relationship; `None` when there is no such thing.
pub type SubresourceHandler = fn(&Context<'_>, &FoundObject, &[&str]) -> Option<HandlerResult>;

/// The inner service of Graph that keeps a collection: each has words and rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The directory, whose listings need advanced queries for many a filter.
    Directory,
    /// Conditional access: types inside of types, numbered refusals, one request in a second.
    ConditionalAccess,
    /// Privileged Identity Management: requests that shape what is read, and policies.
    Governance,
    /// Collections beside conditional access: the same rules, without that limit.
    Policies,
}

/// A table of collections.
pub type Collections = &'static [&'static Collection];

/// A collection of objects of one type.
#[derive(Debug)]
pub struct Collection {
    /// Further paths, in `/beta` only.
    pub beta_aliases: &'static [&'static str],
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
    /// The service that keeps it.
    pub service: Service,
    /// Other places where it is.
    pub aliases: &'static [&'static str],
    /// Where its deleted objects are, when that is not the directory's place for them.
    pub bin_path: Option<&'static str>,
    /// Whether there is one object only, at the path itself.
    pub singleton: bool,
    /// The types that an object has to be one of, and says so in `@odata.type`.
    pub derived: &'static [&'static Complex],
    /// Whether an update creates what is not there, under the id that the client chose.
    pub upserts: bool,
    /// Whether it can be asked what changed.
    pub delta: bool,
    /// How listings are ordered when the client does not say: properties, and whether descending.
    pub order: &'static [(&'static str, bool)],
    /// How many objects are on a page when the client does not say, and the most that it can ask for.
    pub page: (usize, usize),
    /// The reason for which deletion is refused.
    pub on_delete: Option<OnDelete>,
    /// Members that answers have besides the row.
    pub on_read: Option<OnRead>,
    /// Paths below an object besides its relationships.
    pub below: Option<SubresourceHandler>,
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
    /// Types that clients can link to; empty when they cannot write the relationship.
    pub accepts: &'static [&'static str],
}

/// The direction of a relationship in the store.
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
    /// The values that most collections have in common; a row names those that differ.
    pub const DEFAULT: Self = Self {
        path: "",
        table: "",
        bin: None,
        kind: "",
        label: "",
        directory: false,
        alternate_keys: &[],
        indexed: &[],
        required_filter: &[],
        properties: &[],
        links: &[],
        named_by: None,
        on_create: None,
        on_update: None,
        deletable: false,
        service: Service::Directory,
        aliases: &[],
        beta_aliases: &[],
        bin_path: None,
        singleton: false,
        derived: &[],
        upserts: false,
        delta: false,
        order: &[],
        // Unverified: the first; widely stated.
        page: (100, 999),
        on_delete: None,
        on_read: None,
        below: None,
    };

    /// A property, its name in whatever letter case; `beta` says whether the caller is at `/beta`.
    pub fn property(&self, name: &str, beta: bool) -> Option<&'static Property> {
        let derived = self.derived.iter().flat_map(|one| one.members);
        self.properties.iter().chain(derived).find(|property| property.name.eq_ignore_ascii_case(name) && (beta || !property.beta))
    }

    /// The properties of one object: those of all, and those of its own type.
    pub fn properties_of(&self, row: &Properties) -> impl Iterator<Item = &'static Property> + use<> {
        let derived = complex::named(self.derived, row).map_or(&[][..], |one| one.members);
        self.properties.iter().chain(derived)
    }

    /// 404 for an object that is not there, in the words of the service.
    pub fn not_found(&self, id: &str) -> GraphError {
        match self.service {
            // Unverified for governance: code and text.
            Service::Directory | Service::Governance => GraphError::not_found(id),
            Service::ConditionalAccess | Service::Policies => GraphError::no_policy(self.label, id),
        }
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
