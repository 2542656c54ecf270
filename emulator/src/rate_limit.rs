//! Rate limits: token buckets (docs/services/graph.md#throttling).

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

/// Resource units in 10 seconds, for an application in a small tenant.
const UNITS: f64 = 3500.0;
/// The time that they are for, in seconds.
const UNITS_WINDOW: f64 = 10.0;
/// Writes in two and a half minutes.
const WRITES: f64 = 3000.0;
/// The time that they are for, in seconds.
const WRITES_WINDOW: f64 = 150.0;

/// The buckets of the one application and tenant that there is.
#[derive(Debug)]
pub struct GraphLimit {
    units: Mutex<Bucket>,
    writes: Mutex<Bucket>,
}

/// A request that has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// For how many seconds.
    pub seconds: u64,
    /// Which limit it was.
    pub limit: &'static str,
}

#[derive(Debug)]
struct Bucket {
    size: f64,
    /// Amount that is added every second.
    rate: f64,
    content: f64,
    filled: Option<Timestamp>,
}

impl Default for GraphLimit {
    fn default() -> Self {
        let bucket = |size, window| Mutex::new(Bucket { size, rate: size / window, content: size, filled: None });
        Self { units: bucket(UNITS, UNITS_WINDOW), writes: bucket(WRITES, WRITES_WINDOW) }
    }
}

impl GraphLimit {
    /// Admits a request that costs so many units, or says how long it has to wait. Asking too early costs as well.
    pub fn admit(&self, units: u32, write: bool, now: Timestamp) -> Result<(), Throttled> {
        if write {
            take(&self.writes, 1.0, now).map_err(|seconds| Throttled { seconds, limit: "WriteLimitExceeded" })?;
        }
        take(&self.units, f64::from(units), now).map_err(|seconds| Throttled { seconds, limit: "ResourceUnitLimitExceeded" })
    }
}

/// Requests of one kind that a subscription can burst to in Azure Resource Manager.
const BURST: f64 = 200.0;
/// Amount that is added every second.
const PER_SECOND: f64 = 10.0;

/// The buckets of the one subscription that there is, in Azure Resource Manager.
#[derive(Debug)]
pub struct ArmLimits {
    reads: Mutex<Bucket>,
    writes: Mutex<Bucket>,
    deletes: Mutex<Bucket>,
}

/// The kind of a request to Azure Resource Manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It asks.
    Read,
    /// It changes something.
    Write,
    /// It takes something away.
    Delete,
}

impl Default for ArmLimits {
    fn default() -> Self {
        let bucket = || Mutex::new(Bucket { size: BURST, rate: PER_SECOND, content: BURST, filled: None });
        Self { reads: bucket(), writes: bucket(), deletes: bucket() }
    }
}

impl ArmLimits {
    /// Admits a request and says how many more there could be now, or says for how many seconds it has to wait.
    pub fn admit(&self, kind: Kind, now: Timestamp) -> Result<u64, u64> {
        let bucket = match kind {
            Kind::Read => &self.reads,
            Kind::Write => &self.writes,
            Kind::Delete => &self.deletes,
        };
        take(bucket, 1.0, now)?;
        let bucket = bucket.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(bucket.content.max(0.0) as u64)
    }
}

fn take(bucket: &Mutex<Bucket>, amount: f64, now: Timestamp) -> Result<(), u64> {
    let mut bucket = bucket.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let passed = bucket.filled.map_or(0.0, |filled| now.duration_since(filled).as_secs_f64().max(0.0));
    bucket.content = (bucket.content + passed * bucket.rate).min(bucket.size);
    bucket.filled = Some(now);
    if bucket.content >= amount {
        bucket.content -= amount;
        return Ok(());
    }
    let wait = ((amount - bucket.content) / bucket.rate).ceil().max(1.0);
    // A client that retries too early waits longer; a whole window is the worst.
    bucket.content = (bucket.content - amount).max(-bucket.size);
    // A number of seconds this small is exact.
    Err(wait as u64)
}

/// One request in a second for a whole tenant, as conditional access has it (docs/services/conditional-access.md#throttling). Unverified:
/// whether a burst is admitted now and then, and whether a refused request counts; here neither.
#[derive(Debug, Default)]
pub struct ConditionalAccessLimit(Mutex<Option<Timestamp>>);

impl ConditionalAccessLimit {
    /// Whether a request is admitted.
    pub fn admit(&self, now: Timestamp) -> bool {
        let mut last = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let admitted = last.is_none_or(|last| now.duration_since(last) >= SignedDuration::from_secs(1));
        if admitted {
            *last = Some(now);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    #[test]
    fn a_burst_is_admitted_and_then_it_is_a_rate() {
        let throttle = GraphLimit::default();
        let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        for _ in 0..3500 {
            throttle.admit(1, false, start).unwrap();
        }
        let wait = throttle.admit(1, false, start).unwrap_err();
        assert_eq!(wait, Throttled { seconds: 1, limit: "ResourceUnitLimitExceeded" });
        let later = start + SignedDuration::from_secs(1);
        for _ in 0..349 {
            throttle.admit(1, false, later).unwrap();
        }
        assert!(throttle.admit(1, false, later).is_err());
    }

    #[test]
    fn writes_have_a_limit_of_their_own() {
        let throttle = GraphLimit::default();
        let mut now: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        for _ in 0..3000 {
            now += SignedDuration::from_millis(4);
            let _ = throttle.admit(1, true, now);
        }
        let admitted = (0..500).take_while(|_| throttle.admit(1, true, now).is_ok()).count();
        assert!(admitted < 300, "{admitted}");
        assert_eq!(throttle.admit(1, true, now).unwrap_err().limit, "WriteLimitExceeded");
        throttle.admit(1, false, now).unwrap();
    }

    #[test]
    fn a_pace_is_kept_whoever_asks() {
        let pace = ConditionalAccessLimit::default();
        let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let asked = [0, 500, 999, 1000, 1001, 2500].map(|after| pace.admit(start + SignedDuration::from_millis(after)));
        assert_eq!(asked, [true, false, false, true, false, true]);
    }
}
