//! Conditional access policies and what they refer to.

pub mod azuread;
pub mod azuread_parts;
pub mod data;
pub mod every_attribute;
pub mod guard;
pub mod limits;
pub mod parts;
pub mod policy;
pub mod replacement;
pub mod upgrade;
