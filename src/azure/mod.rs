//! The client for Microsoft Graph and Azure Resource Manager. Knows nothing of Terraform.
//!
//! | module | what it is |
//! |---|---|
//! | `settings`, `credential_source` | who signs in, how and where; secrets that do not print |
//! | `request`, `service` | requests as values, and who they are for |
//! | `client` | [`Client`]: a request goes in, an answer or an error comes out |
//! | `answer` | successful answers |
//! | `caller` | who signed in |
//! | `error` | everything else, and the questions that are asked about it |
//! | `operation_context` | how long an operation may take, and the token that cancels it |
//! | `paging`, `batch`, `retry_until`, `operation` | collections, many requests in one, waiting for replication, and for what takes long |
//! | `cloud`, `sign_in`, `single_flight` | endpoints, tokens, and getting each once for everybody |
//! | `http` | the one place that sends: attempts, retries, rate limits |
//!
//! Invariants: only `http` sends; no status code and no message text is looked at outside `error`; bodies, headers and
//! values of paths are never logged.

mod answer;
mod batch;
mod caller;
mod candidate;
mod challenge;
mod client;
mod cloud;
mod credential_source;
mod error;
mod http;
mod jwt;
mod operation;
mod operation_context;
mod paging;
mod request;
mod request_kind;
mod retry_until;
mod service;
mod settings;
mod sign_in;
mod single_flight;
#[cfg(test)]
pub(crate) mod tests;

pub use answer::Answer;
pub use batch::BATCH;
pub use caller::Caller;
pub use candidate::Candidate;
pub use challenge::Challenge;
pub use client::Client;
pub use cloud::Endpoints;
pub use credential_source::{Application, CredentialSource, DeviceCode, Issuer, Text, User, UserProof};
pub use error::{Detail, Error, Exchange, NetworkError, OperationError, ServiceError, SignInError, Trouble, UnreadableAnswer};
pub use operation_context::{Interrupted, OperationContext};
pub use paging::Listing;
pub use request::{Request, odata_literal};
pub use service::{Api, Service};
pub use settings::{Environment, Settings};
pub use sign_in::{Given, TokenEndpoint};
pub(crate) use single_flight::SingleFlight;
