//! Requests: what clients write.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    ASSIGNMENT, Kind, Subject, activation, approvals, caller,
    decision::{self, Action, Decision, Status},
    ledger, policies, text,
};
use crate::{
    answer::Answer,
    clock::ticks,
    graph::{
        context::{Context, Found, Handled, Outcome, is_guid},
        error::GraphError,
        list::{self, Listed},
        path::Single,
        property::Written,
        render::{Form, entity},
        write,
    },
    pim::Refusal,
    store::{Change, Properties},
};

/// Answers what requests answer in their own way.
pub fn handle(context: &Context<'_>, kind: &'static Kind) -> Option<Handled> {
    let rest = context.path.rest();
    match (context.call.method.as_str(), &context.path.single, rest.as_slice()) {
        ("POST", None, []) => Some(create(context, kind)),
        ("POST", Some(Single::Id(id)), ["cancel"]) => Some(cancel(context, kind, id)),
        ("GET", None, [function]) if function.starts_with("filterByCurrentUser(") => Some(mine(context, kind, function)),
        _ => None,
    }
}

/// A request, read.
#[derive(Debug)]
pub struct Ask {
    /// What is to be done.
    pub action: Action,
    /// The action's name.
    pub name: &'static str,
    /// For whom.
    pub subject: Subject,
    /// `scheduleInfo`
    pub info: Value,
    /// Why.
    pub justification: Value,
    /// `ticketInfo`
    pub ticket: Value,
    validation_only: bool,
    custom: Value,
}

impl Ask {
    fn of(values: &Properties) -> Result<Self, Refusal> {
        // What is missing is told like what is wrong. Unverified.
        let (name, action) = Action::named(text(values, "action")).ok_or(Refusal::Invalid)?;
        let (group, principal) = (text(values, "groupId"), text(values, "principalId"));
        let subject = Subject::of(group, text(values, "accessId"), principal);
        let subject = subject.filter(|subject| is_guid(group) && is_guid(principal) && subject.group != subject.principal);
        let value = |name: &str| values.get(name).cloned().unwrap_or_default();
        let info = value("scheduleInfo");
        if info.is_null() && !action.removes() {
            return Err(Refusal::Invalid);
        }
        Ok(Self {
            action,
            name,
            subject: subject.ok_or(Refusal::Invalid)?,
            info,
            justification: value("justification"),
            ticket: value("ticketInfo"),
            validation_only: value("isValidationOnly") == true,
            custom: value("customData"),
        })
    }
}

fn create(context: &Context<'_>, kind: &'static Kind) -> Handled {
    let body = write::body(context)?;
    let id = Uuid::new_v4().to_string();
    let draft = write::accept(context, kind.requests, id.as_str().into(), &body, Written::AfterCreation)?;
    let ask = Ask::of(&draft.values)?;
    let decide = if ask.action.is_own() { activation::decide } else { decision::decide };
    let Decision { status, window, target, mut changes } = decide(context, kind, &ask, &id)?;
    let ticket = |name: &str| ask.ticket[name].clone();
    let now = ticks(context.now);
    let row = ledger::properties(json!({
        "id": id,
        "accessId": ask.subject.access,
        "action": ask.name,
        "approvalId": (status == Status::PendingApproval).then_some(&id),
        "completedDateTime": if status.is_pending() { Value::Null } else { json!(now) },
        // Unverified: where an application stands.
        "createdBy": {"application": null, "device": null, "user": {"displayName": null, "id": caller(context)}},
        "createdDateTime": now,
        "customData": ask.custom,
        "groupId": ask.subject.group.as_ref(),
        "isValidationOnly": ask.validation_only,
        "justification": ask.justification,
        "principalId": ask.subject.principal.as_ref(),
        "scheduleInfo": window.map(|window| window.echoed(&ask.info)),
        "status": status.name(),
        "targetScheduleId": target,
        "ticketInfo": {"ticketNumber": ticket("ticketNumber"), "ticketSystem": ticket("ticketSystem")},
    }));
    let found = Found { collection: kind.requests, key: id.as_str().into(), row };
    let location = format!("{}/{}/{id}", context.base, kind.requests.path);
    let body = entity(context, &found, Form::plain(false));
    let answer = Answer::json(StatusCode::CREATED, body).with_header(header::LOCATION, &location);
    if ask.validation_only {
        return Ok(Outcome::read(answer));
    }
    changes.extend(policies::onboard(context, &ask.subject.group));
    changes.push(Change::Put { table: kind.requests.table, key: found.key, row: found.row });
    Ok(Outcome { answer, changes })
}

/// `POST .../{id}/cancel`: only what has not happened yet.
fn cancel(context: &Context<'_>, kind: &Kind, id: &str) -> Handled {
    let row = context.truth.get(kind.requests.table, id).ok_or_else(|| GraphError::not_found(id))?;
    let mine = text(&row, "principalId") == caller(context);
    if super::user(context).is_some_and(|user| !mine && !super::administers(user)) {
        return Err(GraphError::denied());
    }
    if text(&row, "status") == Status::PendingApproval.name() && std::ptr::eq(kind, &raw const ASSIGNMENT) {
        return Ok(Outcome::written(activation::cancel(context.truth, &row, context.now)));
    }
    if text(&row, "status") != Status::Granted.name() {
        // Unverified: code and text.
        return Err(Refusal::Invalid.into());
    }
    let schedule = text(&row, "targetScheduleId");
    let mut changes = match context.truth.get(kind.schedules.table, schedule) {
        Some(found) => ledger::withdraw(context.truth, kind, schedule, &found),
        None => Vec::new(),
    };
    let row = ledger::with(&row, "status", json!(Status::Canceled.name()));
    changes.push(Change::Put { table: kind.requests.table, key: id.into(), row });
    Ok(Outcome::written(changes))
}

/// `filterByCurrentUser(on='...')`: as principal, as the one who asked, as approver.
fn mine(context: &Context<'_>, kind: &'static Kind, function: &str) -> Handled {
    let me = caller(context);
    let on = super::function_argument(function);
    let concerns = |row: &Properties| match on {
        Some("principal") => text(row, "principalId") == me,
        Some("createdBy") => row.get("createdBy").is_some_and(|by| by["user"]["id"] == me),
        Some("approver") => approvals::waits_for(context, row, me),
        _ => false,
    };
    if !matches!(on, Some("principal" | "createdBy" | "approver")) {
        return Err(GraphError::no_such_segment(function));
    }
    let rows = context.view.rows(kind.requests.table, None).filter(|(_, row)| concerns(row));
    let all: Vec<Found> = rows.map(|(key, row)| Found { collection: kind.requests, key, row }).collect();
    list::page(context, Listed::Given(kind.requests, &all))
}
