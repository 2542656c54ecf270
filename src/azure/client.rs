//! The client that resources hold: a request goes in, an answer or an error comes out.

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};

use super::answer::Answer;
use super::caller::Caller;
use super::cloud::Endpoints;
use super::error::Error;
use super::http::{Call, History, Network, Sender};
use super::operation_context::OperationContext;
use super::request::Request;
use super::service::{Api, Service};
use super::settings::Settings;
use super::sign_in::{Token, Tokens};
use super::single_flight::SingleFlight;

/// Where tokens of other tenants go.
const AUXILIARY: HeaderName = HeaderName::from_static("x-ms-authorization-auxiliary");

/// Talks to Microsoft Graph and Azure Resource Manager on behalf of one identity. One client serves all operations.
pub struct Client {
    settings: Settings,
    pub(super) sender: Arc<Sender>,
    endpoints: SingleFlight<Endpoints>,
    pub(super) tokens: Tokens,
}

impl Client {
    /// Makes a client without sending a request: endpoints and tokens are fetched on first use.
    pub fn new(settings: Settings) -> Result<Arc<Self>, Error> {
        let user_agent = settings.user_agent.clone();
        if HeaderValue::from_str(&user_agent).is_err() {
            return Err(Error::Invalid("the user agent holds characters that a header cannot".to_owned()));
        }
        Self::over(settings, Sender::new(Box::new(Network::new(user_agent))))
    }

    pub(super) fn over(settings: Settings, sender: Sender) -> Result<Arc<Self>, Error> {
        Ok(Arc::new(Self { tokens: Tokens::new(&settings)?, settings, sender: Arc::new(sender), endpoints: SingleFlight::default() }))
    }

    /// The application or managed identity that was configured, if one was.
    pub async fn client_id(&self) -> Result<Option<String>, Error> {
        self.settings.way.client_id().await
    }

    /// Gets the token for Microsoft Graph, which the requests after it use.
    ///
    /// # Errors
    ///
    /// If the identity cannot sign in, or the cloud's addresses cannot be had.
    pub async fn sign_in(&self, operation_context: &OperationContext) -> Result<(), Error> {
        self.caller(operation_context).await.map(|_| ())
    }

    /// The identity that signed in.
    pub async fn caller(&self, operation_context: &OperationContext) -> Result<Caller, Error> {
        let endpoints = self.endpoints(operation_context).await?;
        let token = self.tokens.get(Service::Graph, &self.sender, &endpoints, operation_context).await?;
        Ok(caller_of(&token))
    }

    /// The subscription of Azure resources that do not name one.
    pub fn subscription_id(&self) -> Option<&str> {
        self.settings.subscription_id.as_deref()
    }

    /// The addresses of the cloud; asked for once if there is a metadata host.
    pub async fn endpoints(&self, operation_context: &OperationContext) -> Result<Arc<Endpoints>, Error> {
        let make = async || match &self.settings.metadata_host {
            Some(host) => Endpoints::ask(&self.sender, host, operation_context).await,
            None => Ok(Endpoints::of(self.settings.environment)),
        };
        self.endpoints.get(operation_context, |_| true, make).await
    }

    /// Sends a request and returns the service's answer; a status of 300 or above is an error.
    pub async fn send(&self, request: &Request, operation_context: &OperationContext) -> Result<Answer, Error> {
        let endpoints = self.endpoints(operation_context).await.map_err(|error| self.sender.with_outage(error))?;
        let url = request.url(&endpoints.base(request.api))?;
        self.send_to(request, url, &endpoints, operation_context).await.map_err(|error| self.sender.with_outage(error))
    }

    /// Sends a request to an address of its interface that was not made from its template: a next page.
    pub(super) async fn send_to(
        &self,
        request: &Request,
        url: Url,
        endpoints: &Endpoints,
        operation_context: &OperationContext,
    ) -> Result<Answer, Error> {
        let service = request.service();
        let mut call = Call {
            service,
            method: request.method.clone(),
            template: &request.template,
            url,
            headers: request.headers.clone(),
            body: request.body.clone(),
            kind: request.kind,
        };
        call.headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        let mut history = History::default();
        loop {
            let token = self.tokens.get(service, &self.sender, endpoints, operation_context).await?;
            call.headers.insert(AUTHORIZATION, token.header().clone());
            if let Some(others) = token.auxiliary() {
                // With every request, as azurerm does: nobody says which operations look at what they refer to.
                call.headers.insert(AUXILIARY, others.clone());
            }
            match self.sender.send(&call, operation_context, &mut history).await {
                // Ends: `refused` returns false for the second of two tokens in a row.
                Err(error) if error.is_unauthenticated() && self.tokens.refused(service, &token) => {}
                Err(error) => {
                    if error.is_answer() && !error.is_unauthenticated() {
                        self.tokens.accepted(service, &token);
                    }
                    return Err(error.asked_by(|| caller_of(&token)));
                }
                Ok(answer) => {
                    self.tokens.accepted(service, &token);
                    return Ok(answer);
                }
            }
        }
    }

    /// Whether requests to conditional access had to queue for long. Reported once.
    pub fn announce_queue(&self) -> bool {
        self.sender.announce_queue(Service::ConditionalAccess)
    }

    /// The time by the clock of that interface's service, as of its last answer, and without one of any other's; this
    /// machine's only before the first answer.
    pub fn now(&self, api: Api) -> Timestamp {
        let service = match api {
            Api::Graph | Api::GraphBeta => Service::Graph,
            Api::Arm => Service::Arm,
        };
        self.sender.now(service)
    }
}

fn caller_of(token: &Token) -> Caller {
    token.header().to_str().map(Caller::from_header).unwrap_or_default()
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}
