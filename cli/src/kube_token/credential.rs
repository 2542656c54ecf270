//! The `ExecCredential` that `kubectl` reads.

use std::env;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::login::Token;
use crate::failure::Failure;

/// The version of the interface that `kubectl` did not name: what all that are in use understand.
const DEFAULT_VERSION: &str = "client.authentication.k8s.io/v1beta1";

/// Prints an `ExecCredential`.
pub fn print(token: &Token) -> Result<(), Failure> {
    let asked = env::var("KUBERNETES_EXEC_INFO").ok();
    let text = credential(token, asked.as_deref()).to_string();
    crate::terminal::print_json_text(&text)
}

fn credential(token: &Token, asked: Option<&str>) -> Value {
    let asked: Option<Value> = asked.and_then(|text| serde_json::from_str(text).ok());
    let version = asked.as_ref().and_then(|asked| asked.get("apiVersion")).and_then(Value::as_str).unwrap_or(DEFAULT_VERSION);
    let expires = Timestamp::from_second(token.expires).unwrap_or_default();
    json!({
        "kind": "ExecCredential",
        "apiVersion": version,
        "spec": {"interactive": false},
        "status": {"expirationTimestamp": expires.to_string(), "token": token.access},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_that_was_asked_for() {
        let token = Token { access: "t".into(), expires: 1_793_630_000, refresh: None };
        let shown = credential(&token, None);
        assert_eq!((&shown["apiVersion"], &shown["status"]["token"]), (&json!(DEFAULT_VERSION), &json!("t")));
        assert_eq!(shown["status"]["expirationTimestamp"], "2026-11-02T14:33:20Z");
        let asked = r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":true}}"#;
        assert_eq!(credential(&token, Some(asked))["apiVersion"], "client.authentication.k8s.io/v1");
    }
}
