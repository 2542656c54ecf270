//! Requests: what clients write.

use axum::http::{StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ASSIGNMENT, Kind, Subject, caller, known, ledger, policies, text};
use crate::{
    answer::Answer,
    clock::ticks,
    graph::{
        context::{Context, Found, Handled, Outcome, is_guid},
        error::GraphError,
        path::Single,
        property::Written,
        render::{Form, entity},
        write,
    },
    pim::{FLOOR, Purpose, Refusal, Rules, Window},
    store::{Change, Key, Properties},
};

/// What a request asks to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Assign,
    Update,
    Extend,
    Renew,
    Remove,
}

impl Action {
    /// Names in the letter case of answers.
    const ALL: [(&str, Self); 5] = [
        ("adminAssign", Self::Assign),
        ("adminUpdate", Self::Update),
        ("adminExtend", Self::Extend),
        ("adminRenew", Self::Renew),
        ("adminRemove", Self::Remove),
    ];
}

/// Answers what requests answer in their own way.
pub fn handle(context: &Context<'_>, kind: &'static Kind) -> Option<Handled> {
    let rest = context.path.rest();
    match (context.call.method.as_str(), &context.path.single, rest.as_slice()) {
        ("POST", None, []) => Some(create(context, kind)),
        ("POST", Some(Single::Id(id)), ["cancel"]) => Some(cancel(context, kind, id)),
        _ => None,
    }
}

/// A request, read.
struct Ask {
    action: Action,
    name: &'static str,
    subject: Subject,
    info: Value,
    justification: Value,
    ticket: Value,
    validation_only: bool,
    custom: Value,
}

impl Ask {
    fn of(values: &Properties) -> Result<Self, Refusal> {
        let named = text(values, "action");
        let action = Action::ALL.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(named));
        // What is missing is told like what is wrong. Unverified.
        let (name, action) = action.ok_or(Refusal::Invalid)?;
        let (group, principal) = (text(values, "groupId"), text(values, "principalId"));
        let subject = Subject::of(group, text(values, "accessId"), principal);
        let subject = subject.filter(|subject| is_guid(group) && is_guid(principal) && subject.group != subject.principal);
        let value = |name: &str| values.get(name).cloned().unwrap_or_default();
        let info = value("scheduleInfo");
        if info.is_null() && action != Action::Remove {
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
    let Decision { status, window, target, mut changes } = decide(context, kind, &ask, &id)?;
    let ticket = |name: &str| ask.ticket[name].clone();
    let now = ticks(context.now);
    let row = ledger::properties(json!({
        "id": id,
        "accessId": ask.subject.access,
        "action": ask.name,
        "completedDateTime": if status.is_pending() { Value::Null } else { json!(now) },
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

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Provisioned,
    Granted,
    Revoked,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Provisioned => "Provisioned",
            Self::Granted => "Granted",
            Self::Revoked => "Revoked",
        }
    }

    /// Whether something is still to come.
    fn is_pending(self) -> bool {
        self == Self::Granted
    }
}

struct Decision {
    status: Status,
    window: Option<Window>,
    target: String,
    changes: Vec<Change>,
}

fn decide(context: &Context<'_>, kind: &'static Kind, ask: &Ask, id: &str) -> Result<Decision, GraphError> {
    let view = context.truth;
    let window = if ask.action == Action::Remove { None } else { Some(Window::of(&ask.info, context.now)?) };
    check_subject(context, kind, &ask.subject)?;
    let standing = ledger::standing(view, kind, &ask.subject);
    let Some(window) = window else {
        let (key, row) = standing.ok_or(Refusal::Missing)?;
        let changes = remove(context, kind, &key, &row)?;
        return Ok(Decision { status: Status::Revoked, window: None, target: key.to_string(), changes });
    };
    let created = match (ask.action, &standing) {
        (Action::Assign, None) if !is_linked(context, kind, &ask.subject) => context.now,
        // What has ended can be renewed as long as it is remembered. Unverified: what a renewal before the end is told.
        (Action::Renew, None) if was_assigned(context, kind, &ask.subject) => context.now,
        (Action::Assign | Action::Renew, Some(_)) | (Action::Assign, None) => return Err(Refusal::Exists.into()),
        (Action::Update | Action::Extend, Some((_, row))) => text(row, "createdDateTime").parse().unwrap_or(context.now),
        (_, None) => return Err(Refusal::Missing.into()),
        (Action::Remove, _) => return Err(Refusal::Invalid.into()),
    };
    observe(context, kind.purpose, ask, window)?;
    let activated = standing.as_ref().and_then(|(_, row)| row.get("activatedUsingId")).and_then(Value::as_str);
    let grant = ledger::Grant { request: id, window, activated, created };
    let changes = ledger::grant(view, kind, &ask.subject, &grant, context.now);
    let status = if window.start > context.now { Status::Granted } else { Status::Provisioned };
    Ok(Decision { status, window: Some(window), target: ledger::schedule_id(&ask.subject, id), changes })
}

/// Refuses what the group's policy does not allow, and says which of its rules.
fn observe(context: &Context<'_>, purpose: Purpose, ask: &Ask, window: Window) -> Result<(), GraphError> {
    let rules = policies::rules(context.truth, &ask.subject);
    // Unverified: an application cannot do MFA; that it is let through is a guess.
    let mfa = true;
    let broken = Rules(&rules).broken(purpose, window, ask.justification.as_str().unwrap_or_default(), &ask.ticket, mfa);
    if broken.is_empty() { Ok(()) } else { Err(Refusal::Policy(broken).into()) }
}

/// Refuses groups that PIM cannot have, and principals that it does not know.
fn check_subject(context: &Context<'_>, kind: &Kind, subject: &Subject) -> Result<(), GraphError> {
    let group = known(context, &subject.group).ok_or(Refusal::NoSubject)?;
    let principal = known(context, &subject.principal).ok_or(Refusal::NoSubject)?;
    let is = |name: &str| group.row.get(name) == Some(&json!(true));
    let dynamic = group.row.get("groupTypes").and_then(Value::as_array).is_some_and(|types| types.contains(&json!("DynamicMembership")));
    // Documented as impossible; status, code and text are unverified.
    let impossible = group.collection.kind != "group" || dynamic || is("onPremisesSyncEnabled");
    // A role-assignable group can have another group as eligible member, and not as an active one.
    let nested = principal.collection.kind == "group" && std::ptr::eq(kind, &raw const ASSIGNMENT) && is("isAssignableToRole");
    let person = ["user", "group", "servicePrincipal"].contains(&principal.collection.kind);
    // Who owns a group can only be a user or an application.
    let owner = subject.access == "owner" && principal.collection.kind == "group" && std::ptr::eq(kind, &raw const ASSIGNMENT);
    if impossible || nested || !person || owner { Err(Refusal::Invalid.into()) } else { Ok(()) }
}

/// Whether somebody is a member or owner without any schedule. Unverified: that an active assignment beside it is
/// refused; the portal shows such members as active.
fn is_linked(context: &Context<'_>, kind: &Kind, subject: &Subject) -> bool {
    std::ptr::eq(kind, &raw const ASSIGNMENT) && context.truth.linked(subject.relation, &subject.group, &subject.principal)
}

/// Whether there was an assignment once, by the requests that are still kept.
fn was_assigned(context: &Context<'_>, kind: &Kind, subject: &Subject) -> bool {
    let keys = context.truth.with(kind.requests.table, "principalId", &subject.principal).unwrap_or_default();
    let rows = keys.iter().filter_map(|key| context.truth.get(kind.requests.table, key));
    rows.filter(|row| Subject::of_row(row).as_ref() == Some(subject)).any(|row| text(&row, "status") == "Provisioned")
}

/// The changes that take an assignment away. Unverified: that the floor counts from the last change of the schedule,
/// whose start every request rewrites, and that it holds for one that has not begun.
fn remove(context: &Context<'_>, kind: &Kind, key: &Key, row: &Properties) -> Result<Vec<Change>, Refusal> {
    let since: Option<Timestamp> = text(row, "modifiedDateTime").parse().ok();
    if since.is_some_and(|since| context.now.duration_since(since) < FLOOR) {
        return Err(Refusal::TooShort);
    }
    Ok(ledger::withdraw(context.truth, kind, key, row))
}

/// `POST .../{id}/cancel`: only what has not happened yet.
fn cancel(context: &Context<'_>, kind: &Kind, id: &str) -> Handled {
    let row = context.truth.get(kind.requests.table, id).ok_or_else(|| GraphError::not_found(id))?;
    if text(&row, "status") != "Granted" {
        // Unverified: code and text.
        return Err(Refusal::Invalid.into());
    }
    let schedule = text(&row, "targetScheduleId");
    let mut changes = match context.truth.get(kind.schedules.table, schedule) {
        Some(found) => ledger::withdraw(context.truth, kind, schedule, &found),
        None => Vec::new(),
    };
    changes.push(Change::Put { table: kind.requests.table, key: id.into(), row: ledger::with(&row, "status", json!("Canceled")) });
    Ok(Outcome::written(changes))
}
