//! Sign-in: discovery documents, the token endpoint, the tokens themselves, and who holds one.
//!
//! A service asks [`Caller::of`] who is calling. Whether a user gets a token is decided in [`admission`].

pub(crate) mod admission;
pub(crate) mod application;
pub(crate) mod arc;
mod assertion;
mod caller;
mod certificate;
mod clients;
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
mod signer;
mod tokens;
pub(crate) mod user;

pub(crate) use caller::{Caller, Kind, NoCaller};
pub(crate) use clients::KUBERNETES_CLIENT;
pub(crate) use endpoint::{Version, issue};
pub(crate) use errors::SignInError;
pub(crate) use lockout::Lockout;
pub(crate) use page::{decide, show};
pub(crate) use resource::{KUBERNETES_APP, Resource};
pub(crate) use signer::{LIFETIME, Refused, Signer};
