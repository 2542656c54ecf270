//! Records changes in the log of the directory: who did what to which objects.
//!
//! Names of activities are those of learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities. Unverified: what
//! `modifiedProperties` holds; here it is empty. Changes by Privileged Identity Management and by time are not recorded.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::rows::{COLLECTIONS, DIRECTORY_AUDITS};
use crate::{
    caller::{Caller, Kind},
    clock::ticks,
    directory::{links, objects, service_principals, users},
    http::Request,
    store::{Change, Properties, View},
};

/// How long entries are kept with a licence of the kind that the tenant has
/// (learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention).
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A type of object whose changes are recorded.
struct AuditedType {
    kind: &'static str,
    /// As in `Add group`.
    noun: &'static str,
    category: &'static str,
    service: &'static str,
    target: &'static str,
}

const AUDITED_TYPES: &[AuditedType] = &[
    AuditedType { kind: "group", noun: "group", category: "GroupManagement", service: "Core Directory", target: "Group" },
    AuditedType { kind: "user", noun: "user", category: "UserManagement", service: "Core Directory", target: "User" },
    AuditedType {
        kind: "servicePrincipal",
        noun: "service principal",
        category: "ApplicationManagement",
        service: "Core Directory",
        target: "ServicePrincipal",
    },
    AuditedType {
        kind: "administrativeUnit",
        noun: "administrative unit",
        category: "AdministrativeUnit",
        service: "Core Directory",
        target: "AdministrativeUnit",
    },
    AuditedType {
        kind: "conditionalAccessPolicy",
        noun: "conditional access policy",
        category: "Policy",
        service: "Conditional Access",
        target: "Policy",
    },
    AuditedType { kind: "namedLocation", noun: "named location", category: "Policy", service: "Conditional Access", target: "Policy" },
    AuditedType {
        kind: "authenticationStrengthPolicy",
        noun: "authentication strength",
        category: "Policy",
        service: "Authentication Methods",
        target: "Policy",
    },
];

/// One activity: name, type of operation and the objects, the first of which it was done to.
struct Activity {
    name: String,
    operation: &'static str,
    category: &'static str,
    service: &'static str,
    targets: Vec<Value>,
}

/// The changes that record the given ones, and that remove entries that are too old. `view`: the store before the changes.
pub fn record(view: View<'_>, changes: &[Change], caller: &Caller, request: &Request, now: Timestamp) -> Vec<Change> {
    let activities = activities(view, changes);
    if activities.is_empty() {
        return Vec::new();
    }
    let initiated_by = initiator(view, caller);
    let put = |activity: Activity| {
        // In the order of time, so that the oldest are found first.
        let id = format!("Directory_{:011}_{}", now.as_second(), uuid::Uuid::new_v4().simple());
        let row = json!({
            "id": id,
            "activityDateTime": ticks(now),
            "activityDisplayName": activity.name,
            "additionalDetails": request.header("user-agent").map_or_else(|| json!([]), |agent| json!([{"key": "User-Agent", "value": agent}])),
            "category": activity.category,
            "correlationId": request.id.to_string(),
            "initiatedBy": initiated_by,
            "loggedByService": activity.service,
            "operationType": activity.operation,
            "result": "success",
            "resultReason": "",
            "targetResources": activity.targets,
        });
        Change::Put { table: DIRECTORY_AUDITS.table, key: id.into(), row: row.as_object().cloned().unwrap_or_default().into() }
    };
    let end = format!("Directory_{:011}", now.checked_sub(KEPT).unwrap_or(now).as_second());
    let old = view.rows(DIRECTORY_AUDITS.table, None).take_while(|(key, _)| key.as_ref() < end.as_str());
    let mut out: Vec<Change> = old.map(|(key, _)| Change::Remove { table: DIRECTORY_AUDITS.table, key }).collect();
    out.extend(activities.into_iter().map(put));
    out
}

fn activities(view: View<'_>, changes: &[Change]) -> Vec<Activity> {
    let written: BTreeSet<(&str, &str)> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Put { table, key, .. } => Some((*table, key.as_ref())),
            _ => None,
        })
        .collect();
    // Links of an object that is deleted or restored go with it.
    let moved: BTreeSet<&str> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Remove { key, .. } => Some(key.as_ref()),
            _ => None,
        })
        .collect();
    let mut out: Vec<Activity> = Vec::new();
    for change in changes {
        match change {
            Change::Put { table, key, row } => {
                let Some((audited, bin)) = audited(table) else { continue };
                if audited.0 != *table {
                    continue;
                }
                let verb = match (view.get(table, key), bin) {
                    (Some(_), _) => "Update",
                    (None, Some(bin)) if view.get(bin, key).is_some() => "Restore",
                    (None, _) => "Add",
                };
                out.push(of_object(audited.1, verb, key, row));
            }
            Change::Remove { table, key } => {
                let (Some((audited, bin)), Some(row)) = (audited(table), view.get(table, key)) else { continue };
                let in_bin = bin == Some(*table);
                let verb = match in_bin {
                    // Out of the bin: restored, which the new row says, or gone for ever.
                    true if written.contains(&(audited.0, key.as_ref())) => continue,
                    true => "Hard Delete",
                    false => "Delete",
                };
                out.push(of_object(audited.1, verb, key, &row));
            }
            Change::Link { relation, from, to } | Change::Unlink { relation, from, to } => {
                if moved.contains(from.as_ref()) || moved.contains(to.as_ref()) {
                    continue;
                }
                let added = matches!(change, Change::Link { .. });
                out.extend(of_link(view, changes, relation, from, to, added));
            }
        }
    }
    out
}

/// The type of the objects of a table with the table of the objects that are not deleted; and the table of deleted ones.
fn audited(table: &str) -> Option<((&'static str, &'static AuditedType), Option<&'static str>)> {
    let collection = COLLECTIONS.iter().find(|row| row.table == table || row.bin == Some(table))?;
    let audited = AUDITED_TYPES.iter().find(|audited| audited.kind == collection.kind)?;
    Some(((collection.table, audited), collection.bin))
}

fn of_object(audited: &'static AuditedType, verb: &'static str, key: &str, row: &Properties) -> Activity {
    let operation = match verb {
        "Add" => "Add",
        "Delete" | "Hard Delete" => "Delete",
        _ => "Update",
    };
    Activity {
        name: format!("{verb} {}", audited.noun),
        operation,
        category: audited.category,
        service: audited.service,
        targets: vec![target(audited.target, key, row)],
    }
}

fn of_link(view: View<'_>, changes: &[Change], relation: &str, from: &str, to: &str, added: bool) -> Option<Activity> {
    let noun = match relation {
        links::MEMBERS => "member",
        links::OWNERS => "owner",
        _ => return None,
    };
    let object = |key: &str| {
        let new = changes.iter().find_map(|change| match change {
            Change::Put { table, key: known, row } if known.as_ref() == key => Some((*table, row.clone())),
            _ => None,
        });
        let (table, row) = new.or_else(|| objects::find(view, key).map(|found| (found.table, found.row)))?;
        let ((_, audited), _) = audited(table)?;
        Some((audited, row))
    };
    let ((above, group), (one, row)) = (object(from)?, object(to)?);
    let (verb, place) = if added { ("Add", "to") } else { ("Remove", "from") };
    Some(Activity {
        name: format!("{verb} {noun} {place} {}", above.noun),
        operation: if added { "Assign" } else { "Unassign" },
        category: above.category,
        service: above.service,
        targets: vec![target(one.target, to, &row), target(above.target, from, &group)],
    })
}

fn target(kind: &str, key: &str, row: &Properties) -> Value {
    let is_unified = row.get("groupTypes").and_then(Value::as_array).is_some_and(|kinds| kinds.contains(&json!("Unified")));
    json!({
        "id": key,
        "displayName": row.get("displayName"),
        "type": kind,
        "userPrincipalName": row.get("userPrincipalName"),
        "groupType": if kind != "Group" { Value::Null } else if is_unified { json!("unifiedGroups") } else { json!("azureAD") },
        "modifiedProperties": [],
    })
}

fn initiator(view: View<'_>, caller: &Caller) -> Value {
    let shown = |row: Option<&Map<String, Value>>, name: &str| row.and_then(|row| row.get(name).cloned()).unwrap_or_default();
    match &caller.kind {
        Kind::User(name) => {
            let row = view.get(users::TABLE, &caller.object_id);
            json!({"app": null, "user": {
                "id": caller.object_id, "displayName": shown(row.as_deref(), "displayName"), "userPrincipalName": name, "ipAddress": null,
            }})
        }
        Kind::Application => {
            let row = view.get(service_principals::TABLE, &caller.object_id);
            json!({"user": null, "app": {
                "appId": null, "displayName": shown(row.as_deref(), "displayName"), "servicePrincipalId": caller.object_id,
                "servicePrincipalName": null,
            }})
        }
    }
}
