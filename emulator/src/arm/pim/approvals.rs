//! Approvals of activations. People only.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::ROLES;
use crate::{
    arm::{
        records::principals,
        request::{
            context::{Context, Outcome},
            error::ArmError,
            filter::{self, Term},
            route::{Route, operation},
        },
    },
    pim::{
        approvals::{self, ApprovalDecision},
        text,
    },
    store::Row,
    tenant::ids,
};

const TYPE: &str = "Microsoft.Authorization/roleAssignmentApprovals";

/// The routes of this module.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentApprovals",
        since: "2021-01-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", list)],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentApprovals/{approvalId}",
        since: "2021-01-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| Ok(Outcome::ok(render(context, &find(context)?))))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentApprovals/{approvalId}/stages",
        since: "2021-01-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| Ok(Outcome::list(vec![stage(context, &find(context)?)])))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentApprovals/{approvalId}/stages/{stageId}",
        since: "2021-01-01",
        until: "2024-09-01",
        operations: &[
            operation(Method::GET, "", |context| Ok(Outcome::ok(stage(context, &find(context)?)))),
            operation(Method::PATCH, "", decide),
            operation(Method::PUT, "", decide),
        ],
    },
];

/// 403 for a caller who is no approver of it. Unverified: code and text.
fn forbidden(context: &Context<'_>) -> ArmError {
    let action = "Microsoft.Authorization/roleAssignmentApprovals/read";
    context.forbidden(action, &context.scope())
}

/// Approvals that wait for the caller: `$filter=asApprover()`, and nothing else is served.
fn list(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let written = context.request.option("$filter").unwrap_or_default();
    if filter::parse(&written)? != [Term::Function("asapprover".into())] {
        return Err(filter::unsupported(&written));
    }
    if !context.caller.is_user() {
        return Err(forbidden(context));
    }
    let me = &context.caller.object_id;
    let rows = context.view.rows(ROLES.approvals, None).map(|(_, row)| row);
    let open = rows.filter(|row| approvals::is_open(row) && may_decide(context, row, me));
    Ok(Outcome::list(open.map(|row| render(context, &row)).collect()))
}

/// The approval that the path names, if the caller has something to do with it.
fn find(context: &Context<'_>) -> Result<Row, ArmError> {
    let (id, stage) = (context.parameter("approvalId").to_lowercase(), context.parameter("stageId"));
    let row = context.view.get(ROLES.approvals, &id).filter(|_| stage.is_empty() || stage.eq_ignore_ascii_case(&id));
    // Unverified: code and text.
    let row = row.ok_or_else(|| ArmError::not_found("ResourceNotFound", format!("The approval '{id}' could not be found.")))?;
    let me = &context.caller.object_id;
    let concerned = text(&row, "principalId") == me || is_approver(context, &row, me) || me == ids::ADMINISTRATOR_ID;
    if context.caller.is_user() && concerned { Ok(row) } else { Err(forbidden(context)) }
}

/// Whether a request waits for somebody.
pub fn waits_for(context: &Context<'_>, request: &str, user: &str) -> bool {
    let row = context.view.get(ROLES.approvals, request);
    row.is_some_and(|row| approvals::is_open(&row) && may_decide(context, &row, user))
}

/// Nobody decides on their own request, unless the switch says so.
fn may_decide(context: &Context<'_>, row: &Row, user: &str) -> bool {
    let own = text(row, "principalId") == user && !context.config.switches.approvers_decide_on_themselves;
    !own && is_approver(context, row, user)
}

/// Unverified: who decides where nobody is named.
fn is_approver(context: &Context<'_>, row: &Row, user: &str) -> bool {
    approvals::is_approver(context.view, row, user).unwrap_or(user == ids::ADMINISTRATOR_ID)
}

fn id(row: &Row) -> String {
    format!("{}/providers/{TYPE}/{}", text(row, "place"), text(row, "id"))
}

fn render(context: &Context<'_>, row: &Row) -> Value {
    json!({"properties": {"stages": [stage(context, row)]}, "id": id(row), "name": row.get("id"), "type": TYPE})
}

fn stage(context: &Context<'_>, row: &Row) -> Value {
    let reviewer = row.get("reviewedBy").and_then(Value::as_str).and_then(|id| principals::find(context.view, id));
    let reviewer = reviewer.map(|principal| {
        json!({
            "principalId": principal.id.as_ref(), "principalType": "user",
            "principalName": principal.row.get("displayName"), "userPrincipalName": principal.row.get("userPrincipalName"),
        })
    });
    json!({
        "properties": {
            "displayName": null,
            "status": row.get("status"),
            "assignedToMe": may_decide(context, row, &context.caller.object_id),
            "reviewedBy": reviewer,
            "reviewedDateTime": row.get("reviewedDateTime"),
            "reviewResult": row.get("reviewResult"),
            "justification": row.get("justification"),
        },
        "id": format!("{}/stages/{}", id(row), text(row, "id")),
        "name": row.get("id"),
        "type": format!("{TYPE}/stages"),
    })
}

/// `PATCH` or `PUT` of a stage. The body is bare; one inside of `properties` is taken as well, as clients send it.
fn decide(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let row = find(context)?;
    let body = context.body()?;
    let given = body.get("properties").and_then(Value::as_object).unwrap_or(&body);
    let me = &context.caller.object_id;
    if !may_decide(context, &row, me) {
        return Err(forbidden(context));
    }
    if !approvals::is_open(&row) {
        // Unverified: all of it.
        return Err(ArmError::new(StatusCode::CONFLICT, "Conflict", "The approval has been decided already."));
    }
    let approved = match text(given, "reviewResult").to_lowercase().as_str() {
        "approve" => true,
        "deny" => false,
        _ => return Err(ArmError::invalid_body("reviewResult must be 'Approve' or 'Deny'.")),
    };
    let justification = text(given, "justification");
    if row.get("isJustificationRequired") == Some(&json!(true)) && justification.trim().is_empty() {
        return Err(ArmError::invalid_body("A justification is required."));
    }
    let changes = approvals::decide(context.view, &ROLES, &row, &ApprovalDecision { approved, justification, by: me }, context.now);
    let closed = changes.iter().find_map(|change| match change {
        crate::store::Change::Put { table, row, .. } if *table == ROLES.approvals => Some(row.clone()),
        _ => None,
    });
    Ok(Outcome::written(StatusCode::OK, stage(context, &closed.unwrap_or(row)), changes))
}
