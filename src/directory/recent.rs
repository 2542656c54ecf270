//! Reading what was written a moment ago: another replica may still answer with what was there before, or that nothing is (service-behaviour section 3).
//!
//! The instant of the last write travels beside the state, so that a plan seconds after an apply knows of it. For a minute from then on, a "not
//! found" and an answer that does not show what was written are asked for again, and believed only when the minute is over.

use framework::Context;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use super::Reading;
use crate::azure::{Answer, Error, Request};
use crate::provider::Azure;

/// The name under which the instant of the last write is remembered.
const WRITTEN: &str = "written";

/// How long after a write an answer may be an old one. Unverified as a bound: the service promises none, and says "seconds".
const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Remembers that the object of that id was written just now, by the service's own clock; nothing that was listed is believed about it any more.
pub fn wrote(cx: &mut Context<Azure>, id: &str) {
    if let (Ok(now), Ok(directory)) = (cx.api.now(), cx.api.directory()) {
        directory.written(id);
        cx.remember(WRITTEN, now.to_string());
    }
}

/// Until when an answer may be an old one; none if the object was never written here.
fn young_until(cx: &Context<Azure>) -> Option<Timestamp> {
    let written: Timestamp = cx.recall::<String>(WRITTEN)?.parse().ok()?;
    written.checked_add(WINDOW).ok()
}

/// Reads an object together with what others want to know. While it is young, by itself until the answer shows what was last written (`shows`).
pub async fn read<T: DeserializeOwned>(cx: &Context<Azure>, reading: Reading, id: &str, shows: impl Fn(&T) -> bool) -> Result<T, Error> {
    let believed = |read: &Result<T, Error>| match read {
        Ok(read) => shows(read),
        Err(error) => !error.is_not_found(),
    };
    let (first, until) = (cx.api.object(reading, id).await, young_until(cx));
    if believed(&first) || !cx.api.is_young(until)? {
        return first;
    }
    cx.api.directory()?.written(id);
    cx.api.until(until, || cx.api.object(reading, id), believed).await
}

/// Changes the object of that id. While it is young, until it is found.
pub async fn write(cx: &mut Context<Azure>, id: &str, request: &Request) -> Result<Answer, Error> {
    let answer = {
        let cx = &*cx;
        let found = |answer: &Result<Answer, Error>| !matches!(answer, Err(error) if error.is_not_found());
        cx.api.until(young_until(cx), || cx.api.send(request.clone()), found).await?
    };
    wrote(cx, id);
    Ok(answer)
}

/// Deletes an object. While it is young a "not found" is not believed, unless an attempt before may have deleted it. Answers whether it was there.
pub async fn delete(cx: &Context<Azure>, request: &Request) -> Result<bool, Error> {
    let settled = |sent: &Result<Answer, Error>| !matches!(sent, Err(error) if error.is_not_found() && !error.is_repeated());
    match cx.api.until(young_until(cx), || cx.api.send(request.clone()), settled).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(error.is_repeated()),
        Err(error) => Err(error),
    }
}

/// Whether an answer may still be an old one.
pub fn is_young(cx: &Context<Azure>) -> bool {
    matches!((young_until(cx), cx.api.now()), (Some(until), Ok(now)) if now < until)
}
