//! A request to Azure Resource Manager: who sends it, what it addresses, what they may do, and how it is refused.

pub mod attributes;
pub mod authenticate;
pub mod authorization;
pub mod config;
pub mod context;
pub mod error;
pub mod filter;
pub mod route;

pub use attributes::addressed_assignment;
