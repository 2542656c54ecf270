//! Sign-in: discovery documents, the token endpoint, and the tokens that it issues.
//!
//! Whether a user gets a token is decided in [`admission`], by what [`conditional_access`] says.

pub mod admission;
pub mod application;
pub mod arc;
mod assertion;
mod certificate;
mod clients;
pub mod conditional_access;
pub mod device;
mod discovery;
mod endpoint;
mod errors;
pub mod external_issuers;
mod lockout;
mod managed_identity;
mod other_tenants;
mod page;
mod platform;
mod resource;
mod services;
mod tokens;
pub mod user;

pub use clients::KUBERNETES_CLIENT;
pub use lockout::Lockout;
pub use other_tenants::OtherTenants;
pub use platform::{IdentityPlatform, failure};
pub use services::{DeviceSignIn, Discovery, ExternalIssuers, ManagedIdentities, TokenEndpoint};
