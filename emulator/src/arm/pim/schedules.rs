//! Schedules and instances, to be read; and how requests are.

use axum::http::Method;
use serde_json::json;

use super::{
    KINDS, SCHEDULE_MARK, approvals,
    render::{ObjectKind, name as name_of, object},
};
use crate::{
    arm::{
        records::{
            assignments, roles,
            scope::{Scope, ancestors},
        },
        request::{
            context::{Context, Outcome},
            error::ArmError,
            filter::{self, Term},
            route::{Route, operation},
        },
    },
    directory::principals::with_groups,
    pim::{Kind, ledger, text},
    store::{Key, Row, View},
};

/// The routes of this module.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleEligibilitySchedules",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| list(context, &KINDS.0, ObjectKind::Schedule))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleEligibilitySchedules/{roleEligibilityScheduleName}",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| get(context, &KINDS.0, ObjectKind::Schedule))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| list(context, &KINDS.0, ObjectKind::Instance))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances/{roleEligibilityScheduleInstanceName}",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| get(context, &KINDS.0, ObjectKind::Instance))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentSchedules",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| list(context, &KINDS.1, ObjectKind::Schedule))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentSchedules/{roleAssignmentScheduleName}",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| get(context, &KINDS.1, ObjectKind::Schedule))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| list(context, &KINDS.1, ObjectKind::Instance))],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances/{roleAssignmentScheduleInstanceName}",
        since: "2020-10-01",
        until: "2024-09-01",
        operations: &[operation(Method::GET, "", |context| get(context, &KINDS.1, ObjectKind::Instance))],
    },
];

/// The value of the path's last placeholder.
pub fn name<'c>(context: &'c Context<'_>) -> &'c str {
    let names = [
        "roleEligibilityScheduleRequestName",
        "roleAssignmentScheduleRequestName",
        "roleEligibilityScheduleName",
        "roleAssignmentScheduleName",
        "roleEligibilityScheduleInstanceName",
        "roleAssignmentScheduleInstanceName",
    ];
    names.iter().map(|name| context.parameter(name)).find(|value| !value.is_empty()).unwrap_or_default()
}

fn table(kind: &Kind, layer: ObjectKind) -> &'static str {
    match layer {
        ObjectKind::Request => kind.requests,
        ObjectKind::Schedule => kind.schedules,
        ObjectKind::Instance => kind.instances,
    }
}

fn read_action(kind: &Kind, layer: ObjectKind) -> String {
    format!("Microsoft.Authorization/{}/read", table(kind, layer))
}

/// Everything of a layer. Role assignments that no schedule made are active without an end.
fn all(view: View<'_>, kind: &Kind, layer: ObjectKind) -> Vec<Row> {
    let mut out: Vec<Row> = view.rows(table(kind, layer), None).map(|(_, row)| row).collect();
    if kind.is_active() && layer != ObjectKind::Request {
        let standing = view.rows(assignments::TABLE, None).filter(|(_, row)| !row.contains_key(SCHEDULE_MARK));
        out.extend(standing.map(|(_, row)| permanent_row(&row)));
    }
    out
}

fn permanent_row(assignment: &Row) -> Row {
    let shown = |name: &str| assignment.get(name).cloned().unwrap_or_default();
    let scope = assignments::scope(assignment);
    ledger::properties(json!({
        "id": shown("name"),
        "standing": true,
        "scope": scope.key(),
        "scopeText": scope.text(),
        "roleDefinition": shown("roleDefinition"),
        "principalId": shown("principalId"),
        "principalType": shown("principalType"),
        "createdDateTime": shown("createdOn"),
        "modifiedDateTime": shown("updatedOn"),
        "scheduleId": shown("name"),
        "assignmentType": "assigned",
        "status": "Provisioned",
        "startDateTime": shown("createdOn"),
        "scheduleInfo": {"startDateTime": shown("createdOn"), "expiration": {"type": "noExpiration"}},
        "condition": shown("condition"),
        "conditionVersion": shown("conditionVersion"),
    }))
}

/// The object that the path names.
pub fn find(context: &Context<'_>, kind: &'static Kind, layer: ObjectKind) -> Result<Row, ArmError> {
    let (here, wanted) = (context.scope(), name(context));
    let is = |row: &Row| text(row, "scope") == here.key() && name_of(kind, layer, row).eq_ignore_ascii_case(wanted);
    all(context.view, kind, layer).into_iter().find(is).ok_or_else(|| {
        // Unverified: code and text.
        ArmError::not_found("ResourceNotFound", format!("The resource '{wanted}' could not be found."))
    })
}

/// `GET` of one.
pub fn get(context: &Context<'_>, kind: &'static Kind, layer: ObjectKind) -> Result<Outcome, ArmError> {
    let found = find(context, kind, layer);
    let own = found.as_ref().is_ok_and(|row| text(row, "principalId") == context.caller.object_id);
    if !own {
        context.must_be_allowed(&read_action(kind, layer), &context.scope())?;
    }
    Ok(Outcome::ok(object(context, kind, layer, &found?)))
}

/// `GET` of many: at the scope, above it and, unless `atScope()` says otherwise, below it. Without one of the functions
/// that ask for the caller's own, the caller must be allowed to read.
pub fn list(context: &Context<'_>, kind: &'static Kind, layer: ObjectKind) -> Result<Outcome, ArmError> {
    let written = context.request.option("$filter");
    let terms = written.as_deref().map(filter::parse).transpose()?.unwrap_or_default();
    let function = |name: &str| terms.contains(&Term::Function(name.into()));
    let own = ["astarget", "asrequestor", "asapprover"].iter().any(|name| function(name));
    if !own {
        context.must_be_allowed(&read_action(kind, layer), &context.scope())?;
    }
    let here = context.scope();
    let line = ancestors(context.view, &here);
    let mut found: Vec<Row> = all(context.view, kind, layer);
    found.retain(|row| {
        let scope = Scope::new(text(row, "scope"));
        line.iter().any(|above| above == scope.key()) || !function("atscope") && assignments::is_below(context.view, &here, &scope)
    });
    for term in &terms {
        let keep = row_filter(context, kind, layer, term).ok_or_else(|| filter::unsupported(written.as_deref().unwrap_or_default()))?;
        found.retain(|row| keep(row));
    }
    Ok(Outcome::list(found.iter().map(|row| object(context, kind, layer, row)).collect()))
}

/// Whether a condition keeps a row.
type RowFilter<'c> = Box<dyn Fn(&Row) -> bool + 'c>;

/// The test of rows for a condition of the filter; `None` when it is not known.
fn row_filter<'c>(context: &'c Context<'_>, kind: &'static Kind, layer: ObjectKind, term: &'c Term) -> Option<RowFilter<'c>> {
    let me = context.caller.object_id.as_str();
    let of = |ids: Vec<Key>| move |row: &Row| ids.iter().any(|id| id.as_ref() == text(row, "principalId"));
    Some(match term {
        Term::Function(name) if name == "atscope" => Box::new(|_| true),
        Term::Function(name) if name == "astarget" => Box::new(of(with_groups(context.view, me))),
        Term::Function(name) if name == "asrequestor" => Box::new(move |row| text(row, "requestorId") == me),
        Term::Function(name) if name == "asapprover" && layer == ObjectKind::Request && kind.is_active() => {
            Box::new(move |row| approvals::waits_for(context, text(row, "id"), me))
        }
        Term::AssignedTo(id) => Box::new(of(with_groups(context.view, id))),
        Term::Equals(property, value) => match property.as_str() {
            "principalid" => Box::new(of(vec![value.to_lowercase().into()])),
            "roledefinitionid" => {
                let guid = roles::guid(value)?;
                Box::new(move |row| text(row, "roleDefinition") == guid)
            }
            "status" => Box::new(move |row| text(row, "status").eq_ignore_ascii_case(value)),
            "requesttype" => Box::new(move |row| text(row, "action").eq_ignore_ascii_case(value)),
            "targetroleeligibilityscheduleid" | "targetroleassignmentscheduleid" => {
                let wanted = value.rsplit('/').next().unwrap_or_default();
                Box::new(move |row| text(row, "targetScheduleId").eq_ignore_ascii_case(wanted))
            }
            _ => return None,
        },
        Term::Function(_) => return None,
    })
}
