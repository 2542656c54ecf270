//! Long-running operations on clusters: started by a write, asked about until they have come to their end.

use std::ops::RangeInclusive;

use axum::http::{StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::{
    arm::{
        records::{instant, properties, put},
        request::{
            context::{Context, Outcome},
            error::ArmError,
        },
    },
    http::Response,
    random,
    store::{Change, Row},
};

/// Their table. The key is the operation's id.
pub const TABLE: &str = "clusterOperations";
/// The operation in progress, in a cluster's row.
const OPERATION: &str = "$operation";

/// The shortest and the longest time that an operation takes where things take their time, in seconds. Those of the
/// service take minutes.
const TIME: RangeInclusive<u64> = 5..=15;

/// An operation that has just been started.
#[derive(Debug)]
pub struct StartedOperation {
    /// Its id.
    pub id: String,
    /// When it ends.
    pub until: Timestamp,
    change: Change,
    location: String,
}

/// Starts an operation on a cluster: `state` is what it is doing, as in `Updating`, and `what` what others read, as in
/// `nodepool1 - Updating`. Its row says so until it ends.
pub fn start(context: &Context<'_>, row: &mut Map<String, Value>, state: &str, what: &str) -> StartedOperation {
    let id = uuid::Uuid::new_v4();
    let (time, failure) = context.config.settings.next_operation();
    let time = time.unwrap_or_else(|| {
        let lagging = context.config.lag_seed;
        let seconds = lagging.map_or(0, |seed| random::within(seed, 0x0B5E, id.as_u64_pair().0, TIME));
        SignedDuration::from_secs(seconds.try_into().unwrap_or_default())
    });
    let error = failure.map(|(code, message)| json!({"code": code, "message": message}));
    let until = context.now.checked_add(time).unwrap_or(context.now);
    let id = id.to_string();
    row.insert(OPERATION.into(), json!({"state": state, "what": what, "until": until.to_string(), "failed": error.is_some()}));
    let operation = properties(json!({"name": id, "start": context.now.to_string(), "until": until.to_string(), "error": error}));
    let location = row.get("location").and_then(Value::as_str).unwrap_or_default().to_owned();
    StartedOperation { change: put(TABLE, id.as_str(), operation), id, until, location }
}

impl StartedOperation {
    /// The outcome of the write that started it: an answer that leads to the operation, and the changes with it.
    pub fn outcome(self, context: &Context<'_>, response: Response, mut changes: Vec<Change>) -> Outcome {
        changes.push(self.change);
        let base = format!(
            "https://{}/subscriptions/{}/providers/Microsoft.ContainerService/locations/{}",
            context.request.host,
            context.parameter("subscriptionId"),
            self.location
        );
        let id = self.id;
        let response = response.with("azure-asyncoperation", &format!("{base}/operations/{id}?api-version=2016-03-31"));
        let response = match response.status {
            StatusCode::ACCEPTED => response
                .with_header(header::LOCATION, &format!("{base}/operationresults/{id}?api-version=2016-03-31"))
                .with_header(header::RETRY_AFTER, "1"),
            _ => response,
        };
        Outcome { response, changes }
    }
}

/// Says in a cluster's row that somebody else is doing something to it for a while.
pub fn mark_busy(row: &mut Map<String, Value>, until: Timestamp) {
    row.insert(OPERATION.into(), json!({"state": "Updating", "what": "Updating", "until": until.to_string(), "failed": false}));
}

/// The operation in progress on a cluster, as errors name it.
pub fn running(row: &Row, now: Timestamp) -> Option<&str> {
    if until(row)? > now { row.get(OPERATION)?.get("what")?.as_str() } else { None }
}

/// The provisioning state of a cluster.
pub fn state(row: &Row, now: Timestamp) -> &str {
    let operation = row.get(OPERATION);
    match operation {
        Some(operation) if until(row).is_some_and(|until| until > now) => {
            operation.get("state").and_then(Value::as_str).unwrap_or_default()
        }
        Some(operation) if operation.get("failed") == Some(&json!(true)) => "Failed",
        _ => "Succeeded",
    }
}

/// The provisioning state in the answer to the write that started the operation, which is not over even where it takes
/// no time.
pub fn state_at_start(row: &Row) -> &str {
    row.get(OPERATION).and_then(|operation| operation.get("state")).and_then(Value::as_str).unwrap_or("Succeeded")
}

/// Whether a cluster is being deleted.
pub fn is_deletion(row: &Row) -> bool {
    row.get(OPERATION).and_then(|operation| operation.get("state")) == Some(&json!("Deleting"))
}

/// When what is being done to a cluster ends.
pub fn until(row: &Row) -> Option<Timestamp> {
    row.get(OPERATION)?.get("until")?.as_str()?.parse().ok()
}

fn addressed(context: &Context<'_>) -> Result<(Row, Timestamp), ArmError> {
    let id = context.parameter("operationId").to_lowercase();
    let row = context.view.get(TABLE, &id);
    let until = row.as_ref().and_then(|row| row.get("until")).and_then(Value::as_str).and_then(|text| text.parse().ok());
    // Unverified: code and text.
    row.zip(until).ok_or_else(|| ArmError::not_found("OperationNotFound", format!("The operation '{id}' was not found.")))
}

/// How an operation is doing. One that has failed is answered with 200, too.
pub fn status(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (row, until) = addressed(context)?;
    let start: Option<Timestamp> = row.get("start").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let over = context.now >= until;
    let error = row.get("error").filter(|error| over && !error.is_null());
    let mut body = json!({
        "name": row.get("name"),
        "status": match (over, error) {
            (false, _) => "InProgress",
            (true, Some(_)) => "Failed",
            (true, None) => "Succeeded",
        },
        "startTime": start.map(instant),
    });
    if let Some(body) = body.as_object_mut() {
        if over {
            body.insert("endTime".into(), json!(instant(until)));
        }
        if let Some(error) = error {
            body.insert("error".into(), error.clone());
        }
    }
    let response = Response::json(StatusCode::OK, body);
    Ok(Outcome::read(if over { response } else { response.with_header(header::RETRY_AFTER, "1") }))
}

/// The result of an operation, where a client follows `Location` instead: nothing, when it is there.
pub fn result(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (_, until) = addressed(context)?;
    if context.now >= until {
        return Ok(Outcome::read(Response::empty(StatusCode::NO_CONTENT)));
    }
    let here = format!("https://{}{}?{}", context.request.host, context.request.path, context.request.query);
    let response = Response::empty(StatusCode::ACCEPTED).with_header(header::LOCATION, &here);
    Ok(Outcome::read(response.with_header(header::RETRY_AFTER, "1")))
}
