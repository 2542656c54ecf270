//! The policies of groups: two of each, one for members and one for owners (docs/services/pim.md#policies-of-groups).
//!
//! A policy cannot be made or deleted, and its id is no name: it changes when PIM takes the group in, and with every
//! write. Who wants a policy asks its assignment, by group and access.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{ACCESS, caller, known, nested};
use crate::{
    clock::ticks,
    directory::is_guid,
    graph::{
        model::{
            context::{Context, FoundObject, HandlerResult, Outcome},
            error::GraphError,
            path::ObjectSelector,
            render::{Form, entity},
        },
        query::{
            Query,
            list::{self, ListSource},
        },
        rows::pim::{POLICIES, POLICY_ASSIGNMENTS},
    },
    pim::{GrantKey, Refusal, Rules, default_rules, ledger, text},
    store::{Change, Row, View},
};

/// Where the access stands that a policy is for: no property that clients see.
const ACCESS_ID: &str = "accessId";

/// Answers a request to `/policies/roleManagementPolicies`.
pub fn handle(context: &Context<'_>) -> HandlerResult {
    let rest = context.path.rest();
    let method = context.request.method.as_str();
    let Some(ObjectSelector::Id(id)) = &context.path.single else {
        return match (method, rest.as_slice()) {
            ("GET", []) => {
                let all = of_scope(context)?;
                list::page(context, ListSource::Given(&POLICIES, &all))
            }
            _ => Err(GraphError::method_not_allowed()),
        };
    };
    let view = if method == "GET" { context.view } else { context.truth };
    let found = by_id(context, view, id).ok_or_else(|| no_policy(id))?;
    let query = Query::of(context.request, Some(&POLICIES), context.beta());
    match (method, rest.as_slice()) {
        ("GET", []) => Ok(Outcome::ok(entity(context, &found, query?.form(false)))),
        ("GET", [kind @ ("rules" | "effectiveRules")]) => {
            let context_url = format!("{}/$metadata#policies/roleManagementPolicies('{id}')/{kind}", context.base);
            Ok(Outcome::ok(json!({"@odata.context": context_url, "value": found.row.get(*kind)})))
        }
        ("GET", [kind @ ("rules" | "effectiveRules"), rule]) => {
            let rule = rule_of(&found.row, rule).ok_or_else(|| GraphError::not_found(rule))?;
            let context_url = format!("{}/$metadata#policies/roleManagementPolicies('{id}')/{kind}/$entity", context.base);
            let mut out = Map::from_iter([("@odata.context".to_owned(), json!(context_url))]);
            out.extend(rule.as_object().cloned().unwrap_or_default());
            Ok(Outcome::ok(Value::Object(out)))
        }
        ("PATCH", []) => patch(context, &found),
        ("PATCH", ["rules", rule]) => patch_rule(context, &found, rule),
        _ => Err(GraphError::method_not_allowed()),
    }
}

/// Answers a request to `/policies/roleManagementPolicyAssignments`.
pub fn assignments(context: &Context<'_>) -> HandlerResult {
    match (context.request.method.as_str(), &context.path.single, context.path.rest().as_slice()) {
        ("GET", None, []) => {
            let all: Vec<FoundObject> = of_scope(context)?.iter().map(assignment).collect();
            list::page(context, ListSource::Given(&POLICY_ASSIGNMENTS, &all))
        }
        ("GET", Some(ObjectSelector::Id(id)), []) => {
            let query = Query::of(context.request, Some(&POLICY_ASSIGNMENTS), context.beta())?;
            let policy = id.rsplit_once('_').and_then(|(policy, access)| {
                by_id(context, context.view, policy).filter(|found| text(&found.row, ACCESS_ID).eq_ignore_ascii_case(access))
            });
            let found = assignment(&policy.ok_or_else(|| no_policy(id))?);
            Ok(Outcome::ok(entity(context, &found, query.form(false))))
        }
        _ => Err(GraphError::method_not_allowed()),
    }
}

/// Unverified: status, code and text for the id of a policy that has another by now, or never was one.
fn no_policy(_: &str) -> GraphError {
    GraphError::new(StatusCode::NOT_FOUND, "ResourceNotFound", "The policy is not found.")
}

/// The two policies of the group that a listing must name.
fn of_scope(context: &Context<'_>) -> Result<Vec<FoundObject>, GraphError> {
    let query = Query::of(context.request, None, context.beta())?;
    let demanded = |name: &str| query.filter.as_ref().and_then(|filter| filter.required_value(name));
    let Some(kind) = demanded("scopeType") else {
        // Unverified: the status and the text inside.
        return Err(nested(StatusCode::BAD_REQUEST, "MissingProvider", "The provider is missing."));
    };
    let group = demanded("scopeId").unwrap_or_default().to_lowercase();
    // Policies of directory roles are not kept here. A new group is unknown for a while.
    let group = known(context, &group).filter(|found| kind.eq_ignore_ascii_case("Group") && found.collection.kind == "group");
    let Some(group) = group else { return Ok(Vec::new()) };
    Ok(ACCESS.iter().map(|(access, _)| of_group(context.view, &group.key, access)).collect())
}

/// The policy of a group for an access.
fn of_group(view: View<'_>, group: &str, access: &str) -> FoundObject {
    let keys = view.with(POLICIES.table, "scopeId", group).unwrap_or_default();
    let mut stored = keys.into_iter().filter_map(|key| view.get(POLICIES.table, &key).map(|row| (key, row)));
    let (key, row) = stored.find(|(_, row)| text(row, ACCESS_ID) == access).unwrap_or_else(|| {
        // Of a group that PIM has not taken in: as it would be, under an id that follows from the group.
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{group}/{access}").as_bytes());
        let row = new_policy(group, access, &id.to_string(), default_rules());
        (text(&row, "id").into(), row)
    });
    FoundObject { collection: &POLICIES, key, row }
}

fn new_policy(group: &str, access: &str, id: &str, rules: Vec<Value>) -> Row {
    ledger::properties(json!({
        "id": format!("Group_{group}_{id}"),
        ACCESS_ID: access,
        "description": "Group",
        "displayName": "Group",
        "isOrganizationDefault": false,
        "lastModifiedBy": {"displayName": null, "id": null},
        "scopeId": group,
        "scopeType": "Group",
        "rules": rules,
        "effectiveRules": rules,
    }))
}

fn by_id(context: &Context<'_>, view: View<'_>, id: &str) -> Option<FoundObject> {
    let group = id.strip_prefix("Group_")?.split('_').next()?.to_lowercase();
    known(context, &group).filter(|found| is_guid(&group) && found.collection.kind == "group")?;
    let mut both = ACCESS.iter().map(|(access, _)| of_group(view, &group, access));
    both.find(|found| found.key.eq_ignore_ascii_case(id))
}

fn assignment(policy: &FoundObject) -> FoundObject {
    let access = text(&policy.row, ACCESS_ID);
    let id = format!("{}_{access}", policy.key);
    let row = ledger::properties(json!({
        "id": id,
        "policyId": policy.key.as_ref(),
        "roleDefinitionId": access,
        "scopeId": policy.row.get("scopeId"),
        "scopeType": "Group",
        "policy": policy.row.as_ref(),
    }));
    FoundObject { collection: &POLICY_ASSIGNMENTS, key: id.into(), row }
}

/// The rules that hold for a grant key.
pub fn rules(view: View<'_>, grant_key: &GrantKey) -> Vec<Value> {
    rules_of(&of_group(view, &grant_key.scope, &grant_key.access).row)
}

fn rules_of(policy: &Row) -> Vec<Value> {
    policy.get("rules").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn rule_of<'r>(policy: &'r Row, id: &str) -> Option<&'r Value> {
    policy.get("rules")?.as_array()?.iter().find(|rule| rule["id"] == id)
}

/// The changes with which PIM takes a group in, if it has not yet: both of its policies get new ids.
pub fn onboard(context: &Context<'_>, group: &str) -> Vec<Change> {
    let here = context.truth.with(POLICIES.table, "scopeId", group).is_some_and(|keys| !keys.is_empty());
    if here {
        return Vec::new();
    }
    let put = |(access, _): &(&str, &str)| {
        let row = new_policy(group, access, &Uuid::new_v4().to_string(), default_rules());
        Change::Put { table: POLICIES.table, key: text(&row, "id").into(), row }
    };
    ACCESS.iter().map(put).collect()
}

/// `PATCH .../rules/{id}`
fn patch_rule(context: &Context<'_>, policy: &FoundObject, id: &str) -> HandlerResult {
    let mut body = context.body()?;
    let named = body.get("id").and_then(Value::as_str).unwrap_or(id);
    if named != id {
        return Err(Refusal::BrokenRule(named.to_owned()).into());
    }
    body.insert("id".into(), json!(id));
    let (_, changes) = written(context, policy, &[Value::Object(body)])?;
    Ok(Outcome::no_content(changes))
}

/// `PATCH` of the policy, with as many of its rules as are to be other. Unverified: 200 with a body is what the
/// reference says; clients take 202 and 204 as well.
fn patch(context: &Context<'_>, policy: &FoundObject) -> HandlerResult {
    let body = context.body()?;
    let Some(rules) = body.get("rules").and_then(Value::as_array) else { return Err(Refusal::InvalidPolicy.into()) };
    let (found, changes) = written(context, policy, rules)?;
    let mut outcome = Outcome::ok(entity(context, &found, Form::plain(false)));
    outcome.changes = changes;
    Ok(outcome)
}

/// The policy with these rules written into it, one after another, under a new id. Unverified: that what a rule leaves
/// out stays as it was, and that in a write of several each is checked together with those before it.
fn written(context: &Context<'_>, policy: &FoundObject, wanted: &[Value]) -> Result<(FoundObject, Vec<Change>), GraphError> {
    let mut rules = rules_of(&policy.row);
    for rule in wanted {
        let id = rule["id"].as_str().unwrap_or_default();
        // A rule whose target was lost takes no harm itself, and does all others.
        if let Some(broken) = rules.iter().find(|other| other["target"] == json!({}) && other["id"] != id) {
            return Err(Refusal::BrokenRule(broken["id"].as_str().unwrap_or_default().to_owned()).into());
        }
        let Some(at) = rules.iter().position(|other| other["id"] == id) else {
            return Err(Refusal::BrokenRule(id.to_owned()).into());
        };
        let mut merged = rules.get(at).and_then(Value::as_object).cloned().unwrap_or_default();
        let kind = rule["@odata.type"].as_str().unwrap_or_default();
        if merged
            .get("@odata.type")
            .and_then(Value::as_str)
            .is_none_or(|known| known.trim_start_matches('#') != kind.trim_start_matches('#'))
        {
            return Err(GraphError::new(StatusCode::INTERNAL_SERVER_ERROR, "", "An error has occurred."));
        }
        let values = rule.as_object().into_iter().flatten().filter(|(name, _)| *name != "@odata.type");
        merged.extend(values.map(|(name, value)| (name.clone(), value.clone())));
        // Null stands for none, as in Microsoft's example.
        if merged.get("notificationRecipients") == Some(&Value::Null) {
            merged.insert("notificationRecipients".into(), json!([]));
        }
        let merged = Value::Object(merged);
        Rules(&rules).check(&merged)?;
        if let Some(old) = rules.get_mut(at) {
            *old = merged;
        }
    }
    let (group, access) = (text(&policy.row, "scopeId"), text(&policy.row, ACCESS_ID));
    let row = new_policy(group, access, &Uuid::new_v4().to_string(), rules);
    let row = ledger::with(&row, "lastModifiedDateTime", json!(ticks(context.now)));
    let row = ledger::with(&row, "lastModifiedBy", json!({"displayName": null, "id": caller(context)}));
    // The first write takes the group in; the policy for the other access changes its id then.
    let mut changes: Vec<Change> = onboard(context, group);
    changes.retain(|change| !matches!(change, Change::Put { row, .. } if text(row, ACCESS_ID) == access));
    changes.push(Change::Remove { table: POLICIES.table, key: policy.key.clone() });
    let key: crate::store::Key = text(&row, "id").into();
    changes.push(Change::Put { table: POLICIES.table, key: key.clone(), row: row.clone() });
    Ok((FoundObject { collection: &POLICIES, key, row }, changes))
}
