//! The tenant's clock: the system's, plus what a test has added to it.

use std::sync::Mutex;

use jiff::{SignedDuration, Span, Timestamp};

/// Tells the time of the tenant. It only ever moves forward.
#[derive(Debug, Default)]
pub struct Clock {
    ahead: Mutex<SignedDuration>,
}

impl Clock {
    /// Puts the clock so far ahead of the system's.
    pub fn set_ahead(&self, ahead: SignedDuration) {
        *self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = ahead;
    }

    /// Now, in the tenant: what `Date` headers, `createdDateTime` and schedules go by.
    pub fn now(&self) -> Timestamp {
        Timestamp::now().checked_add(self.ahead()).unwrap_or(Timestamp::MAX)
    }

    /// Now by the system, which a jump does not move. Tokens live by it: a client that holds a token for another
    /// fifty minutes cannot know that a test has moved the tenant by a day.
    pub fn steady(&self) -> Timestamp {
        Timestamp::now()
    }

    /// How far the tenant is ahead of the system.
    pub fn ahead(&self) -> SignedDuration {
        *self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Moves the tenant forward. Errors with a sentence when the step goes back or beyond what a timestamp can hold.
    pub fn advance(&self, step: Span) -> Result<Timestamp, String> {
        let now = self.now();
        // A day is 24 hours here: the tenant's time is UTC.
        let then =
            now.checked_add(step_in_hours(step).ok_or("years and months have no fixed length")?).map_err(|error| error.to_string())?;
        if then < now {
            return Err("the clock only moves forward".into());
        }
        let mut ahead = self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *ahead += then.duration_since(now);
        Ok(then)
    }
}

/// The span with its days and weeks as hours, because an instant without a time zone knows no days.
fn step_in_hours(step: Span) -> Option<SignedDuration> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    #[test]
    fn a_step_moves_the_tenant_and_not_the_tokens() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance("PT8H".parse().unwrap()).unwrap();
        assert!(clock.now().duration_since(before) >= SignedDuration::from_hours(8));
        assert!(clock.steady().duration_since(before) < SignedDuration::from_hours(1));
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
