//! Counts requests by method and path template, for tests that assert how many a client needs.

use std::{collections::BTreeMap, sync::Mutex};

use serde::Serialize;

/// Counts of requests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TrafficCounts {
    /// HTTP requests. A batch is one.
    pub http: BTreeMap<String, u64>,
    /// Requests inside batches.
    pub batched: BTreeMap<String, u64>,
}

/// The counters of an emulator.
#[derive(Debug, Default)]
pub struct Counts(Mutex<TrafficCounts>);

impl Counts {
    /// Counts an HTTP request, as in `GET /v1.0/groups/{id}`.
    pub fn http(&self, line: String) {
        *self.lock().http.entry(line).or_default() += 1;
    }

    /// Counts a request inside a batch.
    pub fn batched(&self, line: String) {
        *self.lock().batched.entry(line).or_default() += 1;
    }

    /// The counts so far.
    pub fn snapshot(&self) -> TrafficCounts {
        self.lock().clone()
    }

    /// Starts again at nothing.
    pub fn reset(&self) {
        *self.lock() = TrafficCounts::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, TrafficCounts> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
