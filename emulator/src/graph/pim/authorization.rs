//! The permissions of Privileged Identity Management (the contract's permissions; the refusal is docs/services/pim.md#refusals).

use axum::http::{Method, StatusCode};

use super::nested;
use crate::graph::model::{context::Context, error::GraphError};

/// The kind of object that a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionArea {
    /// Requests, schedules and instances of eligible assignments.
    Eligibility,
    /// Requests, schedules and instances of active assignments, and approvals.
    Assignment,
    /// Policies and their assignments.
    Policy,
}

const ELIGIBILITY: [&[&str]; 2] = [
    &[
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
        "PrivilegedAccess.Read.AzureADGroup",
        "PrivilegedAccess.ReadWrite.AzureADGroup",
    ],
    &[
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
        "PrivilegedEligibilitySchedule.Remove.AzureADGroup",
        "PrivilegedAccess.ReadWrite.AzureADGroup",
    ],
];
const ASSIGNMENT: [&[&str]; 2] = [
    &[
        "PrivilegedAssignmentSchedule.Read.AzureADGroup",
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedAccess.Read.AzureADGroup",
        "PrivilegedAccess.ReadWrite.AzureADGroup",
    ],
    &[
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedAssignmentSchedule.Remove.AzureADGroup",
        "PrivilegedAccess.ReadWrite.AzureADGroup",
    ],
];
const POLICY: [&[&str]; 2] = [
    &["RoleManagementPolicy.Read.AzureADGroup", "RoleManagementPolicy.ReadWrite.AzureADGroup"],
    &["RoleManagementPolicy.ReadWrite.AzureADGroup"],
];

/// Refuses a caller whose token has none of the permissions, and names them.
pub fn check(context: &Context<'_>, about: PermissionArea) -> Result<(), GraphError> {
    let [read, write] = match about {
        PermissionArea::Eligibility => ELIGIBILITY,
        PermissionArea::Assignment => ASSIGNMENT,
        PermissionArea::Policy => POLICY,
    };
    let needed = if context.request.method == Method::GET { read } else { write };
    if context.caller.permissions.iter().any(|one| needed.contains(&one.as_str())) {
        return Ok(());
    }
    Err(refusal(needed))
}

/// 403, with the names of the permissions.
pub fn refusal(needed: &[&str]) -> GraphError {
    let text = format!("Authorization failed due to missing permission scope {}.", needed.join(","));
    nested(StatusCode::FORBIDDEN, "PermissionScopeNotGranted", &text)
}
