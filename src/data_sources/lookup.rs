//! Finding many objects by their ids or names in a few requests, and telling exactly which were not found, or found more than once.

use std::collections::HashMap;
use std::ops::ControlFlow;

use framework::value::Path;
use framework::{Diagnostic, Diagnostics, Model, Result, View};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::azure::{Error, Request, odata_literal};
use crate::client::diagnose::could_not;
use crate::services::Services;

/// How many values one `in` takes. Unverified: widely stated.
const VALUES_AT_ONCE: usize = 15;

/// How many ids one `getByIds` takes.
const IDS_AT_ONCE: usize = 1000;

/// The largest page (docs/services/graph.md#queries).
const PAGE: &str = "999";

/// A kind of object that is looked up, out of its answers.
pub(super) trait LookupTarget: Model {
    /// What answers are read as.
    type Answer: DeserializeOwned;

    /// What one is called.
    const NOUN: &'static str;
    /// Where they are listed.
    const COLLECTION: &'static str;
    /// Graph's type, as `getByIds` wants it.
    const TYPE: &'static str;

    /// The properties that are read.
    fn select() -> &'static str;

    /// The object that an answer describes.
    fn of(answer: &Self::Answer) -> Self;

    /// The value of a property by which objects are looked up; `id` is one.
    fn key(&self, property: &str) -> Option<&str>;
}

/// By what objects are looked up: the attribute of the configuration, and the property.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) attribute: &'static str,
    pub(super) property: &'static str,
}

/// A page of a listing that is sent as part of a batch.
#[derive(Deserialize)]
struct Page<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

/// Exactly one of these arguments must be given, a flag being given when it is true.
pub(super) fn exactly_one(config: View<'_>, attributes: &[&str], found: &mut Diagnostics) {
    let is_given = |name: &&&str| config.is_set(name) && config.get::<Option<bool>>(name) != Some(Some(false));
    let given: Vec<&str> = attributes.iter().filter(is_given).copied().collect();
    let all: Vec<String> = attributes.iter().map(|name| format!("`{name}`")).collect();
    match given.as_slice() {
        [_] => {}
        [] => found.add(Diagnostic::error("Nothing to look for", format!("Give one of {}.", all.join(", ")))),
        [_, second, ..] => {
            found.error(second, "Too much to look for", format!("Give only one of {}; here are {}.", all.join(", "), given.join(", ")))
        }
    }
}

/// The objects of these values, in the order of the values, each once. One that is missing is an error unless that is to be overlooked.
pub(super) async fn several<K: LookupTarget>(
    api: &Services,
    key: Key,
    values: &[String],
    also: Option<&str>,
    ignore_missing: bool,
) -> Result<Vec<K>> {
    let mut seen = std::collections::HashSet::new();
    let values: Vec<&String> = values.iter().filter(|value| seen.insert(value.to_lowercase())).collect();
    let what = format!("look for {} {}s", values.len(), K::NOUN);
    let answers = match key.property {
        "id" => by_ids::<K>(api, &values).await,
        property => by_values::<K>(api, property, &values, also).await,
    };
    let mut by_key: HashMap<String, Vec<K>> = HashMap::new();
    for object in answers.map_err(could_not(what))?.iter().map(K::of) {
        if let Some(value) = object.key(key.property).map(str::to_lowercase) {
            by_key.entry(value).or_default().push(object);
        }
    }
    let (mut found, mut missing, mut ambiguous) = (Vec::new(), Vec::new(), Vec::new());
    for value in values {
        let mut objects = by_key.remove(&value.to_lowercase()).unwrap_or_default();
        match (objects.pop(), objects.as_slice()) {
            (None, _) => missing.push(format!("{value:?}")),
            (Some(object), []) => found.push(object),
            (Some(object), _) => ambiguous.push(candidates(value, objects.iter().chain([&object]))),
        }
    }
    if !ambiguous.is_empty() {
        let summary = format!("Several {}s have the same {}", K::NOUN, property_name(key));
        return Err(
            Diagnostic::error(summary, format!("{}. Look for them by their ids.", ambiguous.join("; "))).at_attribute(key.attribute)
        );
    }
    if !missing.is_empty() && !ignore_missing {
        let summary = format!("{} of the {}s cannot be found", missing.len(), K::NOUN);
        let detail = format!("No {} of the tenant has the {} {}.", K::NOUN, property_name(key), missing.join(", "));
        return Err(Diagnostic::error(summary, detail).at_attribute(key.attribute));
    }
    Ok(found)
}

/// The one object with this value of a property other than the id.
pub(super) async fn single<K: LookupTarget>(api: &Services, key: Key, value: &str, request: Request, also: Option<&str>) -> Result<K> {
    let filter = [Some(format!("{} eq {}", key.property, odata_literal(value))), also.map(str::to_owned)];
    let filter = filter.into_iter().flatten().collect::<Vec<_>>().join(" and ");
    let request = request.query("$filter", filter).query("$select", K::select());
    let what = could_not(format!("look for the {} with the {} {value:?}", K::NOUN, property_name(key)));
    let mut found: Vec<K> = api.client().list::<K::Answer>(request).await.map_err(what)?.iter().map(K::of).collect();
    match (found.pop(), found.as_slice()) {
        (None, _) => Err(missing::<K>(key, value)),
        (Some(one), []) => Ok(one),
        (Some(one), _) => {
            let summary = format!("Several {}s have the same {}", K::NOUN, property_name(key));
            let detail = format!("{}. Look for it by its id.", candidates(value, found.iter().chain([&one])));
            Err(Diagnostic::error(summary, detail).at_attribute(key.attribute))
        }
    }
}

/// The object that a request for one answers.
pub(super) async fn addressed<K: LookupTarget>(api: &Services, key: Key, value: &str, request: Request) -> Result<K> {
    match api.client().send(request).await.and_then(|answer| answer.json::<K::Answer>()) {
        Ok(answer) => Ok(K::of(&answer)),
        Err(error) if error.is_not_found() => Err(missing::<K>(key, value)),
        Err(error) => Err(could_not(format!("look for the {} with the {} {value:?}", K::NOUN, property_name(key)))(error)),
    }
}

/// Every object that a filter lets pass, as the model of a result. Each becomes one as its page comes: a tenant has many times what a result keeps.
pub(super) async fn all<K: LookupTarget, M: Model>(api: &Services, filter: Option<String>) -> Result<Vec<M>> {
    let request = Request::get(K::COLLECTION).query("$select", K::select()).query("$top", PAGE);
    let request = filter.into_iter().fold(request, |request, filter| request.query("$filter", filter));
    let push = |found: &mut Result<Vec<M>>, answer: K::Answer| {
        match (as_model(&K::of(&answer)), found.as_mut()) {
            (Ok(model), Ok(found)) => found.push(model),
            (Err(why), _) => *found = Err(why),
            (Ok(_), Err(_)) => {}
        }
        if found.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    api.client().fold(request, || Ok(Vec::new()), push).await.map_err(could_not(format!("list the {}s", K::NOUN)))?
}

/// One model as another that has attributes of the same names.
pub(super) fn as_model<M: Model>(of: &impl Model) -> Result<M> {
    M::from_value(&of.to_value(), &Path::root())
        .map_err(|mismatch| Diagnostic::error("What was found cannot be shown", format!("This is a bug of the provider: {mismatch}.")))
}

/// By ids, up to 1000 in a request. Who may not ask so asks as if they were names, which needs fewer permissions.
async fn by_ids<K: LookupTarget>(api: &Services, ids: &[&String]) -> Result<Vec<K::Answer>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_AT_ONCE) {
        let body = json!({ "ids": chunk, "types": [K::TYPE] });
        let request = Request::post("/directoryObjects/getByIds").query("$select", K::select()).json(&body).reads();
        match api.client().list::<K::Answer>(request).await {
            Ok(answers) => found.extend(answers),
            Err(error) if error.is_forbidden() => return by_values::<K>(api, "id", ids, None).await,
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// By the values of a property, fifteen in a filter, twenty filters in a batch.
async fn by_values<K: LookupTarget>(
    api: &Services,
    property: &str,
    values: &[&String],
    also: Option<&str>,
) -> Result<Vec<K::Answer>, Error> {
    let request = |chunk: &[&String]| {
        let literals: Vec<String> = chunk.iter().map(|value| odata_literal(value)).collect();
        let also = also.map(|also| format!(" and {also}")).unwrap_or_default();
        let filter = format!("{property} in ({}){also}", literals.join(","));
        Request::get(K::COLLECTION).query("$filter", filter).query("$select", K::select()).query("$top", PAGE)
    };
    let requests: Vec<Request> = values.chunks(VALUES_AT_ONCE).map(request).collect();
    let mut found = Vec::with_capacity(values.len());
    for (request, answer) in requests.iter().zip(api.client().send_all(requests.clone()).await) {
        let page: Page<K::Answer> = answer?.json()?;
        match page.next {
            None => found.extend(page.value),
            // More than a page of objects of that name: read page by page.
            Some(_) => found.extend(api.client().list::<K::Answer>(request.clone()).await?),
        }
    }
    Ok(found)
}

fn missing<K: LookupTarget>(key: Key, value: &str) -> Diagnostic {
    let detail = format!("No {} of the tenant has the {} {value:?}.", K::NOUN, property_name(key));
    Diagnostic::error(format!("The {} cannot be found", K::NOUN), detail).at_attribute(key.attribute)
}

/// The value, and the ids of those who have it.
fn candidates<'a, K: LookupTarget + 'a>(value: &str, objects: impl Iterator<Item = &'a K>) -> String {
    let mut ids: Vec<&str> = objects.filter_map(|object| object.key("id")).collect();
    ids.sort_unstable();
    format!("{value:?} is that of {}", ids.join(", "))
}

/// The property in messages: `display_names` is `display name`.
fn property_name(key: Key) -> String {
    let singular = if key.attribute.ends_with('s') { key.attribute.trim_end_matches('s') } else { key.attribute };
    singular.replace('_', " ")
}
