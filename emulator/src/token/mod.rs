//! Sign-in: discovery documents, the token endpoint, and the tokens themselves.

pub(crate) mod discovery;
mod endpoint;
mod errors;
mod signer;

pub(crate) use endpoint::issue;
pub(crate) use errors::SignInError;
pub(crate) use signer::{Refused, Signer};
