//! Actions of objects, such as `checkMemberGroups`.

use axum::http::{StatusCode, header};
use serde_json::{Map, Value, json};

use super::{
    model::{
        collection::{Link, reverse},
        context::{Context, FoundObject, HandlerResult, Outcome},
        error::GraphError,
        render::{Metadata, columns, object},
    },
    query::Query,
};
use crate::{
    clock::seconds,
    directory::{
        is_guid,
        links::{MEMBERS, UNIT_MEMBERS},
        users,
    },
    store::{Change, Key, Properties},
};

/// Most ids in one `getByIds`.
const MAX_IDS: usize = 1000;
/// Most ids in one `checkMemberGroups`.
const MAX_CHECKED_GROUPS: usize = 20;
/// Most ids that `getMemberGroups` answers.
const MAX_GROUPS: usize = 11_000;

/// Groups, directly or through other groups.
static GROUPS: Link = reverse("transitiveMemberOf", &[MEMBERS]).transitive();
/// Groups and administrative units.
static OBJECTS: Link = reverse("transitiveMemberOf", &[MEMBERS, UNIT_MEMBERS]).transitive();

/// An action on one object; `None` when there is none of that name.
pub fn handle(context: &Context<'_>, found: &FoundObject, name: &str) -> Option<HandlerResult> {
    Some(match name {
        "checkMemberGroups" => check(context, found, &GROUPS, "groupIds"),
        "checkMemberObjects" => check(context, found, &OBJECTS, "ids"),
        "getMemberGroups" => get(context, found, &GROUPS),
        "getMemberObjects" => get(context, found, &OBJECTS),
        "revokeSignInSessions" if found.collection.kind == "user" => revoke(context, found),
        _ => return None,
    })
}

/// `POST /directoryObjects/getByIds`. What is not found is left out.
pub fn get_by_ids(context: &Context<'_>) -> HandlerResult {
    let body = context.body()?;
    let ids = strings(&body, "ids")?;
    if ids.len() > MAX_IDS {
        // Unverified: the text.
        return Err(GraphError::bad_request(format!("Too many ids: at most {MAX_IDS} can be asked for at once.")));
    }
    if let Some(wrong) = ids.iter().find(|id| !is_guid(id)) {
        return Err(GraphError::invalid_id(wrong));
    }
    // Types that nothing here has are no mistake: the Azure CLI names some.
    let types = if body.get("types").is_none_or(Value::is_null) { Vec::new() } else { strings(&body, "types")? };
    let wanted = |kind: &str| {
        types.is_empty() || types.iter().any(|name| name.eq_ignore_ascii_case(kind) || name.eq_ignore_ascii_case("directoryObject"))
    };
    let query = Query::of(context.request, None, context.beta())?;
    let form = query.form(true);
    let mut found: Vec<FoundObject> =
        ids.iter().filter_map(|id| context.object(id)).filter(|found| wanted(found.collection.kind)).collect();
    found.sort_by(|one, two| one.key.cmp(&two.key));
    found.dedup_by(|one, two| one.key == two.key);
    let values: Vec<Value> = found.iter().map(|found| Value::Object(object(context, found, form))).collect();
    Ok(collection(context, &format!("directoryObjects{}", columns(form)), values))
}

fn check(context: &Context<'_>, found: &FoundObject, link: &Link, parameter: &str) -> HandlerResult {
    let body = context.body()?;
    let asked = strings(&body, parameter)?;
    if asked.len() > MAX_CHECKED_GROUPS {
        // Unverified: the text.
        return Err(GraphError::bad_request(format!("Too many ids: at most {MAX_CHECKED_GROUPS} can be checked at once.")));
    }
    let of = context.related(link, &found.key, None);
    let values = asked.iter().map(|id| id.to_lowercase()).filter(|id| of.iter().any(|key| key.as_ref() == id.as_str()));
    Ok(collection(context, "Collection(Edm.String)", values.map(Value::String).collect()))
}

fn get(context: &Context<'_>, found: &FoundObject, link: &Link) -> HandlerResult {
    let body = context.body()?;
    let Some(security_only) = body.get("securityEnabledOnly").and_then(Value::as_bool) else {
        // Unverified: the text.
        return Err(GraphError::malformed("The parameter 'securityEnabledOnly' is required."));
    };
    let passes = |key: &Key| {
        context.object(key).is_some_and(|found| {
            !security_only || (found.collection.kind == "group" && found.row.get("securityEnabled") == Some(&json!(true)))
        })
    };
    let keys: Vec<Key> = context.related(link, &found.key, None).into_iter().filter(passes).collect();
    if keys.len() > MAX_GROUPS {
        // Unverified: the text; the code is known.
        return Err(GraphError::new(
            StatusCode::BAD_REQUEST,
            "DirectoryResultSizeLimitExceeded",
            "The result size limit was exceeded. Retry with a smaller result set.",
        ));
    }
    Ok(collection(context, "Collection(Edm.String)", keys.iter().map(|key| json!(key.as_ref())).collect()))
}

fn revoke(context: &Context<'_>, found: &FoundObject) -> HandlerResult {
    let mut row = Properties::clone(&found.row);
    row.insert("signInSessionsValidFromDateTime".into(), json!(seconds(context.now)));
    row.insert(users::SESSIONS_REVOKED.into(), json!(users::next_revocation(&found.row)));
    let mut out = Map::new();
    if context.metadata() != Metadata::None {
        out.insert("@odata.context".into(), json!(format!("{}/$metadata#Edm.Boolean", context.base)));
    }
    out.insert("value".into(), json!(true));
    let mut outcome = Outcome::ok(Value::Object(out));
    outcome.changes.push(Change::Put { table: found.collection.table, key: found.key.clone(), row: row.into() });
    Ok(outcome)
}

fn collection(context: &Context<'_>, set: &str, values: Vec<Value>) -> Outcome {
    let mut out = Map::new();
    if context.metadata() != Metadata::None {
        out.insert("@odata.context".into(), json!(format!("{}/$metadata#{set}", context.base)));
    }
    out.insert("value".into(), Value::Array(values));
    let mut outcome = Outcome::ok(Value::Object(out));
    // Answers of these actions lead to the service itself (docs/emulator/fidelity.md#microsoft-graph).
    outcome.response = outcome.response.with_header(header::LOCATION, &format!("https://{}", context.request.host));
    outcome
}

/// A parameter that is a list of strings. Unverified: the text.
fn strings(body: &Map<String, Value>, name: &str) -> Result<Vec<String>, GraphError> {
    let list = body.get(name).and_then(Value::as_array);
    let strings = list.and_then(|all| all.iter().map(|one| one.as_str().map(str::to_owned)).collect());
    strings.ok_or_else(|| GraphError::malformed(format!("The parameter '{name}' must be a list of strings.")))
}
