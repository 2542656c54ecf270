//! One response as the emulator's services make it.

use std::{
    convert::Infallible,
    fmt::{self, Debug, Formatter},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response as HttpResponse,
};
use futures_util::Stream;
use serde_json::Value;

/// A response.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: StatusCode,
    /// Header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Payload,
}

/// The body of a response.
#[derive(Debug, Clone)]
pub enum Payload {
    /// No body.
    Empty,
    /// A JSON value.
    Json(Value),
    /// Plain text, of the type that the header names.
    Text(String),
    /// Text that is followed by more while the connection is open.
    Open(OpenBody),
}

/// A body that grows: its beginning, and a function that is asked for more.
#[derive(Clone)]
pub struct OpenBody {
    first: String,
    until: Instant,
    more: Arc<Mutex<More>>,
}

/// Text since the last call; `None` at the end.
type More = dyn FnMut() -> Option<String> + Send;

impl Debug for OpenBody {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenBody").field("first", &self.first).finish_non_exhaustive()
    }
}

impl OpenBody {
    /// How often it is asked for more.
    const INTERVAL: Duration = Duration::from_millis(250);

    fn stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        futures_util::stream::unfold((self, true), async |(body, is_first)| {
            if is_first && !body.first.is_empty() {
                let text = Bytes::from(body.first.clone());
                return Some((Ok(text), (body, false)));
            }
            loop {
                tokio::time::sleep(Self::INTERVAL.min(body.until.saturating_duration_since(Instant::now()))).await;
                if Instant::now() >= body.until {
                    return None;
                }
                let more = Arc::clone(&body.more);
                // It waits for the store, and computes.
                let text = tokio::task::spawn_blocking(move || (more.lock().unwrap_or_else(PoisonError::into_inner))()).await.ok()??;
                if !text.is_empty() {
                    return Some((Ok(Bytes::from(text)), (body, false)));
                }
            }
        })
    }
}

/// Mark on a response that must reach the client piece by piece: it is not compressed.
#[derive(Debug, Clone, Copy)]
pub struct Unbuffered;

impl Response {
    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Payload::Empty }
    }

    /// An answer with a JSON body.
    pub fn json(status: StatusCode, body: Value) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        Self { status, headers, body: Payload::Json(body) }
    }

    /// An answer with a text body.
    pub fn text(status: StatusCode, kind: &'static str, body: impl Into<String>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        Self { status, headers, body: Payload::Text(body.into()) }
    }

    /// An answer that stays open until an instant or until `more` returns `None`.
    pub fn open(kind: &'static str, first: String, until: Instant, more: impl FnMut() -> Option<String> + Send + 'static) -> Self {
        let mut out = Self::text(StatusCode::OK, kind, "");
        out.body = Payload::Open(OpenBody { first, until, more: Arc::new(Mutex::new(more)) });
        out
    }

    /// Adds or replaces a header. A value that no header can hold is left out.
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Adds or replaces a header of the service's own.
    pub fn with(self, name: &'static str, value: &str) -> Self {
        self.with_header(HeaderName::from_static(name), value)
    }

    /// The bytes of the body; of one that grows, its beginning.
    pub fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Payload::Empty => Vec::new(),
            Payload::Json(value) => value.to_string().into_bytes(),
            Payload::Text(text) => text.clone().into_bytes(),
            Payload::Open(body) => body.first.clone().into_bytes(),
        }
    }

    /// The response for the HTTP server.
    pub fn into_response(self) -> HttpResponse {
        let mut response = match self.body {
            Payload::Open(body) => {
                let mut response = HttpResponse::new(Body::from_stream(body.stream()));
                response.extensions_mut().insert(Unbuffered);
                response
            }
            _ => HttpResponse::new(Body::from(self.bytes())),
        };
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
