//! One request as the emulator's services see it.

use axum::{
    body::Bytes,
    http::{HeaderMap, Method},
};
use serde_json::Value;
use uuid::Uuid;

use super::text::{decode_form, percent_decode};

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// HTTP method.
    pub method: Method,
    /// Path, still percent-encoded.
    pub path: String,
    /// Query, still percent-encoded; empty when there is none.
    pub query: String,
    /// Header fields.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
    /// Host and port that the client used, so that links in answers lead back the same way.
    pub host: String,
    /// The service's own id of the request.
    pub id: Uuid,
}

impl Request {
    /// A header's value, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The segments of the path, decoded, without empty ones.
    pub fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|part| !part.is_empty()).map(percent_decode).collect()
    }

    /// A query option, decoded.
    pub fn option(&self, name: &str) -> Option<String> {
        decode_form(&self.query).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The body as JSON; `None` when it is empty.
    pub fn json(&self) -> Result<Option<Value>, serde_json::Error> {
        if self.body.is_empty() { Ok(None) } else { serde_json::from_slice(&self.body).map(Some) }
    }

    /// Whether the header `ConsistencyLevel: eventual` is there, which some queries need.
    pub fn eventual(&self) -> bool {
        self.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
    }

    /// Whether a `Prefer` header names this preference.
    pub fn prefers(&self, preference: &str) -> bool {
        self.headers
            .get_all("prefer")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split([',', ';']))
            .any(|one| one.trim().eq_ignore_ascii_case(preference))
    }
}
