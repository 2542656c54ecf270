//! Which hosts do not answer, since when, and why: so that an outage is waited out with a warning once a minute, and a host that never existed is given up.
//!
//! A host that has answered once is there, and what fails afterwards is an outage, which ends with the operation's time. A host that never answered may not
//! exist: its name may be wrong, or it may not be reachable from here at all. That is found out once for everybody who asks it.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::azure::error::{Error, Trouble};
use crate::azure::service::Service;

/// For so long a host is tried that has not answered since this process began.
const UNKNOWN_HOST: Duration = Duration::from_secs(60);
/// The same for what the environment of a pipeline's job or a machine names: it is near, and answers or is not there.
const UNKNOWN_LOCAL_HOST: Duration = Duration::from_secs(20);
/// A failure so long after the one before is the first of another outage.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// Between two warnings about the same.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(60);

/// What is known of the hosts that were asked, by host and port.
#[derive(Debug, Default)]
pub(super) struct Outages(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    answered: HashSet<String>,
    /// Services share hosts, and one of them may be busy while the other is not.
    records: HashMap<(Service, String), Record>,
}

#[derive(Debug, Default)]
struct Record {
    outage: Option<Outage>,
    /// Outlives the outage: a service that fails now and then is no reason for a warning each time.
    warned: Reminder,
}

#[derive(Debug)]
struct Outage {
    began: Instant,
    last: Instant,
    error: Error,
}

/// What to make of an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Advice {
    /// For how long nobody has had a good answer.
    pub(super) lasts: Duration,
    /// Whether it is time to say so.
    pub(super) warns: bool,
    /// Until when it is worth trying on; none if only the operation's time ends it.
    pub(super) until: Option<Instant>,
}

impl Outages {
    /// The host answered something, if only that it is busy.
    pub(super) fn answered(&self, host: &str) {
        let mut known = self.known();
        if !known.answered.contains(host) {
            known.answered.insert(host.to_owned());
        }
    }

    /// The service did what it was asked.
    pub(super) fn over(&self, service: Service, host: &str) {
        // A key without a copy of the host would need a map of maps; there are few records, and mostly none.
        for ((of, at), record) in &mut self.known().records {
            if *of == service && at == host {
                record.outage = None;
            }
        }
    }

    /// An attempt failed and may be repeated.
    pub(super) fn failed(&self, service: Service, host: &str, error: &Error) -> Advice {
        let mut known = self.known();
        let is_unknown = !known.answered.contains(host) && error.trouble().is_some_and(is_absence);
        let record = known.records.entry((service, host.to_owned())).or_default();
        let now = Instant::now();
        let began = match &record.outage {
            Some(outage) if now.duration_since(outage.last) <= FORGOTTEN => outage.began,
            _ => now,
        };
        record.outage = Some(Outage { began, last: now, error: error.clone() });
        Advice { lasts: now.duration_since(began), warns: record.warned.is_due(), until: is_unknown.then(|| began + unknown_host(service)) }
    }

    /// The last failure of the outage that lasts longest, for a caller that ended while another was asking.
    pub(super) fn longest(&self) -> Option<Error> {
        let known = self.known();
        let outages = known.records.values().filter_map(|record| record.outage.as_ref());
        outages.min_by_key(|outage| outage.began).map(|outage| outage.error.clone())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Plain values, never left half-written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unknown_host(service: Service) -> Duration {
    match service {
        Service::Identity | Service::ManagedIdentity => UNKNOWN_LOCAL_HOST,
        Service::Graph | Service::ConditionalAccess | Service::Arm | Service::SignIn | Service::Metadata => UNKNOWN_HOST,
    }
}

/// Whether the host may not exist, or may not be reachable from here.
fn is_absence(trouble: Trouble) -> bool {
    matches!(trouble, Trouble::Name | Trouble::Connect | Trouble::Tls)
}

/// Decides when to log the same warning again.
#[derive(Debug, Default)]
pub(super) struct Reminder(Option<Instant>);

impl Reminder {
    /// Whether it is time: at the first call, and then once a minute.
    pub(super) fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = self.0.is_none_or(|last| now.duration_since(last) >= BETWEEN_WARNINGS);
        if is_due {
            self.0 = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_warning_comes_first_and_then_once_a_minute() {
        let outages = Outages::default();
        let mut warned = Vec::new();
        for second in 0..200 {
            if outages.failed(Service::Graph, "graph", &Error::Invalid(String::new())).warns {
                warned.push(second);
            }
            // That it answers now and then makes the warnings no more.
            outages.over(Service::Graph, "graph");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(warned, [0, 60, 120, 180]);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_far_apart_are_not_one_outage() {
        let outages = Outages::default();
        let failed = || outages.failed(Service::Graph, "graph", &Error::Invalid(String::new())).lasts.as_secs();
        assert_eq!(failed(), 0);
        tokio::time::sleep(Duration::from_secs(59)).await;
        assert_eq!(failed(), 59);
        tokio::time::sleep(Duration::from_secs(61)).await;
        assert_eq!(failed(), 0);
        assert!(outages.longest().is_some());
        outages.over(Service::Graph, "graph");
        assert!(outages.longest().is_none());
    }
}
