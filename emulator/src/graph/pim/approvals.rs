//! Approvals: what waits for somebody to agree (service-behaviour section 6.4). People only: an application can neither
//! read nor decide them.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{ASSIGNMENT, Subject, activation, decision::Status, groups_of, ledger, must_be_user, text};
use crate::{
    clock::ticks,
    graph::{
        context::{Context, Found, Handled, Outcome},
        error::GraphError,
        list::{self, Listed},
        path::Single,
        query::Query,
        render::{Form, entity},
        rows::pim::APPROVALS,
        write,
    },
    pim::Rules,
    store::{Change, Properties, Row, View},
};

/// The change that opens the approval of a request. It has the request's id, and one stage of the same id.
pub fn open(request: &str, subject: &Subject, rules: Rules<'_>, now: Timestamp) -> Change {
    let stage = rules.stages().first().cloned().unwrap_or_default();
    let days = stage["approvalStageTimeOutInDays"].as_i64().unwrap_or(1);
    let deadline = now.checked_add(SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(Timestamp::MAX);
    let row = ledger::properties(json!({
        "id": request,
        "groupId": subject.group.as_ref(),
        "principalId": subject.principal.as_ref(),
        "approvers": stage["primaryApprovers"],
        "isJustificationRequired": stage["isApproverJustificationRequired"] == true,
        "deadline": ticks(deadline),
        "stage": {
            "id": request,
            "displayName": null,
            "justification": "",
            "reviewResult": "NotReviewed",
            "reviewedBy": null,
            "reviewedDateTime": null,
            "status": "InProgress",
        },
    }));
    Change::Put { table: APPROVALS.table, key: request.into(), row }
}

/// Answers a request to `assignmentApprovals`.
pub fn handle(context: &Context<'_>) -> Handled {
    let user = must_be_user(context)?;
    let method = context.call.method.as_str();
    let rest = context.path.rest();
    let Some(Single::Id(id)) = &context.path.single else {
        return match (method, rest.as_slice()) {
            ("GET", [function]) if function.starts_with("filterByCurrentUser(") => mine(context, user, function),
            _ => Err(GraphError::method_not_allowed()),
        };
    };
    let view = if method == "GET" { context.view } else { context.truth };
    let row = view.get(APPROVALS.table, id).ok_or_else(|| GraphError::not_found(id))?;
    let seen = text(&row, "principalId") == user || is_approver(context, &row, user) || super::administers(user);
    if !seen {
        return Err(GraphError::denied());
    }
    let found = shown(context, &row, user);
    let stage = found.row.get("stages").map(|stages| stages[0].clone()).unwrap_or_default();
    let base = format!("{}/$metadata#{}('{id}')", context.base, APPROVALS.path);
    match (method, rest.as_slice()) {
        ("GET", []) => {
            let query = Query::of(context.call, Some(&APPROVALS), context.beta())?;
            Ok(Outcome::ok(entity(context, &found, Form::of(&query, false))))
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
fn mine(context: &Context<'_>, user: &str, function: &str) -> Handled {
    if super::function_argument(function) != Some("approver") {
        return Err(GraphError::no_such_segment(function));
    }
    let open = context.view.rows(APPROVALS.table, None).map(|(_, row)| row).filter(is_open);
    let all: Vec<Found> = open.filter(|row| may_decide(context, row, user)).map(|row| shown(context, &row, user)).collect();
    list::page(context, Listed::Given(&APPROVALS, &all))
}

/// The approval as the caller sees it.
fn shown(context: &Context<'_>, row: &Row, user: &str) -> Found {
    let mut stage = row.get("stage").cloned().unwrap_or_default();
    stage["assignedToMe"] = json!(may_decide(context, row, user));
    let row = ledger::properties(json!({"id": text(row, "id"), "stages": [stage]}));
    Found { collection: &APPROVALS, key: text(&row, "id").into(), row }
}

fn is_open(row: &Row) -> bool {
    row.get("stage").is_some_and(|stage| stage["status"] == "InProgress")
}

/// Whether the request is one that a user decides on, now.
pub fn waits_for(context: &Context<'_>, request: &Properties, user: &str) -> bool {
    let row = context.view.get(APPROVALS.table, text(request, "id"));
    row.is_some_and(|row| is_open(&row) && may_decide(context, &row, user))
}

/// Nobody decides on their own request, as documented; an article about AKS says otherwise, so it is a switch.
fn may_decide(context: &Context<'_>, row: &Row, user: &str) -> bool {
    let own = text(row, "principalId") == user && !context.emulator.switches.approvers_decide_on_themselves;
    !own && is_approver(context, row, user)
}

/// Whether somebody is named, or a member of a group that is. Owning it is not enough.
fn is_approver(context: &Context<'_>, row: &Row, user: &str) -> bool {
    let approvers = row.get("approvers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if approvers.is_empty() {
        // Unverified for groups: without approvers the administrators decide.
        return super::administers(user);
    }
    let groups = groups_of(context.truth, user);
    let is = |value: &Value, id: &str| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(id));
    approvers.iter().any(|one| is(&one["userId"], user) || groups.iter().any(|group| is(&one["groupId"], group)))
}

/// `PATCH .../stages/{id}`
fn decide(context: &Context<'_>, row: &Row, user: &str) -> Handled {
    let body = write::body(context)?;
    if !may_decide(context, row, user) {
        return Err(GraphError::denied());
    }
    if !is_open(row) {
        // Unverified: code and text; the status is documented.
        return Err(GraphError::new(StatusCode::CONFLICT, "Conflict", "The approval has been decided already."));
    }
    let result = body.get("reviewResult").and_then(Value::as_str).unwrap_or_default();
    let justification = body.get("justification").and_then(Value::as_str).unwrap_or_default();
    let status = match result.to_lowercase().as_str() {
        "approve" => Status::Provisioned,
        "deny" => Status::Denied,
        _ => return Err(GraphError::malformed("The value of 'reviewResult' must be 'Approve' or 'Deny'.")),
    };
    if row.get("isJustificationRequired") == Some(&json!(true)) && justification.trim().is_empty() {
        // Unverified: the text.
        return Err(GraphError::malformed("A justification is required."));
    }
    let name = context.truth.get("users", user).map(|row| text(&row, "displayName").to_owned());
    let mut changes = close(row, "Completed", |stage| {
        stage["reviewResult"] = json!(if status == Status::Provisioned { "Approve" } else { "Deny" });
        stage["justification"] = json!(justification);
        stage["reviewedBy"] = json!({"id": user, "displayName": name});
        stage["reviewedDateTime"] = json!(ticks(context.now));
    });
    if let Some(request) = context.truth.get(ASSIGNMENT.requests.table, text(row, "id")) {
        changes.extend(activation::settle(context.truth, &request, status, context.now));
    }
    Ok(Outcome::written(changes))
}

fn close(row: &Row, status: &str, change: impl Fn(&mut Value)) -> Vec<Change> {
    let mut stage = row.get("stage").cloned().unwrap_or_default();
    stage["status"] = json!(status);
    change(&mut stage);
    vec![Change::Put { table: APPROVALS.table, key: text(row, "id").into(), row: ledger::with(row, "stage", stage) }]
}

/// The changes for what nobody has decided in time. Unverified: what the request is called then.
pub fn pass(view: View<'_>, now: Timestamp) -> Vec<Change> {
    let mut out = Vec::new();
    for (key, row) in view.rows(APPROVALS.table, None).filter(|(_, row)| deadline(row).is_some_and(|at| at <= now)) {
        out.extend(close(&row, "Expired", |_| {}));
        if let Some(request) = view.get(ASSIGNMENT.requests.table, &key) {
            out.extend(activation::settle(view, &request, Status::Failed, now));
        }
    }
    out
}

/// When the next approval lapses.
pub fn next(view: View<'_>) -> Option<Timestamp> {
    view.rows(APPROVALS.table, None).filter_map(|(_, row)| deadline(&row)).min()
}

fn deadline(row: &Row) -> Option<Timestamp> {
    text(row, "deadline").parse().ok().filter(|_| is_open(row))
}
