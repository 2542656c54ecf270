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

/// Everything that an operation waits for, from its beginning on.
#[tokio::test(start_paused = true)]
async fn an_interruption_ends_every_wait() {
    type Play = fn(usize, &Seen) -> Line;
    let later: Play = |_, _| says(200, group()).after(500);
    let throttled: Play = |_, _| status(429).header("retry-after", "300");
    let conditional: Play = |_, _| status(429);
    let outage: Play = |nth, _| if nth == 0 { says(200, group()) } else { status(503).header("retry-after", "300") };
    let operation: Play = |nth, _| match nth {
        0 => says(202, json!({})).header("azure-asyncoperation", "https://management.azure.com/operations/1?api-version=1"),
        _ => says(200, json!({ "status": "InProgress" })).header("retry-after", "300"),
    };
    let missing: Play = |_, _| error(404, "Request_ResourceNotFound", "no");
    let batch: Play = |_, _| says(200, json!({ "responses": [{ "id": "0", "status": 503, "headers": { "Retry-After": "300" } }] }));
    let pages: Play = |nth, _| match nth {
        0 => says(200, json!({ "value": [], "@odata.nextLink": "https://graph.microsoft.com/v1.0/groups?$skiptoken=1" })),
        _ => says(200, json!({ "value": [] })).after(500),
    };
    for (name, play) in [
        ("a read", later),
        ("a rate limit", throttled),
        ("a rate limit without a time", conditional),
        ("an outage", outage),
        ("a long-running operation", operation),
        ("a replica that lags", missing),
        ("a part of a batch", batch),
        ("a page", pages),
        ("a token", later),
    ] {
        let (client, _) = client_with(settings(), move |nth, seen| match (seen.host.as_str(), name) {
            (LOGIN, "a token") => play(nth, seen),
            (LOGIN, _) => token(nth, 3599),
            _ => play(nth, seen),
        });
        let stop = CancellationToken::new();
        let context = OperationContext::new(Duration::from_secs(600), stop.clone());
        let get = Request::get("/groups/{id}").with("id", "g");
        let work = async {
            match name {
                "a long-running operation" => {
                    let begun = client.send(&Request::put("/subscriptions/x").arm("1").json(&json!({})), &context).await?;
                    client.finish(&begun, &context).await.map(drop)
                }
                "a replica that lags" => {
                    client.send(&get, &context).await.err();
                    let until = client.now(Api::Graph).checked_add(jiff::SignedDuration::from_secs(400)).ok();
                    client.retry_until_found(Api::Graph, until, &context, || client.send(&get, &context)).await.map(drop)
                }
                "a part of a batch" => client.batch(&[get.clone(), get.clone()], &context).await.remove(0).map(drop),
                "a page" => client.list::<Value>(&Request::get("/groups"), &context).await.map(drop),
                _ => {
                    client.send(&get, &context).await.ok();
                    client.send(&get, &context).await.map(drop)
                }
            }
        };
        let interrupted = async {
            tokio::time::sleep(Duration::from_secs(100)).await;
            stop.cancel();
            Instant::now()
        };
        let (outcome, at) = tokio::join!(async { (work.await, Instant::now()) }, interrupted);
        let (outcome, ended) = outcome;
        assert!(matches!(outcome, Err(Error::Stopped(_))), "{name}: {outcome:?}");
        assert!(ended.duration_since(at) < Duration::from_millis(10), "{name} went on for {:?}", ended.duration_since(at));
    }
}
