//! Reads the query options of a request.

pub mod filter;
pub mod list;
mod search;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use self::{filter::Expr, search::Search};
use super::model::{
    collection::{Collection, Service},
    error::GraphError,
    property::SortOrder,
    render::{Expand, Form},
};
use crate::http::{Request, text::decode_form};

/// How deep `$expand` can be in `$expand`. Unverified.
const MAX_EXPAND_DEPTH: usize = 3;

/// The options of a request.
#[derive(Debug, Default)]
pub struct Query {
    /// `$select`
    pub select: Option<Vec<String>>,
    /// `$expand`
    pub expand: Vec<Expand>,
    /// `$filter`
    pub filter: Option<Expr>,
    /// `$search`
    pub search: Option<Search>,
    /// `$orderby`: property, and whether descending.
    pub order: Vec<(String, bool)>,
    /// `$top`, or what holds without it.
    pub page: usize,
    /// The object after which the page starts.
    pub after: Option<Position>,
    /// `$skip`: how many objects are left out at the start.
    pub skip: usize,
    /// Whether `@odata.count` is to be in the answer.
    pub count: bool,
}

impl Query {
    /// Reads and checks the options. `collection` is `None` for objects of mixed types.
    pub fn of(request: &Request, collection: Option<&'static Collection>, beta: bool) -> Result<Self, GraphError> {
        let kind = collection.unwrap_or(&Collection::DEFAULT);
        let usual = kind.order.iter().map(|(name, descending)| ((*name).to_owned(), *descending)).collect();
        let mut out = Self { page: kind.page.0, order: usual, ..Self::default() };
        let options = decode_form(&request.query);
        let counted = options.iter().any(|(name, value)| name == "$count" && value == "true");
        // Only the directory has queries that must be asked for.
        let directory = collection.is_none_or(|row| row.service == Service::Directory);
        let advanced = !directory || counted && request.eventual();
        for (name, value) in &options {
            match name.as_str() {
                "$select" => out.select = Some(select(value, collection, beta)?),
                "$expand" => {
                    out.expand = expand(value, collection, 0)?;
                    // Documented as a limitation of directory objects (learn.microsoft.com/graph/known-issues). Unverified: the text.
                    if directory && out.expand.len() > 1 && value.trim() != "*" {
                        return Err(GraphError::unsupported_query("Only one property can be expanded in a single query."));
                    }
                }
                "$filter" => {
                    // Unverified: the text in front of the sentence.
                    let parsed = filter::parse(value).map_err(|error| GraphError::malformed(format!("Invalid filter clause: {error}")))?;
                    filter::check(&parsed, collection, beta, advanced)?;
                    out.filter = Some(parsed);
                }
                "$search" => {
                    let mut search = search::parse(value).map_err(GraphError::malformed)?;
                    search.check(collection.filter(|_| directory), beta)?;
                    out.search = Some(search);
                }
                "$orderby" => {
                    out.order = order(value, collection, beta)?;
                    check_order(&out.order, collection.filter(|_| directory), beta, advanced)?;
                }
                "$top" => out.page = page_size(value, kind.page.1)?,
                "$skiptoken" => out.after = Some(Position::of_token(value)?),
                // Without the header it is not answered, and not refused either (unverified).
                "$count" => out.count = counted && advanced,
                "$skip" if !directory => {
                    out.skip = value
                        .parse()
                        .map_err(|_| GraphError::malformed(format!("Invalid value '{value}' for $skip query option found.")))?;
                }
                "$skip" => {
                    // Unverified: the text.
                    return Err(GraphError::unsupported_query("'$skip' is not supported by the service."));
                }
                name if name.starts_with('$') => {
                    return Err(GraphError::malformed(format!("The query parameter '{name}' is not supported.")));
                }
                // Others are the caller's own, as OData allows.
                _ => {}
            }
        }
        if out.search.is_some() && !directory {
            return Err(GraphError::malformed("The query parameter '$search' is not supported."));
        }
        if out.search.is_some() && !request.eventual() {
            return Err(GraphError::unsupported_query(
                "Request with $search query parameter only works through MSGraph with a special request header: \
                 'ConsistencyLevel: eventual'",
            ));
        }
        if out.filter.is_some() && !out.order.is_empty() && !advanced {
            // Unverified: the text.
            return Err(GraphError::unsupported_query("Sorting not supported for current query."));
        }
        Ok(out)
    }

    /// How objects are written in answers. `typed`: whether their type is said.
    pub fn form(&self, typed: bool) -> Form<'_> {
        Form { select: self.select.as_deref(), expand: &self.expand, typed }
    }

    /// How many objects are left out on this page: a later page starts after a key.
    pub fn skip_on_page(&self) -> usize {
        if self.after.is_some() { 0 } else { self.skip }
    }
}

/// The names of a `$select`. Of objects of mixed types every name is accepted: the properties of derived types are
/// dynamic there, and their letter case counts.
fn select(text: &str, collection: Option<&Collection>, beta: bool) -> Result<Vec<String>, GraphError> {
    text.split(',')
        .map(|name| {
            let name = name.trim();
            let Some(collection) = collection else { return Ok(name.to_owned()) };
            if name == "*" {
                return Ok(name.to_owned());
            }
            match collection.property(name, beta) {
                Some(property) => Ok(property.name.to_owned()),
                // Unverified: the text.
                None => Err(GraphError::malformed(format!(
                    "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type \
                     'microsoft.graph.{}'.",
                    collection.kind
                ))),
            }
        })
        .collect()
}

/// `below`: inside of how many others.
fn expand(text: &str, collection: Option<&Collection>, below: usize) -> Result<Vec<Expand>, GraphError> {
    let mut out = Vec::new();
    for part in split_outside(text, ',') {
        let (name, options) = match part.split_once('(') {
            Some((name, options)) => (name.trim(), options.trim_end().strip_suffix(')').unwrap_or_default()),
            None => (part.trim(), ""),
        };
        if let (Some(collection), "*") = (collection, name) {
            out.extend(collection.links.iter().map(|link| Expand { link: link.name.to_owned(), select: None, expand: Vec::new() }));
            continue;
        }
        if let Some(collection) = collection.filter(|collection| collection.link(name).is_none()) {
            return Err(GraphError::malformed(format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type \
                 'microsoft.graph.{}'.",
                collection.kind
            )));
        }
        let mut expand = Expand { link: name.to_owned(), select: None, expand: Vec::new() };
        for option in split_outside(options, ';') {
            match option.split_once('=') {
                Some(("$select", names)) => expand.select = Some(select(names, None, false)?),
                Some(("$expand", inner)) if below < MAX_EXPAND_DEPTH => expand.expand = self::expand(inner, None, below + 1)?,
                _ => {
                    return Err(GraphError::unsupported_query(format!("The query option '{option}' is not supported in $expand.")));
                }
            }
        }
        out.push(expand);
    }
    Ok(out)
}

/// Splits at a separator that stands outside of parentheses.
fn split_outside(text: &str, separator: char) -> Vec<&str> {
    let (mut out, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            c if c == separator && depth == 0 => {
                out.extend(text.get(start..at));
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    out.extend(text.get(start..));
    out.retain(|part| !part.trim().is_empty());
    out
}

fn order(text: &str, collection: Option<&Collection>, beta: bool) -> Result<Vec<(String, bool)>, GraphError> {
    text.split(',')
        .map(|part| {
            let mut words = part.split_whitespace();
            let name = words.next().unwrap_or_default();
            let descending = match words.next() {
                None | Some("asc") => false,
                Some("desc") => true,
                Some(other) => return Err(GraphError::malformed(format!("Syntax error in $orderby at '{other}'."))),
            };
            let name = match collection {
                Some(collection) => match collection.property(name, beta) {
                    Some(property) => property.name,
                    None => {
                        return Err(GraphError::malformed(format!(
                            "Could not find a property named '{name}' on type 'microsoft.graph.{}'.",
                            collection.kind
                        )));
                    }
                },
                None => name,
            };
            Ok((name.to_owned(), descending))
        })
        .collect()
}

/// Refuses an order that the directory does not have, or has in advanced queries only. Unverified: the texts.
fn check_order(order: &[(String, bool)], collection: Option<&Collection>, beta: bool, advanced: bool) -> Result<(), GraphError> {
    let Some(collection) = collection else { return Ok(()) };
    for (name, _) in order {
        match collection.property(name, beta).map_or(SortOrder::Unsupported, |property| property.sorted) {
            SortOrder::Default => {}
            SortOrder::Advanced if advanced => {}
            SortOrder::Advanced => return Err(GraphError::unsupported_query("Sorting not supported for current query.")),
            SortOrder::Unsupported => {
                return Err(GraphError::unsupported_query(format!("Sorting by the property '{name}' is not supported.")));
            }
        }
    }
    Ok(())
}

fn page_size(text: &str, largest: usize) -> Result<usize, GraphError> {
    match text.parse::<i64>() {
        Ok(size) => match usize::try_from(size) {
            Ok(size) if (1..=largest).contains(&size) => Ok(size),
            _ => Err(GraphError::unsupported_query(format!(
                "Invalid page size specified: '{size}'. Must be between 1 and {largest} inclusive."
            ))),
        },
        Err(_) => Err(GraphError::malformed(format!("Invalid value '{text}' for $top query option found."))),
    }
}

/// Where a page ended: the last object's key, and its values of the properties by which the list is sorted. The next page is found by them even if
/// the object is gone or has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The key.
    pub key: String,
    /// The values, as they are compared.
    pub values: Vec<String>,
}

impl Position {
    /// An opaque token for the page after this position.
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn of_token(token: &str) -> Result<Self, GraphError> {
        let position = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        // Unverified: the text; the code is known.
        position.ok_or_else(|| {
            GraphError::new(
                axum::http::StatusCode::BAD_REQUEST,
                "Directory_ExpiredPageToken",
                "The specified page token value has expired and can no longer be included in your request.",
            )
        })
    }
}
