//! The table of data sources: one line each.

mod client_config;
mod group;
mod groups;
mod lookup;
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
        DataEntry::of::<service_principal::ServicePrincipal>(),
        DataEntry::of::<user::UserData>(),
        DataEntry::of::<users::Users>(),
    ]
}
