//! Azure Resource Manager: where something is, which role is meant.

pub mod roles;
mod scope;

pub use scope::{Level, Scope};
