//! What each action asks the services for.

use super::resources::{Uses, reading};

/// Every action.
pub const ACTIONS: &[Uses] = &[
    reading(
        "activate_pim",
        &[
            "GET /identityGovernance/privilegedAccess/group/assignmentScheduleInstances",
            "POST /identityGovernance/privilegedAccess/group/assignmentScheduleRequests",
        ],
        &[],
    )
    .besides("An Azure role needs nothing but the eligibility."),
    reading(
        "deactivate_pim",
        &[
            "GET /identityGovernance/privilegedAccess/group/assignmentScheduleInstances",
            "POST /identityGovernance/privilegedAccess/group/assignmentScheduleRequests",
        ],
        &[],
    )
    .besides("An Azure role needs nothing but the activation."),
    reading(
        "decide_pim_request",
        &[
            "GET /identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages",
            "PATCH /identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages/{stageId}",
        ],
        &[],
    )
    .besides("A request about an Azure role needs nothing but that the policy names the user as an approver."),
    reading("revoke_sign_in_sessions", &["POST /users/{id}/revokeSignInSessions", "GET /groups/{id}/transitiveMembers"], &[])
        .besides("Members are listed for a group only. The sessions of administrators can be revoked by identities with a role of the directory alone."),
];

/// What an action asks for.
pub fn of_action(name: &str) -> Option<&'static Uses> {
    ACTIONS.iter().find(|uses| uses.name == name)
}
