//! The network as a script, for tests: no sockets, so that time can be paused and everything counted exactly.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::transport::{Attempt, Reply, Transport, WireError};
use crate::azure::error::Trouble;

/// A request as the other side saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Since the script began.
    pub(crate) at: Duration,
    pub(crate) method: String,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: HashMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What the other side does.
#[derive(Clone)]
pub(crate) struct Line {
    after: Duration,
    outcome: Result<Reply, WireError>,
}

impl Line {
    pub(crate) fn after(self, seconds: u64) -> Self {
        Self { after: Duration::from_secs(seconds), ..self }
    }

    /// Status and JSON of an answer, to be put into another.
    pub(crate) fn reply(self) -> (u16, Value) {
        let reply = self.outcome.unwrap();
        (reply.status, serde_json::from_slice(&reply.body).unwrap_or_default())
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(reply) = &mut self.outcome {
            reply.headers.insert(name, value.parse().unwrap());
        }
        self
    }
}

/// An answer with JSON in it.
pub(crate) fn says(status: u16, body: Value) -> Line {
    text(status, &body.to_string())
}

/// An answer with anything in it.
pub(crate) fn text(status: u16, body: &str) -> Line {
    let body = Bytes::copy_from_slice(body.as_bytes());
    Line { after: Duration::ZERO, outcome: Ok(Reply { status, headers: HeaderMap::new(), body }) }
}

/// An answer without a body.
pub(crate) fn status(status: u16) -> Line {
    text(status, "")
}

/// An error as Graph and ARM wrap it.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Line {
    says(status, json!({"error": {"code": code, "message": message}}))
}

/// No answer.
pub(crate) fn trouble(trouble: Trouble, sent: bool) -> Line {
    Line { after: Duration::ZERO, outcome: Err(WireError { trouble, sent, text: "scripted".to_owned() }) }
}

type Play = dyn Fn(usize, &Seen) -> Line + Send + Sync;

/// Everything that was sent, and what to say to it.
pub(crate) struct Script {
    play: Box<Play>,
    began: Instant,
    seen: Mutex<Vec<Seen>>,
    counts: Mutex<HashMap<String, usize>>,
}

impl Script {
    /// `play` gets the number of the request (from 0, counted per host) and the request.
    pub(crate) fn new(play: impl Fn(usize, &Seen) -> Line + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { play: Box::new(play), began: Instant::now(), seen: Mutex::default(), counts: Mutex::default() })
    }

    /// The requests to a host.
    pub(crate) fn seen(&self, host: &str) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.host == host).cloned().collect()
    }
}

#[async_trait]
impl Transport for Arc<Script> {
    async fn send(&self, attempt: Attempt) -> Result<Reply, WireError> {
        let seen = Seen {
            at: self.began.elapsed(),
            method: attempt.method.to_string(),
            host: attempt.url.host_str().unwrap().to_owned(),
            path: attempt.url.path().to_owned(),
            query: attempt.url.query_pairs().into_owned().collect(),
            headers: attempt.headers,
            body: String::from_utf8(attempt.body.unwrap_or_default().to_vec()).unwrap(),
        };
        let nth = {
            let mut counts = self.counts.lock().unwrap();
            let count = counts.entry(seen.host.clone()).or_default();
            *count += 1;
            *count - 1
        };
        let line = (self.play)(nth, &seen);
        self.seen.lock().unwrap().push(seen);
        tokio::time::sleep(line.after).await;
        line.outcome
    }
}
