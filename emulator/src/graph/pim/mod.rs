//! Privileged Identity Management for groups (service-behaviour sections 6 and 7).
//!
//! Three layers say the same thing: a request is what was asked for and stays as history ([`requests`]), a schedule is
//! the rule that came of it, an instance is what is in force now ([`ledger`]). Only requests are written by clients. What
//! they must observe is the group's policy for the access ([`policies`]). People ask for themselves ([`activation`]), and
//! others may have to agree ([`approvals`]).

mod activation;
mod approvals;
mod decision;
mod ledger;
mod permissions;
mod policies;
mod requests;

pub use ledger::{activate, forget, without_assignment};

use self::permissions::About;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    collection::{Collection, Link, Service, reverse},
    context::{Context, Found, Handled, in_directory, related},
    error::GraphError,
    list::{self, Listed},
    rows::{
        MEMBERS, OWNERS,
        pim::{
            APPROVALS, ASSIGNMENT_INSTANCES, ASSIGNMENT_REQUESTS, ASSIGNMENT_SCHEDULES, ELIGIBILITY_INSTANCES, ELIGIBILITY_REQUESTS,
            ELIGIBILITY_SCHEDULES, POLICIES, POLICY_ASSIGNMENTS,
        },
    },
};
use crate::{
    chance,
    pim::{Purpose, Refusal},
    store::{Change, Key, Properties, View},
    tenant,
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
    /// Which permissions it needs.
    about: About,
}

/// Who may become active.
pub static ELIGIBILITY: Kind = Kind {
    requests: &ELIGIBILITY_REQUESTS,
    schedules: &ELIGIBILITY_SCHEDULES,
    instances: &ELIGIBILITY_INSTANCES,
    schedule_id: "eligibilityScheduleId",
    purpose: Purpose::Eligibility,
    about: About::Eligibility,
};

/// Who is active.
pub static ASSIGNMENT: Kind = Kind {
    requests: &ASSIGNMENT_REQUESTS,
    schedules: &ASSIGNMENT_SCHEDULES,
    instances: &ASSIGNMENT_INSTANCES,
    schedule_id: "assignmentScheduleId",
    purpose: Purpose::Assignment,
    about: About::Assignment,
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
    if collection.service != Service::Governance {
        return None;
    }
    let of = |known: &Collection| known.table == collection.table;
    let kind = KINDS.iter().copied().find(|kind| [kind.requests, kind.schedules, kind.instances].into_iter().any(of));
    let about = match kind {
        Some(kind) => kind.about,
        None if of(&APPROVALS) => About::Assignment,
        None => About::Policy,
    };
    if let Err(refusal) = permissions::check(context, about).and_then(|()| licensed(context)) {
        return Some(Err(refusal));
    }
    match kind {
        Some(kind) if of(kind.requests) => requests::handle(context, kind),
        Some(_) => mine(context, collection),
        None if of(&APPROVALS) => Some(approvals::handle(context)),
        None if of(&POLICIES) => Some(policies::handle(context)),
        None if of(&POLICY_ASSIGNMENTS) => Some(policies::assignments(context)),
        None => None,
    }
}

/// `filterByCurrentUser(on='principal')` of schedules and instances: the caller's own. Unverified: that what a group of
/// theirs has is told by the group's rows.
fn mine(context: &Context<'_>, collection: &'static Collection) -> Option<Handled> {
    let rest = context.path.rest();
    let ("GET", None, [function]) = (context.call.method.as_str(), &context.path.single, rest.as_slice()) else { return None };
    let argument = function_argument(function)?;
    if argument != "principal" {
        return Some(Err(GraphError::no_such_segment(function)));
    }
    let groups = groups_of(context.view, caller(context));
    let theirs = |row: &Properties| {
        let principal = text(row, "principalId");
        principal == caller(context) || groups.iter().any(|group| group.as_ref() == principal)
    };
    let rows = context.view.rows(collection.table, None).filter(|(_, row)| theirs(row));
    let all: Vec<Found> = rows.map(|(key, row)| Found { collection, key, row }).collect();
    Some(list::page(context, Listed::Given(collection, &all)))
}

/// The argument of `filterByCurrentUser(on='...')`.
fn function_argument(function: &str) -> Option<&str> {
    function.strip_prefix("filterByCurrentUser(on='")?.strip_suffix("')")
}

/// The changes that time has made by `now`.
pub fn pass(view: View<'_>, now: Timestamp) -> Vec<Change> {
    let mut out = ledger::pass(view, now);
    out.extend(approvals::pass(view, now));
    out
}

/// When time has something to do next.
pub fn next(view: View<'_>) -> Option<Timestamp> {
    [ledger::next(view), approvals::next(view)].into_iter().flatten().min()
}

/// Whether a change is to something that time acts upon.
pub fn is_timed(change: &Change) -> bool {
    let Change::Put { table, .. } = change else { return false };
    *table == APPROVALS.table || KINDS.iter().any(|kind| kind.schedules.table == *table || kind.requests.table == *table)
}

fn licensed(context: &Context<'_>) -> Result<(), GraphError> {
    if context.emulator.switches.identity_governance_is_licensed {
        return Ok(());
    }
    let text = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.";
    Err(GraphError::new(StatusCode::BAD_REQUEST, "AadPremiumLicenseRequired", text))
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
fn caller<'c>(context: &Context<'c>) -> &'c str {
    &context.caller.object_id
}

/// The user who is calling, if it is one.
fn user<'c>(context: &Context<'c>) -> Option<&'c str> {
    context.caller.is_user().then(|| caller(context))
}

/// The user who is calling; refuses applications. Unverified: with which code and text.
fn must_be_user<'c>(context: &Context<'c>) -> Result<&'c str, GraphError> {
    user(context).ok_or_else(|| permissions::refusal(&["PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup (delegated)"]))
}

/// Whether a user may decide for others. There are no directory roles here: it is the tenant's one administrator.
fn administers(user: &str) -> bool {
    user == tenant::ADMINISTRATOR_ID
}

/// Whether the caller has proved more than a password. Unverified: an application cannot, and is let through.
fn has_mfa(context: &Context<'_>) -> bool {
    !context.caller.is_user() || context.caller.methods.iter().any(|method| method == "mfa")
}

/// Groups, directly or through other groups.
static GROUPS: Link = reverse("transitiveMemberOf", &[MEMBERS]).transitive();

/// The groups that a principal is in.
fn groups_of(view: View<'_>, principal: &str) -> Vec<Key> {
    related(view, &GROUPS, principal, None)
}

fn text<'r>(row: &'r Properties, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}
