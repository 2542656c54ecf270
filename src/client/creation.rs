//! Creating an object whose id the service chooses, once: also where the answer gets lost.
//!
//! A creation must not be sent twice, and one whose answer was lost may have taken effect. So the object is looked for, by what only this creation can have made,
//! for as long as a replica may not know it yet (docs/services/graph.md#replication). If it is there, it is taken; if not, the creation had no effect, and is sent
//! again.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::OperationClient;
use super::consistency::REPLICATION_WINDOW;
use crate::azure::{Error, Request};

/// How often a creation is sent at most.
const TRIES: usize = 3;

/// How long the search may take: a little more than the window, since it begins with an answer that may be late.
pub(crate) const SEARCH: Duration = Duration::from_secs(75);

/// Creates an object by `send`. If the answer is lost, `listing` is asked for the one object that `is_ours`: of the same content, made since, and no other
/// resource's.
///
/// The search has a time of its own, which neither the end of the operation's time nor an interruption ends: what may exist must not get lost. The creation is not
/// sent again after either.
///
/// # Errors
/// As `send`. An [ambiguous](Error::is_ambiguous) one if it could not be found out what came of it, or if several objects may be the one.
pub(crate) async fn once<T: DeserializeOwned, F: Future<Output = Result<T, Error>>>(
    client: &OperationClient,
    send: impl Fn() -> F,
    listing: &Request,
    is_ours: impl Fn(&T) -> bool,
) -> Result<T, Error> {
    let mut tries = 0;
    loop {
        let lost = match send().await {
            Err(error) if error.is_ambiguous() => error,
            sent => return sent,
        };
        tries += 1;
        tracing::warn!(cause = %lost, "the answer to a creation was lost; what came of it is looked for");
        match search(client, listing, &is_ours).await {
            Ok(mut found) if found.len() == 1 => {
                tracing::warn!("it was made, and is taken over");
                return found.pop().ok_or(lost);
            }
            Ok(found) if found.is_empty() && tries < TRIES && client.operation_context.check().is_ok() => {
                tracing::warn!("it had no effect; it is sent again");
            }
            Ok(_) => return Err(lost),
            Err(error) => {
                tracing::warn!(%error, "it could not be looked for");
                return Err(lost);
            }
        }
    }
}

/// The objects that are ours, as soon as there is one; none when the window is over.
async fn search<T: DeserializeOwned>(client: &OperationClient, listing: &Request, is_ours: impl Fn(&T) -> bool) -> Result<Vec<T>, Error> {
    let client = client.with_time(SEARCH);
    let until = client.now()?.checked_add(REPLICATION_WINDOW).ok();
    let look = || async {
        let all: Vec<T> = client.list(listing.clone()).await?;
        Ok(all.into_iter().filter(&is_ours).collect())
    };
    client.until(until, look, |found: &Result<Vec<T>, Error>| !matches!(found, Ok(found) if found.is_empty())).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};
    use serde::Deserialize;
    use serde_json::json;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::azure::OperationContext;
    use crate::azure::tests::{GRAPH, Line, Script, Seen, client, error, says, status};
    use crate::client::Configured;

    #[derive(Debug, Deserialize)]
    struct Object {
        id: String,
    }

    /// The client of an operation of ten minutes whose service plays that, and says what time it is.
    fn operation(play: impl Fn(&Seen) -> Line + Send + Sync + 'static) -> (OperationClient, CancellationToken, Arc<Script>) {
        let began = Timestamp::now();
        let (client, script) = client(move |_, seen| {
            let now = began + SignedDuration::try_from(seen.at).unwrap();
            play(seen).header("date", &jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap())
        });
        let stop = CancellationToken::new();
        let context = OperationContext::new(Duration::from_secs(600), stop.clone());
        (OperationClient::new(Arc::new(Configured::Ready(client)), context), stop, script)
    }

    async fn create(operation: &OperationClient) -> Result<Object, Error> {
        let send = || async { operation.send(Request::post("/things").json(&json!({ "displayName": "x" }))).await?.json() };
        once(operation, send, &Request::get("/things"), |found: &Object| found.id.starts_with("ours")).await
    }

    fn listed(ids: &[&str]) -> Line {
        says(200, json!({ "value": ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>() }))
    }

    fn posts(script: &Script) -> usize {
        script.seen(GRAPH).iter().filter(|seen| seen.method == "POST").count()
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_made_is_taken_as_soon_as_it_is_seen() {
        for seconds in [0, 5, 30, 59] {
            let (operation, _, script) = operation(move |seen| match seen.method.as_str() {
                "POST" => status(504),
                _ if seen.at < Duration::from_secs(seconds) => listed(&["another"]),
                _ => listed(&["another", "ours"]),
            });
            assert_eq!(create(&operation).await.unwrap().id, "ours", "{seconds}");
            assert_eq!(posts(&script), 1, "{seconds}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_made_is_sent_again_when_the_window_is_over() {
        let (operation, _, script) = operation(|seen| match seen.method.as_str() {
            "POST" if seen.at < Duration::from_secs(10) => status(502),
            "POST" => says(201, json!({ "id": "ours" })),
            _ => listed(&["another"]),
        });
        assert_eq!(create(&operation).await.unwrap().id, "ours");
        let seen = script.seen(GRAPH);
        assert!(posts(&script) == 2 && seen.len() < 16 && seen.last().unwrap().at.as_secs() >= 60, "{} requests", seen.len());
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_found_out_is_an_error_and_nothing_is_made_twice() {
        let lost = || status(504);
        // What the creation and the listing say, and how often the creation is sent.
        for (creation, listing, sent) in [
            (lost(), listed(&[]), TRIES),
            (lost(), listed(&["ours-1", "ours-2"]), 1),
            (lost(), error(403, "Authorization_RequestDenied", "no"), 1),
            (error(400, "BadRequest", "no"), listed(&["ours"]), 1),
        ] {
            let is_lost = creation.clone().reply().0 == 504;
            let (operation, _, script) = operation(move |seen| if seen.method == "POST" { creation.clone() } else { listing.clone() });
            let error = create(&operation).await.unwrap_err();
            assert_eq!((error.is_ambiguous(), posts(&script)), (is_lost, sent), "{error}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_interruption_does_not_lose_it() {
        for is_made in [true, false] {
            let (operation, stop, script) = operation(move |seen| match seen.method.as_str() {
                "POST" => status(504).after(5),
                _ if is_made && seen.at > Duration::from_secs(20) => listed(&["ours"]),
                _ => listed(&[]),
            });
            let interrupt = async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                stop.cancel();
            };
            let (created, ()) = tokio::join!(create(&operation), interrupt);
            assert_eq!(created.is_ok(), is_made, "{created:?}");
            assert_eq!(posts(&script), 1);
        }
    }
}
