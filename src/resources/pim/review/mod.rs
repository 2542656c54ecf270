//! What can be known to be wrong, or to be risky, before anything is changed: it is read at plan, and only told.

mod concerns;
mod grants;
mod policies;
mod roles;

pub(crate) use concerns::{GRANT_CONCERNS, POLICY_CONCERNS, ROLE_GRANT_CONCERNS};
pub(crate) use grants::group_grant;
pub(crate) use policies::group_policy;
pub(crate) use roles::{role_grant, role_policy};
