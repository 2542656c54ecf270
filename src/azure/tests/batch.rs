//! Many requests in one.

use serde_json::{Value, json};

use super::super::http::script::{error, says, status, trouble};
use super::*;

fn requests(count: usize) -> Vec<Request> {
    (0..count).map(|nth| Request::get("/groups/{id}").with("id", nth.to_string()).query("$select", "id")).collect()
}

/// The parts of a batch as the other side sees them.
fn parts(seen: &Seen) -> Vec<Value> {
    seen.json()["requests"].as_array().unwrap().clone()
}

fn answers(seen: &Seen, answer: impl Fn(&Value) -> Value) -> Line {
    // In another order than they came.
    let responses: Vec<_> = parts(seen)
        .iter()
        .rev()
        .map(|part| {
            let mut response = answer(part);
            response["id"] = part["id"].clone();
            response
        })
        .collect();
    says(200, json!({"responses": responses}))
}

fn ok(part: &Value) -> Value {
    json!({"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"of": part["url"]}})
}

fn of(outcome: &Result<Answer, Error>) -> String {
    outcome.as_ref().unwrap().json::<Value>().unwrap()["of"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn forty_five_requests_are_three_batches_in_order() {
    let (client, script) = client(|_, seen| answers(seen, ok));
    let outcomes = client.batch(&requests(45), &hour()).await;
    assert_eq!(outcomes.len(), 45);
    for (nth, outcome) in outcomes.iter().enumerate() {
        assert_eq!(of(outcome), format!("/groups/{nth}?$select=id"));
    }
    let seen = script.seen(GRAPH);
    assert_eq!(seen.iter().map(|seen| parts(seen).len()).collect::<Vec<_>>(), [20, 20, 5]);
    assert!(seen.iter().all(|seen| seen.path == "/v1.0/$batch" && seen.method == "POST"));
    assert!(client.batch(&[], &hour()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn bodies_and_headers_travel() {
    let (client, script) = client(|_, seen| answers(seen, |_| json!({"status": 204})));
    let patch = Request::patch("/groups/{id}").beta().with("id", "g").header("Prefer", "x").json(&json!({"a": [1.5]}));
    assert_eq!(client.batch(&[patch], &hour()).await[0].as_ref().unwrap().status(), 204);
    let seen = &script.seen(GRAPH)[0];
    assert_eq!(seen.path, "/beta/$batch");
    let part = &parts(seen)[0];
    assert_eq!(part["method"], "PATCH");
    assert_eq!(part["body"], json!({"a": [1.5]}));
    assert_eq!(part["headers"], json!({"content-type": "application/json", "prefer": "x"}));
}

#[tokio::test(start_paused = true)]
async fn throttled_parts_travel_again_alone_after_their_time() {
    let (client, script) = client(|nth, seen| {
        answers(seen, |part| match (nth, part["url"].as_str().unwrap()) {
            (0, "/groups/3?$select=id") => json!({"status": 429, "headers": {"Retry-After": "10"}}),
            (1, "/groups/3?$select=id") => json!({"status": 503}),
            _ => ok(part),
        })
    });
    let outcomes = client.batch(&requests(5), &hour()).await;
    assert_eq!(of(&outcomes[3]), "/groups/3?$select=id");
    let seen = script.seen(GRAPH);
    assert_eq!(seen.iter().map(|seen| parts(seen).len()).collect::<Vec<_>>(), [5, 1, 1]);
    assert!(seen[1].at.as_secs() >= 10);
}

#[tokio::test(start_paused = true)]
async fn one_failure_is_one_failure() {
    let (client, script) = client(|_, seen| {
        answers(seen, |part| match part["method"].as_str().unwrap() {
            "DELETE" => json!({"status": 404, "body": {"error": {"code": "Request_ResourceNotFound", "message": "no",
                "innerError": {"request-id": "inner"}}}}),
            "POST" => json!({"status": 504}),
            _ => ok(part),
        })
    });
    let batch = [Request::get("/groups/1"), Request::delete("/groups/{id}").with("id", "2"), Request::post("/groups").json(&json!({}))];
    let outcomes = client.batch(&batch, &hour()).await;
    assert!(outcomes[0].is_ok());
    let missing = outcomes[1].as_ref().unwrap_err();
    assert!(missing.is_not_found() && !missing.is_repeated());
    assert!(missing.to_string().contains("DELETE /groups/{id}") && missing.to_string().contains("inner"), "{missing}");
    assert!(outcomes[2].as_ref().unwrap_err().is_ambiguous());
    assert_eq!(script.seen(GRAPH).len(), 1, "a POST of unknown effect is not sent again");
}

#[tokio::test(start_paused = true)]
async fn a_lost_batch_is_sent_again_only_if_every_part_may_be() {
    let play = |nth: usize, seen: &Seen| if nth == 0 { trouble(Trouble::Broken, true) } else { answers(seen, ok) };
    let (client, script) = client(play);
    let batch = [Request::delete("/groups/1"), Request::get("/groups/2")];
    let outcomes = client.batch(&batch, &hour()).await;
    assert!(outcomes[0].as_ref().unwrap().repeated());
    assert!(!outcomes[1].as_ref().unwrap().repeated());
    assert_eq!(script.seen(GRAPH).len(), 2);

    let (client, script) = super::client(play);
    let batch = [Request::post("/groups").json(&json!({})), Request::get("/groups/2")];
    let outcomes = client.batch(&batch, &hour()).await;
    let [create, read] = outcomes.as_slice() else { panic!() };
    assert!(create.as_ref().unwrap_err().is_ambiguous());
    assert!(!read.as_ref().unwrap_err().is_ambiguous());
    assert!(create.as_ref().unwrap_err().to_string().contains("POST /groups"));
    assert_eq!(script.seen(GRAPH).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_part_without_an_answer_is_an_error() {
    let (client, _) = client(|_, _| says(200, json!({"responses": [{"id": "1", "status": 204}, {"id": "7", "status": 204}]})));
    let batch = [Request::delete("/groups/0"), Request::delete("/groups/1")];
    let outcomes = client.batch(&batch, &hour()).await;
    let lost = outcomes[0].as_ref().unwrap_err();
    assert!(lost.is_ambiguous() && lost.to_string().contains("missing"), "{lost}");
    assert!(outcomes[1].is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_refused_batch_refuses_every_part() {
    let (client, _) = client(|_, _| error(400, "BadRequest", "Invalid batch payload format."));
    let outcomes = client.batch(&requests(2), &hour()).await;
    for outcome in &outcomes {
        let error = outcome.as_ref().unwrap_err();
        assert!(error.to_string().contains("GET /groups/{id} with 400 BadRequest"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn hostile_ids_stay_in_their_part() {
    let (client, script) = client(|_, seen| answers(seen, ok));
    let batch = [
        Request::get("/users/{id}").with("id", "../groups?x=\"}],\n"),
        Request::delete("/users/{id}").with("id", ".."),
        Request::get("/users/{id}").with("id", "ok"),
    ];
    let outcomes = client.batch(&batch, &hour()).await;
    assert_eq!(of(&outcomes[0]), "/users/..%2Fgroups%3Fx%3D%22%7D%5D%2C%0A");
    assert!(matches!(outcomes[1], Err(Error::Invalid(_))));
    assert_eq!(of(&outcomes[2]), "/users/ok");
    assert_eq!(script.seen(GRAPH).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_one_version_of_graph() {
    let (client, script) = client(|_, _| status(200));
    for batch in [[Request::get("/a"), Request::get("/b").beta()], [Request::get("/a").arm("1"), Request::get("/b").arm("1")]] {
        let outcomes = client.batch(&batch, &hour()).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Error::Invalid(_)))));
    }
    assert!(script.seen(GRAPH).is_empty() && script.seen(ARM).is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_the_remaining_parts() {
    let (client, _) =
        client(|_, seen| answers(seen, |part| if part["url"] == "/groups/0?$select=id" { ok(part) } else { json!({"status": 503}) }));
    let outcomes = client.batch(&requests(2), &operation_context(1)).await;
    assert!(outcomes[0].is_ok());
    assert!(matches!(&outcomes[1], Err(Error::Deadline(Some(_)))), "{:?}", outcomes[1]);
}
