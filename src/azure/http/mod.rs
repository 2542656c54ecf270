//! The one place that sends requests: attempts, retries, rate limits, clocks, and a line in the log for each attempt.
//!
//! Bodies and headers are never logged: they hold passwords and tokens.

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod local;
mod outage;
mod rate_limiter;
#[cfg(test)]
pub(super) mod script;
#[cfg(test)]
mod tests;
mod transport;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Url};
use tokio::time::Instant;

pub(super) use self::transport::{Network, Reply, Transport, WireError};

use self::outage::Outages;
use self::rate_limiter::{Permit, RateLimiter};
use self::transport::Attempt;
use super::answer::Answer;
use super::backoff::{SHORTEST_PAUSE, retry_pause};
use super::error::{Error, Exchange, Judgement, NetworkError, Outcome, RetryDecision, Tried, classify, error_of};
use super::operation_context::{Interrupted, OperationContext};
use super::request_kind::RequestKind;
use super::service::Service;
use super::time_headers;

/// Conditional access allows one request a second for a whole tenant (docs/services/conditional-access.md#throttling); a little more, since requests do not arrive
/// as evenly as they leave.
const CONDITIONAL_ACCESS_MIN_INTERVAL: Duration = Duration::from_millis(1_100);

/// A request with everything that sending it needs.
pub(super) struct Call<'a> {
    pub(super) service: Service,
    pub(super) method: Method,
    pub(super) template: &'a str,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    pub(super) kind: RequestKind,
}

/// The attempts of one request so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct History {
    /// When the first began.
    began: Option<Instant>,
    /// How many there were.
    attempts: u32,
    /// How many of them the service did not look at, because there were too many of everybody.
    throttled: u32,
    /// Whether one of them may have taken effect.
    pub(super) effect: bool,
}

impl History {
    /// An attempt begins.
    pub(super) fn begin(&mut self) {
        self.began.get_or_insert_with(Instant::now);
    }

    /// Records the outcome of an attempt.
    pub(super) fn add(&mut self, judgement: Judgement) {
        self.attempts += 1;
        self.throttled += u32::from(judgement.retry_decision == RetryDecision::Throttled);
        self.effect |= judgement.effect;
    }

    /// Whether another attempt is worth it after that one, if there is time for it.
    pub(super) fn should_retry(&self, judgement: Judgement) -> bool {
        match judgement.retry_decision {
            RetryDecision::Done | RetryDecision::Final => false,
            RetryDecision::Throttled => true,
            RetryDecision::Again => judgement.within.is_none_or(|within| self.tried().during < within),
        }
    }

    /// The pause before the next attempt.
    pub(super) fn pause(&self, asked: Option<Duration>) -> Duration {
        retry_pause(self.attempts - self.throttled, asked)
    }

    /// How often it was tried, and for how long.
    pub(super) fn tried(&self) -> Tried {
        Tried { attempts: self.attempts, during: self.began.map_or(Duration::ZERO, |began| began.elapsed()) }
    }
}

/// Sends requests, and knows how each service is doing.
pub(super) struct Sender {
    transport: Box<dyn Transport>,
    services: [ServiceState; 7],
    outages: Outages,
}

/// What is known about a service from its answers.
#[derive(Default)]
struct ServiceState {
    rate_limiter: RateLimiter,
    /// The `Date` of its last answer, and when that came.
    clock: Mutex<Option<(Timestamp, Instant)>>,
}

impl Sender {
    pub(super) fn new(transport: Box<dyn Transport>) -> Self {
        let mut services: [ServiceState; 7] = Default::default();
        let [_, conditional_access, ..] = &mut services;
        conditional_access.rate_limiter = RateLimiter::with_min_interval(CONDITIONAL_ACCESS_MIN_INTERVAL);
        Self { transport, services, outages: Outages::default() }
    }

    /// Sends a request until there is an answer to believe, or the operation's time is over: an outage of the service is waited out. Waits, pauses and reads
    /// end with the operation; a write that is on its way is awaited, and what it says is what is returned.
    pub(super) async fn send(&self, call: &Call<'_>, operation_context: &OperationContext, history: &mut History) -> Result<Answer, Error> {
        let state = self.state(call.service);
        let host = host(&call.url);
        let mut last = None;
        loop {
            let acquired = state.rate_limiter.acquire(call.service, operation_context).await;
            let permit = match acquired.and_then(|permit| operation_context.check().map(|()| permit)) {
                Ok(permit) => permit,
                Err(ended) => return Err(ended.with(last)),
            };
            let repeated = history.effect;
            history.begin();
            let (exchange, outcome) = match self.attempt(call, operation_context, history).await {
                Ok(attempted) => attempted,
                Err(ended) => return Err(ended.with(last)),
            };
            let judgement = classify(call.service, call.kind, described(&outcome));
            history.add(judgement);
            let exchange = Exchange { repeated, ambiguous: history.effect, tried: history.tried(), ..exchange };
            let wait = outcome.as_ref().ok().and_then(|reply| time_headers::retry_after(&reply.headers));
            self.record_answer(call.service, host, &permit, &outcome, judgement.retry_decision, wait);
            let error = match outcome {
                Ok(reply) if judgement.retry_decision == RetryDecision::Done => {
                    // If this answer turns out to be unreadable, the write has happened all the same.
                    let ambiguous = call.kind != RequestKind::Read;
                    return Ok(answer(Exchange { ambiguous, ..exchange }, reply));
                }
                Ok(reply) => refusal(exchange, &reply),
                Err(error) => failure(exchange, host, error),
            };
            if !history.should_retry(judgement) {
                return Err(error);
            }
            let advice = self.outages.failed(call.service, host, &error);
            if advice.warns {
                let (service, seconds) = (call.service, advice.lasts.as_secs());
                tracing::warn!(%service, host, seconds, cause = %error, "no good answer; it is tried on until the operation's time is over");
            }
            // After a 429, the wait is in the rate limiter.
            if judgement.retry_decision == RetryDecision::Again {
                let pause = history.pause(wait);
                let left = advice.until.map(|until| until.saturating_duration_since(Instant::now()));
                if left.is_some_and(|left| left < SHORTEST_PAUSE) {
                    return Err(error);
                }
                if let Err(ended) = operation_context.sleep(left.map_or(pause, |left| left.min(pause))).await {
                    return Err(ended.with(Some(error)));
                }
            }
            last = Some(error);
        }
    }

    /// The error of an operation that ended while somebody else asked for what it needs: with what that one got to hear.
    pub(super) fn with_outage(&self, error: Error) -> Error {
        match error {
            Error::Deadline(None) => Error::Deadline(self.outages.longest().map(Box::new)),
            error => error,
        }
    }

    /// One attempt, logged.
    async fn attempt(
        &self,
        call: &Call<'_>,
        operation_context: &OperationContext,
        history: &History,
    ) -> Result<(Exchange, Result<Reply, WireError>), Interrupted> {
        let id = uuid::Uuid::new_v4().to_string();
        let mut headers = call.headers.clone();
        if let Ok(value) = HeaderValue::from_str(&id) {
            headers.insert(client_request_id(call.service), value);
        }
        let is_loopback = matches!(call.service, Service::Identity | Service::ManagedIdentity);
        let attempt = Attempt { method: call.method.clone(), url: call.url.clone(), headers, body: call.body.clone(), is_loopback };
        let started = Instant::now();
        let sent = self.transport.send(attempt);
        let outcome = match call.kind {
            RequestKind::Read => operation_context.bounded(sent).await?,
            RequestKind::Repeatable | RequestKind::Once => sent.await,
        };
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        log(call, history.attempts + 1, &id, milliseconds, &outcome);
        let exchange = Exchange {
            service: call.service,
            method: call.method.to_string(),
            template: call.template.to_owned(),
            client_request_id: id,
            repeated: false,
            ambiguous: false,
            tried: Tried::default(),
        };
        Ok((exchange, outcome))
    }

    /// Records what an answer reveals about the service: its clock and its rate limit.
    fn record_answer(
        &self,
        service: Service,
        host: &str,
        permit: &Permit,
        outcome: &Result<Reply, WireError>,
        retry_decision: RetryDecision,
        wait: Option<Duration>,
    ) {
        let Ok(reply) = outcome else { return };
        self.outages.answered(host);
        if !matches!(retry_decision, RetryDecision::Throttled | RetryDecision::Again) {
            self.outages.over(service, host);
        }
        let state = self.state(service);
        if let Some(date) = time_headers::date(&reply.headers) {
            *state.clock.lock().unwrap_or_else(PoisonError::into_inner) = Some((date, Instant::now()));
        }
        match retry_decision {
            RetryDecision::Throttled => state.rate_limiter.pause(permit, wait),
            _ => state.rate_limiter.accepted(permit),
        }
    }

    /// Pauses requests to a service because a part of a batch was throttled.
    pub(super) fn throttle(&self, service: Service, wait: Option<Duration>) {
        self.state(service).rate_limiter.pause_now(wait);
    }

    /// Whether callers had to wait for long for that service's rate limiter. True once.
    pub(super) fn announce_queue(&self, service: Service) -> bool {
        self.state(service).rate_limiter.announce_queue()
    }

    /// The time by the clock of that service, or of any other that answered, or else of this machine.
    pub(super) fn now(&self, service: Service) -> Timestamp {
        let asked = std::iter::once(self.state(service)).chain(&self.services);
        let known = asked.filter_map(|state| *state.clock.lock().unwrap_or_else(PoisonError::into_inner));
        known
            .filter_map(|(date, at)| {
                let since = SignedDuration::try_from(at.elapsed()).ok()?;
                date.checked_add(since).ok()
            })
            .next()
            .unwrap_or_else(Timestamp::now)
    }

    fn state(&self, service: Service) -> &ServiceState {
        let [graph, conditional_access, arm, sign_in, metadata, identity, managed_identity] = &self.services;
        match service {
            Service::Graph => graph,
            Service::ConditionalAccess => conditional_access,
            Service::Arm => arm,
            Service::SignIn => sign_in,
            Service::Metadata => metadata,
            Service::Identity => identity,
            Service::ManagedIdentity => managed_identity,
        }
    }
}

fn log(call: &Call<'_>, attempt: u32, client_request_id: &str, milliseconds: u64, outcome: &Result<Reply, WireError>) {
    let (service, method, template) = (call.service, &call.method, call.template);
    match outcome {
        Ok(reply) => {
            let (status, request_id) = (reply.status, request_id(&reply.headers));
            tracing::debug!(?service, %method, template, status, request_id, client_request_id, attempt, milliseconds, "answered");
        }
        Err(error) => {
            let (trouble, text) = (error.trouble, &error.text);
            tracing::debug!(?service, %method, template, ?trouble, text, client_request_id, attempt, milliseconds, "not answered");
        }
    }
}

fn described(outcome: &Result<Reply, WireError>) -> Outcome {
    match outcome {
        Ok(reply) => answered(reply),
        Err(error) => Outcome::Trouble { trouble: error.trouble, sent: error.sent },
    }
}

/// An answer as [`classify`] takes it.
pub(super) fn answered(reply: &Reply) -> Outcome {
    Outcome::Status { status: reply.status, asked_to_wait: reply.headers.contains_key(RETRY_AFTER) }
}

pub(super) fn answer(exchange: Exchange, reply: Reply) -> Answer {
    Answer { exchange, status: reply.status, request_id: request_id(&reply.headers), headers: reply.headers, body: reply.body }
}

pub(super) fn refusal(exchange: Exchange, reply: &Reply) -> Error {
    error_of(exchange, reply.status, &reply.body, request_id(&reply.headers), &reply.headers)
}

fn failure(exchange: Exchange, host: &str, error: WireError) -> Error {
    Error::Network(Box::new(NetworkError { exchange, host: host.to_owned(), trouble: error.trouble, text: error.text }))
}

/// With the port where it is not the usual one, and without a user and password.
fn host(url: &Url) -> &str {
    url.authority().rsplit('@').next().unwrap_or_default()
}

/// Where each service looks for our id of the request.
fn client_request_id(service: Service) -> HeaderName {
    HeaderName::from_static(match service {
        Service::Arm => "x-ms-client-request-id",
        _ => "client-request-id",
    })
}

/// The service's id: Graph says `request-id`, ARM and the token endpoint `x-ms-request-id`.
fn request_id(headers: &HeaderMap) -> String {
    ["request-id", "x-ms-request-id"].iter().find_map(|name| headers.get(*name)?.to_str().ok()).unwrap_or_default().to_owned()
}
