//! Lists: filtered, searched, sorted, and cut into pages.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::{Map, Value, json};

use super::{
    Query,
    filter::{Comparison, Expr, Scope, holds},
    token,
};
use crate::{
    graph::model::{
        collection::{Collection, Link, Service},
        context::{Context, FoundObject, HandlerResult, Outcome},
        error::GraphError,
        render::{Metadata, columns, object, reference},
    },
    http::{
        Response,
        text::{decode_form, percent_encode},
    },
    store::Key,
};

/// The objects that a list contains, before it is filtered.
#[derive(Debug, Clone, Copy)]
pub enum ListSource<'a> {
    /// A table of one collection: its own, or its bin.
    Table(&'static Collection, &'static str),
    /// Objects of a collection that do not stand in a table by themselves.
    Given(&'static Collection, &'a [FoundObject]),
    /// Targets of a relationship.
    Related(&'static Link, &'a str, RelatedTypes),
    /// Objects of a type of which there are none.
    Nothing,
}

/// The types of what a relationship leads to that are listed.
#[derive(Debug, Clone, Copy)]
pub enum RelatedTypes {
    /// Every type.
    All,
    /// One type: an OData cast.
    Only(&'static Collection),
    /// All but the type of this name.
    Except(&'static str),
}

impl RelatedTypes {
    fn has(self, collection: &Collection) -> bool {
        match self {
            Self::All => true,
            Self::Only(cast) => cast.kind == collection.kind,
            Self::Except(kind) => kind != collection.kind,
        }
    }
}

impl ListSource<'_> {
    /// The one type that everything has.
    pub fn collection(&self) -> Option<&'static Collection> {
        match self {
            Self::Table(collection, _) | Self::Given(collection, _) => Some(collection),
            Self::Related(_, _, RelatedTypes::Only(cast)) => Some(cast),
            Self::Related(..) | Self::Nothing => None,
        }
    }

    /// Whether the query has what the listing requires.
    fn is_open(&self, query: &Query) -> bool {
        let required = match self {
            Self::Table(collection, _) => collection.required_filter,
            Self::Given(..) | Self::Related(..) | Self::Nothing => &[],
        };
        required.is_empty() || query.filter.as_ref().is_some_and(|filter| compares(filter, required))
    }
}

/// A page of objects.
pub fn page(context: &Context<'_>, listed: ListSource<'_>) -> HandlerResult {
    let query = Query::of(context.request, listed.collection(), context.beta())?;
    let (found, next) = if listed.is_open(&query) { select(context, listed, &query) } else { (Vec::new(), None) };
    let typed = listed.collection().is_none();
    let form = query.form(typed);
    let set = listed.collection().map_or("directoryObjects", |collection| collection.path);
    let values = found.iter().map(|found| Value::Object(object(context, found, form))).collect();
    respond(context, &format!("{set}{}", columns(form)), values, next, || count_of(context, listed, &query), &query)
}

/// A page of references: `.../members/$ref`.
pub fn references(context: &Context<'_>, listed: ListSource<'_>) -> HandlerResult {
    let query = Query::of(context.request, listed.collection(), context.beta())?;
    let (found, next) = select(context, listed, &query);
    let values = found.iter().map(|found| json!({"@odata.id": reference(context, found)})).collect();
    respond(context, "Collection($ref)", values, next, || count_of(context, listed, &query), &query)
}

/// The bare number of objects: `.../$count`.
pub fn count(context: &Context<'_>, listed: ListSource<'_>) -> HandlerResult {
    if listed.collection().is_none_or(|row| row.service == Service::Directory) && !context.request.eventual() {
        // Unverified: the text.
        return Err(GraphError::bad_request("$count is not currently supported."));
    }
    let mut request = context.request.clone();
    // The segment says what `$count=true` says elsewhere: this is an advanced query.
    request.query = format!("{}&$count=true", request.query);
    let query = Query::of(&request, listed.collection(), context.beta())?;
    Ok(Outcome::read(Response::text(axum::http::StatusCode::OK, "text/plain", count_of(context, listed, &query).to_string())))
}

fn respond(
    context: &Context<'_>,
    set: &str,
    values: Vec<Value>,
    next: Option<Key>,
    count: impl Fn() -> usize,
    query: &Query,
) -> HandlerResult {
    let mut out = Map::new();
    if context.metadata() != Metadata::None {
        out.insert("@odata.context".into(), json!(format!("{}/$metadata#{set}", context.base)));
    }
    // Only the first page has it.
    if query.count && query.after.is_none() {
        out.insert("@odata.count".into(), json!(count()));
    }
    if let Some(last) = next {
        out.insert("@odata.nextLink".into(), json!(next_link(context, &last)));
    }
    out.insert("value".into(), Value::Array(values));
    Ok(Outcome::ok(Value::Object(out)))
}

fn next_link(context: &Context<'_>, last: &str) -> String {
    let mut options: Vec<String> = decode_form(&context.request.query)
        .into_iter()
        .filter(|(name, _)| name != "$skiptoken" && name != "$skip")
        .map(|(name, value)| format!("{name}={}", percent_encode(&value)))
        .collect();
    options.push(format!("$skiptoken={}", token(last)));
    let path = context.path.written.split('/').map(percent_encode).collect::<Vec<_>>().join("/");
    format!("{}{}?{}", context.base, path.replace("%24", "$"), options.join("&"))
}

/// The objects of the page, and the key after which the next one starts.
fn select(context: &Context<'_>, listed: ListSource<'_>, query: &Query) -> (Vec<FoundObject>, Option<Key>) {
    let after = query.after.as_deref();
    let mut page: Vec<FoundObject> = if query.order.is_empty() {
        matching(context, listed, query, after).skip(query.skip_on_page()).take(query.page + 1).collect()
    } else {
        let mut all: Vec<FoundObject> = matching(context, listed, query, None).collect();
        all.sort_by(|one, two| by(&query.order, one, two));
        let start = after.and_then(|after| all.iter().position(|found| found.key.as_ref() == after)).map_or(query.skip, |at| at + 1);
        all.into_iter().skip(start).take(query.page + 1).collect()
    };
    let more = page.len() > query.page;
    page.truncate(query.page);
    let next = page.last().filter(|_| more).map(|found| found.key.clone());
    (page, next)
}

fn count_of(context: &Context<'_>, listed: ListSource<'_>, query: &Query) -> usize {
    matching(context, listed, query, None).count()
}

/// Everything that is listed and matches, in the order of the ids.
fn matching<'c>(
    context: &'c Context<'_>,
    listed: ListSource<'_>,
    query: &'c Query,
    after: Option<&'c str>,
) -> Box<dyn Iterator<Item = FoundObject> + 'c> {
    let passes = move |found: &FoundObject| {
        query.filter.as_ref().is_none_or(|filter| holds(filter, &Listing { context, found }))
            && query.search.as_ref().is_none_or(|search| search.matches(&found.row))
    };
    match listed {
        ListSource::Table(collection, table) => {
            let found = move |(key, row)| FoundObject { collection, key, row };
            match query.filter.as_ref().and_then(|filter| candidates(context, table, filter)) {
                // The filter names the few that can match, so the others need not be asked.
                Some(keys) => Box::new(
                    keys.into_iter()
                        .filter(move |key| after.is_none_or(|after| key.as_ref() > after))
                        .filter_map(move |key| context.view.get(table, &key).map(|row| found((key, row))))
                        .filter(passes),
                ),
                None => Box::new(context.view.rows(table, after).map(found).filter(passes)),
            }
        }
        ListSource::Given(_, given) => {
            let from = after.and_then(|after| given.iter().position(|found| found.key.as_ref() == after)).map_or(0, |at| at + 1);
            Box::new(given.iter().skip(from).cloned().collect::<Vec<_>>().into_iter().filter(passes))
        }
        ListSource::Nothing => Box::new(std::iter::empty()),
        ListSource::Related(link, from, types) => Box::new(
            context
                .related(link, from, after)
                .into_iter()
                .filter_map(|key| context.object(&key))
                .filter(move |found| types.has(found.collection))
                .filter(passes),
        ),
    }
}

/// The keys that a filter leaves possible, when it says so by id or by an indexed property. In order.
fn candidates(context: &Context<'_>, table: &str, filter: &Expr) -> Option<Vec<Key>> {
    let of_value = |path: &[String], value: &Value| -> Option<Vec<Key>> {
        let ([name], Some(text)) = (path, value.as_str()) else { return None };
        if name == "id" {
            return Some(vec![text.to_lowercase().into()]);
        }
        context.view.with(table, name, text)
    };
    let mut keys = match filter {
        Expr::Compare(path, Comparison::Eq, value) => of_value(path, value)?,
        Expr::In(path, values) => values.iter().map(|value| of_value(path, value)).collect::<Option<Vec<_>>>()?.concat(),
        Expr::Or(all) => all.iter().map(|one| candidates(context, table, one)).collect::<Option<Vec<_>>>()?.concat(),
        Expr::And(all) => all.iter().find_map(|one| candidates(context, table, one))?,
        _ => return None,
    };
    keys.sort_unstable();
    keys.dedup();
    Some(keys)
}

/// Whether a filter compares one of these properties with `eq`.
fn compares(filter: &Expr, properties: &[&str]) -> bool {
    match filter {
        Expr::Compare(path, Comparison::Eq, _) => properties.iter().any(|name| path.as_slice() == [*name]),
        Expr::And(all) => all.iter().any(|one| compares(one, properties)),
        Expr::Or(all) => all.iter().all(|one| compares(one, properties)),
        _ => false,
    }
}

fn by(order: &[(String, bool)], one: &FoundObject, two: &FoundObject) -> Ordering {
    let text = |found: &FoundObject, name: &str| match found.row.get(name) {
        Some(Value::String(text)) => text.to_lowercase(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    order
        .iter()
        .map(|(name, descending)| {
            let order = text(one, name).cmp(&text(two, name));
            if *descending { order.reverse() } else { order }
        })
        .find(|order| order.is_ne())
        .unwrap_or_else(|| one.key.cmp(&two.key))
}

/// A listed object, as filters see it.
struct Listing<'c, 'a> {
    context: &'c Context<'a>,
    found: &'c FoundObject,
}

impl Scope for Listing<'_, '_> {
    fn property(&self, name: &str) -> Cow<'_, Value> {
        let row = &self.found.row;
        if let Some(value) = row.get(name) {
            return Cow::Borrowed(value);
        }
        // The letter case of a name does not count where the type is known.
        let known = self.found.collection.property(name, self.context.beta());
        known.and_then(|property| row.get(property.name)).map_or(Cow::Owned(Value::Null), Cow::Borrowed)
    }

    fn related(&self, name: &str) -> Option<Vec<Box<dyn Scope + '_>>> {
        let link = self.found.collection.link(name)?;
        let keys = self.context.related(link, &self.found.key, None);
        Some(keys.into_iter().map(|key| Box::new(Id(Value::String(key.to_string()))) as Box<dyn Scope>).collect())
    }
}

/// Another object, of which a filter can only see the id.
struct Id(Value);

impl Scope for Id {
    fn property(&self, name: &str) -> Cow<'_, Value> {
        if name == "id" { Cow::Borrowed(&self.0) } else { Cow::Owned(Value::Null) }
    }

    fn related(&self, _: &str) -> Option<Vec<Box<dyn Scope + '_>>> {
        None
    }
}
