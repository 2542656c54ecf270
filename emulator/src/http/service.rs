//! The interface between a service of the emulator and the HTTP server.

use std::{fmt::Debug, sync::Arc};

use axum::http::StatusCode;

use super::{Request, Response};

/// Produces the response to the request that was routed.
pub type Responder = Box<dyn FnOnce(&Request) -> Response + Send>;

/// A request that a service answers.
pub struct Route {
    /// Path with placeholders, by which requests are counted and faults are chosen: `/v1.0/groups/{id}`.
    pub template: String,
    /// Produces the response. It may compute for a while, and blocks its thread.
    pub respond: Responder,
}

impl Route {
    /// A route of this template.
    pub fn new(template: impl Into<String>, respond: impl FnOnce(&Request) -> Response + Send + 'static) -> Self {
        Self { template: template.into(), respond: Box::new(respond) }
    }
}

/// A service of the emulator. All of them are registered in one table, in `emulator`; the first that routes a request answers it.
pub trait Service: Debug + Send + Sync {
    /// Routes a request; `None` if it is not this service's.
    fn route(self: Arc<Self>, request: &Request) -> Option<Route>;

    /// The response with which this service fails with a status: what an injected fault is answered with.
    fn failure(&self, request: &Request, status: StatusCode) -> Response;

    /// Forgets what the service holds beside the database, when the tenant becomes a fresh one.
    fn reset(&self) {}
}
