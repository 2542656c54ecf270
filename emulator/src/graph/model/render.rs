//! Writes objects as answers have them: the default properties or the selected ones, and what is expanded.

use serde_json::{Map, Value, json};

use super::{
    collection::{Collection, Direction, Link, Service},
    context::{Context, FoundObject},
    property::Visibility,
};
use crate::{store::Row, tenant::ids};

/// Most objects that one `$expand` of a relationship returns. Unverified: widely stated for directory objects.
const MAX_EXPANDED: usize = 20;

/// One relationship of `$expand`.
#[derive(Debug, Clone)]
pub struct Expand {
    /// The relationship.
    pub link: String,
    /// `$select` inside it.
    pub select: Option<Vec<String>>,
    /// `$expand` inside it.
    pub expand: Vec<Expand>,
}

/// The options by which an object is rendered.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// The selected properties; `None` for the default ones.
    pub select: Option<&'a [String]>,
    /// The expanded relationships.
    pub expand: &'a [Expand],
    /// Whether its type is said, because it is one of several possible.
    pub typed: bool,
}

impl Form<'_> {
    /// With the default properties.
    pub const fn plain(typed: bool) -> Self {
        Self { select: None, expand: &[], typed }
    }
}

/// An object.
pub fn object(context: &Context<'_>, found: &FoundObject, form: Form<'_>) -> Map<String, Value> {
    let FoundObject { collection, key, row } = found;
    let mut out = Map::new();
    let metadata = context.metadata();
    if let Some(kind) = row.get("@odata.type").filter(|_| metadata != Metadata::None) {
        out.insert("@odata.type".into(), kind.clone());
    } else if form.typed || metadata == Metadata::Full {
        out.insert("@odata.type".into(), json!(collection.odata_type()));
    }
    if metadata == Metadata::Full {
        out.insert("@odata.id".into(), json!(reference(context, found)));
    }
    let all = form.select.is_some_and(|names| names.iter().any(|name| name == "*"));
    for property in collection.properties_of(row) {
        let wanted = match form.select {
            Some(names) if !all => names.iter().any(|name| name == property.name),
            _ => property.shown == Visibility::ByDefault || property.shown == Visibility::WhenSet && row.contains_key(property.name),
        };
        if wanted && (context.beta() || !property.beta) {
            out.insert(property.name.into(), row.get(property.name).cloned().unwrap_or_else(|| property.empty_value()));
        }
    }
    if let Some(on_read) = collection.on_read {
        on_read(context, &mut out);
    }
    for expand in form.expand {
        let Some(link) = collection.link(&expand.link) else { continue };
        if let Some(value) = held(context, row, link, expand) {
            out.insert(expand.link.clone(), value);
            continue;
        }
        let inner = Form { select: expand.select.as_deref(), expand: &expand.expand, typed: true };
        let others = context.related(link, key, None);
        let mut others = others.iter().filter_map(|key| context.object(key)).map(|found| object(context, &found, inner));
        if link.single {
            if let Some(other) = others.next() {
                out.insert(expand.link.clone(), Value::Object(other));
            }
        } else {
            out.insert(expand.link.clone(), others.take(MAX_EXPANDED).map(Value::Object).collect());
        }
    }
    out
}

/// Targets of a relationship that is no link of the store; `None` when it is one.
pub fn held(context: &Context<'_>, row: &Row, link: &Link, expand: &Expand) -> Option<Value> {
    let form = |typed| Form { select: expand.select.as_deref(), expand: &expand.expand, typed };
    match link.direction {
        Direction::Inside(None) => Some(row.get(link.name).cloned().unwrap_or_else(|| json!([]))),
        Direction::Inside(Some(collection)) => {
            let row = row.get(link.name).and_then(Value::as_object).cloned().unwrap_or_default();
            let key = row.get("id").and_then(Value::as_str).unwrap_or_default().into();
            Some(Value::Object(object(context, &FoundObject { collection, key, row: row.into() }, form(false))))
        }
        Direction::Named(property, collection) => {
            let id = row.get(property).and_then(Value::as_str).unwrap_or_default();
            let found = match collection {
                None => context.object(id),
                Some(collection) => context.view.get(collection.table, id).map(|row| FoundObject { collection, key: id.into(), row }),
            };
            Some(found.map_or(Value::Null, |found| Value::Object(object(context, &found, form(collection.is_none())))))
        }
        Direction::Forward | Direction::Backward => None,
    }
}

/// One object as a whole answer.
pub fn entity(context: &Context<'_>, found: &FoundObject, form: Form<'_>) -> Value {
    let mut out = object(context, found, form);
    if context.metadata() != Metadata::None {
        let set = if form.typed { "directoryObjects" } else { set_of(found.collection) };
        let columns = columns(form);
        out.insert("@odata.context".into(), json!(format!("{}/$metadata#{set}{columns}/$entity", context.base)));
    }
    Value::Object(out)
}

/// The name of a collection in `@odata.context`.
pub fn set_of(collection: &Collection) -> &'static str {
    collection.path
}

/// The selected properties in `@odata.context`.
pub fn columns(form: Form<'_>) -> String {
    let mut names: Vec<String> = form.select.unwrap_or_default().to_vec();
    names.extend(form.expand.iter().map(|expand| match &expand.select {
        Some(inner) => format!("{}({})", expand.link, inner.join(",")),
        None => format!("{}()", expand.link),
    }));
    if names.is_empty() { String::new() } else { format!("({})", names.join(",")) }
}

/// The address of a directory object that `@odata.id` and `Location` have: of an odd form, by tenant and with the
/// directory's own type name. Other services have the object's own address (unverified).
pub fn reference(context: &Context<'_>, found: &FoundObject) -> String {
    if found.collection.service != Service::Directory {
        return format!("{}/{}/{}", context.base, found.collection.path, found.key);
    }
    format!(
        "https://{}/v2/{}/directoryObjects/{}/Microsoft.DirectoryServices.{}",
        context.request.host,
        ids::TENANT_ID,
        found.key,
        found.collection.label
    )
}

/// The `odata.metadata` level of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metadata {
    /// None.
    None,
    /// The usual.
    Minimal,
    /// Type and address of every object.
    Full,
}

impl Metadata {
    /// Its name in content types.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Full => "full",
        }
    }
}

impl Context<'_> {
    /// The format that the `Accept` header requests.
    pub fn metadata(&self) -> Metadata {
        metadata(self.request)
    }
}

/// The format that a request's `Accept` header requests.
pub fn metadata(request: &crate::http::Request) -> Metadata {
    let accept = request.header("accept").unwrap_or_default().to_lowercase();
    if accept.contains("odata.metadata=full") {
        Metadata::Full
    } else if accept.contains("odata.metadata=none") {
        Metadata::None
    } else {
        Metadata::Minimal
    }
}
