//! Schedules and their instances: how they come, begin, end and go, and what that means for the group.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ASSIGNMENT, ELIGIBILITY, KINDS, Kind, Subject, text};
use crate::{
    clock::ticks,
    graph::context::in_directory,
    pim::{REQUESTS_KEPT, Window},
    store::{Change, Key, Properties, Row, View},
};

/// Somebody's eligible or active assignment, as it is to be.
#[derive(Debug)]
pub struct Grant<'g> {
    /// The request that shaped it.
    pub request: &'g str,
    /// When it holds.
    pub window: Window,
    /// The eligibility schedule that was activated, if it is an activation; empty where there is none.
    pub activated: Option<&'g str>,
    /// When there was first an assignment.
    pub created: Timestamp,
}

/// The schedule of a subject.
pub fn standing(view: View<'_>, kind: &Kind, subject: &Subject) -> Option<(Key, Row)> {
    let keys = view.with(kind.schedules.table, "principalId", &subject.principal).unwrap_or_default();
    keys.into_iter()
        .filter_map(|key| view.get(kind.schedules.table, &key).map(|row| (key, row)))
        .find(|(_, row)| Subject::of_row(row).as_ref() == Some(subject))
}

/// The id of the schedule that a request shapes: it changes with every request.
pub fn schedule_id(subject: &Subject, request: &str) -> String {
    format!("{}_{}_{request}", subject.group, subject.access)
}

/// The changes that put an assignment in the place of the one there was, if any.
pub fn grant(view: View<'_>, kind: &'static Kind, subject: &Subject, grant: &Grant<'_>, now: Timestamp) -> Vec<Change> {
    let begins = grant.window.start <= now;
    let mut out = match standing(view, kind, subject) {
        // Nobody loses access in between.
        Some((key, _)) if begins => rows_of(view, kind, &key),
        Some((key, row)) => withdraw(view, kind, &key, &row),
        None => Vec::new(),
    };
    let id = schedule_id(subject, grant.request);
    let mut row = json!({
        "id": id,
        "accessId": subject.access,
        "createdDateTime": ticks(grant.created),
        "createdUsing": grant.request,
        "groupId": subject.group.as_ref(),
        // The metadata's letter case; captures of the service have a capital letter.
        "memberType": "direct",
        "modifiedDateTime": ticks(now),
        "principalId": subject.principal.as_ref(),
        "scheduleInfo": grant.window.settled(),
        // Unverified: the status of a schedule that has not begun.
        "status": if begins { "Provisioned" } else { "Granted" },
    });
    if std::ptr::eq(kind, &raw const ASSIGNMENT) {
        row["assignmentType"] = json!(if grant.activated.is_some() { "activated" } else { "assigned" });
        row["activatedUsingId"] = json!(grant.activated);
    }
    let row = properties(row);
    out.push(Change::Put { table: kind.schedules.table, key: id.as_str().into(), row: row.clone() });
    if begins {
        out.extend(begin(kind, &id, &row));
    }
    out
}

/// The changes with which a schedule comes into force.
fn begin(kind: &Kind, schedule: &str, row: &Properties) -> Vec<Change> {
    let Some(subject) = Subject::of_row(row) else { return Vec::new() };
    let id = format!("{}_{}_{}", subject.group, subject.access, Uuid::new_v4());
    let info = &row["scheduleInfo"];
    let mut instance = json!({
        "id": id,
        "accessId": subject.access,
        "endDateTime": info["expiration"]["endDateTime"],
        "groupId": subject.group.as_ref(),
        "memberType": row["memberType"],
        "principalId": subject.principal.as_ref(),
        "startDateTime": info["startDateTime"],
    });
    instance[kind.schedule_id] = json!(schedule);
    let mut out = Vec::new();
    if let Some(assignment_type) = row.get("assignmentType") {
        instance["assignmentType"] = assignment_type.clone();
        out.push(Change::Link { relation: subject.relation, from: subject.group, to: subject.principal });
    }
    out.push(Change::Put { table: kind.instances.table, key: id.into(), row: properties(instance) });
    out
}

/// The changes with which an assignment goes, in force or not.
pub fn withdraw(view: View<'_>, kind: &Kind, schedule: &str, row: &Properties) -> Vec<Change> {
    let mut out = rows_of(view, kind, schedule);
    let in_force = text(row, "status") == "Provisioned";
    if let Some(subject) = Subject::of_row(row).filter(|_| in_force && row.contains_key("assignmentType")) {
        out.push(Change::Unlink { relation: subject.relation, from: subject.group, to: subject.principal });
    }
    out
}

/// The changes that take a schedule's rows away, and leave the group alone.
fn rows_of(view: View<'_>, kind: &Kind, schedule: &str) -> Vec<Change> {
    let group = schedule.split('_').next().unwrap_or_default();
    let mut out = vec![Change::Remove { table: kind.schedules.table, key: schedule.into() }];
    for key in view.with(kind.instances.table, "groupId", group).unwrap_or_default() {
        if view.get(kind.instances.table, &key).is_some_and(|row| text(&row, kind.schedule_id) == schedule) {
            out.push(Change::Remove { table: kind.instances.table, key });
        }
    }
    out
}

/// The changes that end the assignment behind a link, when there is one: removing the link by the groups API removes
/// the assignment.
pub fn without_assignment(view: View<'_>, relation: &str, group: &str, principal: &str) -> Vec<Change> {
    let access = super::ACCESS.iter().find(|(_, known)| *known == relation).map_or("", |(access, _)| access);
    let Some(subject) = Subject::of(group, access, principal) else { return Vec::new() };
    match standing(view, &ASSIGNMENT, &subject) {
        Some((key, row)) if text(&row, "status") == "Provisioned" => rows_of(view, &ASSIGNMENT, &key),
        _ => Vec::new(),
    }
}

/// The changes that forget everything about a group or principal that is deleted. Unverified: that nothing of it comes
/// back when the object is restored.
pub fn forget(view: View<'_>, key: &str) -> Vec<Change> {
    let mut out = Vec::new();
    for kind in KINDS {
        for collection in [kind.requests, kind.schedules, kind.instances] {
            for property in ["groupId", "principalId"] {
                for key in view.with(collection.table, property, key).unwrap_or_default() {
                    out.push(Change::Remove { table: collection.table, key });
                }
            }
        }
    }
    let policies = super::super::rows::pim::POLICIES.table;
    out.extend(view.with(policies, "scopeId", key).unwrap_or_default().into_iter().map(|key| Change::Remove { table: policies, key }));
    out
}

/// The changes that time has made by `now`: what begins, what has ended, and which requests are purged.
pub fn pass(view: View<'_>, now: Timestamp) -> Vec<Change> {
    let mut out = Vec::new();
    for kind in KINDS {
        for (key, row) in view.rows(kind.schedules.table, None) {
            if end(&row).is_some_and(|end| end <= now) {
                out.extend(withdraw(view, kind, &key, &row));
            } else if text(&row, "status") == "Granted" && start(&row).is_some_and(|start| start <= now) {
                let row = with(&row, "status", json!("Provisioned"));
                let request = text(&row, "createdUsing");
                if let Some(asked) = view.get(kind.requests.table, request) {
                    let asked = with(&with(&asked, "status", json!("Provisioned")), "completedDateTime", json!(ticks(now)));
                    out.push(Change::Put { table: kind.requests.table, key: request.into(), row: asked });
                }
                out.push(Change::Put { table: kind.schedules.table, key: key.clone(), row: row.clone() });
                out.extend(begin(kind, &key, &row));
            }
        }
        let purged = view.rows(kind.requests.table, None).filter(|(_, row)| purge(row).is_some_and(|at| at <= now));
        out.extend(purged.map(|(key, _)| Change::Remove { table: kind.requests.table, key }));
    }
    out
}

/// When time has something to do next.
pub fn next(view: View<'_>) -> Option<Timestamp> {
    let schedules = KINDS.iter().flat_map(|kind| view.rows(kind.schedules.table, None));
    let events = schedules.flat_map(|(_, row)| {
        let begins = start(&row).filter(|_| text(&row, "status") == "Granted");
        begins.into_iter().chain(end(&row))
    });
    let purges = KINDS.iter().flat_map(|kind| view.rows(kind.requests.table, None)).filter_map(|(_, row)| purge(&row));
    events.chain(purges).min()
}

/// When an assignment begins.
pub fn start(row: &Properties) -> Option<Timestamp> {
    row.get("scheduleInfo")?["startDateTime"].as_str()?.parse().ok()
}

fn end(row: &Properties) -> Option<Timestamp> {
    row.get("scheduleInfo")?["expiration"]["endDateTime"].as_str()?.parse().ok()
}

fn purge(request: &Properties) -> Option<Timestamp> {
    text(request, "createdDateTime").parse::<Timestamp>().ok()?.checked_add(REQUESTS_KEPT).ok()
}

/// The changes that make a principal an active member or owner of a group for a while, as an activation would, whatever
/// the policy says. The error is a sentence.
pub fn activate(
    view: View<'_>,
    group: &str,
    principal: &str,
    access: &str,
    now: Timestamp,
    time: SignedDuration,
) -> Result<Vec<Change>, String> {
    let subject = Subject::of(group, access, principal).ok_or_else(|| format!("access is 'member' or 'owner', not '{access}'"))?;
    let kind = |id: &str| in_directory(view, id).map(|found| found.collection.kind);
    if kind(group) != Some("group") {
        return Err(format!("there is no group {group}"));
    }
    if kind(principal) != Some("user") {
        return Err(format!("there is no user {principal}"));
    }
    if view.linked(subject.relation, &subject.group, &subject.principal) {
        return Err(format!("{principal} is {} of {group} already", subject.access));
    }
    let end = now.checked_add(time).map_err(|error| error.to_string())?;
    let eligibility = standing(view, &ELIGIBILITY, &subject).map(|(key, _)| key);
    let request = Uuid::new_v4().to_string();
    let window = Window { start: now, end: Some(end) };
    let activation = Grant { request: &request, window, activated: Some(eligibility.as_deref().unwrap_or_default()), created: now };
    Ok(grant(view, &ASSIGNMENT, &subject, &activation, now))
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
