//! A successful answer.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::error::{Error, Exchange, UnreadableAnswer};
use super::json_memory;
use super::time_headers::retry_after;

/// What a service answered, with a status below 300.
#[derive(Clone)]
pub struct Answer {
    pub(super) exchange: Exchange,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) request_id: String,
}

impl Answer {
    /// HTTP status: 200 to 299.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is 204: the request succeeded, and the answer has no body.
    pub fn is_no_content(&self) -> bool {
        self.status == 204
    }

    /// Whether an earlier attempt of the same request may have taken effect already.
    pub fn repeated(&self) -> bool {
        self.exchange.repeated
    }

    /// The service's id of the request; empty if it gave none.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// A header, e.g. `Location` or `Azure-AsyncOperation`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the service asks to wait before the next request.
    pub(super) fn retry_after(&self) -> Option<std::time::Duration> {
        retry_after(&self.headers)
    }

    /// The body. An error names the field that is wrong; if the request was a write, the error is
    /// [ambiguous](Error::is_ambiguous), for the write took effect and only its answer is lost.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if json_memory::is_excessive(&self.body) {
            return Err(
                self.unreadable(format!("{} bytes of JSON that hold far more values than any answer of the services", self.body.len()))
            );
        }
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            UnreadableAnswer::reason(&self.body, &path, error.inner())
        });
        let parsed = parsed.and_then(|value| {
            let rest = json.end().map_err(|_| "something follows the JSON".to_owned());
            rest.map(|()| value)
        });
        parsed.map_err(|reason| self.unreadable(reason))
    }

    /// The error of an answer that is not as expected.
    pub(super) fn unreadable(&self, reason: impl Into<String>) -> Error {
        Error::Unreadable(Box::new(UnreadableAnswer {
            exchange: self.exchange.clone(),
            status: self.status,
            reason: reason.into(),
            request_id: self.request_id.clone(),
        }))
    }
}

impl std::fmt::Debug for Answer {
    /// Without the body.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {} {}", self.status, self.exchange.method, self.exchange.template)
    }
}
