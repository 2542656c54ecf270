//! Subresources of an authentication strength: its combination configurations, its use, and the change of its combinations.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{POLICIES, STRENGTHS, strength};
use crate::{
    clock::ticks,
    directory::is_guid,
    graph::model::{
        complex::{self, Complex},
        context::{Context, FoundObject, HandlerResult, Outcome},
        error::GraphError,
        property::texts,
        render::{Form, object},
    },
    http::Response,
    store::{Change, Properties},
};

static FIDO2: Complex = Complex::new("fido2CombinationConfiguration", &[texts("allowedAAGUIDs"), texts("appliesToCombinations")]);
static X509: Complex = Complex::new(
    "x509CertificateCombinationConfiguration",
    &[texts("allowedIssuerSkis"), texts("allowedPolicyOIDs"), texts("appliesToCombinations")],
);
static KINDS: &[&Complex] = &[&FIDO2, &X509];

/// Answers a request below a strength.
pub fn below(context: &Context<'_>, found: &FoundObject, rest: &[&str]) -> Option<HandlerResult> {
    Some(match (context.request.method.as_str(), rest) {
        ("POST", ["updateAllowedCombinations" | "microsoft.graph.updateAllowedCombinations"]) => update_combinations(context, found),
        ("GET", ["usage" | "usage()" | "microsoft.graph.usage()"]) => Ok(usage(context, found)),
        ("GET", ["combinationConfigurations"]) => Ok(Outcome::ok(json!({
            "@odata.context": set(context, found),
            "value": parts(found),
        }))),
        ("POST", ["combinationConfigurations"]) => add(context, found),
        (method, ["combinationConfigurations", id]) => one(context, found, method, id),
        _ => return None,
    })
}

fn set(context: &Context<'_>, found: &FoundObject) -> String {
    format!("{}/$metadata#{}('{}')/combinationConfigurations", context.base, STRENGTHS.path, found.key)
}

fn parts(found: &FoundObject) -> Vec<Value> {
    found.row.get("combinationConfigurations").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn allowed(found: &FoundObject) -> Vec<&str> {
    let all = found.row.get("allowedCombinations").and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The strength with some values changed.
fn changed(context: &Context<'_>, found: &FoundObject, values: Value) -> Vec<Change> {
    let mut row = Properties::clone(&found.row);
    if let Value::Object(values) = values {
        row.extend(values);
    }
    row.insert("modifiedDateTime".into(), json!(ticks(context.now)));
    vec![Change::Put { table: STRENGTHS.table, key: found.key.clone(), row: row.into() }]
}

fn update_combinations(context: &Context<'_>, found: &FoundObject) -> HandlerResult {
    strength::must_be_custom(&found.row)?;
    let body = context.body()?;
    let new = strength::combinations(body.get("allowedCombinations"))?;
    // Unverified: the text, and that a configuration of what is no longer allowed keeps it from being taken away.
    let left = parts(found).iter().any(|part| applies_to(part).iter().any(|one| !new.contains(&one.as_str())));
    if left {
        return Err(GraphError::malformed("A combination that has a combination configuration cannot be removed."));
    }
    let references: Vec<String> = strength::used_by(context, &found.key).into_iter().map(|(key, _)| key.to_string()).collect();
    let body = json!({
        "@odata.context": format!("{}/$metadata#microsoft.graph.updateAllowedCombinationsResult", context.base),
        "previousCombinations": allowed(found),
        "currentCombinations": new,
        "conditionalAccessReferences": references,
        "additionalInformation": "",
    });
    let values = json!({"allowedCombinations": new, "requirementsSatisfied": strength::requirements(&new)});
    Ok(Outcome { response: Response::json(StatusCode::OK, body), changes: changed(context, found, values) })
}

/// Which policies ask for a strength, by what it satisfies.
fn usage(context: &Context<'_>, found: &FoundObject) -> Outcome {
    let policies: Vec<Value> = strength::used_by(context, &found.key)
        .into_iter()
        .map(|(key, row)| Value::Object(object(context, &FoundObject { collection: &POLICIES, key, row }, Form::plain(false))))
        .collect();
    let (mfa, none) = match found.row.get("requirementsSatisfied").and_then(Value::as_str) {
        Some("mfa") => (policies, Vec::new()),
        _ => (Vec::new(), policies),
    };
    Outcome::ok(json!({
        "@odata.context": format!("{}/$metadata#microsoft.graph.authenticationStrengthUsage", context.base),
        "mfa": mfa, "none": none,
    }))
}

fn add(context: &Context<'_>, found: &FoundObject) -> HandlerResult {
    strength::must_be_custom(&found.row)?;
    let mut parts = parts(found);
    let part = created(&Value::Object(context.body()?), &allowed(found), &parts)?;
    let mut body = part.clone();
    body["@odata.context"] = json!(format!("{}/$entity", set(context, found)));
    parts.push(part);
    let changes = changed(context, found, json!({"combinationConfigurations": parts}));
    Ok(Outcome { response: Response::json(StatusCode::CREATED, body), changes })
}

fn one(context: &Context<'_>, found: &FoundObject, method: &str, id: &str) -> HandlerResult {
    let mut parts = parts(found);
    let at = parts
        .iter()
        .position(|part| part["id"] == id)
        .ok_or_else(|| GraphError::no_policy("AuthenticationCombinationConfiguration", id))?;
    match method {
        "GET" => {
            let mut body = parts.swap_remove(at);
            body["@odata.context"] = json!(format!("{}/$entity", set(context, found)));
            return Ok(Outcome::ok(body));
        }
        "PATCH" => {
            let mut merged = parts.remove(at);
            let mut body = context.body()?;
            body.entry("@odata.type").or_insert(merged["@odata.type"].clone());
            if complex::named(KINDS, &body).map(|kind| kind.kind)
                != merged.as_object().and_then(|part| complex::named(KINDS, part)).map(|kind| kind.kind)
            {
                return Err(refused());
            }
            if let Some(merged) = merged.as_object_mut() {
                merged.remove("id");
                merged.extend(body);
            }
            let mut part = created(&merged, &allowed(found), &parts)?;
            part["id"] = json!(id);
            parts.insert(at, part);
        }
        "DELETE" => {
            parts.remove(at);
        }
        _ => return Err(GraphError::method_not_allowed()),
    }
    strength::must_be_custom(&found.row)?;
    Ok(Outcome::no_content(changed(context, found, json!({"combinationConfigurations": parts}))))
}

fn refused() -> GraphError {
    GraphError::not_of_schema("AuthenticationCombinationConfiguration")
}

fn applies_to(part: &Value) -> Vec<String> {
    part["appliesToCombinations"].as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// A configuration that a body describes, with an id, beside those there are. Unverified: the texts.
pub fn created(body: &Value, allowed: &[&str], others: &[Value]) -> Result<Value, GraphError> {
    let body = body.as_object().ok_or_else(refused)?;
    let kind = complex::named(KINDS, body).ok_or_else(refused)?;
    let mut part = Map::new();
    for (name, value) in body.iter().filter(|(name, _)| !name.starts_with('@')) {
        let member = kind.members.iter().find(|member| member.name == name).ok_or_else(refused)?;
        part.insert(name.clone(), complex::accept(member, value, false).map_err(|_| refused())?);
    }
    for member in kind.members {
        part.entry(member.name).or_insert(json!([]));
    }
    part.insert("@odata.type".into(), json!(format!("#microsoft.graph.{}", kind.kind)));
    part.insert("id".into(), json!(Uuid::new_v4().to_string()));
    let part = Value::Object(part);
    let own = if kind.kind == FIDO2.kind { &["fido2"][..] } else { &["x509CertificateMultiFactor", "x509CertificateSingleFactor"][..] };
    let applies = applies_to(&part);
    if applies.is_empty() || applies.iter().any(|one| !own.contains(&one.as_str()) || !allowed.contains(&one.as_str())) {
        return Err(GraphError::malformed(
            "'appliesToCombinations' must name allowed combinations of the policy that the configuration is about.",
        ));
    }
    if others.iter().any(|other| applies_to(other).iter().any(|one| applies.contains(one))) {
        return Err(GraphError::malformed("A combination can have one combination configuration only."));
    }
    let aaguids = part["allowedAAGUIDs"].as_array().map(Vec::as_slice).unwrap_or_default();
    if aaguids.iter().any(|one| !one.as_str().is_some_and(is_guid)) {
        return Err(GraphError::malformed("'allowedAAGUIDs' must be GUIDs."));
    }
    Ok(part)
}
