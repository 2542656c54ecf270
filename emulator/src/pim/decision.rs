//! Decisions about schedule requests.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    GrantKey, Kind, MIN_DURATION, Purpose, Refusal, Rules, Service, Window, approvals,
    ledger::{self, Grant},
    text,
};
use crate::{
    clock::ticks,
    directory::principals::groups_of,
    store::{Change, Key, Properties, Row, View},
};

/// The action of a request.
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
    /// Somebody asks an administrator to prolong what they have.
    AskToExtend,
    /// Somebody asks an administrator to give again what has ended.
    AskToRenew,
}

impl Action {
    /// Names in the letter case of Graph's answers.
    const ALL: [(&str, Self); 9] = [
        ("adminAssign", Self::Assign),
        ("adminUpdate", Self::Update),
        ("adminExtend", Self::Extend),
        ("adminRenew", Self::Renew),
        ("adminRemove", Self::Remove),
        ("selfActivate", Self::Activate),
        ("selfDeactivate", Self::Deactivate),
        ("selfExtend", Self::AskToExtend),
        ("selfRenew", Self::AskToRenew),
    ];

    /// By name in whatever letter case, with the name as Graph's answers have it.
    pub fn named(name: &str) -> Option<(&'static str, Self)> {
        Self::ALL.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Whether it takes something away, and so needs no schedule.
    pub fn removes(self) -> bool {
        matches!(self, Self::Remove | Self::Deactivate)
    }

    /// Whether people ask it for themselves.
    pub fn is_own(self) -> bool {
        matches!(self, Self::Activate | Self::Deactivate) || self.is_request_to_administrator()
    }

    /// Whether people ask an administrator for it.
    pub fn is_request_to_administrator(self) -> bool {
        matches!(self, Self::AskToExtend | Self::AskToRenew)
    }
}

/// The status of a request.
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
    /// An administrator must answer.
    PendingAdminDecision,
    /// The service is at it.
    PendingProvisioning,
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
            Self::PendingAdminDecision => "PendingAdminDecision",
            Self::PendingProvisioning => "PendingProvisioning",
            Self::Denied => "Denied",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
        }
    }

    /// Whether something is still to come.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Granted | Self::PendingApproval | Self::PendingAdminDecision | Self::PendingProvisioning)
    }
}

/// A request, read.
#[derive(Debug)]
pub struct ScheduleRequest<'a> {
    /// Its id.
    pub id: &'a str,
    /// The requested action.
    pub action: Action,
    /// For whom.
    pub grant_key: &'a GrantKey,
    /// `scheduleInfo`
    pub info: &'a Value,
    /// Why.
    pub justification: &'a str,
    /// `ticketInfo`
    pub ticket: &'a Value,
    /// Further properties of the assignment that the service keeps.
    pub more: Properties,
}

/// The caller who sends a request.
#[derive(Debug)]
pub struct Requester<'a> {
    /// Whether more than a password was proved.
    pub mfa: bool,
    /// Authentication contexts that the token has.
    pub contexts: &'a [String],
}

/// The state on which a decision is based.
#[derive(Debug, Clone, Copy)]
pub struct DecisionContext<'a> {
    /// The store as it is.
    pub view: View<'a>,
    /// The service.
    pub service: &'static Service,
    /// The policy's rules.
    pub rules: Rules<'a>,
    /// How long an activation is still there after it was given back, where the tenant lags.
    pub lag: Option<SignedDuration>,
    /// The tenant's time.
    pub now: Timestamp,
}

/// The decision about a request.
#[derive(Debug)]
pub struct Decision {
    /// The status that the request gets.
    pub status: Status,
    /// When it holds, unless it takes something away.
    pub window: Option<Window>,
    /// The schedule.
    pub target: String,
    /// Changes besides the request's own row.
    pub changes: Vec<Change>,
}

impl DecisionContext<'_> {
    /// Decides on an administrator's request.
    pub fn decide(&self, kind: &'static Kind, ask: &ScheduleRequest<'_>, who: &Requester<'_>) -> Result<Decision, Refusal> {
        let standing = ledger::schedule_of(self.view, kind, ask.grant_key);
        if ask.action.removes() {
            let (key, row) = standing.ok_or(Refusal::Missing)?;
            return self.remove(kind, &key, &row);
        }
        let window = Window::of(ask.info, self.now)?;
        let created = match (ask.action, &standing) {
            (Action::Assign, None) if !self.holds(kind, ask.grant_key) => self.now,
            // What has ended can be renewed as long as it is remembered. Unverified: the answer to a renewal before the end.
            (Action::Renew, None) if self.was_assigned(kind, ask.grant_key) => self.now,
            (Action::Assign | Action::Renew, Some(_)) | (Action::Assign, None) => return Err(Refusal::Exists),
            (Action::Update | Action::Extend, Some((_, row))) => text(row, "createdDateTime").parse().unwrap_or(self.now),
            (_, None) => return Err(Refusal::Missing),
            _ => return Err(Refusal::Invalid),
        };
        let broken = self.rules.broken_rules(kind.purpose, window, ask.justification, ask.ticket, who.mfa);
        if !broken.is_empty() {
            return Err(Refusal::Policy(broken));
        }
        let activated = standing.as_ref().and_then(|(_, row)| row.get("activatedUsingId")).and_then(Value::as_str);
        let target = (kind.id)(ask.grant_key, ask.id);
        let grant = Grant { request: ask.id, id: &target, window, activated, created, more: ask.more.clone() };
        let mut changes = ledger::grant(self.view, kind, ask.grant_key, &grant, self.now);
        changes.extend(self.close_pending(kind, ask.grant_key));
        let status = if window.start > self.now { Status::Granted } else { Status::Provisioned };
        Ok(Decision { status, window: Some(window), target, changes })
    }

    /// Decides on what somebody asks for themselves.
    pub fn decide_own(&self, ask: &ScheduleRequest<'_>, who: &Requester<'_>) -> Result<Decision, Refusal> {
        let kind = self.service.assignment;
        let standing = ledger::schedule_of(self.view, kind, ask.grant_key);
        if ask.action.removes() {
            let (key, row) = standing.filter(|(_, row)| text(row, "assignmentType") == "activated").ok_or(Refusal::Missing)?;
            return self.remove(kind, &key, &row);
        }
        let window = Window::of(ask.info, self.now)?;
        let active = standing.is_some() || self.holds(kind, ask.grant_key);
        // One that begins later gets the same error (as captured).
        if active || window.start > self.now || self.was_just_active(ask.grant_key) {
            return Err(Refusal::Exists);
        }
        if self.requests_of(kind, ask.grant_key).iter().any(|row| text(row, "status") == Status::PendingApproval.name()) {
            return Err(Refusal::Pending);
        }
        let eligibility = eligibility(self.view, self.service, ask.grant_key);
        let mut broken = self.rules.broken_rules(Purpose::Activation, window, ask.justification, ask.ticket, who.mfa);
        if eligibility.is_none() {
            broken.insert(0, "EligibilityRule");
        }
        if !broken.is_empty() {
            return Err(Refusal::Policy(broken));
        }
        if let Some(wanted) = self.rules.context().filter(|wanted| !who.contexts.iter().any(|one| one == wanted)) {
            return Err(Refusal::Context(wanted.to_owned()));
        }
        let target = (kind.id)(ask.grant_key, ask.id);
        let (status, changes) = if self.rules.needs_approval() {
            (Status::PendingApproval, vec![approvals::open(self.service, ask.id, ask.grant_key, self.rules, self.now)])
        } else {
            let activated = eligibility.as_deref();
            let grant = Grant { request: ask.id, id: &target, window, activated, created: self.now, more: ask.more.clone() };
            (Status::Provisioned, ledger::grant(self.view, kind, ask.grant_key, &grant, self.now))
        };
        Ok(Decision { status, window: Some(window), target, changes })
    }

    /// Decides on what somebody asks an administrator for. The answer is the administrator's own request, which prolongs or renews it.
    pub fn decide_asking(&self, kind: &'static Kind, ask: &ScheduleRequest<'_>) -> Result<Decision, Refusal> {
        let window = Window::of(ask.info, self.now)?;
        let standing = ledger::schedule_of(self.view, kind, ask.grant_key);
        match (ask.action, standing) {
            (Action::AskToExtend, None) => return Err(Refusal::Missing),
            (Action::AskToRenew, Some(_)) => return Err(Refusal::Exists),
            (Action::AskToRenew, None) if !self.was_assigned(kind, ask.grant_key) => return Err(Refusal::Missing),
            _ => {}
        }
        if self.pending_admin_requests(kind, ask.grant_key).next().is_some() {
            return Err(Refusal::Pending);
        }
        let target = (kind.id)(ask.grant_key, ask.id);
        Ok(Decision { status: Status::PendingAdminDecision, window: Some(window), target, changes: Vec::new() })
    }

    /// The requests that wait for an administrator's answer.
    fn pending_admin_requests(&self, kind: &Kind, grant_key: &GrantKey) -> impl Iterator<Item = Row> {
        self.requests_of(kind, grant_key).into_iter().filter(|row| text(row, "status") == Status::PendingAdminDecision.name())
    }

    /// The changes that close them. Unverified: what they are called then.
    fn close_pending(&self, kind: &Kind, grant_key: &GrantKey) -> Vec<Change> {
        let close = |row: Row| {
            let closed = ledger::with(&row, "status", Status::Provisioned.name().into());
            let closed = ledger::with(&closed, "completedDateTime", ticks(self.now).into());
            Change::Put { table: kind.requests, key: text(&row, "id").into(), row: closed }
        };
        self.pending_admin_requests(kind, grant_key).map(close).collect()
    }

    /// Takes an assignment away. Unverified: that the floor counts from the last change of the schedule, whose start every
    /// request rewrites, and that it holds for one that has not begun.
    fn remove(&self, kind: &Kind, key: &Key, row: &Properties) -> Result<Decision, Refusal> {
        let since: Option<Timestamp> = text(row, "modifiedDateTime").parse().ok();
        if since.is_some_and(|since| self.now.duration_since(since) < MIN_DURATION) {
            return Err(Refusal::TooShort);
        }
        let changes = ledger::withdraw(self.view, kind, key, row);
        Ok(Decision { status: Status::Revoked, window: None, target: key.to_string(), changes })
    }

    /// Whether somebody has it without any schedule. Unverified: that an active assignment beside it is refused; the portal
    /// shows such members as active.
    fn holds(&self, kind: &Kind, grant_key: &GrantKey) -> bool {
        kind.effect.as_ref().is_some_and(|effect| (effect.holds)(self.view, grant_key))
    }

    /// Whether there was an assignment once, by the requests that are still kept.
    fn was_assigned(&self, kind: &Kind, grant_key: &GrantKey) -> bool {
        self.requests_of(kind, grant_key).iter().any(|row| text(row, "status") == "Provisioned")
    }

    /// Whether somebody gave an activation back a moment ago: a new one was seen to be accepted about twelve seconds later.
    fn was_just_active(&self, grant_key: &GrantKey) -> bool {
        let recent = |row: &Row| {
            let completed: Option<Timestamp> = text(row, "completedDateTime").parse().ok();
            let age = completed.map(|completed| self.now.duration_since(completed));
            text(row, "status") == Status::Revoked.name() && age.zip(self.lag).is_some_and(|(age, lag)| age < lag)
        };
        self.lag.is_some() && self.requests_of(self.service.assignment, grant_key).iter().any(recent)
    }

    /// The requests about a grant key that are still kept.
    fn requests_of(&self, kind: &Kind, grant_key: &GrantKey) -> Vec<Row> {
        let keys = self.view.with(kind.requests, "principalId", &grant_key.principal).unwrap_or_default();
        let rows = keys.iter().filter_map(|key| self.view.get(kind.requests, key));
        rows.filter(|row| kind.grant_key(row) == *grant_key).collect()
    }
}

/// The eligibility in force that somebody can activate: their own, or that of a group that they are in.
pub fn eligibility(view: View<'_>, service: &Service, grant_key: &GrantKey) -> Option<Key> {
    let kind = service.eligibility;
    let groups = groups_of(view, &grant_key.principal);
    let places = (service.above)(view, &grant_key.scope);
    let keys = places.iter().flat_map(|place| view.with(kind.instances, kind.place, place).unwrap_or_default());
    let mut rows = keys.filter_map(|key| view.get(kind.instances, &key));
    let theirs = |row: &Row| {
        let found = kind.grant_key(row);
        found.access == grant_key.access && (found.principal == grant_key.principal || groups.contains(&found.principal))
    };
    rows.find(theirs).map(|row| text(&row, kind.schedule_id).into())
}
