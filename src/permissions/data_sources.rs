//! What each data source and ephemeral resource asks the services for.

use super::resources::{Uses, reading};

const CLUSTER: &str = "Microsoft.ContainerService/managedClusters/read";
const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments/read";
const DEFINITIONS: &str = "Microsoft.Authorization/roleDefinitions/read";
const ELIGIBILITIES: &str = "Microsoft.Authorization/roleEligibilityScheduleInstances/read";

/// Every data source.
pub const DATA_SOURCES: &[Uses] = &[
    reading("authentication_context", &["GET /identity/conditionalAccess/authenticationContextClassReferences"], &[]),
    reading("authentication_strength_policy", &["GET /policies/authenticationStrengthPolicies"], &[]),
    reading("client_config", &[], &[]).besides("None: the attributes come from the token."),
    reading("cluster", &[], &[CLUSTER]),
    reading("cluster_access", &["POST /directoryObjects/getByIds"], &[CLUSTER, ASSIGNMENTS, DEFINITIONS, ELIGIBILITIES]).besides(
        "Eligibilities for a group that has a role are read with `PrivilegedEligibilitySchedule.Read.AzureADGroup` of Microsoft Graph. What may not be read is a \
         warning.",
    ),
    reading("conditional_access_evaluation", &["POST /identity/conditionalAccess/evaluate"], &[]),
    reading("conditional_access_policies", &["GET /identity/conditionalAccess/policies"], &[]),
    reading(
        "group",
        &[
            "GET /groups",
            "GET /groups/{id}",
            "GET /groups/{id}/members",
            "GET /groups/{id}/members/microsoft.graph.servicePrincipal",
            "GET /groups/{id}/owners",
            "GET /groups/{id}/owners/microsoft.graph.servicePrincipal",
        ],
        &[],
    ),
    reading("groups", &["GET /groups"], &[]).besides("To find groups by `ids`, `Directory.Read.All`."),
    reading("named_location", &["GET /identity/conditionalAccess/namedLocations"], &[]),
    reading("pim_activation_requests", &["GET /identityGovernance/privilegedAccess/group/assignmentScheduleRequests"], &[]),
    reading("pim_group_assignments", &["GET /identityGovernance/privilegedAccess/group/assignmentSchedules"], &[]),
    reading("pim_group_eligibilities", &["GET /identityGovernance/privilegedAccess/group/eligibilitySchedules"], &[]),
    reading("pim_group_policy", &["GET /policies/roleManagementPolicyAssignments"], &[]),
    reading("pim_role_assignments", &[], &["Microsoft.Authorization/roleAssignmentSchedules/read"]),
    reading("pim_role_eligibilities", &[], &["Microsoft.Authorization/roleEligibilitySchedules/read"]),
    reading("pim_role_policy", &[], &["Microsoft.Authorization/roleManagementPolicyAssignments/read"]),
    reading("resource_group", &[], &["Microsoft.Resources/subscriptions/resourceGroups/read"]),
    reading("role_assignments", &[], &[ASSIGNMENTS]).besides(
        "To find assignments of one role, and to name custom roles, `Microsoft.Authorization/roleDefinitions/read`.",
    ),
    reading("role_definition", &[], &[DEFINITIONS]),
    reading("service_principal", &["GET /servicePrincipals", "GET /servicePrincipals/{id}", "GET /servicePrincipals(appId='{appId}')"], &[]),
    reading("sign_ins", &["GET /auditLogs/signIns"], &[])
        .besides("The results of policies for a sign-in are read with `Policy.Read.ConditionalAccess` or `Policy.Read.All`."),
    reading("user", &["GET /users", "GET /users/{id}"], &[]),
    reading("users", &["GET /users"], &[]).besides("To find users by `ids`, `Directory.Read.All`."),
];

/// Every ephemeral resource.
pub const EPHEMERAL_RESOURCES: &[Uses] = &[
    reading("cluster_credentials", &[], &["Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"])
        .besides("With `admin`, `Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action` in its place."),
    reading(
        "pim_group_activation",
        &[
            "GET /identityGovernance/privilegedAccess/group/assignmentScheduleInstances",
            "GET /identityGovernance/privilegedAccess/group/assignmentScheduleRequests/{id}",
            "POST /identityGovernance/privilegedAccess/group/assignmentScheduleRequests",
        ],
        &[],
    )
    .besides(
        "A user activates what they are eligible for; an application assigns itself for a time, and needs nobody's eligibility for that.",
    ),
];

/// What a data source asks for.
pub fn of_data_source(name: &str) -> Option<&'static Uses> {
    DATA_SOURCES.iter().find(|uses| uses.name == name)
}

/// What an ephemeral resource asks for.
pub fn of_ephemeral_resource(name: &str) -> Option<&'static Uses> {
    EPHEMERAL_RESOURCES.iter().find(|uses| uses.name == name)
}
