//! The table of data sources: one line each.

mod client_config;
mod conditional_access_evaluation;
mod conditional_access_policies;
mod group;
mod groups;
mod lookup;
mod pim_activation_requests;
mod pim_group_grants;
mod pim_group_policy;
mod service_principal;
mod sign_ins;
mod user;
mod users;

use framework::DataEntry;

use crate::provider::Azure;

/// Every data source of the provider.
pub fn table() -> Vec<DataEntry<Azure>> {
    vec![
        DataEntry::of::<client_config::ClientConfig>(),
        DataEntry::of::<conditional_access_evaluation::ConditionalAccessEvaluation>(),
        DataEntry::of::<conditional_access_policies::ConditionalAccessPolicies>(),
        DataEntry::of::<group::GroupData>(),
        DataEntry::of::<groups::Groups>(),
        DataEntry::of::<pim_activation_requests::PimActivationRequests>(),
        DataEntry::of::<pim_group_grants::PimGroupAssignments>(),
        DataEntry::of::<pim_group_grants::PimGroupEligibilities>(),
        DataEntry::of::<pim_group_policy::PimGroupPolicy>(),
        DataEntry::of::<service_principal::ServicePrincipal>(),
        DataEntry::of::<sign_ins::SignIns>(),
        DataEntry::of::<user::UserData>(),
        DataEntry::of::<users::Users>(),
    ]
}
