//! The tenant's data and its time: what every service is handed.

use std::sync::{
    PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use jiff::Timestamp;

use crate::{
    clock::Clock,
    store::{Change, DiskError, Store, View},
};

/// A change that the tenant makes at a certain time: an assignment ends, a deleted object is removed for good.
#[derive(Debug, Clone, Copy)]
pub struct TimedWork {
    /// The changes for all that is due at an instant.
    pub changes: fn(View<'_>, Timestamp) -> Vec<Change>,
    /// When the next of it is due; `None` if nothing is.
    pub next: fn(View<'_>) -> Option<Timestamp>,
}

/// The store, the clock, and the work that time does.
#[derive(Debug)]
pub struct Database {
    /// The tenant's time.
    pub clock: Clock,
    store: RwLock<Store>,
    timed: Vec<TimedWork>,
    /// Number of the next request, by which its replica is chosen.
    next_request: AtomicU64,
    /// When the next timed work is due, in seconds since 1970.
    due: AtomicI64,
}

impl Database {
    /// A database of this store, in which time does this work.
    pub fn new(store: Store, timed: Vec<TimedWork>) -> Self {
        Self { clock: Clock::default(), store: RwLock::new(store), timed, next_request: AtomicU64::new(0), due: AtomicI64::new(0) }
    }

    /// The store, to read.
    pub fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store, to decide on a write and make it.
    pub fn write(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, by the tenant's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The number of a request, each one higher than the last.
    pub fn number_request(&self) -> u64 {
        self.next_request.fetch_add(1, Ordering::Relaxed)
    }

    /// Says that timed work is due at an instant.
    pub fn due_at(&self, at: Timestamp) {
        self.due.fetch_min(at.as_second(), Ordering::Relaxed);
    }

    /// Does the timed work, if any is due.
    ///
    /// # Errors
    ///
    /// If the changes could not be kept on disk; then none of them is made.
    pub fn run_if_due(&self) -> Result<(), DiskError> {
        if self.now().as_second() >= self.due.load(Ordering::Relaxed) { self.run_timed_work() } else { Ok(()) }
    }

    /// Does all timed work that is due, and finds out when the next is.
    ///
    /// # Errors
    ///
    /// As [`Database::run_if_due`].
    pub fn run_timed_work(&self) -> Result<(), DiskError> {
        let now = self.now();
        let mut store = self.write();
        let changes = self.timed.iter().flat_map(|work| (work.changes)(store.latest(), now)).collect();
        store.commit(changes, now)?;
        let next = self.timed.iter().filter_map(|work| (work.next)(store.latest())).min();
        self.due.store(next.map_or(i64::MAX, Timestamp::as_second), Ordering::Relaxed);
        Ok(())
    }
}
