//! Runs every handler of the provider as a task of its own, on a runtime of its own.
//!
//! hyper drops a handler when its connection breaks, at whatever await it stands: after the second Ctrl-C that would be between
//! a write and its answer. As a task the handler goes on until the shutdown is signalled. And on its own runtime it cannot keep
//! Shutdown from being answered, even if it never yields.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::server::NamedService;
use tracing::Instrument;

/// The handlers that have not answered yet.
#[derive(Debug, Clone)]
pub(super) struct Handlers {
    runtime: Handle,
    tasks: TaskTracker,
}

impl Handlers {
    pub fn new(runtime: Handle) -> Self {
        Self { runtime, tasks: TaskTracker::new() }
    }

    /// The tasks of the handlers.
    pub fn tasks(&self) -> TaskTracker {
        self.tasks.clone()
    }

    /// `service`, whose calls run as handlers.
    pub fn track<S>(&self, service: S) -> InFlight<S> {
        InFlight { service, handlers: self.clone() }
    }

    /// Waits until every handler has answered.
    pub async fn done(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// A gRPC service whose calls run as handlers.
#[derive(Debug, Clone)]
pub(super) struct InFlight<S> {
    service: S,
    handlers: Handlers,
}

impl<S: NamedService> NamedService for InFlight<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for InFlight<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        // The names are those of HashiCorp's SDK (docs/terraform-protocol.md#logs). The level is the highest, so that a warning from within
        // has them too.
        let span = tracing::error_span!(
            "rpc",
            tf_rpc = request.uri().path().rsplit('/').next(),
            tf_req_id = %uuid::Uuid::new_v4(),
        );
        let answer = self.service.call(request);
        let handler = async move {
            tracing::trace!("request received");
            let answered = answer.await;
            tracing::trace!("request answered");
            answered
        };
        let task = self.handlers.tasks.spawn_on(handler.instrument(span), &self.handlers.runtime);
        Box::pin(async move {
            match task.await {
                Ok(answered) => answered,
                // The panic hook has printed the panic. The connection, and with it every other call, goes on.
                Err(error) => Ok(tonic::Status::internal(format!("the provider crashed: {error}")).into_http()),
            }
        })
    }
}
