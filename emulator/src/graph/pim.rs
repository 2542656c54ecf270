//! Memberships and ownerships that come from an activation and end by themselves.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    context::in_directory,
    rows::{INSTANCES, MEMBERS, OWNERS, SCHEDULES},
};
use crate::{
    clock::seconds,
    store::{Change, Key, Properties, View},
};

/// The changes that make a principal an active member or owner of a group for a while, as an activation would. The
/// error is a sentence.
pub fn activate(
    view: View<'_>,
    group: &str,
    principal: &str,
    access: &str,
    now: Timestamp,
    time: SignedDuration,
) -> Result<Vec<Change>, String> {
    let relation = relation(access).ok_or_else(|| format!("access is 'member' or 'owner', not '{access}'"))?;
    let kind = |id: &str| in_directory(view, id).map(|found| found.collection.kind);
    if kind(group) != Some("group") {
        return Err(format!("there is no group {group}"));
    }
    if kind(principal) != Some("user") {
        return Err(format!("there is no user {principal}"));
    }
    let (group, principal): (Key, Key) = (group.to_lowercase().into(), principal.to_lowercase().into());
    if view.linked(relation, &group, &principal) {
        return Err(format!("{principal} is {access} of {group} already"));
    }
    let end = now.checked_add(time).map_err(|error| error.to_string())?;
    let (start, end) = (seconds(now), seconds(end));
    let request = Uuid::new_v4().to_string();
    let schedule = format!("{group}_{access}_{request}");
    let instance = format!("{group}_{access}_{}", Uuid::new_v4());
    let common = json!({
        "accessId": access,
        "assignmentType": "activated",
        "groupId": group.as_ref(),
        // The metadata's letter case; captures of the service have a capital letter.
        "memberType": "direct",
        "principalId": principal.as_ref(),
    });
    let schedule_row = json!({
        "id": schedule,
        "createdDateTime": start,
        "createdUsing": request,
        "modifiedDateTime": start,
        "scheduleInfo": {
            "startDateTime": start,
            "recurrence": null,
            "expiration": {"type": "afterDateTime", "endDateTime": end, "duration": null},
        },
        "status": "Provisioned",
    });
    let instance_row = json!({
        "id": instance,
        "assignmentScheduleId": schedule,
        "endDateTime": end,
        "startDateTime": start,
    });
    Ok(vec![
        put(SCHEDULES.table, &schedule, &common, schedule_row),
        put(INSTANCES.table, &instance, &common, instance_row),
        Change::Link { relation, from: group, to: principal },
    ])
}

/// The changes that end the assignment behind a link, when there is one: removing the link by the groups API removes
/// the assignment.
pub fn without_assignment(view: View<'_>, relation: &str, group: &str, principal: &str) -> Vec<Change> {
    let mut out = Vec::new();
    for table in [SCHEDULES.table, INSTANCES.table] {
        for key in view.with(table, "groupId", group).unwrap_or_default() {
            let behind = view
                .get(table, &key)
                .is_some_and(|row| text(&row, "principalId") == principal && self::relation(text(&row, "accessId")) == Some(relation));
            if behind {
                out.push(Change::Remove { table, key });
            }
        }
    }
    out
}

/// The changes for the assignments that have ended at `now`.
pub fn ended(view: View<'_>, now: Timestamp) -> Vec<Change> {
    let mut out = Vec::new();
    for (_, row) in view.rows(INSTANCES.table, None) {
        if end(&row).is_none_or(|end| end > now) {
            continue;
        }
        let (group, principal) = (text(&row, "groupId"), text(&row, "principalId"));
        if let Some(relation) = relation(text(&row, "accessId")) {
            out.extend(without_assignment(view, relation, group, principal));
            out.push(Change::Unlink { relation, from: group.into(), to: principal.into() });
        }
    }
    out
}

/// When the next assignment ends.
pub fn next_end(view: View<'_>) -> Option<Timestamp> {
    view.rows(INSTANCES.table, None).filter_map(|(_, row)| end(&row)).min()
}

fn end(row: &Properties) -> Option<Timestamp> {
    text(row, "endDateTime").parse().ok()
}

fn relation(access: &str) -> Option<&'static str> {
    match access {
        "member" => Some(MEMBERS),
        "owner" => Some(OWNERS),
        _ => None,
    }
}

fn text<'r>(row: &'r Properties, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn put(table: &'static str, key: &str, common: &Value, row: Value) -> Change {
    let mut all = Properties::new();
    for part in [common.clone(), row] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    Change::Put { table, key: key.into(), row: all.into() }
}
