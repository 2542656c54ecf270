//! Privileged Identity Management.

pub mod actions;
pub mod grants;
pub mod just_in_time;
pub mod outcomes;
pub mod people;
pub mod policies;
pub mod roles;
