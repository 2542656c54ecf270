//! The directory: users, groups, service principals and administrative units, and the links between them.
//!
//! The parts of it that sign-in, Privileged Identity Management, Microsoft Graph, Azure Resource Manager and the clusters read are here. How Graph
//! shows and changes it is in [`crate::graph`].

pub mod groups;
pub mod links;
pub mod membership_rules;
pub mod objects;
pub mod principals;
pub mod roles;
pub mod service_principals;
pub mod users;

pub use objects::is_guid;
