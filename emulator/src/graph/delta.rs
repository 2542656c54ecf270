//! `delta`: all objects of a collection, and later what changed since (docs/services/graph.md#queries).
//!
//! With `Prefer: return=minimal` a round of changes has of each object only what changed (reference page of `group: delta`).
//!
//! The service's own answers were not checked again: which properties a changed object has, that an object comes once in a
//! round however often it changed, and the refusal of a token that is too old, are unverified.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    model::{
        collection::Collection,
        context::{Context, FoundObject, HandlerResult, Outcome},
        error::GraphError,
        property::Visibility,
        render::Metadata,
    },
    rows::in_directory,
};
use crate::{
    directory::links::{MEMBERS, OWNERS},
    http::text::{decode_form, percent_encode},
    store::{ChangedKey, Key, Revision},
};

/// Objects on a page when the client does not say by `Prefer: odata.maxpagesize`. Unverified.
const DEFAULT_PAGE_SIZE: usize = 100;
/// Most ids in a `$filter`.
const MAX_IDS: usize = 50;

/// The relationships of a group that are listed with it: the relation, and whether it is so without being asked for.
const LINKS: &[(&str, &str, bool)] = &[("members", MEMBERS, true), ("owners", OWNERS, false)];

/// A delta query.
struct DeltaQuery {
    select: Option<Vec<String>>,
    /// Only these objects.
    only: Option<Vec<String>>,
    state: State,
    page: usize,
}

/// The state of a delta query, which its link carries.
enum State {
    /// It wants nothing but a token.
    Latest,
    /// In the middle of a round that began at `start`: of everything, or of what changed since `since`.
    Round { start: Revision, since: Option<Revision>, after: Option<String> },
}

/// Answers `GET .../delta`.
pub fn respond(context: &Context<'_>, collection: &'static Collection) -> HandlerResult {
    let asked = DeltaQuery::of(context, collection)?;
    let (start, since, after) = match asked.state {
        State::Latest => {
            return Ok(page(context, collection, Vec::new(), ("deltaLink", "deltatoken"), &token(context.truth.revision(), None, None)));
        }
        State::Round { start, since, ref after } => (start, since, after.as_deref()),
    };
    // What changed is listed in its latest state, and not in a replica's: it would not be listed again.
    let mut links: BTreeMap<Key, BTreeMap<&'static str, BTreeSet<Key>>> = BTreeMap::new();
    // What changed of each, where that is all that is wanted.
    let mut parts: BTreeMap<Key, ChangedProperties> = BTreeMap::new();
    let keys: Box<dyn Iterator<Item = Key>> = match since {
        None => Box::new(context.truth.rows(collection.table, after).map(|(key, _)| key)),
        Some(since) => {
            for changed in context.truth.since(since).ok_or_else(expired)? {
                match changed {
                    ChangedKey::Row { table, key, names } if *table == collection.table || Some(*table) == collection.bin => {
                        parts.entry(key.clone()).or_default().add(names.as_deref());
                    }
                    ChangedKey::Link { relation, from, to } if collection.kind == "group" => {
                        let shown = LINKS.iter().any(|(name, known, _)| known == relation && asked.includes(name));
                        if shown && context.truth.get(collection.table, from).is_some() {
                            links.entry(from.clone()).or_default().entry(relation).or_default().insert(to.clone());
                            parts.entry(from.clone()).or_default();
                        }
                    }
                    _ => {}
                }
            }
            Box::new(parts.keys().cloned().collect::<Vec<_>>().into_iter())
        }
    };
    let wanted = |key: &Key| {
        after.is_none_or(|after| key.as_ref() > after)
            && asked.only.as_ref().is_none_or(|only| only.iter().any(|id| id.as_str() == key.as_ref()))
    };
    let mut keys = keys.filter(wanted);
    let now: Vec<Key> = keys.by_ref().take(asked.page).collect();
    let minimal = since.is_some() && context.request.prefers("return=minimal");
    let values = now
        .iter()
        .map(|key| {
            let part = if minimal { parts.remove(key).unwrap_or_default() } else { ChangedProperties::Whole };
            one(context, collection, key, &asked, &part, since.is_some().then(|| links.remove(key).unwrap_or_default()))
        })
        .collect();
    Ok(match (keys.next(), now.last()) {
        (Some(_), Some(last)) => page(context, collection, values, ("nextLink", "skiptoken"), &token(start, since, Some(last))),
        _ => page(context, collection, values, ("deltaLink", "deltatoken"), &token(start, None, None)),
    })
}

/// The properties of an object that a delta response contains.
#[derive(Debug)]
enum ChangedProperties {
    Whole,
    /// These properties.
    Only(BTreeSet<String>),
}

impl Default for ChangedProperties {
    fn default() -> Self {
        Self::Only(BTreeSet::new())
    }
}

impl ChangedProperties {
    /// More of it: these properties, or everything.
    fn add(&mut self, names: Option<&[String]>) {
        match (names, &mut *self) {
            (None, _) => *self = Self::Whole,
            (Some(names), Self::Only(known)) => known.extend(names.iter().cloned()),
            (Some(_), Self::Whole) => {}
        }
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::Whole => true,
            Self::Only(names) => names.contains(name),
        }
    }
}

/// One object: as it is, or that it is gone. `changed`: the other ends of the links that changed, in a round of changes.
fn one(
    context: &Context<'_>,
    collection: &'static Collection,
    key: &Key,
    asked: &DeltaQuery,
    part: &ChangedProperties,
    changed: Option<BTreeMap<&'static str, BTreeSet<Key>>>,
) -> Value {
    let Some(row) = context.truth.get(collection.table, key) else {
        // What is in the bin can come back.
        let kept = collection.bin.is_some_and(|bin| context.truth.get(bin, key).is_some());
        return json!({"id": key.as_ref(), "@removed": {"reason": if kept { "changed" } else { "deleted" }}});
    };
    let found = FoundObject { collection, key: key.clone(), row };
    let mut out = Map::new();
    for property in collection.properties {
        let wanted = match &asked.select {
            Some(names) => property.name == "id" || names.iter().any(|name| name == property.name),
            None => property.shown == Visibility::ByDefault,
        };
        let shown = property.name == "id" || part.has(property.name);
        if wanted && shown && (context.beta() || !property.beta) {
            out.insert(property.name.into(), found.row.get(property.name).cloned().unwrap_or_else(|| property.empty_value()));
        }
    }
    for (name, relation, _) in LINKS.iter().filter(|(name, ..)| collection.kind == "group" && asked.includes(name)) {
        let ends: Vec<Key> = match &changed {
            None => context.truth.links(relation, key, None),
            Some(changed) => changed.get(relation).into_iter().flatten().cloned().collect(),
        };
        let ends: Vec<Value> = ends.iter().filter_map(|end| link_end(context, relation, key, end)).collect();
        if !ends.is_empty() {
            out.insert(format!("{name}@delta"), Value::Array(ends));
        }
    }
    Value::Object(out)
}

/// The other end of a link, which is there or is gone.
fn link_end(context: &Context<'_>, relation: &str, from: &str, to: &Key) -> Option<Value> {
    let kind = in_directory(context.truth, to).map(|found| found.collection.odata_type());
    if context.truth.linked(relation, from, to) {
        // What is deleted is no member until it is restored.
        return Some(json!({"@odata.type": kind?, "id": to.as_ref()}));
    }
    Some(
        json!({"@odata.type": kind.unwrap_or_else(|| "#microsoft.graph.directoryObject".into()), "id": to.as_ref(), "@removed": {"reason": "deleted"}}),
    )
}

fn page(context: &Context<'_>, collection: &Collection, values: Vec<Value>, (link, option): (&str, &str), token: &str) -> Outcome {
    let mut out = Map::new();
    if context.metadata() != Metadata::None {
        out.insert("@odata.context".into(), json!(format!("{}/$metadata#{}", context.base, collection.path)));
    }
    let mut options: Vec<String> = decode_form(&context.request.query)
        .into_iter()
        .filter(|(name, _)| !["$skiptoken", "$deltatoken"].contains(&name.to_lowercase().as_str()))
        .map(|(name, value)| format!("{name}={}", percent_encode(&value)))
        .collect();
    options.push(format!("${option}={token}"));
    out.insert(format!("@odata.{link}"), json!(format!("{}/{}/delta()?{}", context.base, collection.path, options.join("&"))));
    out.insert("value".into(), Value::Array(values));
    Outcome::ok(Value::Object(out))
}

impl DeltaQuery {
    fn of(context: &Context<'_>, collection: &Collection) -> Result<Self, GraphError> {
        let mut asked = Self {
            select: None,
            only: None,
            state: State::Round { start: context.truth.revision(), since: None, after: None },
            page: page_size(context).unwrap_or(DEFAULT_PAGE_SIZE),
        };
        for (name, value) in decode_form(&context.request.query) {
            match name.to_lowercase().as_str() {
                "$select" => asked.select = Some(selected(&value, collection, context.beta())?),
                "$filter" => asked.only = Some(ids(&value)?),
                "$deltatoken" if value.eq_ignore_ascii_case("latest") => asked.state = State::Latest,
                "$deltatoken" => {
                    let (since, ..) = read_token(&value)?;
                    asked.state = State::Round { start: context.truth.revision(), since: Some(since), after: None };
                }
                "$skiptoken" => {
                    let (start, since, after) = read_token(&value)?;
                    asked.state = State::Round { start, since, after };
                }
                // An expanded relationship is not listed (unverified: that the service says nothing of it).
                "$expand" => {}
                other if other.starts_with('$') => {
                    return Err(GraphError::unsupported_query(format!("The query parameter '{name}' is not supported in a delta query.")));
                }
                _ => {}
            }
        }
        Ok(asked)
    }

    /// Whether a relationship is listed.
    fn includes(&self, link: &str) -> bool {
        let by_default = LINKS.iter().any(|(name, _, by_default)| *name == link && *by_default);
        self.select.as_ref().map_or(by_default, |names| names.iter().any(|name| name == link))
    }
}

fn page_size(context: &Context<'_>) -> Option<usize> {
    let preferences = context.request.headers.get_all("prefer");
    let mut sizes = preferences.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split([',', ';']));
    sizes.find_map(|one| one.trim().strip_prefix("odata.maxpagesize=")?.parse().ok()).filter(|size| (1..=999).contains(size))
}

fn selected(text: &str, collection: &Collection, beta: bool) -> Result<Vec<String>, GraphError> {
    let one = |name: &str| match collection.property(name, beta) {
        Some(property) => Ok(property.name.to_owned()),
        None if LINKS.iter().any(|(link, ..)| *link == name) && collection.kind == "group" => Ok(name.to_owned()),
        None => Err(GraphError::malformed(format!(
            "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{}'.",
            collection.kind
        ))),
    };
    text.split(',').map(|name| one(name.trim())).collect()
}

/// The ids of `id eq 'a' or id eq 'b'`, which is all that a filter can say here.
fn ids(text: &str) -> Result<Vec<String>, GraphError> {
    // Unverified: the text.
    let refused =
        || GraphError::unsupported_query("Only filters of the form \"id eq '...'\", joined by 'or', are supported in a delta query.");
    let ids: Option<Vec<String>> = text
        .split(" or ")
        .map(|one| Some(one.trim().strip_prefix("id eq ")?.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_lowercase()))
        .collect();
    ids.filter(|ids| ids.len() <= MAX_IDS).ok_or_else(refused)
}

/// An opaque token for a moment, or for a page in a round.
fn token(start: Revision, since: Option<Revision>, after: Option<&str>) -> String {
    let since = since.map(|since| since.number.to_string()).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(format!("{} {} {since} {}", start.life.simple(), start.number, after.unwrap_or_default()))
}

fn read_token(token: &str) -> Result<(Revision, Option<Revision>, Option<String>), GraphError> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let mut parts = text.splitn(4, ' ');
        let life = Uuid::try_parse(parts.next()?).ok()?;
        let start = Revision { life, number: parts.next()?.parse().ok()? };
        let since = match parts.next()? {
            "" => None,
            number => Some(Revision { life, number: number.parse().ok()? }),
        };
        Some((start, since, Some(parts.next()?.to_owned()).filter(|after| !after.is_empty())))
    };
    // Unverified: the text.
    read().ok_or_else(|| GraphError::malformed("The delta token is not valid."))
}

/// 410: what changed since is not known any more, and the client has to begin anew.
fn expired() -> GraphError {
    GraphError::new(StatusCode::GONE, "syncStateNotFound", "The sync state generation is not found; the delta query must be started anew.")
}
