//! Policies of Privileged Identity Management: the conditions under which something is granted and activated.
//!
//! | module | what it is |
//! |---|---|
//! | `update_policy` | finding, reading and changing a policy whose id changes at every write |
//! | `managed` | what all policies do alike as resources |
//! | `group_policy`, `role_policy` | the policies of a group, of an Azure role at a scope |

mod checks;
pub(crate) mod group_policy;
pub(crate) mod managed;
pub(crate) mod role_policy;
mod update_policy;

pub(crate) use checks::{no_approvers, setting};
