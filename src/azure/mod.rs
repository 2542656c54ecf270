//! The client for Microsoft Graph and Azure Resource Manager. Knows nothing of Terraform.
//!
//! | module | what it is |
//! |---|---|
//! | `settings`, `credential_source`, `candidate`, `challenge` | the credential and the cloud |
//! | `request`, `request_kind`, `service` | requests as values, and their services |
//! | `client` | [`Client`]: sends a request and returns the answer or an error |
//! | `answer`, `time_headers` | successful answers, and their headers about time |
//! | `caller`, `jwt` | the identity that signed in, from the claims of its token |
//! | `error` | errors, their predicates and the retry decision |
//! | `operation_context` | how long an operation may take, and the token that cancels it |
//! | `paging`, `batch`, `retry_until`, `operation` | collections, many requests in one, waiting for replication, and for what takes long |
//! | `cloud`, `sign_in`, `single_flight` | endpoints and tokens, each fetched once for all callers |
//! | `http` | the one place that sends: attempts, retries, rate limits |
//!
//! Invariants: only `http` sends; no status code and no message text is looked at outside `error`; bodies, headers and
//! values of paths are never logged.

mod answer;
mod backoff;
mod batch;
mod caller;
mod candidate;
mod challenge;
mod client;
mod cloud;
mod credential_source;
mod error;
mod http;
mod json_memory;
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
mod time_headers;

pub use answer::Answer;
pub use backoff::Backoff;
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
