//! Approvals (docs/services/pim.md#approvals). People only: an application can neither read nor decide them.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{GROUPS, must_be_user};
use crate::{
    graph::{
        model::{
            context::{Context, FoundObject, HandlerResult, Outcome},
            error::GraphError,
            path::ObjectSelector,
            render::entity,
        },
        query::{
            Query,
            list::{self, ListSource},
        },
        rows::{USERS, pim::APPROVALS},
    },
    pim::{
        approvals::{self, ApprovalDecision},
        ledger, text,
    },
    store::{Properties, Row},
};

/// Answers a request to `assignmentApprovals`.
pub fn handle(context: &Context<'_>) -> HandlerResult {
    let user = must_be_user(context)?;
    let method = context.request.method.as_str();
    let rest = context.path.rest();
    let Some(ObjectSelector::Id(id)) = &context.path.single else {
        return match (method, rest.as_slice()) {
            ("GET", [function]) if function.starts_with("filterByCurrentUser(") => of_caller(context, user, function),
            _ => Err(GraphError::method_not_allowed()),
        };
    };
    let view = if method == "GET" { context.view } else { context.truth };
    let row = view.get(APPROVALS.table, id).ok_or_else(|| GraphError::not_found(id))?;
    let seen = text(&row, "principalId") == user || is_approver(context, &row, user) || super::administers(user);
    if !seen {
        return Err(GraphError::denied());
    }
    let found = visible_to(context, &row, user);
    let stage = found.row.get("stages").map(|stages| stages[0].clone()).unwrap_or_default();
    let base = format!("{}/$metadata#{}('{id}')", context.base, APPROVALS.path);
    match (method, rest.as_slice()) {
        ("GET", []) => {
            let query = Query::of(context.request, Some(&APPROVALS), context.beta())?;
            Ok(Outcome::ok(entity(context, &found, query.form(false))))
        }
        // The reference writes `steps`, the metadata `stages`.
        ("GET", [name @ ("stages" | "steps")]) => Ok(Outcome::ok(json!({"@odata.context": format!("{base}/{name}"), "value": [stage]}))),
        ("GET", [name @ ("stages" | "steps"), one]) if stage["id"] == *one => {
            let mut out = Map::from_iter([("@odata.context".to_owned(), json!(format!("{base}/{name}/$entity")))]);
            out.extend(stage.as_object().cloned().unwrap_or_default());
            Ok(Outcome::ok(Value::Object(out)))
        }
        ("PATCH", ["stages" | "steps", one]) if stage["id"] == *one => decide(context, &row, user),
        (_, ["stages" | "steps", one]) => Err(GraphError::not_found(one)),
        _ => Err(GraphError::method_not_allowed()),
    }
}

/// `filterByCurrentUser(on='approver')`: what waits for the caller. Unverified: that what is decided is not listed.
fn of_caller(context: &Context<'_>, user: &str, function: &str) -> HandlerResult {
    if super::function_argument(function) != Some("approver") {
        return Err(GraphError::no_such_segment(function));
    }
    let open = context.view.rows(APPROVALS.table, None).map(|(_, row)| row).filter(approvals::is_open);
    let all: Vec<FoundObject> = open.filter(|row| may_decide(context, row, user)).map(|row| visible_to(context, &row, user)).collect();
    list::page(context, ListSource::Given(&APPROVALS, &all))
}

/// The approval as the caller sees it.
fn visible_to(context: &Context<'_>, row: &Row, user: &str) -> FoundObject {
    let reviewer = row.get("reviewedBy").and_then(Value::as_str);
    let name = |id| context.view.get(USERS.table, id).map(|row| text(&row, "displayName").to_owned());
    let stage = json!({
        "id": row.get("id"),
        "assignedToMe": may_decide(context, row, user),
        "displayName": null,
        "justification": text(row, "justification"),
        "reviewResult": row.get("reviewResult"),
        "reviewedBy": reviewer.map(|id| json!({"id": id, "displayName": name(id)})),
        "reviewedDateTime": row.get("reviewedDateTime"),
        "status": row.get("status"),
    });
    let row = ledger::properties(json!({"id": row.get("id"), "stages": [stage]}));
    FoundObject { collection: &APPROVALS, key: text(&row, "id").into(), row }
}

/// Whether the request is one that a user decides on, now.
pub fn waits_for(context: &Context<'_>, request: &Properties, user: &str) -> bool {
    let row = context.view.get(APPROVALS.table, text(request, "id"));
    row.is_some_and(|row| approvals::is_open(&row) && may_decide(context, &row, user))
}

/// Nobody decides on their own request, as documented; an article about AKS says otherwise, so it is a switch.
fn may_decide(context: &Context<'_>, row: &Row, user: &str) -> bool {
    let own = text(row, "principalId") == user && !context.config.switches.approvers_decide_on_themselves;
    !own && is_approver(context, row, user)
}

/// Unverified for groups: without approvers the administrators decide.
fn is_approver(context: &Context<'_>, row: &Row, user: &str) -> bool {
    approvals::is_approver(context.truth, row, user).unwrap_or_else(|| super::administers(user))
}

/// `PATCH .../stages/{id}`
fn decide(context: &Context<'_>, row: &Row, user: &str) -> HandlerResult {
    let body = context.body()?;
    if !may_decide(context, row, user) {
        return Err(GraphError::denied());
    }
    if !approvals::is_open(row) {
        // Unverified: code and text; the status is documented.
        return Err(GraphError::new(StatusCode::CONFLICT, "Conflict", "The approval has been decided already."));
    }
    let approved = match text(&body, "reviewResult").to_lowercase().as_str() {
        "approve" => true,
        "deny" => false,
        _ => return Err(GraphError::malformed("The value of 'reviewResult' must be 'Approve' or 'Deny'.")),
    };
    let justification = text(&body, "justification");
    if row.get("isJustificationRequired") == Some(&json!(true)) && justification.trim().is_empty() {
        // Unverified: the text.
        return Err(GraphError::malformed("A justification is required."));
    }
    let decision = ApprovalDecision { approved, justification, by: user };
    Ok(Outcome::no_content(approvals::decide(context.truth, &GROUPS, row, &decision, context.now)))
}
