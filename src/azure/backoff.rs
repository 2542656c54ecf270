//! Pauses between attempts: of requests that failed, and of operations that wait for a service.

use std::time::Duration;

/// Whatever a service asks for, nothing is tried twice within this time.
pub(super) const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The pause before the attempt after the `nth` (from 1): doubling from one second to thirty, and spread so that callers who failed together do not come
/// back together. Never shorter than what the service asked for.
pub(super) fn retry_pause(nth: u32, asked: Option<Duration>) -> Duration {
    let doubled = SHORTEST_PAUSE * 2u32.saturating_pow(nth.saturating_sub(1)).min(1 << 10);
    let pause = doubled.min(LONGEST_PAUSE).mul_f64(rand::random_range(0.75..1.25)).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    asked.map_or(pause, |asked| asked.mul_f64(rand::random_range(1.0..1.1)).max(pause))
}

/// Pauses of an operation that polls: each is twice the one before it, up to a longest one.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    /// The first pause between reads of an object that a replica does not show yet.
    pub const FIRST_REPLICATION_PAUSE: Duration = Duration::from_millis(500);

    /// Pauses between reads of an object that a replica does not show yet: from half a second to 15 seconds.
    pub const fn for_replication() -> Self {
        Self { next: Self::FIRST_REPLICATION_PAUSE, longest: Duration::from_secs(15) }
    }

    /// Pauses between polls of an operation that the service works on: from one second to `longest`.
    pub const fn for_operation(longest: Duration) -> Self {
        Self { next: SHORTEST_PAUSE, longest }
    }

    /// The next pause.
    pub fn next_pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_within_bounds() {
        for (nth, low, high) in [(1, 1_000, 1_250), (2, 1_500, 2_500), (3, 3_000, 5_000), (60, 22_500, 30_000)] {
            let pause = retry_pause(nth, None).as_millis();
            assert!((low..=high).contains(&pause), "{nth}: {pause}");
        }
        let asked = Duration::from_secs(20);
        assert!(retry_pause(1, Some(asked)) >= asked);
        assert!(retry_pause(1, Some(Duration::ZERO)) >= SHORTEST_PAUSE);
    }

    #[test]
    fn pauses_of_an_operation_double_up_to_the_longest() {
        let mut backoff = Backoff::for_operation(Duration::from_secs(5));
        let pauses: Vec<u64> = (0..5).map(|_| backoff.next_pause().as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);
    }
}
