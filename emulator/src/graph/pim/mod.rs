//! Privileged Identity Management for groups (docs/services/pim.md, docs/services/pim.md#policies-of-groups): what is Graph's own about it. What it
//! has in common with the one for Azure roles is in [`crate::pim`].
//!
//! Only requests are written by clients ([`requests`]); schedules and instances follow from them. What requests must
//! observe is the group's policy for the access ([`policies`]); where somebody has to agree, people do so at [`approvals`].

mod approvals;
mod authorization;
mod policies;
mod requests;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use self::authorization::PermissionArea;
use super::{
    model::{
        collection::{Collection, Service},
        context::{Context, FoundObject, HandlerResult},
        error::GraphError,
    },
    query::list::{self, ListSource},
    rows::{
        in_directory,
        pim::{
            APPROVALS, ASSIGNMENT_INSTANCES, ASSIGNMENT_REQUESTS, ASSIGNMENT_SCHEDULES, ELIGIBILITY_INSTANCES, ELIGIBILITY_REQUESTS,
            ELIGIBILITY_SCHEDULES, POLICIES, POLICY_ASSIGNMENTS,
        },
    },
};
use crate::{
    directory::{
        links::{MEMBERS, OWNERS},
        principals::groups_of,
    },
    pim::{self, Effect, Grant, GrantKey, Kind, Purpose, Refusal, Window, ledger, text},
    random,
    store::{Change, Key, Properties, View},
    tenant::ids,
};

/// Who may become a member or owner.
static ELIGIBILITY: Kind = Kind {
    requests: ELIGIBILITY_REQUESTS.table,
    schedules: ELIGIBILITY_SCHEDULES.table,
    instances: ELIGIBILITY_INSTANCES.table,
    place: "groupId",
    what: "accessId",
    schedule_id: "eligibilityScheduleId",
    purpose: Purpose::Eligibility,
    id,
    effect: None,
};

/// Who is one.
static ASSIGNMENT: Kind = Kind {
    requests: ASSIGNMENT_REQUESTS.table,
    schedules: ASSIGNMENT_SCHEDULES.table,
    instances: ASSIGNMENT_INSTANCES.table,
    place: "groupId",
    what: "accessId",
    schedule_id: "assignmentScheduleId",
    purpose: Purpose::Assignment,
    id,
    effect: Some(Effect {
        holds: |view, grant_key| relation(grant_key).is_some_and(|relation| view.linked(relation, &grant_key.scope, &grant_key.principal)),
        begin: |_, grant_key, _, _| {
            let link = |relation| Change::Link { relation, from: grant_key.scope.clone(), to: grant_key.principal.clone() };
            relation(grant_key).map(link).into_iter().collect()
        },
        end: |grant_key| {
            let unlink = |relation| Change::Unlink { relation, from: grant_key.scope.clone(), to: grant_key.principal.clone() };
            relation(grant_key).map(unlink).into_iter().collect()
        },
    }),
};

/// Privileged Identity Management for groups.
pub static GROUPS: pim::Service =
    pim::Service { eligibility: &ELIGIBILITY, assignment: &ASSIGNMENT, approvals: APPROVALS.table, above: |_, group| vec![group.into()] };

/// The kinds of access to a group, and the store's relation for each.
const ACCESS: [(&str, &str); 2] = [("member", MEMBERS), ("owner", OWNERS)];

/// The id of a schedule or instance.
fn id(grant_key: &GrantKey, new: &str) -> String {
    format!("{}_{}_{new}", grant_key.scope, grant_key.access)
}

/// By ids in whatever letter case; `None` when the access is none.
fn grant_key(group: &str, access: &str, principal: &str) -> Option<GrantKey> {
    let (access, _) = ACCESS.iter().find(|(name, _)| name.eq_ignore_ascii_case(access))?;
    Some(GrantKey { scope: group.to_lowercase().into(), access: (*access).into(), principal: principal.to_lowercase().into() })
}

fn relation(grant_key: &GrantKey) -> Option<&'static str> {
    ACCESS.iter().find(|(name, _)| *name == grant_key.access.as_ref()).map(|(_, relation)| *relation)
}

/// Answers what these collections answer in their own way; `None`: they answer as all do.
pub fn handle(context: &Context<'_>, collection: &'static Collection) -> Option<HandlerResult> {
    if collection.service != Service::Governance {
        return None;
    }
    let of = |known: &Collection| known.table == collection.table;
    let (eligibility, assignment) = (ELIGIBILITY.tables().contains(&collection.table), ASSIGNMENT.tables().contains(&collection.table));
    let about = match (eligibility, assignment || of(&APPROVALS)) {
        (true, _) => PermissionArea::Eligibility,
        (_, true) => PermissionArea::Assignment,
        _ => PermissionArea::Policy,
    };
    if let Err(refusal) = authorization::check(context, about).and_then(|()| licensed(context)) {
        return Some(Err(refusal));
    }
    match collection.table {
        _ if of(&ELIGIBILITY_REQUESTS) => requests::handle(context, &ELIGIBILITY, collection),
        _ if of(&ASSIGNMENT_REQUESTS) => requests::handle(context, &ASSIGNMENT, collection),
        _ if eligibility || assignment => of_caller(context, collection),
        _ if of(&APPROVALS) => Some(approvals::handle(context)),
        _ if of(&POLICIES) => Some(policies::handle(context)),
        _ if of(&POLICY_ASSIGNMENTS) => Some(policies::assignments(context)),
        _ => None,
    }
}

/// `filterByCurrentUser(on='principal')` of schedules and instances: the caller's own. Unverified: that what a group of
/// theirs has is found by the group's rows.
fn of_caller(context: &Context<'_>, collection: &'static Collection) -> Option<HandlerResult> {
    let rest = context.path.rest();
    let ("GET", None, [function]) = (context.request.method.as_str(), &context.path.single, rest.as_slice()) else { return None };
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
    let all: Vec<FoundObject> = rows.map(|(key, row)| FoundObject { collection, key, row }).collect();
    Some(list::page(context, ListSource::Given(collection, &all)))
}

/// The argument of `filterByCurrentUser(on='...')`.
fn function_argument(function: &str) -> Option<&str> {
    function.strip_prefix("filterByCurrentUser(on='")?.strip_suffix("')")
}

fn licensed(context: &Context<'_>) -> Result<(), GraphError> {
    if context.config.switches.identity_governance_is_licensed {
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
        let status = if refusal == Refusal::NoSuchObject { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST };
        Self::new(status, refusal.code(), refusal.message())
    }
}

/// Longest that a new group or principal is unknown to PIM, and that something given back is still there, where the
/// tenant lags. Reports range from a second to more than half a minute (docs/services/pim.md#replication); this is short enough for tests.
const MAX_REPLICATION_LAG: SignedDuration = SignedDuration::from_secs(8);

/// A group or principal, as soon as PIM knows it.
fn known(context: &Context<'_>, id: &str) -> Option<FoundObject> {
    let found = in_directory(context.truth, id)?;
    let Some(seed) = context.config.lag_seed else { return Some(found) };
    let index = Uuid::try_parse(id).map(|id| id.as_u64_pair().0).unwrap_or_default();
    let lag = MAX_REPLICATION_LAG.as_secs_f64() * random::fraction(seed, 0x0041_000D, index);
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
    user(context).ok_or_else(|| authorization::refusal(&["PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup (delegated)"]))
}

/// Whether a user may decide for others. There are no directory roles here: it is the tenant's one administrator.
fn administers(user: &str) -> bool {
    user == ids::ADMINISTRATOR_ID
}

/// The changes that end the assignment of a link, when there is one: removing the link by the groups API removes
/// the assignment.
pub fn without_assignment(view: View<'_>, relation: &str, group: &str, principal: &str) -> Vec<Change> {
    let access = ACCESS.iter().find(|(_, known)| *known == relation).map_or("", |(access, _)| access);
    let grant_key = grant_key(group, access, principal);
    grant_key.map(|grant_key| ledger::without_assignment(view, &ASSIGNMENT, &grant_key)).unwrap_or_default()
}

/// The changes that forget everything about a group or principal that is deleted. Unverified: that nothing of it comes
/// back when the object is restored.
pub fn forget(view: View<'_>, key: &str) -> Vec<Change> {
    let mut out = ledger::forget(view, &GROUPS, key);
    let policies = view.with(POLICIES.table, "scopeId", key).unwrap_or_default();
    out.extend(policies.into_iter().map(|key| Change::Remove { table: POLICIES.table, key }));
    out
}

/// The changes that make a principal an active member or owner of a group for a while, as an activation would, whatever
/// the policy says. The error is a sentence.
pub fn activate(
    view: View<'_>,
    group: &str,
    principal: &str,
    access: &str,
    now: Timestamp,
    time: SignedDuration,
) -> Result<Vec<Change>, String> {
    let grant_key = grant_key(group, access, principal).ok_or_else(|| format!("access is 'member' or 'owner', not '{access}'"))?;
    let kind = |id: &str| in_directory(view, id).map(|found| found.collection.kind);
    if kind(group) != Some("group") {
        return Err(format!("there is no group {group}"));
    }
    if kind(principal) != Some("user") {
        return Err(format!("there is no user {principal}"));
    }
    if relation(&grant_key).is_some_and(|relation| view.linked(relation, &grant_key.scope, &grant_key.principal)) {
        return Err(format!("{principal} is {} of {group} already", grant_key.access));
    }
    let end = now.checked_add(time).map_err(|error| error.to_string())?;
    let eligibility: Option<Key> = pim::eligibility(view, &GROUPS, &grant_key);
    let request = Uuid::new_v4().to_string();
    let activation = Grant {
        request: &request,
        id: &id(&grant_key, &request),
        window: Window { start: now, end: Some(end) },
        activated: Some(eligibility.as_deref().unwrap_or_default()),
        created: now,
        more: Properties::new(),
    };
    Ok(ledger::grant(view, &ASSIGNMENT, &grant_key, &activation, now))
}
