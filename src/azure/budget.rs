//! How long an operation may take, and the word that stops it.
//!
//! The odd thing: a deadline here measures the operation's own time. Waiting for a throttled service's gate, or for
//! another caller who is fetching what this one needs too, moves the deadline by the time waited; otherwise a
//! configuration of a thousand objects would time out for being large.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::Error;

/// The deadline and the stop token of one operation; clones are the same budget.
#[derive(Clone, Debug)]
pub struct Budget {
    limit: Instant,
    stop: CancellationToken,
    waits: Arc<Mutex<Waits>>,
}

/// Time spent waiting for others. Several branches of one operation can wait at once: that time counts once.
#[derive(Debug, Default)]
struct Waits {
    active: usize,
    since: Option<Instant>,
    total: Duration,
}

/// Why an operation ended before its work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Its time is over.
    Deadline,
    /// It was told to stop.
    Stopped,
}

impl Ended {
    /// The error that says so, with the failure that was about to be retried, if there was one.
    pub fn with(self, last: Option<Error>) -> Error {
        match self {
            Self::Deadline => Error::Deadline(last.map(Box::new)),
            Self::Stopped => Error::Stopped(last.map(Box::new)),
        }
    }
}

impl From<Ended> for Error {
    fn from(ended: Ended) -> Self {
        ended.with(None)
    }
}

impl Budget {
    /// A budget of `timeout` from now, ended early when `stop` is cancelled.
    pub fn new(timeout: Duration, stop: CancellationToken) -> Self {
        Self { limit: Instant::now() + timeout, stop, waits: Arc::default() }
    }

    /// Ends with the reason if the operation should not begin anything new.
    pub fn check(&self) -> Result<(), Ended> {
        if self.stop.is_cancelled() {
            return Err(Ended::Stopped);
        }
        if Instant::now() >= self.deadline() {
            return Err(Ended::Deadline);
        }
        Ok(())
    }

    /// Runs `work` until it is done, the deadline has come, or the operation is stopped. Work that is done wins.
    pub async fn bounded<T>(&self, work: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = self.stop.cancelled() => return Err(Ended::Stopped),
                // The deadline may have been moved meanwhile: look again.
                () = tokio::time::sleep_until(self.deadline()) => {
                    if Instant::now() >= self.deadline() {
                        return Err(Ended::Deadline);
                    }
                }
            }
        }
    }

    /// Waits for something that is not this operation's own doing; only the stop token ends it, and the time does
    /// not count.
    pub async fn waiting<T>(&self, others: impl Future<Output = T>) -> Result<T, Ended> {
        let _paused = Paused::begin(self);
        tokio::select! {
            biased;
            done = others => Ok(done),
            () = self.stop.cancelled() => Err(Ended::Stopped),
        }
    }

    /// Waits for work that was handed over, which has a time of its own ([`together`](Self::together)): nothing ends the wait, and the time does
    /// not count.
    pub async fn entrusted<T>(&self, work: impl Future<Output = T>) -> T {
        let _paused = Paused::begin(self);
        work.await
    }

    /// A budget for work that several operations have handed over: the longest time that any of them has left, and stopped when the last of
    /// them is.
    pub fn together<'a>(&self, others: impl Iterator<Item = &'a Budget>) -> Self {
        let (mut limit, mut stop) = (self.deadline(), &self.stop);
        for other in others {
            limit = limit.max(other.deadline());
            if !other.stop.is_cancelled() {
                stop = &other.stop;
            }
        }
        Self { limit, stop: stop.clone(), waits: Arc::default() }
    }

    /// Pauses between two tries of this operation; this time counts.
    pub async fn sleep(&self, pause: Duration) -> Result<(), Ended> {
        self.bounded(tokio::time::sleep(pause)).await
    }

    fn deadline(&self) -> Instant {
        let waits = self.waits();
        let running = waits.since.map_or(Duration::ZERO, |since| since.elapsed());
        self.limit + waits.total + running
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        // Two numbers that are never left half-written: a panic elsewhere does not spoil them.
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops the clock of a budget while it lives, also when the waiting future is dropped.
struct Paused<'a>(&'a Budget);

impl<'a> Paused<'a> {
    fn begin(budget: &'a Budget) -> Self {
        let mut waits = budget.waits();
        waits.active += 1;
        waits.since.get_or_insert_with(Instant::now);
        drop(waits);
        Self(budget)
    }
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        let mut waits = self.0.waits();
        waits.active -= 1;
        if waits.active == 0
            && let Some(since) = waits.since.take()
        {
            waits.total += since.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn budget(seconds: u32) -> Budget {
        Budget::new(SECOND * seconds, CancellationToken::new())
    }

    #[tokio::test(start_paused = true)]
    async fn own_time_counts() {
        let budget = budget(10);
        assert_eq!(budget.sleep(SECOND * 9).await, Ok(()));
        assert_eq!(budget.sleep(SECOND * 2).await, Err(Ended::Deadline));
        assert_eq!(budget.check(), Err(Ended::Deadline));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_others_does_not() {
        let budget = budget(10);
        let hour = tokio::time::sleep(SECOND * 3600);
        assert_eq!(budget.waiting(hour).await, Ok(()));
        assert_eq!(budget.sleep(SECOND * 9).await, Ok(()));
        assert_eq!(budget.sleep(SECOND * 2).await, Err(Ended::Deadline));
    }

    #[tokio::test(start_paused = true)]
    async fn two_waits_at_once_count_once() {
        let budget = budget(10);
        let (first, second) = (tokio::time::sleep(SECOND * 30), tokio::time::sleep(SECOND * 40));
        let started = Instant::now();
        let _ = tokio::join!(budget.waiting(first), budget.waiting(second));
        assert_eq!(started.elapsed(), SECOND * 40);
        assert_eq!(budget.sleep(SECOND * 9).await, Ok(()));
        assert_eq!(budget.sleep(SECOND * 2).await, Err(Ended::Deadline));
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_wait_stops_moving_the_deadline() {
        let budget = budget(10);
        let wait = budget.waiting(std::future::pending::<()>());
        assert!(tokio::time::timeout(SECOND * 5, wait).await.is_err());
        assert_eq!(budget.sleep(SECOND * 11).await, Err(Ended::Deadline));
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_is_handed_over_has_the_longest_time_that_is_left() {
        let (short, long) = (budget(10), budget(20));
        assert_eq!(short.sleep(SECOND * 5).await, Ok(()));
        let own = short.together([&long].into_iter());
        // Waiting for it does not count for the one who waits, and counts for the work.
        assert_eq!(short.entrusted(own.sleep(SECOND * 14)).await, Ok(()));
        assert_eq!(own.sleep(SECOND * 2).await, Err(Ended::Deadline));
        assert_eq!(short.sleep(SECOND * 4).await, Ok(()));
        assert_eq!(short.sleep(SECOND * 2).await, Err(Ended::Deadline));
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_is_handed_over_is_stopped_with_the_last_who_wants_it() {
        let (first, second) = (budget(10), budget(10));
        first.stop.cancel();
        assert_eq!(first.together([&second].into_iter()).check(), Ok(()));
        second.stop.cancel();
        assert_eq!(first.together([&second].into_iter()).check(), Err(Ended::Stopped));
    }

    #[tokio::test(start_paused = true)]
    async fn stop_ends_everything_at_once() {
        let budget = budget(1000);
        let started = Instant::now();
        let stop = async {
            tokio::time::sleep(SECOND).await;
            budget.stop.cancel();
        };
        let (slept, waited, ()) = tokio::join!(budget.sleep(SECOND * 500), budget.waiting(std::future::pending::<()>()), stop);
        assert_eq!(slept, Err(Ended::Stopped));
        assert_eq!(waited, Err(Ended::Stopped));
        assert_eq!(started.elapsed(), SECOND);
        assert_eq!(budget.check(), Err(Ended::Stopped));
    }
}
