//! What an operation sends requests with: the shared client, the time that the operation has, and what may not be seen yet of what was just written.

pub mod cached;
pub mod consistency;
pub(crate) mod creation;
pub mod diagnose;
pub mod read_through_cache;
pub mod reference;
pub mod removal;
pub mod restore;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::azure::{self, Answer, Api, Caller, Error, Listing, OperationContext, Request};

/// The client of all operations, unless something that it needs is not known yet.
#[derive(Debug)]
pub enum Configured {
    /// It can be used.
    Ready(Arc<azure::Client>),
    /// Arguments that depend on something that is only about to be made.
    NotYet(Vec<String>),
}

/// What one operation sends requests with: the client of all operations and the time that this one has.
#[derive(Debug)]
pub struct OperationClient {
    configured: Arc<Configured>,
    pub(crate) operation_context: OperationContext,
}

impl OperationClient {
    /// A client for one operation.
    pub fn new(configured: Arc<Configured>, operation_context: OperationContext) -> Self {
        Self { configured, operation_context }
    }

    /// The client of all operations, which signs in and sends.
    ///
    /// # Errors
    /// The provider's configuration depends on something that is not known yet.
    pub(crate) fn azure(&self) -> Result<&Arc<azure::Client>, Error> {
        match &*self.configured {
            Configured::Ready(client) => Ok(client),
            Configured::NotYet(arguments) => Err(Error::Invalid(format!(
                "the provider's {} is not known yet, because it depends on something that is still to be made; apply that first with -target",
                arguments.join(", ")
            ))),
        }
    }

    /// Who signed in, by the token.
    pub async fn caller(&self) -> Result<Caller, Error> {
        self.azure()?.caller(&self.operation_context).await
    }

    /// The application or managed identity that was configured, if one was.
    pub async fn client_id(&self) -> Result<Option<String>, Error> {
        self.azure()?.client_id().await
    }

    /// The same with a time of its own, which no interruption ends: to undo what an operation has begun whose time is over.
    pub fn with_time(&self, time: Duration) -> Self {
        Self {
            configured: self.configured.clone(),
            operation_context: OperationContext::new(time, tokio_util::sync::CancellationToken::new()),
        }
    }

    /// Repeats an operation until `settled` accepts the outcome, but only until that instant by the service's clock.
    pub async fn until<T, F: Future<Output = Result<T, Error>>>(
        &self,
        stale_until: Option<Timestamp>,
        operation: impl FnMut() -> F,
        settled: impl Fn(&Result<T, Error>) -> bool,
    ) -> Result<T, Error> {
        self.azure()?.until(Api::Graph, stale_until, &self.operation_context, operation, settled).await
    }

    /// Whether the provider's configuration is known, so that services can be asked.
    pub fn is_configured(&self) -> bool {
        self.azure().is_ok()
    }

    /// Sends a request; a status of 300 or above is an error.
    pub async fn send(&self, request: Request) -> Result<Answer, Error> {
        self.azure()?.send(&request, &self.operation_context).await
    }

    /// Sends a request that names objects which may be new, and waits until replicas show them.
    pub async fn send_until_visible(&self, request: Request) -> Result<Answer, Error> {
        let client = self.azure()?;
        client
            .retry_until_found(Api::Graph, Some(self.consistency_window_end()?), &self.operation_context, || {
                client.send(&request, &self.operation_context)
            })
            .await
    }

    /// Sends independent requests: together in batches if there are several.
    pub async fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Answer, Error>> {
        let client = match self.azure() {
            Ok(client) => client,
            Err(error) => return requests.iter().map(|_| Err(error.clone())).collect(),
        };
        match requests.as_slice() {
            [] => Vec::new(),
            [single] => vec![client.send(single, &self.operation_context).await],
            several => client.batch(several, &self.operation_context).await,
        }
    }

    /// As [`OperationClient::send_all`], and repeats those whose objects replicas may not show yet.
    pub async fn send_all_until_visible(&self, requests: Vec<Request>) -> Vec<Result<Answer, Error>> {
        let mut results = self.send_all(requests.clone()).await;
        for (result, request) in results.iter_mut().zip(requests) {
            if matches!(result, Err(error) if error.is_not_yet_there()) {
                *result = self.send_until_visible(request).await;
            }
        }
        results
    }

    /// The next page of a listing; none after the last.
    pub async fn next_page<T: DeserializeOwned>(&self, listing: &mut Listing) -> Result<Option<Vec<T>>, Error> {
        self.azure()?.next_page(listing, &self.operation_context).await
    }

    /// Every object of a collection.
    pub async fn list<T: DeserializeOwned>(&self, request: Request) -> Result<Vec<T>, Error> {
        self.azure()?.list(&request, &self.operation_context).await
    }

    /// Goes through a collection page by page: `start` makes what is to be kept, and is called again if the listing begins again; `step` adds an object.
    pub async fn fold<T: DeserializeOwned, A>(
        &self,
        request: Request,
        start: impl Fn() -> A,
        step: impl FnMut(&mut A, T) -> ControlFlow<()>,
    ) -> Result<A, Error> {
        self.azure()?.fold(&request, &self.operation_context, start, step).await
    }

    /// The first so many objects of a collection.
    pub async fn list_first<T: DeserializeOwned>(&self, request: Request, most: usize) -> Result<Vec<T>, Error> {
        let push = |items: &mut Vec<T>, item| {
            items.push(item);
            if items.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        self.azure()?.fold(&request, &self.operation_context, Vec::new, push).await
    }

    /// The address of a directory object, by which another object refers to it.
    pub async fn reference(&self, collection: &str, id: &str) -> Result<String, Error> {
        let endpoints = self.azure()?.endpoints(&self.operation_context).await?;
        Ok(format!("{}/{collection}/{id}", endpoints.base(Api::Graph)))
    }

    /// What time it is by the service's clock.
    pub fn now(&self) -> Result<Timestamp, Error> {
        Ok(self.azure()?.now(Api::Graph))
    }

    /// The time by the clocks of the services. If no service has answered yet, signs in to get it.
    pub async fn time(&self) -> Result<Timestamp, Error> {
        self.caller().await?;
        self.now()
    }

    /// The end of the consistency window of an object that is created now.
    pub fn consistency_window_end(&self) -> Result<Timestamp, Error> {
        Ok(self.now()? + consistency::CONSISTENCY_WINDOW)
    }

    /// Whether that instant is still to come. It is not if there is none.
    pub fn may_be_stale(&self, until: Option<Timestamp>) -> Result<bool, Error> {
        let now = self.now()?;
        Ok(until.is_some_and(|until| now < until))
    }

    /// Whether something was created after the process began, by the clock of the service and to a second or two. To be asked after an answer of the service: its
    /// clock, not this machine's, is then known, and only the time that has passed is taken from here.
    pub fn was_made_since(&self, made: Option<&str>, began: Instant) -> bool {
        let (Some(Ok(made)), Ok(now)) = (made.map(str::parse::<Timestamp>), self.now()) else { return false };
        let passed = SignedDuration::try_from(began.elapsed()).unwrap_or(SignedDuration::from_hours(24));
        now.checked_sub(passed + SignedDuration::from_secs(2)).is_ok_and(|began| made >= began)
    }

    /// Waits between two looks.
    pub async fn pause(&self, time: Duration) -> Result<(), Error> {
        Ok(self.operation_context.sleep(time).await?)
    }
}
