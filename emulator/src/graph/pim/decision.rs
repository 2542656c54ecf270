//! What becomes of an administrator's request.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ASSIGNMENT, Kind, Subject, known, ledger, policies, requests::Ask, text};
use crate::{
    graph::{context::Context, error::GraphError},
    pim::{FLOOR, Purpose, Refusal, Rules, Window},
    store::{Change, Key, Properties, Row},
};

/// What a request asks to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An administrator gives something for the first time.
    Assign,
    /// An administrator changes when it holds.
    Update,
    /// An administrator prolongs what holds.
    Extend,
    /// An administrator gives again what has ended.
    Renew,
    /// An administrator takes it away.
    Remove,
    /// Somebody who is eligible becomes active.
    Activate,
    /// Somebody who is active gives it back.
    Deactivate,
}

impl Action {
    /// Names in the letter case of answers. What people ask administrators for, `selfExtend` and `selfRenew`, is not
    /// served: nothing documented decides on it.
    const ALL: [(&str, Self); 7] = [
        ("adminAssign", Self::Assign),
        ("adminUpdate", Self::Update),
        ("adminExtend", Self::Extend),
        ("adminRenew", Self::Renew),
        ("adminRemove", Self::Remove),
        ("selfActivate", Self::Activate),
        ("selfDeactivate", Self::Deactivate),
    ];

    /// By name in whatever letter case, with the name as answers have it.
    pub fn named(name: &str) -> Option<(&'static str, Self)> {
        Self::ALL.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Whether it takes something away, and so needs no schedule.
    pub fn removes(self) -> bool {
        matches!(self, Self::Remove | Self::Deactivate)
    }

    /// Whether people ask it for themselves.
    pub fn is_own(self) -> bool {
        matches!(self, Self::Activate | Self::Deactivate)
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is so.
    Provisioned,
    /// It will be so.
    Granted,
    /// It is no more.
    Revoked,
    /// Somebody must agree.
    PendingApproval,
    /// Somebody did not agree.
    Denied,
    /// It came to nothing.
    Failed,
    /// It was taken back.
    Canceled,
}

impl Status {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provisioned => "Provisioned",
            Self::Granted => "Granted",
            Self::Revoked => "Revoked",
            Self::PendingApproval => "PendingApproval",
            Self::Denied => "Denied",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
        }
    }

    /// Whether something is still to come.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Granted | Self::PendingApproval)
    }
}

/// What is decided about a request.
#[derive(Debug)]
pub struct Decision {
    /// What becomes of it.
    pub status: Status,
    /// When it holds, unless it takes something away.
    pub window: Option<Window>,
    /// The schedule.
    pub target: String,
    /// What is written besides the request.
    pub changes: Vec<Change>,
}

/// Decides on an administrator's request.
pub fn decide(context: &Context<'_>, kind: &'static Kind, ask: &Ask, id: &str) -> Result<Decision, GraphError> {
    let view = context.truth;
    let window = if ask.action.removes() { None } else { Some(Window::of(&ask.info, context.now)?) };
    let group = check_subject(context, kind, &ask.subject)?;
    must_administer(context, &group)?;
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
        _ => return Err(Refusal::Invalid.into()),
    };
    let broken = broken(context, kind.purpose, ask, window);
    if !broken.is_empty() {
        return Err(Refusal::Policy(broken).into());
    }
    let activated = standing.as_ref().and_then(|(_, row)| row.get("activatedUsingId")).and_then(Value::as_str);
    let grant = ledger::Grant { request: id, window, activated, created };
    let changes = ledger::grant(view, kind, &ask.subject, &grant, context.now);
    let status = if window.start > context.now { Status::Granted } else { Status::Provisioned };
    Ok(Decision { status, window: Some(window), target: ledger::schedule_id(&ask.subject, id), changes })
}

/// The names of the policy's rules that a request breaks.
pub fn broken(context: &Context<'_>, purpose: Purpose, ask: &Ask, window: Window) -> Vec<&'static str> {
    let rules = policies::rules(context.truth, &ask.subject);
    let justification = ask.justification.as_str().unwrap_or_default();
    Rules(&rules).broken(purpose, window, justification, &ask.ticket, super::has_mfa(context))
}

/// Refuses groups that PIM cannot have, and principals that it does not know; the group.
pub fn check_subject(context: &Context<'_>, kind: &Kind, subject: &Subject) -> Result<Row, GraphError> {
    let group = known(context, &subject.group).ok_or(Refusal::NoSubject)?;
    let principal = known(context, &subject.principal).ok_or(Refusal::NoSubject)?;
    let is = |name: &str| group.row.get(name) == Some(&json!(true));
    let dynamic = group.row.get("groupTypes").and_then(Value::as_array).is_some_and(|types| types.contains(&json!("DynamicMembership")));
    // Documented as impossible; status, code and text are unverified.
    let impossible = group.collection.kind != "group" || dynamic || is("onPremisesSyncEnabled");
    let active = std::ptr::eq(kind, &raw const ASSIGNMENT);
    // A role-assignable group can have another group as eligible member, and not as an active one.
    let nested = principal.collection.kind == "group" && active && is("isAssignableToRole");
    let known = ["user", "group", "servicePrincipal"].contains(&principal.collection.kind);
    // Who owns a group can only be a user or an application.
    let owner = subject.access == "owner" && principal.collection.kind == "group" && active;
    if impossible || nested || !known || owner { Err(Refusal::Invalid.into()) } else { Ok(group.row) }
}

/// A user who asks for others must be the tenant's administrator, or own the group. Applications have their permissions.
fn must_administer(context: &Context<'_>, group: &Row) -> Result<(), GraphError> {
    let Some(user) = super::user(context) else { return Ok(()) };
    let id = text(group, "id");
    let owns = context.truth.linked(super::OWNERS, id, user);
    // Unverified: the text. That neither is refused is documented.
    if owns || super::administers(user) { Ok(()) } else { Err(GraphError::denied()) }
}

/// Whether somebody is a member or owner without any schedule. Unverified: that an active assignment beside it is
/// refused; the portal shows such members as active.
pub fn is_linked(context: &Context<'_>, kind: &Kind, subject: &Subject) -> bool {
    std::ptr::eq(kind, &raw const ASSIGNMENT) && context.truth.linked(subject.relation, &subject.group, &subject.principal)
}

/// Whether there was an assignment once, by the requests that are still kept.
fn was_assigned(context: &Context<'_>, kind: &Kind, subject: &Subject) -> bool {
    requests_of(context, kind, subject).iter().any(|row| text(row, "status") == "Provisioned")
}

/// The requests about a subject that are still kept.
pub fn requests_of(context: &Context<'_>, kind: &Kind, subject: &Subject) -> Vec<Row> {
    let keys = context.truth.with(kind.requests.table, "principalId", &subject.principal).unwrap_or_default();
    let rows = keys.iter().filter_map(|key| context.truth.get(kind.requests.table, key));
    rows.filter(|row| Subject::of_row(row).as_ref() == Some(subject)).collect()
}

/// The changes that take an assignment away. Unverified: that the floor counts from the last change of the schedule,
/// whose start every request rewrites, and that it holds for one that has not begun.
pub fn remove(context: &Context<'_>, kind: &Kind, key: &Key, row: &Properties) -> Result<Vec<Change>, Refusal> {
    let since: Option<Timestamp> = text(row, "modifiedDateTime").parse().ok();
    if since.is_some_and(|since| context.now.duration_since(since) < FLOOR) {
        return Err(Refusal::TooShort);
    }
    Ok(ledger::withdraw(context.truth, kind, key, row))
}
