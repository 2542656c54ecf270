//! Reads after writes: another replica may still answer with the object as it was before, or without it (docs/services/graph.md#replication).
//!
//! The instant of the last write travels beside the state, so that a plan seconds after an apply knows of it. For a minute from then on, a "not
//! found" and an answer that does not show what was written are asked for again, and believed only when the minute is over.

use framework::Context;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use super::OperationClient;
use crate::azure::{Answer, Error, Request};

/// The name under which the instant of the last write is remembered.
const WRITTEN: &str = "written";

/// How long a new object may be unknown to other parts of the service that refer to it (docs/services/graph.md#replication: mostly seconds).
pub(crate) const CONSISTENCY_WINDOW: SignedDuration = SignedDuration::from_secs(90);

/// How long after a write a read of the same object may return its old state. Unverified as a bound: the service promises none; its documentation has "seconds".
pub(crate) const REPLICATION_WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Remembers that the object was written just now, by the service's own clock.
pub fn mark_written(cx: &mut Context<impl AsRef<OperationClient>>) {
    if let Ok(now) = cx.api.as_ref().now() {
        cx.remember(WRITTEN, now.to_string());
    }
}

/// Until when an answer may be an old one; none if the object was never written here.
pub fn stale_until<A>(cx: &Context<A>) -> Option<Timestamp> {
    let written: Timestamp = cx.recall::<String>(WRITTEN)?.parse().ok()?;
    written.checked_add(REPLICATION_WINDOW).ok()
}

/// Reads an object. Within the consistency window, repeatedly until the answer shows the last write (`shows`).
pub async fn read<T: DeserializeOwned>(
    cx: &Context<impl AsRef<OperationClient>>,
    request: &Request,
    shows: impl Fn(&T) -> bool,
) -> Result<T, Error> {
    cx.api
        .as_ref()
        .until(
            stale_until(cx),
            || async { cx.api.as_ref().send(request.clone()).await?.json() },
            |read: &Result<T, Error>| match read {
                Ok(read) => shows(read),
                Err(error) => !error.is_not_found(),
            },
        )
        .await
}

/// Changes an object. Within the consistency window, repeatedly until it is found.
pub async fn write(cx: &mut Context<impl AsRef<OperationClient>>, request: &Request) -> Result<Answer, Error> {
    let answer = {
        let cx = &*cx;
        let found = |answer: &Result<Answer, Error>| !matches!(answer, Err(error) if error.is_not_found());
        cx.api.as_ref().until(stale_until(cx), || cx.api.as_ref().send(request.clone()), found).await?
    };
    mark_written(cx);
    Ok(answer)
}

/// Whether an answer may still be an old one.
pub fn may_be_stale(cx: &Context<impl AsRef<OperationClient>>) -> bool {
    matches!((stale_until(cx), cx.api.as_ref().now()), (Some(until), Ok(now)) if now < until)
}
