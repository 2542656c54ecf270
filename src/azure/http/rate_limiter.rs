//! The rate limiter of a service: an answer of 429 to one caller pauses all callers.
//!
//! The pause is as long as the service asks for, or, where it names no time (conditional access) or one of less than a second, a time that doubles with every
//! further 429. After it callers get slots one by one, at an interval that shrinks while the service accepts them; all callers at once would only be refused
//! again.
//!
//! Waiting for the end of a pause is the operation's time: a service that accepts nobody is an outage. Waiting for a slot behind other requests that the service
//! accepts is not; otherwise a configuration of a thousand objects would time out for being large.
//!
//! A rate limiter can have a minimum interval: what its service is known to allow at most. It is kept from the first 429 on, and not before: a caller that shares
//! the service with nobody, or asks an emulator, is not slowed down by a limit that nobody enforces.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::outage::Reminder;
use crate::azure::backoff::SHORTEST_PAUSE;
use crate::azure::operation_context::{Interrupted, OperationContext};
use crate::azure::service::Service;

const LONGEST_THROTTLE_PAUSE: Duration = Duration::from_secs(60);
const FIRST_INTERVAL: Duration = Duration::from_millis(100);
const LONGEST_INTERVAL: Duration = Duration::from_secs(4);
/// Below this, callers need not be kept apart any more.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);
/// A caller who has to wait so long is worth a word.
const LONG: Duration = Duration::from_secs(5);

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct RateLimiter {
    state: Mutex<LimiterState>,
    /// The shortest interval after the first 429.
    min_interval: Duration,
    /// Whether a long queue was logged.
    logged: AtomicBool,
    /// Whether a caller has asked for it already.
    announced: AtomicBool,
    warned: Mutex<Reminder>,
}

#[derive(Debug, Default)]
struct LimiterState {
    paused_until: Option<Instant>,
    /// The next caller's slot, while callers are kept apart.
    next: Option<Instant>,
    /// Between two callers.
    interval: Duration,
    /// Number of pauses. A caller with a permit from before the last pause adds nothing to it.
    throttle_count: u64,
    /// Pauses since a caller was accepted.
    consecutive: u32,
}

/// The right to send one request.
#[derive(Debug)]
pub(super) struct Permit {
    throttle_count: u64,
}

impl RateLimiter {
    /// For a service that accepts one request in that time.
    pub(super) fn with_min_interval(min_interval: Duration) -> Self {
        Self { min_interval, ..Self::default() }
    }

    /// Whether callers had to wait for long. True once.
    pub(super) fn announce_queue(&self) -> bool {
        self.logged.load(Ordering::Relaxed) && !self.announced.swap(true, Ordering::Relaxed)
    }

    /// Waits for a slot.
    pub(super) async fn acquire(&self, service: Service, operation_context: &OperationContext) -> Result<Permit, Interrupted> {
        loop {
            let (slot, throttle_count) = self.state().next_slot();
            self.wait_until(slot, service, operation_context).await?;
            let state = self.state();
            // Paused again while this one waited: queue again.
            if state.throttle_count == throttle_count && state.paused_until <= Some(Instant::now()) {
                return Ok(Permit { throttle_count });
            }
        }
    }

    /// Waits second by second, since whether the time counts may change meanwhile.
    async fn wait_until(&self, slot: Instant, service: Service, operation_context: &OperationContext) -> Result<(), Interrupted> {
        loop {
            let left = slot.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            if left > LONG {
                self.logged.store(true, Ordering::Relaxed);
            }
            if left >= SHORTEST_PAUSE && self.warned.lock().unwrap_or_else(PoisonError::into_inner).is_due() {
                tracing::warn!(%service, seconds = left.as_secs(), "the service limits the rate; requests wait for their turn");
            }
            let step = tokio::time::sleep(left.min(SHORTEST_PAUSE));
            // No request was accepted since the last pause.
            let is_refusing = self.state().consecutive > 0;
            if is_refusing {
                operation_context.bounded(step).await?;
            } else {
                operation_context.waiting(step).await?;
            }
        }
    }

    /// Pauses all callers for as long as the service asked, or else for a time of our own.
    pub(super) fn pause(&self, permit: &Permit, asked: Option<Duration>) {
        // Zero, or a time that is past, is no advice: what follows at once is refused again.
        let asked = asked.filter(|asked| *asked >= SHORTEST_PAUSE);
        let mut state = self.state();
        // Ten requests that are refused at the same time are one pause.
        if permit.throttle_count == state.throttle_count {
            state.throttle_count += 1;
            state.consecutive += 1;
            // Without advice nobody knows how many would be too many again.
            let shortest = if asked.is_some() { FIRST_INTERVAL } else { SHORTEST_PAUSE };
            state.interval = (state.interval * 2).clamp(shortest, LONGEST_INTERVAL).max(self.min_interval);
        } else if asked.is_none() {
            return;
        }
        let own = SHORTEST_PAUSE * 2u32.saturating_pow(state.consecutive.saturating_sub(1)).min(1 << 10);
        let wait = asked.unwrap_or(own.min(LONGEST_THROTTLE_PAUSE));
        // A little later than asked: coming too early starts the service's count again.
        let until = Some(Instant::now() + wait.mul_f64(rand::random_range(1.0..1.05)));
        state.paused_until = state.paused_until.max(until);
        state.next = state.paused_until;
    }

    /// Pauses all callers where there is no permit of the refused request.
    pub(super) fn pause_now(&self, asked: Option<Duration>) {
        let throttle_count = self.state().throttle_count;
        self.pause(&Permit { throttle_count }, asked);
    }

    /// The service accepted a request: let the next ones follow more closely.
    pub(super) fn accepted(&self, permit: &Permit) {
        let mut state = self.state();
        if permit.throttle_count != state.throttle_count || state.throttle_count == 0 {
            return;
        }
        state.consecutive = 0;
        state.interval = state.interval.mul_f64(0.75);
        if !self.min_interval.is_zero() {
            state.interval = state.interval.max(self.min_interval);
        } else if state.interval < SHORTEST_INTERVAL {
            state.interval = Duration::ZERO;
        }
    }

    fn state(&self) -> MutexGuard<'_, LimiterState> {
        // Plain numbers, never left half-written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LimiterState {
    /// The slot of the caller who asks now, and the number of pauses.
    fn next_slot(&mut self) -> (Instant, u64) {
        let now = Instant::now();
        let open = self.paused_until.map_or(now, |until| until.max(now));
        if self.interval.is_zero() {
            return (open, self.throttle_count);
        }
        let slot = self.next.map_or(open, |next| next.max(open));
        self.next = Some(slot + self.interval);
        (slot, self.throttle_count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use futures_util::future::join_all;
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn operation_context() -> OperationContext {
        OperationContext::new(Duration::from_secs(600), CancellationToken::new())
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_pause_nobody_waits() {
        let (rate_limiter, started) = (RateLimiter::default(), Instant::now());
        for _ in 0..1_000 {
            let permit = rate_limiter.acquire(Service::Graph, &operation_context()).await.unwrap();
            rate_limiter.accepted(&permit);
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_pause_callers_get_slots_one_by_one() {
        let (rate_limiter, started) = (RateLimiter::default(), Instant::now());
        let permit = rate_limiter.acquire(Service::Graph, &operation_context()).await.unwrap();
        rate_limiter.pause(&permit, Some(Duration::from_secs(10)));
        let callers = (0..10).map(|_| async {
            rate_limiter.acquire(Service::Graph, &operation_context()).await.unwrap();
            started.elapsed()
        });
        let times = join_all(callers).await;
        assert!(times.iter().all(|time| time.as_secs() >= 10), "{times:?}");
        let intervals = times.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(intervals.into_iter().all(|interval| interval >= FIRST_INTERVAL), "{times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn ten_refusals_of_one_burst_are_one_pause() {
        let (rate_limiter, operation_context) = (RateLimiter::default(), operation_context());
        let permits = join_all((0..10).map(|_| rate_limiter.acquire(Service::Graph, &operation_context))).await;
        for permit in permits {
            rate_limiter.pause(&permit.unwrap(), None);
        }
        let state = rate_limiter.state();
        assert_eq!((state.throttle_count, state.consecutive), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_time_the_pauses_double() {
        let rate_limiter = RateLimiter::default();
        let mut waited = Vec::new();
        for _ in 0..8 {
            let before = Instant::now();
            let permit = rate_limiter.acquire(Service::Graph, &operation_context()).await.unwrap();
            waited.push(before.elapsed().as_millis());
            rate_limiter.pause(&permit, None);
        }
        for (waited, seconds) in waited.into_iter().zip([0, 1, 2, 4, 8, 16, 32, 60]) {
            assert!((seconds * 1_000..=seconds * 1_050 + 1).contains(&waited), "{waited} for {seconds}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pace_is_kept_from_the_first_closing_on() {
        let (rate_limiter, started) = (RateLimiter::with_min_interval(Duration::from_millis(1_100)), Instant::now());
        for _ in 0..10 {
            rate_limiter.accepted(&rate_limiter.acquire(Service::Graph, &operation_context()).await.unwrap());
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
        let permit = rate_limiter.acquire(Service::Graph, &operation_context()).await.unwrap();
        rate_limiter.pause(&permit, None);
        let callers = (0..40).map(|_| async {
            let permit = rate_limiter.acquire(Service::Graph, &operation_context()).await.unwrap();
            rate_limiter.accepted(&permit);
            started.elapsed()
        });
        let times = join_all(callers).await;
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(1_099)), "{times:?}");
        assert!(times[39] <= Duration::from_secs(46), "{times:?}");
        assert!(rate_limiter.announce_queue() && !rate_limiter.announce_queue(), "true once");
    }

    #[tokio::test(start_paused = true)]
    async fn each_accepted_request_shortens_the_interval() {
        let rate_limiter = RateLimiter::default();
        let permit = rate_limiter.acquire(Service::Graph, &operation_context()).await.unwrap();
        rate_limiter.pause(&permit, Some(SHORTEST_PAUSE));
        let mut steps = 0;
        while !rate_limiter.state().interval.is_zero() {
            let permit = rate_limiter.acquire(Service::Graph, &operation_context()).await.unwrap();
            rate_limiter.accepted(&permit);
            steps += 1;
        }
        assert_eq!(steps, 9, "100 ms, three quarters each time, until less than 10 ms");
    }
}
