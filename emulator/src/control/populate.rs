//! `POST /emulator/populate`: many users and groups at once, as an older tenant would have them.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Refusal, refuse};
use crate::{
    clock::seconds,
    directory::{links::MEMBERS, objects::security_identifier},
    emulator::Emulator,
    store::{Change, DiskError, Key, Properties},
    tenant::ids,
};

/// Most of one kind in one request.
const MAX_OBJECTS: usize = 1_000_000;

/// Numbers of objects to add.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulateRequest {
    /// Users.
    #[serde(default)]
    users: usize,
    /// Security groups.
    #[serde(default)]
    groups: usize,
    /// Members of each new group, taken from the new users in turn.
    #[serde(default)]
    members_per_group: usize,
}

/// Ids of what was added.
#[derive(Debug, Serialize)]
pub struct AddedObjects {
    users: Vec<String>,
    groups: Vec<String>,
}

/// Adds users, groups and memberships in one step.
pub async fn populate(State(emulator): State<Arc<Emulator>>, Json(amount): Json<PopulateRequest>) -> Result<Json<AddedObjects>, Refusal> {
    if amount.users > MAX_OBJECTS
        || amount.groups > MAX_OBJECTS
        || amount.groups.saturating_mul(amount.members_per_group) > 10 * MAX_OBJECTS
    {
        return Err(refuse(format!("at most {MAX_OBJECTS} users, {MAX_OBJECTS} groups and {} memberships at once", 10 * MAX_OBJECTS)));
    }
    if amount.members_per_group > amount.users {
        return Err(refuse("members_per_group cannot be more than users: members are taken from the new users"));
    }
    let added = tokio::task::spawn_blocking(move || add(&emulator, &amount)).await;
    let added = added.map_err(|error| refuse(error.to_string()))?;
    Ok(Json(added.map_err(|error| refuse(error.to_string()))?))
}

fn add(emulator: &Emulator, amount: &PopulateRequest) -> Result<AddedObjects, DiskError> {
    // Every replica knows them, as it knows what is an hour old.
    let now = emulator.database.now();
    let now = seconds(now.checked_sub(jiff::SignedDuration::from_hours(1)).unwrap_or(now));
    // Part of the names, so that populating twice makes no two of the same name.
    let batch = Uuid::new_v4().simple().to_string();
    let batch = batch.get(..6).unwrap_or_default();
    let mut changes = Vec::new();
    let users: Vec<Key> = (1..=amount.users)
        .map(|number| {
            let key = new_key();
            let alias = format!("user{number}-{batch}");
            changes.push(put(
                "users",
                &key,
                json!({
                    "id": key.as_ref(),
                    "accountEnabled": true,
                    "createdDateTime": now,
                    "displayName": format!("User {number} {batch}"),
                    "mailNickname": alias,
                    "userPrincipalName": format!("{alias}@{}", ids::DOMAIN),
                    "userType": "Member",
                }),
            ));
            key
        })
        .collect();
    let groups: Vec<Key> = (1..=amount.groups)
        .map(|number| {
            let key = new_key();
            changes.push(put(
                "groups",
                &key,
                json!({
                    "id": key.as_ref(),
                    "createdDateTime": now,
                    "displayName": format!("Group {number} {batch}"),
                    "groupTypes": [],
                    "mailEnabled": false,
                    "mailNickname": format!("group{number}-{batch}"),
                    "renewedDateTime": now,
                    "securityEnabled": true,
                    "securityIdentifier": security_identifier(&key),
                }),
            ));
            key
        })
        .collect();
    for (index, group) in groups.iter().enumerate() {
        let members = users.iter().cycle().skip(index * amount.members_per_group % users.len().max(1));
        changes.extend(members.take(amount.members_per_group).map(|user| Change::Link {
            relation: MEMBERS,
            from: group.clone(),
            to: user.clone(),
        }));
    }
    emulator.commit_settled(changes)?;
    let text = |keys: Vec<Key>| keys.iter().map(ToString::to_string).collect();
    Ok(AddedObjects { users: text(users), groups: text(groups) })
}

fn new_key() -> Key {
    Uuid::new_v4().to_string().into()
}

fn put(table: &'static str, key: &Key, row: serde_json::Value) -> Change {
    let row = match row {
        serde_json::Value::Object(row) => row,
        _ => Properties::new(),
    };
    Change::Put { table, key: key.clone(), row: row.into() }
}
