//! Runs the plugin process: bind, announce, serve, end.

use std::io;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use super::about::About;
use super::failure::Failure;
use super::handshake::{self, Host};
use super::in_flight::Handlers;
use super::mutual_tls::MutualTls;
use super::parent::Parent;
use super::services::GoPlugin;
use super::signals::Signals;
use super::socket::{Listener, Socket, SocketSettings};
use super::{Lifecycle, accept, debug, print_error, print_line};
use crate::proto::health::health_server::HealthServer;
use crate::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use crate::proto::plugin::grpc_controller_server::GrpcControllerServer;
use crate::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use crate::proto::tfplugin6::provider_server::{Provider, ProviderServer};

/// How long handlers in flight may take after the shutdown has begun. Terraform kills the process two seconds after its call of
/// Shutdown was answered (docs/terraform-protocol.md#shutdown).
const SHUTDOWN_GRACE_PERIOD: Duration = Duration::from_millis(1500);
/// Largest message either way, as in HashiCorp's SDK. State of any size is sent in one message.
const MAX_MESSAGE_BYTES: usize = 256 << 20;
/// Threads for handlers, which wait for the network and hardly compute. Each costs memory.
const WORKER_THREADS: usize = 2;

/// Serves the program that started this one, until it calls Shutdown or is gone.
pub(super) fn plugin<S: Provider>(about: &About, service: impl FnOnce(Lifecycle) -> S) -> Result<(), Failure> {
    let parent = Parent::now();
    let host = Host::from_environment()?;
    let socket_settings = SocketSettings::from_environment()?;
    let tls = host.client_certificate.as_deref().map(MutualTls::with_client).transpose()?;

    on_runtimes(async |workers| {
        // Before the handshake line, after which the host program may send signals.
        let mut signals = Signals::listen().map_err(Failure::Runtime)?;
        // The files are removed when this block is left.
        let Socket { listener, address, files: _files } = socket_settings.bind().await?;
        let server = PluginServer::start(workers, service);
        let certificate = tls.as_ref().map_or("", |tls| tls.certificate.as_str());
        print_line(io::stdout(), &handshake::line(&address, certificate))?;
        tracing::debug!(provider = about.name, version = about.version, tls = tls.is_some(), "plugin started");

        let ends = async {
            tokio::select! {
                () = parent.exited() => tracing::debug!("the program that started this plugin is gone"),
                () = signals.plugin_ends() => tracing::debug!("SIGTERM"),
            }
        };
        server.serve(listener, tls.map(|tls| tls.acceptor), ends).await
    })
}

/// Serves any number of connections without TLS, until a person ends it.
pub(super) fn debug<S: Provider>(about: &About, service: impl FnOnce(Lifecycle) -> S) -> Result<(), Failure> {
    let socket_settings = SocketSettings::from_environment()?;
    on_runtimes(async |workers| {
        let mut signals = Signals::listen().map_err(Failure::Runtime)?;
        // The files are removed when this block is left.
        let Socket { listener, address, files: _files } = socket_settings.bind().await?;
        let server = PluginServer::start(workers, service);
        print_error("Serving until Ctrl-C. To use this process, set in the terminal in which Terraform runs:");
        print_line(io::stdout(), &debug::reattach(about, &address))?;
        server.serve(listener, None, signals.interrupted_by_user()).await
    })
}

/// Runs `life` on this thread, with a runtime for the connections, and gives it another one for the handlers.
fn on_runtimes<T>(life: impl AsyncFnOnce(Handle) -> Result<T, Failure>) -> Result<T, Failure> {
    let workers = Builder::new_multi_thread().worker_threads(WORKER_THREADS).thread_name("handler").enable_all().build();
    let workers = workers.map_err(Failure::Runtime)?;
    let connections = Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    let lived = connections.block_on(life(workers.handle().clone()));
    // Tasks that have not ended by now are abandoned.
    connections.shutdown_background();
    workers.shutdown_background();
    lived
}

/// The services of the plugin, ready to be served.
struct PluginServer<S> {
    service: S,
    handlers: Handlers,
    shutdown: CancellationToken,
}

impl<S: Provider> PluginServer<S> {
    fn start(workers: Handle, service: impl FnOnce(Lifecycle) -> S) -> Self {
        let shutdown = CancellationToken::new();
        let handlers = Handlers::new(workers.clone());
        let service = {
            // What the service spawns while it is made belongs to the handlers.
            let _on_workers = workers.enter();
            service(Lifecycle { shutdown: shutdown.clone(), handlers: handlers.tasks() })
        };
        Self { service, handlers, shutdown }
    }

    /// Serves until Shutdown is called or `ends` is over, then lets handlers in flight answer, for a moment.
    async fn serve(self, listener: Listener, tls: Option<TlsAcceptor>, ends: impl Future<Output = ()>) -> Result<(), Failure> {
        let Self { service, handlers, shutdown } = self;
        let provider =
            ProviderServer::new(service).max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES);
        let go_plugin = GoPlugin { shutdown: shutdown.clone() };
        let server = Server::builder()
            .add_service(handlers.track(provider))
            .add_service(GrpcControllerServer::new(go_plugin.clone()))
            .add_service(GrpcStdioServer::new(go_plugin.clone()))
            .add_service(GrpcBrokerServer::new(go_plugin.clone()))
            .add_service(HealthServer::new(go_plugin))
            .serve_with_incoming_shutdown(accept::connections(listener, tls), shutdown.cancelled());
        let answered = async {
            let served = server.await;
            handlers.done().await;
            served
        };
        let too_late = async {
            tokio::select! {
                () = ends => shutdown.cancel(),
                () = shutdown.cancelled() => {}
            }
            tokio::time::sleep(SHUTDOWN_GRACE_PERIOD).await;
        };
        tokio::select! {
            served = answered => served?,
            () = too_late => tracing::warn!("handlers in flight did not end in time and are abandoned"),
        }
        Ok(())
    }
}
