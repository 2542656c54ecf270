//! Nothing secret in what is printed or logged, at the most talkative level, of our own and of the libraries.

use std::cell::RefCell;
use std::io::{self, Write};

use serde_json::json;

use super::super::http::script::{error, says, status};
use super::*;

const PASSWORD: &str = "Tr0ub4dor&3";

thread_local! {
    /// What this thread logged. The subscriber is everybody's: with one of this thread alone, tracing can decide in
    /// another test's thread that nobody listens, and remember it.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn neither_in_logs_nor_in_errors() {
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| Log).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let (client, _) = client(|nth, seen| match (seen.method.as_str(), nth) {
        ("POST", 0) => status(503).header("retry-after", "1"),
        ("POST", _) => says(201, group()).header("request-id", "theirs"),
        _ => error(400, "Request_BadRequest", "The specified password does not comply with password complexity requirements."),
    });
    let create = Request::post("/users").json(&json!({"passwordProfile": {"password": PASSWORD}}));
    let answer = client.send(&create, &hour()).await.unwrap();
    let change = Request::patch("/users/{id}").with("id", "somebody@example.org").json(&json!({"password": PASSWORD}));
    let refused = client.send(&change, &hour()).await.unwrap_err();
    let outcomes = client.batch(std::slice::from_ref(&create), &hour()).await;
    let (unsigned, _) = client_with(settings(), |_, _| says(401, json!({"error": "invalid_client", "error_codes": [7000215]})));
    let unsigned_error = unsigned.send(&create, &hour()).await.unwrap_err();

    let mut printed = String::from_utf8(LOG.take()).unwrap();
    assert!(printed.contains("template=\"/users\"") && printed.contains("status=201"), "{printed}");
    assert!(printed.contains("request_id=\"theirs\"") && printed.contains("attempt=2"), "{printed}");
    printed.push_str(&format!("{client:?} {create:?} {answer:?} {refused} {refused:?} {outcomes:?} {unsigned_error} {unsigned_error:?}"));
    for secret in [SECRET, PASSWORD, "token-0", "Bearer"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
    assert!(!printed.contains("somebody"), "values of paths are not logged: {printed}");
}
