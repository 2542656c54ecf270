//! go-plugin's services beside the provider's own (docs/terraform-protocol.md#plugin-services).

use futures_util::future::ready;
use futures_util::stream::{self, StreamExt};
use tokio_util::sync::CancellationToken;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_server::Health;
use crate::proto::health::{HealthCheckRequest, HealthCheckResponse};
use crate::proto::plugin::grpc_broker_server::GrpcBroker;
use crate::proto::plugin::grpc_controller_server::GrpcController;
use crate::proto::plugin::grpc_stdio_server::GrpcStdio;
use crate::proto::plugin::{ConnInfo, Empty, StdioData};

/// Serves all four. Streams last until the peer goes away or the plugin shuts down, whichever is first.
#[derive(Debug, Clone)]
pub(super) struct GoPlugin {
    pub shutdown: CancellationToken,
}

#[tonic::async_trait]
impl GrpcController for GoPlugin {
    /// Answers at once: the client waits without limit for the answer, and two seconds for the end after it (A.5).
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.shutdown.cancel();
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for GoPlugin {
    /// Sends nothing: Terraform warns of whatever comes.
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        let nothing = stream::pending().take_until(self.shutdown.clone().cancelled_owned());
        Ok(Response::new(nothing.boxed()))
    }
}

#[tonic::async_trait]
impl GrpcBroker for GoPlugin {
    /// Nobody asks for further connections, and none is offered.
    async fn start_stream(&self, request: Request<Streaming<ConnInfo>>) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        let nothing = request.into_inner().filter_map(|_| ready(None));
        Ok(Response::new(nothing.take_until(self.shutdown.clone().cancelled_owned()).boxed()))
    }
}

/// go-plugin's name for the whole plugin; the empty name means the server.
fn status_of(service: &str) -> Option<HealthCheckResponse> {
    matches!(service, "" | "plugin").then(|| HealthCheckResponse { status: ServingStatus::Serving.into() })
}

#[tonic::async_trait]
impl Health for GoPlugin {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        let status = status_of(&service).ok_or_else(|| Status::not_found(format!("no service {service}")))?;
        Ok(Response::new(status))
    }

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<BoxStream<HealthCheckResponse>>, Status> {
        let unknown = HealthCheckResponse { status: ServingStatus::ServiceUnknown.into() };
        let now = status_of(&request.into_inner().service).unwrap_or(unknown);
        // It never changes.
        let statuses = stream::once(ready(Ok(now))).chain(stream::pending());
        Ok(Response::new(statuses.take_until(self.shutdown.clone().cancelled_owned()).boxed()))
    }
}
