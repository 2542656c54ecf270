//! Policies of Privileged Identity Management: the conditions under which something is granted and activated.
//!
//! | module | what it is |
//! |---|---|
//! | `govern` | finding, reading and changing a policy whose id changes at every write |
//! | `declare` | the declaration that all policies share |
//! | `group_policy`, `role_policy` | the policies of a group, of an Azure role at a scope |

mod checks;
mod declare;
mod govern;
pub(crate) mod group_policy;
pub(crate) mod role_policy;

pub(crate) use checks::{nobody_approves, setting};
