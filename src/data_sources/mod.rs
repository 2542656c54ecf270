//! The table of data sources: one line each.

mod client_config;
mod group;
mod groups;
mod lookup;
mod pim_activation_requests;
mod pim_group_grants;
mod pim_group_policy;
mod service_principal;
mod user;
mod users;

use framework::DataEntry;

use crate::provider::Azure;

/// Every data source of the provider.
pub fn table() -> Vec<DataEntry<Azure>> {
    vec![
        DataEntry::of::<client_config::ClientConfig>(),
        DataEntry::of::<group::GroupData>(),
        DataEntry::of::<groups::Groups>(),
        DataEntry::of::<pim_activation_requests::PimActivationRequests>(),
        DataEntry::of::<pim_group_grants::PimGroupAssignments>(),
        DataEntry::of::<pim_group_grants::PimGroupEligibilities>(),
        DataEntry::of::<pim_group_policy::PimGroupPolicy>(),
        DataEntry::of::<service_principal::ServicePrincipal>(),
        DataEntry::of::<user::UserData>(),
        DataEntry::of::<users::Users>(),
    ]
}
