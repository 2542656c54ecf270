//! Collections.

use std::ops::ControlFlow;

use serde::Deserialize;
use serde_json::json;

use super::super::http::script::{error, says};
use super::*;

#[derive(Debug, Deserialize, PartialEq)]
struct Item {
    id: u32,
}

fn page(ids: &[u32], next: Option<&str>) -> Line {
    let items: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
    match next {
        Some(next) => says(200, json!({"value": items, "@odata.nextLink": next})),
        None => says(200, json!({"value": items})),
    }
}

fn next(token: &str) -> String {
    format!("https://{GRAPH}/v1.0/groups?$skiptoken={token}")
}

fn groups() -> Request {
    Request::get("/groups").query("$top", "2").header("ConsistencyLevel", "eventual")
}

async fn ids(client: &Client) -> Result<Vec<u32>, Error> {
    let items: Vec<Item> = client.list(&groups(), &hour()).await?;
    Ok(items.into_iter().map(|item| item.id).collect())
}

#[tokio::test(start_paused = true)]
async fn pages_follow_each_other() {
    let (client, script) = lines(vec![page(&[1, 2], Some(&next("a"))), page(&[], Some(&next("b"))), page(&[3], None)]);
    assert_eq!(ids(&client).await.unwrap(), [1, 2, 3]);
    let seen = script.seen(GRAPH);
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[0].query["$top"], "2");
    assert_eq!(seen[1].query["$skiptoken"], "a");
    assert_eq!(seen[2].header("consistencylevel"), "eventual");
    assert_eq!(seen[2].header("authorization"), "Bearer token-0");
}

#[tokio::test(start_paused = true)]
async fn azure_resource_manager_spells_the_link_differently() {
    let (client, _) = client(|nth, _| match nth {
        0 => says(200, json!({"value": [{"id": 1}], "nextLink": format!("https://{ARM}/x?page=2")})),
        _ => page(&[2], None),
    });
    let items: Vec<Item> = client.list(&Request::get("/x").arm("1"), &hour()).await.unwrap();
    assert_eq!(items.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_token_goes_nowhere_else() {
    for elsewhere in [
        "https://evil.example/v1.0/groups",
        "http://graph.microsoft.com/v1.0/groups",
        "https://graph.microsoft.com:8443/v1.0/groups",
        "https://graph.microsoft.com.evil.example/",
        "https://graph.microsoft.com@evil.example/",
        "https://user:x@graph.microsoft.com/v1.0/groups",
        "/v1.0/groups?$skiptoken=a",
        "",
    ] {
        let (client, script) = lines(vec![page(&[1], Some(elsewhere)), page(&[2], None)]);
        let error = ids(&client).await.unwrap_err();
        assert!(matches!(error, Error::Unreadable(_)), "{elsewhere}: {error}");
        assert_eq!(script.seen(GRAPH).len(), 1, "{elsewhere}");
        assert!(script.seen("evil.example").is_empty() && script.seen("graph.microsoft.com.evil.example").is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_circle_is_an_error() {
    let (client, script) = lines(vec![page(&[1], Some(&next("a"))), page(&[2], Some(&next("b"))), page(&[3], Some(&next("a")))]);
    let error = ids(&client).await.unwrap_err();
    assert!(error.to_string().contains("leads back"), "{error}");
    assert_eq!(script.seen(GRAPH).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn pages_without_end_are_an_error() {
    let (client, script) = client(|nth, _| page(&[], Some(&next(&nth.to_string()))));
    let error = ids(&client).await.unwrap_err();
    assert!(error.to_string().contains("20000 pages"), "{error}");
    assert_eq!(script.seen(GRAPH).len(), 20_000);
}

fn expired() -> Line {
    error(400, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be used.")
}

#[tokio::test(start_paused = true)]
async fn an_expired_page_begins_again_and_keeps_nothing_twice() {
    let (client, script) = lines(vec![page(&[1, 2], Some(&next("a"))), expired(), page(&[1, 2], Some(&next("b"))), page(&[3], None)]);
    assert_eq!(ids(&client).await.unwrap(), [1, 2, 3]);
    assert_eq!(script.seen(GRAPH).len(), 4);

    let (client, script) = lines(vec![expired()]);
    assert!(ids(&client).await.unwrap_err().is_expired_page());
    assert_eq!(script.seen(GRAPH).len(), 4, "begun again three times");
}

#[tokio::test(start_paused = true)]
async fn paging_stops_when_the_object_is_found() {
    let (client, script) = lines(vec![page(&[1, 2], Some(&next("a"))), page(&[3], None)]);
    let first = |found: &mut Option<u32>, item: Item| {
        *found = Some(item.id);
        ControlFlow::Break(())
    };
    let found = client.fold(&groups(), &hour(), || None, first).await.unwrap();
    assert_eq!((found, script.seen(GRAPH).len()), (Some(1), 1));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_shape_names_the_field() {
    let (client, _) = lines(vec![says(200, json!({"value": [{"id": 1}, {"id": "two"}]}))]);
    let error = ids(&client).await.unwrap_err().to_string();
    assert!(error.contains("value[1].id"), "{error}");
    let (client, _) = lines(vec![says(200, json!({"values": []}))]);
    let error = ids(&client).await.unwrap_err().to_string();
    assert!(error.contains("missing field `value`"), "{error}");
}
