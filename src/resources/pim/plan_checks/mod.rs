//! Checks of plans of Privileged Identity Management: errors and risks that are found by reading, before anything is changed.

mod grants;
mod policies;
mod roles;
mod warning_kinds;

pub(crate) use grants::group_grant;
pub(crate) use policies::group_policy;
pub(crate) use roles::{role_grant, role_policy};
pub(crate) use warning_kinds::{GRANT_WARNINGS, POLICY_WARNINGS, ROLE_GRANT_WARNINGS};
