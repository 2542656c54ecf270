//! Schedules and their instances: how they come, begin, end and go.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{GrantKey, Kind, REQUESTS_KEPT, Service, Window, text};
use crate::{
    clock::ticks,
    store::{Change, Key, Properties, Row, View},
};

/// An eligible or active assignment to write.
#[derive(Debug)]
pub struct Grant<'g> {
    /// The request that shaped it.
    pub request: &'g str,
    /// The schedule's id, which is new with every request.
    pub id: &'g str,
    /// When it holds.
    pub window: Window,
    /// The eligibility schedule that was activated, if it is an activation; empty where there is none.
    pub activated: Option<&'g str>,
    /// When there was first an assignment.
    pub created: Timestamp,
    /// Further properties that the service keeps.
    pub more: Properties,
}

/// The schedule of a grant key.
pub fn schedule_of(view: View<'_>, kind: &Kind, grant_key: &GrantKey) -> Option<(Key, Row)> {
    let keys = view.with(kind.schedules, "principalId", &grant_key.principal).unwrap_or_default();
    let rows = keys.into_iter().filter_map(|key| view.get(kind.schedules, &key).map(|row| (key, row)));
    rows.into_iter().find(|(_, row)| kind.grant_key(row) == *grant_key)
}

/// The changes that put an assignment in the place of the one there was, if any.
pub fn grant(view: View<'_>, kind: &Kind, grant_key: &GrantKey, grant: &Grant<'_>, now: Timestamp) -> Vec<Change> {
    let begins = grant.window.start <= now;
    let mut out = match schedule_of(view, kind, grant_key) {
        // Nobody loses access in between.
        Some((key, _)) if begins => rows_of(view, kind, &key),
        Some((key, row)) => withdraw(view, kind, &key, &row),
        None => Vec::new(),
    };
    let mut row = json!({
        "id": grant.id,
        "createdDateTime": ticks(grant.created),
        "createdUsing": grant.request,
        // The metadata's letter case; captures of Graph have a capital letter.
        "memberType": "direct",
        "modifiedDateTime": ticks(now),
        "principalId": grant_key.principal.as_ref(),
        "scheduleInfo": grant.window.settled(),
        // Unverified: the status of a schedule that has not begun.
        "status": if begins { "Provisioned" } else { "Granted" },
    });
    row[kind.place] = json!(grant_key.scope.as_ref());
    row[kind.what] = json!(grant_key.access.as_ref());
    if kind.is_active() {
        row["assignmentType"] = json!(if grant.activated.is_some() { "activated" } else { "assigned" });
        row["activatedUsingId"] = json!(grant.activated);
    }
    let mut row = Properties::clone(&properties(row));
    row.extend(grant.more.clone());
    let row = Row::from(row);
    out.push(Change::Put { table: kind.schedules, key: grant.id.into(), row: row.clone() });
    if begins {
        out.extend(begin(view, kind, grant.id, &row, now));
    }
    out
}

/// The changes with which a schedule comes into force.
fn begin(view: View<'_>, kind: &Kind, schedule: &str, row: &Properties, now: Timestamp) -> Vec<Change> {
    let grant_key = kind.grant_key(row);
    let id = (kind.id)(&grant_key, &Uuid::new_v4().to_string());
    let info = &row["scheduleInfo"];
    let mut instance = row.clone();
    for of_schedule in ["createdUsing", "modifiedDateTime", "scheduleInfo", "status"] {
        instance.remove(of_schedule);
    }
    instance.insert("id".into(), json!(id));
    instance.insert("startDateTime".into(), info["startDateTime"].clone());
    instance.insert("endDateTime".into(), info["expiration"]["endDateTime"].clone());
    instance.insert(kind.schedule_id.into(), json!(schedule));
    instance.retain(|_, value| !value.is_null());
    let mut out = vec![Change::Put { table: kind.instances, key: id.into(), row: instance.into() }];
    if let Some(effect) = &kind.effect {
        out.extend((effect.begin)(view, &grant_key, row, now));
    }
    out
}

/// The changes with which an assignment goes, in force or not.
pub fn withdraw(view: View<'_>, kind: &Kind, schedule: &str, row: &Properties) -> Vec<Change> {
    let mut out = rows_of(view, kind, schedule);
    if let Some(effect) = kind.effect.as_ref().filter(|_| text(row, "status") == "Provisioned") {
        out.extend((effect.end)(&kind.grant_key(row)));
    }
    out
}

/// The changes that take a schedule's rows away, and leave what it means as it is.
fn rows_of(view: View<'_>, kind: &Kind, schedule: &str) -> Vec<Change> {
    let mut out = vec![Change::Remove { table: kind.schedules, key: schedule.into() }];
    let instances = view.with(kind.instances, kind.schedule_id, schedule).unwrap_or_default();
    out.extend(instances.into_iter().map(|key| Change::Remove { table: kind.instances, key }));
    out
}

/// The changes that forget the assignment in force of a grant key, whose effect somebody has ended by other means.
pub fn without_assignment(view: View<'_>, kind: &Kind, grant_key: &GrantKey) -> Vec<Change> {
    match schedule_of(view, kind, grant_key) {
        Some((key, row)) if text(&row, "status") == "Provisioned" => rows_of(view, kind, &key),
        _ => Vec::new(),
    }
}

/// The changes that forget everything about a place or principal that is deleted.
pub fn forget(view: View<'_>, service: &Service, gone: &str) -> Vec<Change> {
    let mut out = Vec::new();
    for kind in service.kinds() {
        for table in kind.tables() {
            for property in [kind.place, "principalId"] {
                out.extend(view.with(table, property, gone).unwrap_or_default().into_iter().map(|key| Change::Remove { table, key }));
            }
        }
    }
    out
}

/// The changes that time has made by `now`: what begins, what has ended, and which requests are purged.
pub fn pass_time(view: View<'_>, service: &Service, now: Timestamp) -> Vec<Change> {
    let mut out = Vec::new();
    for kind in service.kinds() {
        for (key, row) in view.rows(kind.schedules, None) {
            if end(&row).is_some_and(|end| end <= now) {
                out.extend(withdraw(view, kind, &key, &row));
            } else if text(&row, "status") == "Granted" && start(&row).is_some_and(|start| start <= now) {
                let row = with(&row, "status", json!("Provisioned"));
                let request = text(&row, "createdUsing");
                if let Some(asked) = view.get(kind.requests, request) {
                    let asked = with(&with(&asked, "status", json!("Provisioned")), "completedDateTime", json!(ticks(now)));
                    out.push(Change::Put { table: kind.requests, key: request.into(), row: asked });
                }
                out.push(Change::Put { table: kind.schedules, key: key.clone(), row: row.clone() });
                out.extend(begin(view, kind, &key, &row, now));
            }
        }
        let purged = view.rows(kind.requests, None).filter(|(_, row)| purge(row).is_some_and(|at| at <= now));
        out.extend(purged.map(|(key, _)| Change::Remove { table: kind.requests, key }));
    }
    out
}

/// When time has something to do next.
pub fn next(view: View<'_>, service: &Service) -> Option<Timestamp> {
    let kinds = service.kinds();
    let events = kinds.iter().flat_map(|kind| view.rows(kind.schedules, None)).flat_map(|(_, row)| {
        let begins = start(&row).filter(|_| text(&row, "status") == "Granted");
        begins.into_iter().chain(end(&row))
    });
    let purges = kinds.iter().flat_map(|kind| view.rows(kind.requests, None)).filter_map(|(_, row)| purge(&row));
    events.chain(purges).min()
}

/// When an assignment begins.
fn start(row: &Properties) -> Option<Timestamp> {
    row.get("scheduleInfo")?["startDateTime"].as_str()?.parse().ok()
}

fn end(row: &Properties) -> Option<Timestamp> {
    row.get("scheduleInfo")?["expiration"]["endDateTime"].as_str()?.parse().ok()
}

fn purge(request: &Properties) -> Option<Timestamp> {
    text(request, "createdDateTime").parse::<Timestamp>().ok()?.checked_add(REQUESTS_KEPT).ok()
}

/// A row with another value in one property.
pub fn with(row: &Properties, name: &str, value: Value) -> Row {
    let mut row = row.clone();
    row.insert(name.to_owned(), value);
    row.into()
}

/// A row of a JSON object. Null is what is not there.
pub fn properties(value: Value) -> Row {
    let mut row = match value {
        Value::Object(row) => row,
        _ => Properties::new(),
    };
    row.retain(|_, value| !value.is_null());
    row.into()
}
