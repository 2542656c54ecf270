//! One membership at a time, or pages.

use futures_util::future::join_all;

use super::*;
use crate::azure::Trouble;
use crate::azure::tests::trouble;

/// A group whose members are `0..size`, listed in pages of `page`. None of them is a service principal, which a collection of its own lists.
fn group_of(size: usize, page: usize) -> impl Fn(usize, &Seen) -> Line + Send + Sync {
    move |_, seen| {
        let listed = |numbers: std::ops::Range<usize>| numbers.map(|number| json!({ "id": id(number) .to_string() })).collect::<Vec<_>>();
        if seen.path.ends_with("/microsoft.graph.servicePrincipal") {
            return says(200, json!({ "value": [] }));
        }
        if let Some(filter) = seen.query.get("$filter") {
            let asked = number(filter.trim_start_matches("id eq ").trim_matches('\''));
            return says(200, json!({ "value": if asked < size { listed(asked..asked + 1) } else { vec![] } }));
        }
        let begin = seen.query.get("$skiptoken").map_or(0, |token| token.parse().unwrap());
        let end = size.min(begin + page);
        let mut body = json!({ "value": listed(begin..end) });
        if end < size {
            body["@odata.nextLink"] = json!(format!("https://{GRAPH}{}?$skiptoken={end}", seen.path));
        }
        says(200, body)
    }
}

/// Which requests were made: `s` a single read, `p` a page.
fn kinds(script: &Script) -> String {
    script.seen(GRAPH).iter().map(|seen| if seen.query.contains_key("$filter") { 's' } else { 'p' }).collect()
}

async fn asked(client: &Client, group: &crate::directory::memberships::Group, members: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let operation_context = hour();
    let mut came = Vec::new();
    for member in members {
        came.push(group.has(client, id(member), &operation_context).await.unwrap());
    }
    came
}

#[tokio::test(start_paused = true)]
async fn one_membership_of_a_huge_group_is_one_single_read() {
    let (client, script) = client(group_of(80_000, 999));
    assert_eq!(asked(&client, &Memberships::default().of(id(1)), [79_999]).await, [true]);
    assert_eq!(kinds(&script), "s");
}

#[tokio::test(start_paused = true)]
async fn many_memberships_are_a_single_read_and_a_page() {
    let (client, script) = client(group_of(200, 999));
    assert_eq!(asked(&client, &Memberships::default().of(id(1)), 0..200).await, [true; 200]);
    assert_eq!(kinds(&script), "sp");
}

#[tokio::test(start_paused = true)]
async fn pages_and_single_reads_keep_the_balance_in_a_huge_group() {
    let (client, script) = client(group_of(80_000, 999));
    assert_eq!(asked(&client, &Memberships::default().of(id(1)), (70_000..70_005).chain(0..5)).await, [true; 10]);
    assert_eq!(kinds(&script), "spspspsps", "what the pages hold costs nothing more");
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_profit_from_the_page() {
    let (client, script) = client(move |nth, seen| group_of(200, 999)(nth, seen).after(1));
    let (group, operation_context) = (Memberships::default().of(id(1)), hour());
    let came = join_all((0..10).map(|member| group.has(&client, id(member), &operation_context))).await;
    assert!(came.into_iter().all(|there| there.unwrap()));
    assert_eq!(kinds(&script), "sp");
}

#[tokio::test(start_paused = true)]
async fn absence_is_only_believed_of_a_single_read() {
    let (client, script) = client(group_of(3, 999));
    let group = Memberships::default().of(id(1));
    assert_eq!(asked(&client, &group, [0, 1, 2, 7, 8]).await, [true, true, true, false, false]);
    assert_eq!(kinds(&script), "spsspss", "who is no member is looked for among service principals, too");
}

#[tokio::test(start_paused = true)]
async fn what_this_process_wrote_goes_before_what_it_reads() {
    let (client, script) = client(group_of(3, 2));
    let group = Memberships::default().of(id(1));
    group.written(id(9), true);
    group.written(id(0), false);
    assert_eq!(asked(&client, &group, [9, 0]).await, [true, false]);
    let mut all: Vec<_> = group.all(&client, &hour()).await.unwrap().into_iter().collect();
    all.sort();
    assert_eq!(all, [id(1), id(2), id(9)]);
    assert_eq!(kinds(&script), "ppp", "two pages, and one of service principals");
}

async fn list_all(client: &Client, group: &crate::directory::memberships::Group) -> Vec<Uuid> {
    let mut all: Vec<_> = group.list_all(client, &hour()).await.unwrap().into_iter().collect();
    all.sort();
    all
}

#[tokio::test(start_paused = true)]
async fn what_this_process_wrote_survives_a_listing_and_ends_with_the_consistency_window() {
    let (client, script) = client(group_of(3, 9));
    let group = Memberships::default().of(id(1));
    group.written(id(9), true);
    group.written(id(0), false);
    // The listing comes from a replica that has got neither.
    assert_eq!(list_all(&client, &group).await, [id(1), id(2), id(9)]);
    assert_eq!(asked(&client, &group, [9, 0]).await, [true, false], "nor does a listing make it forget");
    assert_eq!(kinds(&script), "pp", "a page, and one of service principals");
    tokio::time::sleep(crate::client::consistency::REPLICATION_WINDOW.unsigned_abs()).await;
    assert_eq!(list_all(&client, &group).await, ids(0..3), "by then every replica has it: somebody else undid it");
    assert_eq!(asked(&client, &group, [9, 0]).await, [false, true]);
}

#[tokio::test(start_paused = true)]
async fn without_permission_to_list_objects_are_read_singly() {
    let (client, script) = client(|nth, seen| {
        if seen.query.contains_key("$filter") { group_of(9, 9)(nth, seen) } else { error(403, "Authorization_RequestDenied", "no") }
    });
    let group = Memberships::default().of(id(1));
    assert_eq!(asked(&client, &group, 0..4).await, [true; 4]);
    assert_eq!(kinds(&script), "spsss", "the listing is not tried again");
    assert!(group.all(&client, &hour()).await.unwrap_err().is_forbidden());
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_was_forgotten_begins_again() {
    let (client, script) = client(|nth, seen| match nth {
        1 => error(400, "Directory_ExpiredPageToken", "too late"),
        _ => group_of(4, 2)(nth, seen),
    });
    assert_eq!(Memberships::default().of(id(1)).all(&client, &hour()).await.unwrap().len(), 4);
    assert_eq!(
        script.seen(GRAPH).iter().map(|seen| seen.query.contains_key("$skiptoken")).collect::<Vec<_>>(),
        [false, true, false, true, false]
    );
}

#[tokio::test(start_paused = true)]
async fn waiting_for_anothers_page_does_not_count() {
    // The page takes a minute; those who wait for it have ten seconds of their own.
    let (client, _) = client(|nth, seen| group_of(20, 999)(nth, seen).after(if nth == 1 { 60 } else { 0 }));
    let group = Memberships::default().of(id(1));
    group.has(&client, id(0), &hour()).await.unwrap();
    let (patient, short) = (hour(), crate::azure::tests::operation_context(10));
    let (first, second) = tokio::join!(group.has(&client, id(1), &patient), group.has(&client, id(2), &short));
    assert!(first.unwrap() && second.unwrap());
}

#[tokio::test(start_paused = true)]
async fn without_a_network_the_error_is_reported() {
    let (client, _) = client(|_, _| trouble(Trouble::Connect, false));
    assert!(matches!(Memberships::default().of(id(1)).has(&client, id(0), &hour()).await, Err(crate::azure::Error::Network(_))));
}

#[tokio::test(start_paused = true)]
async fn a_member_that_was_listed_and_then_removed_does_not_come_back() {
    let (client, script) = client(|nth, seen| if nth == 0 { group_of(3, 9)(nth, seen) } else { says(200, json!({ "value": [] })) });
    let group = Memberships::default().of(id(1));
    assert_eq!(group.all(&client, &hour()).await.unwrap().len(), 3);
    group.written(id(0), false);
    tokio::time::sleep(crate::client::consistency::REPLICATION_WINDOW.unsigned_abs()).await;
    assert_eq!(asked(&client, &group, [0]).await, [false], "not what was listed before");
    assert_eq!(kinds(&script), "ppss", "members and service principals, as a whole and one by one");
}
