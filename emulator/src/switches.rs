//! Behaviours of the services that nobody could verify, or that differ between sources: each with the choice that was made.

/// Behaviours that differ between sources, or change over time.
#[derive(Debug, Clone)]
pub struct Switches {
    /// Deleted security groups go to the bin for 30 days, as Microsoft 365 groups do (generally available since
    /// early 2026; docs/services/graph.md#deleted-objects). Off: they are gone at once.
    pub security_groups_are_soft_deleted: bool,
    /// Where replicas lag behind, users are not shown it: Microsoft says that an application's requests hop from one replica
    /// to another more than a user's do, and not how much more (docs/services/graph.md#replication).
    pub only_applications_see_lag: bool,
    /// A new conditional access policy on user actions is refused (1012) if it names `includeApplications`, even an empty
    /// list: seen in 2020. azuread sends the empty list today. Off: only a list with something in it is refused.
    pub empty_applications_beside_user_actions_are_refused: bool,
    /// An update of a conditional access policy merges what it says of `conditions` into what was there. That holds for
    /// `grantControls` (seen); of conditions one source says that what is left out is lost. Off: they are replaced as a whole.
    pub partial_conditions_are_merged: bool,
    /// A named location that a conditional access policy names cannot be deleted. The service's behaviour was not
    /// confirmed; it probably allows it.
    pub named_locations_in_use_cannot_be_deleted: bool,
    /// A policy that is on and keeps everybody out of everything is refused. The portal warns of one; the API is said to take it.
    pub locking_everybody_out_is_refused: bool,
    /// One request in a second is all that conditional access answers for the whole tenant; more are refused with 429,
    /// without `Retry-After`. Documented; in the profile `realistic` it is always so.
    pub conditional_access_answers_one_request_a_second: bool,
    /// The tenant has a licence for Privileged Identity Management. Off: it is refused with `AadPremiumLicenseRequired`
    /// (docs/services/pim.md#objects-and-life-cycle).
    pub identity_governance_is_licensed: bool,
    /// A user can approve their own activation, as an article about AKS has it. Off: nobody decides on their own
    /// request, as the documentation of Privileged Identity Management has it.
    pub approvers_decide_on_themselves: bool,
    /// The second PUT of a role assignment, which changes its description or condition, is answered with 201 as the
    /// first one is, and not with 200 (docs/services/resource-manager.md#role-assignments).
    pub repeated_role_assignment_is_created: bool,
    /// A rule of an Azure role's policy that requires no end and has a longest duration is refused, as newer reports have it, and not accepted, as
    /// was recorded (docs/emulator/fidelity.md#privileged-identity-management).
    pub duration_without_required_end_is_refused: bool,
    /// Assignments of policies for Azure roles have `effectiveRules`, as examples of the documentation have, and not as was recorded
    /// (docs/emulator/fidelity.md#privileged-identity-management).
    pub policy_assignments_have_effective_rules: bool,
    /// A cluster decides by the groups that the token names, those of the time at which it was issued, until it expires. Off: by the directory at the
    /// time of each request.
    pub cluster_access_follows_the_token: bool,
    /// A conditional access policy on authentication flows is refused (1235) unless its only control is to block. Documented nowhere; seen in 2024.
    pub authentication_flows_can_only_be_blocked: bool,
    /// A PUT that would change scope, role or principal of a role assignment is refused with 409, as a client's test has it,
    /// and not with 400, as the documentation has it (docs/services/resource-manager.md#refusals-of-role-assignments).
    pub role_assignment_update_is_conflict: bool,
    /// Plain listings of members and owners of groups have service principals. Off: v1.0 leaves them out, and lists them below
    /// the cast `microsoft.graph.servicePrincipal` and by `$expand` only (docs/services/graph.md#members-and-owners).
    pub members_list_service_principals: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            security_groups_are_soft_deleted: true,
            approvers_decide_on_themselves: false,
            only_applications_see_lag: false,
            empty_applications_beside_user_actions_are_refused: false,
            partial_conditions_are_merged: true,
            named_locations_in_use_cannot_be_deleted: false,
            locking_everybody_out_is_refused: false,
            conditional_access_answers_one_request_a_second: false,
            identity_governance_is_licensed: true,
            repeated_role_assignment_is_created: true,
            duration_without_required_end_is_refused: false,
            policy_assignments_have_effective_rules: true,
            cluster_access_follows_the_token: true,
            authentication_flows_can_only_be_blocked: true,
            role_assignment_update_is_conflict: false,
            members_list_service_principals: false,
        }
    }
}

impl Switches {
    /// Turns a switch by its name, with `-` or `_` between the words. The error is a sentence.
    pub fn turn(&mut self, name: &str, on: bool) -> Result<(), String> {
        let mut all = self.all();
        let wanted = name.replace('-', "_");
        match all.iter_mut().find(|(known, _)| *known == wanted) {
            Some((_, switch)) => {
                **switch = on;
                Ok(())
            }
            None => {
                let known: Vec<String> = all.iter().map(|(known, _)| known.replace('_', "-")).collect();
                Err(format!("there is no switch {name}; there are {}", known.join(", ")))
            }
        }
    }

    /// Every switch and its name. One that is missing here does not compile.
    fn all(&mut self) -> Vec<(&'static str, &mut bool)> {
        let Self {
            security_groups_are_soft_deleted,
            approvers_decide_on_themselves,
            only_applications_see_lag,
            empty_applications_beside_user_actions_are_refused,
            partial_conditions_are_merged,
            named_locations_in_use_cannot_be_deleted,
            locking_everybody_out_is_refused,
            conditional_access_answers_one_request_a_second,
            identity_governance_is_licensed,
            repeated_role_assignment_is_created,
            duration_without_required_end_is_refused,
            policy_assignments_have_effective_rules,
            cluster_access_follows_the_token,
            authentication_flows_can_only_be_blocked,
            role_assignment_update_is_conflict,
            members_list_service_principals,
        } = self;
        vec![
            ("security_groups_are_soft_deleted", security_groups_are_soft_deleted),
            ("approvers_decide_on_themselves", approvers_decide_on_themselves),
            ("only_applications_see_lag", only_applications_see_lag),
            ("empty_applications_beside_user_actions_are_refused", empty_applications_beside_user_actions_are_refused),
            ("partial_conditions_are_merged", partial_conditions_are_merged),
            ("named_locations_in_use_cannot_be_deleted", named_locations_in_use_cannot_be_deleted),
            ("locking_everybody_out_is_refused", locking_everybody_out_is_refused),
            ("conditional_access_answers_one_request_a_second", conditional_access_answers_one_request_a_second),
            ("identity_governance_is_licensed", identity_governance_is_licensed),
            ("repeated_role_assignment_is_created", repeated_role_assignment_is_created),
            ("duration_without_required_end_is_refused", duration_without_required_end_is_refused),
            ("policy_assignments_have_effective_rules", policy_assignments_have_effective_rules),
            ("cluster_access_follows_the_token", cluster_access_follows_the_token),
            ("authentication_flows_can_only_be_blocked", authentication_flows_can_only_be_blocked),
            ("role_assignment_update_is_conflict", role_assignment_update_is_conflict),
            ("members_list_service_principals", members_list_service_principals),
        ]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use super::*;

    #[test]
    fn switches_are_turned_by_name() {
        let mut switches = Switches::default();
        assert_eq!(switches.turn("named-locations-in-use-cannot-be-deleted", true), Ok(()));
        assert!(switches.named_locations_in_use_cannot_be_deleted);
        let all: Vec<&str> = switches.all().into_iter().map(|(name, _)| name).collect();
        let refusal = switches.turn("weather", true).unwrap_err();
        assert!(all.iter().all(|name| refusal.contains(&name.replace('_', "-"))), "{refusal}");
    }
}
