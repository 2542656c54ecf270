//! Requests: what clients write, each under a GUID of their own.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    KINDS, ROLES, policies,
    render::{ObjectKind, object, upper_first},
    schedules,
};
use crate::{
    arm::{
        conditions::{RequestedAction, Source},
        records::{assignments, roles, scope::Scope},
        request::{
            attributes,
            context::{Context, Outcome},
            error::ArmError,
            route::{Route, operation},
        },
    },
    clock::ticks,
    http::Response,
    pim::{self, Action, Decision, DecisionContext, GrantKey, Kind, Refusal, Requester, Rules, ScheduleRequest, Status, ledger, text},
    store::{Change, Properties, Row},
};

/// The routes of this module.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| schedules::list(context, &KINDS.0, ObjectKind::Request))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/{roleEligibilityScheduleRequestName}",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[
            operation(Method::GET, "", |context| schedules::get(context, &KINDS.0, ObjectKind::Request)),
            operation(Method::PUT, "", |context| create(context, &KINDS.0)),
        ],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/{roleEligibilityScheduleRequestName}/cancel",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::POST, "", |context| cancel(context, &KINDS.0))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/{roleEligibilityScheduleRequestName}/validate",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::POST, "", |context| validate(context, &KINDS.0))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| schedules::list(context, &KINDS.1, ObjectKind::Request))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/{roleAssignmentScheduleRequestName}",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[
            operation(Method::GET, "", |context| schedules::get(context, &KINDS.1, ObjectKind::Request)),
            operation(Method::PUT, "", |context| create(context, &KINDS.1)),
        ],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/{roleAssignmentScheduleRequestName}/cancel",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::POST, "", |context| cancel(context, &KINDS.1))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/{roleAssignmentScheduleRequestName}/validate",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::POST, "", |context| validate(context, &KINDS.1))],
    },
];

/// `PUT`
fn create(context: &Context<'_>, kind: &'static Kind) -> Result<Outcome, ArmError> {
    let (row, changes) = made(context, kind, true)?;
    Ok(Outcome::written(StatusCode::CREATED, object(context, kind, ObjectKind::Request, &row), changes))
}

/// `POST .../validate`: the same, without making it.
fn validate(context: &Context<'_>, kind: &'static Kind) -> Result<Outcome, ArmError> {
    let (row, _) = made(context, kind, false)?;
    Ok(Outcome::ok(object(context, kind, ObjectKind::Request, &row)))
}

fn made(context: &Context<'_>, kind: &'static Kind, for_good: bool) -> Result<(Row, Vec<Change>), ArmError> {
    let name = schedules::name(context).to_lowercase();
    let scope = context.scope();
    if uuid::Uuid::try_parse(&name).is_err() {
        return Err(Refusal::Invalid.into());
    }
    if context.view.get(kind.requests, &name).is_some() {
        // Unverified: status and code; the text was reported.
        let text = format!("A role assignment request with Id: {name} already exists");
        return Err(ArmError::new(StatusCode::CONFLICT, "RoleAssignmentRequestExists", text));
    }
    let body = context.body()?;
    let given = body.get("properties").and_then(Value::as_object).ok_or(Refusal::Invalid)?;
    let value = |name: &str| given.get(name).cloned().unwrap_or_default();
    // A missing value gets the error of a wrong one. Unverified.
    let (action_name, action) = Action::named(text(given, "requestType")).ok_or(Refusal::Invalid)?;
    if !assignments::scope_exists(context.view, &scope) {
        let action = write_action(kind);
        return Err(context.forbidden(&action, &scope));
    }
    let role = role(context, given, &scope)?;
    let named = text(given, "principalId");
    let found = context.known_principal(named).map(|principal| (principal.id.clone(), principal.kind));
    let deleted = found.is_none();
    // What is left of a principal that was deleted is removed as its role assignments are. Unverified.
    let (principal, known_kind) = match found {
        None if action.removes() => (named.to_lowercase().into(), ""),
        found => found.ok_or(Refusal::NoSuchObject)?,
    };
    let grant_key = GrantKey { scope: scope.key().into(), access: role.as_str().into(), principal: principal.clone() };
    let standing = if deleted { ledger::schedule_of(context.view, kind, &grant_key) } else { None };
    if deleted && standing.is_none() {
        return Err(Refusal::NoSuchObject.into());
    }
    // Of a deleted principal its assignment still says what it was.
    let principal_kind = standing.as_ref().map_or(known_kind, |(_, row)| text(row, "principalType"));
    let (info, ticket) = (value("scheduleInfo"), value("ticketInfo"));
    if info.is_null() && !action.removes() {
        return Err(Refusal::Invalid.into());
    }
    let mut more = Properties::new();
    more.insert("scopeText".into(), json!(scope.text()));
    more.insert("principalType".into(), json!(principal_kind));
    more.insert("requestorId".into(), json!(context.caller.object_id));
    for name in ["condition", "conditionVersion"] {
        more.extend(given.get(name).filter(|value| !value.is_null()).map(|value| (name.to_owned(), value.clone())));
    }
    let justification = text(given, "justification");
    let ask = ScheduleRequest { id: &name, action, grant_key: &grant_key, info: &info, justification, ticket: &ticket, more: more.clone() };
    let mut decision = decide(context, kind, &ask, text(given, "linkedRoleEligibilityScheduleId"))?;
    let deferred = if for_good { context.config.pim.defer(&mut decision, context.now) } else { Properties::new() };
    let Decision { status, window, target, mut changes } = decision;
    let now = ticks(context.now);
    let mut row = Properties::clone(&ledger::properties(json!({
        "id": name,
        "scope": scope.key(),
        "roleDefinition": role,
        "principalId": principal.as_ref(),
        "action": upper_first(action_name),
        "approvalId": (status == Status::PendingApproval).then(|| approval_id(&scope, &name)),
        "completedDateTime": if status.is_pending() { Value::Null } else { json!(now) },
        "createdDateTime": now,
        "justification": value("justification"),
        "linked": value("linkedRoleEligibilityScheduleId"),
        "more": more,
        "scheduleInfo": window.map(|window| window.echoed(&info)),
        "status": status.name(),
        "targetScheduleId": target,
        "ticketInfo": {"ticketNumber": ticket["ticketNumber"], "ticketSystem": ticket["ticketSystem"]},
    })));
    row.extend(more);
    row.extend(deferred);
    let row = Row::from(row);
    changes.push(Change::Put { table: kind.requests, key: name.into(), row: row.clone() });
    Ok((row, changes))
}

/// The approval's full id, as requests name it.
fn approval_id(scope: &Scope, name: &str) -> String {
    format!("{}/providers/Microsoft.Authorization/roleAssignmentApprovals/{name}", scope.text())
}

fn decide(context: &Context<'_>, kind: &'static Kind, ask: &ScheduleRequest<'_>, linked: &str) -> Result<Decision, ArmError> {
    let rules = policies::rules(context.view, ask.grant_key);
    let ground = DecisionContext { view: context.view, service: &ROLES, rules: Rules(&rules), lag: None, now: context.now };
    // Unverified: an application cannot do MFA; that it is let through is a guess.
    let mfa = !context.caller.is_user() || context.caller.methods.iter().any(|method| method == "mfa");
    let who = Requester { mfa, contexts: &context.caller.contexts };
    if !ask.action.is_own() {
        check_delegation(context, kind, ask)?;
        return Ok(ground.decide(kind, ask, &who)?);
    }
    // One activates an assignment and not an eligibility, and asks for oneself. Unverified: the codes; that an application
    // cannot is documented.
    if !(kind.is_active() || ask.action.is_request_to_administrator())
        || !context.caller.is_user()
        || ask.grant_key.principal.as_ref() != context.caller.object_id
    {
        return Err(Refusal::Invalid.into());
    }
    if ask.action.is_request_to_administrator() {
        return Ok(ground.decide_asking(kind, ask)?);
    }
    if ask.action == Action::Activate {
        check_link(context, ask.grant_key, linked)?;
    }
    Ok(ground.decide_own(ask, &who)?)
}

/// Refuses an administrator who may not make such requests at the scope, or whose condition forbids the assignment: a condition that constrains
/// role assignments constrains eligibilities and active assignments, their extension, renewal and removal too
/// (learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-overview). Unverified: that every request type is constrained.
fn check_delegation(context: &Context<'_>, kind: &'static Kind, ask: &ScheduleRequest<'_>) -> Result<(), ArmError> {
    let removes = ask.action == Action::Remove;
    let (action, source) = if removes { (assignments::DELETE, Source::Resource) } else { (assignments::WRITE, Source::Request) };
    let attributes = attributes::of_assignment(context, source, &ask.grant_key.access, &ask.grant_key.principal);
    context.must_be_allowed_to_delegate(&write_action(kind), &RequestedAction { action, attributes }, &context.scope())
}

/// The eligibility that an activation names: by its GUID at the eligibility's own scope, and below it by the full id.
fn check_link(context: &Context<'_>, grant_key: &GrantKey, linked: &str) -> Result<(), ArmError> {
    if linked.is_empty() {
        return Ok(());
    }
    let name = linked.rsplit('/').next().unwrap_or_default().to_lowercase();
    let Some(row) = context.view.get(ROLES.eligibility.schedules, &name) else {
        // Unverified: the text.
        return Err(ArmError::not_found("RoleEligibilityDoesNotExist", "The role eligibility does not exist."));
    };
    let here = text(&row, "scope") == grant_key.scope.as_ref();
    if here || linked.contains('/') { Ok(()) } else { Err(Refusal::Invalid.into()) }
}

fn write_action(kind: &Kind) -> String {
    format!("Microsoft.Authorization/{}/write", kind.requests)
}

/// The GUID of the role, which must be assignable here.
fn role(context: &Context<'_>, given: &Map<String, Value>, scope: &Scope) -> Result<String, ArmError> {
    let id = text(given, "roleDefinitionId");
    let found = roles::guid(id).and_then(|guid| roles::find(context.view, &guid).map(|role| (guid, role)));
    match found {
        Some((guid, role)) if roles::is_assignable(context.view, &role, scope) => Ok(guid),
        _ => {
            let name = id.rsplit('/').next().unwrap_or_default();
            // Unverified: that the code is that of role assignments.
            Err(ArmError::bad_request("InvalidRoleDefinitionId", roles::unknown(name)))
        }
    }
}

/// `POST .../cancel`: only what has not happened yet.
fn cancel(context: &Context<'_>, kind: &'static Kind) -> Result<Outcome, ArmError> {
    let row = schedules::find(context, kind, ObjectKind::Request)?;
    if text(&row, "principalId") != context.caller.object_id {
        context.must_be_allowed(&format!("Microsoft.Authorization/{}/cancel/action", kind.requests), &context.scope())?;
    }
    // Unverified: code and text for what cannot be cancelled any more.
    let changes = pim::cancelled(context.view, &ROLES, kind, &row, context.now).ok_or(Refusal::Invalid)?;
    Ok(Outcome { response: Response::empty(StatusCode::OK), changes })
}
