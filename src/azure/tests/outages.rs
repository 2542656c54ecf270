//! Outages are waited out for as long as the operation has time; what was never there is given up; and nobody is asked more than once a second, whatever
//! they say.

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::Instant;

use super::super::http::script::{says, status, trouble};
use super::*;

fn get() -> Request {
    Request::get("/groups/{id}").with("id", "g")
}

fn no_answer(kind: Trouble) -> Line {
    trouble(kind, !matches!(kind, Trouble::Name | Trouble::Connect | Trouble::Tls))
}

/// Everything that may be over the next time.
fn outages() -> Vec<Line> {
    let unanswered = [Trouble::Name, Trouble::Connect, Trouble::Tls, Trouble::Timeout, Trouble::Broken].map(no_answer);
    let answered = [408, 429, 500, 502, 503, 504].map(status);
    unanswered.into_iter().chain(answered).collect()
}

/// Whether each came a second after the one before, at least.
fn a_second_apart(seen: &[Seen]) -> bool {
    seen.windows(2).all(|pair| pair[1].at - pair[0].at >= Duration::from_secs(1))
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_ends_in_time_does_no_harm() {
    for outage in outages() {
        for request in
            [get(), Request::patch("/groups/{id}").with("id", "g").json(&json!({})), Request::delete("/groups/{id}").with("id", "g")]
        {
            let outage = outage.clone();
            let (client, script) =
                client(move |nth, seen| if nth > 0 && seen.at < Duration::from_secs(400) { outage.clone() } else { says(200, group()) });
            client.send(&get(), &operation_context(600)).await.unwrap();
            client.send(&request, &operation_context(600)).await.unwrap();
            let seen = script.seen(GRAPH);
            assert!(seen.len() < 30 && a_second_apart(&seen[1..]), "{} requests", seen.len());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_ends_with_the_operations_deadline_and_is_reported() {
    for outage in outages() {
        let (client, script) = client(move |nth, _| if nth == 0 { says(200, group()) } else { outage.clone() });
        client.send(&get(), &operation_context(600)).await.unwrap();
        let began = Instant::now();
        let error = client.send(&get(), &operation_context(600)).await.unwrap_err();
        assert_eq!(began.elapsed().as_secs(), 600);
        assert!(matches!(error, Error::Deadline(Some(_))), "{error}");
        let text = error.to_string();
        assert!(
            text.contains("the last try failed: Microsoft Graph") && text.contains(" seconds, in ") && text.contains(" attempts"),
            "{text}"
        );
        let seen = script.seen(GRAPH);
        assert!((12..40).contains(&seen.len()) && a_second_apart(&seen[1..]), "{} requests", seen.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_never_answered_is_given_up_after_a_minute() {
    for kind in [Trouble::Name, Trouble::Connect, Trouble::Tls] {
        let (client, script) = client(move |_, seen| if seen.host == GRAPH { no_answer(kind) } else { says(200, group()) });
        let began = Instant::now();
        let operation_context = hour();
        let request = get();
        let outcomes = join_all((0..3).map(|_| client.send(&request, &operation_context))).await;
        assert!((59..=61).contains(&began.elapsed().as_secs()), "{kind:?}: {:?}", began.elapsed());
        for outcome in outcomes {
            let text = outcome.unwrap_err().to_string();
            assert!(text.contains("graph.microsoft.com for ") && text.contains(" attempts: "), "{text}");
        }
        // The next operation tries once and does not wait.
        let (began, sent) = (Instant::now(), script.seen(GRAPH).len());
        client.send(&get(), &hour()).await.unwrap_err();
        assert_eq!((began.elapsed(), script.seen(GRAPH).len()), (Duration::ZERO, sent + 1), "{kind:?}");
        // Another host is another matter.
        client.send(&Request::get("/subscriptions").arm("2022-12-01"), &hour()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_time_does_not_heal_ends_at_once() {
    for kind in [Trouble::Certificate, Trouble::Address, Trouble::TooLarge] {
        let (client, script) = client(move |_, _| trouble(kind, false));
        let began = Instant::now();
        client.send(&get(), &hour()).await.unwrap_err();
        assert_eq!((began.elapsed(), script.seen(GRAPH).len()), (Duration::ZERO, 1), "{kind:?}");
    }
}

/// Advice that is none.
const NONSENSE: [&str; 8] = ["0", "-1", "soon", "", "0.5", "1e9", "99999999999999999999999", "Sun, 06 Nov 1994 08:49:37 GMT"];

#[tokio::test(start_paused = true)]
async fn nonsense_leads_to_no_more_than_a_try_a_second() {
    for code in [429, 503] {
        for path in ["/users", "/identity/conditionalAccess/policies"] {
            for advice in NONSENSE {
                let (client, script) = client(move |_, _| status(code).header("retry-after", advice));
                let began = Instant::now();
                let error = client.send(&Request::get(path), &operation_context(12)).await.unwrap_err();
                assert_eq!(began.elapsed().as_secs(), 12, "{code} {advice:?}");
                assert!(error.is_ended() && error.is_throttled() == (code == 429), "{error}");
                let seen = script.seen(GRAPH);
                assert!((3..=8).contains(&seen.len()) && a_second_apart(&seen), "{code} {advice:?}: {} requests", seen.len());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nor_does_it_for_a_crowd() {
    for advice in NONSENSE {
        let (client, script) = client(move |_, _| status(429).header("retry-after", advice).after(2));
        let (request, operation_context) = (Request::get("/users"), operation_context(60));
        let outcomes = join_all((0..10).map(|_| client.send(&request, &operation_context))).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Error::Deadline(Some(_))))));
        let seen = script.seen(GRAPH);
        // Ten were on their way before anybody knew.
        assert!(seen.len() < 60 && a_second_apart(&seen[10..]), "{advice:?}: {} requests", seen.len());
    }
}

#[tokio::test(start_paused = true)]
async fn nor_within_a_batch() {
    let parts = json!({"responses": (0..3).map(|id| json!({"id": id.to_string(), "status": 429, "headers": {"Retry-After": "0"}})).collect::<Vec<_>>()});
    let (client, script) = client(move |_, _| says(200, parts.clone()));
    let requests: Vec<_> = (0..3).map(|id| Request::get("/groups/{id}").with("id", id.to_string())).collect();
    let outcomes = client.batch(&requests, &operation_context(12)).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Error::Deadline(Some(last))) if last.is_throttled())), "{outcomes:?}");
    let seen = script.seen(GRAPH);
    assert!((3..=12).contains(&seen.len()) && a_second_apart(&seen), "{} requests", seen.len());
}

#[tokio::test(start_paused = true)]
async fn nor_for_an_operation_that_is_going_on() {
    for advice in NONSENSE {
        let (client, script) = client(move |nth, _| match nth {
            0 => says(202, json!({})).header("azure-asyncoperation", "https://management.azure.com/operations/1?api-version=1"),
            nth if nth < 20 => says(200, json!({"status": "InProgress"})).header("retry-after", advice),
            _ => says(200, json!({"status": "Succeeded"})),
        });
        let operation_context = hour();
        let begun = client.send(&Request::put("/subscriptions/x").arm("1").json(&json!({})), &operation_context).await.unwrap();
        client.finish(&begun, &operation_context).await.unwrap();
        let seen = script.seen(ARM);
        assert!(seen.len() == 21 && a_second_apart(&seen[1..]), "{advice:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_that_is_asked_for_ends_with_the_time() {
    for code in [429, 503] {
        let (client, script) = client(move |_, _| status(code).header("retry-after", "150"));
        let began = Instant::now();
        let (request, operation_context) = (Request::get("/users"), operation_context(12));
        let outcomes = join_all((0..3).map(|_| client.send(&request, &operation_context))).await;
        assert_eq!(began.elapsed().as_secs(), 12);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Error::Deadline(Some(_))))), "{outcomes:?}");
        assert_eq!(script.seen(GRAPH).len(), if code == 429 { 1 } else { 3 });
        // No request is sent before that time; an operation whose deadline is earlier fails and says why.
        let late = client.send(&Request::get("/users"), &super::operation_context(3)).await.unwrap_err();
        assert!(code == 503 || matches!(&late, Error::Deadline(Some(last)) if last.is_throttled()), "{late}");
    }
}

#[tokio::test(start_paused = true)]
async fn callers_that_wait_for_a_token_get_its_error() {
    let (client, script) = client_with(settings(), |_, seen| if seen.host == LOGIN { status(503) } else { says(200, group()) });
    let (short, long) = (operation_context(20), operation_context(600));
    let request = get();
    let (first, second) = tokio::join!(client.send(&request, &long), client.send(&request, &short));
    assert!(matches!(first, Err(Error::Deadline(Some(_)))), "{first:?}");
    let second = second.unwrap_err().to_string();
    assert!(second.contains("Service Unavailable") && second.contains(" attempts"), "{second}");
    assert_eq!(script.seen(GRAPH).len(), 0);
}
