//! The requests that each resource, data source and ephemeral resource sends: the pages of the documentation list the permissions that they need, and
//! a test compares it with what every example really asks for.

use std::fmt::Write;

use super::of_graph;

/// What a resource, a data source or an ephemeral resource asks for.
#[derive(Debug)]
pub struct Uses {
    /// Its name, without the provider's prefix.
    pub name: &'static str,
    /// Operations of Microsoft Graph that a plan makes.
    pub reads: &'static [&'static str],
    /// Those that an apply or a destroy makes besides.
    pub writes: &'static [&'static str],
    /// Actions of Azure Resource Manager that a plan makes.
    pub arm_reads: &'static [&'static str],
    /// Those that an apply or a destroy makes besides.
    pub arm_writes: &'static [&'static str],
    /// What is needed only sometimes, in a sentence or more.
    pub besides: &'static str,
}

const fn uses(name: &'static str, reads: &'static [&'static str], writes: &'static [&'static str]) -> Uses {
    Uses { name, reads, writes, arm_reads: &[], arm_writes: &[], besides: "" }
}

/// What only reads: of Microsoft Graph, and of Azure Resource Manager.
pub(super) const fn reading(name: &'static str, reads: &'static [&'static str], arm_reads: &'static [&'static str]) -> Uses {
    Uses { name, reads, writes: &[], arm_reads, arm_writes: &[], besides: "" }
}

impl Uses {
    pub(super) const fn besides(mut self, text: &'static str) -> Self {
        self.besides = text;
        self
    }

    const fn arm(mut self, reads: &'static [&'static str], writes: &'static [&'static str]) -> Self {
        self.arm_reads = reads;
        self.arm_writes = writes;
        self
    }
}

const ROLE_ASSIGNABLE: &str = "Groups that can be given a role of the directory need `RoleManagement.ReadWrite.Directory` besides.";

const ROLE_ADMINISTRATORS: &str =
    "The built-in roles `Role Based Access Control Administrator`, `User Access Administrator` and `Owner` allow all of this.";

/// Every resource.
pub const RESOURCES: &[Uses] = &[
    uses(
        "administrative_unit_member",
        &["GET /directory/administrativeUnits/{id}/members"],
        &["POST /directory/administrativeUnits/{id}/members/$ref", "DELETE /directory/administrativeUnits/{id}/members/{memberId}/$ref"],
    )
    .besides("To list the members of an administrative unit that hides them, `Member.Read.Hidden`."),
    uses(
        "authentication_context",
        &["GET /identity/conditionalAccess/authenticationContextClassReferences"],
        &[
            "PATCH /identity/conditionalAccess/authenticationContextClassReferences/{id}",
            "DELETE /identity/conditionalAccess/authenticationContextClassReferences/{id}",
            "GET /identity/conditionalAccess/authenticationContextClassReferences/{id}",
        ],
    ),
    uses(
        "authentication_strength_policy",
        &["GET /policies/authenticationStrengthPolicies"],
        &[
            "POST /policies/authenticationStrengthPolicies",
            "PATCH /policies/authenticationStrengthPolicies/{id}",
            "DELETE /policies/authenticationStrengthPolicies/{id}",
            "GET /policies/authenticationStrengthPolicies/{id}",
        ],
    ),
    uses("cluster_aad_profile", &[], &[]).arm(
        &["Microsoft.ContainerService/managedClusters/read"],
        &["Microsoft.ContainerService/managedClusters/write", "Microsoft.ContainerService/locations/operations/read"],
    ),
    uses(
        "conditional_access_policy",
        &["GET /identity/conditionalAccess/policies"],
        &[
            "GET /policies/authenticationStrengthPolicies",
            "POST /identity/conditionalAccess/policies",
            "PATCH /identity/conditionalAccess/policies/{id}",
            "DELETE /identity/conditionalAccess/policies/{id}",
            "GET /identity/conditionalAccess/policies/{id}",
        ],
    )
    .besides(
        "With `emergency_access_principals`, or signed in as a user, the guard against a lock-out reads groups, their members, guests and directory roles as far as a \
         policy names them: `GroupMember.Read.All`, `User.Read.All` and `RoleManagement.Read.Directory`. What it may not read gives warnings in place of errors.",
    ),
    uses("group", &["GET /groups/{id}"], &["GET /groups", "POST /groups", "PATCH /groups/{id}", "DELETE /groups/{id}"]).besides(
        "Groups that can be given a role of the directory need `RoleManagement.ReadWrite.Directory` besides; `administrative_unit_ids` needs \
         `AdministrativeUnit.Read.All` to plan and `AdministrativeUnit.ReadWrite.All` to apply.",
    ),
    uses("group_member", &["GET /groups/{id}/members", "GET /groups/{id}/members/microsoft.graph.servicePrincipal"], &["POST /groups/{id}/members/$ref", "PATCH /groups/{id}", "DELETE /groups/{id}/members/{memberId}/$ref"])
        .besides(ROLE_ASSIGNABLE),
    uses("group_members", &["GET /groups/{id}/members", "GET /groups/{id}/members/microsoft.graph.servicePrincipal"], &["POST /groups/{id}/members/$ref", "PATCH /groups/{id}", "DELETE /groups/{id}/members/{memberId}/$ref"]).besides(
        "Where the group has members that are not listed, `PrivilegedAssignmentSchedule.Read.AzureADGroup` shows whose activated membership is left \
         alone. Groups that can be given a role of the directory need `RoleManagement.ReadWrite.Directory` besides.",
    ),
    uses("group_owner", &["GET /groups/{id}", "GET /groups/{id}/owners", "GET /groups/{id}/owners/microsoft.graph.servicePrincipal"], &["POST /groups/{id}/owners/$ref", "DELETE /groups/{id}/owners/{memberId}/$ref"])
        .besides(ROLE_ASSIGNABLE),
    uses(
        "named_location",
        &["GET /identity/conditionalAccess/namedLocations"],
        &[
            "POST /identity/conditionalAccess/namedLocations",
            "PATCH /identity/conditionalAccess/namedLocations/{id}",
            "DELETE /identity/conditionalAccess/namedLocations/{id}",
            "GET /identity/conditionalAccess/namedLocations/{id}",
        ],
    ),
    uses(
        "pim_group_assignment",
        &[
            "GET /identityGovernance/privilegedAccess/group/assignmentScheduleInstances",
            "GET /identityGovernance/privilegedAccess/group/assignmentSchedules",
        ],
        &["POST /identityGovernance/privilegedAccess/group/assignmentScheduleRequests"],
    ),
    uses(
        "pim_group_eligibility",
        &[
            "GET /identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
            "GET /identityGovernance/privilegedAccess/group/eligibilitySchedules",
        ],
        &["POST /identityGovernance/privilegedAccess/group/eligibilityScheduleRequests"],
    ),
    uses("pim_group_policy", &["GET /policies/roleManagementPolicyAssignments"], &["PATCH /policies/roleManagementPolicies/{id}"]),
    uses("pim_role_assignment", &[], &[])
        .arm(
            &["Microsoft.Authorization/roleAssignmentSchedules/read", "Microsoft.Authorization/roleAssignmentScheduleInstances/read"],
            &["Microsoft.Authorization/roleAssignmentScheduleRequests/read", "Microsoft.Authorization/roleAssignmentScheduleRequests/write"],
        )
        .besides(ROLE_ADMINISTRATORS),
    uses("pim_role_eligibility", &[], &[])
        .arm(
            &["Microsoft.Authorization/roleEligibilitySchedules/read", "Microsoft.Authorization/roleEligibilityScheduleInstances/read"],
            &["Microsoft.Authorization/roleEligibilityScheduleRequests/read", "Microsoft.Authorization/roleEligibilityScheduleRequests/write"],
        )
        .besides(ROLE_ADMINISTRATORS),
    uses("pim_role_policy", &[], &[])
        .arm(
            &["Microsoft.Authorization/roleManagementPolicyAssignments/read"],
            &["Microsoft.Authorization/roleManagementPolicies/write"],
        )
        .besides("The built-in roles `User Access Administrator` and `Owner` allow all of this."),
    uses("role_assignment", &[], &[])
        .arm(
            &["Microsoft.Authorization/roleAssignments/read"],
            &["Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"],
        )
        .besides(ROLE_ADMINISTRATORS),
    uses(
        "user",
        &["GET /users/{id}"],
        &[
            "GET /organization",
            "GET /directory/deletedItems/microsoft.graph.user",
            "POST /users",
            "PATCH /users/{id}",
            "PUT /users/{id}/manager/$ref",
            "DELETE /users/{id}",
        ],
    )
    .besides(
        "To bring users back or remove them for good, `User.DeleteRestore.All`. To change the password of a user who is an administrator, the \
         application needs a role of the directory.",
    ),
];

/// What a resource asks for.
pub fn of(resource: &str) -> Option<&'static Uses> {
    RESOURCES.iter().find(|uses| uses.name == resource)
}

/// Permissions that suffice for all of these operations of Graph, as few as can be: the recommended ones, without those that another one covers.
pub fn covering<'a>(operations: impl IntoIterator<Item = &'a str>, user: bool) -> Vec<&'static str> {
    let needed: Vec<Vec<Vec<&str>>> =
        operations.into_iter().map(|operation| of_graph(operation, user)).filter(|alternatives| !alternatives.is_empty()).collect();
    let mut chosen: Vec<&str> = needed.iter().filter_map(|alternatives| alternatives.first()).flatten().copied().collect();
    chosen.sort_unstable();
    chosen.dedup();
    let suffices = |chosen: &[&str]| {
        // To write includes to read.
        let has = |name: &str| chosen.iter().any(|one| *one == name || *one == name.replacen(".Read.", ".ReadWrite.", 1));
        needed.iter().all(|alternatives| alternatives.iter().any(|names| names.iter().all(|name| has(name))))
    };
    for name in chosen.clone() {
        let rest: Vec<&str> = chosen.iter().copied().filter(|other| *other != name).collect();
        if suffices(&rest) {
            chosen = rest;
        }
    }
    chosen
}

impl Uses {
    /// The section of its page.
    pub fn section(&self) -> String {
        let mut text = "## Permissions\n\n".to_owned();
        let both = || self.reads.iter().chain(self.writes).copied();
        let only_reads = self.writes.is_empty() && self.arm_writes.is_empty();
        let first = if only_reads { "to read" } else { "to plan" };
        let listed = |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        if both().next().is_some() {
            let cells = |label: &str, operations: Vec<&str>| {
                let cell = |user| listed(covering(operations.iter().copied(), user));
                format!("| {label} | {} | {} |\n", cell(false), cell(true))
            };
            let _ =
                write!(text, "Of Microsoft Graph, the least that is usually granted:\n\n| | application | delegated |\n|---|---|---|\n");
            text.push_str(&cells(first, self.reads.to_vec()));
            if !only_reads {
                text.push_str(&cells("to apply", both().collect()));
            }
        }
        if !self.arm_reads.is_empty() {
            let _ = write!(text, "Of Azure Resource Manager, at the scope or above it:\n\n| | actions |\n|---|---|\n");
            let _ = writeln!(text, "| {first} | {} |", listed(self.arm_reads.to_vec()));
            if !only_reads {
                let all = self.arm_reads.iter().chain(self.arm_writes).copied().collect();
                let _ = writeln!(text, "| to apply | {} |", listed(all));
            }
        }
        if !self.besides.is_empty() {
            let separator = if text.ends_with("|\n") { "\n" } else { "" };
            let _ = writeln!(text, "{separator}{}", self.besides);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::data_sources::{DATA_SOURCES, EPHEMERAL_RESOURCES};
    use super::*;

    #[test]
    fn what_another_permission_covers_is_left_out() {
        assert_eq!(covering(["GET /groups/{id}", "GET /groups/{id}/members"], false), ["Group.Read.All"]);
        assert_eq!(covering(["GET /groups/{id}", "POST /groups"], false), ["Group.ReadWrite.All"]);
        let policies = ["GET /identity/conditionalAccess/policies", "DELETE /identity/conditionalAccess/policies/{id}"];
        assert_eq!(covering(policies, false), ["Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"]);
    }

    #[test]
    fn every_operation_is_in_the_table() {
        for uses in RESOURCES.iter().chain(DATA_SOURCES).chain(EPHEMERAL_RESOURCES) {
            for operation in uses.reads.iter().chain(uses.writes) {
                assert!(!of_graph(operation, true).is_empty(), "{}: {operation}", uses.name);
            }
        }
    }
}
