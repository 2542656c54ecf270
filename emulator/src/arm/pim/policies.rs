//! Policies of Azure roles: one for each role and scope (docs/services/pim.md#policies-of-azure-roles). Rows exist only of those that
//! somebody has changed; the others are made up when they are asked for. Their names change with every write.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::render;
use crate::{
    arm::{
        records::{instant, principals, roles, scope::Scope},
        request::{
            context::{Context, Outcome},
            error::ArmError,
            filter::{self, Term},
            route::{Route, operation},
        },
    },
    http::Response,
    pim::{GrantKey, Refusal, Rules, default_rules, ledger, text},
    store::{Change, Row, View},
};

/// Their table.
pub const TABLE: &str = "roleManagementPolicies";

/// The routes of this module.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleManagementPolicies",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "Microsoft.Authorization/roleManagementPolicies/read", |context| {
            Ok(Outcome::list(listed(context)?.iter().map(|policy| render(context, policy)).collect()))
        })],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleManagementPolicies/{roleManagementPolicyName}",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[
            operation(Method::GET, "Microsoft.Authorization/roleManagementPolicies/read", |context| {
                Ok(Outcome::ok(render(context, &named(context, context.parameter("roleManagementPolicyName"))?)))
            }),
            operation(Method::PATCH, "Microsoft.Authorization/roleManagementPolicies/write", patch),
        ],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleManagementPolicyAssignments",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "Microsoft.Authorization/roleManagementPolicyAssignments/read", |context| {
            Ok(Outcome::list(listed(context)?.iter().map(|policy| assignment(context, policy)).collect()))
        })],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleManagementPolicyAssignments/{roleManagementPolicyAssignmentName}",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, READ_ASSIGNMENTS, get_assignment), operation(Method::PUT, "", put_assignment)],
    },
    Route {
        // As the ids of assignments have it.
        path: "/{scope}/providers/Microsoft.Authorization/roleManagementPolicyAssignment/{roleManagementPolicyAssignmentName}",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, READ_ASSIGNMENTS, get_assignment)],
    },
];

const READ_ASSIGNMENTS: &str = "Microsoft.Authorization/roleManagementPolicyAssignments/read";

fn get_assignment(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let name = context.parameter("roleManagementPolicyAssignmentName");
    let policy = named(context, name.split('_').next().unwrap_or_default())?;
    let assignment = assignment(context, &policy);
    let found = assignment["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name));
    if found { Ok(Outcome::ok(assignment)) } else { Err(unknown()) }
}

/// `PUT` of an assignment, which is published and answered with a text (docs/emulator/fidelity.md#privileged-identity-management).
fn put_assignment(_: &Context<'_>) -> Result<Outcome, ArmError> {
    Ok(Outcome::read(Response::json(StatusCode::BAD_REQUEST, json!("Not implemented exception"))))
}

/// 400 for a policy that is not there. Unverified: the text.
fn unknown() -> ArmError {
    ArmError::bad_request("InputPolicyNotFound", "The input policy was not found.")
}

/// The policy of a role at a scope.
fn of(view: View<'_>, scope: &Scope, role: &str) -> Row {
    let keys = view.with(TABLE, "scope", scope.key()).unwrap_or_default();
    let mut stored = keys.iter().filter_map(|key| view.get(TABLE, key));
    stored.find(|row| text(row, "roleDefinition") == role).unwrap_or_else(|| {
        let name = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{} {role}", scope.key()).as_bytes());
        ledger::properties(json!({
            "name": name.to_string(), "scope": scope.key(), "roleDefinition": role, "rules": default_rules(),
        }))
    })
}

/// The rules that hold for a grant key.
pub fn rules(view: View<'_>, grant_key: &GrantKey) -> Vec<Value> {
    rules_of(&of(view, &Scope::new(&grant_key.scope), &grant_key.access))
}

fn rules_of(policy: &Row) -> Vec<Value> {
    policy.get("rules").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The policies of the roles that the filter names, or of all that can be assigned here.
fn listed(context: &Context<'_>) -> Result<Vec<Row>, ArmError> {
    let written = context.request.option("$filter");
    let terms = written.as_deref().map(filter::parse).transpose()?.unwrap_or_default();
    let mut role = None;
    for term in &terms {
        match term {
            Term::Equals(name, value) if name == "roledefinitionid" => role = Some(roles::guid(value).unwrap_or_default()),
            Term::Function(name) if name == "atscope" => {}
            _ => return Err(filter::unsupported(written.as_deref().unwrap_or_default())),
        }
    }
    let scope = context.scope();
    let all = roles::all(context.view).filter(|row| role.as_ref().is_none_or(|role| text(row, "name") == role));
    let here = all.filter(|row| roles::is_assignable(context.view, row, &scope));
    Ok(here.map(|row| of(context.view, &scope, text(&row, "name"))).collect())
}

/// The policy that a path names.
fn named(context: &Context<'_>, name: &str) -> Result<Row, ArmError> {
    let scope = context.scope();
    let all = roles::all(context.view).map(|role| of(context.view, &scope, text(&role, "name")));
    all.into_iter().find(|policy| text(policy, "name").eq_ignore_ascii_case(name)).ok_or_else(unknown)
}

fn id(context: &Context<'_>, policy: &Row) -> String {
    format!("{}/providers/Microsoft.Authorization/roleManagementPolicies/{}", render::id_prefix(&context.scope()), text(policy, "name"))
}

/// Who changed the policy last: a name and nothing else.
fn modified_by(context: &Context<'_>, policy: &Row) -> Value {
    let principal = policy.get("lastModifiedBy").and_then(Value::as_str).and_then(|id| principals::find(context.view, id));
    json!({"displayName": principal.and_then(|principal| principal.row.get("displayName").cloned())})
}

fn render(context: &Context<'_>, policy: &Row) -> Value {
    let scope = context.scope();
    let rules: Vec<Value> = rules_of(policy).iter().map(rule_of_arm).collect();
    let mut out = json!({
        "properties": {
            "scope": scope.shown(),
            // Until somebody changes it.
            "isOrganizationDefault": policy.get("lastModifiedBy").is_none(),
            "lastModifiedDateTime": policy.get("lastModifiedDateTime"),
            "lastModifiedBy": modified_by(context, policy),
            "rules": rules,
            "effectiveRules": rules,
            "policyProperties": {"scope": render::scope(context.view, &scope)},
        },
        "id": id(context, policy),
        "name": policy.get("name"),
        "type": "Microsoft.Authorization/roleManagementPolicies",
    });
    render::without_nulls(&mut out, EMPTY);
    out
}

/// Members of rules that answers do not have when they are empty.
const EMPTY: &[&str] = &["notificationRecipients", "primaryApprovers", "escalationApprovers", "claimValue"];

fn assignment(context: &Context<'_>, policy: &Row) -> Value {
    let (scope, role) = (context.scope(), text(policy, "roleDefinition"));
    let name = format!("{}_{role}", text(policy, "name"));
    let effective = context.config.switches.policy_assignments_have_effective_rules;
    let rules = effective.then(|| rules_of(policy).iter().map(rule_of_arm).collect::<Vec<_>>());
    let mut out = json!({
        "properties": {
            "scope": scope.shown(),
            "roleDefinitionId": roles::id_at(&scope, role),
            "policyId": id(context, policy),
            "effectiveRules": rules,
            "policyAssignmentProperties": {
                "scope": render::scope(context.view, &scope),
                "roleDefinition": render::role(context.view, &scope, role),
                "policy": {
                    "id": id(context, policy),
                    "lastModifiedBy": modified_by(context, policy),
                    "lastModifiedDateTime": policy.get("lastModifiedDateTime"),
                },
            },
        },
        // In the singular, and so is the type.
        "id": format!("{}/providers/Microsoft.Authorization/roleManagementPolicyAssignment/{name}", render::id_prefix(&scope)),
        "name": name,
        "type": "Microsoft.Authorization/roleManagementPolicyAssignment",
    });
    render::without_nulls(&mut out, EMPTY);
    out
}

/// Graph's types and Azure Resource Manager's differ by what stands before them.
const GRAPH_TYPE: &str = "#microsoft.graph.unified";

/// A rule as Azure Resource Manager writes it: another type, and nulls where Graph has empty lists.
fn rule_of_arm(rule: &Value) -> Value {
    let mut out = Map::new();
    for (name, value) in rule.as_object().into_iter().flatten() {
        match name.as_str() {
            "@odata.type" => {
                let kind = value.as_str().unwrap_or_default().trim_start_matches(GRAPH_TYPE);
                out.insert("ruleType".into(), json!(kind));
            }
            "target" => {
                let (caller, operations, level) = (&value["caller"], &value["operations"], &value["level"]);
                out.insert("target".into(), json!({"caller": caller, "operations": operations, "level": level}));
            }
            _ => {
                out.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(out)
}

/// `PATCH`: as many rules as are to be other, each checked together with those before it. Unverified: that what a rule leaves out
/// stays as it was.
fn patch(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let policy = named(context, context.parameter("roleManagementPolicyName"))?;
    let body = context.body()?;
    let wanted = body.get("properties").and_then(|properties| properties["rules"].as_array()).ok_or(Refusal::InvalidPolicy)?;
    let mut rules = rules_of(&policy);
    for rule in wanted {
        let id = rule["id"].as_str().unwrap_or_default();
        let Some(at) = rules.iter().position(|known| known["id"] == id) else { return Err(Refusal::BrokenRule(id.to_owned()).into()) };
        let refused = context.config.switches.duration_without_required_end_is_refused;
        if refused && rule["isExpirationRequired"] == false && !rule["maximumDuration"].is_null() {
            return Err(Refusal::InvalidPolicy.into());
        }
        let merged = merged(rules.get(at).unwrap_or(&Value::Null), rule)?;
        Rules(&rules).check(&merged)?;
        if let Some(old) = rules.get_mut(at) {
            *old = merged;
        }
    }
    let row = ledger::properties(json!({
        "name": Uuid::new_v4().to_string(),
        "scope": context.scope().key(),
        "roleDefinition": policy.get("roleDefinition"),
        "rules": rules,
        "lastModifiedDateTime": instant(context.now),
        "lastModifiedBy": context.caller.object_id,
    }));
    let old = Change::Remove { table: TABLE, key: text(&policy, "name").into() };
    let new = Change::Put { table: TABLE, key: text(&row, "name").into(), row: row.clone() };
    Ok(Outcome::written(StatusCode::OK, render(context, &row), vec![old, new]))
}

/// A rule with what a client wrote into it.
fn merged(old: &Value, written: &Value) -> Result<Value, Refusal> {
    let kind = format!("{GRAPH_TYPE}{}", written["ruleType"].as_str().unwrap_or_default());
    if old["@odata.type"] != kind.as_str() {
        return Err(Refusal::InvalidPolicy);
    }
    let mut out = old.as_object().cloned().unwrap_or_default();
    for (name, value) in written.as_object().into_iter().flatten() {
        // The target says which rule it is, and nothing new.
        if name != "ruleType" && name != "target" {
            // As in Microsoft's example of an update, null stands for no recipients.
            let value = if name == "notificationRecipients" && value.is_null() { json!([]) } else { value.clone() };
            out.insert(name.clone(), value);
        }
    }
    // A length that is written stays, also where none is required.
    if written["isExpirationRequired"] == false && written["maximumDuration"].is_null() {
        out.remove("maximumDuration");
    }
    Ok(Value::Object(out))
}
