//! One response as the emulator's services make it.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response as HttpResponse,
};
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
}

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

    /// The bytes of the body.
    pub fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Payload::Empty => Vec::new(),
            Payload::Json(value) => value.to_string().into_bytes(),
            Payload::Text(text) => text.clone().into_bytes(),
        }
    }

    /// The response for the HTTP server.
    pub fn into_response(self) -> HttpResponse {
        let bytes = self.bytes();
        let mut response = HttpResponse::new(Body::from(bytes));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
