//! Approvals: what waits for somebody to agree, and what comes of it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Grant, GrantKey, Rules, Service, Status, Window,
    decision::eligibility,
    ledger::{grant, properties, with},
    text,
};
use crate::{
    clock::ticks,
    directory::principals::groups_of,
    store::{Change, Properties, Row, View},
};

/// The change that opens the approval of a request. It has the request's id, and one stage of the same id.
pub fn open(service: &Service, request: &str, grant_key: &GrantKey, rules: Rules<'_>, now: Timestamp) -> Change {
    let stage = rules.stages().first().cloned().unwrap_or_default();
    let days = stage["approvalStageTimeOutInDays"].as_i64().unwrap_or(1);
    let deadline = now.checked_add(SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(Timestamp::MAX);
    let row = properties(json!({
        "id": request,
        "place": grant_key.scope.as_ref(),
        "principalId": grant_key.principal.as_ref(),
        "approvers": approvers(&stage["primaryApprovers"]),
        "isJustificationRequired": stage["isApproverJustificationRequired"] == true,
        "deadline": ticks(deadline),
        "status": "InProgress",
        "reviewResult": "NotReviewed",
    }));
    Change::Put { table: service.approvals, key: request.into(), row }
}

/// The ids of users and groups, in either service's words.
fn approvers(primary: &Value) -> Vec<String> {
    let id = |one: &Value| ["userId", "groupId", "id"].iter().find_map(|name| one[name].as_str()).map(str::to_lowercase);
    primary.as_array().into_iter().flatten().filter_map(id).collect()
}

/// Whether nobody has decided yet.
pub fn is_open(row: &Row) -> bool {
    text(row, "status") == "InProgress"
}

/// Whether somebody is named as approver, or a member of a group that is. Owning it is not enough. `None`: nobody is
/// named.
pub fn is_approver(view: View<'_>, row: &Row, user: &str) -> Option<bool> {
    let approvers = row.get("approvers").and_then(Value::as_array).filter(|all| !all.is_empty())?;
    let groups = groups_of(view, user);
    Some(approvers.iter().any(|one| one == user || groups.iter().any(|group| one == group.as_ref())))
}

/// A decision of an approver.
#[derive(Debug)]
pub struct ApprovalDecision<'a> {
    /// Whether they agree.
    pub approved: bool,
    /// Their reason.
    pub justification: &'a str,
    /// Their object id.
    pub by: &'a str,
}

/// The changes with which somebody decides.
pub fn decide(view: View<'_>, service: &Service, row: &Row, decision: &ApprovalDecision<'_>, now: Timestamp) -> Vec<Change> {
    let mut closed = Properties::clone(row);
    closed.insert("status".into(), json!("Completed"));
    closed.insert("reviewResult".into(), json!(if decision.approved { "Approve" } else { "Deny" }));
    closed.insert("justification".into(), json!(decision.justification));
    closed.insert("reviewedBy".into(), json!(decision.by));
    closed.insert("reviewedDateTime".into(), json!(ticks(now)));
    let mut out = vec![Change::Put { table: service.approvals, key: text(row, "id").into(), row: closed.into() }];
    if let Some(request) = view.get(service.assignment.requests, text(row, "id")) {
        out.extend(complete_request(view, service, &request, if decision.approved { Status::Provisioned } else { Status::Denied }, now));
    }
    out
}

/// The changes with which an activation that waited comes to be, or does not. It starts when it was approved.
pub fn complete_request(view: View<'_>, service: &Service, request: &Row, status: Status, now: Timestamp) -> Vec<Change> {
    let kind = service.assignment;
    let id = text(request, "id");
    let put = |row: Row| Change::Put { table: kind.requests, key: id.into(), row };
    let closed = |status: Status| with(&with(request, "status", json!(status.name())), "completedDateTime", json!(ticks(now)));
    if status != Status::Provisioned {
        return vec![put(closed(status))];
    }
    let asked = request.get("scheduleInfo").cloned().unwrap_or_default();
    let grant_key = kind.grant_key(request);
    // Unverified: what becomes of a request whose end or eligibility has passed while it waited.
    let (Some(eligibility), Ok(window)) = (eligibility(view, service, &grant_key), Window::of(&asked, now)) else {
        return vec![put(closed(Status::Failed))];
    };
    let more = request.get("more").and_then(Value::as_object).cloned().unwrap_or_default();
    let target = text(request, "targetScheduleId");
    let new = Grant { request: id, id: target, window, activated: Some(&eligibility), created: now, more };
    let mut out = grant(view, kind, &grant_key, &new, now);
    out.push(put(with(&closed(status), "scheduleInfo", window.echoed(&asked))));
    out
}

/// The changes that take back what waits.
pub fn cancel(view: View<'_>, service: &Service, request: &Row, now: Timestamp) -> Vec<Change> {
    let mut out = complete_request(view, service, request, Status::Canceled, now);
    out.push(Change::Remove { table: service.approvals, key: text(request, "id").into() });
    out
}

/// The changes for what nobody has decided in time. Unverified: what the request is called then.
pub fn pass_time(view: View<'_>, service: &Service, now: Timestamp) -> Vec<Change> {
    let mut out = Vec::new();
    for (key, row) in view.rows(service.approvals, None).filter(|(_, row)| deadline(row).is_some_and(|at| at <= now)) {
        out.push(Change::Put { table: service.approvals, key: key.clone(), row: with(&row, "status", json!("Expired")) });
        if let Some(request) = view.get(service.assignment.requests, &key) {
            out.extend(complete_request(view, service, &request, Status::Failed, now));
        }
    }
    out
}

/// When the next approval lapses.
pub fn next(view: View<'_>, service: &Service) -> Option<Timestamp> {
    view.rows(service.approvals, None).filter_map(|(_, row)| deadline(&row)).min()
}

fn deadline(row: &Row) -> Option<Timestamp> {
    text(row, "deadline").parse().ok().filter(|_| is_open(row))
}
