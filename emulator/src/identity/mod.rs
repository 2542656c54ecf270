//! Sign-in: discovery documents, the token endpoint, and the tokens that it issues.
//!
//! Whether a user gets a token is decided in [`admission`], by what [`conditional_access`] says.

pub(crate) mod admission;
pub(crate) mod application;
pub(crate) mod arc;
mod assertion;
mod certificate;
mod clients;
pub(crate) mod conditional_access;
pub(crate) mod device;
pub(crate) mod discovery;
pub(crate) mod elsewhere;
mod endpoint;
mod errors;
pub(crate) mod fixtures;
mod lockout;
pub(crate) mod managed_identity;
mod page;
mod resource;
mod tokens;
pub(crate) mod user;

pub(crate) use clients::KUBERNETES_CLIENT;
pub(crate) use endpoint::{Version, issue};
pub(crate) use errors::SignInError;
pub(crate) use lockout::Lockout;
pub(crate) use page::{decide, show};
