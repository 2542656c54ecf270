//! JSON batching of Microsoft Graph: `$batch` takes twenty requests and answers each on its own (docs/services/graph.md#batches).
//!
//! The batch is answered with 200 whatever happened inside. Every part is therefore judged by the same
//! rules as a request of its own, and the parts that may be tried again travel together in the next batch.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::answer::Answer;
use super::client::Client;
use super::error::{Error, Exchange, RetryDecision, classify};
use super::http::{History, Reply, answer, answered, refusal};
use super::operation_context::OperationContext;
use super::request::Request;
use super::request_kind::RequestKind;
use super::service::Api;
use super::time_headers::retry_after;

/// What one batch takes.
pub const BATCH: usize = 20;

#[derive(Serialize)]
struct Outgoing {
    requests: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    id: String,
    method: String,
    url: String,
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    headers: HashMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Incoming {
    responses: Vec<Response>,
}

#[derive(Deserialize)]
struct Response {
    id: String,
    status: u16,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

/// A part on its way to an outcome.
struct Pending<'a> {
    request: &'a Request,
    history: History,
    last: Option<Error>,
    outcome: Option<Result<Answer, Error>>,
}

/// Before the next round: how long to pause, if anything but the rate limiter asks for it.
#[derive(Default)]
struct Round {
    pause: Option<Duration>,
}

impl Client {
    /// Sends any number of requests to Microsoft Graph, twenty at a time, and returns what came of each, in their
    /// order. They run in any order and independently: one that fails does not hold up the others.
    ///
    /// All must be for the same version of Graph.
    pub async fn batch(&self, requests: &[Request], operation_context: &OperationContext) -> Vec<Result<Answer, Error>> {
        let mut outcomes = Vec::with_capacity(requests.len());
        for chunk in requests.chunks(BATCH) {
            let mut pending: Vec<_> = chunk.iter().map(Pending::new).collect();
            self.send_until_complete(&mut pending, operation_context).await;
            outcomes.extend(pending.into_iter().filter_map(|pending| pending.outcome));
        }
        if outcomes.iter().any(|outcome| matches!(outcome, Err(error) if error.is_forbidden()))
            && let Ok(caller) = self.caller(operation_context).await
        {
            return outcomes.into_iter().map(|outcome| outcome.map_err(|error| error.asked_by(|| caller.clone()))).collect();
        }
        outcomes
    }

    /// Sends batches until every part has its outcome.
    async fn send_until_complete(&self, pending: &mut [Pending<'_>], operation_context: &OperationContext) {
        loop {
            let mut open: Vec<_> = pending.iter_mut().filter(|part| part.outcome.is_none()).collect();
            if open.is_empty() {
                return;
            }
            let round = match self.round(&mut open, operation_context).await {
                Ok(round) => round,
                Err(error) => {
                    for part in open.iter_mut().filter(|part| part.outcome.is_none()) {
                        part.fail(&error);
                    }
                    return;
                }
            };
            if let Some(pause) = round.pause
                && let Err(ended) = operation_context.sleep(pause).await
            {
                for part in open.iter_mut().filter(|part| part.outcome.is_none()) {
                    part.outcome = Some(Err(ended.with(part.last.take())));
                }
                return;
            }
        }
    }

    /// One batch. An error is the batch request's, and so that of every part that has no outcome yet.
    async fn round(&self, open: &mut [&mut Pending<'_>], operation_context: &OperationContext) -> Result<Round, Error> {
        let (api, kind) = batch_request_kind(open)?;
        let mut parts = Vec::with_capacity(open.len());
        for (id, part) in open.iter_mut().enumerate() {
            part.history.begin();
            match outgoing(id, part.request) {
                Ok(part) => parts.push(part),
                Err(error) => part.outcome = Some(Err(error)),
            }
        }
        if parts.is_empty() {
            return Ok(Round::default());
        }
        let mut request = Request::post("/$batch").json(&Outgoing { requests: parts });
        request.api = api;
        request.kind = kind;
        let carried = self.send(&request, operation_context).await?;
        let mut responses: HashMap<String, Response> =
            carried.json::<Incoming>()?.responses.into_iter().map(|response| (response.id.clone(), response)).collect();
        let mut round = Round::default();
        for (id, part) in open.iter_mut().enumerate().filter(|(_, part)| part.outcome.is_none()) {
            match responses.remove(&id.to_string()) {
                Some(response) => self.take(part, response, &carried, &mut round),
                None => part.fail(&carried.unreadable("the answer to a part of the batch is missing")),
            }
        }
        Ok(round)
    }

    /// Judges the answer to a part as if it had come alone.
    fn take(&self, part: &mut Pending<'_>, response: Response, carried: &Answer, round: &mut Round) {
        let kind = part.request.kind;
        let reply = response.reply();
        let judgement = classify(part.request.service(), kind, answered(&reply));
        // The batch itself may have been sent before, without an answer.
        part.history.effect |= carried.repeated() && kind != RequestKind::Read;
        let repeated = part.history.effect;
        part.history.add(judgement);
        let exchange = Exchange { repeated, ambiguous: part.history.effect, ..part.exchange(&carried.exchange) };
        if judgement.retry_decision == RetryDecision::Done {
            let exchange = Exchange { ambiguous: kind != RequestKind::Read, ..exchange };
            part.outcome = Some(Ok(answer(exchange, reply)));
            return;
        }
        let wait = retry_after(&reply.headers);
        let error = refusal(exchange, &reply);
        if !part.history.should_retry(judgement) {
            part.outcome = Some(Err(error));
            return;
        }
        part.last = Some(error);
        if judgement.retry_decision == RetryDecision::Throttled {
            self.sender.throttle(part.request.service(), wait);
        } else {
            round.pause = round.pause.max(Some(part.history.pause(wait)));
        }
    }
}

impl<'a> Pending<'a> {
    fn new(request: &'a Request) -> Self {
        Self { request, history: History::default(), last: None, outcome: None }
    }

    /// The part's own exchange within the batch request's.
    fn exchange(&self, batch: &Exchange) -> Exchange {
        Exchange {
            service: self.request.service(),
            method: self.request.method.to_string(),
            template: self.request.template.clone().into_owned(),
            repeated: self.history.effect,
            ambiguous: self.history.effect || (batch.ambiguous && self.request.kind != RequestKind::Read),
            client_request_id: batch.client_request_id.clone(),
            tried: self.history.tried(),
        }
    }

    /// The batch request's error becomes the part's; if that is only that the time is over, then with what the part was refused for before.
    fn fail(&mut self, error: &Error) {
        let error = match (error, self.last.take()) {
            (Error::Deadline(None), Some(last)) => Error::Deadline(Some(Box::new(last))),
            (Error::Stopped(None), Some(last)) => Error::Stopped(Some(Box::new(last))),
            _ => error.within(|batch| self.exchange(batch)),
        };
        self.outcome = Some(Err(error));
    }
}

impl Response {
    fn reply(self) -> Reply {
        let headers = self
            .headers
            .iter()
            .filter_map(|(name, value)| Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?)));
        Reply {
            status: self.status,
            headers: headers.collect::<HeaderMap>(),
            body: self.body.map_or_else(Bytes::new, |body| Bytes::from(String::from(Box::<str>::from(body)))),
        }
    }
}

/// The version of Graph that the batch goes to, and what it means to send it twice: as much as its strictest part.
fn batch_request_kind(open: &[&mut Pending<'_>]) -> Result<(Api, RequestKind), Error> {
    let mut apis = open.iter().map(|part| part.request.api);
    let api = apis.next().unwrap_or(Api::Graph);
    if api == Api::Arm || apis.any(|other| other != api) {
        return Err(Error::Invalid("a batch is for one version of Microsoft Graph".to_owned()));
    }
    let has = |kind| open.iter().any(|part| part.request.kind == kind);
    let kind = match (has(RequestKind::Once), has(RequestKind::Repeatable)) {
        (true, _) => RequestKind::Once,
        (false, true) => RequestKind::Repeatable,
        (false, false) => RequestKind::Read,
    };
    Ok((api, kind))
}

fn outgoing(id: usize, request: &Request) -> Result<Part, Error> {
    let headers = request.headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let body = request.body.as_deref().map(serde_json::from_slice).transpose();
    Ok(Part {
        id: id.to_string(),
        method: request.method.to_string(),
        url: request.relative()?,
        headers: headers.collect(),
        body: body.map_err(|error| Error::Invalid(format!("the body is no JSON: {error}")))?,
    })
}
