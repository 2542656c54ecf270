//! Requests: what clients write.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ASSIGNMENT, GROUPS, MAX_REPLICATION_LAG, approvals, caller, grant_key, known, policies};
use crate::{
    clock::ticks,
    directory::{is_guid, links::OWNERS},
    graph::{
        model::{
            collection::Collection,
            context::{Context, FoundObject, HandlerResult, Outcome},
            draft::accept,
            error::GraphError,
            path::ObjectSelector,
            property::WriteAccess,
            render::{Form, entity},
        },
        query::list::{self, ListSource},
    },
    http::Response,
    pim::{self, Action, Decision, DecisionContext, GrantKey, Kind, Refusal, Requester, Rules, ScheduleRequest, Status, ledger, text},
    store::{Change, Properties, Row},
};

/// Answers what requests answer in their own way.
pub fn handle(context: &Context<'_>, kind: &'static Kind, collection: &'static Collection) -> Option<HandlerResult> {
    let rest = context.path.rest();
    match (context.request.method.as_str(), &context.path.single, rest.as_slice()) {
        ("POST", None, []) => Some(create(context, kind, collection)),
        ("POST", Some(ObjectSelector::Id(id)), ["cancel"]) => Some(cancel(context, kind, id)),
        ("GET", None, [function]) if function.starts_with("filterByCurrentUser(") => Some(of_caller(context, collection, function)),
        _ => None,
    }
}

fn create(context: &Context<'_>, kind: &'static Kind, collection: &'static Collection) -> HandlerResult {
    let body = context.body()?;
    let id = Uuid::new_v4().to_string();
    let given = accept(context, collection, id.as_str().into(), &body, WriteAccess::AfterCreation)?.values;
    let value = |name: &str| given.get(name).cloned().unwrap_or_default();
    // A missing value gets the error of a wrong one. Unverified.
    let (name, action) = Action::named(text(&given, "action")).ok_or(Refusal::Invalid)?;
    let grant_key = read_key(&given).ok_or(Refusal::Invalid)?;
    let (info, ticket) = (value("scheduleInfo"), value("ticketInfo"));
    if info.is_null() && !action.removes() {
        return Err(Refusal::Invalid.into());
    }
    let ask = ScheduleRequest {
        id: &id,
        action,
        grant_key: &grant_key,
        info: &info,
        justification: text(&given, "justification"),
        ticket: &ticket,
        more: Properties::new(),
    };
    let mut decision = decide(context, kind, &ask)?;
    let only_validated = value("isValidationOnly") == true;
    let deferred = if only_validated { Properties::new() } else { context.config.pim.defer(&mut decision, context.now) };
    let Decision { status, window, target, mut changes } = decision;
    let now = ticks(context.now);
    let mut row = Properties::clone(&ledger::properties(json!({
        "id": id,
        "accessId": grant_key.access.as_ref(),
        "action": name,
        "approvalId": (status == Status::PendingApproval).then_some(&id),
        "completedDateTime": if status.is_pending() { Value::Null } else { json!(now) },
        // Unverified: where an application stands.
        "createdBy": {"application": null, "device": null, "user": {"displayName": null, "id": caller(context)}},
        "createdDateTime": now,
        "customData": value("customData"),
        "groupId": grant_key.scope.as_ref(),
        "isValidationOnly": only_validated,
        "justification": value("justification"),
        "principalId": grant_key.principal.as_ref(),
        "scheduleInfo": window.map(|window| window.echoed(&info)),
        "status": status.name(),
        "targetScheduleId": target,
        "ticketInfo": {"ticketNumber": ticket["ticketNumber"], "ticketSystem": ticket["ticketSystem"]},
    })));
    row.extend(deferred);
    let found = FoundObject { collection, key: id.as_str().into(), row: row.into() };
    let location = format!("{}/{}/{id}", context.base, collection.path);
    let body = entity(context, &found, Form::plain(false));
    let response = Response::json(StatusCode::CREATED, body).with_header(header::LOCATION, &location);
    if only_validated {
        return Ok(Outcome::read(response));
    }
    changes.extend(policies::onboard(context, &grant_key.scope));
    changes.push(Change::Put { table: kind.requests, key: found.key, row: found.row });
    Ok(Outcome { response, changes })
}

fn read_key(given: &Properties) -> Option<GrantKey> {
    let (group, principal) = (text(given, "groupId"), text(given, "principalId"));
    let grant_key = grant_key(group, text(given, "accessId"), principal)?;
    (is_guid(group) && is_guid(principal) && grant_key.scope != grant_key.principal).then_some(grant_key)
}

fn decide(context: &Context<'_>, kind: &'static Kind, ask: &ScheduleRequest<'_>) -> Result<Decision, GraphError> {
    if ask.action.is_own() {
        let user = super::must_be_user(context)?;
        // One activates an assignment and not an eligibility, and asks for oneself. Unverified: the texts.
        if !(kind.is_active() || ask.action.is_request_to_administrator()) || ask.grant_key.principal.as_ref() != user {
            return Err(Refusal::Invalid.into());
        }
    }
    let group = check_key(context, kind, ask.grant_key)?;
    let rules = policies::rules(context.truth, ask.grant_key);
    let lag = context.config.lag_seed.map(|_| MAX_REPLICATION_LAG);
    let ground = DecisionContext { view: context.truth, service: &GROUPS, rules: Rules(&rules), lag, now: context.now };
    // Unverified: an application cannot do MFA; that it is let through is a guess.
    let mfa = !context.caller.is_user() || context.caller.methods.iter().any(|method| method == "mfa");
    let who = Requester { mfa, contexts: &context.caller.contexts };
    if ask.action.is_request_to_administrator() {
        return Ok(ground.decide_asking(kind, ask)?);
    }
    if ask.action.is_own() {
        return Ok(ground.decide_own(ask, &who)?);
    }
    must_administer(context, &group)?;
    Ok(ground.decide(kind, ask, &who)?)
}

/// Refuses groups that PIM cannot have, and principals that it does not know; the group.
fn check_key(context: &Context<'_>, kind: &Kind, grant_key: &GrantKey) -> Result<Row, Refusal> {
    let group = known(context, &grant_key.scope).ok_or(Refusal::NoSuchObject)?;
    let principal = known(context, &grant_key.principal).ok_or(Refusal::NoSuchObject)?;
    let is = |name: &str| group.row.get(name) == Some(&json!(true));
    let dynamic = group.row.get("groupTypes").and_then(Value::as_array).is_some_and(|types| types.contains(&json!("DynamicMembership")));
    // Documented as impossible; status, code and text are unverified.
    let impossible = group.collection.kind != "group" || dynamic || is("onPremisesSyncEnabled");
    let nested = principal.collection.kind == "group" && kind.is_active();
    let known = ["user", "group", "servicePrincipal"].contains(&principal.collection.kind);
    // A role-assignable group can have another group as eligible member, and not as an active one; who owns a group can
    // only be a user or an application.
    let never = nested && (is("isAssignableToRole") || grant_key.access.as_ref() == "owner");
    if impossible || never || !known { Err(Refusal::Invalid) } else { Ok(group.row) }
}

/// A user who asks for others must be the tenant's administrator, or own the group. Applications have their permissions.
fn must_administer(context: &Context<'_>, group: &Row) -> Result<(), GraphError> {
    let Some(user) = super::user(context) else { return Ok(()) };
    let owns = context.truth.linked(OWNERS, text(group, "id"), user);
    // Unverified: the text. That neither is refused is documented.
    if owns || super::administers(user) { Ok(()) } else { Err(GraphError::denied()) }
}

/// `POST .../{id}/cancel`: only what has not happened yet.
fn cancel(context: &Context<'_>, kind: &Kind, id: &str) -> HandlerResult {
    let row = context.truth.get(kind.requests, id).ok_or_else(|| GraphError::not_found(id))?;
    let mine = text(&row, "principalId") == caller(context);
    if super::user(context).is_some_and(|user| !mine && !super::administers(user)) {
        return Err(GraphError::denied());
    }
    Ok(Outcome::no_content(cancelled(context, kind, &row)?))
}

/// Unverified: code and text for what cannot be cancelled any more.
fn cancelled(context: &Context<'_>, kind: &Kind, row: &Row) -> Result<Vec<Change>, Refusal> {
    pim::cancelled(context.truth, &GROUPS, kind, row, context.now).ok_or(Refusal::Invalid)
}

/// `filterByCurrentUser(on='...')`: as principal, as the one who asked, as approver.
fn of_caller(context: &Context<'_>, collection: &'static Collection, function: &str) -> HandlerResult {
    let me = caller(context);
    let on = super::function_argument(function);
    let concerns = |row: &Properties| match on {
        Some("principal") => text(row, "principalId") == me,
        Some("createdBy") => row.get("createdBy").is_some_and(|by| by["user"]["id"] == me),
        Some("approver") => collection.table == ASSIGNMENT.requests && approvals::waits_for(context, row, me),
        _ => false,
    };
    if !matches!(on, Some("principal" | "createdBy" | "approver")) {
        return Err(GraphError::no_such_segment(function));
    }
    let rows = context.view.rows(collection.table, None).filter(|(_, row)| concerns(row));
    let all: Vec<FoundObject> = rows.map(|(key, row)| FoundObject { collection, key, row }).collect();
    list::page(context, ListSource::Given(collection, &all))
}
