//! How long an operation may take, and the word that stops it.
//!
//! A deadline here measures the operation's own time. Waiting in a queue behind other requests that a service accepts, or for
//! another caller who is fetching what this one needs too, moves the deadline by the time waited; otherwise a
//! configuration of a thousand objects would time out for being large. It is moved by as much again as the operation has, or a minute, at most: what does
//! not come by then is not coming.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::Error;

/// The deadline and the stop token of one operation; clones share both.
#[derive(Clone, Debug)]
pub struct OperationContext {
    limit: Instant,
    /// By how much waiting moves the limit at most.
    most_waiting: Duration,
    stop: CancellationToken,
    waits: Arc<Mutex<Waits>>,
}

/// Waiting moves a deadline by so much in any case.
const WAITING: Duration = Duration::from_secs(60);

/// Time spent waiting for others. Several branches of one operation can wait at once: that time counts once.
#[derive(Debug, Default)]
struct Waits {
    active: usize,
    since: Option<Instant>,
    total: Duration,
}

/// Why an operation ended before its work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    /// Its time is over.
    Deadline,
    /// It was cancelled.
    Stopped,
}

impl Interrupted {
    /// The error of the interruption, with the failure that was about to be retried, if there was one.
    pub fn with(self, last: Option<Error>) -> Error {
        match self {
            Self::Deadline => Error::Deadline(last.map(Box::new)),
            Self::Stopped => Error::Stopped(last.map(Box::new)),
        }
    }
}

impl From<Interrupted> for Error {
    fn from(ended: Interrupted) -> Self {
        ended.with(None)
    }
}

impl OperationContext {
    /// A time of `timeout` from now, ended early when `stop` is cancelled.
    pub fn new(timeout: Duration, stop: CancellationToken) -> Self {
        Self { limit: Instant::now() + timeout, most_waiting: timeout.max(WAITING), stop, waits: Arc::default() }
    }

    /// Ends with the reason if the operation should not begin anything new.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.stop.is_cancelled() {
            return Err(Interrupted::Stopped);
        }
        if Instant::now() >= self.deadline() {
            return Err(Interrupted::Deadline);
        }
        Ok(())
    }

    /// Runs `work` until it is done, the deadline has come, or the operation is stopped. Work that is done wins.
    pub async fn bounded<T>(&self, work: impl Future<Output = T>) -> Result<T, Interrupted> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = self.stop.cancelled() => return Err(Interrupted::Stopped),
                // The deadline may have been moved meanwhile: look again.
                () = tokio::time::sleep_until(self.deadline()) => {
                    if Instant::now() >= self.deadline() {
                        return Err(Interrupted::Deadline);
                    }
                }
            }
        }
    }

    /// Waits for something that is not this operation's own doing: the time does not count, as long as the deadline can be moved.
    pub async fn waiting<T>(&self, others: impl Future<Output = T>) -> Result<T, Interrupted> {
        let _paused = Paused::begin(self);
        self.bounded(others).await
    }

    /// Waits for work that was handed over, which has a time of its own ([`together`](Self::together)): nothing ends the wait, and the time does
    /// not count.
    pub async fn run_shared<T>(&self, work: impl Future<Output = T>) -> T {
        let _paused = Paused::begin(self);
        work.await
    }

    /// A time for work that several operations have handed over: the longest time that any of them has left, and stopped when the last of
    /// them is.
    pub fn together<'a>(&self, others: impl Iterator<Item = &'a OperationContext>) -> Self {
        let (mut limit, mut stop) = (self.deadline(), &self.stop);
        for other in others {
            limit = limit.max(other.deadline());
            if !other.stop.is_cancelled() {
                stop = &other.stop;
            }
        }
        Self { limit, most_waiting: self.most_waiting, stop: stop.clone(), waits: Arc::default() }
    }

    /// Pauses between two tries of this operation; this time counts.
    pub async fn sleep(&self, pause: Duration) -> Result<(), Interrupted> {
        self.bounded(tokio::time::sleep(pause)).await
    }

    /// Whether the operation's timeout is over, counted without the waits for others that move its deadline.
    pub fn is_own_time_over(&self) -> bool {
        Instant::now() >= self.limit
    }

    fn deadline(&self) -> Instant {
        let waits = self.waits();
        let running = waits.since.map_or(Duration::ZERO, |since| since.elapsed());
        self.limit + (waits.total + running).min(self.most_waiting)
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        // Two numbers that are never left half-written: a panic elsewhere does not spoil them.
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops the clock of an operation while it exists, also when the waiting future is dropped.
struct Paused<'a>(&'a OperationContext);

impl<'a> Paused<'a> {
    fn begin(operation_context: &'a OperationContext) -> Self {
        let mut waits = operation_context.waits();
        waits.active += 1;
        waits.since.get_or_insert_with(Instant::now);
        drop(waits);
        Self(operation_context)
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

    fn operation_context(seconds: u32) -> OperationContext {
        OperationContext::new(SECOND * seconds, CancellationToken::new())
    }

    #[tokio::test(start_paused = true)]
    async fn own_time_counts() {
        let operation_context = operation_context(10);
        assert_eq!(operation_context.sleep(SECOND * 9).await, Ok(()));
        assert_eq!(operation_context.sleep(SECOND * 2).await, Err(Interrupted::Deadline));
        assert_eq!(operation_context.check(), Err(Interrupted::Deadline));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_others_does_not() {
        let operation_context = operation_context(10);
        let minute = tokio::time::sleep(SECOND * 60);
        assert_eq!(operation_context.waiting(minute).await, Ok(()));
        assert_eq!(operation_context.sleep(SECOND * 9).await, Ok(()));
        assert_eq!(operation_context.sleep(SECOND * 2).await, Err(Interrupted::Deadline));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_as_well() {
        for (own, longest) in [(10, 70), (600, 1200)] {
            let (operation_context, began) = (operation_context(own), Instant::now());
            assert_eq!(operation_context.waiting(std::future::pending::<()>()).await, Err(Interrupted::Deadline));
            assert_eq!(began.elapsed().as_secs(), longest);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn two_waits_at_once_count_once() {
        let operation_context = operation_context(10);
        let (first, second) = (tokio::time::sleep(SECOND * 30), tokio::time::sleep(SECOND * 40));
        let started = Instant::now();
        let _ = tokio::join!(operation_context.waiting(first), operation_context.waiting(second));
        assert_eq!(started.elapsed(), SECOND * 40);
        assert_eq!(operation_context.sleep(SECOND * 9).await, Ok(()));
        assert_eq!(operation_context.sleep(SECOND * 2).await, Err(Interrupted::Deadline));
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_wait_stops_moving_the_deadline() {
        let operation_context = operation_context(10);
        let wait = operation_context.waiting(std::future::pending::<()>());
        assert!(tokio::time::timeout(SECOND * 5, wait).await.is_err());
        assert_eq!(operation_context.sleep(SECOND * 11).await, Err(Interrupted::Deadline));
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_is_handed_over_has_the_longest_time_that_is_left() {
        let (short, long) = (operation_context(10), operation_context(20));
        assert_eq!(short.sleep(SECOND * 5).await, Ok(()));
        let own = short.together([&long].into_iter());
        // Waiting for it does not count for the one who waits, and counts for the work.
        assert_eq!(short.run_shared(own.sleep(SECOND * 14)).await, Ok(()));
        assert_eq!(own.sleep(SECOND * 2).await, Err(Interrupted::Deadline));
        assert_eq!(short.sleep(SECOND * 4).await, Ok(()));
        assert_eq!(short.sleep(SECOND * 2).await, Err(Interrupted::Deadline));
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_is_handed_over_is_stopped_with_the_last_who_wants_it() {
        let (first, second) = (operation_context(10), operation_context(10));
        first.stop.cancel();
        assert_eq!(first.together([&second].into_iter()).check(), Ok(()));
        second.stop.cancel();
        assert_eq!(first.together([&second].into_iter()).check(), Err(Interrupted::Stopped));
    }

    #[tokio::test(start_paused = true)]
    async fn stop_ends_everything_at_once() {
        let operation_context = operation_context(1000);
        let started = Instant::now();
        let stop = async {
            tokio::time::sleep(SECOND).await;
            operation_context.stop.cancel();
        };
        let (slept, waited, ()) =
            tokio::join!(operation_context.sleep(SECOND * 500), operation_context.waiting(std::future::pending::<()>()), stop);
        assert_eq!(slept, Err(Interrupted::Stopped));
        assert_eq!(waited, Err(Interrupted::Stopped));
        assert_eq!(started.elapsed(), SECOND);
        assert_eq!(operation_context.check(), Err(Interrupted::Stopped));
    }
}
