//! Signing in: a token for each service, fetched once for all callers and cached until shortly before it expires.
//!
//! People are [`user`]'s, over the plain token [`endpoint`]. The other protocols are `azure_identity`'s ([`credential`]); the requests it makes go through our own sender ([`http_client_adapter`]), so retries, limits, logs
//! and errors are the same as everywhere. What the library lacks is an assertion ([`assertion`]), or an endpoint that it does not ask ([`managed_identity`]).

mod assertion;
mod certificate;
mod credential;
mod endpoint;
mod http_client_adapter;
mod managed_identity;
#[cfg(test)]
mod tests;
mod user;

pub use endpoint::{Given, TokenEndpoint};

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use azure_core::credentials::AccessToken;
use azure_core::time::OffsetDateTime;
use bytes::Bytes;
use futures_util::future::try_join_all;
use reqwest::header::HeaderValue;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::candidate::Candidate;
use super::cloud::Endpoints;
use super::credential_source::CredentialSource;
use super::error::{Error, SignInError};
use super::http::Sender;
use super::operation_context::OperationContext;
use super::service::Service;
use super::settings::Settings;
use super::single_flight::SingleFlight;

/// A token is renewed this long before it expires, or after three quarters of a life that is short.
const LEAD: Duration = Duration::from_secs(300);

/// The tokens of one client.
#[derive(Debug)]
pub(super) struct Tokens {
    way: CredentialSource,
    /// The other tenants whose tokens go along to Azure Resource Manager, each with the way into it.
    auxiliary: Vec<(String, CredentialSource)>,
    considered: Arc<[Candidate]>,
    graph: Slot,
    arm: Slot,
}

#[derive(Debug, Default)]
struct Slot {
    token: SingleFlight<Token>,
    /// A token was refused, and none has been accepted since.
    refused: AtomicBool,
}

/// A token as the header that carries it; with those of other tenants, got, renewed and refused together with it.
pub(in crate::azure) struct Token {
    header: HeaderValue,
    auxiliary: Option<HeaderValue>,
    renew_at: Instant,
    /// Got because the one before was refused.
    renewal: bool,
    refused: AtomicBool,
    accepted: AtomicBool,
}

impl Token {
    fn new(token: &AccessToken, auxiliary: &[AccessToken], renewal: bool) -> Result<Self, Error> {
        let expires = auxiliary.iter().map(|token| token.expires_on).fold(token.expires_on, OffsetDateTime::min);
        let life = Duration::try_from(expires - OffsetDateTime::now_utc()).unwrap_or_default();
        Ok(Self {
            header: bearers(std::slice::from_ref(token))?,
            auxiliary: if auxiliary.is_empty() { None } else { Some(bearers(auxiliary)?) },
            renew_at: Instant::now() + life - LEAD.min(life / 4),
            renewal,
            refused: AtomicBool::new(false),
            accepted: AtomicBool::new(false),
        })
    }

    /// The value of the `Authorization` header.
    pub(super) fn header(&self) -> &HeaderValue {
        &self.header
    }

    /// The value of the header `x-ms-authorization-auxiliary`, if there are other tenants
    /// (learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant).
    pub(super) fn auxiliary(&self) -> Option<&HeaderValue> {
        self.auxiliary.as_ref()
    }

    fn is_usable(&self) -> bool {
        !self.refused.load(Ordering::SeqCst) && Instant::now() < self.renew_at
    }
}

/// `Bearer <token>`; several are separated by commas.
fn bearers(tokens: &[AccessToken]) -> Result<HeaderValue, Error> {
    let length = tokens.iter().map(|token| "Bearer , ".len() + token.token.secret().len()).sum();
    // Allocated at its final length: the old buffers of a growing string are not zeroed.
    let mut text = Zeroizing::new(Vec::with_capacity(length));
    for (nth, token) in tokens.iter().enumerate() {
        text.extend_from_slice(if nth == 0 { b"Bearer " } else { b", Bearer " });
        text.extend_from_slice(token.token.secret().as_bytes());
    }
    let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).map_err(|_| plain("the token cannot be sent in a header"))?;
    header.set_sensitive(true);
    Ok(header)
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Tokens {
    /// An error if the identity cannot sign in to one of the auxiliary tenants.
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let into = |tenant: &String| {
            let way = settings.way.in_tenant(tenant).ok_or_else(|| {
                let way = settings.considered.iter().find(|one| one.why_not.is_none()).map_or("this way to sign in", |one| one.way);
                Error::Invalid(format!("auxiliary_tenant_ids is set, and {way} gives tokens of one tenant only"))
            })?;
            Ok((tenant.clone(), way))
        };
        Ok(Self {
            way: settings.way.clone(),
            auxiliary: settings.auxiliary_tenant_ids.iter().map(into).collect::<Result<_, Error>>()?,
            considered: settings.considered.clone(),
            graph: Slot::default(),
            arm: Slot::default(),
        })
    }

    /// The token for a service.
    pub(super) async fn get(
        &self,
        service: Service,
        sender: &Arc<Sender>,
        endpoints: &Endpoints,
        operation_context: &OperationContext,
    ) -> Result<Arc<Token>, Error> {
        let slot = self.slot(service);
        let fetch = async || {
            let scope = endpoints.scope(service);
            let renewal = slot.refused.load(Ordering::SeqCst);
            let ask = async |way, tenant: Option<&String>| {
                let token = credential::token(way, sender, endpoints, &scope, operation_context).await;
                token.map_err(|error| self.with_sources(error, tenant))
            };
            let token = ask(&self.way, None).await?;
            let others = if service == Service::Arm { self.auxiliary.as_slice() } else { &[] };
            let auxiliary = try_join_all(others.iter().map(|(tenant, way)| ask(way, Some(tenant)))).await?;
            Token::new(&token, &auxiliary, renewal)
        };
        slot.token.get(operation_context, Token::is_usable, fetch).await
    }

    /// A failure to sign in, with the ways that there were: whatever went wrong underneath, the person has to know which
    /// of them was taken and why.
    fn with_sources(&self, error: Error, auxiliary: Option<&String>) -> Error {
        let sign_in = match error {
            Error::Stopped(_) => return error,
            Error::Deadline(last) => {
                let waited = || plain("there was no answer until the time for this operation was over");
                let last = last.map_or_else(waited, |last| *last);
                return Error::Deadline(Some(Box::new(self.with_sources(last, auxiliary))));
            }
            Error::SignIn(sign_in) => *sign_in,
            other => SignInError { message: other.to_string(), ..SignInError::default() },
        };
        Error::SignIn(Box::new(SignInError { ways: self.considered.clone(), auxiliary_tenant: auxiliary.cloned(), ..sign_in }))
    }

    /// Notes that a service accepted a token.
    pub(super) fn accepted(&self, service: Service, token: &Token) {
        token.accepted.store(true, Ordering::SeqCst);
        self.slot(service).refused.store(false, Ordering::SeqCst);
    }

    /// Records that a service refused a token. Returns whether to try a new one: not if this one was itself the
    /// replacement of a refused one and never worked, else every request of a run would ask for a token in vain.
    pub(super) fn refused(&self, service: Service, token: &Token) -> bool {
        if token.renewal && !token.accepted.load(Ordering::SeqCst) {
            return false;
        }
        token.refused.store(true, Ordering::SeqCst);
        self.slot(service).refused.store(true, Ordering::SeqCst);
        true
    }

    fn slot(&self, service: Service) -> &Slot {
        match service {
            Service::Arm => &self.arm,
            _ => &self.graph,
        }
    }
}

/// A failure that has no code.
fn plain(message: impl Into<String>) -> Error {
    Error::SignIn(Box::new(SignInError { message: message.into(), ..SignInError::default() }))
}
