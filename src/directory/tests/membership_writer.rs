//! Batched writes: what one batch holds, and the answer of each job.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::azure::tests::{operation_context, trouble};
use crate::azure::{Error, OperationContext, Trouble};
use crate::client::removal::Outcome;
use crate::directory::membership_writer::{MembershipChange, MembershipOperation};

type ChangeResult = Result<Outcome, Error>;

async fn write(
    directory: &State,
    client: &Arc<Client>,
    operation: MembershipOperation,
    group: usize,
    member: usize,
    operation_context: &OperationContext,
) -> ChangeResult {
    let change = MembershipChange { group: id(group), operation, members: vec![id(member)], stale_until: None };
    directory.membership_writes.submit(client, change, operation_context).await.unwrap().remove(0)
}

async fn add_all(directory: &State, client: &Arc<Client>, members: impl IntoIterator<Item = (usize, usize)>) -> Vec<ChangeResult> {
    let operation_context = hour();
    join_all(
        members.into_iter().map(|(group, member)| write(directory, client, MembershipOperation::Add, group, member, &operation_context)),
    )
    .await
}

fn all_done(came: &[ChangeResult]) -> bool {
    came.iter().all(|came| matches!(came, Ok(Outcome::Applied)))
}

/// The members that a PATCH adds.
fn bound(body: &Value) -> Vec<usize> {
    body["members@odata.bind"].as_array().unwrap().iter().map(|url| number(url.as_str().unwrap())).collect()
}

/// Answers each part of a batch.
fn parts(seen: &Seen, answer: impl Fn(&Value) -> Line) -> Line {
    let responses: Vec<Value> = seen.json()["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            let (status, body) = answer(part).reply();
            json!({ "id": part["id"], "status": status, "body": body })
        })
        .collect();
    says(200, json!({ "responses": responses }))
}

#[tokio::test(start_paused = true)]
async fn members_of_one_group_form_one_batch() {
    let (client, script) = client(|_, _| status(204));
    let directory = State::default();
    assert!(all_done(&add_all(&directory, &client, (0..7).map(|member| (1, member))).await));
    let seen = script.seen(GRAPH);
    assert_eq!(sent(&script), [format!("PATCH /groups/{}", id(1))]);
    assert_eq!(bound(&seen[0].json()), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(seen[0].at, Duration::from_millis(25), "a moment after the last");
}

#[tokio::test(start_paused = true)]
async fn twenty_are_dispatched_at_once_and_one_alone_after_a_moment() {
    let (client, script) = client(|_, seen| if seen.path.ends_with("$batch") { parts(seen, |_| status(204)) } else { status(204) });
    let directory = State::default();
    assert!(all_done(&add_all(&directory, &client, (0..20).map(|member| (1, member))).await));
    assert_eq!(script.seen(GRAPH)[0].at, Duration::ZERO);
    let directory = State::default();
    assert!(all_done(&add_all(&directory, &client, [(1, 99)]).await));
    assert_eq!(sent(&script)[1..], [format!("POST /groups/{}/members/$ref", id(1))]);
    // Forty-five of one group are three PATCHes, and those one batch.
    assert!(all_done(&add_all(&State::default(), &client, (0..45).map(|member| (1, member))).await));
    let batch = script.seen(GRAPH).pop().unwrap().json();
    assert_eq!(batch["requests"].as_array().unwrap().iter().map(|part| bound(&part["body"]).len()).collect::<Vec<_>>(), [20, 20, 5]);
}

#[tokio::test(start_paused = true)]
async fn several_groups_form_one_batch() {
    let (client, script) = client(|_, seen| parts(seen, |_| status(204)));
    assert!(all_done(&add_all(&State::default(), &client, (0..10).map(|member| (member % 5, member))).await));
    assert_eq!(sent(&script), ["POST /$batch"]);
    assert_eq!(script.seen(GRAPH)[0].json()["requests"].as_array().unwrap().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn jobs_that_arrive_while_a_group_is_written_form_the_next_batch_and_other_groups_do_not_wait() {
    let (client, script) = client(|_, seen| status(204).after(if seen.path.contains(&id(1).to_string()) { 60 } else { 0 }));
    let (directory, operation_context) = (State::default(), hour());
    let late = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        add_all(&directory, &client, [(1, 11), (1, 12), (2, 13)]).await
    };
    let (first, late) = tokio::join!(write(&directory, &client, MembershipOperation::Add, 1, 10, &operation_context), late);
    assert!(first.is_ok() && all_done(&late));
    let seen = script.seen(GRAPH);
    assert_eq!(seen.iter().map(|seen| number(&seen.path.replace("/members/$ref", ""))).collect::<Vec<_>>(), [1, 2, 1]);
    assert!(seen[1].at < Duration::from_secs(6) && seen[2].at >= Duration::from_secs(60));
    assert_eq!(bound(&seen[2].json()), [11, 12]);
}

#[tokio::test(start_paused = true)]
async fn callers_that_return_are_waited_for() {
    // Ten callers with twenty objects each, who take up to 90 ms to come back: they stay together.
    let (client, script) = client(|_, _| status(204).after(1));
    let (directory, operation_context) = (State::default(), hour());
    join_all((0..10).map(|caller| {
        let (directory, client, operation_context) = (&directory, &client, &operation_context);
        async move {
            for round in 0..20 {
                tokio::time::sleep(Duration::from_millis(((caller * 7 + round * 3) % 10 * 10) as u64)).await;
                write(directory, client, MembershipOperation::Add, 1, caller * 100 + round, operation_context).await.unwrap();
            }
        }
    }))
    .await;
    assert!(script.seen(GRAPH).len() <= 22, "{}", script.seen(GRAPH).len());
}

#[tokio::test(start_paused = true)]
async fn only_the_wrong_member_gets_an_error() {
    let (client, script) = client(|_, seen| match seen.method.as_str() {
        "PATCH" => error(400, "Request_BadRequest", "no"),
        _ => parts(seen, |part| match number(part["body"]["@odata.id"].as_str().unwrap()) {
            3 => error(400, "Request_BadRequest", "three is wrong"),
            5 => exists(),
            _ => status(204),
        }),
    });
    let came = add_all(&State::default(), &client, (0..8).map(|member| (1, member))).await;
    assert_eq!(sent(&script), [format!("PATCH /groups/{}", id(1)), "POST /$batch".to_owned()]);
    for (member, came) in came.iter().enumerate() {
        match member {
            3 => assert!(came.as_ref().unwrap_err().to_string().contains("three is wrong")),
            5 => assert_eq!(came.as_ref().unwrap(), &Outcome::AlreadyApplied),
            _ => assert_eq!(came.as_ref().unwrap(), &Outcome::Applied),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_patch_whose_answer_was_lost_counts_as_applied_if_all_are_members() {
    for (there, expected) in [(vec![0, 1, 2], Outcome::Applied), (vec![1], Outcome::AlreadyApplied)] {
        let others = there.clone();
        let (client, _) = client(move |nth, seen| match (nth, seen.method.as_str()) {
            (0, _) => trouble(Trouble::Broken, true),
            (_, "PATCH") => exists(),
            _ => parts(
                seen,
                |part| if others.contains(&number(part["body"]["@odata.id"].as_str().unwrap())) { exists() } else { status(204) },
            ),
        });
        let came = add_all(&State::default(), &client, (0..3).map(|member| (1, member))).await;
        assert_eq!(came[1].as_ref().unwrap(), &expected, "{there:?}");
        assert_eq!(came[0].as_ref().unwrap(), &Outcome::Applied, "{there:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_existing_membership_counts_as_applied_only_after_a_lost_answer() {
    for (lost, expected) in [(true, Outcome::Applied), (false, Outcome::AlreadyApplied)] {
        let (client, _) = client(move |nth, _| if lost && nth == 0 { trouble(Trouble::Broken, true) } else { exists() });
        let came = add_all(&State::default(), &client, [(1, 2)]).await;
        assert_eq!(came[0].as_ref().unwrap(), &expected);
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_replicas_may_not_show_is_repeated_and_no_other_job_waits_for_it() {
    // Member 3 is seen after ten seconds; member 4 never.
    let began = tokio::time::Instant::now();
    let (client, script) = client(move |_, seen| {
        let answer = move |member: usize| match member {
            3 if began.elapsed() < Duration::from_secs(10) => missing(),
            4 => missing(),
            _ => status(204),
        };
        match seen.method.as_str() {
            "PATCH" => missing(),
            _ if seen.path.ends_with("$batch") => parts(seen, |part| answer(number(part["body"]["@odata.id"].as_str().unwrap()))),
            _ => answer(number(seen.json()["@odata.id"].as_str().unwrap())),
        }
    });
    let (directory, operation_context) = (State::default(), hour());
    let done = Mutex::new(Vec::new());
    let came = join_all((0..6).map(|member| {
        let (directory, client, operation_context, done) = (&directory, &client, &operation_context, &done);
        async move {
            let came = write(directory, client, MembershipOperation::Add, 1, member, operation_context).await;
            done.lock().unwrap().push((member, began.elapsed().as_secs()));
            came
        }
    }))
    .await;
    let done = done.into_inner().unwrap();
    assert!(done.iter().filter(|(member, _)| ![3, 4].contains(member)).all(|(_, at)| *at == 0), "{done:?}");
    assert!(came[3].is_ok() && came[4].as_ref().unwrap_err().is_not_found());
    let at = |wanted| done.iter().find(|(member, _)| *member == wanted).unwrap().1;
    assert!((10..30).contains(&at(3)) && at(4) >= 90, "{done:?}");
    let singly: Vec<usize> = script.seen(GRAPH)[2..].iter().map(|seen| if seen.path.ends_with("$batch") { 2 } else { 1 }).collect();
    assert!(singly.iter().all(|count| *count <= 2) && singly.last() == Some(&1), "{singly:?}");
}

#[tokio::test(start_paused = true)]
async fn removals_of_several_groups_form_one_batch_and_absence_is_success() {
    let (client, script) = client(|_, seen| match seen.method.as_str() {
        "GET" => says(200, json!({ "value": [] })),
        _ => parts(seen, |part| if part["url"].as_str().unwrap().contains(&id(7).to_string()) { missing() } else { status(204) }),
    });
    let (directory, operation_context) = (State::default(), hour());
    let came = join_all(
        (0..12).map(|member| write(&directory, &client, MembershipOperation::Remove, member % 3 + 100, member, &operation_context)),
    )
    .await;
    // Who was no member is looked for, which nobody else waits for.
    let members = format!("GET /groups/{}/members", id(101));
    assert_eq!(sent(&script), ["POST /$batch".to_owned(), members.clone(), format!("{members}/microsoft.graph.servicePrincipal")]);
    assert!(
        came.iter()
            .enumerate()
            .all(|(member, came)| came.as_ref().unwrap() == if member == 7 { &Outcome::AlreadyApplied } else { &Outcome::Applied })
    );
    // And the process believes what it wrote.
    assert!(!directory.memberships.of(id(100)).has(&client, id(0), &operation_context).await.unwrap());
    assert_eq!(script.seen(GRAPH).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_caller_loses_nothing_for_the_others() {
    let (client, script) = client(|_, _| status(204).after(10));
    let (directory, hour) = (State::default(), hour());
    let impatient = tokio::time::timeout(Duration::from_secs(1), write(&directory, &client, MembershipOperation::Add, 1, 1, &hour));
    let (impatient, patient) = tokio::join!(impatient, write(&directory, &client, MembershipOperation::Add, 1, 2, &hour));
    assert!(impatient.is_err() && patient.is_ok());
    assert_eq!(script.seen(GRAPH).len(), 1);
    assert!(directory.memberships.of(id(1)).has(&client, id(1), &hour).await.unwrap(), "it was done all the same");
}

#[tokio::test(start_paused = true)]
async fn the_latest_deadline_of_a_batch_counts_for_all_its_jobs() {
    let (client, _) = client(|_, seen| if seen.method == "PATCH" { status(503) } else { status(204) });
    let directory = State::default();
    let (short, long) = (operation_context(1), operation_context(5));
    let began = tokio::time::Instant::now();
    let (one, other) = tokio::join!(
        write(&directory, &client, MembershipOperation::Add, 1, 1, &short),
        write(&directory, &client, MembershipOperation::Add, 1, 2, &long)
    );
    assert!(one.unwrap_err().is_ended() && other.unwrap_err().is_ended());
    assert_eq!(began.elapsed().as_secs(), 5);
}
