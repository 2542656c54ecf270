//! What is sent again, how often, and what is said about it.

use serde_json::json;

use super::super::http::script::{error, says, status, text, trouble};
use super::*;

fn get() -> Request {
    Request::get("/groups/{id}").with("id", "g")
}

fn delete() -> Request {
    Request::delete("/groups/{id}").with("id", "g")
}

fn post() -> Request {
    Request::post("/groups").json(&json!({"displayName": "x"}))
}

fn add() -> Request {
    Request::post("/groups/{id}/members/$ref").with("id", "g").json(&json!({})).repeatable()
}

fn missing() -> Line {
    error(404, "Request_ResourceNotFound", "Resource 'g' does not exist")
}

fn refused() -> Line {
    trouble(Trouble::Connect, false)
}

fn broken() -> Line {
    trouble(Trouble::Broken, true)
}

/// What came of a request: status (0 for none), whether repeated, whether ambiguous; and how often it was sent.
async fn fate(request: Request, script: Vec<Line>) -> (u16, bool, bool, usize) {
    let (client, script) = lines(script);
    let outcome = client.send(&request, &hour()).await;
    let sent = script.seen(GRAPH).len();
    match outcome {
        Ok(answer) => (answer.status(), answer.repeated(), false, sent),
        Err(error) => {
            let status = match &error {
                Error::Service(error) => error.status,
                Error::Network(_) => 0,
                other => panic!("{other}"),
            };
            (status, error.is_repeated(), error.is_ambiguous(), sent)
        }
    }
}

#[tokio::test(start_paused = true)]
async fn table() {
    let busy = || status(503);
    let later = || status(503).header("retry-after", "7");
    let slow = || status(504);
    let throttled = || status(429);
    let done = || says(200, group());
    let rows = [
        // request, script, (status, repeated, ambiguous, sent)
        (get(), vec![done()], (200, false, false, 1)),
        (get(), vec![busy(), slow(), done()], (200, false, false, 3)),
        (get(), vec![broken(), done()], (200, false, false, 2)),
        (get(), [vec![throttled(); 10], vec![busy(), slow(), done()]].concat(), (200, false, false, 13)),
        (get(), [vec![busy(); 5], vec![throttled(), done()]].concat(), (200, false, false, 7)),
        (delete(), vec![status(500), slow(), status(204)], (204, true, false, 3)),
        (get(), vec![trouble(Trouble::Certificate, false)], (0, false, false, 1)),
        (get(), vec![missing()], (404, false, false, 1)),
        (delete(), vec![missing()], (404, false, false, 1)),
        (delete(), vec![slow(), missing()], (404, true, true, 2)),
        (delete(), vec![refused(), missing()], (404, false, false, 2)),
        (delete(), vec![throttled(), missing()], (404, false, false, 2)),
        (delete(), vec![slow(), throttled(), status(204)], (204, true, false, 3)),
        (post(), vec![slow()], (504, false, true, 1)),
        (post(), vec![broken()], (0, false, true, 1)),
        (post(), vec![busy()], (503, false, true, 1)),
        (post(), vec![status(500)], (500, false, true, 1)),
        (post(), vec![refused(), status(201)], (201, false, false, 2)),
        (post(), vec![throttled(), status(201)], (201, false, false, 2)),
        (post(), vec![later(), status(201)], (201, false, false, 2)),
        (post(), vec![later(), slow()], (504, false, true, 2)),
        (post(), vec![missing()], (404, false, false, 1)),
        (post().reads(), vec![slow(), done()], (200, false, false, 2)),
        (add(), vec![broken(), status(204)], (204, true, false, 2)),
    ];
    for (nth, (request, script, expected)) in rows.into_iter().enumerate() {
        let what = format!("row {nth}: {request:?}");
        assert_eq!(fate(request, script).await, expected, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_answer_is_recognised() {
    let exists = "One or more added object references already exist for the following modified properties: 'members'.";
    let (client, _) = lines(vec![broken(), error(400, "Request_BadRequest", exists)]);
    let error = client.send(&add(), &hour()).await.unwrap_err();
    assert!(error.is_reference_exists() && error.is_repeated());

    let (client, _) = lines(vec![error_line(exists)]);
    let error = client.send(&add(), &hour()).await.unwrap_err();
    assert!(error.is_reference_exists() && !error.is_repeated());
}

fn error_line(message: &str) -> Line {
    error(400, "Request_BadRequest", message)
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_for() {
    let (client, script) = lines(vec![status(503).header("retry-after", "7"), status(201)]);
    client.send(&post(), &hour()).await.unwrap();
    assert!(script.seen(GRAPH)[1].at.as_secs() >= 7);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_has_an_id_and_names_us() {
    let (client, script) = lines(vec![status(503), says(200, group()).header("request-id", "theirs")]);
    let answer = client.send(&get(), &hour()).await.unwrap();
    assert_eq!(answer.request_id(), "theirs");
    let seen = script.seen(GRAPH);
    let ids: Vec<_> = seen.iter().map(|seen| seen.header("client-request-id").len()).collect();
    assert_eq!(ids, [36, 36]);
    assert_ne!(seen[0].header("client-request-id"), seen[1].header("client-request-id"));
    assert_eq!(seen[0].path, "/v1.0/groups/g");

    client.send(&Request::get("/subscriptions").arm("2022-12-01"), &hour()).await.unwrap();
    let seen = script.seen(ARM);
    assert_eq!(seen[0].header("x-ms-client-request-id").len(), 36);
    assert_eq!((seen[0].path.as_str(), seen[0].query["api-version"].as_str()), ("/subscriptions", "2022-12-01"));
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_answer_to_a_write_is_ambiguous() {
    let page = "<!DOCTYPE html><title>Sign in to the network</title>";
    let cases = [
        ("", "no body"),
        (page, "web page"),
        (r#"{"id": "g""#, "cut off"),
        (r#"{"id": "g"} trailing"#, "follows"),
        (r#"{"id": 5}"#, "id: invalid type"),
        (r#"{"name": 5}"#, "missing field `id`"),
        ("nonsense", "not JSON"),
    ];
    #[derive(Debug, serde::Deserialize)]
    struct Group {
        #[expect(dead_code, reason = "only its type matters")]
        id: String,
    }
    for (body, reason) in cases {
        let (client, _) = lines(vec![text(201, body)]);
        let error = client.send(&post(), &hour()).await.unwrap().json::<Group>().unwrap_err();
        assert!(error.to_string().contains(reason), "{body}: {error}");
        assert!(error.is_ambiguous(), "{body}");
        let error = client.send(&get(), &hour()).await.unwrap().json::<Group>().unwrap_err();
        assert!(!error.is_ambiguous(), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_grow() {
    let (client, script) = lines(vec![status(503)]);
    client.send(&get(), &hour()).await.unwrap_err();
    let times: Vec<u128> = script.seen(GRAPH).windows(2).map(|pair| (pair[1].at - pair[0].at).as_millis()).collect();
    // Doubling from one second to thirty, each a quarter more or less within these bounds.
    for (nth, (pause, around)) in times.iter().zip([1, 2, 4, 8, 16, 30, 30]).enumerate() {
        let (low, high) = ((around * 750).max(1_000), (around * 1_250).min(30_000));
        assert!((low..=high + 1).contains(pause), "{nth}: {pause}");
    }
    assert!(times.len() >= 120, "{}", times.len());
}

#[tokio::test(start_paused = true)]
async fn deep_json_is_refused() {
    for (status, body) in
        [(200, "[".repeat(100_000)), (400, "[".repeat(1_000_000)), (200, "{\"a\":".repeat(20_000)), (200, "{\"a\":".repeat(1_000_000))]
    {
        let (client, _) = lines(vec![text(status, &body)]);
        let outcome = client.send(&get(), &hour()).await.and_then(|answer| answer.json::<serde_json::Value>());
        let error = outcome.unwrap_err().to_string();
        let reasons = ["recursion limit", "not one of the service's own", "far more values"];
        assert!(reasons.iter().any(|reason| error.contains(reason)), "{error}");
        assert!(error.len() < 500);
    }
}
