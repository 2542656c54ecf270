//! Privileged Identity Management, as far as Graph and Azure Resource Manager have it in common: what a schedule says,
//! the rules of a policy, and what they refuse (docs/services/pim.md).
//!
//! Both services write schedules and rules almost alike; how each addresses them is its own.

pub mod approvals;
mod decision;
mod kind;
pub mod ledger;
mod refusal;
mod rules;
mod schedule;
mod settings;

pub use self::kind::{Effect, GrantKey, Kind, Service};
pub use decision::{Action, Decision, DecisionContext, Requester, ScheduleRequest, Status, eligibility};
pub use ledger::Grant;
pub use refusal::Refusal;
pub use rules::{Purpose, Rules, default_rules};
pub use schedule::{Window, length};
pub use settings::PimSettings;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::store::{Change, Properties, Row, View};

/// An assignment can neither last shorter nor be removed earlier.
pub const MIN_DURATION: SignedDuration = SignedDuration::from_mins(5);
/// How long requests are kept. Documented for Azure roles; for groups only that they are purged.
pub const REQUESTS_KEPT: SignedDuration = SignedDuration::from_hours(45 * 24);

/// The changes that time has made by `now`.
pub fn pass_time(view: View<'_>, service: &Service, now: Timestamp) -> Vec<Change> {
    let mut out = ledger::pass_time(view, service, now);
    out.extend(approvals::pass_time(view, service, now));
    out.extend(settings::pass_time(view, service, now));
    out
}

/// The changes that take back a request whose time has not come. `None`: it has.
pub fn cancelled(view: View<'_>, service: &Service, kind: &Kind, request: &Row, now: Timestamp) -> Option<Vec<Change>> {
    let status = text(request, "status");
    if status == Status::PendingApproval.name() && kind.is_active() {
        return Some(approvals::cancel(view, service, request, now));
    }
    if ![Status::Granted, Status::PendingProvisioning, Status::PendingAdminDecision].iter().any(|one| one.name() == status) {
        return None;
    }
    let schedule = text(request, "targetScheduleId");
    // What waits for something else has no schedule yet.
    let mut changes = match view.get(kind.schedules, schedule).filter(|_| status == Status::Granted.name()) {
        Some(found) => ledger::withdraw(view, kind, schedule, &found),
        None => Vec::new(),
    };
    let row = ledger::with(request, "status", json!(Status::Canceled.name()));
    changes.push(Change::Put { table: kind.requests, key: text(request, "id").into(), row });
    Some(changes)
}

/// When time has something to do next.
pub fn next(view: View<'_>, service: &Service) -> Option<Timestamp> {
    [ledger::next(view, service), approvals::next(view, service), settings::next(view, service)].into_iter().flatten().min()
}

/// Whether a change is to something that time acts upon.
pub fn is_timed(service: &Service, change: &Change) -> bool {
    let Change::Put { table, .. } = change else { return false };
    *table == service.approvals || service.kinds().iter().any(|kind| kind.schedules == *table || kind.requests == *table)
}

/// A text of a row; empty when there is none.
pub fn text<'r>(row: &'r Properties, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}
