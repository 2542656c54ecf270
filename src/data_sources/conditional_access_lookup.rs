//! Finding one object of a conditional access collection by its ID or its name.

use framework::{Context, Diagnostic, Result};
use serde::de::DeserializeOwned;

use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::conditional_access::Collection;
use crate::services::Services;

/// The one object that has this ID or this name. `key` returns ID and name of an object.
pub(super) async fn find<T: DeserializeOwned, O>(
    (collection, noun): (Collection, &str),
    (id, name): (Option<&str>, Option<&str>),
    of: impl Fn(T) -> Option<O>,
    key: impl Fn(&O) -> (&str, &str),
    cx: &Context<Services>,
) -> Result<O> {
    let what = || could_not(format!("look for the {noun}"));
    // None: the caller may not list. Asked in its own name the service says what is missing.
    let all: Vec<T> = match cx.api.conditional_access().all_listed(collection).await {
        Ok(Some(all)) => all,
        Ok(None) => cx.api.client().list(Request::get(collection.all)).await.map_err(what())?,
        Err(error) => return Err(what()(error)),
    };
    let is_wanted = |object: &O| {
        let (of_id, of_name) = key(object);
        id.is_none_or(|id| id.eq_ignore_ascii_case(of_id)) && name.is_none_or(|name| name == of_name)
    };
    let mut found: Vec<O> = all.into_iter().filter_map(of).filter(is_wanted).collect();
    let (attribute, value) = if let Some(id) = id { ("id", id) } else { ("display_name", name.unwrap_or_default()) };
    match (found.pop(), found.as_slice()) {
        (Some(one), []) => Ok(one),
        (None, _) => {
            let detail = format!("The tenant has no {noun} with the {} {value:?}.", attribute.replace('_', " "));
            Err(Diagnostic::error(format!("The {noun} cannot be found"), detail).at_attribute(attribute))
        }
        (Some(last), others) => {
            let ids: Vec<&str> = others.iter().chain([&last]).map(|object| key(object).0).collect();
            let detail = format!("{value:?} is the name of {}. Look for it by its `id`.", ids.join(", "));
            Err(Diagnostic::error(format!("Several {noun}s have the same name"), detail).at_attribute(attribute))
        }
    }
}
