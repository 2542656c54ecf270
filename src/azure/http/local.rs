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
    /// Writes these bytes, and then a byte every tenth of a second.
    Drip(Vec<u8>),
    /// Writes these bytes and resets the connection.
    Reset(Vec<u8>),
    /// Speaks HTTP/2: answers a request with these frames, and with the other ones for as long as they are taken.
    Http2(Vec<u8>, Vec<u8>),
}

/// A frame of HTTP/2 (RFC 9113, section 4.1).
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

pub(super) struct Local {
    pub(super) port: u16,
    pub(super) connections: Arc<AtomicUsize>,
    pub(super) requests: Arc<AtomicUsize>,
    /// Bytes of a flood that were taken.
    pub(super) sent: Arc<AtomicUsize>,
}

impl Local {
    /// Serves until the test's runtime ends.
    pub(super) async fn serve(act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let local = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            requests: Arc::default(),
            sent: Arc::default(),
        };
        let (connections, requests, sent) = (Arc::clone(&local.connections), Arc::clone(&local.requests), Arc::clone(&local.sent));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(talk(stream, act.clone(), Arc::clone(&requests), Arc::clone(&sent)));
            }
        });
        local
    }

    pub(super) fn url(&self) -> reqwest::Url {
        format!("http://127.0.0.1:{}/x", self.port).parse().unwrap()
    }
}

/// Writes the bytes for as long as they are taken.
async fn flood(stream: &mut TcpStream, bytes: &[u8], sent: &AtomicUsize) {
    while stream.write_all(bytes).await.is_ok() {
        sent.fetch_add(bytes.len(), Ordering::SeqCst);
    }
}

/// Reads the preface of HTTP/2 and frames up to the headers of a request; whether there was one.
async fn read_http2_request(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.read_exact(&mut [0; 24]).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let [a, b, c, kind, ..] = head;
        stream.read_exact(&mut vec![0; u32::from_be_bytes([0, a, b, c]) as usize]).await?;
        if kind == 1 {
            return Ok(());
        }
    }
}

async fn talk_http2(mut stream: TcpStream, first: &[u8], rest: &[u8], requests: &AtomicUsize, sent: &AtomicUsize) -> std::io::Result<()> {
    stream.write_all(&frame(4, 0, 0, &[])).await?;
    read_http2_request(&mut stream).await?;
    requests.fetch_add(1, Ordering::SeqCst);
    stream.write_all(first).await?;
    // Many frames at once, and what the other side says to them is read, so that it is not held up.
    let (mut reader, mut writer) = stream.into_split();
    let drain = tokio::spawn(async move { tokio::io::copy(&mut reader, &mut tokio::io::sink()).await });
    let bytes = rest.repeat((65_536 / rest.len()).max(1));
    while writer.write_all(&bytes).await.is_ok() {
        sent.fetch_add(bytes.len(), Ordering::SeqCst);
    }
    drain.abort();
    Ok(())
}

async fn talk(mut stream: TcpStream, act: Act, requests: Arc<AtomicUsize>, sent: Arc<AtomicUsize>) {
    if let Act::Blurt(bytes) = &act {
        return stream.write_all(bytes).await.unwrap();
    }
    if let Act::Http2(first, rest) = &act {
        // The other side may leave at any time.
        _ = talk_http2(stream, first, rest, &requests, &sent).await;
        return;
    }
    while read_request(&mut stream).await.is_some() {
        requests.fetch_add(1, Ordering::SeqCst);
        match &act {
            Act::Say(bytes) => stream.write_all(bytes).await.unwrap(),
            Act::Last(bytes) => return stream.write_all(bytes).await.unwrap(),
            Act::Flood(first, rest) => {
                stream.write_all(first).await.unwrap();
                return flood(&mut stream, rest, &sent).await;
            }
            Act::Drip(first) => {
                stream.write_all(first).await.unwrap();
                while stream.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                return;
            }
            Act::Reset(first) => {
                stream.write_all(first).await.unwrap();
                tokio::time::sleep(Duration::from_millis(50)).await;
                return stream.set_zero_linger().unwrap();
            }
            Act::Blurt(_) | Act::Http2(..) => return,
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
