//! What a fault answers in the service's place.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response as HttpResponse,
};

use super::Effect;
use crate::{
    arm,
    emulator::Emulator,
    graph::{self, GraphError},
    http::{Request, Response},
    identity::SignInError,
};

/// Mark on a response that must never arrive: whoever serves the connection ends it instead.
#[derive(Debug, Clone, Copy)]
pub struct Reset;

/// The answer in place of the call's own, for the effects that have one.
pub fn respond(emulator: &Emulator, request: &Request, effect: Effect) -> Option<Response> {
    let (status, retry_after) = match effect {
        Effect::Status(status) | Effect::StatusAfter(status) => (StatusCode::from_u16(status).ok()?, None),
        Effect::Throttle(seconds) => (StatusCode::TOO_MANY_REQUESTS, seconds),
        Effect::ExpiredToken => (StatusCode::UNAUTHORIZED, None),
        Effect::Html => {
            let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                        Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
            return Some(Response::text(StatusCode::BAD_GATEWAY, "text/html", page));
        }
        _ => return None,
    };
    let response = if request.path.starts_with("/v1.0") || request.path.starts_with("/beta") {
        graph::refusal(emulator, request, &graph_error(status))
    } else if arm::Target::is_here(&request.segments()) {
        arm::fault(emulator, request, status)
    } else {
        SignInError::transient(status).respond(emulator.clock.steady())
    };
    Some(match retry_after {
        Some(seconds) => response.with_header(header::RETRY_AFTER, &seconds.to_string()),
        None => response,
    })
}

/// Unverified: codes and texts, apart from `Request_ResourceNotFound`, `TooManyRequests` and `InvalidAuthenticationToken`.
fn graph_error(status: StatusCode) -> GraphError {
    let (code, text) = match status.as_u16() {
        401 => return GraphError::token_expired(),
        403 => return GraphError::denied(),
        404 => (
            "Request_ResourceNotFound",
            "Resource 'of a fault' does not exist or one of its queried reference-property objects are not present.",
        ),
        429 => ("TooManyRequests", "Too many requests."),
        500 => ("InternalServerError", "An internal server error occurred."),
        502 => ("BadGateway", "The gateway received an invalid response."),
        503 => ("ServiceNotAvailable", "The service is temporarily unavailable."),
        504 => ("GatewayTimeout", "The gateway did not receive a response in time."),
        _ => ("UnknownError", "An error that a test asked for."),
    };
    GraphError::new(status, code, text)
}

/// The response in whose place nothing arrives.
pub fn reset() -> HttpResponse {
    let mut response = HttpResponse::new(Body::empty());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.extensions_mut().insert(Reset);
    response
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
