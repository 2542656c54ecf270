//! One caller is throttled, all wait.

use futures_util::future::join_all;
use tokio::time::Instant;

use super::super::http::script::{says, status};
use super::*;

async fn all_at_once(
    client: &Client,
    request: &Request,
    callers: usize,
    operation_context: &OperationContext,
) -> Vec<Result<Answer, Error>> {
    join_all((0..callers).map(|_| client.send(request, operation_context))).await
}

#[tokio::test(start_paused = true)]
async fn one_429_stops_ten_callers() {
    let (client, script) = lines(vec![status(429).header("retry-after", "10"), says(200, group())]);
    let request = Request::get("/groups");
    let answers = all_at_once(&client, &request, 10, &operation_context(60)).await;
    assert!(answers.iter().all(Result::is_ok));
    let times: Vec<_> = script.seen(GRAPH).iter().map(|seen| seen.at).collect();
    assert_eq!(times.len(), 11, "one refused, ten served");
    assert!(times[1..].iter().all(|at| at.as_secs() >= 10), "{times:?}");
    let together = times[1..].windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert_eq!(together, 0, "released one by one: {times:?}");
    assert_eq!(script.seen(LOGIN).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_still_pauses_the_others() {
    let (client, script) = lines(vec![status(429).header("retry-after", "100")]);
    let request = Request::get("/groups");
    assert!(client.send(&request, &operation_context(250)).await.unwrap_err().is_throttled());
    let times: Vec<_> = script.seen(GRAPH).iter().map(|seen| seen.at.as_secs()).collect();
    assert_eq!(times.len(), 3, "{times:?}");
    assert!(client.send(&request, &operation_context(100)).await.unwrap_err().is_throttled());
    assert!(script.seen(GRAPH)[3].at.as_secs() >= times[2] + 100);
}

#[tokio::test(start_paused = true)]
async fn another_service_is_not_stopped() {
    let (client, _) = client(|nth, seen| match seen.host.as_str() {
        GRAPH if nth == 0 => status(429).header("retry-after", "60"),
        _ => says(200, group()),
    });
    let operation_context = hour();
    let began = Instant::now();
    let other = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        client.send(&Request::get("/subscriptions").arm("1"), &operation_context).await.unwrap();
        client.send(&Request::get("/identity/conditionalAccess/policies"), &operation_context).await.unwrap();
        began.elapsed()
    };
    let graph = Request::get("/groups");
    let (throttled, other) = tokio::join!(client.send(&graph, &operation_context), other);
    throttled.unwrap();
    assert_eq!(other.as_secs(), 1);
    assert!(began.elapsed().as_secs() >= 60);
}

/// Conditional access: one request per second for the whole tenant, and its 429 does not say when to come back
/// (docs/services/conditional-access.md#throttling).
#[tokio::test(start_paused = true)]
async fn without_retry_after_the_rate_limiter_finds_the_rate() {
    let served = std::sync::Mutex::new(None::<Duration>);
    let (client, script) = client(move |_, seen| {
        let mut last = served.lock().unwrap();
        if last.is_some_and(|last| seen.at < last + Duration::from_secs(1)) {
            return status(429);
        }
        *last = Some(seen.at);
        says(200, group())
    });
    let request = Request::get("/identity/conditionalAccess/policies/{id}").with("id", "p");
    let answers = all_at_once(&client, &request, 30, &hour()).await;
    assert!(answers.iter().all(Result::is_ok));
    let seen = script.seen(GRAPH);
    let (requests, took) = (seen.len(), seen[seen.len() - 1].at.as_secs());
    assert!(requests <= 30 * 3, "{requests} requests for 30");
    assert!(took <= 30 * 4, "{took} seconds for 30 seconds' worth");
}

/// Waiting in the queue while the service accepts other requests does not count against the operation's deadline; waiting for a service that accepts none does.
#[tokio::test(start_paused = true)]
async fn a_queue_that_moves_does_not_count() {
    let served = std::sync::Mutex::new(None::<Duration>);
    let (client, script) = client(move |_, seen| {
        let mut last = served.lock().unwrap();
        if last.is_some_and(|last| seen.at < last + Duration::from_secs(1)) {
            return status(429);
        }
        *last = Some(seen.at);
        says(200, group())
    });
    let request = Request::get("/identity/conditionalAccess/policies");
    let contexts: Vec<_> = (0..10).map(|_| operation_context(5)).collect();
    let outcomes = join_all(contexts.iter().map(|context| client.send(&request, context))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert!(script.seen(GRAPH).last().unwrap().at.as_secs() >= 9);
}

#[tokio::test(start_paused = true)]
async fn stop_ends_the_wait_at_once_with_the_reason_of_the_wait() {
    let (client, script) = lines(vec![status(429).header("retry-after", "600")]);
    let stop = CancellationToken::new();
    let operation_context = OperationContext::new(Duration::from_secs(60), stop.clone());
    let began = Instant::now();
    let cancel = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        stop.cancel();
    };
    let request = Request::get("/groups");
    let (outcome, ()) = tokio::join!(client.send(&request, &operation_context), cancel);
    let error = outcome.unwrap_err();
    assert!(matches!(&error, Error::Stopped(Some(last)) if last.is_throttled()), "{error}");
    assert_eq!(began.elapsed().as_secs(), 30);
    assert_eq!(script.seen(GRAPH).len(), 1);
}
