//! Takes connections and does the TLS handshakes, each in a task of its own: a peer that is stuck, or that is not Terraform,
//! blocks no other connection and does not end the process.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::socket::Listener;

/// The peer is on the same machine: this is plenty.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// Pause after a failure to accept, for example while there are too many open files.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// The connections that are ready for gRPC; plaintext without `tls`. Listening ends when the stream is dropped.
pub(super) fn connections(listener: Listener, tls: Option<TlsAcceptor>) -> impl Stream<Item = io::Result<Connection>> {
    let (ready, connections) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = ready.closed() => return,
            };
            match accepted {
                Ok(peer) => {
                    let (ready, tls) = (ready.clone(), tls.clone());
                    tokio::spawn(async move {
                        match accept_tls(peer, tls).await {
                            // The receiver is gone when the plugin shuts down.
                            Ok(connection) => drop(ready.send(Ok(connection)).await),
                            Err(error) => tracing::debug!("a connection was dropped: {error}"),
                        }
                    });
                }
                Err(error) => {
                    tracing::debug!("no connection could be accepted: {error}");
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
            }
        }
    });
    ReceiverStream::new(connections)
}

async fn accept_tls(peer: Box<dyn Duplex>, tls: Option<TlsAcceptor>) -> io::Result<Connection> {
    match tls {
        None => Ok(Connection(peer)),
        Some(tls) => match tokio::time::timeout(HANDSHAKE_LIMIT, tls.accept(peer)).await {
            Ok(secured) => Ok(Connection(Box::new(secured?))),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the TLS handshake was not finished")),
        },
    }
}

impl Listener {
    async fn accept(&self) -> io::Result<Box<dyn Duplex>> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => listener.accept().await.map(|(peer, _)| Box::new(peer) as Box<dyn Duplex>),
            Self::Tcp(listener) => listener.accept().await.map(|(peer, _)| Box::new(peer) as Box<dyn Duplex>),
        }
    }
}

/// Bytes both ways.
trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// One connection, of whatever kind, as tonic wants it.
pub(super) struct Connection(Box<dyn Duplex>);

impl Connected for Connection {
    /// Handlers learn nothing of the peer: there is only one.
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
