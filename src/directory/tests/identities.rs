//! What ids are, asked together.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::directory::identities::Likely;

fn asked(seen: &Seen) -> Vec<usize> {
    let mut ids: Vec<usize> = seen.json()["ids"].as_array().unwrap().iter().map(|id| number(id.as_str().unwrap())).collect();
    ids.sort_unstable();
    ids
}

/// Everything below 100 exists; a multiple of ten is a dynamic group.
fn objects(seen: &Seen) -> Line {
    let found = asked(seen).into_iter().filter(|number| *number < 100).map(|number| match number % 10 {
        0 => json!({ "@odata.type": "#microsoft.graph.group", "id": id(number).to_string(), "groupTypes": ["DynamicMembership"], "isAssignableToRole": null }),
        _ => json!({ "@odata.type": "#microsoft.graph.user", "id": id(number).to_string() }),
    });
    says(200, json!({ "value": found.collect::<Vec<_>>() }))
}

#[tokio::test(start_paused = true)]
async fn ten_resources_ask_once_and_the_answers_are_kept() {
    let (client, script) = client(|_, seen| objects(seen));
    let (identities, operation_context) = (Identities::default(), hour());
    for _ in 0..2 {
        let wanted: Vec<HashSet<Uuid>> = (0..10).map(|number| HashSet::from([id(number), id(90)])).collect();
        let came = join_all(wanted.iter().map(|wanted| identities.of(&client, wanted, Likely::Anything, &operation_context))).await;
        for (number, came) in came.into_iter().enumerate() {
            let came = came.unwrap();
            let (own, group) = (came[&id(number)].clone().unwrap(), came[&id(90)].clone().unwrap());
            assert_eq!((own.is_user(), own.is_group()), (number != 0, number == 0));
            assert!(group.is_dynamic() && !group.is_unified() && !group.is_assignable_to_role());
        }
    }
    assert_eq!(script.seen(GRAPH).iter().map(asked).collect::<Vec<_>>(), [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 90]]);
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_asked_for_again_before_it_is_said_not_to_exist() {
    // Number 5 is seen at the second look; number 500 never.
    let (client, script) = client(|nth, seen| if nth == 0 { says(200, json!({ "value": [] })) } else { objects(seen) });
    let (identities, began) = (Identities::default(), tokio::time::Instant::now());
    let came = identities.of(&client, &HashSet::from([id(5), id(500)]), Likely::Anything, &hour()).await.unwrap();
    assert!(came[&id(5)].is_some() && came[&id(500)].is_none());
    assert_eq!(script.seen(GRAPH).iter().map(asked).collect::<Vec<_>>(), [vec![5, 500], vec![5, 500], vec![500], vec![500]]);
    assert!(began.elapsed() < Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn many_ids_are_asked_for_a_thousand_at_a_time() {
    let (client, script) = client(|_, seen| objects(seen));
    let _ = Identities::default().of(&client, &(0..2500).map(id).collect(), Likely::Anything, &hour()).await.unwrap();
    assert_eq!(script.seen(GRAPH)[..3].iter().map(|seen| asked(seen).len()).collect::<Vec<_>>(), [1000, 1000, 500]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_reaches_all_callers_and_is_not_cached() {
    let (client, script) = client(|nth, seen| if nth == 0 { error(403, "Authorization_RequestDenied", "no") } else { objects(seen) });
    let (identities, operation_context, wanted) = (Identities::default(), hour(), HashSet::from([id(1)]));
    let (one, other) = tokio::join!(
        identities.of(&client, &wanted, Likely::Anything, &operation_context),
        identities.of(&client, &wanted, Likely::Anything, &operation_context)
    );
    assert!(one.unwrap_err().is_forbidden() && other.unwrap_err().is_forbidden());
    assert!(identities.of(&client, &wanted, Likely::Anything, &operation_context).await.unwrap()[&id(1)].is_some());
    assert_eq!(script.seen(GRAPH).len(), 2);
}

/// A tenant of groups alone, of which the first page holds those below this number.
fn groups(listed: usize) -> impl Fn(usize, &Seen) -> Line {
    move |_, seen| {
        let group = |number: usize| json!({ "@odata.type": "#microsoft.graph.group", "id": id(number).to_string(), "groupTypes": [], "isAssignableToRole": null });
        if seen.method == "POST" {
            return says(200, json!({ "value": asked(seen).into_iter().map(group).collect::<Vec<_>>() }));
        }
        let page: Vec<Value> =
            (0..listed).map(|number| json!({ "id": id(number).to_string(), "groupTypes": [], "isAssignableToRole": null })).collect();
        says(200, json!({ "value": page, "@odata.nextLink": format!("https://{GRAPH}/v1.0/groups?$skiptoken=x") }))
    }
}

async fn ask_for_fifty(listed: usize, likely: Likely) -> Vec<String> {
    let (client, script) = client(groups(listed));
    let (identities, operation_context) = (Identities::default(), hour());
    for wave in 0..5 {
        let wanted: Vec<HashSet<Uuid>> = (0..10).map(|number| HashSet::from([id(wave * 10 + number)])).collect();
        for came in join_all(wanted.iter().map(|wanted| identities.of(&client, wanted, likely, &operation_context))).await {
            assert!(came.unwrap().values().all(|identity| identity.as_ref().unwrap().is_group()));
        }
    }
    script.seen(GRAPH).iter().map(|seen| seen.method.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn groups_are_listed_once_a_question_has_paid_for_it() {
    assert_eq!(ask_for_fifty(100, Likely::Anything).await, ["POST", "GET"], "all are in the first page");
    // A page in which nothing is that is wanted is the last.
    assert_eq!(ask_for_fifty(5, Likely::Anything).await, ["POST", "GET", "POST", "POST", "POST", "POST"]);
}

#[tokio::test(start_paused = true)]
async fn where_groups_are_expected_the_page_comes_first() {
    assert_eq!(ask_for_fifty(100, Likely::Groups).await, ["GET"]);
    assert_eq!(ask_for_fifty(0, Likely::Groups).await, ["GET", "POST", "POST", "POST", "POST", "POST"], "no dearer than without");
    let (client, script) = client(groups(100));
    let _ = Identities::default().of(&client, &HashSet::from([id(1)]), Likely::Groups, &hour()).await.unwrap();
    assert_eq!(script.seen(GRAPH).iter().map(|seen| seen.method.clone()).collect::<Vec<_>>(), ["POST"], "one alone is asked for");
}

#[tokio::test(start_paused = true)]
async fn that_something_does_not_exist_is_not_believed_for_long() {
    let made = std::sync::Arc::new(std::sync::atomic::AtomicBool::default());
    let is_made = made.clone();
    let (client, script) = client(move |_, seen| {
        let exists = is_made.load(std::sync::atomic::Ordering::SeqCst);
        if exists { objects(seen) } else { says(200, json!({ "value": [] })) }
    });
    let (identities, operation_context, wanted) = (Identities::default(), hour(), HashSet::from([id(5)]));
    let is_there = async || identities.of(&client, &wanted, Likely::Anything, &operation_context).await.unwrap()[&id(5)].is_some();
    assert!(!is_there().await);
    let looked = script.seen(GRAPH).len();
    assert!(!is_there().await);
    assert_eq!(script.seen(GRAPH).len(), looked, "objects that are planned together share one answer");
    made.store(true, std::sync::atomic::Ordering::SeqCst);
    tokio::time::sleep(crate::directory::identities::ABSENCE_KEPT).await;
    assert!(is_there().await);
    tokio::time::sleep(crate::directory::identities::ABSENCE_KEPT * 2).await;
    assert!(is_there().await);
    assert_eq!(script.seen(GRAPH).len(), looked + 1, "what was found is kept");
}
