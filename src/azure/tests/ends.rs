//! Deadlines and the stop token: waits, reads and retries end at once, a write in flight does not.

use serde_json::json;
use tokio::time::Instant;

use super::super::http::script::{says, status};
use super::*;

fn post() -> Request {
    Request::post("/groups").json(&json!({}))
}

#[tokio::test(start_paused = true)]
async fn a_read_ends_at_the_deadline() {
    let (client, script) = lines(vec![says(200, group()).after(50)]);
    let began = Instant::now();
    let error = client.send(&Request::get("/groups"), &operation_context(10)).await.unwrap_err();
    assert!(matches!(error, Error::Deadline(None)), "{error}");
    assert_eq!(began.elapsed().as_secs(), 10);
    assert_eq!(script.seen(GRAPH).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_in_flight_is_awaited_beyond_the_deadline() {
    let (client, _) = lines(vec![says(201, group()).after(50)]);
    let began = Instant::now();
    assert_eq!(client.send(&post(), &operation_context(10)).await.unwrap().status(), 201);
    assert_eq!(began.elapsed().as_secs(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_write_in_flight_is_awaited_after_stop_and_not_sent_again() {
    for (line, sent) in [(says(201, group()).after(50), Ok(201)), (status(503).header("retry-after", "1").after(50), Err(()))] {
        let (client, script) = lines(vec![line]);
        let stop = CancellationToken::new();
        let operation_context = OperationContext::new(Duration::from_secs(1000), stop.clone());
        let cancel = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            stop.cancel();
        };
        let request = post();
        let (outcome, ()) = tokio::join!(client.send(&request, &operation_context), cancel);
        match (outcome, sent) {
            (Ok(answer), Ok(status)) => assert_eq!(answer.status(), status),
            (Err(Error::Stopped(Some(last))), Err(())) => assert!(!last.is_ambiguous(), "{last}"),
            (outcome, _) => panic!("{outcome:?}"),
        }
        assert_eq!(script.seen(GRAPH).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_in_the_middle_of_retries_tells_the_last_failure() {
    let (client, script) = lines(vec![status(504)]);
    let request = Request::patch("/groups/{id}").with("id", "g").json(&json!({}));
    let error = client.send(&request, &operation_context(1)).await.unwrap_err();
    assert!(matches!(error, Error::Deadline(Some(_))), "{error}");
    assert!(error.is_ambiguous(), "the attempts may have taken effect");
    assert!(error.to_string().contains("504"), "{error}");
    assert!(script.seen(GRAPH).len() < 6);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_after_stop() {
    let (client, script) = lines(vec![says(200, group())]);
    let stop = CancellationToken::new();
    stop.cancel();
    let error = client.send(&post(), &OperationContext::new(Duration::from_secs(9), stop)).await.unwrap_err();
    assert!(matches!(error, Error::Stopped(None)), "{error}");
    assert_eq!(script.seen(LOGIN).len() + script.seen(GRAPH).len(), 0);
}
