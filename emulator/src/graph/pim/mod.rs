//! Privileged Identity Management for groups (service-behaviour sections 6 and 7).
//!
//! Three layers say the same thing: a request is what was asked for and stays as history ([`requests`]), a schedule is
//! the rule that came of it, an instance is what is in force now ([`ledger`]). Only requests are written by clients. What
//! they must observe is the group's policy for the access ([`policies`]).

mod ledger;
mod policies;
mod requests;

pub use ledger::{activate, forget, is_timed, next, pass, without_assignment};

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    collection::Collection,
    context::{Context, Found, Handled, in_directory},
    error::GraphError,
    rows::{
        MEMBERS, OWNERS,
        pim::{
            ASSIGNMENT_INSTANCES, ASSIGNMENT_REQUESTS, ASSIGNMENT_SCHEDULES, ELIGIBILITY_INSTANCES, ELIGIBILITY_REQUESTS,
            ELIGIBILITY_SCHEDULES,
        },
    },
};
use crate::{
    chance,
    pim::{Purpose, Refusal},
    store::{Key, Properties},
};

/// Being eligible and being active have the same three layers.
#[derive(Debug)]
pub struct Kind {
    requests: &'static Collection,
    schedules: &'static Collection,
    instances: &'static Collection,
    /// The instance's property that names the schedule.
    schedule_id: &'static str,
    /// What an administrator's request for it must observe.
    purpose: Purpose,
}

/// Who may become active.
pub static ELIGIBILITY: Kind = Kind {
    requests: &ELIGIBILITY_REQUESTS,
    schedules: &ELIGIBILITY_SCHEDULES,
    instances: &ELIGIBILITY_INSTANCES,
    schedule_id: "eligibilityScheduleId",
    purpose: Purpose::Eligibility,
};

/// Who is active.
pub static ASSIGNMENT: Kind = Kind {
    requests: &ASSIGNMENT_REQUESTS,
    schedules: &ASSIGNMENT_SCHEDULES,
    instances: &ASSIGNMENT_INSTANCES,
    schedule_id: "assignmentScheduleId",
    purpose: Purpose::Assignment,
};

static KINDS: [&Kind; 2] = [&ELIGIBILITY, &ASSIGNMENT];

/// What one can become in a group, and the relation of the store that it is.
const ACCESS: [(&str, &str); 2] = [("member", MEMBERS), ("owner", OWNERS)];

/// Whose what in which group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    group: Key,
    /// `member` or `owner`.
    access: &'static str,
    /// The relation of the store.
    relation: &'static str,
    principal: Key,
}

impl Subject {
    /// By ids in whatever letter case; `None` when the access is none.
    fn of(group: &str, access: &str, principal: &str) -> Option<Self> {
        let (access, relation) = ACCESS.iter().copied().find(|(name, _)| name.eq_ignore_ascii_case(access))?;
        Some(Self { group: group.to_lowercase().into(), access, relation, principal: principal.to_lowercase().into() })
    }

    /// Whose a schedule, an instance or a request is.
    fn of_row(row: &Properties) -> Option<Self> {
        Self::of(text(row, "groupId"), text(row, "accessId"), text(row, "principalId"))
    }
}

/// Answers what these collections answer in their own way; `None`: they answer as all do.
pub fn handle(context: &Context<'_>, collection: &'static Collection) -> Option<Handled> {
    let of = |known: &Collection| known.table == collection.table;
    let schedules = KINDS.iter().any(|kind| of(kind.schedules) || of(kind.instances));
    let requests = KINDS.iter().find(|kind| of(kind.requests));
    let policies = of(&super::rows::pim::POLICIES);
    let assignments = of(&super::rows::pim::POLICY_ASSIGNMENTS);
    if !(schedules || requests.is_some() || policies || assignments) {
        return None;
    }
    if !context.emulator.switches.identity_governance_is_licensed {
        return Some(Err(unlicensed()));
    }
    if policies {
        return Some(policies::handle(context));
    }
    if assignments {
        return Some(policies::assignments(context));
    }
    requests.and_then(|kind| requests::handle(context, kind))
}

fn unlicensed() -> GraphError {
    let text = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.";
    GraphError::new(StatusCode::BAD_REQUEST, "AadPremiumLicenseRequired", text)
}

/// A refusal that the service wraps: the code is unknown, and the message is JSON with the real one.
fn nested(status: StatusCode, code: &str, message: &str) -> GraphError {
    let inner = json!({"errorCode": code, "message": message, "instanceAnnotations": []});
    GraphError::new(status, "UnknownError", inner.to_string())
}

impl From<Refusal> for GraphError {
    fn from(refusal: Refusal) -> Self {
        let status = if refusal == Refusal::NoSubject { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST };
        Self::new(status, refusal.code(), refusal.message())
    }
}

/// Longest that a new group or principal is unknown to PIM, where the tenant lags. Reports range from a second to more
/// than half a minute (section 3); this is short enough for tests.
const LONGEST_UNKNOWN: SignedDuration = SignedDuration::from_secs(8);

/// A group or principal, as soon as PIM knows it.
fn known(context: &Context<'_>, id: &str) -> Option<Found> {
    let found = in_directory(context.truth, id)?;
    let Some(seed) = context.emulator.lagging else { return Some(found) };
    let index = uuid::Uuid::try_parse(id).map(|id| id.as_u64_pair().0).unwrap_or_default();
    let lag = LONGEST_UNKNOWN.as_secs_f64() * chance::fraction(seed, 0x0041_000D, index);
    let created: Option<Timestamp> = text(&found.row, "createdDateTime").parse().ok();
    let age = created.map(|created| context.now.duration_since(created).as_secs_f64());
    age.is_none_or(|age| age >= lag).then_some(found)
}

/// The id of who is calling.
fn caller(_: &Context<'_>) -> String {
    crate::tenant::SERVICE_PRINCIPAL_ID.to_owned()
}

fn text<'r>(row: &'r Properties, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}
