//! Errors of the client, with messages for the user who reads the diagnostic.
//!
//! This is the only place that looks at a status code or at the text of a message. Everybody else asks the
//! questions that `predicates.rs` answers: `error.is_not_found()` and the like.

mod envelope;
mod predicates;
mod retry_decision;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(super) use envelope::error_of;
pub(super) use retry_decision::{Judgement, Outcome, RetryDecision, classify};

use super::caller::Caller;
use super::candidate::Candidate;
use super::service::Service;

/// Why a request, or the sign-in before it, did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The service answered that it did not do it.
    #[error("{0}")]
    Service(Box<ServiceError>),
    /// The identity platform gave no token.
    #[error("{0}")]
    SignIn(Box<SignInError>),
    /// There was no answer.
    #[error("{0}")]
    Network(Box<NetworkError>),
    /// There was an answer that is not what the service is known to send.
    #[error("{0}")]
    Unreadable(Box<UnreadableAnswer>),
    /// A write was accepted, and the operation that it began failed.
    #[error("{0}")]
    Operation(Box<OperationError>),
    /// The operation's time was over; with the failure that was to be retried, if there was one.
    #[error("the time for this operation is over{}", after(.0))]
    Deadline(Option<Box<Error>>),
    /// The operation was cancelled; with the failure that was to be retried, if there was one.
    #[error("stopped{}", after(.0))]
    Stopped(Option<Box<Error>>),
    /// The service said again and again that there is nothing to remove, and a read found it to the end; with what it said, if that was an error.
    #[error("a read still finds it, although the service found nothing to remove{}; nothing was removed, so run again in a few minutes", said(.0))]
    StillThere(Option<Box<Error>>),
    /// Nothing was sent, because the request is invalid; with the reason.
    #[error("{0}")]
    Invalid(String),
}

/// The most characters of a configured text, or of a part of an answer, that a message repeats.
const LONGEST_QUOTE: usize = 100;

/// Text of a configuration or an answer for a message: quoted, and cut when it is long.
pub(in crate::azure) fn quoted(text: &str) -> String {
    if text.chars().count() <= LONGEST_QUOTE {
        return format!("{text:?}");
    }
    let begin: String = text.chars().take(LONGEST_QUOTE).collect();
    format!("{begin:?}… ({} characters)", text.chars().count())
}

/// A host for a message: as it is, or quoted and cut when it is longer than any name (RFC 1035 allows 253 characters, Azure has far fewer).
fn shortened(host: &str) -> Cow<'_, str> {
    if host.chars().count() <= LONGEST_QUOTE { Cow::Borrowed(host) } else { Cow::Owned(quoted(host)) }
}

fn after(last: &Option<Box<Error>>) -> String {
    last.as_ref().map_or_else(String::new, |last| format!("; the last try failed: {last}"))
}

fn said(error: &Option<Box<Error>>) -> String {
    error.as_ref().map_or_else(String::new, |error| format!(" ({error})"))
}

/// The exchange that an error is about.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Who was asked.
    pub service: Service,
    /// HTTP method.
    pub method: String,
    /// The path as the request's author wrote it, with placeholders: names the operation, holds no values.
    pub template: String,
    /// Our own id of the last attempt, which the service keeps in its logs.
    pub client_request_id: String,
    /// Whether an attempt before the last may have taken effect.
    pub repeated: bool,
    /// Whether any attempt, the last included, may have taken effect.
    pub ambiguous: bool,
    /// How often it was tried, and for how long.
    pub tried: Tried,
}

/// How often a request was tried, and for how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// The number of attempts.
    pub attempts: u32,
    /// From the first attempt to the end of the last one.
    pub during: Duration,
}

/// An answer of 300 or above.
#[derive(Clone, Debug)]
pub struct ServiceError {
    /// The exchange.
    pub exchange: Exchange,
    /// HTTP status.
    pub status: u16,
    /// The service's own code, e.g. `Request_BadRequest`; empty if it gave none.
    pub code: String,
    /// The most useful sentence that the answer holds.
    pub message: String,
    /// Details about single properties or other objects.
    pub details: Vec<Detail>,
    /// The service's id of the request; empty if it gave none.
    pub request_id: String,
    /// Who asked, where that is why the service refused.
    pub caller: Option<Arc<Caller>>,
}

/// One entry of an error's `details`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// E.g. `ObjectConflict`, `InvalidValue`.
    pub code: String,
    /// Its own sentence, often the same as the error's.
    pub message: String,
    /// A property, or `<Type>_<id>` of another object.
    pub target: String,
}

/// An answer of the token endpoint (docs/services/sign-in.md#token-errors), or whatever else kept us from signing in.
#[derive(Clone, Debug, Default)]
pub struct SignInError {
    /// The first code of `error_codes`, as in `AADSTS7000215`; empty if the answer came from elsewhere.
    pub code: String,
    /// The sentence, without the ids that follow it.
    pub message: String,
    /// Microsoft's support asks for it; empty if there was none.
    pub trace_id: String,
    /// Likewise.
    pub correlation_id: String,
    /// Name of the file that holds what the managed identity endpoint of Azure Arc wants to see first.
    pub key_file: Option<String>,
    /// The tenant, where it was not the one that the provider works in.
    pub auxiliary_tenant: Option<String>,
    /// The ways to sign in that there were, in order; one of them was taken.
    pub ways: Arc<[Candidate]>,
}

impl SignInError {
    /// The code and the first sentence of the message.
    pub fn cause(&self) -> String {
        let sentence = self.message.split_inclusive(". ").next().unwrap_or_default().trim();
        if self.code.is_empty() { sentence.to_owned() } else { format!("{}: {sentence}", self.code) }
    }

    /// The way to sign in that was taken, if it is known.
    pub fn taken(&self) -> Option<&'static str> {
        self.ways.iter().find(|way| way.why_not.is_none()).map(|way| way.way)
    }
}

/// A long-running operation that failed (docs/services/resource-manager.md#managed-clusters).
#[derive(Clone, Debug)]
pub struct OperationError {
    /// The service's own code, or the word for how it ended.
    pub code: String,
    /// The service's own sentence.
    pub message: String,
    /// The service's id of the last request; empty if it gave none.
    pub request_id: String,
}

/// No answer, or no whole one.
#[derive(Clone, Debug)]
pub struct NetworkError {
    /// The exchange.
    pub exchange: Exchange,
    /// Host that was to be reached.
    pub host: String,
    /// What failed.
    pub trouble: Trouble,
    /// The libraries' own words about it.
    pub text: String,
}

/// What failed between us and the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The address is none that a request can be sent to.
    Address,
    /// The host's name has no address.
    Name,
    /// No connection to the host (or to the proxy).
    Connect,
    /// The server's certificate is not one that this machine trusts.
    Certificate,
    /// Anything else in the TLS handshake.
    Tls,
    /// No whole answer in time.
    Timeout,
    /// The connection ended in the middle.
    Broken,
    /// The answer is larger than any that the services are known to send.
    TooLarge,
}

/// An answer that cannot be what the service meant.
#[derive(Clone, Debug)]
pub struct UnreadableAnswer {
    /// The exchange.
    pub exchange: Exchange,
    /// HTTP status.
    pub status: u16,
    /// What is wrong with it; names the field where that is known.
    pub reason: String,
    /// The service's id of the request; empty if it gave none.
    pub request_id: String,
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exchange { service, method, template, client_request_id, .. } = &self.exchange;
        write!(f, "{service} answered {method} {template} with {}", self.status)?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        write!(f, ": {}", self.message)?;
        // Where the service names no id of its own, ours is still something that support can look for.
        if self.request_id.is_empty() {
            write!(f, " (client request id {client_request_id})")?;
        } else {
            write!(f, " (request id {})", self.request_id)?;
        }
        if self.exchange.tried.attempts < 2 { Ok(()) } else { write!(f, ", and so it went{}", self.exchange.tried) }
    }
}

impl fmt::Display for Tried {
    /// Nothing for a single attempt; else ` for 62 seconds, in 7 attempts`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempts, during } = self;
        if *attempts < 2 { Ok(()) } else { write!(f, " for {} seconds, in {attempts} attempts", during.as_secs()) }
    }
}

impl fmt::Display for OperationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message, request_id } = self;
        write!(f, "Azure Resource Manager began it, and then the operation failed: {code}")?;
        if !message.is_empty() {
            write!(f, ": {message}")?;
        }
        if request_id.is_empty() { Ok(()) } else { write!(f, " (request id {request_id})") }
    }
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("signing in")?;
        if let Some(tenant) = &self.auxiliary_tenant {
            write!(f, " to the auxiliary tenant {tenant}")?;
        }
        if let Some(taken) = self.taken() {
            write!(f, " with {taken}")?;
        }
        f.write_str(" failed: ")?;
        if !self.code.is_empty() {
            write!(f, "{}: ", self.code)?;
        }
        f.write_str(&self.message)?;
        if !self.trace_id.is_empty() {
            write!(f, " (trace id {}", self.trace_id)?;
            if !self.correlation_id.is_empty() {
                write!(f, ", correlation id {}", self.correlation_id)?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { exchange, host, trouble, text } = self;
        let (what, hint) = match trouble {
            Trouble::Address => {
                ("its address is malformed", "Check the addresses that the provider's configuration and the environment name.")
            }
            Trouble::Name => {
                ("the name of the host could not be resolved", "Check the name, the network, and whether HTTPS_PROXY must be set.")
            }
            Trouble::Connect => {
                ("no connection could be made", "Check the network, a firewall, and the variables HTTPS_PROXY and NO_PROXY.")
            }
            Trouble::Certificate => (
                "the server's certificate is not trusted",
                "If a proxy inspects TLS, or this is a private cloud, name a file with its certificate authority in \
                 SSL_CERT_FILE.",
            ),
            Trouble::Tls => ("no secure connection could be agreed", "TLS 1.2 or newer is needed; a proxy in between may not offer it."),
            Trouble::Timeout => ("there was no whole answer in time", ""),
            Trouble::Broken => ("the connection ended before the answer did", ""),
            Trouble::TooLarge => ("the answer is too large", ""),
        };
        let Exchange { service, method, template, tried, .. } = exchange;
        let host = shortened(host);
        write!(f, "{service} gave no answer to {method} {template} at {host}{tried}: {what}")?;
        if !text.is_empty() {
            write!(f, " ({text})")?;
        }
        f.write_str(".")?;
        if !hint.is_empty() {
            write!(f, " {hint}")?;
        }
        if exchange.ambiguous {
            f.write_str(" Whether the service did what was asked is not known.")?;
        }
        Ok(())
    }
}

impl fmt::Display for UnreadableAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exchange { service, method, template, client_request_id, .. } = &self.exchange;
        write!(f, "{service} answered {method} {template} with {} and something unexpected: {}", self.status, self.reason)?;
        if self.request_id.is_empty() {
            write!(f, " (client request id {client_request_id})")
        } else {
            write!(f, " (request id {})", self.request_id)
        }
    }
}
