//! Writes every exchange to a file, one JSON line each, for the contract's checker. No secret is ever written.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::Mutex,
};

use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::http::{Payload, Request, Response, text::decode_form};

/// The replacement of a secret.
const REDACTED: &str = "redacted";
/// Form fields of a token request that are secret.
const SECRET_FIELDS: &[&str] = &["client_secret", "client_assertion", "password", "refresh_token", "code"];

/// An open file of exchanges.
#[derive(Debug)]
pub struct Recorder(Mutex<File>);

impl Recorder {
    /// Opens the file, to append to it.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Mutex::new(OpenOptions::new().create(true).append(true).open(path)?)))
    }

    /// Writes one exchange. That the disk is full is no reason to refuse the client: the line is lost and logged.
    pub fn write(&self, request: &Request, response: &Response) {
        let mut line = line(request, response).to_string();
        line.push('\n');
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Err(error) = file.write_all(line.as_bytes()) {
            tracing::error!(%error, "an exchange could not be recorded");
        }
    }
}

fn line(request: &Request, response: &Response) -> Value {
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    json!({
        "method": request.method.as_str(),
        "url": format!("https://{}{}{query}", request.host, request.path),
        "request_headers": headers(&request.headers),
        "request_body": request_body(request),
        "status": response.status.as_u16(),
        "response_headers": headers(&response.headers),
        "response_body": match &response.body {
            Payload::Empty | Payload::Open(_) => Value::Null,
            Payload::Json(value) => without_secrets(value.clone()),
            Payload::Text(text) => Value::String(text.clone()),
        },
    })
}

fn headers(headers: &HeaderMap) -> Value {
    let mut out = Map::new();
    for (name, value) in headers {
        let text = match name.as_str() {
            "authorization" | "x-ms-authorization-auxiliary" | "x-identity-header" => REDACTED.into(),
            _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        };
        out.insert(name.as_str().to_owned(), Value::String(text));
    }
    Value::Object(out)
}

fn request_body(request: &Request) -> Value {
    if request.body.is_empty() {
        return Value::Null;
    }
    if let Ok(value) = serde_json::from_slice(&request.body) {
        return without_secrets(value);
    }
    let is_form = request.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Value::String(String::from_utf8_lossy(&request.body).into_owned());
    }
    let fields = decode_form(&String::from_utf8_lossy(&request.body));
    fields
        .into_iter()
        .map(|(name, value)| {
            let value = if SECRET_FIELDS.contains(&name.as_str()) { REDACTED.into() } else { value };
            (name, Value::String(value))
        })
        .collect::<Map<_, _>>()
        .into()
}

/// Passwords and tokens, at any depth.
fn without_secrets(mut value: Value) -> Value {
    match &mut value {
        Value::Object(map) => {
            for (name, inner) in map.iter_mut() {
                if name == "kubeconfigs" {
                    // They hold the credentials of clusters.
                    for config in inner.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
                        config.insert("value".into(), json!(STANDARD.encode(REDACTED)));
                    }
                    continue;
                }
                let secret = matches!(name.as_str(), "password" | "access_token" | "Authorization" | "authorization");
                *inner = if secret && inner.is_string() { json!(REDACTED) } else { without_secrets(inner.take()) };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_secrets(item.take())),
        _ => {}
    }
    value
}
