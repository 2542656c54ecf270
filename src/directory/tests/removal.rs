//! Removals that are confirmed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::*;
use crate::azure::Error;
use crate::azure::tests::{operation_context, trouble};
use crate::azure::{OperationContext, Request, Trouble};
use crate::client::removal::{Outcome, Removals, confirm, found};

/// A user that is deleted by one request and read by another.
struct User<'a>(&'a Client, &'a OperationContext);

impl Removals for User<'_> {
    async fn remove(&self, _: &[usize]) -> Vec<Result<Outcome, Error>> {
        vec![self.0.send(&Request::delete("/users/{id}").with("id", "u"), self.1).await.map(|_| Outcome::Applied)]
    }

    async fn exist(&self, _: &[usize]) -> Vec<Result<bool, Error>> {
        vec![found(self.0.send(&Request::get("/users/{id}").with("id", "u"), self.1).await)]
    }
}

/// Deletes the user, who was written until so many seconds before the end of the consistency window.
async fn delete(client: &Client, stale_for: Option<i64>, operation_context: &OperationContext) -> Result<Outcome, Error> {
    let user = User(client, operation_context);
    let said = user.remove(&[0]).await;
    let until = stale_for.map(|seconds| client.now(crate::azure::Api::Graph) + SignedDuration::from_secs(seconds));
    confirm(&user, said, client, until, operation_context).await.remove(0)
}

/// The service's clock goes with the test's.
fn dated(line: Line, seen: &Seen) -> Line {
    let date = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000) + SignedDuration::try_from(seen.at).unwrap();
    line.header("date", &jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap())
}

/// `D` for each DELETE and `G` for each GET.
fn kinds(script: &Script) -> String {
    script.seen(GRAPH).iter().map(|seen| seen.method.chars().next().unwrap()).collect()
}

fn there() -> Line {
    says(200, json!({ "id": "u" }))
}

#[tokio::test(start_paused = true)]
async fn what_is_removed_is_not_read() {
    let (client, script) = client(|_, _| status(204));
    assert_eq!(delete(&client, Some(60), &hour()).await.unwrap(), Outcome::Applied);
    assert_eq!(kinds(&script), "D");
}

#[tokio::test(start_paused = true)]
async fn one_false_answer_is_not_believed() {
    for stale_for in [None, Some(60)] {
        let (client, script) = client(|nth, seen| match (nth, seen.method.as_str()) {
            (0, _) => missing(),
            (_, "GET") => there(),
            _ => status(204),
        });
        assert_eq!(delete(&client, stale_for, &hour()).await.unwrap(), Outcome::Applied);
        assert_eq!(kinds(&script), "DGD");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_settles_it_once_no_answer_can_be_an_old_one() {
    let (client, script) = client(|_, seen| dated(missing(), seen));
    assert_eq!(delete(&client, None, &hour()).await.unwrap(), Outcome::AlreadyApplied);
    assert_eq!(kinds(&script), "DG");
    let began = Instant::now();
    assert_eq!(delete(&client, Some(60), &hour()).await.unwrap(), Outcome::AlreadyApplied);
    assert!((60..62).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_lags_for_both_is_waited_for() {
    let began = Instant::now();
    let (client, _) = client(move |_, seen| match seen.method.as_str() {
        _ if began.elapsed() < Duration::from_secs(20) => dated(missing(), seen),
        "GET" => dated(there(), seen),
        _ => status(204),
    });
    assert_eq!(delete(&client, Some(60), &hour()).await.unwrap(), Outcome::Applied);
    assert!((20..40).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_is_found_to_the_end_is_an_error_that_says_so() {
    let began = Instant::now();
    let (client, _) = client(|_, seen| dated(if seen.method == "GET" { there() } else { missing() }, seen));
    let error = delete(&client, None, &hour()).await.unwrap_err();
    assert!(matches!(error, Error::StillThere(_)) && error.to_string().contains("a read still finds it"), "{error}");
    assert!(!error.is_not_found() && !error.is_ambiguous());
    assert!((60..62).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_confirmed_and_was_ours() {
    let (client, script) = client(|nth, _| if nth == 0 { trouble(Trouble::Broken, true) } else { missing() });
    assert_eq!(delete(&client, None, &hour()).await.unwrap(), Outcome::Applied);
    assert_eq!(kinds(&script), "DDG");
    // The lost attempt did nothing, and the answer to the second is false.
    let (client, script) = self::client(|nth, seen| match (nth, seen.method.as_str()) {
        (0, _) => trouble(Trouble::Broken, true),
        (1, _) => missing(),
        (_, "GET") => there(),
        _ => status(204),
    });
    assert_eq!(delete(&client, None, &hour()).await.unwrap(), Outcome::Applied);
    assert_eq!(kinds(&script), "DDGD");
}

#[tokio::test(start_paused = true)]
async fn other_answers_are_what_they_are() {
    let (client, script) = client(|_, _| error(403, "Authorization_RequestDenied", "no"));
    assert!(delete(&client, Some(60), &hour()).await.unwrap_err().is_forbidden());
    assert_eq!(kinds(&script), "D");
    // Also that of the read: what cannot be confirmed is not believed.
    let (client, _) =
        self::client(|_, seen| if seen.method == "GET" { error(403, "Authorization_RequestDenied", "no") } else { missing() });
    assert!(delete(&client, None, &hour()).await.unwrap_err().is_forbidden());
    // A 404 that is not the service's own says nothing.
    let (client, script) = self::client(|_, _| status(404));
    assert!(delete(&client, None, &hour()).await.is_err());
    assert_eq!(kinds(&script), "D");
}

#[tokio::test(start_paused = true)]
async fn the_operation_ends_while_it_waits_with_what_the_service_said() {
    let (client, _) = client(|_, seen| dated(missing(), seen));
    let ended = delete(&client, Some(60), &operation_context(5)).await.unwrap_err();
    assert!(matches!(ended, Error::Deadline(Some(last)) if last.is_not_found()));
}

/// A success that says that there was nothing, as Azure Resource Manager's 204 does, is confirmed as well.
#[tokio::test(start_paused = true)]
async fn a_success_that_found_nothing_is_confirmed() {
    struct Assignment(AtomicUsize);
    impl Removals for Assignment {
        async fn remove(&self, _: &[usize]) -> Vec<Result<Outcome, Error>> {
            vec![Ok(if self.0.fetch_add(1, Ordering::SeqCst) == 0 { Outcome::AlreadyApplied } else { Outcome::Applied })]
        }

        async fn exist(&self, _: &[usize]) -> Vec<Result<bool, Error>> {
            vec![Ok(true)]
        }
    }
    let (client, _) = client(|_, _| status(204));
    let assignment = Assignment(AtomicUsize::new(0));
    let said = assignment.remove(&[0]).await;
    assert_eq!(confirm(&assignment, said, &client, None, &hour()).await.remove(0).unwrap(), Outcome::Applied);
    assert_eq!(assignment.0.load(Ordering::SeqCst), 2);
}

/// Ten members that leave together: one is no member, of one the first answer is false, and one is refused.
#[tokio::test(start_paused = true)]
async fn of_several_each_is_confirmed_by_itself() {
    let first = AtomicUsize::new(0);
    let (client, script) = client(move |_, seen| {
        let whom = |part: &Value| number(&part["url"].as_str().unwrap().replace("/$ref", ""));
        let parts = |seen: &Seen, answer: &dyn Fn(&Value) -> Line| {
            let requests = seen.json()["requests"].as_array().unwrap().clone();
            let responses = requests.iter().map(|part| {
                let (status, body) = answer(part).reply();
                json!({ "id": part["id"], "status": status, "body": body })
            });
            says(200, json!({ "responses": responses.collect::<Vec<_>>() }))
        };
        match (seen.method.as_str(), seen.path.as_str()) {
            ("POST", _) => parts(seen, &|part| match part["method"].as_str().unwrap() {
                // Members 2 and 3 are looked for: 3 is there.
                "GET" if part["url"].as_str().unwrap().contains(&id(3).to_string()) => {
                    says(200, json!({ "value": [{ "id": id(3).to_string() }] }))
                }
                "GET" => says(200, json!({ "value": [] })),
                _ => match whom(part) {
                    2 => missing(),
                    3 if first.fetch_add(1, Ordering::SeqCst) == 0 => missing(),
                    4 => error(403, "Authorization_RequestDenied", "no"),
                    _ => status(204),
                },
            }),
            _ => status(204),
        }
    });
    let (directory, operation_context) = (State::default(), hour());
    let change = crate::directory::membership_writer::MembershipChange {
        group: id(100),
        operation: crate::directory::membership_writer::MembershipOperation::Remove,
        members: ids(0..10),
        stale_until: None::<Timestamp>,
    };
    let came = directory.membership_writes.submit(&client, change, &operation_context).await.unwrap();
    for (member, came) in came.into_iter().enumerate() {
        match member {
            2 => assert_eq!(came.unwrap(), Outcome::AlreadyApplied),
            4 => assert!(came.unwrap_err().is_forbidden()),
            _ => assert_eq!(came.unwrap(), Outcome::Applied, "{member}"),
        }
    }
    let last = script.seen(GRAPH).pop().unwrap();
    assert_eq!((last.method.as_str(), number(&last.path.replace("/$ref", ""))), ("DELETE", 3), "only who is still there is removed again");
}
