//! People become active, and give it back.

use jiff::Timestamp;
use serde_json::json;

use super::{
    ASSIGNMENT, ELIGIBILITY, Kind, LONGEST_UNKNOWN, Subject, approvals,
    decision::{Decision, Status, broken, check_subject, is_linked, remove, requests_of},
    groups_of, ledger, policies,
    requests::Ask,
    text,
};
use crate::{
    clock::ticks,
    graph::{context::Context, error::GraphError},
    pim::{Purpose, Refusal, Rules, Window},
    store::{Change, Key, Row, View},
};

/// Decides on what somebody asks for themselves.
pub fn decide(context: &Context<'_>, kind: &'static Kind, ask: &Ask, id: &str) -> Result<Decision, GraphError> {
    let user = super::must_be_user(context)?;
    // One activates an assignment and not an eligibility, and for oneself. Unverified: the texts.
    if !std::ptr::eq(kind, &raw const ASSIGNMENT) || ask.subject.principal.as_ref() != user {
        return Err(Refusal::Invalid.into());
    }
    if ask.action.removes() {
        let standing = ledger::standing(context.truth, kind, &ask.subject);
        let (key, row) = standing.filter(|(_, row)| text(row, "assignmentType") == "activated").ok_or(Refusal::Missing)?;
        let changes = remove(context, kind, &key, &row)?;
        return Ok(Decision { status: Status::Revoked, window: None, target: key.to_string(), changes });
    }
    activate(context, ask, id)
}

fn activate(context: &Context<'_>, ask: &Ask, id: &str) -> Result<Decision, GraphError> {
    let window = Window::of(&ask.info, context.now)?;
    check_subject(context, &ASSIGNMENT, &ask.subject)?;
    let active = ledger::standing(context.truth, &ASSIGNMENT, &ask.subject).is_some() || is_linked(context, &ASSIGNMENT, &ask.subject);
    // One that begins later is told the same (as captured).
    if active || window.start > context.now || was_just_active(context, &ask.subject) {
        return Err(Refusal::Exists.into());
    }
    if requests_of(context, &ASSIGNMENT, &ask.subject).iter().any(|row| text(row, "status") == Status::PendingApproval.name()) {
        return Err(Refusal::Pending.into());
    }
    let eligibility = eligibility(context.truth, &ask.subject);
    let mut failed = broken(context, Purpose::Activation, ask, window);
    if eligibility.is_none() {
        failed.insert(0, "EligibilityRule");
    }
    if !failed.is_empty() {
        return Err(Refusal::Policy(failed).into());
    }
    let rules = policies::rules(context.truth, &ask.subject);
    let rules = Rules(&rules);
    if let Some(wanted) = rules.context().filter(|wanted| !context.caller.contexts.iter().any(|one| one == wanted)) {
        return Err(Refusal::Context(wanted.to_owned()).into());
    }
    let target = ledger::schedule_id(&ask.subject, id);
    let (status, changes) = if rules.needs_approval() {
        (Status::PendingApproval, vec![approvals::open(id, &ask.subject, rules, context.now)])
    } else {
        let grant = ledger::Grant { request: id, window, activated: eligibility.as_deref(), created: context.now };
        (Status::Provisioned, ledger::grant(context.truth, &ASSIGNMENT, &ask.subject, &grant, context.now))
    };
    Ok(Decision { status, window: Some(window), target, changes })
}

/// The eligibility in force that somebody can activate: their own, or that of a group that they are in.
fn eligibility(view: View<'_>, subject: &Subject) -> Option<Key> {
    let groups = groups_of(view, &subject.principal);
    let holds = |row: &Row| {
        let principal = text(row, "principalId");
        let theirs = principal == subject.principal.as_ref() || groups.iter().any(|group| group.as_ref() == principal);
        theirs && text(row, "accessId") == subject.access
    };
    let keys = view.with(ELIGIBILITY.instances.table, "groupId", &subject.group).unwrap_or_default();
    let mut rows = keys.iter().filter_map(|key| view.get(ELIGIBILITY.instances.table, key));
    rows.find(holds).map(|row| text(&row, ELIGIBILITY.schedule_id).into())
}

/// Whether somebody gave an activation back a moment ago, where the tenant lags: a new one was seen to be accepted about
/// twelve seconds later.
fn was_just_active(context: &Context<'_>, subject: &Subject) -> bool {
    let recent = |row: &Row| {
        let completed: Option<Timestamp> = text(row, "completedDateTime").parse().ok();
        let age = completed.map(|completed| context.now.duration_since(completed));
        text(row, "status") == Status::Revoked.name() && age.is_some_and(|age| age < LONGEST_UNKNOWN)
    };
    context.emulator.lagging.is_some() && requests_of(context, &ASSIGNMENT, subject).iter().any(recent)
}

/// The changes with which an activation that waited comes to be, or does not. It starts when it was approved.
pub fn settle(view: View<'_>, request: &Row, status: Status, now: Timestamp) -> Vec<Change> {
    let (id, put) =
        (text(request, "id"), |row: Row| Change::Put { table: ASSIGNMENT.requests.table, key: text(request, "id").into(), row });
    let closed =
        |status: Status| ledger::with(&ledger::with(request, "status", json!(status.name())), "completedDateTime", json!(ticks(now)));
    if status != Status::Provisioned {
        return vec![put(closed(status))];
    }
    let asked = request.get("scheduleInfo").cloned().unwrap_or_default();
    let subject = Subject::of_row(request);
    let found = subject.and_then(|subject| eligibility(view, &subject).map(|eligibility| (subject, eligibility)));
    // Unverified: what becomes of a request whose end or eligibility has passed while it waited.
    let (Some((subject, eligibility)), Ok(window)) = (found, Window::of(&asked, now)) else { return vec![put(closed(Status::Failed))] };
    let grant = ledger::Grant { request: id, window, activated: Some(&eligibility), created: now };
    let mut out = ledger::grant(view, &ASSIGNMENT, &subject, &grant, now);
    out.push(put(ledger::with(&closed(status), "scheduleInfo", window.echoed(&asked))));
    out
}

/// The changes that take back what waits for an approval.
pub fn cancel(view: View<'_>, request: &Row, now: Timestamp) -> Vec<Change> {
    let mut out = settle(view, request, Status::Canceled, now);
    out.push(Change::Remove { table: super::super::rows::pim::APPROVALS.table, key: text(request, "id").into() });
    out
}
