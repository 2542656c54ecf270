//! Privileged Identity Management for Azure roles (docs/services/pim.md#policies-of-azure-roles, docs/services/pim.md#azure-roles): what is Azure Resource
//! Manager's own about it. What it has in common with the one for groups is in [`crate::pim`].

mod approvals;
mod children;
mod policies;
mod render;
mod requests;
mod schedules;

use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use super::{
    records::{
        assignments,
        scope::{Scope, ancestors},
    },
    request::{error::ArmError, route::Route},
};
use crate::{
    pim::{self, Effect, GrantKey, Kind, Purpose, Refusal, ledger, text},
    store::{Change, Key, Properties, TableSpec, View},
};

/// The routes of this module.
pub static ROUTES: [&[Route]; 5] = [requests::ROUTES, schedules::ROUTES, policies::ROUTES, approvals::ROUTES, children::ROUTES];

/// The tables. `scope` is in lower case, and empty for the root.
pub const TABLES: &[TableSpec] = &[
    TableSpec { name: ELIGIBILITY.requests, indexed: &["scope", "principalId"] },
    TableSpec { name: ELIGIBILITY.schedules, indexed: &["scope", "principalId"] },
    TableSpec { name: ELIGIBILITY.instances, indexed: &["scope", "principalId", ELIGIBILITY.schedule_id] },
    TableSpec { name: ASSIGNMENT.requests, indexed: &["scope", "principalId"] },
    TableSpec { name: ASSIGNMENT.schedules, indexed: &["scope", "principalId"] },
    TableSpec { name: ASSIGNMENT.instances, indexed: &["scope", "principalId", ASSIGNMENT.schedule_id] },
    TableSpec { name: ROLES.approvals, indexed: &[] },
    TableSpec { name: policies::TABLE, indexed: &["scope"] },
];

/// Eligible assignments of roles.
const ELIGIBILITY: Kind = Kind {
    requests: "roleEligibilityScheduleRequests",
    schedules: "roleEligibilitySchedules",
    instances: "roleEligibilityScheduleInstances",
    place: "scope",
    what: "roleDefinition",
    schedule_id: "scheduleId",
    purpose: Purpose::Eligibility,
    id: new_id,
    effect: None,
};

/// Active assignments of roles.
const ASSIGNMENT: Kind = Kind {
    requests: "roleAssignmentScheduleRequests",
    schedules: "roleAssignmentSchedules",
    instances: "roleAssignmentScheduleInstances",
    place: "scope",
    what: "roleDefinition",
    schedule_id: "scheduleId",
    purpose: Purpose::Assignment,
    id: new_id,
    effect: Some(Effect { holds, begin, end }),
};

/// The two, in one place of memory each.
static KINDS: (Kind, Kind) = (ELIGIBILITY, ASSIGNMENT);

/// Privileged Identity Management for Azure roles.
pub static ROLES: pim::Service = pim::Service {
    eligibility: &KINDS.0,
    assignment: &KINDS.1,
    approvals: "roleAssignmentApprovals",
    above: |view, scope| ancestors(view, &Scope::new(scope)).into_iter().map(Into::into).collect(),
};

/// Ids of schedules and instances are GUIDs, new ones each time.
fn new_id(_: &GrantKey, _: &str) -> String {
    Uuid::new_v4().to_string()
}

/// The name of the role assignment that an active assignment is: always the same for the same grant key.
fn assignment_name(grant_key: &GrantKey) -> String {
    let text = format!("{} {} {}", grant_key.scope, grant_key.access, grant_key.principal);
    Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).to_string()
}

/// Whether somebody holds the role at the scope itself.
fn holds(view: View<'_>, grant_key: &GrantKey) -> bool {
    let same = |row: &crate::store::Row| {
        text(row, "principalId") == grant_key.principal.as_ref() && text(row, "roleDefinition") == grant_key.access.as_ref()
    };
    assignments::at(view, &grant_key.scope).iter().any(same)
}

/// An active assignment is a role assignment, as long as it holds.
fn begin(_: View<'_>, grant_key: &GrantKey, row: &Properties, now: jiff::Timestamp) -> Vec<Change> {
    let (name, scope) = (assignment_name(grant_key), Scope::new(text(row, "scopeText")));
    let new = assignments::New {
        name: &name,
        scope: scope.shown(),
        role: &grant_key.access,
        principal: &grant_key.principal,
        kind: text(row, "principalType"),
        by: text(row, "requestorId"),
    };
    let mut change = new.change(now);
    if let Change::Put { row: assignment, .. } = &mut change {
        let mut more = Properties::clone(assignment);
        more.insert(SCHEDULE_MARK.into(), json!(true));
        for name in ["condition", "conditionVersion"] {
            more.extend(row.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        *assignment = more.into();
    }
    vec![change]
}

/// The mark of a role assignment that a schedule has made; no answer shows it.
const SCHEDULE_MARK: &str = "~schedule";

fn end(grant_key: &GrantKey) -> Vec<Change> {
    vec![Change::Remove { table: assignments::TABLE, key: assignment_name(grant_key).into() }]
}

/// The changes that remove the schedule of a role assignment that somebody deletes. Unverified: that it goes with it.
pub fn without_assignment(view: View<'_>, assignment: &Properties) -> Vec<Change> {
    let grant_key = GrantKey {
        scope: Scope::new(text(assignment, "scope")).key().into(),
        access: text(assignment, "roleDefinition").into(),
        principal: text(assignment, "principalId").into(),
    };
    if assignment.contains_key(SCHEDULE_MARK) { ledger::without_assignment(view, ROLES.assignment, &grant_key) } else { Vec::new() }
}

/// The changes that forget everything at a scope that is gone, and below it.
pub fn without_scope(view: View<'_>, gone: &Scope) -> Vec<Change> {
    let tables = TABLES.iter().map(|spec| spec.name).filter(|table| *table != ROLES.approvals);
    let keys = |table: &'static str| -> Vec<Key> {
        let there = view.rows(table, None).filter(|(_, row)| gone.covers(&Scope::new(text(row, "scope"))));
        there.map(|(key, _)| key).collect()
    };
    tables.flat_map(|table| keys(table).into_iter().map(move |key| Change::Remove { table, key })).collect()
}

/// Whether somebody is eligible for a role, or active in it through Privileged Identity Management.
pub fn is_granted(view: View<'_>, role: &str) -> bool {
    ROLES.kinds().iter().any(|kind| view.rows(kind.schedules, None).any(|(_, row)| text(&row, "roleDefinition") == role))
}

impl From<Refusal> for ArmError {
    fn from(refusal: Refusal) -> Self {
        Self::new(StatusCode::BAD_REQUEST, refusal.code(), refusal.message())
    }
}
