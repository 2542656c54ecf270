//! The last requests, for the tenant's page.

use std::{collections::VecDeque, sync::Mutex, time::Duration};

use jiff::Timestamp;

/// Maximum number of requests that are kept.
const MAX_REQUESTS: usize = 50;

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// When, by the tenant's clock.
    pub at: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// Status of the answer.
    pub status: u16,
    /// How long it took.
    pub took: Duration,
}

/// The last requests of an emulator.
#[derive(Debug, Default)]
pub struct Latest(Mutex<VecDeque<Exchange>>);

impl Latest {
    /// Remembers a request, and forgets the oldest.
    pub fn add(&self, answered: Exchange) {
        let mut all = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.push_front(answered);
        all.truncate(MAX_REQUESTS);
    }

    /// The latest first.
    pub fn all(&self) -> Vec<Exchange> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).iter().cloned().collect()
    }
}
