//! Waiting for replication, by the service's clock.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::time::Instant;

use super::super::http::script::{error, says};
use super::*;

const DATE: &str = "Sat, 21 Nov 2026 10:00:00 GMT";

fn missing() -> Line {
    error(404, "Request_ResourceNotFound", "Resource 'g' does not exist or one of its queried reference-property objects are not present.")
}

fn ten() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn now_is_what_the_service_says() {
    let (client, _) = lines(vec![says(200, group()).header("date", DATE)]);
    client.send(&Request::get("/groups"), &hour()).await.unwrap();
    assert_eq!(client.now(Api::Graph), ten());
    tokio::time::sleep(Duration::from_secs(90)).await;
    assert_eq!(client.now(Api::Graph), ten() + SignedDuration::from_secs(90));
    assert_eq!(client.now(Api::Arm), client.now(Api::Graph), "better than the clock of this machine");
}

async fn read(client: &Client, young_for: Option<i64>) -> Result<Answer, Error> {
    let request = Request::get("/groups/{id}").with("id", "g");
    let stale_until = young_for.map(|seconds| ten() + SignedDuration::from_secs(seconds));
    let operation_context = hour();
    client.retry_until_found(Api::Graph, stale_until, &operation_context, async || client.send(&request, &operation_context).await).await
}

#[tokio::test(start_paused = true)]
async fn recent_objects_are_waited_for() {
    let late = || missing().header("date", DATE);
    let (client, script) = client(move |nth, seen| {
        let date = ten() + SignedDuration::try_from(seen.at).unwrap();
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap();
        let line = if nth < 3 { late() } else { says(200, group()) };
        line.header("date", &date)
    });
    assert_eq!(read(&client, Some(60)).await.unwrap().status(), 200);
    assert_eq!(script.seen(GRAPH).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_404_of_an_older_object_is_final() {
    let (client, script) = lines(vec![missing().header("date", DATE)]);
    assert!(read(&client, None).await.unwrap_err().is_not_found());
    assert!(read(&client, Some(-1)).await.unwrap_err().is_not_found());
    assert_eq!(script.seen(GRAPH).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_window_ends() {
    // The service's clock stands still in the script, but between its answers ours goes on.
    let (client, script) = client(move |nth, seen| {
        let line = missing();
        let _ = seen;
        if nth == 0 { line.header("date", DATE) } else { line }
    });
    let began = Instant::now();
    assert!(read(&client, Some(60)).await.unwrap_err().is_not_found());
    // 0.5 + 1 + 2 + 4 + 8 + 15 + 15 + 15 seconds.
    assert_eq!(began.elapsed(), Duration::from_millis(60_500));
    assert_eq!(script.seen(GRAPH).len(), 9);
}

#[tokio::test(start_paused = true)]
async fn other_errors_are_not_waited_for() {
    let (client, script) = lines(vec![error(403, "Authorization_RequestDenied", "No.").header("date", DATE)]);
    assert!(read(&client, Some(60)).await.unwrap_err().is_forbidden());
    assert_eq!(script.seen(GRAPH).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_old_value_is_waited_out_too() {
    let (client, script) = client(|nth, _| says(200, json!({"value": nth})).header("date", DATE));
    let (request, operation_context) = (Request::get("/x"), hour());
    let read = async || Ok(client.send(&request, &operation_context).await?.json::<serde_json::Value>()?["value"].as_u64());
    let stale_until = Some(ten() + SignedDuration::from_secs(60));
    let value = client.until(Api::Graph, stale_until, &operation_context, read, |outcome| matches!(outcome, Ok(Some(2)))).await;
    assert_eq!(value.unwrap(), Some(2));
    assert_eq!(script.seen(GRAPH).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_the_waiting_and_tells_what_was_waited_for() {
    let (client, _) = client(move |nth, _| if nth == 0 { missing().header("date", DATE) } else { missing() });
    let request = Request::get("/groups");
    let operation_context = operation_context(5);
    let stale_until = Some(ten() + SignedDuration::from_secs(600));
    let outcome = client
        .retry_until_found(Api::Graph, stale_until, &operation_context, async || client.send(&request, &operation_context).await)
        .await;
    assert!(matches!(outcome, Err(Error::Deadline(Some(last))) if last.is_not_found()));
}
