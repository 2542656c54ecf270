//! What each list resource asks the services for.

use super::resources::{Uses, reading};

/// Every list resource.
pub const LIST_RESOURCES: &[Uses] = &[
    reading("administrative_unit_member", &["GET /directory/administrativeUnits/{id}/members"], &[]),
    reading("authentication_context", &["GET /identity/conditionalAccess/authenticationContextClassReferences"], &[]),
    reading("authentication_strength_policy", &["GET /policies/authenticationStrengthPolicies"], &[]),
    reading("cluster_aad_profile", &[], &["Microsoft.ContainerService/managedClusters/read"]),
    reading("conditional_access_policy", &["GET /identity/conditionalAccess/policies"], &[]),
    reading("group", &["GET /groups"], &[]),
    reading("group_member", &["GET /groups/{id}/members", "GET /groups/{id}/members/microsoft.graph.servicePrincipal"], &[]),
    reading(
        "group_members",
        &["GET /groups", "GET /groups/{id}/members", "GET /groups/{id}/members/microsoft.graph.servicePrincipal"],
        &[],
    ),
    reading("group_owner", &["GET /groups/{id}/owners", "GET /groups/{id}/owners/microsoft.graph.servicePrincipal"], &[]),
    reading("named_location", &["GET /identity/conditionalAccess/namedLocations"], &[]),
    reading(
        "pim_group_assignment",
        &[
            "GET /identityGovernance/privilegedAccess/group/assignmentSchedules",
            "GET /identityGovernance/privilegedAccess/group/assignmentScheduleInstances",
        ],
        &[],
    ),
    reading(
        "pim_group_eligibility",
        &[
            "GET /identityGovernance/privilegedAccess/group/eligibilitySchedules",
            "GET /identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
        ],
        &[],
    ),
    reading("pim_group_policy", &["GET /policies/roleManagementPolicyAssignments"], &[]),
    reading(
        "pim_role_assignment",
        &[],
        &[
            "Microsoft.Authorization/roleAssignmentSchedules/read",
            "Microsoft.Authorization/roleAssignmentScheduleInstances/read",
            "Microsoft.Authorization/roleAssignmentScheduleRequests/read",
        ],
    ),
    reading(
        "pim_role_eligibility",
        &[],
        &[
            "Microsoft.Authorization/roleEligibilitySchedules/read",
            "Microsoft.Authorization/roleEligibilityScheduleInstances/read",
            "Microsoft.Authorization/roleEligibilityScheduleRequests/read",
        ],
    ),
    reading(
        "pim_role_policy",
        &[],
        &["Microsoft.Authorization/roleManagementPolicyAssignments/read", "Microsoft.Authorization/roleManagementPolicies/read"],
    ),
    reading("role_assignment", &[], &["Microsoft.Authorization/roleAssignments/read"]),
    reading("user", &["GET /users"], &[]),
];

/// What a list resource asks for.
pub fn of_list_resource(name: &str) -> Option<&'static Uses> {
    LIST_RESOURCES.iter().find(|uses| uses.name == name)
}
