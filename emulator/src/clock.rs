//! The tenant's clock: the system's, plus what a test has added to it.
//!
//! Tokens do not live by it, but by the system's: a client that holds a token for another fifty minutes cannot know that a test has moved the
//! tenant by a day.

use std::sync::Mutex;

use jiff::{SignedDuration, Span, Timestamp};

/// The clock of the tenant. It only ever moves forward, or stands still.
#[derive(Debug, Default)]
pub struct Clock(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// How far the tenant is ahead of the system.
    ahead: SignedDuration,
    /// Where the clock stands, if it does.
    stopped: Option<Timestamp>,
}

impl State {
    fn now(&self) -> Timestamp {
        self.stopped.unwrap_or_else(|| Timestamp::now().checked_add(self.ahead).unwrap_or(Timestamp::MAX))
    }
}

impl Clock {
    /// Puts the clock so far ahead of the system's.
    pub fn set_ahead(&self, ahead: SignedDuration) {
        self.lock().ahead = ahead;
    }

    /// Now, in the tenant: what `Date` headers, `createdDateTime` and schedules go by.
    pub fn now(&self) -> Timestamp {
        self.lock().now()
    }

    /// How far the tenant is ahead of the system.
    pub fn ahead(&self) -> SignedDuration {
        self.now().duration_since(Timestamp::now())
    }

    /// Stops the clock, so that time passes only by [`Clock::advance`], or lets it go on from where it stands.
    pub fn stop(&self, stop: bool) {
        let mut state = self.lock();
        let now = state.now();
        state.stopped = stop.then_some(now);
        state.ahead = now.duration_since(Timestamp::now());
    }

    /// Moves the tenant forward. Errors with a sentence when the step goes back or beyond what a timestamp can hold.
    pub fn advance(&self, step: Span) -> Result<Timestamp, String> {
        let step = step_in_hours(step).ok_or("years and months have no fixed length")?;
        if step.is_negative() {
            return Err("the clock only moves forward".into());
        }
        let mut state = self.lock();
        let then = state.now().checked_add(step).map_err(|error| error.to_string())?;
        match &mut state.stopped {
            Some(stopped) => *stopped = then,
            None => state.ahead += step,
        }
        Ok(then)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The span with its days and weeks as hours, because an instant without a time zone knows no days.
pub fn step_in_hours(step: Span) -> Option<SignedDuration> {
    if step.get_years() != 0 || step.get_months() != 0 {
        return None;
    }
    let days = i64::from(step.get_weeks()) * 7 + i64::from(step.get_days());
    let rest = step.weeks(0).days(0);
    let rest = SignedDuration::try_from(rest).ok()?;
    SignedDuration::from_hours(days * 24).checked_add(rest)
}

/// An instant as the directory writes it: whole seconds, `Z`.
pub fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An instant as Privileged Identity Management writes it: to a tenth of a microsecond.
pub fn ticks(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    #[test]
    fn a_step_moves_the_tenant() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance("PT8H".parse().unwrap()).unwrap();
        assert!(clock.now().duration_since(before) >= SignedDuration::from_hours(8));
    }

    #[test]
    fn a_stopped_clock_moves_only_by_advance() {
        let clock = Clock::default();
        clock.stop(true);
        let before = clock.now();
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert_eq!(clock.now(), before);
        clock.advance("PT1H".parse().unwrap()).unwrap();
        assert_eq!(clock.now().duration_since(before), SignedDuration::from_hours(1));
        clock.stop(false);
        let after = clock.now();
        assert!(after.duration_since(before) >= SignedDuration::from_hours(1));
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(clock.now() > after);
    }

    #[test]
    fn days_are_24_hours_and_backwards_is_refused() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance("P30D".parse().unwrap()).unwrap();
        assert!(clock.now().duration_since(before) >= SignedDuration::from_hours(30 * 24));
        assert!(clock.advance("-PT1H".parse().unwrap()).is_err());
        assert!(clock.advance("P1M".parse().unwrap()).is_err());
    }
}
