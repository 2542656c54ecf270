//! Single-flight: a value that is made once for all callers who ask at the same time, such as the endpoints or a token.
//!
//! Unlike a `OnceCell`, a value can become unusable and be made again, and a failure is returned to all who waited
//! for it (ten callers with a wrong secret are one token request, not ten) but not remembered for those who come later.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::error::Error;
use super::operation_context::OperationContext;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct SingleFlight<T> {
    arrivals: AtomicU64,
    made: Mutex<Made<T>>,
}

#[derive(Debug)]
struct Made<T> {
    value: Option<Arc<T>>,
    /// The last failure, and how many callers had arrived when it happened: they get it, later ones do not.
    failure: Option<(u64, Error)>,
}

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self { arrivals: AtomicU64::new(0), made: Mutex::new(Made { value: None, failure: None }) }
    }
}

impl<T> SingleFlight<T> {
    /// The value, if `usable` accepts it; else the one that `make` makes. Waiting for another caller's `make` takes no longer than making it oneself would,
    /// and so counts as time of the operation.
    pub(crate) async fn get(
        &self,
        operation_context: &OperationContext,
        usable: impl Fn(&T) -> bool,
        make: impl AsyncFnOnce() -> Result<T, Error>,
    ) -> Result<Arc<T>, Error> {
        let arrival = self.arrivals.fetch_add(1, Ordering::SeqCst);
        let mut made = operation_context.bounded(self.made.lock()).await?;
        if let Some(value) = &made.value
            && usable(value)
        {
            return Ok(Arc::clone(value));
        }
        if let Some((arrived, error)) = &made.failure
            && arrival < *arrived
        {
            return Err(error.clone());
        }
        match make().await {
            Ok(value) => {
                let value = Arc::new(value);
                made.value = Some(Arc::clone(&value));
                made.failure = None;
                Ok(value)
            }
            Err(error) => {
                // Only this caller ran out of time or was cancelled, not the others.
                if !error.is_ended() {
                    let arrived = self.arrivals.load(Ordering::SeqCst);
                    made.failure = Some((arrived, error.clone()));
                }
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn operation_context() -> OperationContext {
        OperationContext::new(Duration::from_secs(60), CancellationToken::new())
    }

    async fn ask(single_flight: &SingleFlight<u64>, made: &AtomicU64, fails: bool) -> Result<Arc<u64>, Error> {
        let make = async || {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let nth = made.fetch_add(1, Ordering::SeqCst);
            if fails { Err(Error::Invalid("no".to_owned())) } else { Ok(nth) }
        };
        single_flight.get(&operation_context(), |_| true, make).await
    }

    #[tokio::test(start_paused = true)]
    async fn ten_callers_make_it_once() {
        let (single_flight, made) = (SingleFlight::default(), AtomicU64::new(0));
        let got = join_all((0..10).map(|_| ask(&single_flight, &made, false))).await;
        assert!(got.into_iter().all(|value| *value.unwrap() == 0));
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn ten_callers_share_one_failure_and_the_eleventh_tries_again() {
        let (single_flight, made) = (SingleFlight::default(), AtomicU64::new(0));
        let got = join_all((0..10).map(|_| ask(&single_flight, &made, true))).await;
        assert!(got.into_iter().all(|value| value.is_err()));
        assert_eq!(made.load(Ordering::SeqCst), 1);
        assert_eq!(*ask(&single_flight, &made, false).await.unwrap(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_callers_deadline_is_not_the_others() {
        let (single_flight, made) = (SingleFlight::default(), AtomicU64::new(0));
        let own = operation_context();
        let end = async || {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Err(Error::Deadline(None))
        };
        let late = single_flight.get(&own, |_: &u64| true, end);
        let (late, other) = tokio::join!(late, ask(&single_flight, &made, false));
        assert!(late.unwrap_err().is_ended());
        assert_eq!(*other.unwrap(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_unusable_value_is_made_again() {
        let single_flight = SingleFlight::default();
        let usable = |value: &u64| *value > 1;
        let first = single_flight.get(&operation_context(), usable, async || Ok(1)).await;
        assert_eq!(*first.unwrap(), 1);
        let second = single_flight.get(&operation_context(), usable, async || Ok(2)).await;
        assert_eq!(*second.unwrap(), 2);
    }
}
