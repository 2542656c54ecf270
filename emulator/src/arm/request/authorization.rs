//! Authorization: the roles that a principal holds at a scope and above it, directly or through groups.
//!
//! An assignment with a condition gives its role for what the condition lets pass ([`crate::arm::conditions`]).

use serde_json::Value;

use crate::{
    arm::{
        conditions::{self, RequestedAction},
        records::{
            assignments, roles,
            scope::{Scope, ancestors},
        },
    },
    directory::principals::with_groups,
    store::{Key, Row, View},
};

/// The assignments that hold at a scope for somebody, who is given by object id, each with its role definition.
pub fn assignments_of(view: View<'_>, principal: &str, scope: &Scope) -> Vec<(Row, Row)> {
    assignments_of_any(view, &with_groups(view, principal), scope)
}

/// The assignments that hold at a scope for any of these object ids, each with its role definition.
fn assignments_of_any(view: View<'_>, ids: &[Key], scope: &Scope) -> Vec<(Row, Row)> {
    let line = ancestors(view, scope);
    let assignments = line.iter().flat_map(|above| assignments::at(view, above));
    let ours = assignments.filter(|row| ids.iter().any(|id| id.as_ref() == text(row, "principalId")));
    ours.filter_map(|row| roles::find(view, text(&row, "roleDefinition")).map(|role| (row, role))).collect()
}

/// Whether somebody may do something at a scope: an action of the control plane, as in
/// `Microsoft.Authorization/roleAssignments/write`.
pub fn allowed(view: View<'_>, principal: &str, action: &str, scope: &Scope) -> bool {
    allowed_to(view, principal, &RequestedAction { action, ..RequestedAction::default() }, scope).is_ok()
}

/// As [`allowed`], with what conditions look at. The error: whether a role allows it and only its condition does not.
pub fn allowed_to(view: View<'_>, principal: &str, asked: &RequestedAction<'_>, scope: &Scope) -> Result<(), bool> {
    let mut held = assignments_of(view, principal, scope);
    held.retain(|(_, role)| permits(role, "actions", "notActions", asked.action));
    if held.iter().any(|(assignment, _)| fulfils(assignment, asked)) { Ok(()) } else { Err(!held.is_empty()) }
}

/// As [`allowed_to`], for an action that creates or removes what `assignment` describes: conditions that constrain role assignments apply to it.
pub fn allowed_to_delegate(
    view: View<'_>,
    principal: &str,
    action: &str,
    assignment: &RequestedAction<'_>,
    scope: &Scope,
) -> Result<(), bool> {
    let mut held = assignments_of(view, principal, scope);
    held.retain(|(_, role)| permits(role, "actions", "notActions", action));
    if held.iter().any(|(held, _)| fulfils(held, assignment)) { Ok(()) } else { Err(!held.is_empty()) }
}

/// Whether a principal, given by its own object id and those of its groups, may do something to the data at a scope: an action of the data plane,
/// as in `Microsoft.ContainerService/managedClusters/pods/read`. Only the assignments count that the data plane knows.
pub fn allowed_data(view: View<'_>, holders: &[Key], asked: &RequestedAction<'_>, scope: &Scope, known: impl Fn(&Row) -> bool) -> bool {
    let held = assignments_of_any(view, holders, scope);
    held.iter().any(|(assignment, role)| {
        known(assignment) && permits(role, "dataActions", "notDataActions", asked.action) && fulfils(assignment, asked)
    })
}

/// Whether an assignment's condition lets something pass. One that cannot be read lets nothing pass.
fn fulfils(assignment: &Row, asked: &RequestedAction<'_>) -> bool {
    match text(assignment, "condition") {
        "" => true,
        condition => conditions::parse(condition).is_some_and(|condition| condition.holds(asked)),
    }
}

/// Whether a role's permissions hold an action. What one of them takes away, another can give.
fn permits(role: &Row, actions: &str, not_actions: &str, action: &str) -> bool {
    let permissions = role.get("permissions").and_then(Value::as_array);
    permissions.into_iter().flatten().any(|permission| {
        let any = |list: &str| {
            let patterns = permission.get(list).and_then(Value::as_array);
            patterns.into_iter().flatten().filter_map(Value::as_str).any(|pattern| conditions::matches(pattern, action))
        };
        any(actions) && !any(not_actions)
    })
}

fn text<'r>(row: &'r Row, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}
