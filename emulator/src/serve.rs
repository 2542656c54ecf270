//! Accepts connections, speaks TLS on them, and hands the requests to the service.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::faults::ConnectionReset;

/// Serves until `stop` says so, and then until what is being answered is answered. Each connection has a task of its own from the first byte on, so that a peer that
/// says nothing in the handshake keeps nobody waiting.
pub async fn serve(listener: TcpListener, tls: TlsAcceptor, app: Router, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, tls.clone(), app.clone(), stop.clone()));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: others may close theirs.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            },
            // Those that have ended make room.
            Some(_) = connections.join_next() => {}
            () = stop.cancelled() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection(stream: TcpStream, peer: SocketAddr, tls: TlsAcceptor, app: Router, stop: CancellationToken) {
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let stream = tokio::select! {
        accepted = tls.accept(stream) => match accepted {
            Ok(stream) => stream,
            Err(error) => {
                tracing::debug!(%peer, %error, "no TLS");
                return;
            }
        },
        () = stop.cancelled() => return,
    };
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let app = app.clone();
        async move {
            let response = app.oneshot(request).await.unwrap_or_else(|never| match never {});
            match response.extensions().get::<ConnectionReset>() {
                // An error ends the connection, or with HTTP/2 the stream, without an answer.
                Some(ConnectionReset) => Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
                None => Ok(response),
            }
        }
    });
    let builder = Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        served = connection.as_mut() => {
            if let Err(error) = served {
                tracing::debug!(%peer, %error, "a connection broke");
            }
        }
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            // What is being answered is answered; who keeps a connection open without asking is not waited for.
            let _ = tokio::time::timeout(Duration::from_secs(1), connection).await;
        }
    }
}

/// The TLS side of a listener.
pub fn acceptor(config: rustls::ServerConfig) -> TlsAcceptor {
    TlsAcceptor::from(Arc::new(config))
}
