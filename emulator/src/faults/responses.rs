//! The responses of faults.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response as HttpResponse,
};

use serde_json::Value;

use super::FaultEffect;
use crate::http::{Payload, Response};

/// Mark on a response that must never arrive: the server ends the connection instead.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionReset;

/// The response in place of the request's own, for the effects that have one. `failure` is the service's own response of a status.
pub fn replacement(effect: &FaultEffect, failure: impl FnOnce(StatusCode) -> Response) -> Option<Response> {
    let (status, retry_after) = match effect {
        FaultEffect::Status(status) | FaultEffect::StatusAfter(status) => (StatusCode::from_u16(*status).ok()?, None),
        FaultEffect::Throttle(seconds) => (StatusCode::TOO_MANY_REQUESTS, *seconds),
        FaultEffect::ExpiredToken => (StatusCode::UNAUTHORIZED, None),
        FaultEffect::Html => {
            let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                        Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
            return Some(Response::text(StatusCode::BAD_GATEWAY, "text/html", page));
        }
        _ => return None,
    };
    let response = failure(status);
    Some(match retry_after {
        Some(seconds) => response.with_header(header::RETRY_AFTER, &seconds.to_string()),
        None => response,
    })
}

/// The response in whose place nothing arrives.
pub fn reset() -> HttpResponse {
    let mut response = HttpResponse::new(Body::empty());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.extensions_mut().insert(ConnectionReset);
    response
}

/// The answer with these properties, where they are null, replaced; without a replacement they are left out.
pub fn without_nulls(mut response: Response, names: &[String], replacement: Option<&Value>) -> Response {
    if let Payload::Json(body) = &mut response.body {
        replace_nulls(body, names, replacement);
    }
    response
}

fn replace_nulls(value: &mut Value, names: &[String], replacement: Option<&Value>) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(|element| replace_nulls(element, names, replacement)),
        Value::Object(entries) => {
            for name in names {
                match (entries.get_mut(name), replacement) {
                    (Some(entry @ Value::Null), Some(replacement)) => *entry = replacement.clone(),
                    (Some(Value::Null), None) => drop(entries.remove(name)),
                    _ => {}
                }
            }
            entries.values_mut().for_each(|entry| replace_nulls(entry, names, replacement));
        }
        _ => {}
    }
}

/// The first half of an answer; then the connection ends. Of an answer without a body nothing arrives.
pub fn truncated(response: Response) -> HttpResponse {
    let mut bytes = response.bytes();
    if bytes.is_empty() {
        return reset();
    }
    bytes.truncate(bytes.len() / 2);
    let ended = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let mut out = HttpResponse::new(Body::from_stream(futures_util::stream::iter([Ok(bytes), Err(ended)])));
    *out.status_mut() = response.status;
    *out.headers_mut() = response.headers;
    // Half of something compressed would be hard to make on purpose.
    out.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    out
}
