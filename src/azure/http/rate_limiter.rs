//! The rate limiter of a service: an answer of 429 to one caller pauses all callers.
//!
//! It reopens when the service asked for it, or, where the service names no time (conditional access) or one of less than a second, after a time
//! that doubles with every closing. Then callers pass one by one at a distance that shrinks while the service accepts
//! them; a crowd released at once would only be thrown back.
//!
//! Waiting for a gate that is closed is the operation's time: a service that accepts nobody is an outage. Waiting in the queue behind others whom the
//! service accepts is not; otherwise a configuration of a thousand objects would time out for being large.
//!
//! A gate can have a pace: what its service is known to allow at most. From the first closing on callers keep that distance for good. Before it they
//! need not: whoever shares the service with nobody, or asks an emulator, is not slowed down by a limit that nobody enforces.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::backoff::SHORTEST_PAUSE;
use super::outage::Reminder;
use crate::azure::operation_context::{Interrupted, OperationContext};
use crate::azure::service::Service;

const LONGEST_CLOSING: Duration = Duration::from_secs(60);
const FIRST_DISTANCE: Duration = Duration::from_millis(100);
const LONGEST_DISTANCE: Duration = Duration::from_secs(4);
/// Below this, callers need not be kept apart any more.
const SHORTEST_DISTANCE: Duration = Duration::from_millis(10);
/// A caller who has to wait so long is worth a word.
const LONG: Duration = Duration::from_secs(5);

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct RateLimiter {
    state: Mutex<State>,
    /// The shortest distance once the gate was closed.
    min_interval: Duration,
    /// Whether a long queue was logged.
    logged: AtomicBool,
    /// Whether somebody has asked whether there was one, and was told.
    announced: AtomicBool,
    warned: Mutex<Reminder>,
}

#[derive(Debug, Default)]
struct State {
    closed_until: Option<Instant>,
    /// The next caller's turn, while callers are kept apart.
    next: Option<Instant>,
    /// Between two callers.
    distance: Duration,
    /// How often the gate was closed: callers who passed before the last closing have nothing new to tell.
    closings: u64,
    /// Closings in a row, without a caller being accepted between.
    row: u32,
}

/// The right to send one request.
#[derive(Debug)]
pub(super) struct Permit {
    closings: u64,
}

impl RateLimiter {
    /// A gate before a service that lets one request pass in that time.
    pub(super) fn with_min_interval(min_interval: Duration) -> Self {
        Self { min_interval, ..Self::default() }
    }

    /// Whether callers had to wait for long. Told once.
    pub(super) fn announce_queue(&self) -> bool {
        self.logged.load(Ordering::Relaxed) && !self.announced.swap(true, Ordering::Relaxed)
    }

    /// Waits until it is this caller's turn.
    pub(super) async fn pass(&self, service: Service, operation_context: &OperationContext) -> Result<Permit, Interrupted> {
        loop {
            let (turn, closings) = self.state().turn();
            self.wait_until(turn, service, operation_context).await?;
            let state = self.state();
            // Closed again while this one waited: queue again.
            if state.closings == closings && state.closed_until <= Some(Instant::now()) {
                return Ok(Permit { closings });
            }
        }
    }

    /// Waits second by second, since whether the time counts may change meanwhile.
    async fn wait_until(&self, turn: Instant, service: Service, operation_context: &OperationContext) -> Result<(), Interrupted> {
        loop {
            let left = turn.saturating_duration_since(Instant::now());
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
            // Nobody was accepted since the last closing.
            let is_refusing = self.state().row > 0;
            if is_refusing {
                operation_context.bounded(step).await?;
            } else {
                operation_context.waiting(step).await?;
            }
        }
    }

    /// Closes the gate for as long as the service asked, or else for a time of our own.
    pub(super) fn close(&self, pass: &Permit, asked: Option<Duration>) {
        // Zero, or a time that is past, is no advice: what follows at once is refused again.
        let asked = asked.filter(|asked| *asked >= SHORTEST_PAUSE);
        let mut state = self.state();
        // Ten callers on their way at once are told ten times, and that is one closing.
        if pass.closings == state.closings {
            state.closings += 1;
            state.row += 1;
            // Without advice nobody knows how many would be too many again.
            let shortest = if asked.is_some() { FIRST_DISTANCE } else { SHORTEST_PAUSE };
            state.distance = (state.distance * 2).clamp(shortest, LONGEST_DISTANCE).max(self.min_interval);
        } else if asked.is_none() {
            return;
        }
        let own = SHORTEST_PAUSE * 2u32.saturating_pow(state.row.saturating_sub(1)).min(1 << 10);
        let wait = asked.unwrap_or(own.min(LONGEST_CLOSING));
        // A little later than told: coming too early starts the service's count again.
        let until = Some(Instant::now() + wait.mul_f64(rand::random_range(1.0..1.05)));
        state.closed_until = state.closed_until.max(until);
        state.next = state.closed_until;
    }

    /// Closes the gate for a caller whose pass is not at hand.
    pub(super) fn close_now(&self, asked: Option<Duration>) {
        let closings = self.state().closings;
        self.close(&Permit { closings }, asked);
    }

    /// The service accepted a request: let the next ones follow more closely.
    pub(super) fn accepted(&self, pass: &Permit) {
        let mut state = self.state();
        if pass.closings != state.closings || state.closings == 0 {
            return;
        }
        state.row = 0;
        state.distance = state.distance.mul_f64(0.75);
        if !self.min_interval.is_zero() {
            state.distance = state.distance.max(self.min_interval);
        } else if state.distance < SHORTEST_DISTANCE {
            state.distance = Duration::ZERO;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Plain numbers, never left half-written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The turn of the caller who asks now.
    fn turn(&mut self) -> (Instant, u64) {
        let now = Instant::now();
        let open = self.closed_until.map_or(now, |until| until.max(now));
        if self.distance.is_zero() {
            return (open, self.closings);
        }
        let turn = self.next.map_or(open, |next| next.max(open));
        self.next = Some(turn + self.distance);
        (turn, self.closings)
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
    async fn an_open_gate_keeps_nobody() {
        let (rate_limiter, started) = (RateLimiter::default(), Instant::now());
        for _ in 0..1_000 {
            let pass = rate_limiter.pass(Service::Graph, &operation_context()).await.unwrap();
            rate_limiter.accepted(&pass);
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_gate_keeps_everybody_and_lets_them_out_one_by_one() {
        let (rate_limiter, started) = (RateLimiter::default(), Instant::now());
        let pass = rate_limiter.pass(Service::Graph, &operation_context()).await.unwrap();
        rate_limiter.close(&pass, Some(Duration::from_secs(10)));
        let crowd = (0..10).map(|_| async {
            rate_limiter.pass(Service::Graph, &operation_context()).await.unwrap();
            started.elapsed()
        });
        let times = join_all(crowd).await;
        assert!(times.iter().all(|time| time.as_secs() >= 10), "{times:?}");
        let distances = times.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(distances.into_iter().all(|distance| distance >= FIRST_DISTANCE), "{times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn ten_refusals_of_one_burst_are_one_closing() {
        let (rate_limiter, operation_context) = (RateLimiter::default(), operation_context());
        let passes = join_all((0..10).map(|_| rate_limiter.pass(Service::Graph, &operation_context))).await;
        for pass in passes {
            rate_limiter.close(&pass.unwrap(), None);
        }
        let state = rate_limiter.state();
        assert_eq!((state.closings, state.row), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_time_the_closings_double() {
        let rate_limiter = RateLimiter::default();
        let mut waited = Vec::new();
        for _ in 0..8 {
            let before = Instant::now();
            let pass = rate_limiter.pass(Service::Graph, &operation_context()).await.unwrap();
            waited.push(before.elapsed().as_millis());
            rate_limiter.close(&pass, None);
        }
        for (waited, seconds) in waited.into_iter().zip([0, 1, 2, 4, 8, 16, 32, 60]) {
            assert!((seconds * 1_000..=seconds * 1_050 + 1).contains(&waited), "{waited} for {seconds}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pace_is_kept_from_the_first_closing_on() {
        let (rate_limiter, started) = (RateLimiter::with_min_interval(Duration::from_millis(1_100)), Instant::now());
        for _ in 0..10 {
            rate_limiter.accepted(&rate_limiter.pass(Service::Graph, &operation_context()).await.unwrap());
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
        let pass = rate_limiter.pass(Service::Graph, &operation_context()).await.unwrap();
        rate_limiter.close(&pass, None);
        let crowd = (0..40).map(|_| async {
            let pass = rate_limiter.pass(Service::Graph, &operation_context()).await.unwrap();
            rate_limiter.accepted(&pass);
            started.elapsed()
        });
        let times = join_all(crowd).await;
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(1_099)), "{times:?}");
        assert!(times[39] <= Duration::from_secs(46), "{times:?}");
        assert!(rate_limiter.announce_queue() && !rate_limiter.announce_queue(), "told once");
    }

    #[tokio::test(start_paused = true)]
    async fn being_accepted_opens_the_gate_step_by_step() {
        let rate_limiter = RateLimiter::default();
        let pass = rate_limiter.pass(Service::Graph, &operation_context()).await.unwrap();
        rate_limiter.close(&pass, Some(SHORTEST_PAUSE));
        let mut steps = 0;
        while !rate_limiter.state().distance.is_zero() {
            let pass = rate_limiter.pass(Service::Graph, &operation_context()).await.unwrap();
            rate_limiter.accepted(&pass);
            steps += 1;
        }
        assert_eq!(steps, 9, "100 ms, three quarters each time, until less than 10 ms");
    }
}
