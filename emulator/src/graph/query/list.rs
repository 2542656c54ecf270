//! Lists: filtered, searched, sorted, and cut into pages.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::{Map, Value, json};

use super::{
    Position, Query,
    filter::{Comparison, Expr, Function, Scope, holds},
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
    let page = if listed.is_open(&query) {
        select(context, listed, &query)
    } else {
        Page { found: Vec::new(), next: None, count: query.count.then_some(0) }
    };
    let typed = listed.collection().is_none();
    let form = query.form(typed);
    let set = listed.collection().map_or("directoryObjects", |collection| collection.path);
    let values = page.found.iter().map(|found| Value::Object(object(context, found, form))).collect();
    respond(context, &format!("{set}{}", columns(form)), values, &page)
}

/// A page of references: `.../members/$ref`.
pub fn references(context: &Context<'_>, listed: ListSource<'_>) -> HandlerResult {
    let query = Query::of(context.request, listed.collection(), context.beta())?;
    let page = select(context, listed, &query);
    let values = page.found.iter().map(|found| json!({"@odata.id": reference(context, found)})).collect();
    respond(context, "Collection($ref)", values, &page)
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

fn respond(context: &Context<'_>, set: &str, values: Vec<Value>, page: &Page) -> HandlerResult {
    let mut out = Map::new();
    if context.metadata() != Metadata::None {
        out.insert("@odata.context".into(), json!(format!("{}/$metadata#{set}", context.base)));
    }
    // Only the first page has it.
    if let Some(count) = page.count {
        out.insert("@odata.count".into(), json!(count));
    }
    if let Some(last) = &page.next {
        out.insert("@odata.nextLink".into(), json!(next_link(context, last)));
    }
    out.insert("value".into(), Value::Array(values));
    Ok(Outcome::ok(Value::Object(out)))
}

fn next_link(context: &Context<'_>, last: &Position) -> String {
    let mut options: Vec<String> = decode_form(&context.request.query)
        .into_iter()
        .filter(|(name, _)| name != "$skiptoken" && name != "$skip")
        .map(|(name, value)| format!("{name}={}", percent_encode(&value)))
        .collect();
    options.push(format!("$skiptoken={}", last.token()));
    let path = context.path.written.split('/').map(percent_encode).collect::<Vec<_>>().join("/");
    format!("{}{}?{}", context.base, path.replace("%24", "$"), options.join("&"))
}

/// One page of a list.
struct Page {
    found: Vec<FoundObject>,
    /// Where the next page starts, if there is one.
    next: Option<Position>,
    /// How many objects there are on all pages, where the query wants to know.
    count: Option<usize>,
}

/// The objects of the page.
fn select(context: &Context<'_>, listed: ListSource<'_>, query: &Query) -> Page {
    let after = query.after.as_ref();
    let count_wanted = query.count && after.is_none();
    let (mut found, count): (Vec<FoundObject>, Option<usize>) = if query.order.is_empty() {
        let mut all = matching(context, listed, query, after.map(|after| after.key.as_str())).skip(query.skip_on_page());
        let page: Vec<FoundObject> = all.by_ref().take(query.page + 1).collect();
        let count = count_wanted.then(|| page.len() + all.count() + query.skip);
        (page, count)
    } else if let Some(page) = in_index_order(context, listed, query) {
        (page, count_wanted.then(|| count_of(context, listed, query)))
    } else {
        // The values are made once for each object, and not for each comparison.
        let mut all: Vec<(Vec<String>, FoundObject)> =
            matching(context, listed, query, None).map(|found| (values_of(&query.order, &found), found)).collect();
        let count = count_wanted.then_some(all.len());
        all.sort_unstable_by(|one, two| by(&query.order, (&one.0, &one.1.key), (&two.0, &two.1.key)));
        if let Some(after) = after {
            all.retain(|(values, found)| by(&query.order, (values, &found.key), (&after.values, &after.key)).is_gt());
        }
        (all.into_iter().map(|(_, found)| found).skip(query.skip_on_page()).take(query.page + 1).collect(), count)
    };
    let more = found.len() > query.page;
    found.truncate(query.page);
    let position = |last: &FoundObject| Position { key: last.key.to_string(), values: values_of(&query.order, last) };
    let next = found.last().filter(|_| more).map(position);
    Page { found, next, count }
}

/// The page of a table that is sorted by one indexed property, without a look at the objects of other pages. `None`: there is no such index, or it
/// does not help because objects that do not match are between.
fn in_index_order(context: &Context<'_>, listed: ListSource<'_>, query: &Query) -> Option<Vec<FoundObject>> {
    let (ListSource::Table(collection, table), [(property, descending)]) = (listed, query.order.as_slice()) else { return None };
    if query.filter.is_some() || query.search.is_some() || query.skip > 0 {
        return None;
    }
    let after = query.after.as_ref().map(|after| (after.values.first().map_or("", String::as_str), after.key.as_str()));
    let keys = context.view.sorted(table, property, after, *descending, query.page + 1)?;
    Some(keys.into_iter().filter_map(|key| context.view.get(table, &key).map(|row| FoundObject { collection, key, row })).collect())
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

/// Most objects that are looked up one by one by a beginning. Where more match, all are read in their order: a page is soon full.
const MAX_CANDIDATES: usize = 2000;

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
        Expr::Request(Function::StartsWith, path, text) => match path.as_slice() {
            [name] => context.view.starting_with(table, name, text, MAX_CANDIDATES)?,
            _ => return None,
        },
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

/// The values of the properties by which objects are sorted, as they are compared: without regard to case, and nothing first.
fn values_of(order: &[(String, bool)], found: &FoundObject) -> Vec<String> {
    let text = |name: &str| match found.row.get(name) {
        Some(Value::String(text)) => text.to_lowercase(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    order.iter().map(|(name, _)| text(name)).collect()
}

/// Compares values and keys. Objects with the same values are in the order of their keys.
fn by(order: &[(String, bool)], (one, one_key): (&[String], &str), (two, two_key): (&[String], &str)) -> Ordering {
    let values = order.iter().zip(one.iter().zip(two)).map(|((_, descending), (one, two))| {
        let order = one.cmp(two);
        if *descending { order.reverse() } else { order }
    });
    values.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| one_key.cmp(two_key))
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
