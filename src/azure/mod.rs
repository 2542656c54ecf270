//! The client for Microsoft Graph and Azure Resource Manager. Knows nothing of Terraform.
//!
//! | module | what it is |
//! |---|---|
//! | `settings`, `way` | who signs in, how and where; secrets that do not print |
//! | `request`, `service` | requests as values, and who they are for |
//! | `client` | [`Client`]: a request goes in, an answer or an error comes out |
//! | `answer` | successful answers |
//! | `caller` | who signed in |
//! | `error` | everything else, and the questions that are asked about it |
//! | `budget` | how long an operation may take, and the word that stops it |
//! | `paging`, `batch`, `patience`, `operation` | collections, many requests in one, waiting for replication, and for what takes long |
//! | `cloud`, `sign_in`, `shared` | endpoints, tokens, and getting each once for everybody |
//! | `http` | the one place that sends: attempts, retries, gates |
//!
//! Invariants: only `http` sends; no status code and no message text is looked at outside `error`; bodies, headers and
//! values of paths are never logged.

mod answer;
mod batch;
mod budget;
mod caller;
mod client;
mod cloud;
mod error;
mod http;
mod operation;
mod paging;
mod patience;
mod request;
mod service;
mod settings;
mod shared;
mod sign_in;
#[cfg(test)]
pub(crate) mod tests;
mod way;

pub use answer::Answer;
pub use batch::BATCH;
pub use budget::{Budget, Ended};
pub use caller::Caller;
pub use client::Client;
pub use cloud::Endpoints;
pub use error::{Detail, Error, Exchange, NetworkError, OperationError, ServiceError, SignInError, Trouble, UnreadableAnswer};
pub use paging::Listing;
pub use request::{Request, odata_literal};
pub use service::{Api, Service};
pub use settings::{Considered, Environment, Secret, Settings};
pub(crate) use shared::Shared;
pub use sign_in::{Given, TokenEndpoint};
pub use way::{Application, Challenge, DeviceCode, Issuer, Text, User, UserProof, Way};
