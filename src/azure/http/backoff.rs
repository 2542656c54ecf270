//! The pause before the next attempt. Pure functions.

use std::time::Duration;

/// Whatever a service asks for, nothing is tried twice within this time.
pub(in crate::azure) const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The pause before the attempt after the `nth` (from 1): doubling from one second to thirty, and spread so that callers who failed together do not come
/// back together. Never shorter than what the service asked for.
pub(super) fn pause(nth: u32, asked: Option<Duration>) -> Duration {
    let doubled = SHORTEST_PAUSE * 2u32.saturating_pow(nth.saturating_sub(1)).min(1 << 10);
    let pause = doubled.min(LONGEST_PAUSE).mul_f64(rand::random_range(0.75..1.25)).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    asked.map_or(pause, |asked| asked.mul_f64(rand::random_range(1.0..1.1)).max(pause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_within_bounds() {
        for (nth, low, high) in [(1, 1_000, 1_250), (2, 1_500, 2_500), (3, 3_000, 5_000), (60, 22_500, 30_000)] {
            let pause = pause(nth, None).as_millis();
            assert!((low..=high).contains(&pause), "{nth}: {pause}");
        }
        let asked = Duration::from_secs(20);
        assert!(pause(1, Some(asked)) >= asked);
        assert!(pause(1, Some(Duration::ZERO)) >= SHORTEST_PAUSE);
    }
}
