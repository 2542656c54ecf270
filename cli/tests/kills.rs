//! Everything that was acknowledged survives `kill -9`, and nothing is torn.
//!
//! `AKSACCESS_KILLS=50 cargo test --package aksaccess --test main -- kills` kills fifty times; without the variable it is three times.

use std::{
    collections::BTreeMap,
    process::Child,
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::started;

/// Members that every group is made with, in the same request.
const MEMBERS: usize = 2;
/// Writers at a time.
const WRITERS: usize = 4;

/// A started emulator, and somebody who is signed in to it.
#[derive(Clone)]
struct Tenant {
    url: String,
    client: Client,
    token: String,
}

impl Tenant {
    async fn start(data: &str) -> (Child, Self) {
        let (child, url, client, token) = started(data).await;
        (child, Self { url, client, token })
    }

    /// Sends a request. `None`: it was not acknowledged.
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Option<(StatusCode, Value)> {
        let mut request = self.client.request(method, format!("{}/v1.0/{path}", self.url)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status();
        let bytes = answer.bytes().await.ok()?;
        assert!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&bytes));
        Some((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    /// Every group: its description and how many members it has.
    async fn groups(&self) -> BTreeMap<String, (String, usize)> {
        let mut out = BTreeMap::new();
        let mut path = "groups?$select=id,description&$expand=members($select=id)&$top=999".to_owned();
        loop {
            let (_, page) = self.send(Method::GET, &path, None).await.unwrap();
            for group in page["value"].as_array().unwrap() {
                let text = |name: &str| group[name].as_str().unwrap_or_default().to_owned();
                out.insert(text("id"), (text("description"), group["members"].as_array().unwrap().len()));
            }
            match page["@odata.nextLink"].as_str() {
                Some(next) => path = next.split("/v1.0/").nth(1).unwrap().to_owned(),
                None => return out,
            }
        }
    }
}

/// What was acknowledged: groups by id with the number in their description, `None` for one that was deleted.
type AcknowledgedGroups = Arc<Mutex<BTreeMap<String, Option<u32>>>>;

/// Makes a group with its members in one request, numbers it again and again, and deletes every third, until nobody answers.
async fn write(tenant: Tenant, members: Vec<String>, acknowledged: AcknowledgedGroups) -> Option<()> {
    for turn in 0_u32.. {
        let references: Vec<String> = members.iter().map(|id| format!("{}/v1.0/users/{id}", tenant.url)).collect();
        let body = json!({
            "displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true, "description": "0", "members@odata.bind": references,
        });
        let (_, made) = tenant.send(Method::POST, "groups", Some(body)).await?;
        let id = made["id"].as_str().unwrap().to_owned();
        acknowledged.lock().unwrap().insert(id.clone(), Some(0));
        for number in 1..=3 {
            tenant.send(Method::PATCH, &format!("groups/{id}"), Some(json!({"description": number.to_string()}))).await?;
            acknowledged.lock().unwrap().insert(id.clone(), Some(number));
        }
        if turn % 3 == 2 {
            // Whether a delete was made that nobody acknowledged is not known: nothing is asked of that group any more.
            acknowledged.lock().unwrap().remove(&id);
            tenant.send(Method::DELETE, &format!("groups/{id}"), None).await?;
            acknowledged.lock().unwrap().insert(id, None);
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kills() {
    let kills: usize = std::env::var("AKSACCESS_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(3);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap().to_owned();
    let acknowledged = AcknowledgedGroups::default();
    let mut members = Vec::new();
    for kill in 0..=kills {
        let (mut child, tenant) = Tenant::start(&data).await;
        if members.is_empty() {
            for name in ["one", "two"].iter().take(MEMBERS) {
                let body = json!({
                    "accountEnabled": true, "displayName": name, "mailNickname": name, "userPrincipalName": format!("{name}@contoso.com"),
                    "passwordProfile": {"password": "Correct-Horse-1"},
                });
                let (_, user) = tenant.send(Method::POST, "users", Some(body)).await.unwrap();
                members.push(user["id"].as_str().unwrap().to_owned());
            }
        }
        let kept = tenant.groups().await;
        for (id, (description, members)) in &kept {
            assert_eq!(*members, MEMBERS, "after {kill} kills: group {id} is there without its members");
            assert!(matches!(description.as_str(), "0" | "1" | "2" | "3"), "after {kill} kills: {description:?}");
        }
        for (id, number) in acknowledged.lock().unwrap().iter() {
            match (number, kept.get(id)) {
                (None, None) => {}
                (Some(number), Some((description, _))) => {
                    let found: u32 = description.parse().unwrap();
                    assert!(found >= *number, "after {kill} kills: {number} was acknowledged for {id}, and {found} is there");
                }
                (number, found) => panic!("after {kill} kills: {id} was acknowledged as {number:?}, and {found:?} is there"),
            }
        }
        if kill == kills {
            child.kill().unwrap();
            child.wait().unwrap();
            break;
        }
        let before = acknowledged.lock().unwrap().len();
        let writers: Vec<_> = (0..WRITERS).map(|_| tokio::spawn(write(tenant.clone(), members.clone(), acknowledged.clone()))).collect();
        while acknowledged.lock().unwrap().len() == before && !writers.iter().any(JoinHandle::is_finished) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Some moment of the next fifth of a second.
        let random = u64::from(Uuid::new_v4().as_bytes()[0]);
        tokio::time::sleep(Duration::from_micros(random * 784)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        for writer in writers {
            assert_eq!(writer.await.unwrap(), None);
        }
    }
    let acknowledged = acknowledged.lock().unwrap();
    assert!(acknowledged.len() >= kills, "{} groups", acknowledged.len());
}
