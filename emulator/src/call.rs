//! One request as the emulator's services see it: read whole, its path taken apart once.

use axum::{
    body::Bytes,
    http::{HeaderMap, Method},
};
use serde_json::Value;
use uuid::Uuid;

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
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

impl Call {
    /// A header's value, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The segments of the path, decoded, without empty ones.
    pub fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|part| !part.is_empty()).map(unquote).collect()
    }

    /// A query option, decoded.
    pub fn option(&self, name: &str) -> Option<String> {
        pairs(&self.query).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
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

/// The pairs of a query or a form, decoded.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unquote_plus(name), unquote_plus(value))
        })
        .collect()
}

/// Decodes a query's or form's text, where `+` is a space.
pub fn unquote_plus(text: &str) -> String {
    unquote(&text.replace('+', " "))
}

/// Decodes `%XX`. A sequence that is none stays as it is; what is no UTF-8 is replaced.
pub fn unquote(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Encodes a query option's value: everything but letters, digits and `-._~`.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_leaves_what_is_no_escape() {
        for (text, decoded) in [("a%20b", "a b"), ("100%", "100%"), ("%zz", "%zz"), ("%C3%A4", "ä"), ("a+b", "a+b")] {
            assert_eq!(unquote(text), decoded);
        }
        assert_eq!(
            pairs("$top=5&%24filter=a+eq+%27b%27&x"),
            [("$top".into(), "5".into()), ("$filter".into(), "a eq 'b'".into()), ("x".into(), String::new()),]
        );
        assert_eq!(unquote(&quote("a'b c/ä")), "a'b c/ä");
    }
}
