//! The decision after an attempt: believe it, try again, or give up. A pure function; `http` and `batch` carry it out.

use std::time::Duration;

use super::Trouble;
use crate::azure::request_kind::RequestKind;
use crate::azure::service::Service;

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::azure) enum RetryDecision {
    /// It did what was asked.
    Done,
    /// The service limits the rate: the rate limiter closes, and then it is tried again.
    Throttled,
    /// It may work the next time.
    Again,
    /// It will not, or must not, be tried again.
    Final,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub(in crate::azure) enum Outcome {
    /// With an answer.
    Status {
        /// Its status.
        status: u16,
        /// Whether it has a `Retry-After`.
        asked_to_wait: bool,
    },
    /// Without a whole one.
    Trouble {
        /// What failed.
        trouble: Trouble,
        /// Whether the request may have reached the service.
        sent: bool,
    },
}

/// What to make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::azure) struct Judgement {
    pub(in crate::azure) retry_decision: RetryDecision,
    /// Whether this attempt may have taken effect although it failed.
    pub(in crate::azure) effect: bool,
    /// For how long it is tried again at most while attempts end like this; none if only the operation's time ends it.
    pub(in crate::azure) within: Option<Duration>,
}

/// Time after which a "not found" of the endpoint for managed identities is final: an update of it takes up to 70 seconds
/// (learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#error-handling).
const UPDATING: Duration = Duration::from_secs(90);

/// Judges an attempt of a request of that kind to that service.
pub(in crate::azure) fn classify(service: Service, kind: RequestKind, outcome: Outcome) -> Judgement {
    // `may` is what is known about the effect if the request writes; `passes` whether time may heal it.
    let (passes, may, within) = match outcome {
        Outcome::Status { status, asked_to_wait } => match status {
            200..300 => return Judgement { retry_decision: RetryDecision::Done, effect: false, within: None },
            404 | 410 | 501 | 505..600 if service == Service::ManagedIdentity => (true, false, Some(UPDATING)),
            // Never acted upon, so safe for every kind.
            429 => return Judgement { retry_decision: RetryDecision::Throttled, effect: false, within: None },
            // Somebody who says when to come back has looked at the request and put it aside.
            503 if asked_to_wait => (true, false, None),
            408 | 500 | 502 | 503 | 504 => (true, true, None),
            _ => (false, false, None),
        },
        Outcome::Trouble { trouble, sent } => match trouble {
            Trouble::Certificate | Trouble::Address => (false, false, None),
            Trouble::TooLarge => (false, true, None),
            _ => (true, sent, None),
        },
    };
    let effect = may && kind != RequestKind::Read;
    let retry_decision = if passes && (kind != RequestKind::Once || !effect) { RetryDecision::Again } else { RetryDecision::Final };
    Judgement { retry_decision, effect, within }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16) -> Outcome {
        Outcome::Status { status, asked_to_wait: false }
    }

    fn reply_with_time(status: u16) -> Outcome {
        Outcome::Status { status, asked_to_wait: true }
    }

    fn broken(trouble: Trouble, sent: bool) -> Outcome {
        Outcome::Trouble { trouble, sent }
    }

    /// The whole matrix: for a read, a repeatable write, and a write that must happen once.
    #[test]
    fn matrix() {
        use RetryDecision::{Again, Done, Final, Throttled};
        let rows = [
            // outcome, read, repeatable, once; whether a write may have taken effect
            (reply(200), Done, Done, Done, false),
            (reply(204), Done, Done, Done, false),
            (reply(302), Final, Final, Final, false),
            (reply(400), Final, Final, Final, false),
            (reply(401), Final, Final, Final, false),
            (reply(403), Final, Final, Final, false),
            (reply(404), Final, Final, Final, false),
            (reply(409), Final, Final, Final, false),
            (reply(408), Again, Again, Final, true),
            (reply(429), Throttled, Throttled, Throttled, false),
            (reply_with_time(429), Throttled, Throttled, Throttled, false),
            (reply(500), Again, Again, Final, true),
            (reply(501), Final, Final, Final, false),
            (reply(502), Again, Again, Final, true),
            (reply(503), Again, Again, Final, true),
            (reply_with_time(503), Again, Again, Again, false),
            (reply(504), Again, Again, Final, true),
            (broken(Trouble::Name, false), Again, Again, Again, false),
            (broken(Trouble::Connect, false), Again, Again, Again, false),
            (broken(Trouble::Tls, false), Again, Again, Again, false),
            (broken(Trouble::Certificate, false), Final, Final, Final, false),
            (broken(Trouble::Address, false), Final, Final, Final, false),
            (broken(Trouble::Timeout, false), Again, Again, Again, false),
            (broken(Trouble::Timeout, true), Again, Again, Final, true),
            (broken(Trouble::Broken, true), Again, Again, Final, true),
            (broken(Trouble::TooLarge, true), Final, Final, Final, true),
        ];
        for (outcome, read, repeatable, once, effect) in rows {
            let judged = |kind| {
                let judgement = classify(Service::Graph, kind, outcome);
                (judgement.retry_decision, judgement.effect)
            };
            assert_eq!(judged(RequestKind::Read), (read, false), "{outcome:?}");
            assert_eq!(judged(RequestKind::Repeatable), (repeatable, effect), "{outcome:?}");
            assert_eq!(judged(RequestKind::Once), (once, effect), "{outcome:?}");
        }
    }

    #[test]
    fn the_metadata_service_is_waited_for() {
        for status in [404, 410, 501, 507] {
            let judged = classify(Service::ManagedIdentity, RequestKind::Read, reply(status));
            assert_eq!((judged.retry_decision, judged.within), (RetryDecision::Again, Some(UPDATING)), "{status}");
            assert_eq!(classify(Service::Identity, RequestKind::Read, reply(status)).retry_decision, RetryDecision::Final, "{status}");
        }
        assert_eq!(classify(Service::ManagedIdentity, RequestKind::Read, reply(400)).retry_decision, RetryDecision::Final);
    }
}
