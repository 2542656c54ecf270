//! The table of data sources: one line each.

mod authentication_context;
mod authentication_strength_policy;
mod client_config;
mod cluster;
mod cluster_access;
mod conditional_access_evaluation;
mod conditional_access_lookup;
mod conditional_access_policies;
mod group;
mod groups;
mod lookup;
mod named_location;
mod pim_activation_requests;
mod pim_group_grants;
mod pim_group_policy;
mod pim_role_grants;
mod pim_role_policy;
mod resource_group;
mod role_assignments;
mod role_definition;
mod service_principal;
mod sign_ins;
mod user;
mod users;

use framework::{DataEntry, Diagnostic, Result};

use crate::services::Services;

/// Every data source of the provider.
pub fn table() -> Vec<DataEntry<Services>> {
    vec![
        DataEntry::of::<authentication_context::AuthenticationContextData>(),
        DataEntry::of::<authentication_strength_policy::AuthenticationStrengthData>(),
        DataEntry::of::<client_config::ClientConfig>(),
        DataEntry::of::<cluster::ClusterData>(),
        DataEntry::of::<cluster_access::ClusterAccess>(),
        DataEntry::of::<conditional_access_evaluation::ConditionalAccessEvaluation>(),
        DataEntry::of::<conditional_access_policies::ConditionalAccessPolicies>(),
        DataEntry::of::<group::GroupData>(),
        DataEntry::of::<groups::Groups>(),
        DataEntry::of::<named_location::NamedLocationData>(),
        DataEntry::of::<pim_activation_requests::PimActivationRequests>(),
        DataEntry::of::<pim_group_grants::PimGroupAssignments>(),
        DataEntry::of::<pim_group_grants::PimGroupEligibilities>(),
        DataEntry::of::<pim_group_policy::PimGroupPolicy>(),
        DataEntry::of::<pim_role_grants::PimRoleAssignments>(),
        DataEntry::of::<pim_role_grants::PimRoleEligibilities>(),
        DataEntry::of::<pim_role_policy::PimRolePolicyData>(),
        DataEntry::of::<resource_group::ResourceGroup>(),
        DataEntry::of::<role_assignments::RoleAssignments>(),
        DataEntry::of::<role_definition::RoleDefinition>(),
        DataEntry::of::<service_principal::ServicePrincipal>(),
        DataEntry::of::<sign_ins::SignIns>(),
        DataEntry::of::<user::UserData>(),
        DataEntry::of::<users::Users>(),
    ]
}

/// The subscription of something that is looked for by name: the one that was given, or the provider's.
fn subscription(given: Option<&str>, api: &Services) -> Result<String> {
    let own = api.arm().subscription_id().map_err(crate::client::diagnose::could_not("find out the subscription"))?;
    given.or(own).map(str::to_owned).ok_or_else(|| {
        let detail = "Give `subscription_id` here or in the provider block, or set the environment variable ARM_SUBSCRIPTION_ID.";
        Diagnostic::error("No subscription is specified", detail).at_attribute("subscription_id")
    })
}
