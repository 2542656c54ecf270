//! The table of actions: one line each.

mod activate_pim;
mod activation;
mod deactivate_pim;
mod decide_pim_request;
mod revoke_sign_in_sessions;

use framework::ActionEntry;

use crate::services::Services;

/// Every action of the provider.
pub fn table() -> Vec<ActionEntry<Services>> {
    vec![
        ActionEntry::of::<activate_pim::ActivatePim>(),
        ActionEntry::of::<deactivate_pim::DeactivatePim>(),
        ActionEntry::of::<decide_pim_request::DecidePimRequest>(),
        ActionEntry::of::<revoke_sign_in_sessions::RevokeSignInSessions>(),
    ]
}
