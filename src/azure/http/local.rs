//! A server on the loopback interface that says exactly what a test wants, byte by byte.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a request.
#[derive(Clone)]
pub(super) enum Act {
    /// Writes these bytes and listens on.
    Say(Vec<u8>),
    /// Writes these bytes and closes the connection.
    Last(Vec<u8>),
    /// Writes these bytes for as long as they are taken.
    Flood(Vec<u8>, Vec<u8>),
    /// Does nothing.
    Hang,
    /// Writes these bytes before anything was asked.
    Blurt(Vec<u8>),
}

pub(super) struct Local {
    pub(super) port: u16,
    pub(super) connections: Arc<AtomicUsize>,
    pub(super) requests: Arc<AtomicUsize>,
}

impl Local {
    /// Serves until the test's runtime ends.
    pub(super) async fn serve(act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let local = Self { port: listener.local_addr().unwrap().port(), connections: Arc::default(), requests: Arc::default() };
        let (connections, requests) = (Arc::clone(&local.connections), Arc::clone(&local.requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(talk(stream, act.clone(), Arc::clone(&requests)));
            }
        });
        local
    }

    pub(super) fn url(&self) -> reqwest::Url {
        format!("http://127.0.0.1:{}/x", self.port).parse().unwrap()
    }
}

async fn talk(mut stream: TcpStream, act: Act, requests: Arc<AtomicUsize>) {
    if let Act::Blurt(bytes) = &act {
        return stream.write_all(bytes).await.unwrap();
    }
    while read_request(&mut stream).await.is_some() {
        requests.fetch_add(1, Ordering::SeqCst);
        match &act {
            Act::Say(bytes) => stream.write_all(bytes).await.unwrap(),
            Act::Last(bytes) => return stream.write_all(bytes).await.unwrap(),
            Act::Flood(first, rest) => {
                stream.write_all(first).await.unwrap();
                while stream.write_all(rest).await.is_ok() {}
                return;
            }
            Act::Blurt(_) => return,
            Act::Hang => tokio::time::sleep(Duration::from_secs(3600)).await,
        }
    }
}

/// Reads one request; `None` when the other side is done.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(())
}
