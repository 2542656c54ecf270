//! Reads the shapes in which the services wrap their errors (docs/services/graph.md#responses-and-errors).
//!
//! Nothing here can fail: an answer that is none of the known shapes becomes an envelope that describes it.

use reqwest::header::{HeaderMap, LOCATION, WWW_AUTHENTICATE};
use serde_json::{Map, Value};

use super::{Detail, Error, Exchange, ServiceError, SignInError, UnreadableAnswer, quoted};
use crate::azure::service::Service;

/// As much of a body as goes into a message.
const QUOTED: usize = 2_000;

/// The longest body, in bytes, that is parsed.
const LONGEST: usize = 1 << 20;

/// The body of an error.
#[derive(Debug, Default)]
struct Envelope {
    code: String,
    message: String,
    details: Vec<Detail>,
    /// `innerError.request-id`: the same as the header, for answers that come inside a batch.
    request_id: String,
    trace_id: String,
    correlation_id: String,
}

impl Envelope {
    fn read(status: u16, body: &[u8]) -> Self {
        // An error of the services is some kilobytes.
        let parsed = if body.len() > LONGEST { None } else { serde_json::from_slice::<Value>(body).ok() };
        let mut envelope = match parsed {
            Some(Value::Object(object)) => Self::of_object(&object),
            _ => Self::default(),
        };
        if envelope.message.is_empty() {
            envelope.message = instead(status, body, &envelope.code);
        }
        envelope
    }

    fn of_object(object: &Map<String, Value>) -> Self {
        match object.get("error") {
            Some(Value::Object(error)) => Self::of_error(error),
            // The token endpoint, and IMDS.
            Some(Value::String(error)) => Self::of_token_endpoint(error, object),
            // The AKS resource provider may leave the wrapper out.
            _ => Self::of_error(object),
        }
    }

    fn of_error(error: &Map<String, Value>) -> Self {
        let inner = error.get("innerError").or_else(|| error.get("innererror"));
        let mut envelope = Self {
            code: text(error.get("code")),
            message: text(error.get("message")),
            details: details(error.get("details")),
            request_id: inner.map_or_else(String::new, |inner| text(inner.get("request-id"))),
            ..Self::default()
        };
        // Conditional access: the useful sentence follows an error number.
        let inner_message = inner.map_or_else(String::new, |inner| text(inner.get("message")));
        if !inner_message.is_empty() {
            envelope.message = inner_message;
        }
        // PIM through Graph: the message is itself JSON.
        if let Ok(Value::Object(nested)) = serde_json::from_str::<Value>(&envelope.message) {
            let (code, message) = (text(nested.get("errorCode")), text(nested.get("message")));
            if !code.is_empty() {
                envelope.code = code;
            }
            if !message.is_empty() {
                envelope.message = message;
            }
        }
        envelope
    }

    fn of_token_endpoint(error: &str, object: &Map<String, Value>) -> Self {
        let number = object.get("error_codes").and_then(Value::as_array).and_then(|codes| codes.first()).map(Value::to_string);
        let description = text(object.get("error_description"));
        // Newer answers put the ids on the same line, older ones on lines of their own; both are in fields, too.
        let sentence = description.split("Trace ID:").next().unwrap_or_default().trim();
        let code = number.map_or_else(|| error.to_owned(), |number| format!("AADSTS{number}"));
        let message = sentence.strip_prefix(&format!("{code}:")).unwrap_or(sentence).trim();
        Self {
            message: message.to_owned(),
            code,
            trace_id: text(object.get("trace_id")),
            correlation_id: text(object.get("correlation_id")),
            ..Self::default()
        }
    }
}

/// The error that an answer of 300 or above is. `request_id` is the header's.
pub(in crate::azure) fn error_of(exchange: Exchange, status: u16, body: &[u8], request_id: String, headers: &HeaderMap) -> Error {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if (300..400).contains(&status) {
        let to = header(LOCATION).unwrap_or("nowhere");
        return Error::Unreadable(Box::new(UnreadableAnswer {
            exchange,
            status,
            reason: format!("a redirect to {}, which is not followed because the request carries credentials", quoted(to)),
            request_id,
        }));
    }
    let envelope = Envelope::read(status, body);
    if matches!(exchange.service, Service::Identity | Service::ManagedIdentity) {
        let code = if envelope.code.is_empty() { String::new() } else { format!(" {}", envelope.code) };
        let message = format!("{} answered {status}{code}: {}{}", exchange.template, envelope.message, exchange.tried);
        let key_file = header(WWW_AUTHENTICATE).filter(|_| status == 401).and_then(basic_realm);
        return Error::SignIn(Box::new(SignInError { message, key_file, ..SignInError::default() }));
    }
    if exchange.service == Service::SignIn {
        return Error::SignIn(Box::new(SignInError {
            code: envelope.code,
            message: format!("{}{}", envelope.message, exchange.tried),
            trace_id: envelope.trace_id,
            correlation_id: envelope.correlation_id,
            ..SignInError::default()
        }));
    }
    let request_id = if request_id.is_empty() { envelope.request_id } else { request_id };
    Error::Service(Box::new(ServiceError {
        exchange,
        status,
        code: envelope.code,
        message: envelope.message,
        details: envelope.details,
        request_id,
        caller: None,
    }))
}

/// `Basic realm=/a/path`, with quotes or without.
fn basic_realm(challenge: &str) -> Option<String> {
    let (scheme, realm) = challenge.trim().split_once(' ')?;
    let realm = realm.trim().strip_prefix("realm=").filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    Some(realm.trim().trim_matches('"').to_owned())
}

/// A string, or an object with the string in `value` (both are seen as `message`), cut to a bearable length.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.chars().take(QUOTED).collect(),
        Some(Value::Object(object)) => text(object.get("value")),
        _ => String::new(),
    }
}

/// `details` is an array, or one object.
fn details(value: Option<&Value>) -> Vec<Detail> {
    let entries = match value {
        Some(Value::Array(entries)) => entries.as_slice(),
        Some(entry @ Value::Object(_)) => std::slice::from_ref(entry),
        _ => &[],
    };
    entries
        .iter()
        .map(|entry| Detail { code: text(entry.get("code")), message: text(entry.get("message")), target: text(entry.get("target")) })
        .collect()
}

/// What to say where the answer has no sentence of its own: gateways answer with HTML, or with nothing.
fn instead(status: u16, body: &[u8], code: &str) -> String {
    let start = String::from_utf8_lossy(body.get(..body.len().min(QUOTED)).unwrap_or_default());
    let start = start.trim();
    if start.is_empty() {
        return format!("the answer has no body ({})", reason(status));
    }
    if is_html(start) {
        return format!(
            "the answer is a web page{}, not the service's own: something in between, such as a proxy or a gateway, \
             may have written it",
            title(start).map_or_else(String::new, |title| format!(" titled \"{title}\""))
        );
    }
    if code.is_empty() {
        let quoted: String = start.chars().take(200).collect();
        return format!("the answer is not one of the service's own: {quoted}");
    }
    reason(status)
}

/// Whether a text looks like a web page.
pub(super) fn is_html(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(15).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<head")
}

fn title(page: &str) -> Option<String> {
    // ASCII lower-casing keeps every byte in its place, so positions in one are positions in the other.
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = lower.get(start..)?.find("</title>")? + start;
    let title = page.get(start..end)?.trim();
    (!title.is_empty()).then(|| title.chars().take(100).collect())
}

fn reason(status: u16) -> String {
    reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .map_or_else(|| format!("status {status}"), str::to_owned)
}

impl UnreadableAnswer {
    /// The reason for a successful answer whose body is not the JSON that was expected. `path` names the field.
    pub(in crate::azure) fn reason(body: &[u8], path: &str, error: &serde_json::Error) -> String {
        let start = String::from_utf8_lossy(body.get(..body.len().min(200)).unwrap_or_default());
        if body.is_empty() {
            "the answer has no body".to_owned()
        } else if is_html(&start) {
            "a web page instead of JSON; something in between, such as a proxy, may have written it".to_owned()
        } else if error.is_eof() {
            "the answer is cut off".to_owned()
        } else if error.is_syntax() {
            format!("the answer is not JSON: {error}")
        } else if path == "." {
            format!("{error}")
        } else {
            format!("{path}: {error}")
        }
    }
}
