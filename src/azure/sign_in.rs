//! Signing in: a token for each service, got once for everybody and kept until shortly before it expires.
//!
//! The protocol is `azure_identity`'s; the requests it makes go through our own sender, so retries, limits, logs and
//! errors are the same as everywhere. A credential of that library is made anew for each token request: it is cheap,
//! and its own cache cannot be told that a service refused a token, nor does it keep a token of less than five minutes.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName as LibraryName, HeaderValue as LibraryValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, ClientOptions, HttpClient, RetryOptions, Transport};
use azure_core::time::OffsetDateTime;
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::budget::Budget;
use super::cloud::Endpoints;
use super::error::{Error, SignInError};
use super::http::{Call, History, Sender};
use super::request::Kind;
use super::service::Service;
use super::settings::{Secret, Settings};
use super::shared::Shared;

/// A token is renewed this long before it expires, or after three quarters of a life that is short.
const LEAD: Duration = Duration::from_secs(300);

/// How to sign in. Every other way is one more variant here and one more arm in [`Credential::build`].
#[derive(Debug)]
enum Credential {
    ClientSecret { tenant_id: String, client_id: String, secret: Secret },
}

impl Credential {
    fn of(settings: &Settings) -> Self {
        Self::ClientSecret {
            tenant_id: settings.tenant_id.clone(),
            client_id: settings.client_id.clone(),
            secret: settings.client_secret.clone(),
        }
    }

    fn build(&self, client_options: ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
        match self {
            Self::ClientSecret { tenant_id, client_id, secret } => {
                let options = ClientSecretCredentialOptions { client_options };
                let secret = secret.expose().to_owned().into();
                Ok(ClientSecretCredential::new(tenant_id, client_id.clone(), secret, Some(options))?)
            }
        }
    }

    /// Asks for a token.
    async fn token(&self, sender: &Arc<Sender>, endpoints: &Endpoints, scope: &str, budget: &Budget) -> Result<AccessToken, Error> {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host.clone_from(&endpoints.login);
        let messenger = Messenger { sender: Arc::clone(sender), budget: budget.clone() };
        let options = ClientOptions {
            cloud: Some(Arc::new(cloud.into())),
            transport: Some(Transport::new(Arc::new(messenger))),
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        };
        let credential = self.build(options).map_err(|error| of_library(&error))?;
        let token = credential.get_token(&[scope], None).await;
        token.map_err(|error| of_library(&error))
    }
}

/// The tokens of one client.
#[derive(Debug)]
pub(super) struct Tokens {
    credential: Credential,
    graph: Slot,
    arm: Slot,
}

#[derive(Debug, Default)]
struct Slot {
    token: Shared<Token>,
    /// A token was refused, and none has been accepted since.
    refused: AtomicBool,
}

/// A token as the header that carries it.
pub(super) struct Token {
    header: HeaderValue,
    renew_at: Instant,
    /// Got because the one before was refused.
    renewal: bool,
    refused: AtomicBool,
    accepted: AtomicBool,
}

impl Token {
    fn new(token: &AccessToken, renewal: bool) -> Result<Self, Error> {
        let header = Zeroizing::new(format!("Bearer {}", token.token.secret()).into_bytes());
        let mut header =
            HeaderValue::from_maybe_shared(Bytes::from_owner(header)).map_err(|_| plain("the token cannot be sent in a header"))?;
        header.set_sensitive(true);
        let life = Duration::try_from(token.expires_on - OffsetDateTime::now_utc()).unwrap_or_default();
        Ok(Self {
            header,
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

    fn is_usable(&self) -> bool {
        !self.refused.load(Ordering::SeqCst) && Instant::now() < self.renew_at
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Tokens {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { credential: Credential::of(settings), graph: Slot::default(), arm: Slot::default() }
    }

    /// The token for a service.
    pub(super) async fn get(
        &self,
        service: Service,
        sender: &Arc<Sender>,
        endpoints: &Endpoints,
        budget: &Budget,
    ) -> Result<Arc<Token>, Error> {
        let slot = self.slot(service);
        let fetch = async || {
            let scope = endpoints.scope(service);
            let renewal = slot.refused.load(Ordering::SeqCst);
            let token = self.credential.token(sender, endpoints, &scope, budget).await?;
            Token::new(&token, renewal)
        };
        slot.token.get(budget, Token::is_usable, fetch).await
    }

    /// Notes that a service accepted a token.
    pub(super) fn accepted(&self, service: Service, token: &Token) {
        token.accepted.store(true, Ordering::SeqCst);
        self.slot(service).refused.store(false, Ordering::SeqCst);
    }

    /// Notes that a service refused a token. Answers whether a new one is worth a try: not if this one was itself the
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

/// Carries the library's requests through our sender.
struct Messenger {
    sender: Arc<Sender>,
    budget: Budget,
}

impl fmt::Debug for Messenger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Messenger")
    }
}

impl Messenger {
    async fn carry(&self, request: &azure_core::http::Request) -> azure_core::Result<AsyncRawResponse> {
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers().iter() {
            let name = HeaderName::from_bytes(name.as_str().as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value.as_str())) {
                headers.insert(name, value);
            }
        }
        // Ours says who we are.
        headers.remove(USER_AGENT);
        let Body::Bytes(body) = request.body().clone() else {
            return Err(azure_core::Error::with_message(ErrorKind::Io, "a stream cannot be sent twice"));
        };
        let call = Call {
            service: Service::SignIn,
            method: if request.method() == azure_core::http::Method::Get { Method::GET } else { Method::POST },
            template: "/oauth2/v2.0/token",
            url: request.url().clone(),
            headers,
            body: Some(body),
            // Asking for a token changes nothing.
            kind: Kind::Read,
        };
        let answer = self.sender.send(&call, &self.budget, &mut History::default()).await;
        // Our error travels through the library as a source: `of_library` finds it again.
        let answer = answer.map_err(|error| azure_core::Error::new(ErrorKind::Credential, error))?;
        let mut headers = Headers::new();
        for (name, value) in &answer.headers {
            if let Ok(value) = value.to_str() {
                headers.insert(LibraryName::from(name.as_str().to_owned()), LibraryValue::from(value.to_owned()));
            }
        }
        Ok(AsyncRawResponse::from_bytes(answer.status.into(), headers, answer.body))
    }
}

impl HttpClient for Messenger {
    // What `async_trait` makes of the trait's method, written out.
    fn execute_request<'a, 'b, 'c>(
        &'a self,
        request: &'b azure_core::http::Request,
    ) -> Pin<Box<dyn Future<Output = azure_core::Result<AsyncRawResponse>> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(self.carry(request))
    }
}

/// Our own error inside the library's; or what the library found out by itself, such as an impossible tenant id.
fn of_library(error: &azure_core::Error) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut innermost = error.to_string();
    while let Some(error) = cause {
        if let Some(ours) = error.downcast_ref::<Error>() {
            return ours.clone();
        }
        innermost = error.to_string();
        cause = error.source();
    }
    plain(innermost)
}

fn plain(message: impl Into<String>) -> Error {
    Error::SignIn(Box::new(SignInError {
        code: String::new(),
        message: message.into(),
        trace_id: String::new(),
        correlation_id: String::new(),
    }))
}
