//! Users, groups and administrative units of Microsoft Entra ID.

pub mod administrative_unit_member;
pub mod data_sources;
pub mod group;
pub mod group_member;
pub mod group_members;
pub mod group_owner;
pub mod service_principals;
pub mod sign_in_sessions;
pub mod user;
pub mod user_create;
pub mod user_password;
